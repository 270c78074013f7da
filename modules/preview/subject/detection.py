"""Whether the probabilities that a network gives show a subject, and where."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from modules.preview.video.arrays import Mask, Picture, Plane, Rect, Soft, square
from modules.preview.video.scaling import area_resize

LIKELY = 0.5
"""Probability from which a pixel counts as the subject's."""
NET_SIDE = 256
"""Side of the square pictures that the segmentation network takes."""


def agreement(one: Mask, two: Mask) -> float:
    """Intersection by union of two masks of one size, 0..1."""
    return float((one & two).sum()) / max(1, int((one | two).sum()))


@dataclass(frozen=True)
class Box:
    """A rectangle in output pixels, floats."""

    x: float
    y: float
    w: float
    h: float

    def towards(self, other: "Box", share: float) -> "Box":
        return Box(*(a + share * (b - a) for a, b in zip(self.sides, other.sides, strict=True)))

    @property
    def sides(self) -> tuple[float, float, float, float]:
        return self.x, self.y, self.w, self.h

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2


@dataclass(frozen=True)
class SubjectMask:
    """The matte of one frame: `alpha` of its size, empty outside `spot` (None when all of it is). `box` is
    the subject's, steadied, and `lost` says for how many frames now nothing was found."""

    alpha: Plane
    box: Box | None = None
    spot: Rect | None = None
    lost: int = 0


@dataclass(frozen=True)
class Detection:
    """What one look at a picture found: a subject's score and box, and a soft mask of the probabilities' size
    that drops stray specks."""

    score: float
    box: Box
    mask: Soft


def detect_subject(raw: Soft, window: Rect, *, tile: bool = False, loose: bool = False) -> Detection | None:
    """The one subject that probabilities show; `window` is the part of the frame that they are of.

    Refused: specks, veils that are nowhere sure, and bands from side to side (sand, walls), unless `loose`.
    """
    height, width = raw.shape
    sure = (raw > LIKELY).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(sure)
    if count < 2:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    top = 1 + int(areas.argmax())
    x, y, w, h, area = (int(v) for v in stats[top])
    share = area / (width * height)
    if share < (0.004 if loose else 0.02 if tile else 0.012):
        return None
    certain = float(raw[labels == top].mean())
    if not loose:
        across = x <= 2 and x + w >= width - 2
        closed = tile and (x <= 2) + (y <= 2) + (x + w >= width - 2) >= 2
        if (
            share > 0.8
            or closed
            or (across and _flat(labels == top))
            or certain < 0.72
            or area < 0.5 * areas.sum()
            or (tile and (h < 1.05 * w or share > 0.45))
        ):
            return None
    kept = np.isin(labels, 1 + np.flatnonzero(areas > 0.2 * area)).astype(np.uint8)
    mask = cv2.GaussianBlur(cv2.dilate(kept, square(9)).astype(np.float32), (0, 0), 2.5)
    sx, sy = window[2] / width, window[3] / height
    return Detection(certain * share**0.25, Box(window[0] + x * sx, window[1] + y * sy, w * sx, h * sy), mask)


def detect_in_tiles(
    frame: Picture, motion: Soft, network: Callable[[Picture], Soft], least: float
) -> Detection | None:
    """The best detection among square tiles at two scales, those with the most motion first; `least`: how
    much motion (by a 90x160 map) a subject must have."""
    height, width = frame.shape[:2]
    tiles = sorted(_tiles(width, height), key=lambda tile: -motion_within(motion, tile, width, height))
    best: Detection | None = None
    hits = 0
    for tile in tiles[:8]:
        if motion_within(motion, tile, width, height) < 0.01:
            break  # nothing moves there
        x, y, w, h = tile
        small = area_resize(frame[y : y + h, x : x + w], (NET_SIDE, NET_SIDE))
        found = detect_subject(network(small), tile, tile=True)
        if found is None:
            continue
        here = motion_within(motion, found.box.sides, width, height)
        value = 0.0 if here < least else found.box.h / height * (0.05 + here)
        hits += value > 0
        if value > (best.score if best else 0.0):
            best = Detection(value, found.box, found.mask)
        if hits == 2:
            break  # more looks rarely find better
    return best


def _tiles(width: int, height: int) -> list[Rect]:
    found: list[Rect] = []
    for share, step in ((0.62, 0.5), (0.95, 0.4)):
        side = int(min(width, height) * share)
        columns, rows = (
            np.unique(
                np.linspace(0, length - side, max(1, round((length - side) / (side * step)) + 1)).astype(int)
            )
            for length in (width, height)
        )
        found += [(int(x), int(y), side, side) for x in columns for y in rows]
    return found


def motion_within(motion: Soft, tile: tuple[float, float, float, float], width: int, height: int) -> float:
    """The mean of a 90x160 map within a rectangle of the frame."""
    x, y, w, h = tile
    part = motion[
        int(y * 90 / height) : int((y + h) * 90 / height) + 1,
        int(x * 160 / width) : int((x + w) * 160 / width) + 1,
    ]
    return float(part.mean()) if part.size else 0.0


def difference_from(frame: Picture, usual: Picture) -> Soft:
    """How much a frame differs from what is usually there (BGR, 90x160): 0..1, 90x160, soft."""
    small = area_resize(frame, (160, 90))
    apart = cv2.absdiff(small, usual).max(2).astype(np.float32)
    return cv2.GaussianBlur(np.clip(apart - 18, 0, 60) / 60, (0, 0), 2)


def _flat(part: Mask) -> bool:
    """A band from side to side (sand, a wall), not a head over shoulders: no higher in the middle than at
    the sides."""
    columns = part.sum(0).astype(np.float32)
    third = max(1, part.shape[1] // 3)
    return bool(columns[third:-third].mean() < 1.35 * (columns[:third].mean() + columns[-third:].mean()) / 2)
