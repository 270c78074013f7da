"""Outlines of what a picture shows, as thin white lines that keep still on a still scene."""

import math

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.pixels import Picture, Plane


def outlines(picture: Picture, low: int, high: int, shortest: int) -> Plane:
    """Lines one pixel wide (255 on 0) along the edges of a smoothed picture, by all three colours.

    `low` and `high` are Canny's thresholds; what is `shortest` pixels long or less is left out, for grass and
    leaves are full of such crumbs.
    """
    lines = cv2.Canny(picture, low, high, L2gradient=True)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    keep = (stats[:, cv2.CC_STAT_AREA] > shortest).astype(np.uint8) * 255
    keep[0] = 0
    return np.asarray(keep[labels]) if count > 1 else lines


class Lingering:
    """Lines that fade over a few frames where the picture stands still, so that an edge that is found in
    every other frame only does not flicker; where something moves they go at once."""

    def __init__(self, fade: float) -> None:
        self.fade = fade
        self._lines: Plane | None = None
        self._plane: Plane | None = None

    def __call__(self, lines: Plane, picture: Picture) -> Plane:
        plane = px.blur(px.grey(picture), 1.5)
        if self._lines is not None and self._plane is not None:
            still = cv2.threshold(cv2.absdiff(plane, self._plane), 3, 255, cv2.THRESH_BINARY_INV)[1]
            lines = cv2.max(lines, cv2.convertScaleAbs(cv2.bitwise_and(self._lines, still), alpha=self.fade))
        self._lines, self._plane = lines, plane
        return lines


def drawn_wide(lines: Plane, size: tuple[int, int], width: float) -> Plane:
    """The lines at `size`, smooth, `width` pixels of that size wide."""
    zoom = max(1.0, size[0] / lines.shape[1])
    width = max(1.2, width)
    after = max(0.4, width * 0.3)
    big = cv2.resize(px.blur(lines, 0.8), size, interpolation=cv2.INTER_CUBIC)
    big = px.blur(big, after)
    # What a straight line one pixel wide is by now, across: cut it where it has the wanted width.
    spread = math.hypot(0.8 * zoom, after)
    peak = zoom / (math.sqrt(2 * math.pi) * spread)
    cut = math.exp(-((width / 2) ** 2) / (2 * spread**2))
    steep = spread**2 / (1.2 * cut * width / 2)
    return cv2.LUT(big, px.to8(255 * ((np.arange(256) / 255 / peak - cut) * steep + 0.5)))
