"""The core of every download: size cap, stall rule, progress, and a file that appears whole or not at all."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from modules.media.atomic import replacing

ByteProgress = Callable[[int, int | None], None]
"""Told of bytes done, and of all of them where that is known. What it raises ends the transfer."""


class DownloadTooLarge(Exception):
    """Raised when a body is, or is said to be, larger than allowed."""


class DownloadStalled(Exception):
    """Raised when a body comes too slowly."""


class BoundedDownload:
    """A file that is being filled, in one piece or in several. `total`: bytes in all, None until known.

    `stalled(bytes so far)` says when a transfer makes too little progress.
    """

    def __init__(
        self, file: BinaryIO, max_bytes: int, stalled: Callable[[int], bool], on_progress: ByteProgress | None
    ) -> None:
        self.file = file
        self.total: int | None = None
        self._max_bytes, self._stalled, self._on_progress = max_bytes, stalled, on_progress

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self.file.tell()

    def expect(self, total: int | None) -> None:
        """Take note of the size that the server promises. Raises DownloadTooLarge."""
        self.total = total
        if total is not None and total > self._max_bytes:
            raise DownloadTooLarge

    def restart(self) -> None:
        """Forget what has come, its size included."""
        self.file.seek(0)
        self.file.truncate()
        self.total = None

    def pour(self, pieces: Iterable[bytes]) -> None:
        """Append all of `pieces`. Raises DownloadTooLarge and DownloadStalled."""
        for piece in pieces:
            self.file.write(piece)
            done = self.size
            if done > self._max_bytes:
                raise DownloadTooLarge
            if self._stalled(done):
                raise DownloadStalled
            if self._on_progress is not None:
                self._on_progress(done, self.total)


@contextlib.contextmanager
def bounded_download(
    target: Path,
    *,
    max_bytes: int,
    stalled: Callable[[int], bool],
    on_progress: ByteProgress | None = None,
    durable: bool = False,
) -> Iterator[BoundedDownload]:
    """A download that becomes `target` when the block ends without an error. `durable`: see `replacing`."""
    with replacing(target, durable=durable) as temporary, temporary.open("w+b") as file:
        yield BoundedDownload(file, max_bytes, stalled, on_progress)
