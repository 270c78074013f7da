"""The guided filter for matte edges, and a filter in time that keeps mattes from flickering."""

import cv2
import numpy as np

from modules.preview.video.arrays import Picture, Plane, Rect, Soft

_FLOOR = 0.24  # what a matte must exceed to show at all


def guided(
    raw: Soft,
    grey: Plane,
    view: Picture,
    radius: int = 5,
    eps: float = 4e-4,
    steep: float = 1.62,
    fine: bool = True,
) -> Plane:
    """`raw` (small) led by the edges of the picture `view`: a fast guided filter, linear coefficients
    enlarged, applied at full size. `grey` is the guide: the picture at about the size of `raw`."""
    guide = grey.astype(np.float32) * (1 / 255)
    if raw.shape != guide.shape:
        raw = cv2.resize(raw, guide.shape[::-1])
    k = (2 * radius + 1, 2 * radius + 1)
    mean_g, mean_r = cv2.blur(guide, k), cv2.blur(raw, k)
    slope = (cv2.blur(guide * raw, k) - mean_g * mean_r) / (
        cv2.blur(guide * guide, k) - mean_g * mean_g + eps
    )
    offset = mean_r - slope * mean_g
    slope, offset = cv2.blur(slope, k), cv2.blur(offset, k)
    size = (view.shape[1], view.shape[0])
    if not fine:  # on busy ground the texture itself would show along the edge
        soft = cv2.resize(
            cv2.GaussianBlur(slope * guide + offset, (0, 0), 0.8), size, interpolation=cv2.INTER_LINEAR
        )
        return cv2.convertScaleAbs(np.maximum(soft, 0.34) - 0.34, alpha=255 * 2.7)
    full = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY).astype(np.float32)
    soft = cv2.resize(slope * (1 / 255), size) * full
    soft += cv2.resize(offset, size)
    # steeper, and a little inwards: a light rim of the old background is worse than a hair lost
    return cv2.convertScaleAbs(np.maximum(soft, _FLOOR) - _FLOOR, alpha=255 * steep)


class TemporalFilter:
    """A matte carried from frame to frame: new where the picture changed, averaged where it did not; no
    flicker, no ghost.

    `least` is the share of the new one where nothing changed, `change` how many grey levels make it all new.
    """

    def __init__(self, least: float, change: float) -> None:
        self._least, self._change = least, change
        self.last: Soft | None = None
        self._grey: Plane | None = None

    def __call__(self, raw: Soft, grey: Plane) -> Soft:
        """`grey` is the picture at the size of `raw`."""
        if self.last is not None:
            moved = cv2.blur(cv2.absdiff(grey, self._grey), (5, 5)).astype(np.float32)
            share = np.clip(self._least + moved * ((1 - self._least) / self._change), self._least, 1.0)
            raw = self.last + share * (raw - self.last)
        self.last, self._grey = raw, grey
        return raw

    def forget(self) -> None:
        self.last = self._grey = None

    def move(self, old: Rect, new: Rect) -> None:
        """What was seen through one window, as seen through another."""
        if self.last is not None:
            size = self.last.shape[1]
            zoom_x, zoom_y = old[2] / new[2], old[3] / new[3]
            right, down = (old[0] - new[0]) * size / new[2], (old[1] - new[1]) * size / new[3]
            matrix = np.array([[zoom_x, 0, right], [0, zoom_y, down]], np.float32)
            self.last = cv2.warpAffine(self.last, matrix, (size, size))
            self._grey = cv2.warpAffine(self._grey, matrix, (size, size))
