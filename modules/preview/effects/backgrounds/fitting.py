"""Which part of a photograph stands behind a subject: its ground under the feet, its horizon at the eyes."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from modules.preview.photographs import Photograph
from modules.preview.video.arrays import Plane
from modules.preview.video.compositing import Rectangle

_ZOOM = 1.6
"""How much larger than needed to fill the frame a photograph may become."""
_EYES, _SHOULDERS = 0.22, 0.42
"""Where the horizon should lie on a whole figure and on a bust: shares of what is seen of its height."""


@dataclass(frozen=True)
class Crop:
    """The part of a photograph that fills the frame, in its pixels, and `scale`, output pixels to each. In
    the frame's rows: where the horizon lies, and where the feet stand (below the frame where they are not
    seen)."""

    x: float
    y: float
    scale: float
    horizon: float
    feet: float


@dataclass(frozen=True)
class _Usual:
    """The box of a subject over a whole clip."""

    x: float
    y: float
    w: float
    h: float


def usual_box(mattes: Sequence[Plane]) -> Rectangle | None:
    """Where the subject mostly is, by the mattes of a few frames; None when none shows it.

    Of several figures all count for the width, but the one that stands farthest back for the height: its
    feet too have to be on the ground.
    """
    boxes = [box for box in map(_box, mattes) if box is not None]
    return _Usual(*np.median(np.array(boxes), axis=0).tolist()) if boxes else None


def _box(matte: Plane) -> tuple[float, float, float, float] | None:
    shape = (matte > 128).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(shape)
    figures = [row for row in stats[1:count].tolist() if row[4] > 0.2 * stats[1:, cv2.CC_STAT_AREA].max()]
    if not figures or max(row[2] for row in figures) < 4:
        return None
    x, right = min(row[0] for row in figures), max(row[0] + row[2] for row in figures)
    back = min(figures, key=lambda row: int(row[1] + row[3]))
    return x, back[1], right - x, back[3]


def is_whole(box: Rectangle, height: int) -> bool:
    """Whether the frame shows the feet, or else cuts the subject at its lower edge."""
    return box.y + box.h < height * 0.975


def fit(photograph: Photograph, size: tuple[int, int], frame: tuple[int, int], box: Rectangle | None) -> Crop:
    """The best crop of a photograph of `size` pixels (width, height) for a `frame` with the subject in
    `box`."""
    (pw, ph), (w, h) = size, frame
    least = max(w / pw, h / ph)
    feet = box.y + box.h if box is not None and is_whole(box, h) else h * 1.12
    eyes = _EYES if feet < h else _SHOULDERS
    target = 0.46 * h if box is None else box.y + box.h * eyes
    best: tuple[float, Crop] | None = None
    for zoom in np.linspace(1.0, _ZOOM, 13).tolist():
        scale = least * zoom
        x, beside = _across(photograph, pw * scale, w, box)
        spare = ph * scale - h
        lowest = 0.0
        if photograph.ground is not None and feet < h:
            lowest = photograph.ground * ph * scale - (feet - 0.02 * h)
        missing = max(0.0, lowest - spare) / h
        for share in (
            *np.linspace(0, 1, 13).tolist(),
            (photograph.horizon * ph * scale - target) / max(1.0, spare),
        ):
            top = float(np.clip(max(share * spare, lowest), 0, spare))
            horizon = photograph.horizon * ph * scale - top
            upper, lower = (row * ph * scale - top for row in photograph.interest[1::2])
            cut = (max(0.0, -upper) + max(0.0, lower - h)) / (lower - upper)
            cost = abs(horizon - target) / h + 3 * missing + 0.3 * (zoom - 1) + 0.25 * beside + 0.4 * cut
            if best is None or cost < best[0]:
                best = cost, Crop(x / scale, top / scale, scale, horizon, feet)
    assert best is not None
    return best[1]


def _across(photograph: Photograph, wide: float, w: int, box: Rectangle | None) -> tuple[float, float]:
    """The left edge of a crop `w` wide out of `wide`, and how bad it is (0..): what the photograph is of
    should be seen whole beside the subject, who should stand where there is ground."""
    left, right = photograph.interest[0] * wide, photograph.interest[2] * wide
    best = (1e9, 0.0)
    for x in np.linspace(0, wide - w, 25).tolist():
        cut = max(0.0, x - left) + max(0.0, right - x - w)
        cost = 0.5 * cut / (right - left) + 0.1 * abs(x + w / 2 - (left + right) / 2) / w
        if box is not None:
            a, b = x + box.x, x + box.x + box.w
            cost += 0.8 * max(0.0, min(b, right) - max(a, left)) / (right - left)
            low, high = (side * wide for side in photograph.stand)
            middle = (a + b) / 2
            cost += 2.0 * (max(0.0, low - middle) + max(0.0, middle - high)) / w
        best = min(best, (cost, x))
    return best[1], best[0]
