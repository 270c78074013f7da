"""Length and pace of a clip, from the packets of its picture track and not from what its header claims.

An interrupted recording keeps the length that was planned in its header, and a file whose sound goes on is
longer than its picture. An MP4 lists every sample with its place in the file; other containers are read
through, without decoding, which takes a fraction of a second for the largest file that is accepted.
"""

import time
from dataclasses import dataclass
from itertools import islice, pairwise
from statistics import median

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from modules.media.errors import ClipError
from modules.media.read.opening import start_of, time_base_of
from modules.media.read.tracks import length_claimed

# Pace is judged on this many packets: 10 s at 60 fps.
TIMING_PACKETS = 600
LOCAL_BYTES = 512 * 2**20
WALK_SECONDS = 8.0
"""A file that takes longer to read through is believed, until what is written from it is measured."""
CUT_SLACK = 0.5
"""Containers round, and close sound and picture a moment apart: a claim this near to the truth is no lie."""
_USUAL_GAP = 1 / 25


@dataclass(frozen=True)
class Timing:
    """`times`: seconds of the first frames, ascending, in the file's own count. `end`: in the same count,
    when the last readable picture ends. `claimed`: when the file says that it ends, if that is later because
    the rest is missing."""

    times: tuple[float, ...]
    end: float
    claimed: float | None = None


class ContinuousClock:
    """Makes one count of a track's times where the file's own count jumps, as it does where two recordings
    were joined. Only transport and program streams may jump; elsewhere a jump is a pause that was meant."""

    _BACK, _AHEAD = 0.5, 10.0

    def __init__(self, container: InputContainer, shift: float = 0.0) -> None:
        self._jumps = may_jump(container)
        self._expected: float | None = None
        self.shift = shift

    def at(self, raw: float, length: float) -> float:
        """The time in one count of what has the time `raw` and lasts `length` seconds. Call in order."""
        now = raw + self.shift
        expected = now if self._expected is None else self._expected
        if self._jumps and not expected - self._BACK <= now <= expected + self._AHEAD:
            self.shift += expected - now
            now = expected
        self._expected = now + length
        return now


def may_jump(container: InputContainer) -> bool:
    return container.format.name in ("mpegts", "mpeg")


def timing_of(
    container: InputContainer, stream: VideoStream, size: int, limit: int, *, local: bool
) -> Timing:
    """The timing of a file of `size` bytes. `limit`: bytes to read at most where that is not needed for the
    length. `local=False`: every byte costs, so that a large file is believed."""
    if stream.frames and len(stream.index_entries) and container.format.name.startswith("mov"):
        return _listed(stream, size)
    if size <= (LOCAL_BYTES if local else limit):
        read = _read_through(container, stream)
        if read is not None:
            return read
    return _claimed(container, stream, limit)


def _listed(stream: VideoStream, size: int) -> Timing:
    """Of an MP4, whose index has every sample and where it lies."""
    base = float(time_base_of(stream))
    entries = stream.index_entries
    times = tuple(sorted(entry.timestamp * base for entry in islice(entries, TIMING_PACKETS)))
    begin, last = start_of(stream), entries[len(entries) - 1]
    # The index has times of decoding, which are never later than those of showing.
    end = max(begin + length_claimed(stream), last.timestamp * base)
    if last.pos + last.size <= size:
        return Timing(times, end)
    lost = next(entry for entry in entries if entry.pos + entry.size > size)
    return Timing(times, max(begin, lost.timestamp * base), end)


def _read_through(container: InputContainer, stream: VideoStream) -> Timing | None:
    """By every packet of the picture; None when that takes too long."""
    base = float(time_base_of(stream))
    wanted = [stream, *(s for s in container.streams.audio if s.codec_context is not None)]
    clock = ContinuousClock(container)
    times: list[float] = []
    end, any_end, step = None, 0.0, 0.0
    until = time.monotonic() + WALK_SECONDS
    container.seek(0)
    try:
        for packet in container.demux(wanted):
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is None or packet.size == 0:
                continue
            if packet.stream_index != stream.index:
                any_end = max(any_end, float((stamp + (packet.duration or 0)) * packet.time_base))
                continue
            length = float(packet.duration or 0) * base or step or _USUAL_GAP
            raw = (packet.dts if packet.dts is not None else stamp) * base
            now = clock.at(raw, length) - raw + stamp * base
            if len(times) < TIMING_PACKETS:
                times.append(now)
                if len(times) > 4:
                    step = median(b - a for a, b in pairwise(sorted(times[-8:])))
            if end is None or now + length > end:
                end = now + length
            if time.monotonic() > until:
                return None
    except av.error.FFmpegError:  # the rest is unreadable
        pass
    if end is None:
        raise ClipError("This video has no readable length. Export it again as MP4.")
    claimed = _end_claimed(container, stream)
    missing = claimed is not None and claimed > max(end, any_end) + CUT_SLACK
    return Timing(tuple(sorted(times)), end, claimed if missing else None)


def _claimed(container: InputContainer, stream: VideoStream, limit: int) -> Timing:
    """As the header says, and the times of the first frames."""
    base = float(time_base_of(stream))
    times = []
    container.seek(0, stream=None if container.format.name == "gif" else stream)
    for packet in container.demux(stream):
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None:
            times.append(stamp * base)
        if len(times) >= TIMING_PACKETS or (packet.pos or 0) > limit:
            break
    end = _end_claimed(container, stream)
    if end is None:
        raise ClipError(
            "This clip does not say how long it is. Download it and choose the file here instead."
        )
    return Timing(tuple(sorted(times)), end)


def _end_claimed(container: InputContainer, stream: VideoStream) -> float | None:
    """When the picture ends in the file's own count, as the file says; None when it says nothing."""
    begin, track = start_of(stream), length_claimed(stream)
    name = container.format.name
    if name.startswith("matroska"):
        # Matroska counts from its own zero, also when the picture begins later.
        whole = (container.duration or 0) / av.time_base
        return min((end for end in (whole, track) if end > 0), default=None)
    if track > 0:
        return begin + track
    if container.duration and container.duration > 0 and name != "gif":
        return begin + container.duration / av.time_base
    return None


def rate_of(stream: VideoStream, times: tuple[float, ...]) -> tuple[float, bool]:
    """Average frames a second; and whether the spacing of frames varies by more than rounding explains."""
    gaps = [b - a for a, b in pairwise(times) if b > a]
    stated = float(stream.average_rate or stream.guessed_rate or 0)
    measured = len(gaps) / sum(gaps) if gaps else 0.0
    usable = 0.5 <= stated <= 1000
    fps = stated if usable else measured or 25.0
    if len(gaps) < 4:
        return fps, False
    middle = median(gaps)
    # Millisecond time bases (WebM, FLV) round 33.3 ms to 33 or 34, hence a tenth of a frame and 1.5 ms.
    uneven = sum(abs(gap - middle) > max(0.1 * middle, 0.0015) for gap in gaps)
    variable = uneven > max(2, 0.03 * len(gaps))
    if usable and not variable and measured and abs(measured / stated - 1) > 0.2:
        fps = measured
    if variable and not stream.frames:
        fps = measured
    return fps, variable
