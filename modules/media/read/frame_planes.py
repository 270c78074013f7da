"""The picture of a decoded frame: upright, at a size, as BT.709 yuv420p planes."""

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)
from numpy.typing import NDArray

from modules.media.read import tone_mapping
from modules.media.read.shape import Orientation, turn_of
from modules.media.read.transparency import has_alpha, on_ground

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
"""Y (h, w), U and V (h/2, w/2), limited range."""


class FrameLayer:
    """Turns decoded frames into upright BT.709 pictures of one size. One per clip: it keeps scaler tables."""

    def __init__(self, width: int, height: int, *, tone_map: bool = False) -> None:
        self.width, self.height, self.tone_map = width, height, tone_map
        self._scaler, self._flattener = VideoReformatter(), VideoReformatter()

    def frame(self, frame: VideoFrame) -> VideoFrame:
        """The frame scaled to (width, height) as shown, swapped when it lies on its side; not yet turned."""
        width, height = self.width, self.height
        if turn_of(frame).transpose:
            width, height = height, width
        # Averaging keeps fine detail from shimmering when a picture shrinks; Lanczos keeps most of it when
        # one is enlarged: of a picture that was halved, 0.3 to 1.5 dB more than bicubic.
        method = Interpolation.AREA if frame.width > width else Interpolation.BICUBIC
        if frame.width < width:
            method = Interpolation.LANCZOS
        source = colorspace_of(frame)
        if has_alpha(frame.format):
            frame = on_ground(frame, self._flattener, source)
        if self.tone_map:
            return tone_mapping.tone_mapped(frame, width, height, self._scaler, method)
        wide = {}
        if frame.color_primaries == ColorPrimaries.BT2020:
            wide = {"dst_color_trc": ColorTrc.BT709, "dst_color_primaries": ColorPrimaries.BT709}
        return self._scaler.reformat(
            frame,
            width=width,
            height=height,
            format="yuv420p",
            src_colorspace=source,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=method,
            **wide,
        )

    def planes(self, frame: VideoFrame) -> Planes:
        """The frame as upright planes; each is a view or a copy that is safe until the next frame."""
        y, u, v = planes_of(self.frame(frame))
        turn = turn_of(frame)
        return upright(y, turn), upright(u, turn), upright(v, turn)


def planes_of(frame: VideoFrame) -> Planes:
    """The three planes of a yuv420p frame, without the padding of its lines."""
    y, u, v = (_view(plane)[: plane.height, : plane.width] for plane in frame.planes)
    return y, u, v


def _view(plane: VideoPlane) -> Plane:
    """The plane's memory as (lines, bytes of a line), padding included."""
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)


def upright(plane: Plane, turn: Orientation) -> Plane:
    """A plane as a player shows it."""
    if turn.transpose:
        plane = plane.T
    if turn.flip_x:
        plane = plane[:, ::-1]
    return plane[::-1] if turn.flip_y else plane


def frame_from(planes: Planes) -> VideoFrame:
    """A yuv420p frame tagged BT.709, limited range, from its three planes."""
    height, width = planes[0].shape
    frame = VideoFrame(width, height, "yuv420p")
    for source, plane in zip(planes, frame.planes, strict=True):
        _view(plane)[: source.shape[0], : source.shape[1]] = source
    frame.colorspace, frame.color_range = 1, 1
    frame.color_primaries, frame.color_trc = 1, 1
    return frame


def colorspace_of(frame: VideoFrame) -> Colorspace:
    """The matrix the frame was made with; when it does not say, the usual guess by height."""
    if frame.colorspace == 1:
        return Colorspace.ITU709
    if frame.colorspace in (5, 6):
        return Colorspace.ITU601
    if frame.colorspace in (9, 10):
        return Colorspace.BT2020
    return Colorspace.ITU709 if min(frame.width, frame.height) >= 720 else Colorspace.ITU601
