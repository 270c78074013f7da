"""Facts of a clip: size, length, frame rate and codecs, read from its packets and a few frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from modules.edit.file_settings import FileSettings, settings_in
from modules.media.errors import ClipError
from modules.media.read.file_types import WEBM, sniff
from modules.media.read.interlace import field_order
from modules.media.read.opening import BUFFER, ByteSource, opened, reading_errors, start_of, time_base_of
from modules.media.read.shape import pixel_shape, shown_size, turn_of
from modules.media.read.timing import Timing, rate_of, timing_of
from modules.media.read.tracks import decoder_of, known_sound_stream, picture_stream, sound_stream
from modules.media.read.transparency import has_alpha, is_seen_through

# SMPTE 2084 (PQ) and ARIB STD-B67 (HLG), as numbered by ITU-T H.273.
HDR_TRANSFERS = (16, 18)
PROBE_BYTES = 24 * 2**20
MAX_BAD_FIRST = 700
"""Undecodable packets at the beginning, as where a broadcast is entered between two key frames."""
FIELD_BYTES = 3 * 2**19
"""Read at most to see whether a clip is interlaced, which takes a few frames; half a second of a camera's."""
REMOTE_PROBE_BYTES = 3 * 2**20
REMOTE_BUFFER = 1 << 15


@dataclass(frozen=True)
class ClipFacts:
    """A clip as a person sees it.

    `width`, `height`: pixels as displayed, rotation and pixel shape applied. `fps`: average. `seconds`:
    readable length of the picture track, from its first whole picture. `rotation`: clockwise degrees (0, 90,
    180, 270) between the stored and the shown picture. `audio_codec`: of the first sound track that can be
    decoded. `hdr`: PQ or HLG transfer. `frames`: counted by the container, or None. `broken`: a sentence on
    what is missing, or None. `bytes_read`: how much of the file was read to learn this. `fields`: the field
    order of an interlaced clip (see `field_order`). `pixels`: width of a stored pixel over its height.
    `alpha`: it is transparent, or may be. `late`: seconds that are skipped before the first whole picture.
    `sound_note`: a sentence when not the first sound track, or none, can be used. `made_with`: what the file
    itself says of the edit that made it.
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
    fields: str = ""
    pixels: float = 1.0
    alpha: bool = False
    late: float = 0.0
    sound_note: str | None = None
    made_with: FileSettings | None = None


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
    """The facts of the local clip at `path` (under a second for 200 MB), see `timing` for its length.

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
        frames = _first_frames(container, stream, limit)
        first = next(frames)
        fields = field_order(stream, chain([first], frames)) if local else "flagged" * first.interlaced_frame
        turn = turn_of(first)
        width, height = shown_size(stream, first)
        timing = timing_of(container, stream, size, limit, local=local)
        begin = float(first.pts * time_base_of(stream)) if first.pts is not None else start_of(stream)
        seconds = max(0.0, timing.end - begin)
        fps, variable = rate_of(stream, timing.times)
        sound, note = _sound(container, local)
        transfer = int(first.color_trc)
        return ClipFacts(
            width=width,
            height=height,
            fps=round(fps, 3),
            seconds=round(seconds, 3),
            rotation=turn.degrees,
            video_codec=_codec(stream.codec_context.name),
            pix_fmt=first.format.name,
            audio_codec=_codec(sound.codec_context.name) if sound else None,
            hdr=transfer in HDR_TRANSFERS,
            size_bytes=size,
            container="webm" if sniff(head) is WEBM else _container_name(container),
            frames=stream.frames or None,
            broken=_cut_short(timing, begin),
            variable_fps=variable,
            mirrored=turn.mirrored,
            transfer=transfer,
            bytes_read=counting.count,
            fields=fields,
            pixels=round(float(pixel_shape(stream)), 4),
            alpha=is_seen_through(first) if first.format.name == "bgra" else has_alpha(first.format),
            late=round(max(0.0, begin - start_of(stream)), 3),
            sound_note=note,
            made_with=settings_in(container.metadata),
        )


def _cut_short(timing: Timing, begin: float) -> str | None:
    if timing.claimed is None:
        return None
    return (
        f"The file was cut short: {max(0.0, timing.end - begin):.1f} s can be read of "
        f"{timing.claimed - begin:.1f} s. Only that part will be used; choose the complete file to have the "
        "rest."
    )


def _sound(container: InputContainer, local: bool) -> tuple[AudioStream | None, str | None]:
    """The sound track that is used, and what a person should know about it. Of a file elsewhere no sound is
    decoded, because every byte costs."""
    tracks = container.streams.audio
    if not tracks:
        return None, None
    used = sound_stream(container) if local else known_sound_stream(container)
    if used is None:
        return None, "The sound of this clip cannot be decoded, so it is sent without sound."
    if used.index != tracks[0].index:
        return used, "The first sound track of this clip cannot be decoded, so the next one is used."
    return used, None


def _first_frames(container: InputContainer, stream: VideoStream, limit: int) -> Iterator[VideoFrame]:
    """Frames from the beginning on; at least one. `limit`: bytes in which it must be found."""
    stream.thread_type = "SLICE"  # frame threads would decode a dozen frames ahead to show one
    decode, bad, found, taken = decoder_of(stream), 0, False, 0
    for packet in container.demux(stream):
        taken += packet.size
        try:
            for frame in decode(packet):
                found = True
                yield frame
        except av.error.FFmpegError:
            bad += 1
        if taken > FIELD_BYTES if found else bad > MAX_BAD_FIRST or (packet.pos or 0) > limit:
            break
    if not found:
        raise ClipError(
            "Not one frame of this video can be decoded: it is damaged or incomplete. "
            "Export it again as MP4 (H.264)."
        )


def _codec(name: str) -> str:
    return {"libdav1d": "av1", "libaom-av1": "av1", "libvpx": "vp8", "libvpx-vp9": "vp9"}.get(name, name)


def _container_name(container: InputContainer) -> str:
    name = container.format.name
    if name.startswith("mov"):
        brand = container.metadata.get("major_brand", "").strip()
        return "mov" if brand == "qt" else "mp4"
    return name.split(",")[0]
