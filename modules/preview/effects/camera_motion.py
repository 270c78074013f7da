"""Camera motion by phase correlation, and textures that are shifted along with it."""

import cv2
import numpy as np

from modules.preview.effects.pixels import Field, Picture, Plane, f32
from modules.preview.video.scaling import Reduction

_LONG = 120  # long side of the copies that are compared
_STILL = 0.3  # of their pixels: less is noise, and a still scene keeps still
_SURE = 0.12  # phase correlation's own measure; a cut or a zoom is below it
_REACH = 0.08  # of their width: then the comparison begins anew


class CameraMotion:
    """Called with every frame in order: (right, down) in pixels, by which the scene has moved in the picture
    since the clip began.

    By phase correlation, which sees the whole picture; corners might mostly be a subject's.
    """

    def __init__(self) -> None:
        self._anchor: Field | None = None
        self._window: Field | None = None
        self._before = np.zeros(2)  # until the anchor
        self._now = np.zeros(2)
        self._shown = np.zeros(2)

    def __call__(self, frame: Picture) -> tuple[int, int]:
        reduction = Reduction.of(frame, _LONG)
        small = cv2.cvtColor(reduction(frame), cv2.COLOR_BGR2GRAY).astype(np.float32)
        if self._anchor is not None:
            # Copies: OpenCV applies the window to the pictures that it is given.
            shift, sure = cv2.phaseCorrelate(self._anchor.copy(), small.copy(), self._window)
            if sure > _SURE:
                far = float(np.hypot(shift[0], shift[1]))
                if far > _STILL and _explains(self._anchor, small, (shift[0], shift[1])):
                    self._now = self._before + np.multiply(shift, frame.shape[1] / small.shape[1])
                if far < _REACH * small.shape[1]:
                    return self._step()
        if self._window is None:
            self._window = cv2.createHanningWindow(small.shape[::-1], cv2.CV_32F)
        self._anchor, self._before = small, self._now
        return self._step()

    def _step(self) -> tuple[int, int]:
        # Somewhat behind, which nobody sees, so that what is found late does not make the texture jump.
        self._shown += 0.4 * (self._now - self._shown)
        return round(float(self._shown[0])), round(float(self._shown[1]))


def _explains(old: Field, new: Field, shift: tuple[float, float]) -> bool:
    """Whether most of the picture moved by `shift`, not only something large in front of a place that
    stands still."""
    matrix = f32([[1, 0, shift[0]], [0, 1, shift[1]]])
    moved, cover = (cv2.warpAffine(picture, matrix, old.shape[::-1]) for picture in (old, np.ones_like(old)))
    inside = cover > 0.99
    if inside.mean() < 0.5:
        return False
    return float(np.median(cv2.absdiff(moved, new)[inside])) < 0.85 * float(
        np.median(cv2.absdiff(old, new)[inside])
    )


def tile(texture: Plane, band: int) -> Plane:
    """A plane that repeats from edge to edge, smaller by `band` pixels each way: its ends are faded into
    each other."""
    fade = np.linspace(0, 1, band, dtype=np.float32)
    for _ in range(2):
        texture = np.ascontiguousarray(texture.T)
        begins = texture[:band] * fade[:, None] + texture[-band:] * (1 - fade)[:, None]
        texture = np.concatenate([begins.astype(texture.dtype), texture[band:-band]])
    return np.ascontiguousarray(texture)


def shifted(texture: Plane, by: tuple[int, int]) -> Plane:
    """A tile moved by (right, down) pixels."""
    return texture if by == (0, 0) else np.roll(texture, (by[1], by[0]), (0, 1))
