"""The HTTP face of `FakeUpstream`: one handler a connection, each request met by its fault, checked, then
served."""

import base64
import binascii
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.fake_history import HISTORY

SLUG = "kling-o3-video2video-edit"
AUTH_A = {"error": "Unauthorized", "error_description": "API key is missing", "status_code": 401}
AUTH_B = {"error": "Invalid API key", "status_code": 401}
HTML_405 = (
    b"<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n<h1>Method Not Allowed</h1>\n"
)
KEEP_UPLOAD = 64 * 2**20


@dataclass(frozen=True)
class Seen:
    """One request as it arrived. `body` is the parsed JSON of a submit, else None."""

    route: str
    method: str
    path: str
    headers: dict[str, str]
    at: float
    peer: tuple[str, int]
    body: dict | None = field(default=None, repr=False)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, address, handler, upstream) -> None:
        self.upstream = upstream
        super().__init__(address, handler)

    def process_request(self, request, client_address) -> None:
        self.upstream.connections += 1
        fault = self.upstream.fault_for("connect")
        if fault is not None:
            fault.on_connect(request)
        else:
            super().process_request(request, client_address)

    def handle_error(self, request, client_address) -> None:
        """Clients that go away are part of the plays."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.upstream = self.server.upstream

    def log_message(self, *_) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        found = re.fullmatch(r"/v2/requests/([^/]+)(/status)?", path)
        if found:
            self._play("status" if found[2] else "result", lambda: self._request(found[1], bool(found[2])))
        elif path == "/v1/get-user-credits":
            self._play("credits", lambda: self.send_json(200, {"credits": self.upstream.credits}), keyed=True)
        elif path.startswith(HISTORY):
            self._play("history", lambda: self.send_json(*self.upstream.history.answer(self.path)))
        elif path.startswith("/files/"):
            self._play("file", lambda: self.send_file(path.removeprefix("/files/")), keyed=False)
        else:
            self._play("other", self._wrong_method, keyed=False)

    def do_POST(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/v2/") and path.count("/") == 2:
            self._play("submit", lambda: self._submit(path.removeprefix("/v2/")))
        elif path == "/upload-asset":
            self._play("upload", self._upload)
        else:
            self._play("other", self._wrong_method, keyed=False)

    def do_PUT(self) -> None:
        self._play("other", self._wrong_method, keyed=False)

    do_DELETE = do_PUT

    # One request: note it, meet its fault, check it, serve it

    def _play(self, route: str, serve, keyed: bool = True) -> None:
        self.route, self.raw = route, b""
        fault = self.upstream.fault_for(route)
        if fault is not None and fault.early:
            self._note(None)
            fault.before_body(self)
            return
        self._read()
        body = _parsed(self.raw)
        self._note(body if isinstance(body, dict) and route == "submit" else None)
        if fault is not None and fault.after_body(self, serve):
            return
        if keyed and (not self._keyed() or self._one_too_many()):
            return
        serve()

    def _one_too_many(self) -> bool:
        seconds = self.upstream.window.reset_after()
        if seconds is None:
            return False
        reset = datetime.fromtimestamp(time.time() + seconds, UTC).isoformat()
        self.send_json(429, {"error": "Rate limit exceeded"}, {"x-rate-limit-reset-at-utc": reset})
        return True

    def _note(self, body) -> None:
        headers, now = dict(self.headers), time.monotonic()
        seen = Seen(self.route, self.command, self.path, headers, now, self.client_address, body)
        self.upstream.note(seen, submitted=self.route == "submit" and bool(self.raw))

    def _read(self) -> None:
        """The body: whole for a submit, kept up to a limit for an upload; a large one is read and only
        counted."""
        left = int(self.headers.get("Content-Length", 0))
        keep = left <= KEEP_UPLOAD
        pieces = []
        while left > 0:
            piece = self.rfile.read(min(left, 2**18))
            if not piece:
                raise ConnectionError("the client went away")
            left -= len(piece)
            if keep or not pieces:
                pieces.append(piece)
        self.raw = b"".join(pieces)

    def _keyed(self) -> bool:
        key = self.headers.get("x-api-key")
        if (
            key
            and re.fullmatch(r"SG_[0-9a-fA-F]{16}", key)
            and (self.upstream.keys is None or key in self.upstream.keys)
        ):
            if self.command == "POST" and self.headers.get("Content-Type") != "application/json":
                self.send_json(406, {"error": "Not Acceptable: Content-Type must be application/json"})
                return False
            return True
        self.send_json(401, AUTH_B if key else AUTH_A)
        return False

    def _submit(self, slug: str) -> None:
        payload = _parsed(self.raw)
        if slug != SLUG:
            self.send_json(404, {"error": f"Model {slug} not found"})
        elif not isinstance(payload, dict):
            self.send_json(400, {"error": "Invalid JSON in request body"})
        else:
            job = self.upstream.accept(payload, self.headers.get("x-api-key", ""))
            links = self.upstream.links(job)
            self.send_json(200, {**links, "status": "QUEUED", "poll_url": links["status_url"]})

    def _request(self, request_id: str, short: bool) -> None:
        job = self.upstream.find(request_id)
        if job is None:
            self.send_json(404, {"error": f"Request {request_id} not found"})
        else:
            self.send_json(*(self.upstream.status_body(job) if short else self.upstream.result_body(job)))

    def _upload(self) -> None:
        counted = int(self.headers.get("Content-Length", 0)) > KEEP_UPLOAD
        if counted:
            entries: list = [self.raw[:64].decode("latin1").split('"', 3)[-1]]
        else:
            body = _parsed(self.raw)
            entries = body.get("data_urls", []) if isinstance(body, dict) else []
        urls = []
        for entry in entries:
            found = re.match(r"data:([^;,]+);base64,", entry) if isinstance(entry, str) else None
            if not found:
                self.send_json(400, {"error": "data_urls must be data URLs"})
                return
            name = f"{uuid.uuid4().hex}.{found[1].split('/')[1]}"
            try:
                data = None if counted else base64.b64decode(entry[found.end() :], validate=True)
            except binascii.Error:
                self.send_json(400, {"error": "data_urls must be base64"})
                return
            self.upstream.uploads[name] = (found[1], data)
            urls.append(f"{self.upstream.url}/files/{name}")
        self.send_json(200, {"file_urls": urls, "message": "Files uploaded successfully"})

    def send_file(self, name: str, *, ranges: bool = True, cut: int | None = None) -> None:
        """A file with Range and If-Range; `cut` ends the connection after so many bytes of this answer."""
        found = self.upstream.file(name)
        if found is None:
            self.send_json(404, {"error": "Not found"})
            return
        kind, data = found
        etag, start, code = self.upstream.file_etag, 0, 200
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")) if ranges else None
        if asked and self.headers.get("If-Range", etag) == etag:
            start, code = int(asked[1]), 206
        if start >= len(data) > 0:
            self.send_bytes(416, b"", kind, {"Content-Range": f"bytes */{len(data)}"})
            return
        headers = {"Accept-Ranges": "bytes"} | ({"ETag": etag} if etag else {})
        if code == 206:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self.send_bytes(code, data[start:], kind, headers, cut=cut)

    def _wrong_method(self) -> None:
        self.send_bytes(405, HTML_405, "text/html; charset=utf-8", {"Allow": "POST"})

    # Writing

    def send_json(self, code: int, body: object, headers: dict | None = None) -> None:
        self.send_bytes(code, json.dumps(body).encode(), "application/json", headers)

    def send_bytes(
        self, code: int, data: bytes, kind: str, headers: dict | None = None, *, cut: int | None = None
    ) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data if cut is None else data[:cut])
        if cut is not None:
            self.drop()

    def drop(self) -> None:
        """End the connection without another byte."""
        self.close_connection = True
        self.wfile.flush()


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        return None
