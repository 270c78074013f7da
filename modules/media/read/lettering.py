"""Text drawn on pictures: line breaking, right-to-left order, joined Arabic, and a font for each script.

The fonts lie in the project. arabic-reshaper joins letters and python-bidi orders them: Pillow's own shaping
needs a system library (libfribidi) that a server need not have. Drawn are Latin, Greek, Cyrillic, Hebrew,
Arabic, Chinese, Japanese and Korean; a character that no font has becomes a box.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from arabic_reshaper import ArabicReshaper
from bidi import get_base_level, get_display
from bidi.mirror import MIRRORED
from PIL import ImageDraw, ImageFont

FONTS = Path(__file__).resolve().parents[1] / "fonts"
FILES = ("DejaVuSans.ttf", "DroidSansFallback.ttf")  # a character is drawn in the first that has it
MAX_LINES = 6
MAX_CHARACTERS = 6000  # more than any prompt; bounds the work on a text that somebody else wrote
MAX_MARKS = 3  # on one letter
ELLIPSIS = "…"
# What may not begin or end a line of Chinese and Japanese (after JIS X 4051, the common part).
NOT_FIRST = frozenset(
    "、。，．：；？！）］｝」』】〉》〕・ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}…"
)
NOT_LAST = frozenset("（［｛「『【〈《〔([{")
NON_JOINER = "\u200c"  # Persian: the letters beside it do not join; not seen itself
_NO_CHARACTER = "\U0010fffe"
_TRACE = "\ufe00\ufe01"  # variation selectors: combining, and never in a cleaned text
_RESHAPER = ArabicReshaper({"delete_harakat": False, "ARABIC LIGATURE ALLAH": False})  # lam and alef do join

Colour = tuple[int, int, int] | int
"""RGB, 0..255; one number for a picture in greys."""


@dataclass(frozen=True)
class Line:
    """One line ready to be drawn. `text`: its characters from left to right, Arabic in joined forms.
    `width`: px. `right_to_left`: whether its paragraph is."""

    text: str
    width: float
    right_to_left: bool


def line_height(size: int) -> int:
    """Pixels from one line of `size` px letters to the next."""
    return int(size * 1.45)


def lines_of(text: str, width: float, size: int, limit: int = MAX_LINES) -> list[Line]:
    """`text` broken into at most `limit` lines that are no wider than `width` px in letters of `size` px.

    Lines break at spaces, between Chinese and Japanese characters, and anywhere in a word that is too long
    for a line; one character that is wider than `width` is a line all the same. A text that is longer ends
    in an ellipsis. White space becomes one space, control characters go. A text of nothing gives no line.
    """
    text = _cleaned(text)
    if not text:
        return []
    right_to_left = bool(get_base_level(text))
    clusters = list(_clusters(_RESHAPER.reshape(text).replace(NON_JOINER, "")))
    spots = list(accumulate((_length(cluster, size) for cluster in clusters), initial=0.0))
    lines: list[Line] = []
    at = 0
    while at < len(clusters):
        end = _end_of_line(clusters, spots, at, width)
        line = _line(clusters[at:end], size, right_to_left)
        # Kerning is not in the sum of the characters' widths.
        while line.width > width and end > at + 1:
            end -= 1
            line = _line(clusters[at:end], size, right_to_left)
        if len(lines) == limit - 1 and end < len(clusters):
            kept = clusters[at:end]
            while kept and _line([*kept, ELLIPSIS], size, right_to_left).width > width:
                kept.pop()
            while kept and kept[-1] == " ":
                kept.pop()
            return [*lines, _line([*kept, ELLIPSIS], size, right_to_left)]
        lines.append(line)
        at = end
        while at < len(clusters) and clusters[at] == " ":
            at += 1
    return lines


def draw_text(
    draw: ImageDraw.ImageDraw,
    xy: tuple[int, int],
    lines: Sequence[Line],
    size: int,
    colour: Colour,
    width: int,
) -> int:
    """Draw `lines` in letters of `size` px below one another from `xy`, the left upper corner of a column of
    `width` px; lines of right-to-left paragraphs stand at its right side. Returns the y below the last."""
    x, y = xy
    for line in lines:
        start = x + width - line.width if line.right_to_left else x
        _draw_line(draw, start, y + int(size * 0.93), line.text, size, colour)
        y += line_height(size)
    return y


def _cleaned(text: str) -> str:
    """Composed, on one line, without control and formatting characters and without variants of emoji."""
    kept = []
    marks = 0
    for char in unicodedata.normalize("NFC", text[:MAX_CHARACTERS]):
        marks = marks + 1 if unicodedata.combining(char) else 0
        category = unicodedata.category(char)
        if char.isspace():
            kept.append(" ")
        elif (category[0] != "C" or char == NON_JOINER) and marks <= MAX_MARKS and not _varies(char):
            kept.append(char)
    return " ".join("".join(kept).split())


def _varies(char: str) -> bool:
    """Whether `char` changes the character before it and is not seen itself: variation selectors, skin tones,
    and the tags of flags."""
    return "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff" or char >= "\U000e0000"


def _clusters(text: str) -> Iterator[str]:
    """Characters with the marks that stand on them."""
    cluster = ""
    for char in text:
        if cluster and unicodedata.combining(char):
            cluster += char
        else:
            if cluster:
                yield cluster
            cluster = char
    if cluster:
        yield cluster


def _end_of_line(clusters: Sequence[str], spots: Sequence[float], at: int, width: float) -> int:
    """The index after the last cluster of the line that begins at `at`. `spots`: px at which each begins."""
    full = bisect_right(spots, spots[at] + width) - 1  # so many clusters begin and end inside the line
    if full >= len(clusters):
        return len(clusters)
    for end in range(full, at, -1):
        if _may_break(clusters, end):
            return end
    return max(full, at + 1)


def _may_break(clusters: Sequence[str], at: int) -> bool:
    """Whether a line may end before cluster `at`."""
    before, after = clusters[at - 1][0], clusters[at][0]
    if before == " " or after == " ":
        return True
    return (_ideographic(before) or _ideographic(after)) and after not in NOT_FIRST and before not in NOT_LAST


def _ideographic(char: str) -> bool:
    """Chinese and Japanese writing, which has no spaces between words. Korean has them."""
    return unicodedata.east_asian_width(char) in "WF" and not unicodedata.name(char, "").startswith("HANGUL")


def _line(clusters: Sequence[str], size: int, right_to_left: bool) -> Line:
    text = _in_display_order(clusters, right_to_left)
    return Line(text, _length(text, size), right_to_left)


def _in_display_order(clusters: Sequence[str], right_to_left: bool) -> str:
    """The line from left to right, with brackets mirrored and marks behind their letter.

    python-bidi leaves these two out (rules L3 and L4 of Unicode's bidirectional algorithm) and does not tell
    what it turned round. So two marks that are not seen go along, and come back the other way round there.
    """
    affected = {one for one in clusters if len(one) > 1 or unicodedata.mirrored(one)}
    text = "".join(one + _TRACE if one in affected else one for one in clusters).rstrip(" ")
    text = str(get_display(text, base_dir="R" if right_to_left else "L"))
    for one in affected:
        text = text.replace((one + _TRACE)[::-1], MIRRORED.get(one, one))
    return text.replace(_TRACE, "")


def _length(text: str, size: int) -> float:
    return sum(_font(name, size).getlength(run) for name, run in _runs(text))


def _draw_line(
    draw: ImageDraw.ImageDraw, x: float, base: float, text: str, size: int, colour: Colour
) -> None:
    letter, above, below = x, 0, 0
    for name, run in _runs(text):
        font = _font(name, size)
        if not unicodedata.combining(run[0]):
            draw.text((x, base), run, fill=colour, font=font, anchor="ls")
            x += font.getlength(run)
            letter, above, below = x - font.getlength(run[-1]), 0, 0
            continue
        # A mark is centred on its letter, whatever place the font gives it; a second one stands farther off.
        left, top, right, _ = font.getbbox(run, anchor="ls")
        if top < 0:
            shift, above = -above * size // 6, above + 1
        else:
            shift, below = below * size // 6, below + 1
        middle = (letter + x - left - right) / 2
        draw.text((middle, base + shift), run, fill=colour, font=font, anchor="ls")


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """(font file, text): what is drawn in one font; each combining mark for itself."""
    run = name = ""
    for char in text:
        own, shown = _drawn_as(char)
        mark = bool(unicodedata.combining(char))
        if run and (own != name or mark or unicodedata.combining(run[-1])):
            yield name, run
            run = ""
        run, name = run + shown, own
    if run:
        yield name, run


@lru_cache(maxsize=8192)
def _drawn_as(char: str) -> tuple[str, str]:
    """The font file for a character, and what is drawn for it: a joined form that no font has is drawn as the
    letter itself, and a character that no font has as the first font's box."""
    for shown in (char, unicodedata.normalize("NFKC", char)):
        for name in FILES:
            if all(_has(name, one) for one in shown):
                return name, shown
    return FILES[0], _NO_CHARACTER


def _has(name: str, char: str) -> bool:
    font = _font(name, 24)
    return bytes(font.getmask(char)) != bytes(font.getmask(_NO_CHARACTER))


@lru_cache(maxsize=32)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    # The simple layout everywhere, so that a text looks the same with and without libfribidi.
    return ImageFont.truetype(FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)
