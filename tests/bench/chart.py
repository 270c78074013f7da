"""The figures of all benches as one picture: a panel for each group, a bar for each figure, all bars as
shares of their yardsticks, so that the yardstick ends at the same place in every row.

Drawn at twice the width that README has (900 px), on a light ground of its own, which is the same on a dark
page and on a projector. Colours are those of the page (modules/ui/theme.py).
"""

import io
from dataclasses import dataclass
from pathlib import Path

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle
from PIL import Image, ImageColor

from tests.bench.figure import Figure
from tests.bench.table import amount, meets, number, ratio

WIDE, DOTS = 1800, 200
"""Pixels of the picture, and of an inch: a point is 2.8 pixels, 1.4 of them in README."""
ROW, HEAD, GAP, EDGE, TOP, BOTTOM = 62, 66, 28, 44, 172, 30
"""Pixels: a figure, a group's title, between groups, around everything, the title and legend, the foot."""
MIDDLE, LABEL, NUMBERS = 56, 396, 146
"""Pixels of a column: between the two, its text, its figures on the right; bars have the rest."""
TITLE, GROUP, NAME, NOTE = 15, 10, 8.2, 7
MOST = 2.0
"""Times the yardstick to which bars are drawn; a longer one is cut, and its number says how long it is."""
PAPER, INK, SOFT, LINE = "#fafaf8", "#1b1a18", "#706c64", "#e4e2dd"
YARDSTICK, OURS, MISSED = "#c2beb5", "#0b6558", "#b4540a"
STEPS = 6
COLUMN = (WIDE - 2 * EDGE - MIDDLE) / 2


@dataclass(frozen=True)
class Panel:
    """The figures of one group, in the order in which they came."""

    group: str
    figures: tuple[Figure, ...]

    @property
    def height(self) -> int:
        return HEAD + ROW * len(self.figures) + GAP


def panels(figures: list[Figure]) -> list[Panel]:
    groups: dict[str, list[Figure]] = {}
    for figure in figures:
        groups.setdefault(figure.group, []).append(figure)
    return [Panel(group, tuple(some)) for group, some in groups.items()]


def columns(every: list[Panel]) -> tuple[list[Panel], list[Panel]]:
    """Cut in two where both columns are most nearly of one height; the order stays."""
    heights = [panel.height for panel in every]
    cuts = range(1, len(every) + 1)
    cut = min(cuts, key=lambda at: max(sum(heights[:at]), sum(heights[at:])))
    return every[:cut], every[cut:]


def scale(figure: Figure) -> float | None:
    """What is one whole: the yardstick, or the target where there is none."""
    return figure.yardstick or figure.target or None


class _Page:
    """A canvas on which places are pixels, from the upper left."""

    def __init__(self, high: int) -> None:
        self.canvas = Canvas(figsize=(WIDE / DOTS, high / DOTS), dpi=DOTS, facecolor=PAPER)
        self.axes = self.canvas.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, WIDE), ylim=(high, 0))
        self.axes.axis("off")
        self.renderer = FigureCanvasAgg(self.canvas).get_renderer()

    def box(self, left: float, top: float, wide: float, high: float, colour: str) -> None:
        self.axes.add_patch(Rectangle((left, top), wide, high, color=colour, lw=0))

    def text(
        self, at: float, middle: float, text: str, size: float, colour: str = INK, *, room: float, **more
    ) -> None:
        """In `room` pixels: what is too long becomes smaller, then loses its end."""
        put = self.axes.text(at, middle, text, size=size, color=colour, va="center_baseline", **more)

        def wide() -> float:
            return put.get_window_extent(self.renderer).width

        if wide() > room:
            put.set_size(max(size * room / wide(), size * 0.8))
        while wide() > room and len(text) > 1:
            text = text[:-1]
            put.set_text(f"{text.rstrip()}…")

    def save(self, path: Path) -> None:
        """As a PNG of few colours, which is a third of the size."""
        held = io.BytesIO()
        self.canvas.savefig(held, dpi=DOTS, facecolor=PAPER)
        palette = Image.new("P", (1, 1))
        palette.putpalette(_shades())
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.open(held).convert("RGB")
        picture.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


