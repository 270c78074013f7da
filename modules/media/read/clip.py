"""Facts of a clip: size, length, frame rate and codecs, read from its headers and a few frames."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from modules.media.errors import ClipError
from modules.media.read.file_types import WEBM, sniff
from modules.media.read.opening import (
    BUFFER,
    ByteSource,
    opened,
    picture_stream,
    reading_errors,
    start_of,
    time_base_of,
)

# SMPTE 2084 (PQ) and ARIB STD-B67 (HLG), as numbered by ITU-T H.273.
HDR_TRANSFERS = (16, 18)
# Timing is judged on this many packets: 10 s at 60 fps, read without decoding.
TIMING_PACKETS = 600
PROBE_BYTES = 24 * 2**20
REMOTE_PROBE_BYTES = 3 * 2**20
REMOTE_BUFFER = 1 << 15


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


@dataclass(frozen=True)
class ClipFacts:
    """A clip as a person sees it.

    `width`, `height`: pixels as displayed, rotation and pixel shape applied. `fps`: average. `seconds`:
    readable length. `rotation`: clockwise degrees (0, 90, 180, 270) between the stored and the shown
    picture. `hdr`: PQ or HLG transfer. `frames`: counted by the container, or None. `broken`: a sentence
    on what is damaged, or None. `bytes_read`: how much of the file was read to learn this.
    """

    width: int
    height: int
    fps: float
    seconds: float
    rotation: int
    video_codec: str
    pix_fmt: str
    audio_codec: str | None
    hdr: bool
    size_bytes: int
    container: str
    frames: int | None = None
    broken: str | None = None
    variable_fps: bool = False
    mirrored: bool = False
    transfer: int = 2
    bytes_read: int = 0


class _Counting:
    """A binary file that counts what is read from it."""

    def __init__(self, file: ByteSource) -> None:
        self._file, self.count = file, 0
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self.count += len(data)
        return data


def probe(path: str | Path) -> ClipFacts:
    """The facts of the local clip at `path`, from its headers and first frames (under a second for 200 MB).

    Raises MediaError with a sentence when it is no video, or when not one frame of it can be decoded.
    """
    try:
        size = Path(path).stat().st_size
        with Path(path).open("rb") as file:
            return probe_file(file, size)
    except OSError as error:
        raise ClipError("The clip is no longer there. Choose it again.") from error


def probe_file(file: ByteSource, size: int, *, local: bool = True) -> ClipFacts:
    """The facts of an open seekable clip of `size` bytes. `local=False`: every byte costs, so read few,
    and never read it through for its length."""
    counting = _Counting(file)
    head = counting.read(64)
    limit = PROBE_BYTES if local else REMOTE_PROBE_BYTES
    with opened(counting, buffer=BUFFER if local else REMOTE_BUFFER) as container, reading_errors():
        stream = picture_stream(container)
        first = _first_frame(container, stream, limit)
        turn = turn_of(first)
        width, height = displayed_size(stream, turn)
        times, missing = _timing(container, stream, size, limit)
        seconds = _seconds(container, stream, times, local)
        broken = None
        if missing is not None and missing < seconds - 0.1:
            broken = (
                f"The file was cut short: {missing:.1f} s of {seconds:.1f} s can be read. Only that part "
                "will be used; choose the complete file to have the rest."
            )
            seconds = missing
        fps, variable = _rate(stream, times)
        audio = next(iter(container.streams.audio), None)
        transfer = int(first.color_trc)
        return ClipFacts(
            width=width,
            height=height,
            fps=round(fps, 3),
            seconds=round(seconds, 3),
            rotation=turn.degrees,
            video_codec=_codec(stream.codec_context.name),
            pix_fmt=first.format.name,
            audio_codec=_codec(audio.codec_context.name) if audio and audio.codec_context else None,
            hdr=transfer in HDR_TRANSFERS,
            size_bytes=size,
            container="webm" if sniff(head) is WEBM else _container_name(container),
            frames=stream.frames or None,
            broken=broken,
            variable_fps=variable,
            mirrored=turn.mirrored,
            transfer=transfer,
            bytes_read=counting.count,
        )


def turn_of(frame: VideoFrame) -> Orientation:
    """The turn asked for by a decoded frame's display matrix (none when it has no matrix)."""
    side: Any = frame.side_data.get("DISPLAYMATRIX")
    if side is None:
        return Orientation()
    a, b, _, c, d = (int.from_bytes(bytes(side)[4 * i : 4 * i + 4], "little", signed=True) for i in range(5))
    # The matrix maps stored (x, y) to shown (a x + c y, b x + d y).
    if abs(b) > abs(a):
        return Orientation(True, c < 0, b < 0)
    return Orientation(False, a < 0, d < 0)


