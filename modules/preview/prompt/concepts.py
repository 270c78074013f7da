"""What the looks, weather, places and colours named in a clause are to act on: the frame, the background or
the sky."""

from modules.preview.prompt import vocabulary
from modules.preview.prompt.choice import colour_name, new_colour, shade, worn_colour
from modules.preview.prompt.clause import Clause
from modules.preview.prompt.index import Hit
from modules.preview.prompt.lexicon import ABSENT, LOOK_TITLES, PLACES, Concept
from modules.preview.prompt.notes import Notes
from modules.preview.prompt.plan import Background, Look
from modules.preview.prompt.setting import Setting
from modules.preview.prompt.wording import readable

_AS = ("as", "als", "como", "comme", "come")
_MATERIALS = ("gold", "silver", "bronze", "marble")
_FALLING = ("ing", "fall", "flake", "flakes")
_PLAIN = 0.9
_VANISHES = (
    "disappear", "disappears", "vanish", "vanishes", "verschwinden", "desaparecer", "disparaitre", "sparire",
    "scomparire", "消 失",
)  # fmt: skip
_DONE_TO_IT = ("pixelate", "pixelated", "cartoonify", "cartoonize", "desaturate")
_HOURS = ("day", "sunset", "golden_hour", "night")
_ONLY_SUBJECT = "Only the subject can be turned into a material or outlined, nothing behind it."
_TINTS = {
    "gold": "warm",
    "blue": "cool", "green": "cool", "purple": "vaporwave", "red": "warm", "orange": "warm", "yellow": "warm",
}  # fmt: skip