def _shades() -> list[int]:
    """A palette: each colour in STEPS shades from the paper to itself, as letters and edges need them. One
    made from the picture would leave out what is rare, such as the colour of a missed target."""
    paper = ImageColor.getrgb(PAPER)
    return [
        round(low + (high - low) * step / (STEPS - 1))
        for colour in (INK, SOFT, LINE, YARDSTICK, OURS, MISSED)
        for step in range(STEPS)
        for low, high in zip(paper, ImageColor.getrgb(colour), strict=True)
    ]


@rc_context({"text.hinting": "force_autohint"})  # strokes on whole pixels: sharper, and smaller as a PNG
def draw(figures: list[Figure], path: Path, caption: str) -> None:
    """Write the picture of `figures`; `caption` says how and when they were measured."""
    both = columns(panels(figures))
    high = TOP + max(sum(panel.height for panel in column) for column in both) + BOTTOM
    page = _Page(high)
    _title(page, caption)
    for at, column in enumerate(both):
        left, top = EDGE + at * (COLUMN + MIDDLE), TOP
        for panel in column:
            _panel(page, panel, left, top)
            top += panel.height
    page.save(path)


def _title(page: _Page, caption: str) -> None:
    page.text(EDGE, 56, "Figures beside their yardsticks", TITLE, weight="bold", room=COLUMN)
    page.text(WIDE - EDGE, 56, caption, NAME, SOFT, ha="right", room=COLUMN)
    left = EDGE
    for colour, high, told, wide in (
        (OURS, 16, "ours", 104),
        (MISSED, 16, "ours, target missed", 290),
        (YARDSTICK, 30, "yardstick, in the same run", 352),
    ):
        page.box(left, 112 - high / 2, 34, high, colour)
        page.text(left + 44, 112, told, NAME, SOFT, room=wide)
        left += 44 + wide
    page.box(left, 92, 5, 40, INK)
    page.text(left + 16, 112, "target", NAME, SOFT, room=100)
    page.text(left + 140, 112, "↓ less is better   ↑ more is better", NAME, SOFT, room=500)


def _panel(page: _Page, panel: Panel, left: float, top: float) -> None:
    page.text(left, top + 26, panel.group, GROUP, weight="bold", room=COLUMN)
    page.box(left, top + HEAD - 10, COLUMN, 2, LINE)
    for at, figure in enumerate(panel.figures):
        _row(page, figure, left, top + HEAD + at * ROW)


def _row(page: _Page, figure: Figure, left: float, top: float) -> None:
    middle, right, room = top + ROW / 2, left + COLUMN, LABEL - 14
    beside = ""
    if figure.yardstick is not None:
        beside = f"{figure.yardstick_name or 'yardstick'}: {amount(figure.yardstick, figure.unit)}"
    elif figure.target is not None:
        beside = f"target: {amount(figure.target, figure.unit)}"
    arrow = "↑" if figure.better == "higher" else "↓"
    page.text(left, middle - (12 if beside else 0), f"{arrow} {figure.name}", NAME, room=room)
    page.text(left, middle + 14, beside, NOTE, SOFT, room=room)
    times, ours = ratio(figure), amount(figure.value, figure.unit)
    page.text(right, middle - (12 if times is not None else 0), ours, NAME, ha="right", room=NUMBERS - 14)
    if times is not None:
        page.text(right, middle + 14, f"{number(times)}×", NOTE, SOFT, ha="right", room=NUMBERS - 14)
    whole = scale(figure)
    if whole is not None:
        _bar(page, figure, whole, left + LABEL, middle)


def _bar(page: _Page, figure: Figure, whole: float, left: float, middle: float) -> None:
    unit = (COLUMN - LABEL - NUMBERS) / MOST
    if figure.yardstick is not None:
        page.box(left, middle - 15, unit, 30, YARDSTICK)
    long = min(max(figure.value / whole, 0.0), MOST)
    page.box(left, middle - 8, max(long * unit, 3), 16, MISSED if meets(figure) is False else OURS)
    if figure.value / whole > MOST:  # cut
        for gap in (14, 24):
            page.box(left + MOST * unit - gap, middle - 8, 4, 16, PAPER)
    if figure.target is not None and figure.target / whole <= MOST:
        page.box(left + figure.target / whole * unit - 2.5, middle - 20, 5, 40, INK)
