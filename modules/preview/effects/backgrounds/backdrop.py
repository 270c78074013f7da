"""A backdrop: one picture painted or read once, a slow drift, and animated layers. Cheap per frame."""

import math
from collections.abc import Callable

import cv2
import numpy as np

from modules.preview.effects.pixels import Colour, Picture, f32, to8
from modules.preview.video.compositing import Rectangle
from modules.preview.video.picture_file import read_colour

Layer = Callable[[Picture, float], None]  # changes the frame in place, at a time in seconds
_DRIFT = 0.045  # how much larger than the frame the picture is, for the drift


class Backdrop:
    """Call with a time in seconds: a new BGR frame of `width` x `height`. `ground` is the share of the
    height where ground begins; `wet` says that nobody's shadow falls on it; `light` is -1 when the light
    comes from the left, 1 from the right."""

    light = 0

    def __init__(
        self,
        picture: Picture,
        width: int,
        height: int,
        layers: tuple[Layer, ...] = (),
        *,
        drift: float = 0.0,
        ground: float = 0.6,
        wet: bool = False,
    ) -> None:
        self.width, self.height, self.layers = width, height, layers
        self.drift, self.ground, self.wet = drift, ground, wet
        self._picture = np.ascontiguousarray(picture)
        self._spare = (picture.shape[1] - width, picture.shape[0] - height)
        self._output = (width, height)
        self.sample = cv2.resize(picture, (64, 36), interpolation=cv2.INTER_AREA)

    def __call__(self, seconds: float) -> Picture:
        spare_x, spare_y = self._spare
        if self.drift and spare_x > 1:
            across = 0.5 - 0.5 * math.cos(seconds * self.drift)
            up = 0.5 + 0.2 * math.sin(seconds * self.drift * 0.7)
            shift = f32([[1, 0, -spare_x * across], [0, 1, -spare_y * up]])
            frame = cv2.warpAffine(self._picture, shift, (self.width, self.height), flags=cv2.INTER_LINEAR)
        else:
            frame = self._picture[: self.height, : self.width].copy()
        for layer in self.layers:
            layer(frame, seconds)
        if self._output == (self.width, self.height):
            return frame
        return cv2.resize(frame, self._output, interpolation=cv2.INTER_LINEAR)

    def fitted(self, box: Rectangle | None) -> "Backdrop":
        """The backdrop for a subject that is mostly in `box` (pixels of the frame; None where there is
        none)."""
        return self

    def enlarged(self, width: int, height: int) -> "Backdrop":
        """The same backdrop giving frames of another size; it goes on working at its own."""
        self._output = (width, height)
        return self


def read_picture(path: str) -> Picture:
    """A BGR picture of at most 2560 pixels a side; transparent parts are shown on light grey."""
    picture = read_colour(
        path, "A reference picture could not be read. Nothing was billed. Attach it again as PNG or JPEG."
    )
    if picture.shape[2] == 4:
        share = picture[..., 3:].astype(np.float32) / 255
        picture = (picture[..., :3] * share + 232 * (1 - share)).astype(np.uint8)
    longest = max(picture.shape[:2])
    if longest > 2560:
        picture = cv2.resize(
            picture, None, fx=2560 / longest, fy=2560 / longest, interpolation=cv2.INTER_AREA
        )
    return picture


def cover(picture: Picture, width: int, height: int, centre_y: float = 0.5) -> Picture:
    """The picture scaled and cropped to fill `width` x `height`."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = (max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale)))
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    x, y = (size[0] - width) // 2, round((size[1] - height) * centre_y)
    return picture[y : y + height, x : x + width]


def from_picture(picture: Picture, width: int, height: int) -> Backdrop:
    """A reference picture a little out of focus, drifting slowly: the eye stays on the subject."""
    big = cover(picture, round(width * (1 + _DRIFT)), round(height * (1 + _DRIFT)), 0.6)
    big = cv2.GaussianBlur(big, (0, 0), max(0.6, width / 1100))
    return Backdrop(big, width, height, drift=0.35, ground=0.65)


def plain(colour: Colour, width: int, height: int) -> Backdrop:
    """One colour with a soft fall-off, like paper in a studio; strong greens and blues stay flat for
    keying."""
    base = np.empty((height, width, 3), np.float32)
    base[:] = colour
    if not (colour[1] > 150 and colour[2] < 60):
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        base *= (1.02 - 0.10 * (x * x + 0.8 * (y + 0.15) ** 2))[..., None]
    return Backdrop(to8(base), width, height, ground=0.75)