class ConceptReader:
    """Reads clause after clause. What a following clause inherits: the `topic` (`background`, `sky` or
    None), and whether what it names is `negated` ("without") or to go (`removing`)."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.topic: str | None = None
        self.negated = self.removing = False

    def begin(self, clause: Clause) -> None:
        """Forgets of the clauses before what this one does not go on with."""
        new_verb = clause.verbs & {"change", "put", "remove", "keep", "add", "style"}
        if clause.joined == "hard" or new_verb or clause.targets & {"background", "sky", "subject"}:
            self.topic = None
        if clause.joined != "and" or clause.verbs - {"blur"}:
            self.negated = self.removing = False

    def set_topic(self, clause: Clause) -> None:
        self.topic = next((topic for topic in ("background", "sky") if topic in clause.targets), self.topic)

    def read(self, clause: Clause) -> None:
        setting = Setting()
        worn, new = worn_colour(clause), new_colour(clause)
        outline = any(hit.concept and hit.concept.look == "neon_outline" for hit in clause.hits)
        self.removing = self.removing or clause.says(*_VANISHES)
        if new is not None and not outline and not (self.negated or self.removing):
            self._recoloured(clause, new)
        for at, hit in enumerate(clause.hits):
            self._note_negation(hit)
            of_outline = hit.is_colour or (hit.concept and hit.concept.look == "dreamy")
            if hit is worn or hit is new or (outline and of_outline):
                continue
            if "absent" in hit and not hit.concept:
                self._absent(clause, at)
            elif hit.concept and self.removing and clause.tells_where(at):
                continue
            elif hit.concept and (self.negated or self.removing):
                self.notes.refuse(hit.concept, readable(hit.text), removing=self.removing)
            elif hit.concept and not clause.is_source(at) and not _is_paint_of_a_thing(clause, hit):
                self._concept(clause, at, hit.concept, setting)
        if self.topic == "background" and setting and not (self.negated or self.removing):
            self.notes.scene(setting)

    def read_after_exception(self, clause: Clause) -> None:
        """`everything except the woman in black and white`: the look is that of all the rest."""
        last = max(at for at, hit in enumerate(clause.hits) if hit.target in ("subject", "background"))
        rest = [hit for hit in clause.hits[last + 1 :] if hit.concept and hit.concept.look]
        for hit in rest:
            assert hit.concept is not None
            self.notes.concept(hit.concept, _PLAIN)

    def _note_negation(self, hit: Hit) -> None:
        iberian = "place" in hit and "stop" in hit and hit.text != "no"  # "non" and the like may be "in"
        if "not" in hit and not iberian:
            self.negated = True
        self.removing = self.removing or "remove" in hit

    def _absent(self, clause: Clause, at: int) -> None:
        """A place that there is no picture of: what was filmed stays, for a studio that nobody asked for
        would be farther from it."""
        hit = clause.hits[at]
        if self.topic != "background" and not clause.is_setting(at):
            self.notes.unknown([hit])
            return
        self.topic = "background"
        name = ABSENT.get(hit.text, readable(hit.text))
        self.notes.cannot_do(f"This engine has no picture of {name}. Attach one as @Image1 to use it.", "")

    def _concept(self, clause: Clause, at: int, concept: Concept, setting: Setting) -> None:
        hits, strength = clause.hits, clause.strength_at(at)
        back = self.notes.back
        if concept in PLACES and "light" in clause.targets and back is not None and back.kind == "scene":
            return  # "match the light to the sand": the place is that of the clauses before
        where = concept in PLACES and (clause.is_setting(at) or _is_place_and_hour(clause))
        if where and self.topic not in ("background", "sky"):
            self.topic = "background"
        if self.topic == "background" and concept.part and "subject" not in clause.targets:
            self.notes.cannot_do(_ONLY_SUBJECT, hits[at].text)
        elif self.topic == "background" and not concept.part:
            self._of_background(hits[at].text, concept, setting, strength)
        elif self.topic == "sky" or (
            concept.sky and any(hit.target == "sky" for hit in hits[at + 1 : at + 2])
        ):
            self._of_sky(hits[at], concept, strength)
        elif concept.colour and not concept.look:
            self._of_colour(clause, concept, strength)
        elif concept in PLACES:
            self._of_mentioned_place(clause, at, concept, strength)
        else:
            self._of_frame(clause, at, concept, strength)

    def _of_frame(self, clause: Clause, at: int, concept: Concept, strength: float) -> None:
        """A look or weather: over the frame, or on the subject that is to become it."""
        if concept.part and clause.verbs & {"add", "join"} and concept.look in _MATERIALS:
            self.notes.cannot_do(vocabulary.NO_OBJECTS, clause.hits[at].text)
        elif concept.part and clause.impossible and "subject" not in clause.targets:
            return  # `turn the car into gold`: said to be impossible
        elif concept.look == "neon_outline" and clause.targets == {"frame"}:
            self.notes.look(Look("line_neon", LOOK_TITLES["line_neon"], strength))
        elif concept.look == "neon_outline":
            self._outlined(clause, concept)
        else:
            on_subject = concept.part or _is_turned_into(clause, at, concept)
            rest = self._means_the_rest(clause, concept)
            part = "subject" if on_subject else "background" if rest else None
            self.notes.concept(concept, strength, part)

    def _means_the_rest(self, clause: Clause, concept: Concept) -> bool:
        """`make the ball green and the rest black and white`: of what a look of the subject leaves. Without
        colours everywhere the subject's new one would be gone."""
        before = [look for look in self.notes.looks if look.part == "subject"]
        if concept.look == "black_and_white" and any(look.name == "recolour" for look in before):
            return True
        return bool(before) and any("rest" in hit for hit in clause.hits)

    def _recoloured(self, clause: Clause, hit: Hit) -> None:
        name, colour = shade(clause, hit)
        self.notes.look(Look("recolour", name, 1.0, part="subject", colour=colour))

    def _outlined(self, clause: Clause, concept: Concept) -> None:
        colours = [hit for hit in clause.hits if hit.is_colour]
        name, colour = shade(clause, colours[0]) if colours else ("", None)
        title = f"{name} {concept.title.lower()}".strip()
        self.notes.look(Look("neon_outline", title, 1.0, part="subject", colour=colour))

    def _of_background(self, word: str, concept: Concept, setting: Setting, strength: float) -> None:
        """What a concept says about the place behind the subject."""
        looks_like = bool(concept.scene and concept.look and not concept.time and not concept.weather)
        if concept in PLACES or looks_like:
            setting.scenes.append(concept)
        elif concept.time:
            setting.scenes += [concept] if concept.scene else []
            setting.times.append(concept.time)
            self.notes.weathers(concept.weather, strength)
        elif concept.weather:
            if not concept.snow or word.endswith(_FALLING):
                self.notes.weathers(concept.weather, strength)
            setting.scenes += [concept] if concept.scene and not concept.snow else []
        elif concept.colour:
            setting.colour = concept
        elif concept.look:
            self.notes.concept(concept, strength, concept.part or "background")
        setting.snow = setting.snow or concept.snow
        setting.autumn = setting.autumn or concept.look == "autumn"

    def _of_sky(self, hit: Hit, concept: Concept, strength: float) -> None:
        if concept.sky:
            title = "a full moon" if concept.sky == "moon" else concept.title.lower()
            sky = Background("sky", f"a new sky: {title}", scene=concept.sky, light=False)
            self.notes.background(sky)
        elif concept.colour:
            title = f"a {colour_name(hit)} sky"
            sky = Background("sky", title, scene="colour", colour=concept.colour, light=False)
            self.notes.background(sky)
        elif concept.look != "cinematic":  # "a dramatic sky" is about the sky
            self.notes.concept(concept, strength, "sky" if concept.look and not concept.time else None)

    def _of_colour(self, clause: Clause, concept: Concept, strength: float) -> None:
        """A tint of the frame or its light; a colour of a thing ("the red car") asks for nothing."""
        if clause.impossible:
            return
        of_frame = clause.targets & {"light", "frame"} or clause.says(
            "tint", "color", "colour", "it", "grade"
        )
        if of_frame and concept.title in _TINTS:
            self.notes.look(Look(_TINTS[concept.title], f"{concept.title} tint", min(strength, 0.8)))

    def _of_mentioned_place(self, clause: Clause, at: int, concept: Concept, strength: float) -> None:
        """A place that is not said to be behind the subject."""
        changed_into = any("into" in hit and len(hit.text) > 1 for hit in clause.hits[:at])
        if concept.look and clause.verbs & {"change", "style"}:
            self.notes.concept(concept, strength)
        elif (
            "change" in clause.verbs
            and changed_into
            and not any(hit.text == "the" for hit in clause.before(at, 2))
        ):
            self.notes.scene(Setting([concept]))
        else:
            self.notes.deferred.append(concept)


