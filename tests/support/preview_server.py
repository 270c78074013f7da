"""Preview engines for tests: one in a thread (faults and clocks can be given), one as a real process."""

import base64
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import requests
import uvicorn

from modules.edit.request import SLUG
from modules.preview.__main__ import listen
from modules.preview.http.engine import EngineSettings
from modules.preview.http.server import create_app
from tests.support.preview_faults import FaultyApp
from tests.support.waiting import until

PROJECT = Path(__file__).resolve().parents[2]
CLIP = PROJECT / "examples/clips/dunes_966x544.mp4"
PICTURE = PROJECT / "examples/refs/coffee_600x400.png"
KEY = "SG_0123456789abcdef"
RENDERER = "tests.support.preview_renderers:act"


def alive(pid: int) -> bool:
    """Whether that process runs; one that waits to be reaped does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def render_pid(gate: Path) -> int:
    """The process of a `wait` render, once it runs."""
    until(lambda: gate.with_suffix(".pid").exists() and gate.with_suffix(".pid").read_text())
    return int(gate.with_suffix(".pid").read_text())


def children_of(pid: int) -> set[int]:
    """Every living process below `pid`."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = [tuple(map(int, line.split())) for line in listed.splitlines()]
    found: set[int] = set()
    while True:
        more = {child for child, parent in parents if parent in found | {pid}} - found
        if not more:
            return {child for child in found if alive(child)}
        found |= more


class Caller:
    """The raw contract over HTTP, with nothing in between."""

    def __init__(self, base: str, key: str | None = KEY) -> None:
        self.base = base
        self.headers = {"x-api-key": key} if key else {}

    def get(self, path: str, **options) -> requests.Response:
        return requests.get(
            path if path.startswith("http") else self.base + path, headers=self.headers, timeout=30, **options
        )

    def post(self, path: str, **options) -> requests.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return requests.post(self.base + path, headers=headers, timeout=60, **options)

    def upload(self, *paths: Path, mime: str = "video/mp4", **options) -> list[str]:
        urls = [f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode()}" for path in paths]
        answer = self.post("/upload-asset", json={"data_urls": urls}, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()["file_urls"]

    def submit(self, prompt: str, video_url: str, **parameters) -> dict:
        answer = self.post(f"/v2/{SLUG}", json={"prompt": prompt, "video_url": video_url, **parameters})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self, request_id: str) -> dict:
        return self.get(f"/v2/requests/{request_id}/status").json()

    def wait(self, request_id: str, *states: str, seconds: float = 20.0) -> dict:
        """The first status that is one of `states`; any final one when none are given."""
        wanted = states or ("COMPLETED", "FAILED")
        found: list[dict] = []
        until(lambda: found.append(self.status(request_id)) or found[-1].get("status") in wanted, seconds)
        return found[-1]


@contextlib.contextmanager
def engine_in_thread(
    data: Path, *, faults=None, executor=None, make_fetcher=None, clock=time.time, **settings
) -> Iterator[Caller]:
    """An engine on a free port of this process. `settings` are those of `EngineSettings`."""
    options = {"executor": executor, "clock": clock}
    if make_fetcher is not None:
        options["make_fetcher"] = make_fetcher
    app = create_app(EngineSettings(data, **{"renderer": RENDERER, **settings}), **options)
    if faults is not None:  # outermost, for a fault comes from the network and not from the engine
        app = FaultyApp(app, faults)
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", lifespan="on", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        assert server.started
        yield Caller(f"http://127.0.0.1:{listening.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
        assert not thread.is_alive(), "the engine did not stop"


class EngineProcess:
    """`python -m modules.preview` as a child of the test."""

    def __init__(
        self, data: Path, *arguments: str, renderer: str | None = RENDERER, **environment: str
    ) -> None:
        command = [sys.executable, "-m", "modules.preview", "--port", "0", "--data", str(data), *arguments]
        if renderer:
            command += ["--renderer", renderer]
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        line = self.process.stdout.readline()
        self.seconds_to_ready = time.monotonic() - self.started
        assert line.startswith("ready http://127.0.0.1:"), line
        self.caller = Caller(line.split()[1])

    def __enter__(self) -> "EngineProcess":
        return self

    def __exit__(self, *exception) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)
