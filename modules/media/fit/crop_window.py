"""Windows of decoded frames, scaled: the part that a crop keeps, and no other pixel, goes through the scaler.

Of a tall phone clip a wide crop keeps a third. Windows that glide lie between pixels, so that a slow pan does
not step.
"""

from math import ceil

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace

from modules.media.read.frame_planes import FrameLayer, Plane, Planes, colorspace_of, planes_of, upright
from modules.media.read.shape import turn_of

_PLANAR = {
    "yuv420p": 1,
    "yuvj420p": 1,
    "yuv422p": 1,
    "yuvj422p": 1,
    "yuv444p": 1,
    "yuvj444p": 1,
    "yuv420p10le": 2,
    "yuv422p10le": 2,
}
"""Pixel formats of which a rectangle can be taken plane by plane, and their bytes a sample."""
_TAGS = {Colorspace.ITU709: 1, Colorspace.ITU601: 5, Colorspace.BT2020: 9}
"""H.273 codes of the matrices by the scaler's names."""
_MARGIN = 8
"""Stored pixels around a window that the scaler may look at, and room for an even place."""
_EXACT = 0.02
"""Output pixels by which a window may lie aside without being moved between pixels."""


class CropWindow:
    """Windows of `width` x `height` px of frames that are scaled to `scaled` (width, height) as shown.
    One per shown size: it keeps scaler tables."""

    def __init__(self, scaled: tuple[int, int], width: int, height: int, *, tone_map: bool) -> None:
        self._scaled, self._size, self._tone_map = scaled, (width, height), tone_map
        self._whole = FrameLayer(*scaled, tone_map=tone_map)
        self._parts: dict[tuple[int, int], FrameLayer] = {}

    def planes(self, source: VideoFrame, centre: tuple[float, float], *, between: bool) -> Planes:
        """The upright window around `centre`, as shares (0..1) of the shown picture. `between`: it may lie
        between pixels, which takes time and a little sharpness; else at the nearest pair of them."""
        turn = turn_of(source)
        # Everything is worked out as the frame is stored, and turned at the end, when it is small.
        x, y = 1 - centre[0] if turn.flip_x else centre[0], 1 - centre[1] if turn.flip_y else centre[1]
        (full_w, full_h), (width, height) = self._scaled, self._size
        if turn.transpose:
            x, y, full_w, full_h, width, height = y, x, full_h, full_w, height, width
        left = min(max(x * full_w - width / 2, 0.0), full_w - width)
        top = min(max(y * full_h - height / 2, 0.0), full_h - height)
        if source.format.name in _PLANAR:
            across = _Stretch(source.width, full_w, left, width)
            down = _Stretch(source.height, full_h, top, height)
            source = _rectangle(source, across.begin, down.begin, across.length, down.length)
            layer, left, top = self._layer(across.scaled, down.scaled), across.offset, down.offset
        else:
            layer = self._whole
        planes = _cut(planes_of(layer.frame(source)), left, top, width, height, between=between)
        luma, blue, red = (upright(plane, turn) for plane in planes)
        return luma, blue, red

    def _layer(self, width: int, height: int) -> FrameLayer:
        if (width, height) not in self._parts:
            self._parts[width, height] = FrameLayer(width, height, tone_map=self._tone_map)
        return self._parts[width, height]


class _Stretch:
    """A stretch of stored pixels along one axis that holds a window with a margin: `begin`, `length` in
    stored px; `scaled`, its length in output px; `offset`, where in it the window begins, in output
    px."""

    def __init__(self, stored: int, scaled: int, window_begin: float, window: int) -> None:
        zoom = scaled / stored
        self.begin, self.length, self.scaled, self.offset = 0, stored, scaled, window_begin
        shortest = _even_up(window / zoom) + 2 * _MARGIN
        # Of the lengths that will do, the one that comes out nearest to a whole number of pixel pairs.
        lengths = range(shortest, min(stored, shortest + 32), 2)
        if not lengths:
            return
        self.length = min(lengths, key=lambda length: abs(length * zoom - 2 * round(length * zoom / 2)))
        self.scaled = 2 * round(self.length * zoom / 2)
        begin = int(window_begin / zoom - _MARGIN) // 2 * 2
        self.begin = min(max(0, begin), (stored - self.length) // 2 * 2)
        rest = window_begin - self.begin * zoom
        self.offset = min(max(0.0, rest), self.scaled - window)


def _rectangle(source: VideoFrame, left: int, top: int, width: int, height: int) -> VideoFrame:
    """A copy of a rectangle of a planar frame, with the same colours; `left` and `top` are even."""
    if (width, height) == (source.width, source.height):
        return source
    part = VideoFrame(width, height, source.format.name)
    # What a frame without a tag is taken for depends on its size, so the part is told.
    part.colorspace, part.color_range = _TAGS[colorspace_of(source)], source.color_range
    part.color_primaries, part.color_trc = source.color_primaries, source.color_trc
    size = _PLANAR[source.format.name]
    for whole, piece in zip(source.planes, part.planes, strict=True):
        x = left * whole.width // source.width * size
        y = top * whole.height // source.height
        lines = np.frombuffer(memoryview(whole), np.uint8).reshape(-1, whole.line_size)
        target = np.frombuffer(memoryview(piece), np.uint8).reshape(-1, piece.line_size)
        across = piece.width * size
        target[: piece.height, :across] = lines[y : y + piece.height, x : x + across]
    return part


def _cut(planes: Planes, left: float, top: float, width: int, height: int, *, between: bool) -> Planes:
    """A width x height window of the planes from (left, top) on, in px that need not be whole."""
    full_h, full_w = planes[0].shape
    x, y = min(round(left / 2), (full_w - width) // 2), min(round(top / 2), (full_h - height) // 2)
    aside = max(abs(left - 2 * x), abs(top - 2 * y))

    def cut(p: Plane, s: int) -> Plane:
        if not between or aside < _EXACT:
            return p[2 * y // s :, 2 * x // s :][: height // s, : width // s]
        shifted: Plane = cv2.warpAffine(
            np.ascontiguousarray(p),
            np.array([[1, 0, left / s], [0, 1, top / s]], np.float32),
            (width // s, height // s),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return shifted

    return cut(planes[0], 1), cut(planes[1], 2), cut(planes[2], 2)


def _even_up(value: float) -> int:
    return ceil(value / 2) * 2
