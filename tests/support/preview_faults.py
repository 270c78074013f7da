"""Misbehaviour on purpose, for tests of clients. Given to `create_app` in code; nothing a visitor sends
reaches it."""

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from starlette.types import ASGIApp, Message, Receive, Scope, Send

DRAIN_SECONDS = 5.0
"""How long a cut connection may still take to send the body that is thrown away."""


class Cut(str, Enum):
    """Where a connection is lost."""

    BEFORE = "before"
    """Before the request is read: certainly not accepted, though the client cannot know."""
    AFTER = "after"
    """After the request was carried out: accepted, and the answer never comes."""
    MIDWAY = "midway"
    """Half of the answer's body arrives."""


@dataclass(frozen=True)
class Fault:
    """One rule: for calls named `on` (see `call_name`; `*` is any), after `skip` of them, `times` times (0:
    always).

    `delay` seconds pass before anything else. Then, by what is set: `status` with `body` and `headers` is
    answered without carrying the request out; `cut` loses the connection; `keep_bytes` ends the answer's
    body there, with a matching Content-Length (truncated JSON). With nothing but `delay` the call is slow
    and right.
    """

    on: str = "*"
    status: int | None = None
    body: bytes = b'{"error": "This engine was told to fail."}'
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    delay: float = 0.0
    cut: Cut | None = None
    keep_bytes: int | None = None
    times: int = 1
    skip: int = 0


class Faults:
    """The rules in force, first match first, and a count of the calls that came in. Safe to use from any
    thread."""

    def __init__(self, *rules: Fault) -> None:
        self._lock = threading.Lock()
        self._rules: list[list] = []
        self.seen: Counter[str] = Counter()
        for rule in rules:
            self.add(rule)

    def add(self, rule: Fault) -> None:
        with self._lock:
            self._rules.append([rule, rule.skip, rule.times])

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def take(self, call: str) -> Fault | None:
        """Count a call and return the rule that it meets."""
        with self._lock:
            self.seen[call] += 1
            for entry in self._rules:
                rule, skip, times = entry
                if rule.on not in ("*", call):
                    continue
                if skip:
                    entry[1] -= 1
                    continue
                if rule.times and not times:
                    continue
                entry[2] -= 1
                return rule
        return None


def call_name(method: str, path: str) -> str:
    """`submit sync status result credits upload file` or `other`."""
    if path.startswith("/v2/requests/"):
        return "status" if path.endswith("/status") else "result"
    if path == "/v1/get-user-credits":
        return "credits"
    if method == "POST":
        for prefix, name in (("/v2/", "submit"), ("/v1/", "sync"), ("/upload-asset", "upload")):
            if path.startswith(prefix):
                return name
    return "file" if path.startswith("/files/") else "other"


class FaultyApp:
    """ASGI middleware, outermost, that applies `faults`."""

    def __init__(
        self, app: ASGIApp, faults: Faults, sleep: Callable[[float], Awaitable] = asyncio.sleep
    ) -> None:
        self._app = app
        self._faults = faults
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule = (
            self._faults.take(call_name(scope["method"], scope["path"])) if scope["type"] == "http" else None
        )
        if rule is None:
            await self._app(scope, receive, send)
            return
        if rule.delay:
            await self._sleep(rule.delay)
        if rule.status is not None:
            await _read_all(receive)
            await _answer(send, rule.status, [(k.encode(), v.encode()) for k, v in rule.headers], rule.body)
        elif rule.cut is Cut.BEFORE:
            _lose_connection(send)
        elif rule.cut is not None or rule.keep_bytes is not None:
            await self._spoil(rule, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _spoil(self, rule: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry the request out, then spoil its answer. Small answers are meant: the body is held in
        memory."""
        start: Message = {}
        body = bytearray()

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self._app(scope, receive, hold)
        if rule.cut is Cut.AFTER:
            _lose_connection(send)
        elif rule.cut is Cut.MIDWAY:
            await send(start)
            await send(
                {"type": "http.response.body", "body": bytes(body[: len(body) // 2]), "more_body": True}
            )
            _lose_connection(send, abort=False)
        else:
            await _answer(send, start["status"], start["headers"], bytes(body[: rule.keep_bytes]))


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    kept.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": kept})
    await send({"type": "http.response.body", "body": body})


async def _read_all(receive: Receive) -> None:
    async with asyncio.timeout(DRAIN_SECONDS):
        while (message := await receive())["type"] == "http.request" and message.get("more_body"):
            continue


def _lose_connection(send: Send, abort: bool = True) -> None:
    # ASGI has no message for this; uvicorn's `send` is a method of an object that knows its transport.
    transport = send.__self__.transport
    # abort() drops what is still buffered and resets; close() delivers it first, so that half an answer
    # arrives.
    transport.abort() if abort else transport.close()
