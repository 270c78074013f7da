"""The audio of a conformed clip: copied packet for packet when nothing moves, encoded as AAC otherwise."""

import math
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet
from numpy.typing import NDArray

from modules.media.fit.conform_plan import ConformPlan
from modules.media.read.opening import time_base_of
from modules.media.read.timing import ContinuousClock, may_jump

SAMPLE_RATE = 48_000
Waveform = NDArray[np.float32]
"""Stereo, of shape (2, n)."""
MAX_AUDIO_SECONDS = 120  # never hold more audio than this in memory


def can_copy(container: InputContainer, stream: AudioStream, plan: ConformPlan) -> bool:
    """True when the track is AAC and keeps its pace, so that its packets can go over untouched.

    In a transport stream every packet may have another layout, and its count may jump.
    """
    steady = plan.speed == 1.0 and plan.loops == 1 and not may_jump(container)
    return stream.codec_context.name == "aac" and steady


def packets(
    container: InputContainer, stream: AudioStream, start: float, seconds: float, zero: float
) -> "list[Packet[Any]]":
    """The packets that begin inside the span, timed from its beginning: they shift by less than half a packet
    (10 ms).

    `zero`: the time in seconds that the picture calls its beginning. The container has just been opened.
    Empty when the track's times do not rise, as in some fragmented files: then it has to be decoded.
    """
    base = time_base_of(stream)
    first = round((start + zero) / base)
    end = round((start + zero + seconds) / base)
    if start > 0:
        container.seek(max(0, first), stream=stream, backward=True)
    taken: list[Packet[Any]] = []
    last = -math.inf
    for packet in container.demux(stream):
        if packet.pts is None or packet.size == 0:
            continue
        half = (packet.duration or 0) // 2
        # The priming packets before the first sample belong to a copy from the very beginning.
        if start > 0 and packet.pts + half < first:
            continue
        if packet.pts + half >= end:
            break
        packet.pts -= first
        packet.dts = packet.pts
        if packet.pts <= last:
            return []
        last = packet.pts
        taken.append(packet)
    return taken


def samples(
    container: InputContainer, stream: AudioStream, start: float, seconds: float, zero: float
) -> Waveform | None:
    """Stereo float32 of shape (2, n) at 48 kHz for the span, silence where the track has none; None when
    nothing of the track can be decoded there."""
    count = round(min(seconds, MAX_AUDIO_SECONDS) * SAMPLE_RATE)
    out = np.zeros((2, count), np.float32)
    base = float(time_base_of(stream))
    begin = start + zero
    if may_jump(container):
        container.seek(0)
    else:
        container.seek(max(0, int((begin - 0.2) / base)), stream=stream, backward=True)
    clock, place = ContinuousClock(container), None
    resampler, like = None, None
    for frame in _sound_frames(container, stream):
        now = clock.at((frame.pts or 0) * base, frame.samples / frame.sample_rate)
        if place is None:
            place = round((now - begin) * SAMPLE_RATE)
        # A broadcast changes from 5.1 to stereo between two programmes; a resampler takes one kind only.
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or kind != like:
            if resampler is not None:
                for piece in resampler.resample(None):
                    place = _write_into(out, piece.to_ndarray(), place)
            resampler, like = AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE), kind
        for piece in resampler.resample(frame):
            place = _write_into(out, piece.to_ndarray(), place)
        if place >= count:
            break
    return None if place is None else out


def _sound_frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Every frame of the track that can be decoded."""
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except (av.error.FFmpegError, ValueError):
            continue
        yield from (frame for frame in frames if isinstance(frame, AudioFrame) and frame.sample_rate)


def _write_into(out: Waveform, piece: NDArray[Any], place: int) -> int:
    """Write `piece` into `out` at sample `place`, as far as it falls inside; the place after it."""
    after: int = place + piece.shape[1]
    a, b = max(0, place), min(out.shape[1], after)
    if a < b:
        out[:, a:b] = piece[:, a - place : b - place]
    return after


def retimed(waveform: Waveform, speed: float, loops: int, seconds: float) -> Waveform:
    """(2, n) audio slowed without changing its pitch, or repeated, cut or padded to `seconds`."""
    if loops > 1:
        waveform = np.tile(waveform, (1, loops))
    if speed != 1.0:
        waveform = _slowed(waveform, speed)
    count = round(seconds * SAMPLE_RATE)
    return np.pad(waveform[:, :count], ((0, 0), (0, max(0, count - waveform.shape[1]))))


def _slowed(waveform: Waveform, speed: float) -> Waveform:
    graph = Graph()
    node = graph.add_abuffer(sample_rate=SAMPLE_RATE, format="fltp", layout="stereo")
    while speed < 0.5:  # one atempo reaches down to half the speed
        half = graph.add("atempo", "0.5")
        node.link_to(half)
        node, speed = half, speed / 0.5
    last = graph.add("atempo", f"{speed:.6f}")
    node.link_to(last)
    planar = graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo")
    sink = graph.add("abuffersink")
    last.link_to(planar)
    planar.link_to(sink)
    graph.configure()
    frame = frame_of(waveform, 0)
    graph.push(frame)
    graph.push(None)
    pieces = []
    while True:
        try:
            pieces.append(graph.pull().to_ndarray())
        except (av.error.EOFError, av.error.BlockingIOError):
            return np.concatenate(pieces, axis=1) if pieces else waveform


def frame_of(waveform: Waveform, place: int) -> AudioFrame:
    """An audio frame of (2, n) float32 whose first sample is number `place`."""
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(waveform), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts = SAMPLE_RATE, place
    return frame


def encode(waveform: Waveform, output: OutputContainer, target: AudioStream) -> None:
    """Write (2, n) audio as AAC into `target`."""
    for place in range(0, waveform.shape[1], 1024):
        output.mux(target.encode(frame_of(waveform[:, place : place + 1024], place)))
    output.mux(target.encode(None))
