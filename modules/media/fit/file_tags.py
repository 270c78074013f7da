"""Writes tags into the metadata of an MP4 file, whose packets stay bit for bit.

PyAV copies the packets into a new file. That is compared with the old one, packet by packet and by what is
seen of it, before it takes its place; whatever cannot be copied so is left as it is.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from modules.media.atomic import replacing
from modules.media.errors import ClipError
from modules.media.fit.remux import mp4_output
from modules.media.read.clip import ClipFacts, probe
from modules.media.read.file_types import type_of
from modules.media.read.opening import opened, reading_errors


class NotTagged(ClipError):
    """Raised for a file that is left as it is: no MP4, damaged, or one that would not be the same."""

    def __init__(self, why: str) -> None:
        super().__init__(f"No tags were written into this file: {why}.")


def tag(path: str | Path, tags: Mapping[str, str]) -> bool:
    """Write `tags` (names of FFmpeg and PyAV: title, comment, description) into the MP4 at `path`, in the
    place of those of the same names. True when the file is written anew, whole or not at all. Raises
    MediaError and leaves it as it is."""
    path = Path(path)
    kind = type_of(path)
    if kind is None or kind.media_type != "video/mp4":
        raise NotTagged("it is no MP4 file")
    seen = _seen(path)
    with replacing(path, durable=True) as temporary:
        with opened(path) as source, mp4_output(temporary) as target, reading_errors():
            _copy(source, target, tags)
        with opened(path) as before, opened(temporary) as after, reading_errors():
            if any(after.metadata.get(name) != text for name, text in tags.items()):
                raise NotTagged("they cannot be read back")
            for one, other in zip_longest(_packets(before), _packets(after)):
                if one != other:
                    raise NotTagged("its packets would not be the same")
        if _seen(temporary) != seen:
            raise NotTagged("it would not be shown as it was")
    return True


def _copy(source: InputContainer, target: OutputContainer, tags: Mapping[str, str]) -> None:
    copied = {}
    for stream in source.streams:
        if not isinstance(stream, VideoStream | AudioStream) or stream.codec_context is None:
            raise NotTagged("it has a track that cannot be copied")
        copied[stream.index] = target.add_stream_from_template(stream)
    if not copied:
        raise NotTagged("it has no tracks")
    target.metadata.update({**source.metadata, **tags})
    for packet in source.demux():
        if packet.dts is not None:
            packet.stream = copied[packet.stream.index]
            target.mux(packet)


def _packets(container: InputContainer) -> Iterator[tuple[object, ...]]:
    for packet in container.demux():
        yield (
            packet.stream.index,
            *(packet.pts, packet.dts, packet.duration, packet.size),
            *(packet.is_keyframe, packet.time_base),
            zlib.crc32(packet),
        )


def _seen(path: Path) -> ClipFacts:
    """What is seen of a clip: size, turn, shape of its pixels, colours, length. Not what its tags say."""
    return replace(probe(path), size_bytes=0, bytes_read=0, made_with=None)
