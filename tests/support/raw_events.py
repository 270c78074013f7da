"""The page's events posted by hand, as a visitor can who does not use the page; requests of no browser."""

import contextlib
import http.client
import json
import re
import secrets
import select
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import requests

FORM = {
    "prompt": "Make it winter",
    "video": None,
    "video_url": "",
    "mode": "pro",
    "aspect_ratio": "16:9",
    "duration": 5,
    "keep_audio": False,
    "shot_type": "customize",
    "references": {"images": [], "elements": []},
    "start": 0,
    "fit": "crop",
    "short": "ask",
}
"""What stands in the form, in the order of `modules.ui.form.Form`."""
JOIN = "/gradio_api/queue/join"
JSON = {"Content-Type": "application/json"}
ENDS = ("process_completed", "unexpected_error", "close_stream")


def elsewhere(number: int) -> str:
    """An address of this machine that is another client to a server; "" where there is only one."""
    with socket.socket() as probe:
        try:
            probe.bind((f"127.0.{number // 250}.{number % 250 + 2}", 0))
            return probe.getsockname()[0]
        except OSError:
            return ""


def fields(**form: Any) -> list:
    """The values of the form's components, in the page's order; entries that are not named are as in FORM."""
    return [value for name, value in (FORM | form).items()]


def file_data(path: str) -> dict:
    """A FileData dict, as Gradio's own client sends one."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def problems_in(html: str) -> dict[str, str]:
    """What the list beside the button says is wrong, by component."""
    found = re.findall(r'<a href="#" data-field="([^"]*)">(.*?)</a>', html, re.DOTALL)
    return {unescape(name): unescape(sentence) for name, sentence in found}


# -- requests


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


# -- events


class RawPage:
    """One visitor of the app at `url`.

    `visitor` is the token that the browser would keep: by default one that the server made. `source`, an
    address of this machine, is where the visitor's events come from.
    """

    source = ""
    headers: dict[str, str] | None = None
    """Sent with every event."""

    def __init__(self, url: str, visitor: str | None = None) -> None:
        self.url = url
        if visitor:
            self.visitor = visitor

    def another(self, visitor: str | None = None, source: str = "") -> "RawPage":
        """Another visitor of the same app."""
        page = RawPage(self.url, visitor)
        page.config, page.source = self.config, source
        return page

    @cached_property
    def visitor(self) -> Any:
        return self.another("none").values("arrive", [""])[0]

    @cached_property
    def config(self) -> dict:
        return requests.get(f"{self.url}/config", timeout=20).json()

    def number(self, name: str) -> int:
        """The number of the event `name` (a handler's name)."""
        return next(d["id"] for d in self.config["dependencies"] if d["api_name"] == name)

    def body(self, name: str | int, data: Any, event: Any = None, session: str | None = None) -> dict:
        """What is posted for the event `name`, or for the one with that number."""
        return {
            "data": data,
            "fn_index": name if isinstance(name, int) else self.number(name),
            "session_hash": session or secrets.token_hex(6),
            "event_data": event,
        }

    def join(self, name: str | int, data: Any, event: Any = None, session: str | None = None) -> Answer:
        """Post an event and do not read what it answers: the answer to the POST itself."""
        return ask_json(
            self.url, JOIN, self.body(name, data, event, session), self.headers, source=self.source
        )

    def told(self, session: str, seconds: float = 60) -> list[dict]:
        """All that the events of `session` answer, until one ends. AssertionError when that takes longer."""
        told, deadline, line = [], time.monotonic() + seconds, connection(self.url, seconds, self.source)
        try:
            line.request("GET", f"/gradio_api/queue/data?session_hash={session}")
            answer, connected = line.getresponse(), line.sock
            while said := answer.readline():
                if said.startswith(b"data:"):
                    told.append(json.loads(said[5:]))
                    if told[-1]["msg"] in ENDS:
                        break
                if connected:
                    connected.settimeout(max(0.01, deadline - time.monotonic()))
        except TimeoutError:
            raise AssertionError(f"no end within {seconds} s: {[one['msg'] for one in told]}") from None
        finally:
            line.close()
        return told

    def post(
        self, name: str | int, data: Any, event: Any = None, session: str | None = None, seconds: float = 60
    ) -> list[dict]:
        """All that the event answers, until it ends; one message `refused` when the POST itself was."""
        session = session or secrets.token_hex(6)
        asked = self.join(name, data, event, session)
        assert asked.status < 500, f"{name}: {asked.status} {asked.text[:300]}"
        if asked.status >= 400:
            return [{"msg": "refused", "status": asked.status, "output": {}}]
        return self.told(session, seconds)

    def values(self, name: str, data: list, event: Any = None) -> list | None:
        """What the event puts into its outputs at the end; None when it was refused."""
        return self.post(name, data, event)[-1]["output"].get("data")

    def start(self, *, key: str = "", engine: str | None = "preview", **form: Any) -> dict[str, str]:
        """Press Edit video: the problems by component, `{}` when an edit was begun."""
        told = self.values("start", [self.visitor, engine, key, "", *fields(**form)])
        return {"refused": "by Gradio"} if told is None else problems_in(told[3])

    def act(self, action: str, job_id: str, *, key: str = "", session: str | None = None) -> list | None:
        """A button on a job: what is put into the form, the tabs and the prompts to compare."""
        event = {"action": action, "job_id": job_id}
        return self.post("act", [self.visitor, key, "", None], event, session)[-1]["output"].get("data")

    def history(self) -> list[dict]:
        return self.values("edits", [self.visitor, "", None])[0]["jobs"]

    def upload(self, name: str, content: bytes) -> str:
        """The path of an uploaded file."""
        place = f"{self.url}/gradio_api/upload"
        return requests.post(place, files={"files": (name, content)}, timeout=20).json()[0]

    def uploaded(self, content: bytes, name: str = "clip.mp4") -> dict:
        """An uploaded file as the value of the clip's component."""
        return file_data(self.upload(name, content))

    def fetch(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}/gradio_api/file={path}", timeout=20)
