"""How a decoded picture is shown: its turn, its pixel shape, and the size that follows from both."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from av.sidedata.sidedata import SideDataContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_side_data: Any = SideDataContainer
"""Made here, and not taken from `frame.side_data`: that one and its frame refer to each other, so that
pictures of 12 MB each (4K) would stay until the garbage collector comes. Fitting 4K took 1 GB for it."""
_SQUARE_SLACK = 0.01
"""Pixels this close to squares are squares: some encoders write 4352:4353 for rounding's sake."""


@dataclass(frozen=True)
class Orientation:
    """How the stored picture is turned to be shown: transposed first, then flipped."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def degrees(self) -> int:
        """Clockwise degrees from the stored picture to the shown one (mirroring aside)."""
        if self.transpose:
            return 90 if self.flip_x else 270
        return 180 if self.flip_y else 0

    @property
    def mirrored(self) -> bool:
        return (self.flip_x == self.flip_y) if self.transpose else (self.flip_x != self.flip_y)


def turn_of(frame: VideoFrame) -> Orientation:
    """The turn asked for by a decoded frame's display matrix (none when it has no matrix)."""
    side: Any = _side_data(frame).get("DISPLAYMATRIX")
    if side is None:
        return Orientation()
    a, b, _, c, d = (int.from_bytes(bytes(side)[4 * i : 4 * i + 4], "little", signed=True) for i in range(5))
    # The matrix maps stored (x, y) to shown (a x + c y, b x + d y).
    if abs(b) > abs(a):
        return Orientation(True, c < 0, b < 0)
    return Orientation(False, a < 0, d < 0)


def pixel_shape(stream: VideoStream) -> Fraction:
    """Width of a pixel over its height; 1 for what nobody means."""
    shape = Fraction(stream.sample_aspect_ratio or 1)
    return shape if Fraction(1, 4) <= shape <= 4 and abs(shape - 1) > _SQUARE_SLACK else Fraction(1)


def shown_size(stream: VideoStream, frame: VideoFrame) -> tuple[int, int]:
    """Width and height of a decoded `frame` of `stream` as shown, pixel shape and rotation applied.

    Of the frame and not of the stream, because some clips change their size on the way.
    """
    width, height = max(1, round(frame.width * pixel_shape(stream))), frame.height
    return (height, width) if turn_of(frame).transpose else (width, height)
