"""Many event streams read at once by one thread: what each one told is stamped as it arrives.

A thread for each of a thousand streams, or a parser for each, would measure the reader.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Client:
    """One client of the server at `url`, from the address `source` of this machine ("": any)."""

    url: str
    source: str = ""

    async def ask(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, bytes]:
        """Status and body of a short answer, over a connection of its own."""
        stream = await self.open(method, target, {"Connection": "close", **(headers or {})}, body)
        await stream.over
        head, _, content = bytes(stream.raw).partition(b"\r\n\r\n")
        return (int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/") else 0), content

    async def post(self, target: str, value: Any) -> Any:
        """The JSON answer to `value` posted as JSON. AssertionError for another status than 200."""
        sent = json.dumps(value).encode()
        status, said = await self.ask("POST", target, {"Content-Type": "application/json"}, sent)
        assert status == 200, f"{target}: {status} {said[:300]!r}"
        return json.loads(said)

    async def open(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> "Stream":
        """Send a request; its answer, which goes on arriving."""
        parts = urlsplit(self.url)
        lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        local = (self.source, 0) if self.source else None
        made = asyncio.get_running_loop().create_connection(
            Stream, parts.hostname, parts.port, local_addr=local
        )
        transport, stream = await made
        transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        return stream


class Stream(asyncio.Protocol):
    """The answer to one request. `over` is done when it has ended, `whole` says whether properly;
    `first(b"word")` is when that was first in it."""

    def __init__(self) -> None:
        self.raw = bytearray()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.whole = False
        self._marks: dict[bytes, float | None] = {}
        self._transport: Any = None

    def mark(self, word: bytes) -> None:
        """Note when `word` first arrives."""
        self._marks[word] = time.monotonic() if word in self.raw else None

    def first(self, word: bytes) -> float | None:
        return self._marks[word]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self.raw += data
        for word, at in self._marks.items():
            if at is None and self.raw.find(word, max(0, len(self.raw) - len(data) - len(word))) >= 0:
                self._marks[word] = now
        if self.raw.endswith(_LAST_CHUNK):
            self.whole = True
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)

    def close(self) -> None:
        self._transport.close()
