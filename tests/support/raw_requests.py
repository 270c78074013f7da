"""Requests of no browser, as a visitor can send who does not use the page."""

import contextlib
import http.client
import json
import select
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

JOIN = "/gradio_api/queue/join"
JSON = {"Content-Type": "application/json"}


def elsewhere(number: int) -> str:
    """An address of this machine that is another client to a server; "" where there is only one."""
    with socket.socket() as probe:
        try:
            probe.bind((f"127.0.{number // 250}.{number % 250 + 2}", 0))
            return probe.getsockname()[0]
        except OSError:
            return ""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. `headers` have lower-case names; `seconds` passed until the body was read."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


def connection(url: str, seconds: float, source: str = "") -> http.client.HTTPConnection:
    """A connection to the server of `url`, from the address `source` if one is given."""
    return http.client.HTTPConnection(
        urlsplit(url).netloc, timeout=seconds, source_address=(source, 0) if source else None
    )


def ask(
    url: str,
    method: str,
    target: str,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    *,
    seconds: float = 30,
    most: int | None = None,
    source: str = "",
) -> Answer:
    """One request whose target is sent byte for byte; `requests` would decode `%5F` and remove `..`.

    With `most` the answer is a stream without an end: at most so many bytes of it are read, none when none
    come in time.
    """
    began, line = time.monotonic(), connection(url, seconds, source)
    sent = {"Host": urlsplit(url).netloc, "Accept-Encoding": "identity", **(headers or {})}
    sent |= {} if body is None else {"Content-Length": str(len(body))}
    try:
        line.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            line.putheader(name, value)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
            line.endheaders(body)
        answer = line.getresponse()
        told: dict[str, str] = {}
        for name, value in answer.getheaders():
            told[name.lower()] = f"{told[name.lower()]}, {value}" if name.lower() in told else value
        try:
            content = answer.read() if most is None else answer.read1(most)
        except TimeoutError:
            if most is None:
                raise
            content = b""
        return Answer(answer.status, told, content, time.monotonic() - began)
    finally:
        line.close()


def ask_json(
    url: str, target: str, value: Any, headers: dict[str, str] | None = None, **options: Any
) -> Answer:
    """POST `value` as JSON."""
    return ask(url, "POST", target, JSON | (headers or {}), json.dumps(value).encode(), **options)


def post_many(url: str, bodies: Iterable[dict], source: str = "") -> list[int]:
    """The status codes of many events that are posted and never read; 0 where there was no answer."""

    def post(part: list[dict]) -> list[int]:
        codes, line = [], connection(url, 10, source)
        for body in part:
            try:
                line.request("POST", JOIN, json.dumps(body), JSON)
                answer = line.getresponse()
                answer.read()
                codes.append(answer.status)
            except (OSError, http.client.HTTPException):
                line.close()
                codes.append(0)
        line.close()
        return codes

    bodies, threads = list(bodies), 4
    codes = [0] * len(bodies)
    with ThreadPoolExecutor(threads) as pool:
        for at, part in enumerate(pool.map(post, [bodies[at::threads] for at in range(threads)])):
            codes[at::threads] = part
    return codes


def call(
    url: str,
    name: str,
    data: Any,
    *,
    seconds: float = 60,
    source: str = "",
    headers: dict[str, str] | None = None,
) -> tuple[int, Any]:
    """A named endpoint as a program calls it: the POST's status, and the data of the last answer, if any.

    `data`: the inputs in order, or by name as a dict (/call/v2). `source`, `headers`: as `ask` takes them.
    """
    by_name = isinstance(data, dict)
    sent, version = (data, "v2/") if by_name else ({"data": data}, "")
    asked = ask_json(url, f"/gradio_api/call/{version}{name}", sent, headers, seconds=seconds, source=source)
    if asked.status != 200:
        return asked.status, None
    place = f"/gradio_api/call/{name}/{asked.json()['event_id']}"
    stream = ask(url, "GET", place, seconds=seconds, source=source)
    told = [json.loads(line[5:]) for line in stream.text.splitlines() if line.startswith("data:")]
    return 200, next((one for one in reversed(told) if isinstance(one, list)), None)


@contextlib.contextmanager
def begun(
    url: str, target: str, headers: dict[str, str], *body: bytes, method: str = "POST", source: str = ""
) -> Iterator[socket.socket]:
    """A request of which only the pieces of `body` are sent, whatever its headers promise: its open socket.

    Nothing more is sent when an answer is there.
    """
    parts = urlsplit(url)
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
        "",
    ]
    place = (source, 0) if source else None
    with socket.create_connection((parts.hostname, parts.port), 10, place) as line:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in ("\r\n".join(lines).encode(), *body):
                if select.select([line], [], [], 0.005)[0]:
                    break
                line.sendall(piece)
        yield line


def status_of(line: socket.socket, seconds: float) -> int | None:
    """The status of the answer; 0 when the line was closed without one, None when nothing came in time."""
    line.settimeout(seconds)
    try:
        said = line.recv(4096)
    except TimeoutError:
        return None
    except ConnectionError:
        return 0
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/") else 0


def multipart(content: bytes, name: str = "clip.mp4") -> tuple[dict[str, str], bytes]:
    """Headers and body of an upload of one file."""
    head = f'--edge\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--edge--\r\n"
    return {"Content-Type": "multipart/form-data; boundary=edge", "Content-Length": str(len(body))}, body
