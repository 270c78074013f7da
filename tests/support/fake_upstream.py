"""A scriptable stand-in for the engine, speaking the contract on loopback, in threads, with nothing but the
standard library.

    with FakeUpstream() as upstream:
        upstream.script("submit", hang(5))          # the next submit meets this fault; later ones are served
        normally
        upstream.always("status", answer(500))      # every status call, until upstream.clear("status")
        client = SegmindClient(upstream.url, upstream.url, upstream.key)
        ...
        assert upstream.submits == 1                # submits whose body arrived whole
        assert len(upstream.accepted) == 1          # jobs that exist, hence are charged

Routes: "submit" "status" "result" "credits" "upload" "file" "history". Faults: see `faults.py` beside this
file.

Jobs move QUEUED -> PROCESSING -> COMPLETED or FAILED by `upstream.clock` (time.monotonic unless given;
`manual_clock` for tests that advance it): `upstream.durations = (queued_seconds, running_seconds)`.
`upstream.next_jobs` holds JobPlan values for the coming submits; `finish`, `fail` and `expire` move one job
at once. Records older than `retention` seconds are 404. `output_shape` chooses how the result names its
video. Every request is kept in `upstream.seen`. `history` (off until `history.kept`) is the account's request
history, `window` a limit of requests a minute.

As a program: `python -m tests.support.fake_upstream [--port N] [--queued S] [--running S]` prints `ready URL`
and serves until stdin closes.
"""

import argparse
import sys
import threading
import time
import uuid
from collections import Counter, defaultdict, deque
from pathlib import Path

from tests.support.fake_handler import SLUG, Handler, Seen, Server
from tests.support.fake_history import FakeHistory, FixedWindow
from tests.support.fake_job import FakeJob, JobPlan
from tests.support.upstream_faults import Fault

__all__ = ["CLIP", "KEY", "SLUG", "FakeUpstream"]

KEY = "SG_0123456789abcdef"
CLIP = Path(__file__).resolve().parents[2] / "examples" / "clips" / "bird_960x960.mp4"


class FakeUpstream:
    """See the module's text. Use as a context manager, or `start()` and `close()`."""

    def __init__(
        self,
        *,
        clock=time.monotonic,
        durations=(0.0, 0.0),
        retention: float = 3600.0,
        video: Path | bytes = CLIP,
        output_shape: str = "str",
        extras: bool = False,
        keys: set[str] | None = None,
        credits: float = 100.0,
        port: int = 0,
    ) -> None:
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
        self.history = FakeHistory(self)
        self.window = FixedWindow()
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}
        self._lock = threading.RLock()
        self._port = port
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    # Life

    def start(self) -> "FakeUpstream":
        """Listen, on the same port as before when there was one."""
        self._server = Server(("127.0.0.1", self._port), Handler, self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
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
        """The next requests on `route` meet these, one each, in order. Route "connect": connections,
        before anything is read."""
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

    def note(self, one: Seen, *, submitted: bool) -> None:
        """A request arrived, with the body of a submit or without."""
        with self._lock:
            self.seen.append(one)
            self.submits += submitted

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
        self.jobs[request_id].finished_at = self.clock()
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
            job = FakeJob(
                uuid.uuid4().hex, payload, key, self.clock(), plan, plan.durations or self.durations
            )
            self.jobs[job.id] = job
            return job

    def state(self, job: FakeJob) -> str:
        queued, running = job.durations
        age = self.clock() - job.created
        return job.forced or (
            "QUEUED" if age < queued else "PROCESSING" if age < queued + running else job.plan.outcome
        )

    def completed_at(self, job: FakeJob) -> float:
        """When the job became, or will become, COMPLETED, by the upstream's clock."""
        return job.finished_at or job.created + sum(job.durations)

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
        if state == "COMPLETED" and job.told_at is None:
            job.told_at = self.clock()
        if self.extras:
            done = {"QUEUED": 0, "PROCESSING": 30, "COMPLETED": 120}[state]
            body |= {
                "progress": {"frames_done": done, "frames_total": 120},
                "still_url": f"{self.url}/files/still.jpg" if done else None,
                "plan": {"engine": "preview", "summary": "A test."},
            }
        return 200, body

    def result_body(self, job: FakeJob) -> tuple[int, dict]:
        state = self.state(job)
        if state != "COMPLETED":
            return self.status_body(job)
        cost = self.cost_of(job)
        body = {"status": "COMPLETED", **self.links(job)}
        body |= shaped(job.plan.output_shape or self.output_shape, self.file_url)
        body["metrics"] = {
            "cost": cost,
            "remaining_credits": self.credits - cost,
            "retry_count": 0,
            **self._times(job),
        }
        if self.extras:
            body["plan"] = {"engine": "preview", "summary": "A test."}
        return 200, body

    def cost_of(self, job: FakeJob) -> float:
        """Dollars."""
        a_second = 0.315 if job.payload.get("mode") == "std" else 0.42
        return round(float(job.payload.get("duration", "5")) * a_second, 3)

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
        "str": {"output": url, "video": video},
        "bare": {"output": url},
        "list": {"output": [url]},
        "objects": {"output": [{"type": "image", "url": url[:-4] + ".jpg"}, {"type": "video", "url": url}]},
        "url": {"output": {"url": url}},
        "video_url": {"output": {"video_url": url}},
        "video": {"output": {"video": video}},
        "video_text": {"output": {"video": url}},
        "beside": {"output": None, "video": video},
        "none": {"output": None},
    }[shape]


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
