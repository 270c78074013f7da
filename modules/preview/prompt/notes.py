"""What `direction` has gathered so far, and the plan it comes to: looks that contain one another are one,
refusals win, sentences are for people."""

from modules.preview.prompt import lexicon, vocabulary
from modules.preview.prompt.plan import Background, Look, Plan, Subject

_LOOKS_AT_ONCE, _WEATHERS_AT_ONCE, _UNKNOWN_SHOWN = 3, 3, 16
_WEATHER_TITLES = {
    "rain": "rain",
    "snow": "falling snow",
    "fog": "fog",
    "dust": "dust in the air",
    "leaves": "falling leaves",
    "petals": "falling petals",
    "fireflies": "fireflies",
    "storm": "a storm with lightning",
    "bubbles": "bubbles",
    "embers": "flying embers",
}
_TIMES = {"night": " at night", "sunset": " at sunset", "day": " in daylight"}
_NIGHT_SKIES = ("stars", "moon", "aurora")
_LOOK_TITLES = {concept.look: concept.title for _, concept in lexicon.LOOKS if concept.look}


def readable(text: str) -> str:
    """Han characters are matched one by one; shown, they stand together again."""
    return "".join(text.split()) if text and "\u4e00" <= text[0] <= "\u9fff" else text


class Notes:
    """Filled by the reader, read once by `plan()`."""

    def __init__(self, images: int, elements: int) -> None:
        self.images, self.elements = images, elements
        self.looks: list[Look] = []
        self.weather: dict[str, float] = {}
        self.implied: list[str] = []
        self.refused: dict[str, str] = {}
        self.back: Background | None = None
        self.back_extra: dict = {}
        self.who: Subject | None = None
        self.keep_background = self.keep_subject = self.keep_light = False
        self.said: list[str] = []
        self.cannot: list[str] = []
        self.unused: list[str] = []
        self.deferred: list = []
        self.wanted: dict[str, list[str]] = {}

    # gathering
    def look(self, look: Look) -> None:
        same = next(
            (i for i, have in enumerate(self.looks) if have.name == look.name and have.image == look.image),
            None,
        )
        if same is None:
            self.looks.append(look)
        elif look.strength != 0.9:
            self.looks[same] = look

    def concept(self, concept, strength: float) -> None:
        if concept.look:
            self.look(
                Look(
                    concept.look,
                    _LOOK_TITLES.get(concept.look, concept.title)
                    if concept.title[0].islower()
                    else concept.title,
                    strength,
                )
            )
        for name in concept.also:
            self.look(Look(name, _LOOK_TITLES[name], strength))
        self.weathers(concept.weather, strength if not concept.look else 0.7)

    def weathers(self, names, strength: float) -> None:
        for name in names:
            self.weather[name] = max(strength, self.weather.get(name, 0))

    def background(self, background: Background) -> None:
        rank = {"plain": 0, "blur": 1, "sky": 2, "scene": 3, "image": 4}
        if self.back is None or rank[background.kind] >= rank[self.back.kind]:
            self.back, self.back_extra = background, {}

    def scene(self, scenes, times, snow, colour=None) -> None:
        """A painted place: the first named place, at the first named time of day."""
        from_places = [c for c in scenes if c.scene]
        if not from_places and snow:
            from_places = [c for _, c in lexicon.SCENES if c.scene == "mountains_snow"][:1]
        if not from_places:
            if colour is not None and not times:
                self.background(Background("plain", f"plain {colour.title.lower()}", colour=colour.colour))
            elif self.back is not None and self.back.kind == "scene" and times:
                self._timed(times[0])
            elif times:
                self.look(Look(times[0], _LOOK_TITLES[times[0]], 0.9))
            return None
        place = next((c for c in from_places if c.title[0].islower()), from_places[0])
        time = next((c.time for c in scenes if c.time and c is not place), None) or (
            times[0] if times else place.time
        )
        name = "mountains_snow" if place.scene == "mountains" and snow else place.scene
        if name == "city" and time == "night":
            name = "neon_city"
        if (
            self.back is not None
            and self.back.kind == "scene"
            and self.back.scene != name
            and name in ("sunset_sky", "clouds")
            and not times
        ):
            return self._timed(time) if time else None  # "a castle, and clouds": the first place stays
        title = "snowy mountains" if name == "mountains_snow" else place.title
        title = title[0].lower() + title[1:]
        self.background(Background("scene", title, scene=name))
        if self.back.scene == name:
            self.back_extra = {"time": time, "snow": bool(snow)}
            if time and time != place.time and not (name == "sunset_sky"):
                self._timed(time)

    def _timed(self, time: str) -> None:
        self.back_extra["time"] = time
        base = self.back.title
        for words in _TIMES.values():
            base = base.removesuffix(words)
        self.back = Background(
            "scene", base + _TIMES.get(time, ""), scene=self.back.scene, light=self.back.light
        )

    def subject(self, subject: Subject) -> None:
        if self.who is None or self.who.kind == "remove":
            self.who = subject
        elif subject.kind != "remove" and (self.who.element, self.who.image) != (
            subject.element,
            subject.image,
        ):
            self.cannot_do(f"Only one picture can take part at a time; {subject.title} was left out.", "")
        elif subject.kind == "join" and self.who.kind == "replace":
            self.who = subject

    def refuse(self, concept, word: str, removing: bool) -> None:
        for name in (concept.look, *concept.also, *concept.weather):
            if name:
                self.refused[name] = word
        if removing and concept.weather and not concept.look:
            self.cannot_do("Weather that was filmed stays; this engine can only leave its own out.", "")

    def kept(self, targets, places) -> None:
        names = {
            "background": "the background",
            "subject": "the subject",
            "light": "the light",
            "sky": "the sky",
            "frame": "the rest",
        }
        what = [names[t] for t in ("subject", "background", "light", "sky", "frame") if t in targets] or [
            f"the {readable(p)}" for p in places
        ]
        self.said.append(f"Keeps {_list(what)} as filmed.")

    def defer(self, concept) -> None:
        self.deferred.append(concept)

    def spoken_colour(self, hit) -> None:
        pass  # a colour of a thing that is merely named ("the red car") asks for nothing

    def missing(self, ref) -> None:
        have = self.images if ref.kind == "Image" else self.elements
        what = "picture" if ref.kind == "Image" else "element"
        given = "none was given" if have == 0 else f"only {have} {'was' if have == 1 else 'were'} given"
        self._add(
            self.cannot, f"{ref.name} is named in the prompt, but {given}; attach the {what} to use it."
        )

    def cannot_do(self, sentence: str, word: str) -> None:
        if word:
            self.wanted.setdefault(sentence, []).append(readable(word))
        else:
            self._add(self.cannot, sentence)

    def unknown(self, hits) -> None:
        run: list[str] = []
        for hit in hits:
            word = hit.text
            if (
                word.isdigit()
                or (len(word) < 2 and not "\u4e00" <= word <= "\u9fff")
                or not any(c.isalnum() for c in word)
            ):
                continue
            if run and "\u4e00" <= word <= "\u9fff" and "\u4e00" <= run[-1][-1] <= "\u9fff":
                run[-1] += word
            else:
                run.append(word)
        for word in run:
            if len(self.unused) < _UNKNOWN_SHOWN:
                self._add(self.unused, word)

    @staticmethod
    def _add(rows: list[str], text: str) -> None:
        if text not in rows:
            rows.append(text)

    # the plan
    def plan(self) -> Plan:
        if not (self.looks or self.weather or self.back or self.who) and self.deferred:
            self.scene(self.deferred[:3], [], any(c.snow for c in self.deferred))
        if self.keep_background and self.back is not None and self.back.kind != "sky":
            self.back = None
        if self.keep_subject and self.who is not None and self.who.kind != "join":
            self.who = None
        looks = self._settled()
        weather = tuple(w for w in self.weather if w not in self.refused)[:_WEATHERS_AT_ONCE]
        if "storm" in weather:
            weather = tuple(w for w in weather if w != "rain")
        if self.back is not None and self.keep_light:
            self.back = Background(**{**self.back.__dict__, "light": False})
        self._sentences(looks, weather)
        lost = not (looks or weather or self.back or self.who or self.keep_background or self.keep_subject)
        summary = self._summary(looks, weather, lost)
        if lost:
            looks = (Look("cinematic", "Cinematic, mild", 0.5),)
        extra = {
            "background": self.back_extra,
            "weather_strength": {w: self.weather[w] for w in weather},
            "refused": tuple(self.refused),
        }
        return Plan(
            looks=looks,
            background=self.back,
            subject=self.who,
            weather=weather,
            keep_background=self.keep_background,
            keep_subject=self.keep_subject,
            understood=tuple(self.said),
            not_understood=tuple(self.unused),
            cannot=tuple(self.cannot),
            summary=summary,
            extra=extra,
        )

    def _settled(self) -> tuple[Look, ...]:
        looks = [k for k in self.looks if k.name not in self.refused]
        names = {k.name for k in looks}
        if self.back is not None and self.back.kind == "sky" and self.back.scene in _NIGHT_SKIES:
            looks = [
                k for k in looks if k.name != "night"
            ]  # a sky of the night brings its light: twice would be black
        swallowed = {small for name in names for small in lexicon.ABSORBS.get(name, ())}
        if "vintage_film" in names and "black_and_white" in names and "noir" not in names:
            swallowed.discard("black_and_white")
        return tuple([k for k in looks if k.name not in swallowed][:_LOOKS_AT_ONCE])

    def _sentences(self, looks, weather) -> None:
        said = []
        for look in looks:
            how = " slightly" if look.strength < 0.6 else " strongly" if look.strength > 0.95 else ""
            said.append(
                f"Restyles the whole frame{how}: "
                f"{look.title[0].lower() + look.title[1:] if look.name == 'style' else look.title}."
            )
        if self.back is not None:
            kind, title = self.back.kind, self.back.title
            said.append(
                f"Replaces the sky: {title.removeprefix('a new sky: ')}."
                if kind == "sky"
                else "Blurs the background."
                if kind == "blur"
                else f"Puts {title} behind the subject."
            )
        if self.who is not None:
            said.append(
                {
                    "replace": f"Replaces the subject with {self.who.title}.",
                    "join": f"Places {self.who.title} beside the subject.",
                    "remove": "Takes the subject out.",
                }[self.who.kind]
            )
        if weather:
            said.append(f"Adds {_list([_WEATHER_TITLES[w] for w in weather])}.")
        left_out = list(dict.fromkeys(self.refused.values()))
        if left_out:
            said.append(f"Leaves out {_list(left_out)}, as asked.")
        self.said = said + [s for s in self.said if s not in said]
        for sentence, words in self.wanted.items():
            names = list(dict.fromkeys(words))[:4]
            self._add(self.cannot, f"{sentence[:-1]} (asked for: {', '.join(names)}).")
        if self.who is not None and self.who.kind in ("replace", "join"):
            self._add(self.cannot, vocabulary.CUT_OUT)
        if self.who is not None and self.who.kind in ("replace", "remove"):
            self._add(self.cannot, vocabulary.NO_REBUILD)

    def _summary(self, looks, weather, lost) -> str:
        if lost:
            if self.cannot:
                return (
                    "This asks for something the preview engine cannot do; the clip only gets a mild "
                    "cinematic grade."
                )
            return (
                "Nothing in the prompt was understood by the preview engine; the clip only gets a mild "
                "cinematic grade."
            )
        parts = [look.title if look.name == "style" else f"{look.title} look" for look in looks]
        if self.back is not None:
            parts.append(
                {"sky": self.back.title, "blur": "blurred background"}.get(
                    self.back.kind, f"background: {self.back.title}"
                )
            )
        if self.who is not None:
            parts.append(
                {
                    "replace": f"{self.who.title} as the subject",
                    "join": f"{self.who.title} beside the subject",
                    "remove": "subject taken out",
                }[self.who.kind]
            )
        parts += [_WEATHER_TITLES[w] for w in weather]
        if not parts:
            return "The clip is kept as filmed."
        text = "; ".join(parts)
        return text[0].upper() + text[1:] + "."


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
