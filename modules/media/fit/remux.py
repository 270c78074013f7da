"""Copying the picture of a clip that fits, packet by packet, into a file that holds nothing else."""

from collections.abc import Callable
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from modules.media.read.frames import decoded
from modules.media.read.opening import opened, time_base_of
from modules.media.read.requirements import LENGTH_SLACK
from modules.media.read.tracks import picture_stream


def mp4_output(path: Path) -> OutputContainer:
    """An MP4 to be written, with its index at the beginning and no metadata."""
    # No limit on how far one stream may run ahead: sound and picture are written one after the other and the
    # muxer is to interleave them all the same.
    return av.open(
        str(path), "w", format="mp4", options={"movflags": "+faststart", "max_interleave_delta": "0"}
    )


def can_copy(container: InputContainer, stream: VideoStream, zero: float) -> bool:
    """Whether the packets of `stream` can be copied as they are. They cannot when the clip begins with
    pictures that an edit list hides, which a copy would show, or when their order is not that of decoding."""
    first, last = round(zero / time_base_of(stream)), None
    container.seek(0)
    for packet in container.demux(stream):
        if packet.size == 0:
            continue
        if packet.pts is None or packet.dts is None or packet.is_discard or packet.pts < first:
            return False
        if last is not None and packet.dts <= last:
            return False
        last = packet.dts
    return last is not None


def copy_picture(
    container: InputContainer,
    stream: VideoStream,
    output: OutputContainer,
    zero: float,
    add_sound: Callable[[], None],
) -> None:
    """Copy the packets of `stream` so that the time `zero` (seconds in the file's own count) becomes 0.

    `add_sound` is called when the picture's stream is declared.
    """
    target = output.add_stream_from_template(stream)
    target.metadata.clear()
    add_sound()
    first = round(zero / time_base_of(stream))
    container.seek(0)
    for packet in container.demux(stream):
        if packet.size and packet.pts is not None and packet.dts is not None:
            packet.pts, packet.dts = packet.pts - first, packet.dts - first
            packet.stream = target
            output.mux(packet)


def is_readable(path: Path, seconds: float) -> bool:
    """Whether all of the copy at `path` can be decoded: an index may list what is only zeros in the file."""
    end = 0.0
    with opened(path) as container:
        stream = picture_stream(container)
        for now, frame in decoded(container, stream, 0.0):
            if frame.is_corrupt:
                return False
            end = now + float((frame.duration or 0) * time_base_of(stream))
    return end > seconds - LENGTH_SLACK
