"""Which tracks of a file are the clip: the film among covers and second pictures, and the sound that can be
decoded."""

from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from modules.media.errors import ClipError
from modules.media.read.opening import time_base_of

_DECODERS = """
h264 hevc av1 libdav1d libaom-av1 vp8 vp9 libvpx libvpx-vp9 mpeg1video mpeg2video mpeg4 msmpeg4v2 msmpeg4v3
h263 flv1 flv prores dnxhd mjpeg gif theora wmv1 wmv2 wmv3 vc1 ffv1 huffyuv ffvhuff utvideo rawvideo qtrle png
"""
DECODERS = frozenset(_DECODERS.split())
# 8192 x 4320 is the largest size cameras write; beyond it a few bytes of header could claim all memory.
MAX_CLIP_PIXELS = 8192 * 4352
COUNTED_FRAMES = 25
COUNTED_BYTES = 8 * 2**20
"""How far a file with several picture tracks is read to see which of them goes on after one frame: until one
has as many frames, for by then another film would have shown a second one."""
TRIED_SOUND_PACKETS = 24
TRIED_BYTES = 8 * 2**20


def picture_stream(container: InputContainer) -> VideoStream:
    """The stream that is the clip, of a codec the studio reads and a sane size.

    Of several it is the one with more than one frame, for covers are not always marked as such; then the
    one that is marked as default, then the longer, then the larger. The container is at its beginning
    afterwards.
    """
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        what = "only sound" if container.streams.audio else "no picture track"
        raise ClipError(f"This file has {what}. Choose a clip with a picture.")
    # A stream whose codec nobody knows has no context, and then no size either.
    readable = [s for s in streams if s.codec_context is not None]
    stream = _film(container, readable) if len(readable) > 1 else next(iter(readable), None)
    codec = stream.codec_context.name if stream else ""
    if stream is None or codec not in DECODERS:
        raise ClipError(
            f"This clip is coded as {codec or 'something unknown'}, which the studio does not read. "
            "Export it as MP4 (H.264)."
        )
    if not stream.width or not stream.height:
        raise ClipError(
            "This video says no picture size, so it is damaged or incomplete. Export it again as MP4."
        )
    if stream.width * stream.height > MAX_CLIP_PIXELS:
        raise ClipError(
            f"{stream.width}x{stream.height} is larger than the studio opens (8192x4320). "
            "Export a smaller clip."
        )
    return stream


def _film(container: InputContainer, streams: list[VideoStream]) -> VideoStream:
    counts = _frame_counts(container, streams)

    def rank(stream: VideoStream) -> tuple[bool, bool, bool, float, int, int]:
        return (
            counts[stream.index] > 1,
            stream.codec_context.name in DECODERS,
            bool(stream.disposition & Disposition.default),
            length_claimed(stream),
            (stream.width or 0) * (stream.height or 0),
            -stream.index,
        )

    return max(streams, key=rank)


def _frame_counts(container: InputContainer, streams: list[VideoStream]) -> Counter[int]:
    """Frames of each stream by its index: as an MP4 lists them, else as many as are met in the first part."""
    counts = Counter({stream.index: stream.frames for stream in streams})
    if all(counts[stream.index] for stream in streams):
        return counts
    counts.clear()
    try:
        for packet in container.demux(streams):
            counts[packet.stream_index] += bool(packet.size)
            if counts[packet.stream_index] >= COUNTED_FRAMES or (packet.pos or 0) > COUNTED_BYTES:
                break
    except av.error.FFmpegError:  # what was counted before counts
        pass
    container.seek(0)
    return counts


def decoder_of(stream: VideoStream) -> "Callable[[Packet[Any]], list[VideoFrame]]":
    """What decodes the packets of `stream` from a place that was sought, in order, the empty last one too.

    FFmpeg's own VP8 and VP9 decoders leave out the transparency of a WebM, so that what lies hidden under it
    would be shown; libvpx reads it.
    """
    library = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(stream.codec_context.name)
    if library is None or stream.metadata.get("alpha_mode") != "1":
        return lambda packet: [frame for frame in packet.decode() if isinstance(frame, VideoFrame)]
    context = CodecContext.create(library, "r")
    assert isinstance(context, VideoCodecContext)
    return lambda packet: context.decode(packet if packet.size else None)


def length_claimed(stream: VideoStream) -> float:
    """Seconds that the file says the track lasts; 0.0 when it says nothing. Matroska has it as a tag."""
    if stream.duration:
        return float(stream.duration * time_base_of(stream))
    clock = stream.metadata.get("DURATION", "").split(":")
    try:
        hours, minutes, seconds = (float(part) for part in clock)
    except ValueError:
        return 0.0
    return max(0.0, hours * 3600 + minutes * 60 + seconds)


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The first sound track of which something can be decoded, None when there is none.

    Phones write a spatial track that few can decode before or after an ordinary one. Reads at most a few
    megabytes; the container is somewhere else afterwards.
    """
    return next((s for s in container.streams.audio if can_be_heard(container, s)), None)


def known_sound_stream(container: InputContainer) -> AudioStream | None:
    """The first sound track whose codec is known; nothing is read for it."""
    return next((s for s in container.streams.audio if s.codec_context is not None), None)


def can_be_heard(container: InputContainer, stream: AudioStream) -> bool:
    """Whether one of the track's first packets gives sound."""
    if stream.codec_context is None:
        return False
    container.seek(0)
    try:
        for packet in islice(container.demux(stream), TRIED_SOUND_PACKETS):
            if any(isinstance(frame, AudioFrame) for frame in _decoded(packet)):
                return True
            if (packet.pos or 0) > TRIED_BYTES:
                return False
    except (av.error.FFmpegError, ValueError):
        return False
    return False


def _decoded(packet: "Packet[Any]") -> list[object]:
    try:
        return list(packet.decode())
    except (av.error.FFmpegError, ValueError):
        return []
