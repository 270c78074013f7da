"""Decoded frames of a clip by their times: in order, at moments, or evenly paced."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from modules.media.errors import ClipError
from modules.media.read.opening import start_of, time_base_of
from modules.media.read.timing import ContinuousClock, may_jump
from modules.media.read.tracks import decoder_of

# Damage is skipped, but not for ever: this many undecodable packets in a row mean the rest is gone.
MAX_BAD_PACKETS = 200
HOLD_SLACK = 0.1
"""Seconds by which the last frame may be held beyond its own time: lengths are rounded."""
SLACK_SECONDS = 0.0005  # forgives time bases that round up
USUAL_GAP = 1 / 25
ONWARDS_SECONDS = 3.0
"""So far is decoded on before a key frame is looked for: cameras set one each second or two, encoders one in
ten seconds."""

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
    return next(frames_at(container, stream, [moment]))


def frames_at(
    container: InputContainer, stream: VideoStream, moments: Iterable[float]
) -> Iterator[VideoFrame | None]:
    """The frame shown at each of `moments` (seconds from the beginning, ascending), as `frame_at` gives it.

    From one to the next is decoded in one go where no key frame is likely to lie between them: many files
    have one at their beginning only, and would be decoded from there for each.
    """
    decoding = _Decoding(container, stream)
    for moment in moments:
        if not decoding.reaches(moment):
            decoding = _Decoding(container, stream, moment)
            decoding.reaches(moment)
        yield decoding.shown[1] if decoding.shown else None


class _Decoding:
    """One decoding, from the last key frame before `start` on; without a start there is none yet."""

    def __init__(self, container: InputContainer, stream: VideoStream, start: float | None = None) -> None:
        self._frames = iter(()) if start is None else decoded(container, stream, start)
        self._ahead: Timed | None = None
        self._key = 0.0
        self.shown: Timed | None = None

    def reaches(self, moment: float) -> bool:
        """Go on to the frame shown at `moment`, which is `shown` then. False when it is better looked for
        anew: behind a key frame that is likely to be there, or behind damage."""
        if self.shown and moment - self.shown[0] > max(ONWARDS_SECONDS, self.shown[0] - self._key):
            return False
        while (ahead := self._ahead or next(self._frames, None)) is not None:
            self._ahead = ahead
            if self.shown and ahead[0] > moment + SLACK_SECONDS:
                return True
            self.shown, self._ahead = ahead, None
            if ahead[1].key_frame:
                self._key = ahead[0]
        return self.shown is not None and moment <= self.shown[0] + _length_of(self.shown[1]) + HOLD_SLACK


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
