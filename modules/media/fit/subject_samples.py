"""Which frames are looked at to follow a subject: a few near key frames where a clip has them often,
else one of every fifth of a second.

Decoding is most of the work of following. A phone writes a key frame each second: two frames from there
on show what is in the picture and what moves, for a fifth of what decoding the whole costs.
"""

import contextlib
from collections.abc import Iterator
from itertools import pairwise

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from modules.media.read.frames import Timed, decoded
from modules.media.read.opening import time_base_of
from modules.media.read.timing import may_jump
from modules.media.read.tracks import decoder_of

SAMPLE_SECONDS = 0.2
"""Between two frames that are compared for movement."""
MAX_SAMPLES = 90
KEYS_APART = 0.4
"""Seconds; of key frames that are closer some are left out."""
FEWEST_KEYS = 3
"""With fewer, what goes on between them and the end is too much of the whole."""
WIDEST_GAP = 1.3
"""Seconds between key frames up to which a subject is found again by them alone: phones write one a
second."""


def subject_samples(
    container: InputContainer, stream: VideoStream, start: float, span: float
) -> Iterator[Timed]:
    """Frames of `span` seconds from `start` on, with their seconds from there, ascending."""
    stream.codec_context.skip_frame = "NONREF"
    zero, keys = _key_moments(container, stream)
    keys = _spread([key for key in keys if -0.05 <= key - start < span])
    edges = [start, *keys, start + span]
    if len(keys) >= FEWEST_KEYS and max(after - before for before, after in pairwise(edges)) <= WIDEST_GAP:
        stream.thread_type = "SLICE"  # frame threads would decode frames ahead that are not wanted
        return _pairs(container, stream, zero, start, start + span, keys)
    return _evenly(container, stream, start, span)


def _evenly(container: InputContainer, stream: VideoStream, start: float, span: float) -> Iterator[Timed]:
    every = max(SAMPLE_SECONDS, span / MAX_SAMPLES)
    last: float | None = None
    for now, frame in decoded(container, stream, start):
        now -= start
        if now > span:
            return
        if now >= -0.05 and (last is None or now >= last + every - 0.01):
            last = now
            yield now, frame


def _pairs(
    container: InputContainer, stream: VideoStream, zero: float, start: float, end: float, keys: list[float]
) -> Iterator[Timed]:
    """The frame at each of `keys` (seconds after `zero`), and the one a little later."""
    last = start - 1.0
    for key in keys:
        begun: float | None = None
        for now, frame in _from(container, stream, zero + key):
            now -= zero
            if now > end:
                break
            if now <= last or now < key - 0.005:
                continue
            if begun is None or now >= begun + SAMPLE_SECONDS - 0.01:
                yield now - start, frame
                last = now
                if begun is not None:
                    break
                begun = now


def _from(container: InputContainer, stream: VideoStream, moment: float) -> Iterator[Timed]:
    base = time_base_of(stream)
    container.seek(round(moment / base), stream=stream, backward=True)
    decode = decoder_of(stream)
    for packet in container.demux(stream):
        with contextlib.suppress(av.error.FFmpegError):  # damage costs a sample, no more
            for frame in decode(packet):
                if frame.pts is not None:
                    yield float(frame.pts * base), frame


def _spread(keys: list[float]) -> list[float]:
    """Those that are not too close to the one before; none when they are too many to look at all."""
    kept: list[float] = []
    for key in keys:
        if not kept or key >= kept[-1] + KEYS_APART:
            kept.append(key)
    return kept if len(kept) * 2 <= MAX_SAMPLES else []


def _key_moments(container: InputContainer, stream: VideoStream) -> tuple[float, list[float]]:
    """When the first whole picture is shown, in the file's own count, and the key frames in seconds from
    there; none when the file cannot be sought in by time."""
    if may_jump(container) or container.format.name == "gif":
        return 0.0, []
    base = time_base_of(stream)
    container.seek(0)
    found = [
        float(packet.pts * base)
        for packet in container.demux(stream)
        if packet.is_keyframe and packet.size and packet.pts is not None and not packet.is_discard
    ]
    return (found[0], [moment - found[0] for moment in found]) if found else (0.0, [])
