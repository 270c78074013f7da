"""A scriptable stand-in for the engine, speaking the contract on loopback, in threads, with nothing but the standard library.

    with FakeUpstream() as upstream:
        upstream.script("submit", hang(5))          # the next submit meets this fault; later ones are served normally
        upstream.always("status", answer(500))      # every status call, until upstream.clear("status")
        client = SegmindClient(upstream.url, upstream.url, upstream.key)
        ...
        assert upstream.submits == 1                # submits whose body arrived whole
        assert len(upstream.accepted) == 1          # jobs that exist, hence are charged

Routes: "submit" "status" "result" "credits" "upload" "file". Faults: see `faults.py` beside this file.

Jobs move QUEUED -> PROCESSING -> COMPLETED or FAILED by `upstream.clock` (time.monotonic unless given; `ManualClock` for tests that
advance it): `upstream.durations = (queued_seconds, running_seconds)`. `upstream.next_jobs` holds JobPlan values for the coming submits;
`finish`, `fail` and `expire` move one job at once. Records older than `retention` seconds are 404. `output_shape` chooses how the result
names its video. Every request is kept in `upstream.seen`.

As a program: `python -m tests.wire.fake_upstream [--port N] [--queued S] [--running S]` prints `ready URL` and serves until stdin closes.
"""

import argparse
import base64
import binascii
import json
import re
import sys
import threading
import time
import uuid
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.wire.faults import Fault

KEY = "SG_0123456789abcdef"
SLUG = "kling-o3-video2video-edit"
CLIP = Path(__file__).resolve().parents[2] / "examples" / "clips" / "bird_960x960.mp4"
AUTH_A = {"error": "Unauthorized", "error_description": "API key is missing", "status_code": 401}
AUTH_B = {"error": "Invalid API key", "status_code": 401}
HTML_405 = b"<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n<h1>Method Not Allowed</h1>\n"
KEEP_UPLOAD = 64 * 2**20


class ManualClock:
    """A clock that moves when told to; callable, in seconds. `sleep` moves it too, so it also serves as a client's sleep."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now, self._lock = now, threading.Lock()
        self.slept: list[float] = []

    def __call__(self) -> float:
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self._now += seconds


@dataclass(frozen=True)
class JobPlan:
    """How a coming job goes. None takes the upstream's own setting."""

    outcome: str = "COMPLETED"
    error: str = "The content was blocked by the safety filter."
    durations: tuple[float, float] | None = None
    output_shape: str | None = None


@dataclass
class FakeJob:
    id: str
    payload: dict
    key: str
    created: float
    plan: JobPlan
    durations: tuple[float, float]
    forced: str | None = None
    expired: bool = False


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


