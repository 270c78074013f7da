"""Open an unknown file as video without giving the decoder library any way to reach other files or the
network.

Three locks, each enough alone: the container is told from the first bytes and named to the demuxer, so a
playlist or a concat script is never even guessed at; the library is handed bytes, not a name; and every
attempt of a demuxer to open something else is refused.
"""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
from av.container import InputContainer
from av.stream import Stream

from modules.media.errors import ClipError, MediaError
from modules.media.read.file_types import HEAD_BYTES, demuxer_of

NOT_A_VIDEO = "This file is not a video the studio can read. Choose an MP4, MOV, WebM, MKV, AVI or GIF file."
BUFFER = 1 << 18
BROADCASTS = ("mpegts", "mpeg")
"""Containers without a header at the beginning: what is in them shows as they are read."""
PATIENCE = {"analyzeduration": "30000000", "probesize": str(24 * 2**20)}
"""For those, when they are here: microseconds and bytes in which the first key frame must come, for it alone
says how large the picture is. FFmpeg would give up after seven seconds."""

av.logging.set_level(None)


class ByteSource(Protocol):
    """A binary file that can be read and sought."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...


class _Nameless:
    """The bytes of a file without its name, against which the library would otherwise resolve paths."""

    def __init__(self, file: ByteSource) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _refuse(url: str, flags: int, options: dict[str, Any]) -> None:
    raise ClipError("This file keeps its pictures in another file. Export it as one MP4 and choose that.")


@contextlib.contextmanager
def opened(source: str | Path | ByteSource, *, buffer: int = BUFFER) -> Iterator[InputContainer]:
    """An open container over a local path or a seekable binary file, for as long as the block lasts.

    The only place where files of others are opened as video, for conforming and for the preview alike.
    Raises MediaError when it is no video container, when it is empty, or when the library cannot make sense
    of it. What decoding raises later, `reading_errors` translates.
    """
    with contextlib.ExitStack() as stack:
        file: ByteSource
        if isinstance(source, (str, Path)):
            try:
                file = stack.enter_context(Path(source).open("rb"))
            except OSError as error:
                raise ClipError("The clip is no longer there. Choose it again.") from error
        else:
            file = source
        file.seek(0)
        head = file.read(HEAD_BYTES)
        file.seek(0)
        if not head:
            raise ClipError("This file is empty. Choose another clip.")
        name = demuxer_of(head)
        if name is None:
            raise ClipError(NOT_A_VIDEO)
        options = {"protocol_whitelist": "none", "max_streams": "64"}
        if name in BROADCASTS and buffer >= BUFFER:
            options |= PATIENCE
        with reading_errors():
            container = stack.enter_context(
                av.open(
                    _Nameless(file),
                    "r",
                    format=name,
                    io_open=_refuse,
                    buffer_size=buffer,
                    metadata_errors="replace",
                    options=options,
                )
            )
        yield container


@contextlib.contextmanager
def reading_errors() -> Iterator[None]:
    """Turn whatever the decoder library raises on damaged data into a MediaError with a sentence."""
    try:
        yield
    except MediaError:
        raise
    except (
        av.error.FFmpegError,
        ValueError,
        IndexError,
        EOFError,
        OverflowError,
        ZeroDivisionError,
    ) as error:
        raise ClipError(
            "This video is damaged and cannot be read. Export it again as MP4 (H.264) and choose the new "
            "file."
        ) from error


def time_base_of(stream: Stream) -> Fraction:
    """The unit of the stream's times in seconds. A demuxer always sets it."""
    assert stream.time_base is not None
    return stream.time_base


def start_of(stream: Stream) -> float:
    """The time in seconds, in the file's own count, at which the stream begins."""
    return float((stream.start_time or 0) * time_base_of(stream))