def _is_turned_into(clause: Clause, at: int, concept: Concept) -> bool:
    """`turn the rabbit into claymation`: a look that is the subject's alone. Light, weather and hours are
    never."""
    if clause.targets != {"subject"} or concept.weather or concept.time or concept.scene:
        return False
    if clause.hits[at].text in _DONE_TO_IT:  # `pixelate the man`
        return True
    asked = clause.verbs & {"change", "style"} or clause.joined == "but"
    last = max((k for k, hit in enumerate(clause.hits[:at]) if hit.target == "subject"), default=None)
    if last is None:
        return False
    return bool(asked) or any(hit.text in _AS for hit in clause.hits[last:at])


def _is_place_and_hour(clause: Clause) -> bool:
    """`snowy mountains at sunset`, `in the desert at night`: nothing else is said, so the hour is that of the
    place."""
    said = [hit.concept for hit in clause.hits if hit.concept]
    others = [hit for hit in clause.hits if not hit.concept and not hit.roles & {"place", "stop"}]
    known = all(concept in PLACES or concept.time or concept.weather for concept in said)
    timed = any(concept.time and concept not in PLACES for concept in said)
    return known and timed and not others and not clause.verbs and not clause.targets


def _is_paint_of_a_thing(clause: Clause, hit: Hit) -> bool:
    """`paint the car red` wants no oil painting, nor does `paint it as stained glass`: there the verb only
    brings what else is named; an hour of the day is no such thing."""
    if hit.text != "paint":
        return False
    named = {other.concept.look for other in clause.hits if other.concept} - {None, "oil", *_HOURS}
    return bool(clause.impossible or named or new_colour(clause))
