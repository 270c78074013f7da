"""What can go wrong on the wire, as values for `FakeUpstream.script` and `.always`.

`accepted=True` on a submit fault means that the job was created (and would be charged) although the answer is
faulty.
"""

import json
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime


@dataclass(frozen=True)
class Fault:
    """Base: meets a request, or a connection, and does nothing. `after_body` says True when nothing is
    left to serve."""

    early = False
    """Whether it acts before the body is read."""

    def on_connect(self, sock: socket.socket) -> None:
        close(sock)

    def before_body(self, handler) -> None:
        """Act on an early fault; the request ends with it."""

    def after_body(self, handler, serve) -> bool:
        return False


def close(sock: socket.socket, *, reset: bool = False) -> None:
    """Close at once; `reset` sends RST instead of FIN."""
    if reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        if not reset:
            sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()


def _end(handler, reset: bool) -> None:
    handler.close_connection = True
    if reset:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.rfile.close()
        handler.connection.close()
    else:
        close(handler.connection)


@dataclass(frozen=True)
class _Drop(Fault):
    reset: bool = False
    early: bool = False
    accepted: bool = False

    def on_connect(self, sock) -> None:
        close(sock, reset=self.reset)

    def before_body(self, handler) -> None:
        _end(handler, self.reset)

    def after_body(self, handler, serve) -> bool:
        if self.accepted:
            quietly(handler, serve)
        _end(handler, self.reset)
        return True


@dataclass(frozen=True)
class _Hang(Fault):
    seconds: float = 5.0
    accepted: bool = True
    then_serve: bool = False

    def on_connect(self, sock) -> None:
        time.sleep(self.seconds)
        close(sock)

    def after_body(self, handler, serve) -> bool:
        if self.then_serve:
            time.sleep(self.seconds)
            return False
        if self.accepted:
            quietly(handler, serve)
        time.sleep(self.seconds)
        _end(handler, False)
        return True


@dataclass(frozen=True)
class _Answer(Fault):
    code: int = 200
    body: bytes = b"{}"
    kind: str = "application/json"
    headers: dict = field(default_factory=dict)
    accepted: bool = False
    make_headers: Callable[[], dict] | None = None

    def after_body(self, handler, serve) -> bool:
        if self.accepted:
            quietly(handler, serve)
        handler.send_bytes(
            self.code,
            self.body,
            self.kind,
            {**self.headers, **(self.make_headers() if self.make_headers else {})},
        )
        return True


@dataclass(frozen=True)
class _Mangle(Fault):
    """Serve normally, then send only a part of the answer: `claim` says whether Content-Length promises
    the whole."""

    keep: float = 0.5
    claim: bool = True

    def after_body(self, handler, serve) -> bool:
        code, data, kind, headers = quietly(handler, serve)
        part = data[: int(len(data) * self.keep)]
        if self.claim:
            handler.send_bytes(code, data, kind, headers, cut=len(part))
        else:
            handler.send_bytes(code, part, kind, headers)
        return True


@dataclass(frozen=True)
class _Trickle(Fault):
    """Serve normally, but one byte at a time."""

    pause: float = 0.1
    head: bool = False

    def after_body(self, handler, serve) -> bool:
        code, data, kind, _ = quietly(handler, serve)
        head = f"HTTP/1.1 {code} OK\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        slow = head + data if self.head else data
        if not self.head:
            handler.wfile.write(head)
        for at in range(len(slow)):
            handler.wfile.write(slow[at : at + 1])
            handler.wfile.flush()
            time.sleep(self.pause)
        return True


@dataclass(frozen=True)
class _File(Fault):
    """For route "file": cut after `cut` bytes, or take no notice of Range."""

    cut: int | None = None
    ranges: bool = True

    def after_body(self, handler, serve) -> bool:
        handler.send_file(
            handler.path.split("?")[0].removeprefix("/files/"), ranges=self.ranges, cut=self.cut
        )
        return True