class FakeUpstream:
    """See the module's text. Use as a context manager, or `start()` and `close()`."""

    def __init__(self, *, clock=time.monotonic, durations=(0.0, 0.0), retention: float = 3600.0, video: Path | bytes = CLIP,
                 output_shape: str = "str", extras: bool = False, keys: set[str] | None = None, credits: float = 100.0,
                 port: int = 0) -> None:
        self.clock, self.durations, self.retention = clock, durations, retention
        self.video = video if isinstance(video, bytes) else Path(video).read_bytes()
        self.output_shape, self.extras, self.keys, self.credits = output_shape, extras, keys, credits
        self.key = KEY
        self.next_jobs: deque[JobPlan] = deque()
        self.jobs: dict[str, FakeJob] = {}
        self.seen: list[Seen] = []
        self.submits = 0
        self.connections = 0
        self.uploads: dict[str, tuple[str, bytes | None]] = {}
        self.file_etag: str | None = '"v1"'
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}
        self._lock = threading.RLock()
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    # Life

    def start(self) -> "FakeUpstream":
        """Listen, on the same port as before when there was one."""
        self._server = _Server(("127.0.0.1", self._port), _Handler, self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def stop_listening(self) -> None:
        """Refuse connections from now on; `start()` listens again on the same port."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def close(self) -> None:
        self.stop_listening()

    def __enter__(self) -> "FakeUpstream":
        return self.start()

    def __exit__(self, *_) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def file_url(self) -> str:
        return f"{self.url}/files/result.mp4"

    # Scripting and counting

    def script(self, route: str, *faults: Fault) -> None:
        """The next requests on `route` meet these, one each, in order. Route "connect": connections, before anything is read."""
        with self._lock:
            self._faults[route].extend(faults)

    def always(self, route: str, fault: Fault) -> None:
        with self._lock:
            self._always[route] = fault

    def clear(self, route: str) -> None:
        with self._lock:
            self._faults[route].clear()
            self._always.pop(route, None)

    def fault_for(self, route: str) -> Fault | None:
        with self._lock:
            return self._faults[route].popleft() if self._faults[route] else self._always.get(route)

    def count(self, route: str) -> int:
        """Requests whose head arrived on `route`, faulty ones included."""
        with self._lock:
            return Counter(one.route for one in self.seen)[route]

    @property
    def accepted(self) -> list[FakeJob]:
        """Every job that was created, oldest first: each would be charged."""
        with self._lock:
            return list(self.jobs.values())

    def finish(self, request_id: str) -> None:
        self.jobs[request_id].forced = "COMPLETED"

    def fail(self, request_id: str, error: str = "The content was blocked by the safety filter.") -> None:
        job = self.jobs[request_id]
        job.plan, job.forced = JobPlan("FAILED", error), "FAILED"

    def expire(self, request_id: str) -> None:
        """Forget the record: 404 from now on."""
        self.jobs[request_id].expired = True

    # The contract

    def accept(self, payload: dict, key: str) -> FakeJob:
        with self._lock:
            plan = self.next_jobs.popleft() if self.next_jobs else JobPlan()
            job = FakeJob(uuid.uuid4().hex, payload, key, self.clock(), plan, plan.durations or self.durations)
            self.jobs[job.id] = job
            return job

    def state(self, job: FakeJob) -> str:
        queued, running = job.durations
        age = self.clock() - job.created
        return job.forced or ("QUEUED" if age < queued else "PROCESSING" if age < queued + running else job.plan.outcome)

    def find(self, request_id: str) -> FakeJob | None:
        job = self.jobs.get(request_id)
        gone = job is None or job.expired or self.clock() - job.created > self.retention
        return None if gone else job

    def links(self, job: FakeJob) -> dict:
        home = f"{self.url}/v2/requests/{job.id}"
        return {"request_id": job.id, "status_url": f"{home}/status", "response_url": home}

    def status_body(self, job: FakeJob) -> tuple[int, dict]:
        state = self.state(job)
        body: dict = {"status": state, **self.links(job), "metrics": {}}
        if state == "FAILED":
            return 422, {"status": "FAILED", "error": job.plan.error, "metrics": self._times(job)}
        if self.extras:
            done = {"QUEUED": 0, "PROCESSING": 30, "COMPLETED": 120}[state]
            body |= {"progress": {"frames_done": done, "frames_total": 120},
                     "still_url": f"{self.url}/files/still.jpg" if done else None, "plan": {"engine": "preview", "summary": "A test."}}
        return 200, body

    def result_body(self, job: FakeJob) -> tuple[int, dict]:
        state = self.state(job)
        if state != "COMPLETED":
            return self.status_body(job)
        cost = round(float(job.payload.get("duration", "5")) * (0.315 if job.payload.get("mode") == "std" else 0.42), 3)
        body = {"status": "COMPLETED", **self.links(job)}
        body |= shaped(job.plan.output_shape or self.output_shape, self.file_url)
        body["metrics"] = {"cost": cost, "remaining_credits": self.credits - cost, "retry_count": 0, **self._times(job)}
        if self.extras:
            body["plan"] = {"engine": "preview", "summary": "A test."}
        return 200, body

    def _times(self, job: FakeJob) -> dict:
        queued, running = job.durations
        return {"inference_time": running, "queue_time": queued, "total_time": queued + running}

    def file(self, name: str) -> tuple[str, bytes] | None:
        if name == "result.mp4":
            return "video/mp4", self.video
        kind, data = self.uploads.get(name, ("", None))
        return (kind, data) if data is not None else None


def shaped(shape: str, url: str) -> dict:
    """The ways in which results have been seen to name their video."""
    video = {"url": url, "content_type": "video/mp4", "file_name": "output.mp4", "file_size": 1}
    return {
        "str": {"output": url, "video": video}, "bare": {"output": url}, "list": {"output": [url]},
        "objects": {"output": [{"type": "image", "url": url[:-4] + ".jpg"}, {"type": "video", "url": url}]},
        "url": {"output": {"url": url}}, "video_url": {"output": {"video_url": url}}, "video": {"output": {"video": video}},
        "video_text": {"output": {"video": url}}, "beside": {"output": None, "video": video}, "none": {"output": None},
    }[shape]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, address, handler, upstream: FakeUpstream) -> None:
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


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstream: FakeUpstream

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
        elif path.startswith("/files/"):
            self._play("file", lambda: self._file(path.removeprefix("/files/")), keyed=False)
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
        if fault is not None and fault.before_body(self):
            self._note(None)
            return
        self._read()
        body = _parsed(self.raw)
        self._note(body if isinstance(body, dict) and route == "submit" else None)
        if fault is not None and fault.after_body(self, serve):
            return
        if keyed and not self._keyed():
            return
        serve()

    def _note(self, body) -> None:
        with self.upstream._lock:
            self.upstream.seen.append(Seen(self.route, self.command, self.path, dict(self.headers), time.monotonic(),
                                           self.client_address, body))
            self.upstream.submits += self.route == "submit" and bool(self.raw)

    def _read(self) -> None:
        """The body: whole for a submit, kept up to a limit for an upload; a large one is read and only counted."""
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
        if key and re.fullmatch(r"SG_[0-9a-fA-F]{16}", key) and (self.upstream.keys is None or key in self.upstream.keys):
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
        if int(self.headers.get("Content-Length", 0)) > KEEP_UPLOAD:
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
                data = base64.b64decode(entry[found.end():], validate=True) if len(entry) > 64 or len(self.raw) < 2**18 else None
            except binascii.Error:
                self.send_json(400, {"error": "data_urls must be base64"})
                return
            self.upstream.uploads[name] = (found[1], data)
            urls.append(f"{self.upstream.url}/files/{name}")
        self.send_json(200, {"file_urls": urls, "message": "Files uploaded successfully"})

    def _file(self, name: str, *, ranges: bool = True, cut: int | None = None) -> None:
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

    def send_bytes(self, code: int, data: bytes, kind: str, headers: dict | None = None, *, cut: int | None = None) -> None:
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--queued", type=float, default=0.0)
    parser.add_argument("--running", type=float, default=0.0)
    options = parser.parse_args()
    with FakeUpstream(port=options.port, durations=(options.queued, options.running)) as upstream:
        print(f"ready {upstream.url}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
