"""What the preview engine will do for a prompt, as plain values. `direction` makes a plan; `scene` and the
looks carry it out."""

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Look:
    """One restyle of the frame or of one `part` of it: `subject`, `background` or `sky`; None is the whole
    frame.

    `strength` is 0..1; `image` counts from 1 when a picture is the style; `colour` (BGR, 0..255) is that of
    looks that take one.
    """

    name: str
    title: str
    strength: float = 1.0
    image: int | None = None
    part: str | None = None
    colour: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Background:
    """`kind`: `image` (from reference `image`, counted from 1), `scene` (`scene` names it),
    `blur`, `plain` (one colour, BGR in `colour`), `sky` (only the sky, `scene` names it), or `ground` (only
    the ground, `scene` names what it becomes). `light` asks for the subject's light to be matched to it."""

    kind: str
    title: str
    image: int | None = None
    scene: str | None = None
    colour: tuple[int, int, int] | None = None
    light: bool = True


@dataclass(frozen=True)
class Subject:
    """`kind`: `replace`, `join` or `remove`. `element` (or else `image`), counted from 1, is cut out. `side`:
    left, right or None."""

    kind: str
    title: str
    element: int | None = None
    image: int | None = None
    side: str | None = None


@dataclass(frozen=True)
class Who:
    """What the words say of the subject, for a clip that shows several.

    `kind`: `person`, `thing` (an animal or an object) or `any`; `noun` is the prompt's own word for it.
    `place`: left, right, middle, top or bottom; `action`: moves or still; `size`: large (also near) or
    small (also far); `colour` (BGR) of clothes or skin, with its name; `everyone`: all there are; `others`:
    all but the one who is described.
    """

    kind: str = "any"
    noun: str = ""
    place: str | None = None
    action: str | None = None
    size: str | None = None
    colour: tuple[int, int, int] | None = None
    colour_name: str = ""
    everyone: bool = False
    others: bool = False

    @property
    def chooses(self) -> bool:
        """Whether the words can tell one from another."""
        return bool(self.place or self.action or self.size or self.colour)


@dataclass(frozen=True)
class Plan:
    """Everything understood. `weather`: names among rain, snow, fog, dust, leaves, petals, fireflies, storm,
    bubbles, embers.

    `understood`, `found` (in the clip, or measured on the result), `cannot`, `fallbacks`: sentences;
    `not_understood`: the prompt's own words. None of them has an entry twice.
    """

    looks: tuple[Look, ...] = ()
    background: Background | None = None
    subject: Subject | None = None
    who: Who = Who()
    weather: tuple[str, ...] = ()
    keep_background: bool = False
    keep_subject: bool = False
    understood: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    summary: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def says(self, sentence: str) -> "Plan":
        """The plan with one more sentence about what was found or measured."""
        return replace(self, found=tuple(dict.fromkeys((*self.found, sentence))))

    def fell_back(self, sentence: str, **changes: Any) -> "Plan":
        """The plan after something could not be carried out as planned; `sentence` says, once, what was done
        instead."""
        return replace(self, fallbacks=tuple(dict.fromkeys((*self.fallbacks, sentence))), **changes)

    def to_json(self) -> dict[str, Any]:
        """The `plan` of the result body."""
        return {
            "engine": "preview",
            "summary": self.summary,
            "understood": [*self.understood, *self.found],
            "not_understood": list(self.not_understood),
            "cannot": list(self.cannot),
            "looks": [_given(look) for look in self.looks],
            "background": _given(self.background),
            "subject": _given(self.subject),
            "weather": list(self.weather),
            "fallbacks": list(self.fallbacks),
        }


def _given(part: Look | Background | Subject | None) -> dict[str, Any] | None:
    """The fields that are set."""
    return None if part is None else {k: v for k, v in part.__dict__.items() if v is not None}
