"""The order in which a line's characters stand from left to right: Unicode's bidirectional algorithm (UAX 9).

A renderer without text shaping draws characters from left to right only. Left out are explicit embeddings
and isolates (U+202A to U+202E, U+2066 to U+2069: callers remove them), and the pairing of brackets (rule N0),
which differs only for brackets around words of both directions.
"""

import unicodedata
from itertools import groupby

_PAIRS = "()[]{}<>«»‹›≤≥⟨⟩（）［］｛｝「」『』【】〈〉《》〔〕"
MIRRORED = dict(
    zip(_PAIRS, "".join(b + a for a, b in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)), strict=True)
)
_NEUTRAL = {"B", "S", "WS", "ON", "BN"}


def is_right_to_left(text: str) -> bool:
    """Whether the paragraph `text` runs from right to left: its first letter with a direction says so."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return False


def visual_order(text: str, right_to_left: bool) -> str:
    """One line of `text` (logical order, of a paragraph of the given direction) as it stands from left to
    right.

    Brackets are mirrored where they belong to text that runs from right to left; combining marks follow their
    letter.
    """
    levels = _levels(text, right_to_left)
    # Marks stay behind their letter (rule L3), so letters with their marks are what is reversed.
    units: list[tuple[str, int]] = []
    for char, level in zip(text, levels, strict=True):
        if units and unicodedata.combining(char):
            units[-1] = (units[-1][0] + char, units[-1][1])
        else:
            units.append((MIRRORED.get(char, char) if level % 2 else char, level))
    for level in range(max(levels, default=0), 0, -1):
        turned: list[tuple[str, int]] = []
        for deep, group in groupby(units, key=lambda unit: unit[1] >= level):
            turned += list(group)[:: -1 if deep else 1]
        units = turned
    return "".join(unit for unit, _ in units)


def _levels(text: str, right_to_left: bool) -> list[int]:
    """The embedding level of each character: odd runs from right to left."""
    base = "R" if right_to_left else "L"
    kinds = [unicodedata.bidirectional(char) or "L" for char in text]
    _weak(kinds, base)
    _neutral(kinds, base)
    if right_to_left:
        levels = [1 if kind == "R" else 2 for kind in kinds]
    else:
        levels = [{"L": 0, "R": 1}.get(kind, 2) for kind in kinds]
    for at in range(len(text) - 1, -1, -1):  # L1: space at the end of a line belongs to the paragraph
        if not text[at].isspace():
            break
        levels[at] = int(right_to_left)
    return levels


def _weak(kinds: list[str], base: str) -> None:
    """Rules W1 to W7: numbers and what stands in and around them."""
    strong = before = base
    for at, kind in enumerate(kinds):
        if kind == "NSM":
            kinds[at] = kind = before
        before = kind
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[at] = "AN"
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]
    for at in range(1, len(kinds) - 1):
        left, kind, right = kinds[at - 1 : at + 2]
        if left == right and (kind, left) in (("CS", "EN"), ("CS", "AN"), ("ES", "EN")):
            kinds[at] = left
    at = 0
    for kind, group in groupby(list(kinds)):
        size = len(list(group))
        if kind == "ET":
            beside = kinds[at - 1 : at] + kinds[at + size : at + size + 1]
            kinds[at : at + size] = ["EN" if "EN" in beside else "ON"] * size
        at += size
    strong = base
    for at, kind in enumerate(kinds):
        if kind in ("ES", "CS"):
            kinds[at] = "ON"
        elif kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"


def _neutral(kinds: list[str], base: str) -> None:
    """Rules N1 and N2: what has no direction takes that of both its neighbours, else the paragraph's."""
    at, before = 0, base
    for neutral, group in groupby(list(kinds), key=lambda kind: kind in _NEUTRAL):
        found = list(group)
        if neutral:
            after = kinds[at + len(found)] if at + len(found) < len(kinds) else base
            sides = {"L" if side == "L" else "R" for side in (before, after)}
            kinds[at : at + len(found)] = [sides.pop() if len(sides) == 1 else base] * len(found)
        else:
            before = found[-1]
        at += len(found)
