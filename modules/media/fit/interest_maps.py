"""Maps of interest: how much each place of a small picture stands out, is in focus, is enclosed, or moves.

All take float32 planes (height, width) of one size, brightness and colour 0..255, and return a map of that
size, 0 or more, in no particular unit: the caller weighs a map by its share of the whole.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Colours = tuple[Floats, Floats, Floats]
"""Brightness and the two colour differences of one picture."""

ENCLOSED_PX = 80
"""The longer side for `surrounded`: a subject is still an area of its own, and it takes 2 ms."""
LEVELS = 6
"""Thresholds of each plane; with 8 as many of the subjects of 11 drawn and 6 filmed clips stay in view."""
LEAST_CONTRAST = 12.0
"""Between the least and the greatest value of a plane, below which it says nothing."""
STEADIED = 0.8
"""Of the difference at the rim, what may be left for the camera to have moved."""


def stands_out(colours: Colours) -> Floats:
    """Distance of each blurred colour from the mean of the picture (frequency-tuned saliency, Achanta et al.,
    2009)."""
    luma, blue, red = colours
    parts = [(cv2.GaussianBlur(c, (0, 0), 2) - c.mean()) ** 2 for c in (luma, 2 * blue, 2 * red)]
    return np.asarray(sum(parts), np.float32)


def focus(luma: Floats) -> Floats:
    """Fine detail nearby."""
    return np.asarray(cv2.GaussianBlur(np.abs(cv2.Laplacian(luma, cv2.CV_32F)), (0, 0), 3), np.float32)


def surrounded(colours: Colours) -> Floats:
    """How often a place lies in an area that does not reach the rim, of the areas that thresholds cut out of
    each plane (Boolean map saliency, Zhang and Sclaroff, 2013). A thing before a ground is such an area,
    however much of the picture the ground takes and however rough it is."""
    height, width = colours[0].shape
    scale = min(1.0, ENCLOSED_PX / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    total = np.zeros((size[1], size[0]), np.float32)
    for colour in colours:
        plane = cv2.GaussianBlur(cv2.resize(colour, size, interpolation=cv2.INTER_AREA), (0, 0), 0.7)
        low, high = float(plane.min()), float(plane.max())
        if high - low < LEAST_CONTRAST:
            continue
        for level in np.linspace(low, high, LEVELS + 2)[1:-1]:
            above = plane > level
            for side in (above, ~above):
                # A rim of its own joins all areas that reach the picture's.
                rimmed = cv2.copyMakeBorder(side.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
                _, labels = cv2.connectedComponents(rimmed, connectivity=8, ltype=cv2.CV_16U)
                enclosed = (side & (labels[1:-1, 1:-1] != labels[0, 0])).astype(np.float32)
                # Less for each place of much: otherwise large areas are all that counts.
                total += enclosed / np.sqrt(max(1.0, float(enclosed.sum())))
    return np.asarray(cv2.resize(cv2.GaussianBlur(total, (0, 0), 1), (width, height)), np.float32)


def motion(before: Floats, now: Floats) -> Floats:
    """Absolute change of brightness after taking the camera's own shift out."""
    # Copies, because phaseCorrelate multiplies the window into pictures whose size suits its transform.
    window = cv2.createHanningWindow((now.shape[1], now.shape[0]), cv2.CV_32F)
    (dx, dy), certain = cv2.phaseCorrelate(before.copy(), now.copy(), window)
    moved = _difference(before, now)
    if certain > 0.1 and abs(dx) < now.shape[1] / 4 and abs(dy) < now.shape[0] / 4:
        shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        size = now.shape[1], now.shape[0]
        moved_back = cv2.warpAffine(before, shift, size, borderMode=cv2.BORDER_REPLICATE)
        steadied = _difference(np.asarray(moved_back, np.float32), now)
        # A thing that moves before a plain ground shifts most of what there is to see, but not the rim.
        rim = np.ones(now.shape, bool)
        high, wide = now.shape[0] // 6, now.shape[1] // 6
        rim[high:-high, wide:-wide] = False
        if steadied[rim].sum() < STEADIED * moved[rim].sum():
            moved = steadied
    moved[:3], moved[-3:], moved[:, :3], moved[:, -3:] = 0, 0, 0, 0
    return moved


def _difference(before: Floats, now: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(np.abs(now - before), (0, 0), 1.5), np.float32)
