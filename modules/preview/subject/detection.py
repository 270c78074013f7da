"""Whether a probability picture shows a subject, and where."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

_SURE = 0.5
_SIDE = 256


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
    """The matte of one frame: uint8 `alpha` of its size, empty outside `spot` (x, y, width, height; None
    when all of it is). `box` is the subject's, steadied, and `lost` says for how many frames now nothing
    was found."""

    alpha: np.ndarray
    box: Box | None = None
    spot: tuple[int, int, int, int] | None = None
    lost: int = 0


@dataclass(frozen=True)
class Detection:
    """What one look at a picture found. `score` is 0 when it is nothing."""

    score: float
    box: Box | None
    mask: np.ndarray | None


def detect_subject(
    raw: np.ndarray, window: tuple[int, int, int, int], *, tile: bool = False, loose: bool = False
) -> Detection:
    """Whether a probability picture shows one subject: its box in output pixels, and a soft mask that drops
    stray specks.

    Refused: specks, veils that are nowhere sure, and bands from side to side (sand, walls), unless `loose`.
    """
    height, width = raw.shape
    sure = (raw > _SURE).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(sure)
    if count < 2:
        return Detection(0.0, None, None)
    areas = stats[1:, cv2.CC_STAT_AREA]
    top = 1 + int(areas.argmax())
    x, y, w, h, area = (int(v) for v in stats[top])
    share = area / (width * height)
    if share < (0.004 if loose else 0.02 if tile else 0.012):
        return Detection(0.0, None, None)
    certain = float(raw[labels == top].mean())
    if not loose:
        across = x <= 2 and x + w >= width - 2
        closed = tile and (x <= 2) + (y <= 2) + (x + w >= width - 2) >= 2
        if (
            share > 0.8
            or closed
            or (across and _flat(labels == top, w))
            or certain < 0.72
            or area < 0.5 * areas.sum()
            or (tile and (h < 1.05 * w or share > 0.45))
        ):
            return Detection(0.0, None, None)
    keep = [top, *(1 + i for i in np.flatnonzero(areas > 0.2 * area) if 1 + i != top)]
    mask = np.isin(labels, keep).astype(np.uint8)
    mask = cv2.GaussianBlur(cv2.dilate(mask, np.ones((9, 9), np.uint8)).astype(np.float32), (0, 0), 2.5)
    sx, sy = window[2] / width, window[3] / height
    return Detection(certain * share**0.25, Box(window[0] + x * sx, window[1] + y * sy, w * sx, h * sy), mask)


def in_tiles(
    frame: np.ndarray, lively: np.ndarray, network: Callable[[np.ndarray], np.ndarray], least: float
) -> Detection:
    """The best finding among square tiles at two scales, the liveliest (by a 90x160 map of 0..1) first;
    `least`: how lively a subject must be."""
    height, width = frame.shape[:2]
    short, tiles = min(width, height), []
    for part, step in ((0.62, 0.5), (0.95, 0.4)):
        side = int(short * part)
        for x in np.unique(
            np.linspace(0, width - side, max(1, round((width - side) / (side * step)) + 1)).astype(int)
        ):
            for y in np.unique(
                np.linspace(0, height - side, max(1, round((height - side) / (side * step)) + 1)).astype(int)
            ):
                tiles.append((int(x), int(y), side, side))
    tiles.sort(key=lambda tile: -stir(lively, tile, width, height))
    best, hits = Detection(0.0, None, None), 0
    for tile in tiles[:8]:
        if stir(lively, tile, width, height) < 0.01:
            break  # nothing stirs there
        x, y, w, h = tile
        finding = detect_subject(
            network(cv2.resize(frame[y : y + h, x : x + w], (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)),
            tile,
            tile=True,
        )
        if finding.score > 0:
            here = stir(lively, finding.box.sides, width, height)
            value = 0.0 if here < least else finding.box.h / height * (0.05 + here)
            hits += value > 0
            if value > best.score:
                best = Detection(value, finding.box, finding.mask)
            if hits == 2:
                break  # more looks rarely find better
    return best


def stir(lively: np.ndarray, tile: tuple[float, float, float, float], width: int, height: int) -> float:
    """The mean of a 90x160 map within a rectangle of the frame."""
    x, y, w, h = tile
    part = lively[
        int(y * 90 / height) : int((y + h) * 90 / height) + 1,
        int(x * 160 / width) : int((x + w) * 160 / width) + 1,
    ]
    return float(part.mean()) if part.size else 0.0


def unlike(frame: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """How much a frame differs from what is usually there (BGR, 90x160): 0..1, 90x160, soft."""
    gone = (
        cv2.absdiff(cv2.resize(frame, (160, 90), interpolation=cv2.INTER_AREA), usual)
        .max(2)
        .astype(np.float32)
    )
    return cv2.GaussianBlur(np.clip(gone - 18, 0, 60) / 60, (0, 0), 2)


def _flat(part: np.ndarray, w: int) -> bool:
    """A band from side to side (sand, a wall), not a head over shoulders: no higher in the middle than at
    the sides."""
    columns = part.sum(0).astype(np.float32)
    third = max(1, part.shape[1] // 3)
    return columns[third:-third].mean() < 1.35 * (columns[:third].mean() + columns[-third:].mean()) / 2
