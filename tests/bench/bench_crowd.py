"""Honest edits beside a crowd that means harm, and the same edits without it.

    python -m tests.bench.bench_crowd [--crowd 200] [--seconds 60] [--honest 20] [--engine segmind|preview]
                                      [--kinds uploads json floods unread endless]

The app runs as on a public Space, on loopback, against a stand-in of Segmind. Every client has an address of
its own on this machine. The honest ones begin one after the other while the crowd is at work: upload a clip,
call `/edit`, read its stream to the end. The crowd, in equal parts: uploads that are no videos, bodies that
are no JSON or too deep, floods of free edits, streams that are opened and never read, and requests that never
end.
"""

import argparse
import contextlib
import json
import math
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figure import Figure
from tests.support.fake_upstream import FakeUpstream
from tests.support.raw_events import file_data
from tests.support.raw_requests import ask, ask_json, begun, call, elsewhere, multipart
from tests.support.studio_app import CLIPS, App, running_app

KINDS = ["uploads", "json", "floods", "unread", "endless"]
CLIP = (CLIPS / "person_park_1280x720.mp4").read_bytes()


def upload(url: str, content: bytes, source: str, seconds: float = 30) -> str:
    headers, body = multipart(content)
    answer = ask(url, "POST", "/gradio_api/upload", headers, body, source=source, seconds=seconds)
    return answer.json()[0] if answer.status == 200 else ""


def honest_edit(app: App, number: int, engine: str) -> float:
    """Seconds from the choice of a clip to the end of its edit. AssertionError when it did not end well."""
    source, began = elsewhere(10_000 + number), time.monotonic()
    clip = file_data(upload(app.url, CLIP, source))
    key = f"SG_{number:016x}" if engine == "segmind" else ""
    values = [f"winter {number}", clip, "std", "3", "16:9", False, "customize", [], [], key, ""]
    status, told = call(app.url, "edit", values, source=source, seconds=300)
    assert status == 200, status
    assert told is not None, "the stream ended without an answer"
    assert told[1]["stage"] == "COMPLETED", told[1]["error"]
    return time.monotonic() - began


class Crowd:
    """`size` hostile clients, each a thread with an address of its own, until `stop`."""

    def __init__(self, app: App, size: int, wanted: list[str]) -> None:
        self._app, self._over = app, threading.Event()
        self.done: Counter[str] = Counter()
        kinds = [getattr(self, f"_{name}") for name in wanted]
        self._threads = [
            threading.Thread(target=self._go_on, args=(kinds[at % len(kinds)], elsewhere(at)), daemon=True)
            for at in range(size)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(40)

    def _go_on(self, kind: Callable[[str], None], source: str) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError, AssertionError, ValueError, IndexError):
                kind(source)
                self.done[kind.__name__] += 1
            self._over.wait(random.uniform(0.05, 0.3))

    def _uploads(self, source: str) -> None:
        path = upload(self._app.url, random.randbytes(200_000), source, 10)
        if path:
            self._press(source, file_data(path))

    def _json(self, source: str) -> None:
        for body in (b"{" * 50_000, b'{"data": ' + b"[" * 900 + b"]" * 900 + b"}", b"\xff" * 1000, b"null"):
            ask(
                self._app.url,
                "POST",
                "/gradio_api/call/edit",
                {"Content-Type": "application/json"},
                body,
                source=source,
                seconds=10,
            )

    def _floods(self, source: str) -> None:
        path = upload(self._app.url, CLIP, source, 10)
        for _ in range(10):
            self._press(source, file_data(path))

    def _unread(self, source: str) -> None:
        with contextlib.ExitStack() as lines:
            for _ in range(4):
                lines.enter_context(
                    begun(
                        self._app.url,
                        "/gradio_api/queue/data?session_hash=abcdef",
                        {},
                        b"",
                        method="GET",
                        source=source,
                    )
                )
            self._over.wait(5)

    def _endless(self, source: str) -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=edge", "Content-Length": "90000000"}
        with begun(self._app.url, "/gradio_api/upload", headers, b"--edge\r\n", source=source):
            self._over.wait(5)

    def _press(self, source: str, clip: dict) -> None:
        values = [f"rain {random.random()}", clip, "std", "3", "16:9", False, "customize", [], [], "", ""]
        ask_json(self._app.url, "/gradio_api/call/edit", {"data": values}, source=source, seconds=10)


def run(app: App, honest: int, seconds: float, engine: str) -> tuple[list[float], list[str]]:
    """The seconds of those that ended well, and what went wrong with the others."""
    took: list[float] = []
    wrong: list[str] = []

    def one(number: int) -> None:
        try:
            took.append(honest_edit(app, number, engine))
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}"[:300])

    threads = []
    for _ in range(honest):
        threads.append(threading.Thread(target=one, args=(random.randrange(1, 20_000),)))
        threads[-1].start()
        time.sleep(seconds / honest)
    for thread in threads:
        thread.join()
    return took, wrong


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else (values or [0.0])[0]


@dataclass(frozen=True)
class Measured:
    """Without the crowd and beside it: the seconds of the edits that ended well, and what went wrong with the
    others; what the crowd did, by kind."""

    alone: tuple[list[float], list[str]]
    beside: tuple[list[float], list[str]]
    crowd: Counter[str]


def measure(size: int, seconds: float, honest: int, engine: str, kinds: list[str]) -> Measured:
    with FakeUpstream(durations=(0.5, 1.5)) as upstream, tempfile.TemporaryDirectory() as folder:
        settings = {
            "SEGMIND_BASE_URL": upstream.url,
            "SEGMIND_STORAGE_URL": upstream.url,
            "STUDIO_PUBLIC": "1",
        }
        with running_app(Path(folder), whole=True, **settings) as app:
            run(app, 2, 1, engine)  # the first look of a process is slower
            alone = run(app, honest, seconds, engine)
            crowd = Crowd(app, size, kinds)
            crowd.start()
            beside = run(app, honest, seconds, engine)
            crowd.stop()
    return Measured(alone, beside, crowd.done)


def figures(quick: bool = False) -> list[Figure]:
    size, seconds, honest = (60, 15, 8) if quick else (200, 60, 20)
    found = measure(size, seconds, honest, "segmind", KINDS)
    group, name = f"Honest edits beside {size} hostile clients", "without them"
    (alone, _), (beside, _) = found.alone, found.beside
    shares = [100 * len(took) / honest for took in (beside, alone)]
    told = [Figure(group, "edits that ended well", shares[0], "%", shares[1], name, 100.0, "higher")]
    if alone and beside:
        for title, of in (("median time of an edit", statistics.median), ("95th percentile", p95)):
            told.append(Figure(group, title, of(beside), "s", of(alone), name))
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--crowd", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--honest", type=int, default=20)
    parser.add_argument("--engine", choices=("segmind", "preview"), default="segmind")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    options = parser.parse_args()
    found = measure(options.crowd, options.seconds, options.honest, options.engine, options.kinds)
    for name, (took, wrong) in (("alone", found.alone), ("beside", found.beside)):
        print(
            f"{name}: {len(took)} of {options.honest} ended well; median "
            f"{statistics.median(took or [0]):.1f} s, p95 {p95(took):.1f} s, longest "
            f"{max(took or [0]):.1f} s; wrong: {json.dumps(wrong)}"
        )
    times = p95(found.beside[0]) / (p95(found.alone[0]) or math.nan)
    print(f"p95 beside / alone: {times:.2f}; the crowd: {dict(found.crowd)}")


if __name__ == "__main__":
    main()
