"""What makes up for the softness of a picture that was enlarged."""

import cv2
import numpy as np

from modules.media.read.frame_planes import Plane

ENLARGED = 1.05
"""From this on a picture counts as enlarged; below, nobody sees a difference."""
_AMOUNT, _OVERSHOOT = 0.4, 4


def crisp(luma: Plane, zoom: float) -> Plane:
    """The brightness of a picture that was enlarged `zoom` times, mildly sharpened.

    Edges become steeper, not brighter: no pixel leaves the range of its neighbours by more than a few
    levels, or every edge would get a halo.
    """
    luma = np.ascontiguousarray(luma)
    soft = cv2.GaussianBlur(luma, (0, 0), 0.5 * min(zoom, 4.0))
    steep = cv2.addWeighted(luma, 1 + _AMOUNT, soft, -_AMOUNT, 0)
    around = np.ones((3, 3), np.uint8)
    lowest = cv2.subtract(cv2.erode(luma, around), np.full_like(luma, _OVERSHOOT))
    highest = cv2.add(cv2.dilate(luma, around), np.full_like(luma, _OVERSHOOT))
    return np.asarray(cv2.max(cv2.min(steep, highest), lowest))
