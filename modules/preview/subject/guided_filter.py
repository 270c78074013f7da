"""Matte edges: led by the picture, carried from window to window."""

import cv2
import numpy as np

_FLOOR = 0.24  # what a matte must exceed to show at all


def guided(
    raw: np.ndarray,
    grey: np.ndarray,
    view: np.ndarray,
    radius: int = 5,
    eps: float = 4e-4,
    steep: float = 1.62,
    fine: bool = True,
) -> np.ndarray:
    """`raw` (small, float) led by the edges of the picture: a fast guided filter, linear coefficients
    enlarged, applied at full size."""
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


def _moved(picture: np.ndarray, old, new) -> np.ndarray:
    """The same small picture as seen through another window."""
    size = picture.shape[1]
    ox, oy, ow, oh = old
    nx, ny, nw, nh = new
    m = np.float32([[ow / nw, 0, (ox - nx) * size / nw], [0, oh / nh, (oy - ny) * size / nh]])
    return cv2.warpAffine(picture, m, (size, size), borderMode=cv2.BORDER_CONSTANT)


class Steady:
    """A matte carried from frame to frame: new where the picture changed, averaged where it did not; no
    flicker, no ghost.

    `least` is the share of the new one where nothing changed, `change` how many grey levels make it all new.
    """

    def __init__(self, least: float, change: float) -> None:
        self._least, self._change = least, change
        self.last: np.ndarray | None = None
        self._grey: np.ndarray | None = None

    def __call__(self, raw: np.ndarray, grey: np.ndarray) -> np.ndarray:
        """`raw` float32 0..1, `grey` the picture at its size."""
        if self.last is not None:
            moved = cv2.blur(cv2.absdiff(grey, self._grey), (5, 5)).astype(np.float32)
            share = np.clip(self._least + moved * ((1 - self._least) / self._change), self._least, 1.0)
            raw = self.last + share * (raw - self.last)
        self.last, self._grey = raw, grey
        return raw

    def forget(self) -> None:
        self.last = self._grey = None

    def move(self, old, new) -> None:
        """What was seen through one window, as seen through another."""
        if self.last is not None:
            self.last, self._grey = _moved(self.last, old, new), _moved(self._grey, old, new)