@dataclass(frozen=True)
class _Echo(Fault):
    """A hostile server that puts the caller's key into its answer, wherever `template` says {key}."""

    code: int = 400
    template: str = '{"error": "bad request with key {key}"}'
    kind: str = "application/json"

    def after_body(self, handler, serve) -> bool:
        text = self.template.replace("{key}", handler.headers.get("x-api-key", ""))
        handler.send_bytes(
            self.code, text.encode(), self.kind, {"X-Echo": handler.headers.get("x-api-key", "")}
        )
        return True


def quietly(handler, serve) -> tuple[int, bytes, str, dict]:
    """Do what `serve` does, such as creating the job, and return its answer instead of sending it."""
    caught: list = []
    handler.send_bytes = lambda code, data, kind, headers=None, cut=None: caught.append(
        (code, data, kind, headers or {})
    )
    try:
        serve()
    finally:
        del handler.send_bytes
    return caught[0]


def close_before_reading(*, reset: bool = False) -> Fault:
    """Close once the head has come, before the body is read. On route "connect": accept, then close before
    reading anything."""
    return _Drop(reset=reset, early=True)


def close_after_body(*, accepted: bool = True, reset: bool = False) -> Fault:
    return _Drop(accepted=accepted, reset=reset)


def hang(seconds: float, *, accepted: bool = True) -> Fault:
    """Take the request, say nothing for `seconds`, then close. On route "connect": nothing is ever read."""
    return _Hang(seconds, accepted)


def slow(seconds: float) -> Fault:
    """Serve normally, but only after `seconds`."""
    return _Hang(seconds, then_serve=True)


def answer(
    code: int,
    body: object = None,
    *,
    kind: str = "application/json",
    headers: dict | None = None,
    accepted: bool = False,
) -> Fault:
    """An explicit answer. `body` as JSON, or bytes as they are; the default is the contract's envelope."""
    if body is None:
        body = {"error": f"Scripted answer {code}"}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return _Answer(code, data, kind, headers or {}, accepted)


def not_json(*, accepted: bool = True) -> Fault:
    """200 with an HTML body, such as a captive portal's."""
    return answer(200, b"<html><body>Welcome to the hotel</body></html>", kind="text/html", accepted=accepted)


def truncated(keep: float = 0.5, *, claim: bool = True) -> Fault:
    """The normal answer cut short: with a Content-Length that promises more, or (`claim=False`) one that
    fits the cut."""
    return _Mangle(keep, claim)


def trickle(pause: float = 0.1, *, head: bool = False) -> Fault:
    """The normal answer byte by byte; `head=True` starts with the status line."""
    return _Trickle(pause, head)


def html405() -> Fault:
    return answer(405, b"<!doctype html>\n<title>405 Method Not Allowed</title>", kind="text/html")


def redirect(place: str, code: int = 302) -> Fault:
    return answer(code, b"", headers={"Location": place})


def rate_limited(
    seconds: float, form: str = "iso", *, clock=time.time, header: str = "x-rate-limit-reset-at-utc"
) -> Fault:
    """429 whose reset lies `seconds` after the moment of answering. `form`: iso, naive, epoch, ms, http,
    seconds, none."""

    def headers() -> dict:
        at = clock() + seconds
        moment = datetime.fromtimestamp(at, UTC)
        text = {
            "iso": moment.isoformat().replace("+00:00", "Z"),
            "naive": moment.replace(tzinfo=None).isoformat(),
            "epoch": f"{at:.3f}",
            "ms": str(int(at * 1000)),
            "http": format_datetime(moment, usegmt=True),
            "seconds": f"{seconds:g}",
        }
        return {} if form == "none" else {header: text[form]}

    return _Answer(429, b'{"error": "Rate limit exceeded"}', make_headers=headers)


def cut_file(after: int) -> Fault:
    """Route "file": the connection ends after `after` bytes of this answer's body."""
    return _File(cut=after)


def no_ranges(cut: int | None = None) -> Fault:
    """Route "file": Range is not honoured."""
    return _File(ranges=False, cut=cut)


def echo_key(
    code: int = 400, template: str = '{"error": "bad request with key {key}"}', kind: str = "application/json"
) -> Fault:
    return _Echo(code, template, kind)
