"""Receiving an upload: the body goes to disk as it arrives, capped; what is a clip or a picture by content
is kept."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from modules.preview.http.answers import Refusal
from modules.preview.http.data_urls import BodyError, DataUrlReader
from modules.preview.store.files import MAX_FILE_BYTES, FileStore, type_of

MAX_FILES = 24
"""In one body; a full request refers to fewer."""
BATCH = 512 * 1024
"""Bytes that are decoded in one go on a worker thread, so that the event loop keeps answering polls."""
DRAIN_BYTES = 2 * MAX_FILE_BYTES
"""How much of a refused body is still read. A caller that is writing cannot read the refusal before it has
finished."""


class _Draft:
    """One file being received."""

    def __init__(self, path: Path, limit: int) -> None:
        self.path = path
        self._limit = limit
        self._left = limit
        self._file: IO[bytes] = open(path, "wb")  # noqa: SIM115 - closed by the upload's end

    def write(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            most = f"{self._limit / 2**20:g} MB"
            raise Refusal(413, f"A file is larger than {most}, the most that is taken.")
        self._file.write(data)

    def close(self) -> None:
        self._file.close()


class Upload:
    """The files of one body: all are kept, or none."""

    def __init__(self, store: FileStore, max_bytes: int = MAX_FILE_BYTES) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self._drafts: list[_Draft] = []
        self._reader = DataUrlReader(self._open)

    async def receive(self, body: AsyncIterator[bytes]) -> list[str]:
        """Read the whole body; return the names under which the files are now stored, in order.

        Raises BodyError (the body, or a file in it, is not what it should be), Refusal (a file is too large)
        and OSError (the disk).
        """
        batch = bytearray()
        try:
            async for piece in body:
                batch += piece
                if len(batch) >= BATCH:
                    await asyncio.to_thread(self._reader.feed, bytes(batch))
                    batch.clear()
            await asyncio.to_thread(self._reader.feed, bytes(batch))
            self._reader.finish()
            return await asyncio.to_thread(self._keep)
        except (BodyError, Refusal, OSError):
            await drain(body)
            raise
        finally:
            self._discard()

    def _open(self) -> _Draft:
        if len(self._drafts) >= MAX_FILES:
            raise BodyError(f"At most {MAX_FILES} files are taken in one upload.")
        draft = _Draft(self._store.new_incoming(), self._max_bytes)
        self._drafts.append(draft)
        return draft

    def _keep(self) -> list[str]:
        if not self._drafts:
            raise BodyError('Nothing was uploaded: send {"data_urls": ["data:video/mp4;base64,..."]}.')
        names = []
        for number, draft in enumerate(self._drafts, start=1):
            found = type_of(draft.path)
            if found is None:
                raise BodyError(
                    f"File {number} is neither a clip (mp4, mov, webm, mkv, avi) nor a picture (jpeg, png, "
                    "webp, gif, bmp, tiff, heic, avif), whatever its name says. Nothing was stored."
                )
            names.append(self._store.new_name(found.extension))
        for draft, name in zip(self._drafts, names, strict=True):
            self._store.adopt(draft.path, name)
        return names

    def _discard(self) -> None:
        for draft in self._drafts:
            draft.close()
            draft.path.unlink(missing_ok=True)


async def drain(body: AsyncIterator[bytes], limit: int = DRAIN_BYTES) -> None:
    """Read and drop the rest of a refused body, up to `limit` bytes."""
    async for piece in body:
        limit -= len(piece)
        if limit < 0:
            return
