"""What the reading of a prompt has gathered so far, and the plan it comes to: looks that contain one another
are one, refusals win."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from modules.edit.references import Reference
from modules.preview.photographs import photograph_of
from modules.preview.prompt import lexicon, wording
from modules.preview.prompt.choice import differ
from modules.preview.prompt.index import Hit
from modules.preview.prompt.lexicon import LOOK_TITLES, PLACE_TITLES, PLACES, Concept
from modules.preview.prompt.plan import Background, Look, Plan, Subject, Who
from modules.preview.prompt.setting import Setting
from modules.preview.prompt.wording import readable

_LOOKS_AT_ONCE, _WEATHERS_AT_ONCE, _UNKNOWN_SHOWN = 3, 3, 16
_TIMES = {"night": " at night", "sunset": " at sunset", "day": " in daylight"}
_NIGHT_SKIES = ("stars", "moon", "aurora")
_PART_OF_LOOK = "A look comes whole: this engine does not leave out one thing of it."
_ONE_ONLY = "Only one person or thing is followed: what is asked of another is done to the first."
_NOT_ALL_BUT_ONE = "This engine does not take out everybody but one; say who is to go."
_RANK = {"plain": 0, "blur": 1, "sky": 2, "ground": 2, "scene": 3, "image": 4}
"""Kinds of backgrounds: of two that are asked for the higher one is painted, of equals the later."""
_ONE_PART = "This engine replaces either the sky or the ground, not both; the later one counts."


class Notes:
    """Filled by the readers, read once by `plan()`."""

    def __init__(self, images: int, elements: int) -> None:
        self.images, self.elements = images, elements
        self.looks: list[Look] = []
        self.weather: dict[str, float] = {}
        self.refused: dict[str, str] = {}
        self.back: Background | None = None
        self.back_extra: dict[str, Any] = {}
        self.who: Subject | None = None
        self.whom = Who()
        self.keep_background = self.keep_subject = self.keep_light = False
        self._acted: Who | None = None
        self._spared: Who | None = None
        self.deferred: list[Concept] = []  # places that were only mentioned
        self._kept: tuple[set[str], list[str]] = set(), []
        self._cannot: list[str] = []
        self._unused: list[str] = []
        self._wanted: dict[str, list[str]] = {}

    # looks and weather
    def look(self, look: Look) -> None:
        for i, have in enumerate(self.looks):
            if (have.name, have.image, have.part) == (look.name, look.image, look.part):
                if look.strength != 0.9:
                    self.looks[i] = look
                return
        self.looks.append(look)

    def concept(self, concept: Concept, strength: float, part: str | None = None) -> None:
        """The looks of a concept, over the whole frame or a `part` of it, and its weather."""
        part = part or concept.part
        if concept.look:
            named = LOOK_TITLES.get(concept.look, concept.title)
            title = named if concept.title[0].islower() else concept.title
            self.look(Look(concept.look, title, strength, part=part))
        self.weathers(concept.weather, strength if not concept.look else 0.7)

    def weathers(self, names: Iterable[str], strength: float) -> None:
        for name in names:
            self.weather[name] = max(strength, self.weather.get(name, 0))

    def refuse(self, concept: Concept, word: str, removing: bool) -> None:
        for name in (concept.look, *concept.weather):
            if name and any(look.name == name for look in self.looks):
                self.cannot_do(_PART_OF_LOOK, word)  # "golden hour, but no lens flare"
            elif name:
                self.refused[name] = word
        if removing and concept.weather and not concept.look:
            self.cannot_do("Weather that was filmed stays; this engine can only leave its own out.", "")

    # what stands behind
    def background(self, background: Background) -> None:
        if self.back is not None and {self.back.kind, background.kind} == {"sky", "ground"}:
            self.cannot_do(_ONE_PART, "")
        if self.back is None or _RANK[background.kind] >= _RANK[self.back.kind]:
            self.back, self.back_extra = background, {}

    def scene(self, setting: Setting) -> None:
        """A place: the first named one, at the first named time of day."""
        places = [concept for concept in setting.scenes if concept.scene]
        if not places and setting.snow:
            places = [concept for _, concept in lexicon.SCENES if concept.scene == "mountains_snow"][:1]
        if places:
            self._place(next((c for c in places if c.title[0].islower()), places[0]), setting)
        elif setting.colour is not None and not setting.times:
            title = f"plain {setting.colour.title.lower()}"
            self.background(Background("plain", title, colour=setting.colour.colour))
        elif setting.times and self.back is not None and self.back.kind == "scene":
            shown = photograph_of(self.back.scene)
            if shown is None or not shown.indoor:
                self._timed(self.back, setting.times[0])
        elif setting.times:
            self.look(Look(setting.times[0], LOOK_TITLES[setting.times[0]], 0.9))

    def _place(self, place: Concept, setting: Setting) -> None:
        of_others = next((c.time for c in setting.scenes if c.time and c is not place), None)
        time = of_others or (setting.times[0] if setting.times else place.time)
        name = "mountains_snow" if place.scene == "mountains" and setting.snow else place.scene
        photograph = photograph_of(name)
        indoor = photograph is not None and photograph.indoor
        if indoor:  # no hour and no season comes in there
            time = None
        before = self.back
        if (
            before is not None
            and before.kind == "scene"
            and before.scene != name
            and name in ("sunset_sky", "clouds")
            and not setting.times
        ):
            if time:
                self._timed(before, time)
            return  # "a castle, and clouds": the first place stays
        title = place.title if place in PLACES else PLACE_TITLES.get(name, place.title)
        if name == "mountains_snow":
            title = "snowy mountains"
        snow = setting.snow and photograph is not None and not indoor
        autumn = setting.autumn and photograph is not None and not indoor and not snow
        if snow and name != "mountains_snow":
            title += " under snow"
        elif autumn:
            title += " in autumn"
        self.background(Background("scene", title[0].lower() + title[1:], scene=name))
        if self.back is not None and self.back.scene == name:
            self.back_extra = {"time": time, "snow": snow, "autumn": autumn}
            if time and time != place.time and name != "sunset_sky":
                self._timed(self.back, time)

    def _timed(self, back: Background, time: str) -> None:
        """The place that was chosen, at another time of day."""
        self.back_extra["time"] = time
        base = back.title
        for words in (*_TIMES.values(), " in sunshine"):
            base = base.removesuffix(words)
        self.back = replace(back, title=base + _TIMES.get(time, ""))

    # who stands before it
    def means(self, who: Who | None, *, kept: bool = False, acts: bool = False) -> None:
        """What a clause says of the subject: of one that is to be `kept`, or of whom something is asked that
        `acts`. Of two that choose the first one counts; a noun fills in."""
        if who is None:
            return
        have = self.whom
        if kept:
            self._spared = self._spared or who
            if self._acted is not None:
                return
        elif acts and self._acted is None:
            self._acted = who
        elif acts and self._acted is not None and differ(self._acted, who):
            self.cannot_do(_ONE_ONLY, who.noun or who.colour_name or who.place or "")
        if (
            not have.chooses
            and not have.everyone
            and (who.chooses or (who.everyone and not (kept and have.noun)))
        ):
            self.whom = replace(who, noun=who.noun or have.noun)
        elif not have.noun and (who.noun or have.kind == "any"):
            kind = who.kind if have.kind == "any" else have.kind
            self.whom = replace(have, noun=who.noun, kind=kind)

    def subject(self, subject: Subject) -> None:
        if self.who is None or self.who.kind == "remove":
            self.who = subject
        elif subject.kind == "remove":
            return
        elif (self.who.element, self.who.image) != (subject.element, subject.image):
            self.cannot_do(f"Only one picture can take part at a time; {subject.title} was left out.", "")
        elif subject.kind == "join" and self.who.kind == "replace":
            self.who = subject

    # what is said
    def kept(self, targets: set[str], places: list[str]) -> None:
        """What a clause asks to be kept: parts of the frame, and else the places that it names. One sentence
        says all of it, however often it is asked for."""
        known, named = self._kept
        known |= targets
        for place in () if targets else places:
            _add(named, place)

    def missing(self, ref: Reference) -> None:
        have = self.images if ref.kind == "Image" else self.elements
        what = "picture" if ref.kind == "Image" else "element"
        given = "none was given" if have == 0 else f"only {have} {'was' if have == 1 else 'were'} given"
        self.cannot_do(f"{ref.name} is named in the prompt, but {given}; attach the {what} to use it.", "")

    def cannot_do(self, sentence: str, word: str) -> None:
        """Says `sentence` once; with `word`, the prompt's own, among those that it is said about."""
        if word:
            self._wanted.setdefault(sentence, []).append(readable(word))
        else:
            _add(self._cannot, sentence)

    def unknown(self, hits: list[Hit]) -> None:
        for word in wording.unknown_words(hit.text for hit in hits):
            if len(self._unused) < _UNKNOWN_SHOWN:
                _add(self._unused, word)

    # the plan
    def plan(self) -> Plan:
        if not (self.looks or self.weather or self.back or self.who) and self.deferred:
            self.scene(Setting(self.deferred[:3], snow=any(c.snow for c in self.deferred)))
        if self.keep_background and self.back is not None and self.back.kind not in ("sky", "ground"):
            self.back = None
        self._spare()
        if self.keep_subject and self.who is not None and self.who.kind != "join":
            self.who = None
        looks = self._settled()
        weather = tuple(w for w in self.weather if w not in self.refused)[:_WEATHERS_AT_ONCE]
        if "storm" in weather:
            weather = tuple(w for w in weather if w != "rain")
        if self.back is not None and self.keep_light:
            self.back = replace(self.back, light=False)
        done = Plan(
            looks=looks,
            background=self.back,
            subject=self.who,
            who=self.whom,
            weather=weather,
            keep_background=self.keep_background,
            keep_subject=self.keep_subject,
            not_understood=tuple(self._unused),
            extra={
                "background": self.back_extra,
                "weather_strength": {w: self.weather[w] for w in weather},
                "refused": tuple(self.refused),
            },
        )
        return self._worded(done)

    def _spare(self) -> None:
        """`remove the woman but keep the man`: not the same one is to go and to stay."""
        acted, spared = self._acted, self._spared
        if acted is None or spared is None or (self.who is not None and self.who.kind == "join"):
            return
        if acted.everyone and self.who is not None:
            self.cannot_do(_NOT_ALL_BUT_ONE, "")
        elif differ(acted, spared):
            self.whom = acted if differ(self.whom, acted) else self.whom
            self.keep_subject = False
            targets, named = self._kept
            targets.discard("subject")
            _add(named, spared.noun or "other people")

    def _settled(self) -> tuple[Look, ...]:
        """The looks that are left when refused ones and those contained in others are out."""
        looks = [look for look in self.looks if look.name not in self.refused]
        if (self.keep_subject or self.keep_background) and self.back is None and self.who is None:
            # What is to stay as filmed is left out of looks that name no part.
            part = "background" if self.keep_subject else "subject"
            if not (self.keep_subject and self.keep_background):
                looks = [replace(look, part=look.part or part) for look in looks]
        names = {look.name for look in looks}
        if self.back is not None and self.back.kind == "sky" and self.back.scene in _NIGHT_SKIES:
            # A sky of the night brings its light: twice would be black.
            looks = [look for look in looks if look.name != "night"]
        contained = {inner for name in names for inner in lexicon.ABSORBS.get(name, ())}
        if "vintage_film" in names - contained and "black_and_white" in names:
            contained.discard("black_and_white")
        return tuple([look for look in looks if look.name not in contained][:_LOOKS_AT_ONCE])

    def _worded(self, plan: Plan) -> Plan:
        """The plan with its sentences; with a mild grade where nothing at all was understood."""
        refused, stays = list(dict.fromkeys(self.refused.values())), wording.kept(*self._kept)
        said = wording.understood(plan, refused, stays)
        for sentence in wording.impossible(plan, self._wanted):
            _add(self._cannot, sentence)
        lost = not (
            plan.looks
            or plan.weather
            or plan.background
            or plan.subject
            or plan.keep_background
            or plan.keep_subject
        )
        return replace(
            plan,
            looks=(Look("cinematic", "Cinematic, mild", 0.5),) if lost else plan.looks,
            understood=tuple(said),
            extra={**plan.extra, "refused_words": refused, "stays": stays},
            cannot=tuple(self._cannot),
            summary=wording.nothing_done(bool(self._cannot)) if lost else wording.summary(plan),
        )


def _add(rows: list[str], text: str) -> None:
    if text not in rows:
        rows.append(text)
