"""Prompt to plan: what the preview engine understood, what it did not, and what it cannot do. Pure, and
linear in the prompt's length."""

from modules.preview.prompt import lexicon, vocabulary
from modules.preview.prompt.index import Hit, clauses
from modules.preview.prompt.notes import Notes, readable
from modules.preview.prompt.plan import Background, Look, Plan, Subject

_PLACES = {concept for _, concept in lexicon.SCENES}
_MILD, _PLAIN, _STRONG = 0.45, 0.9, 1.0
_FALLING = ("ing", "fall", "flake", "flakes")
_SWAP_CALL = "To put somebody else there, attach a picture as an element and name it, for example @Element1."


def direct(prompt: str, images: int = 0, elements: int = 0) -> Plan:
    """The plan for `prompt`, given how many reference pictures and elements came with it. Never raises for
    a string."""
    notes = Notes(images, elements)
    reader = _Reader(notes)
    for joined, hits in clauses(prompt or ""):
        reader.clause(joined, hits)
    return notes.plan()


class _Reader:
    """Reads clause after clause; keeps what a following clause inherits: the topic (`background`, `sky`)
    and a negation."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.topic: str | None = None
        self.negated = self.removing = False

    def clause(self, joined: str, hits: list[Hit]) -> None:
        targets = {h.get("target") for h in hits if "target" in h}
        verb = {
            v
            for v in ("change", "put", "add", "remove", "keep", "blur", "join", "style")
            if any(v in h for h in hits)
        }
        refs = [h for h in hits if "ref" in h]
        if (
            joined == "hard"
            or verb & {"change", "put", "remove", "keep", "add", "style"}
            or (targets & {"background", "sky", "subject"})
        ):
            self.topic = None
        if joined != "and" or verb - {"blur"}:
            self.negated = self.removing = False
        if "keep" in verb and _really_keeps(hits, verb):
            return self._kept(hits, targets)
        self._topic(hits, targets, verb)
        unknown = [h for h in hits if not h.kinds]
        changed = [h for h in hits if "cannot" in h]
        self._references(hits, targets, verb, refs)
        self._concepts(hits, targets, verb)
        if "blur" in verb and not (self.negated or _negated_before(hits, "blur")):
            if self.topic == "background" or "subject" not in targets:
                self.notes.background(Background("blur", "a blurred background"))
        if "remove" in verb or self.negated:
            self._removed(targets, verb, changed, hits)
        elif "add" in verb and unknown and not refs and "background" not in targets:
            changed = changed + unknown
            unknown = []
        if changed and not refs:
            for hit in changed:
                self.notes.cannot_do(
                    hit.get("cannot") or next(s for s in vocabulary.CANNOT if "objects" in s), hit.text
                )
            unknown = [] if any("objects" in (h.get("cannot") or "objects") for h in changed) else unknown
        elif (
            "change" in verb
            and targets == {"subject"}
            and unknown
            and any("into" in h for h in hits)
            and not refs
        ):
            self._unnamed_swap(unknown, targets)
            return None
        if "background" in targets and verb & {"change", "put"} and unknown and self.notes.back is None:
            self.notes.cannot_do(
                "This engine cannot paint that background; attach a picture of it and name it, for example "
                "@Image1.",
                unknown[-1].text,
            )
        self.notes.unknown(unknown)

    # what a clause is about
    def _topic(self, hits, targets, verb) -> None:
        if "background" in targets:
            self.topic = "background"
        elif "sky" in targets:
            self.topic = "sky"

    def _kept(self, hits, targets) -> None:
        places = [h for h in hits if h.get("concept") in _PLACES]
        if "background" in targets or (places and "subject" not in targets):
            self.notes.keep_background = True
        if "subject" in targets:
            self.notes.keep_subject = True
        if "light" in targets:
            self.notes.keep_light = True
        if targets or places:
            self.notes.kept(targets, [h.text for h in places])
        self.notes.unknown([h for h in hits if not h.kinds and not targets and not places])

    def _removed(self, targets, verb, changed, hits) -> None:
        if "background" in targets and not any("concept" in h or "ref" in h for h in hits):
            self.notes.background(Background("plain", "a plain light backdrop", colour=(236, 236, 236)))
        elif "subject" in targets and not any("concept" in h for h in hits):
            self.notes.subject(Subject("remove", "the subject taken out"))
        elif "sky" in targets:
            self.notes.cannot_do("This engine does not take the sky away; ask for another sky.", "sky")

    def _unnamed_swap(self, unknown, targets) -> None:
        if self.notes.elements:
            self.notes.subject(Subject("replace", "@Element1", element=1))
        else:
            self.notes.cannot_do(_SWAP_CALL, "")
            self.notes.unknown(unknown)

    # references
    def _references(self, hits, targets, verb, refs) -> None:
        for hit in refs:
            ref = hit.get("ref")
            at = hits.index(hit)
            if (
                ref.number > (self.notes.images if ref.kind == "Image" else self.notes.elements)
                or ref.number < 1
            ):
                self.notes.missing(ref)
                continue
            before = hits[max(0, at - 6) : at]
            if _negated_at(hits, at):
                continue
            if ref.kind == "Image":
                self._image(ref, before, hits, targets, verb)
            else:
                joins = "join" in verb or (
                    "change" not in verb and ("add" in verb or ("put" in verb and "subject" in targets))
                )
                side = next((s for s in ("left", "right") if any(h.text == s for h in hits)), None)
                self.notes.subject(
                    Subject("join" if joins else "replace", ref.name, element=ref.number, side=side)
                )

    def _image(self, ref, before, hits, targets, verb) -> None:
        near = {h.get("target") for h in before[-3:] if "target" in h}
        styled = "style" in verb or any(
            h.text
            in ("style", "look", "like", "look of", "palette", "colours", "colors", "estilo", "stil", "风 格")
            for h in hits
        )
        concept = next(
            (
                h
                for h in before
                if h.get("concept")
                and h.get("concept").look in ("oil", "watercolour", "pencil", "anime", "comic")
            ),
            None,
        )
        if any("style" in h for h in before[-3:]):
            self.notes.look(
                Look("style", f"the style of {ref.name}", _strength(hits, hits.index(before[-1])), ref.number)
            )
        elif self.topic == "background" or "background" in targets:
            self.notes.background(Background("image", ref.name, image=ref.number))
        elif self.topic == "sky":
            self.notes.background(Background("sky", f"a sky from {ref.name}", image=ref.number))
        elif styled or concept:
            self.notes.look(
                Look(
                    "style",
                    f"the style of {ref.name}",
                    _strength(hits, hits.index(before[-1]) if before else 0),
                    ref.number,
                )
            )
        elif (
            "subject" in targets
            and "change" in verb
            and "place" not in {k for h in before[-2:] for k in h.kinds if "into" not in h}
        ):
            self.notes.subject(Subject("replace", ref.name, image=ref.number))
        elif "join" in verb:
            self.notes.subject(Subject("join", ref.name, image=ref.number))
        elif "frame" in near and "change" in verb:
            self.notes.look(Look("style", f"the style of {ref.name}", 0.9, ref.number))
        else:
            self.notes.background(Background("image", ref.name, image=ref.number))

    # looks, weather, scenes
    def _concepts(self, hits, targets, verb) -> None:
        scenes, times, colour, snow = [], [], None, False
        for at, hit in enumerate(hits):
            if "not" in hit or "remove" in hit:
                if "not" in hit and not ("place" in hit and "stop" in hit and hit.text != "no"):
                    self.negated = True
                self.removing = self.removing or "remove" in hit
            if hit.get("indoor") and not hit.get("concept"):
                if self.topic == "background" or _placed(hits, at, targets, verb):
                    self.topic = "background"
                    self.notes.cannot_do(
                        f"This engine has no picture of {_article(hit.text)}; a plain studio stands in. "
                        "Attach one as @Image1 to use it.",
                        "",
                    )
                    scenes.append(next(c for c in _PLACES if c.scene == "studio"))
                else:
                    self.notes.unknown([hit])
                continue
            concept = hit.get("concept")
            if concept is None:
                continue
            if self.negated or self.removing:
                self.notes.refuse(concept, readable(hit.text), removing=self.removing)
                continue
            if _is_source(hits, at) or (
                hit.text == "paint" and any("cannot" in h for h in hits)
            ):  # "paint the car red" wants no oil painting
                continue
            strength = _strength(hits, at)
            if (
                self.topic != "background"
                and self.topic != "sky"
                and concept in _PLACES
                and _placed(hits, at, targets, verb)
            ):
                self.topic = "background"
            if self.topic == "background":
                if concept in _PLACES or (
                    concept.scene and concept.look and not concept.time and not concept.weather
                ):
                    scenes.append(concept)
                elif concept.scene and not concept.weather and concept.time:
                    scenes.append(concept)
                    times.append(concept.time)
                elif concept.time:
                    times.append(concept.time)
                elif concept.snow:
                    snow = True
                    if hit.text.endswith(_FALLING):
                        self.notes.weathers(concept.weather, strength)
                elif concept.weather:
                    self.notes.weathers(concept.weather, strength)
                    scenes += [concept] if concept.scene else []
                elif concept.colour:
                    colour = concept
                elif concept.look:
                    self.notes.concept(concept, strength)
                snow = snow or concept.snow
            elif self.topic == "sky" or (
                at + 1 < len(hits) and hits[at + 1].get("target") == "sky" and concept.sky
            ):
                self._sky(concept, strength)
            elif concept.colour and not concept.look:
                self._tint(concept, hit, targets, hits, strength)
            elif concept in _PLACES:
                if concept.look and verb & {"change", "style"}:
                    self.notes.concept(concept, strength)
                elif (
                    verb & {"change"}
                    and any("into" in h and len(h.text) > 1 for h in hits[:at])
                    and "the" not in [h.text for h in hits[max(0, at - 2) : at]]
                ):
                    self.notes.scene([concept], [], False)
                else:
                    self.notes.defer(concept)
            else:
                self.notes.concept(concept, strength)
        if (
            self.topic == "background"
            and (scenes or times or snow or colour)
            and not (self.negated or self.removing)
        ):
            self.notes.scene(scenes, times, snow, colour)

    def _sky(self, concept, strength) -> None:
        if concept.sky:
            title = "a full moon" if concept.sky == "moon" else concept.title.lower()
            self.notes.background(Background("sky", f"a new sky: {title}", scene=concept.sky, light=False))
        elif concept.colour:
            self.notes.background(
                Background(
                    "sky", f"a {concept.title} sky", scene="colour", colour=concept.colour, light=False
                )
            )
        elif concept.look != "cinematic":  # "a dramatic sky" is about the sky
            self.notes.concept(concept, strength)

    def _tint(self, concept, hit, targets, hits, strength) -> None:
        if any("cannot" in h for h in hits):
            return
        if (
            "light" in targets
            or "frame" in targets
            or any(h.text in ("tint", "color", "colour", "it", "grade") for h in hits)
        ):
            tone = {"blue": "cool", "purple": "vaporwave", "green": "cool"}.get(concept.title) or (
                "warm" if concept.title in ("red", "orange", "yellow") else None
            )
            if tone:
                self.notes.look(Look(tone, f"{concept.title} tint", min(strength, 0.8)))
                return
        self.notes.spoken_colour(hit)


def _really_keeps(hits, verb) -> bool:
    """`keep`, `as it is` and the like always; a mere `same` or `original` only where nothing else is
    asked."""
    weak = {"same", "the same", "original", "stays", "remains", "remain", "leave", "leaving", "lass"}
    return any("keep" in h and h.text not in weak for h in hits) or (
        not (verb & {"change", "put", "add", "blur", "style", "join"}) and any("target" in h for h in hits)
    )


def _negated_at(hits, at) -> bool:
    return any(("not" in h and "place" not in h) or "remove" in h for h in hits[:at])


def _negated_before(hits, kind) -> bool:
    return _negated_at(hits, next(i for i, h in enumerate(hits) if kind in h))


def _is_source(hits, at) -> bool:
    """`day into night`, `from summer to winter`: the first of the two is what there is now."""
    if (
        at + 1 >= len(hits)
        or not hits[at + 1].get("into")
        or hits[at + 1].text in ("with", "by", "for", "as", "a", "en", "por", "par", "em", "con")
    ):
        return False
    return any("concept" in h for h in hits[at + 2 : at + 7]) and (
        any("change" in h or h.text in ("from", "von", "de", "从") for h in hits[: at + 2]) or at == 0
    )


def _placed(hits, at, targets, verb) -> bool:
    """Whether the place named at `at` is where the subject is to be, not a thing merely mentioned."""
    back = hits[max(0, at - 4) : at]
    spot = next(
        (i for i in range(len(back) - 1, -1, -1) if "place" in back[i] and back[i].text not in ("a", "al")),
        None,
    )
    if spot is None:
        return False
    if any(
        "concept" in a and a.get("concept").look and b.text == "of"
        for a, b in zip(hits[:at], hits[1:at], strict=False)
    ):
        return False  # "an oil painting of a storm at sea" names a painting
    asked = "subject" in targets or "put" in verb or any("ref" in h for h in hits)
    if "style" in verb:
        return False
    if any(h.text == "the" for h in back[spot + 1 :]):
        return asked and bool(set(hits[at].text.split()) & vocabulary.NATURAL_THE)
    if back[spot].text in ("to", "into", "en", "em"):
        return asked or "change" not in verb
    return True


def _strength(hits, at) -> float:
    near = [h for h in hits[max(0, at - 4) : at + 3]]
    if any("mild" in h for h in near):
        return _MILD
    return _STRONG if any("strong" in h for h in near) else _PLAIN


def _article(word: str) -> str:
    return ("an " if word[:1] in "aeiou" else "a ") + word
