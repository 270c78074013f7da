"""The sound of a conformed clip: copied packet for packet when nothing moves, written anew as AAC
otherwise."""

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet

from modules.media.fit.conform_plan import ConformPlan

RATE = 48_000
MAX_SECONDS = 120  # never hold more sound than this in memory


def can_copy(stream: AudioStream, plan: ConformPlan) -> bool:
    """True when the track is AAC and keeps its pace, so that its packets can go over untouched."""
    return stream.codec_context.name == "aac" and plan.speed == 1.0 and plan.loops == 1


def packets(
    container: InputContainer, stream: AudioStream, start: float, seconds: float, zero: float
) -> list[Packet]:
    """The packets that begin inside the span, timed from its beginning: they shift by less than half a packet
    (10 ms).

    `zero`: the time in seconds that the picture calls its beginning. The container has just been opened.
    Empty when the track's times do not rise, as in some fragmented files: then it has to be decoded.
    """
    base = stream.time_base
    first = round((start + zero) / base)
    end = round((start + zero + seconds) / base)
    if start > 0:
        container.seek(max(0, first), stream=stream, backward=True)
    taken: list[Packet] = []
    for packet in container.demux(stream):
        if packet.pts is None or packet.size == 0:
            continue
        half = (packet.duration or 0) // 2
        # The priming packets before the first sound belong to a copy from the very beginning.
        if start > 0 and packet.pts + half < first:
            continue
        if packet.pts + half >= end:
            break
        packet.pts -= first
        packet.dts = packet.pts
        if taken and packet.pts <= taken[-1].pts:
            return []
        taken.append(packet)
    return taken


def samples(
    container: InputContainer, stream: AudioStream, start: float, seconds: float, zero: float
) -> np.ndarray:
    """Stereo float32 of shape (2, n) at 48 kHz for the span, silence where the track has none."""
    count = round(min(seconds, MAX_SECONDS) * RATE)
    out = np.zeros((2, count), np.float32)
    resampler = AudioResampler(format="fltp", layout="stereo", rate=RATE)
    base = float(stream.time_base)
    begin = start + zero
    container.seek(max(0, int((begin - 0.2) / base)), stream=stream, backward=True)
    place = None
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in frames:
            if place is None:
                place = round(((frame.pts or 0) * base - begin) * RATE)
            for piece in resampler.resample(frame):
                place = _lay(out, piece.to_ndarray(), place)
        if place is not None and place >= count:
            break
    return out


def _lay(out: np.ndarray, piece: np.ndarray, place: int) -> int:
    """Write `piece` into `out` at sample `place`, as far as it falls inside; the place after it."""
    after = place + piece.shape[1]
    a, b = max(0, place), min(out.shape[1], after)
    if a < b:
        out[:, a:b] = piece[:, a - place : b - place]
    return after


def retimed(sound: np.ndarray, speed: float, loops: int, seconds: float) -> np.ndarray:
    """(2, n) sound slowed without changing its pitch, or repeated, cut or padded to `seconds`."""
    if loops > 1:
        sound = np.tile(sound, (1, loops))
    if speed != 1.0:
        sound = _slowed(sound, speed)
    count = round(seconds * RATE)
    return np.pad(sound[:, :count], ((0, 0), (0, max(0, count - sound.shape[1]))))


def _slowed(sound: np.ndarray, speed: float) -> np.ndarray:
    graph = Graph()
    node = graph.add_abuffer(sample_rate=RATE, format="fltp", layout="stereo")
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
    frame = frame_of(sound, 0)
    graph.push(frame)
    graph.push(None)
    pieces = []
    while True:
        try:
            pieces.append(graph.pull().to_ndarray())
        except (av.error.EOFError, av.error.BlockingIOError):
            return np.concatenate(pieces, axis=1) if pieces else sound


def frame_of(sound: np.ndarray, place: int) -> AudioFrame:
    """An audio frame of (2, n) float32 whose first sample is number `place`."""
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts = RATE, place
    return frame


def encode(sound: np.ndarray, output: OutputContainer, target: AudioStream) -> None:
    """Write (2, n) sound as AAC into `target`."""
    for place in range(0, sound.shape[1], 1024):
        output.mux(target.encode(frame_of(sound[:, place : place + 1024], place)))
    output.mux(target.encode(None))
