"""References in a prompt, such as `@Element1` and `@Image2`: where they stand, what they name, how the model
spells them.

Visitors bring other spellings: `@Image 1`, `@Image-1`, fullwidth letters, zero-width characters between them,
`@image` for an only picture, `@Video1` (fal) and `<<<image_1>>>` (Kling). They are found in a folded view
of the prompt: each character in its compatibility form (NFKC), without invisible ones, dotted and dotless I
as the ASCII letter. The view is for finding only; what is not a reference is sent as it was typed. The
rules are data (`references.json`), which the page reads too.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPELLING: dict[str, Any] = json.loads((Path(__file__).parent / "references.json").read_text("utf-8"))
"""`pattern` and `invisible`: expressions that Python and JavaScript read alike; `letters`: a map."""
THE_CLIP = "the video"
"""What a reference to the clip is sent as: this model has one clip and no name for it."""

# ASCII: without it the letter I of Turkish would match.
_PATTERN = re.compile(SPELLING["pattern"], re.IGNORECASE | re.ASCII)
_INVISIBLE = re.compile(SPELLING["invisible"])
_MOST_FOLDED = 20_000
"""Characters that are looked through; a prompt of that length is refused anyway."""


@dataclass(frozen=True)
class Reference:
    """One reference. `kind`: `"Element"`, `"Image"` or `"Video"`; `number` counts from 1, None when none was
    written; `start:end`: its place in the prompt, `written` what stands there."""

    kind: str
    number: int | None
    start: int
    end: int
    written: str = ""

    @property
    def name(self) -> str:
        return f"@{self.kind}{'' if self.number is None else self.number}"


def all_references_in(prompt: str) -> tuple[Reference, ...]:
    """Every reference in `prompt`, in order, those without a number and those to the clip included."""
    view, places = _folded(prompt or "")
    found = []
    for match in _PATTERN.finditer(view):
        kind, digits = match[1] or match[3], match[2] or match[4]
        before = view[match.start() - 1 : match.start()]
        if digits is None and before.isascii() and (before.isalnum() or before in ("_", ".")) and before:
            continue  # an address of mail
        start, end = places[match.start()], places[match.end() - 1] + 1
        number = int(digits) if digits else None
        found.append(Reference(kind.lower().capitalize(), number, start, end, prompt[start:end]))
    return tuple(found)


def references_in(prompt: str) -> tuple[Reference, ...]:
    """The references to elements and images that name a number, in order."""
    return tuple(one for one in all_references_in(prompt) if one.kind != "Video" and one.number is not None)


def settled_name(reference: Reference, counts: Mapping[str, int]) -> str | None:
    """How the model is told what `reference` names: `@Image1`, "the video", or None when that is not clear.

    `counts`: how many of each kind are given. An only picture needs no number.
    """
    if reference.kind == "Video":
        return THE_CLIP if reference.number in (None, 1) else None
    if reference.number is not None:
        return reference.name
    return f"@{reference.kind}1" if counts.get(reference.kind) == 1 else None


def unclear_references(prompt: str, counts: Mapping[str, int]) -> tuple[Reference, ...]:
    """The references that cannot be told to the model, each spelling once."""
    unclear = (one for one in all_references_in(prompt) if settled_name(one, counts) is None)
    return tuple({one.name: one for one in unclear}.values())


def spelled_for_the_model(prompt: str, counts: Mapping[str, int] | None = None) -> str:
    """`prompt` with every clear reference in the model's own spelling; all else as it was typed."""
    pieces, last = [], 0
    for one in all_references_in(prompt):
        name = settled_name(one, counts or {})
        pieces += [prompt[last : one.start], one.written if name is None else name]
        last = one.end
    return "".join((*pieces, (prompt or "")[last:]))


def _folded(prompt: str) -> tuple[str, list[int]]:
    """The view of a prompt in which references are found, and the place of each of its characters."""
    text = prompt[:_MOST_FOLDED]
    if text.isascii():
        return text, list(range(len(text)))
    view, places = [], []
    letters = SPELLING["letters"]
    for place, letter in enumerate(text):
        plain = letters.get(letter) or _INVISIBLE.sub("", unicodedata.normalize("NFKC", letter))
        view.append(plain)
        places += [place] * len(plain)
    return "".join(view), places


def missing_reference(kind: str, name: str, count: int) -> str:
    """What is said of a reference to more than the `count` of its kind that are given."""
    thing = "element" if kind == "Element" else "image"
    given = (
        f"no {thing} is given"
        if not count
        else f"only {count} {thing}{'s are' if count > 1 else ' is'} given"
    )
    return f"The prompt mentions {name}, but {given}. Add the {thing}, or change the prompt."


def unclear_reference(reference: Reference, counts: Mapping[str, int]) -> str:
    """What is said of a reference that cannot be told to the model."""
    if reference.kind == "Video":
        return f"The prompt mentions {reference.name}, but there is one clip only. Call it “the video”."
    count = counts[reference.kind]
    thing = "element" if reference.kind == "Element" else "image"
    if not count:
        return f"The prompt mentions {reference.name}, but no {thing} is given."
    last = f"@{reference.kind}{count}"
    return f"The prompt says {reference.name} without a number. Say which: @{reference.kind}1 to {last}."
