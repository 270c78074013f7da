"""Whether a probability picture shows a subject, and where."""

from dataclasses import dataclass

import cv2
import numpy as np

_SURE = 0.5


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
class Cut:
    """The matte of one frame: uint8 `alpha` of its size, empty outside `spot` (x, y, width, height; None when all of it is). `box` is the
    subject's, steadied, and `lost` says for how many frames now nothing was found."""

    alpha: np.ndarray
    box: Box | None = None
    spot: tuple[int, int, int, int] | None = None
    lost: int = 0


@dataclass(frozen=True)
class Finding:
    """What one look at a picture found. `score` is 0 when it is nothing."""

    score: float
    box: Box | None
    mask: np.ndarray | None


def judge(raw: np.ndarray, window: tuple[int, int, int, int], *, tile: bool = False, loose: bool = False) -> Finding:
    """Whether a probability picture shows one subject: its box in output pixels, and a soft mask that drops stray specks.

    Refused: specks, veils that are nowhere sure, and bands from side to side (sand, walls), unless `loose`.
    """
    height, width = raw.shape
    sure = (raw > _SURE).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(sure)
    if count < 2:
        return Finding(0.0, None, None)
    areas = stats[1:, cv2.CC_STAT_AREA]
    top = 1 + int(areas.argmax())
    x, y, w, h, area = (int(v) for v in stats[top])
    share = area / (width * height)
    if share < (0.004 if loose else 0.02 if tile else 0.012):
        return Finding(0.0, None, None)
    certain = float(raw[labels == top].mean())
    if not loose:
        across = x <= 2 and x + w >= width - 2
        closed = tile and (x <= 2) + (y <= 2) + (x + w >= width - 2) >= 2
        if share > 0.8 or closed or across and _flat(labels == top, w) or certain < 0.72 or area < 0.5 * areas.sum() or tile and (h < 1.05 * w or share > 0.45):
            return Finding(0.0, None, None)
    keep = [top, *(1 + i for i in np.flatnonzero(areas > 0.2 * area) if 1 + i != top)]
    mask = np.isin(labels, keep).astype(np.uint8)
    mask = cv2.GaussianBlur(cv2.dilate(mask, np.ones((9, 9), np.uint8)).astype(np.float32), (0, 0), 2.5)
    sx, sy = window[2] / width, window[3] / height
    return Finding(certain * share ** 0.25, Box(window[0] + x * sx, window[1] + y * sy, w * sx, h * sy), mask)


def _flat(part: np.ndarray, w: int) -> bool:
    """A band from side to side (sand, a wall), not a head over shoulders: no higher in the middle than at the sides."""
    columns = part.sum(0).astype(np.float32)
    third = max(1, part.shape[1] // 3)
    return columns[third:-third].mean() < 1.35 * (columns[:third].mean() + columns[-third:].mean()) / 2
