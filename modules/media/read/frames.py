"""Decoded frames of a clip at evenly spaced moments, upright, as BT.709 yuv420p planes."""

from collections.abc import Iterator

import av
import numpy as np
from av.container import InputContainer
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
from av.video.stream import VideoStream
from numpy.typing import NDArray

from modules.media.errors import ClipError
from modules.media.read import tone_mapping
from modules.media.read.clip import Orientation, turn_of
from modules.media.read.opening import start_of, time_base_of

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
"""Y (h, w), U and V (h/2, w/2), limited range."""

# Damage is skipped, but not for ever: this many undecodable packets in a row mean the rest is gone.
MAX_BAD_PACKETS = 200
HOLD_SECONDS = 0.5
SLACK_SECONDS = 0.0005  # forgives time bases that round up


def decoded(
    container: InputContainer, stream: VideoStream, start: float
) -> Iterator[tuple[float, VideoFrame]]:
    """(seconds from the clip's beginning, frame) in order, from the last key frame at or before `start`."""
    if not stream.codec_context.is_open:
        stream.thread_type = "AUTO"
    zero, base = start_of(stream), time_base_of(stream)
    # Without an index a seek lands anywhere near; then from further back, and at last from the beginning.
    for back in (0.0, 4.0, None):
        if back is None or start - back <= 0 or container.format.name == "gif":
            back = None
            container.seek(0)
        else:
            container.seek(int((start - back + zero) / base), stream=stream, backward=True)
        frames = _onwards(container, stream, zero)
        first = next(frames, None)
        if back is None or (first is not None and first[0] <= start + 0.001):
            if first is not None:
                yield first
                yield from frames
            return


def _onwards(
    container: InputContainer, stream: VideoStream, zero: float
) -> Iterator[tuple[float, VideoFrame]]:
    bad, last, base = 0, -0.04, time_base_of(stream)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
            bad = bad if not frames else 0
        except av.error.FFmpegError:
            bad += 1
            if bad > MAX_BAD_PACKETS:
                return
            continue
        for frame in frames:
            last = last + 1 / 25 if frame.pts is None else float(frame.pts * base) - zero
            yield last, frame


def frame_at(container: InputContainer, stream: VideoStream, moment: float) -> VideoFrame | None:
    """The frame shown `moment` seconds after the beginning, the last one when the clip ends before it."""
    shown = None
    for now, frame in decoded(container, stream, moment):
        if shown is not None and now > moment + SLACK_SECONDS:
            break
        shown = frame
    return shown


def paced(
    container: InputContainer,
    stream: VideoStream,
    *,
    start: float,
    span: float,
    total: int,
    fps: float,
    speed: float = 1.0,
    loops: int = 1,
) -> Iterator[tuple[int, VideoFrame]]:
    """(output index, source frame): for each moment k / fps, the frame a player would show then.

    `span` source seconds are played from `start`, `loops` times, at `speed`; `total` frames come out. A
    frame may come several times or never, so uneven spacing keeps its true timing. A source that ends
    early ends the output early.
    """
    done = 0
    for turn in range(loops):
        last = total if turn == loops - 1 else min(total, round((turn + 1) * span * fps / speed))
        offset = start - turn * span
        held = None
        for now, frame in decoded(container, stream, start):
            while held is not None and done < last and offset + done * speed / fps < now - SLACK_SECONDS:
                yield done, held
                done += 1
            if done >= last:
                break
            held = frame
        if held is None:
            raise ClipError(
                "The chosen part of this clip cannot be decoded. Choose another start or another file."
            )
        # The last frame is held to the end of the span, but a clip that lost its second half is not a still.
        hold = last - done if loops > 1 else min(last - done, round(fps * HOLD_SECONDS) + 1)
        for _ in range(hold):
            yield done, held
            done += 1


class FrameLayer:
    """Turns decoded frames into upright BT.709 pictures of one size. One per clip: it keeps scaler tables."""

    def __init__(self, width: int, height: int, *, tone_map: bool = False) -> None:
        self.width, self.height, self.tone_map = width, height, tone_map
        self._scaler = VideoReformatter()

    def frame(self, frame: VideoFrame) -> VideoFrame:
        """The frame scaled to (width, height) as shown, swapped when it lies on its side; not yet turned."""
        width, height = self.width, self.height
        if turn_of(frame).transpose:
            width, height = height, width
        # Averaging keeps fine detail from shimmering when a picture shrinks; bicubic is for enlarging.
        method = Interpolation.AREA if frame.width > width else Interpolation.BICUBIC
        source = _colorspace(frame)
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


def _colorspace(frame: VideoFrame) -> Colorspace:
    """The matrix the frame was made with; when it does not say, the usual guess by height."""
    if frame.colorspace == 1:
        return Colorspace.ITU709
    if frame.colorspace in (5, 6):
        return Colorspace.ITU601
    if frame.colorspace in (9, 10):
        return Colorspace.BT2020
    return Colorspace.ITU709 if min(frame.width, frame.height) >= 720 else Colorspace.ITU601
