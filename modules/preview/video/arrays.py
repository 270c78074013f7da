"""Names for the arrays that pictures, mattes and movements are kept in, and structuring elements."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Height x width x 3, BGR, 0..255; with alpha as a fourth channel where that is said."""
Plane = NDArray[np.uint8]
"""Height x width, 0..255: a grey picture, an alpha matte (255 is the subject), or a mask (0 or 255)."""
Soft = NDArray[np.float32]
"""Height x width, 0..1: a probability or a share for each pixel."""
Mask = NDArray[np.bool_]
"""Height x width: yes or no for each pixel."""
Matrix = NDArray[np.floating[Any]]
"""3x3, or 2x3 for `cv2.warpAffine`: a movement in the plane, in pixels."""
Rect = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


def square(side: int) -> Plane:
    """A structuring element of `side` x `side` pixels."""
    return np.ones((side, side), np.uint8)


def disc(side: int) -> Plane:
    """A round structuring element, `side` pixels across."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
