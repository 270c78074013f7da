"""Decoded frames of a clip at evenly spaced moments, upright, as BT.709 yuv420p planes."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
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
from modules.media.read.opening import start_of, time_base_of
from modules.media.read.shape import Orientation, turn_of
from modules.media.read.timing import ContinuousClock, may_jump
from modules.media.read.tracks import decoder_of
from modules.media.read.transparency import has_alpha, on_ground

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
"""Y (h, w), U and V (h/2, w/2), limited range."""

# Damage is skipped, but not for ever: this many undecodable packets in a row mean the rest is gone.
MAX_BAD_PACKETS = 200
HOLD_SLACK = 0.1
"""Seconds by which the last frame may be held beyond its own time: lengths are rounded."""
SLACK_SECONDS = 0.0005  # forgives time bases that round up
USUAL_GAP = 1 / 25

Timed = tuple[float, VideoFrame]
"""Seconds from the clip's first whole picture, and the frame."""


def decoded(container: InputContainer, stream: VideoStream, start: float) -> Iterator[Timed]:
    """Frames with their times in order, from the last key frame at or before `start`.

    Times count from the first whole picture: a broadcast that was cut between key frames begins there.
    """
    if not stream.codec_context.is_open:
        stream.thread_type = "AUTO"
    if start > 0 and container.format.name != "gif":
        zero = first_time(container, stream)
        for frames in _near(container, stream, zero + start):
            first = next(frames, None)
            if first is not None and first[0] - zero <= start + 0.001:
                yield first[0] - zero, first[1]
                yield from ((now - zero, frame) for now, frame in frames)
                return
    container.seek(0)
    begin = None
    for now, frame in _onwards(container, stream):
        begin = now if begin is None else begin
        yield now - begin, frame


def first_time(container: InputContainer, stream: VideoStream) -> float:
    """When the first whole picture is shown, in seconds of the file's own count. Decodes one frame."""
    container.seek(0)
    return next((now for now, _ in _onwards(container, stream)), start_of(stream))


def _near(container: InputContainer, stream: VideoStream, moment: float) -> Iterator[Iterator[Timed]]:
    """Attempts to decode from a little before `moment` (seconds in the file's own count) on."""
    if may_jump(container):
        yield _from_packet(container, stream, *_last_key(container, stream, moment))
        return
    base = time_base_of(stream)
    # Without an index a seek lands anywhere near; then from further back.
    for back in (0.0, 4.0):
        if moment - back <= start_of(stream):
            return
        container.seek(int((moment - back) / base), stream=stream, backward=True)
        yield _onwards(container, stream)


def _last_key(container: InputContainer, stream: VideoStream, moment: float) -> tuple[int, float]:
    """The number of the last key packet that is shown at or before `moment`, and the shift of its clock.

    Files whose count jumps cannot be sought in by time; reading through without decoding is quick.
    """
    clock, base = ContinuousClock(container), float(time_base_of(stream))
    found = (0, 0.0)
    container.seek(0)
    for number, packet in enumerate(container.demux(stream)):
        if packet.dts is None or packet.pts is None:
            continue
        now = clock.at(packet.dts * base, float(packet.duration or 0) * base or USUAL_GAP)
        if now > moment:
            break
        if packet.is_keyframe and packet.pts * base + clock.shift <= moment:
            found = number, clock.shift
    return found


def _from_packet(
    container: InputContainer, stream: VideoStream, number: int, shift: float
) -> Iterator[Timed]:
    container.seek(0)
    return _frames_of(
        islice(container.demux(stream), number, None), ContinuousClock(container, shift), stream
    )


def _onwards(container: InputContainer, stream: VideoStream) -> Iterator[Timed]:
    """Frames from where the container is, with their times in the file's own count."""
    return _frames_of(container.demux(stream), ContinuousClock(container), stream)


def _frames_of(
    packets: "Iterable[Packet[Any]]", clock: ContinuousClock, stream: VideoStream
) -> Iterator[Timed]:
    bad, last, base = 0, start_of(stream) - USUAL_GAP, time_base_of(stream)
    decode = decoder_of(stream)
    for packet in packets:
        try:
            frames = decode(packet)
            bad = bad if not frames else 0
        except av.error.FFmpegError:
            bad += 1
            if bad > MAX_BAD_PACKETS:
                return
            continue
        for frame in frames:
            length = float((frame.duration or 0) * base) or USUAL_GAP
            last = last + USUAL_GAP if frame.pts is None else clock.at(float(frame.pts * base), length)
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
    through: Callable[[Iterator[Timed]], Iterator[Timed]] = lambda frames: frames,
) -> Iterator[tuple[int, VideoFrame]]:
    """(output index, source frame): for each moment k / fps, the frame a player would show then.

    `span` source seconds are played from `start`, `loops` times, at `speed`; `total` frames come out. A
    frame may come several times or never, so uneven spacing keeps its true timing. A source that ends
    early ends the output early: its last frame is held for its own time and no longer. `through`: what is
    done to the frames as they are decoded.
    """
    done = 0
    for turn in range(loops):
        last = total if turn == loops - 1 else min(total, round((turn + 1) * span * fps / speed))
        offset = start - turn * span
        held, end = None, start
        for now, frame in through(decoded(container, stream, start)):
            while held is not None and done < last and offset + done * speed / fps < now - SLACK_SECONDS:
                yield done, held
                done += 1
            if done >= last:
                break
            held, end = frame, now + (_length_of(frame) or USUAL_GAP)
        if held is None:
            raise ClipError(
                "The chosen part of this clip cannot be decoded. Choose another start or another file."
            )
        while done < last and offset + done * speed / fps < end + HOLD_SLACK - SLACK_SECONDS:
            yield done, held
            done += 1


def _length_of(frame: VideoFrame) -> float:
    """Seconds for which the frame is shown, as its file says."""
    return float((frame.duration or 0) * frame.time_base) if frame.time_base else 0.0


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
