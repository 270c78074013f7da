"""A file on a visitor's server that can be read like a local one, part by part, within a budget."""

import io
import re
import time
from typing import Protocol

from modules.media.errors import ClipError, MediaError
from modules.media.fetch.pinned import PinnedResponse

BLOCK = 1 << 16
MAX_READ_AHEAD = 8  # blocks; doubling while reading straight on keeps the number of requests small
# Enough for the index of an hour of video; a server that makes us read more is asked for the file itself.
BUDGET = 12 * 2**20
MAX_REQUESTS = 40
# A server without ranges sends from the beginning: this much is looked at, then the line is cut.
WITHOUT_RANGES = 4 * 2**20
NO_RANGES = (
    "This server only sends files whole, and what is needed to judge the clip comes late in it. Download "
    "it and choose the file here instead."
)


class Getter(Protocol):
    """A checked GET, as `SafeFetcher.get` makes it; the answer has status 200 or 206."""

    def __call__(self, url: str, seconds: float, headers: dict[str, str]) -> PinnedResponse: ...


class RemoteFile:
    """Binary, seekable, read only. `size`: bytes of the whole file. `fetched`: bytes received so far.

    After an error every read ends at once; `trouble` keeps the error, with its sentence, for whoever
    opened the file.
    """

    def __init__(self, get: Getter, url: str, seconds: float) -> None:
        self._get, self._url = get, url
        self._deadline = time.monotonic() + seconds
        self._blocks: dict[int, bytes] = {}
        self._place, self._ahead, self._next_block = 0, 1, 0
        self._requests = 0
        self.fetched = 0
        self.trouble: MediaError | None = None
        self._ranges = True
        self.size = 0
        self._fetch(0, 1)

    def read(self, size: int = -1) -> bytes:
        end = self.size if size < 0 else min(self.size, self._place + size)
        out = io.BytesIO()
        while self._place < end:
            number, offset = divmod(self._place, BLOCK)
            if number not in self._blocks:
                try:
                    self._want(number)
                except MediaError as error:
                    # Decoders swallow errors and ask again; they understand an end.
                    self.trouble = self.trouble or error
                    break
            piece = self._blocks[number][offset : offset + end - self._place]
            if not piece:
                break
            out.write(piece)
            self._place += len(piece)
        return out.getvalue()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def _want(self, number: int) -> None:
        if self.trouble:
            raise self.trouble
        if not self._ranges:
            raise ClipError(NO_RANGES)
        self._ahead = min(MAX_READ_AHEAD, self._ahead * 2) if number == self._next_block else 1
        count = self._ahead
        while count > 1 and any(number + i in self._blocks for i in range(count)):
            count -= 1
        self._fetch(number, count)

    def _fetch(self, number: int, count: int) -> None:
        self._requests += 1
        first, wanted = number * BLOCK, count * BLOCK
        if self._requests > MAX_REQUESTS or self.fetched + wanted > BUDGET:
            raise ClipError(
                "This clip cannot be judged from a few parts of it. Download it and choose the file here "
                "instead."
            )
        seconds = max(0.05, self._deadline - time.monotonic())
        with self._get(self._url, seconds, {"Range": f"bytes={first}-{first + wanted - 1}"}) as answer:
            said = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers.get("Content-Range", "").strip())
            if answer.status == 206 and said and int(said[1]) == first:
                total = int(said[3])
                if self.size and total != self.size:
                    raise ClipError(
                        "The file behind this link changes while it is read. Try again, or choose the "
                        "file here."
                    )
                self.size = total
                self._keep(number, self._body(answer, min(wanted, total - first)))
                self._next_block = number + count
                return
            if first or answer.status == 206:
                raise ClipError(NO_RANGES)
            self._ranges = False
            length = answer.headers.get("Content-Length", "")
            self.size = int(length) if length.isdecimal() else 0
            body = self._body(answer, min(WITHOUT_RANGES, self.size or WITHOUT_RANGES))
            if not self.size:
                # No length either: all of it, or more than we look at.
                self.size = len(body) if len(body) < WITHOUT_RANGES else WITHOUT_RANGES * 1000
            self._keep(0, body)

    def _body(self, answer: PinnedResponse, limit: int) -> bytes:
        out = bytearray()
        while len(out) < limit:
            data = answer.read()
            if not data:
                break
            self.fetched += len(data)
            out += data
        return bytes(out[:limit])

    def _keep(self, number: int, body: bytes) -> None:
        for offset in range(0, len(body), BLOCK):
            self._blocks[number + offset // BLOCK] = body[offset : offset + BLOCK]