def displayed_size(stream: VideoStream, turn: Orientation) -> tuple[int, int]:
    """Width and height as shown: pixel shape and rotation applied."""
    shape = stream.sample_aspect_ratio or Fraction(1)
    shape = shape if Fraction(1, 4) <= shape <= 4 else Fraction(1)
    width, height = max(1, round(stream.width * shape)), stream.height
    return (height, width) if turn.transpose else (width, height)


def _first_frame(container: InputContainer, stream: VideoStream, limit: int) -> VideoFrame:
    stream.thread_type = "SLICE"  # frame threads would decode a dozen frames ahead to show one
    bad = 0
    for packet in container.demux(stream):
        try:
            for frame in packet.decode():
                return frame
        except av.error.FFmpegError:
            bad += 1
        if bad > 30 or (packet.pos or 0) > limit:
            break
    raise ClipError(
        "Not one frame of this video can be decoded: it is damaged or incomplete. "
        "Export it again as MP4 (H.264)."
    )


def _timing(
    container: InputContainer, stream: VideoStream, size: int, limit: int
) -> tuple[list[float], float | None]:
    """Times in seconds of the first frames, in order; and the readable length when the file stops early."""
    base = float(time_base_of(stream))
    entries = stream.index_entries
    if len(entries) > 2 and container.format.name.startswith("mov"):
        # An MP4 lists every sample, so both answers are there without reading on.
        times = [entry.timestamp * base for entry in islice(entries, TIMING_PACKETS)]
        last = entries[len(entries) - 1]
        if last.pos + last.size <= size:
            return times, None
        kept = [entry.timestamp for entry in entries if entry.pos + entry.size <= size]
        return times, max(0.0, (max(kept) - entries[0].timestamp) * base) if kept else 0.0
    container.seek(0, stream=None if container.format.name == "gif" else stream)
    times = []
    for packet in container.demux(stream):
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None:
            times.append(stamp * base)
        if len(times) >= TIMING_PACKETS or (packet.pos or 0) > limit:
            break
    return sorted(times), None


def _seconds(container: InputContainer, stream: VideoStream, times: list[float], local: bool) -> float:
    if stream.duration and container.format.name.startswith("mov"):
        return float(stream.duration * time_base_of(stream))
    if container.duration and container.duration > 0 and container.format.name != "gif":
        # Matroska counts from its own zero, also when the picture begins later.
        length = container.duration / av.time_base
        late = start_of(stream)
        return length - late if container.format.name.startswith("matroska") and 0 < late < length else length
    if not local:
        raise ClipError(
            "This clip does not say how long it is. Download it and choose the file here instead."
        )
    # Recordings made in a browser, and GIFs, carry no length: read through once, without decoding.
    base = float(time_base_of(stream))
    container.seek(0)
    first, last, step = None, 0.0, 0.0
    for packet in container.demux(stream):
        if packet.pts is not None:
            now = packet.pts * base
            first = now if first is None else min(first, now)
            if now >= last:
                last, step = now, float(packet.duration or 0) * base
    if first is None:
        raise ClipError("This video has no readable length. Export it again as MP4.")
    step = step or (median(b - a for a, b in pairwise(times)) if len(times) > 1 else 0.0)
    return last - first + step


def _rate(stream: VideoStream, times: list[float]) -> tuple[float, bool]:
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


def _codec(name: str) -> str:
    return {"libdav1d": "av1", "libaom-av1": "av1", "libvpx": "vp8", "libvpx-vp9": "vp9"}.get(name, name)


def _container_name(container: InputContainer) -> str:
    name = container.format.name
    if name.startswith("mov"):
        brand = container.metadata.get("major_brand", "").strip()
        return "mov" if brand == "qt" else "mp4"
    return name.split(",")[0]
