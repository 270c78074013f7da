"""Local files to public URLs, in constant memory.

`POST /upload-asset` takes `{"data_urls": ["data:video/mp4;base64,...", ...]}`. The body is never built: its
exact length is known from the files' sizes, and it is produced while it is sent, one block of a file at a
time. An upload costs nothing, so it is repeated after any fault, from the start of the file.
"""

import base64
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from modules.media.fetch.bounded_download import ByteProgress
from modules.segmind import errors, parsing
from modules.segmind.responses import Answer

# A multiple of 3, so that blocks encode to base64 without padding between them: 256 KiB of body.
BLOCK = 3 * 2**16
_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")


class AssetStorage(Protocol):
    """What an upload needs of a client."""

    def ask_storage(
        self, sent: "Callable[[], Sent]", read: Callable[[Answer], list[str] | None], *, seconds: float
    ) -> list[str]: ...


class Sent:
    """The JSON body as an iterable of byte blocks with an exact length in bytes. May be iterated once for
    each attempt.

    `on_progress(done, total)` counts bytes of the files. Raises UploadFailed when a file is unreadable or
    not as long as it was.
    """

    def __init__(self, files: Sequence[tuple[Path, str]], on_progress: ByteProgress | None = None) -> None:
        self._files = [(path, _size(path), _head(kind)) for path, kind in files]
        self._on_progress = on_progress
        self.total = sum(size for _, size, _ in self._files)
        quotes = sum(len(head) + 4 * -(-size // 3) + 1 for _, size, head in self._files)
        self._length = len(b'{"data_urls":[') + quotes + max(0, len(self._files) - 1) + len(b"]}")

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        done = 0
        yield b'{"data_urls":['
        for index, (path, size, head) in enumerate(self._files):
            yield (b"," if index else b"") + head
            for block in _blocks(path, size):
                yield base64.b64encode(block)
                done += len(block)
                if self._on_progress is not None:
                    self._on_progress(done, self.total)
            yield b'"'
        yield b"]}"


def _head(content_type: str) -> bytes:
    kind = content_type.strip().lower()
    if not _TYPE.fullmatch(kind):
        raise ValueError("a content type looks like video/mp4")
    return json.dumps(f"data:{kind};base64,")[:-1].encode()


def _size(path: Path) -> int:
    try:
        size = path.stat().st_size if path.is_file() else 0
    except OSError:
        size = 0
    if not size:
        raise _unreadable(path)
    return size


def _unreadable(path: Path) -> errors.UploadFailed:
    return errors.UploadFailed(
        f"The file {path.name} is missing, empty or changed while it was sent. Nothing was charged. Choose "
        "it again."
    )


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    """The file in blocks of exactly BLOCK bytes (the last may be shorter); exactly `size` bytes in all."""
    left = size
    try:
        # The caller's own buffer is the block; a second one inside the file object would only copy.
        with open(path, "rb", buffering=0) as file:
            while left:
                wanted = min(BLOCK, left)
                block = bytearray()
                while len(block) < wanted:
                    piece = file.read(wanted - len(block))
                    if not piece:
                        raise _unreadable(path)
                    block += piece
                yield bytes(block)
                left -= wanted
            if os.fstat(file.fileno()).st_size != size:
                raise _unreadable(path)
    except OSError:
        raise _unreadable(path) from None


def upload_files(
    client: AssetStorage, files: Sequence[tuple[Path, str]], on_progress: ByteProgress | None = None
) -> list[str]:
    """Send several files in one request; their public URLs in the same order.

    `files` are (path, content type) pairs. `on_progress(bytes_done, bytes_total)` starts again from 0 with
    each attempt; what it raises ends the upload and reaches the caller unchanged, which is the way to
    cancel. Raises the client's errors, and UploadFailed for a file that cannot be read.
    """
    if not files:
        return []
    Sent(files)

    def read(answer: Answer) -> list[str] | None:
        urls = parsing.urls_in(answer.value)
        return urls if len(urls) == len(files) else None

    # The limit follows the size: two hours for the largest body would only hide a dead line.
    seconds = 120 + sum(_size(path) for path, _ in files) * 4 / 3 / 100_000
    return client.ask_storage(lambda: Sent(files, on_progress), read, seconds=seconds)


def upload(
    client: AssetStorage, path: str | Path, content_type: str, on_progress: ByteProgress | None = None
) -> str:
    """Send one file; its public URL. See `upload_files`."""
    return upload_files(client, [(Path(path), content_type)], on_progress)[0]
