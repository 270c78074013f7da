"""Many at once: how soon those who watch a job hear of its end, and what that costs.

    python -m tests.bench.bench_load [--quick]

Everything is on loopback, against a stand-in of Segmind that notes when a job was complete, and when a status
first said so. Every client has an address of its own on this machine, as on a public Space (STUDIO_PUBLIC).

- one job, a thousand pages: sessions of one visitor with the events, and the two streams, of a page that is
  opened while the job runs;
- four hundred jobs with a stream each: a quarter begun by `/edit`, as curl and as the official clients ask,
  the others by pages that follow a request id;
- the usual way: a small Gradio app with a sync generator that polls every 2 s in one of 40 threads
  (`tests/support/usual_way.py`). It gets fewer of both: who waits for a thread there would take all day.

"Delay" is from the moment at which the job was complete upstream to the watcher's event that says COMPLETED.
"Beyond the poll" leaves out the time until the app asked again: it begins when a status said COMPLETED. The
file is fetched and its poster drawn in that time, which the usual way does not do. How long a poll may be
away is the schedule's choice, for edits that take minutes (`bench_poll`): these end earlier than it expects.
"""

import argparse
import asyncio
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.bench.figure import Figure
from tests.support.fake_upstream import FakeJob, FakeUpstream, JobPlan
from tests.support.many_streams import Client, Stream
from tests.support.media_samples import clip
from tests.support.raw_events import RawPage, elsewhere, file_data, multipart
from tests.support.studio_app import PROJECT, App, free_port, running_app
from tests.support.waiting import until

SECONDS = 3
DONE = b'"COMPLETED"'
OPENED_AT_ONCE = 40
STEADY_SECONDS = 5.0
"""How long a thousand pages watch before their job ends."""
ENDLESS = (0.5, 3600.0)
PATIENCE = 120.0


@dataclass(frozen=True)
class Load:
    """What was measured of one load. `delays`, `beyond`: seconds, one for each stream that said COMPLETED;
    `cores`: CPU seconds of the server's process in a second; `peak`: MB; `lost`: streams that ended without
    that, or broke off."""

    streams: int
    delays: list[float]
    beyond: list[float]
    lost: int
    cores: float
    peak: float


class Server:
    """A process that is measured."""

    def __init__(self, pid: int, url: str) -> None:
        self.url, self._process = url, psutil.Process(pid)
        self._cpu = self._wall = 0.0

    def begin(self) -> None:
        self._cpu, self._wall = self._used(), time.monotonic()

    def cores(self) -> float:
        """CPU seconds in a second since `begin`."""
        return (self._used() - self._cpu) / (time.monotonic() - self._wall)

    def peak(self) -> float:
        """The largest resident size so far, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    def _used(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


@cache
def sample(width: int = 1280, height: int = 720) -> bytes:
    """A clip that needs no fitting: what media work costs is measured elsewhere (`bench_media`)."""
    with tempfile.TemporaryDirectory() as folder:
        return clip(Path(folder) / "clip.mp4", width, height, SECONDS).read_bytes()


async def opened(makers: Iterable[Callable[[], Any]]) -> list[Stream]:
    """The streams that the makers open, some at a time."""
    turns = asyncio.Semaphore(OPENED_AT_ONCE)

    async def one(make: Callable[[], Any]) -> Stream:
        async with turns:
            stream: Stream = await make()
            stream.mark(DONE)
            return stream

    return await asyncio.gather(*(one(make) for make in makers))


async def ended(streams: Iterable[Stream], seconds: float) -> None:
    """Wait for the ends; what is open after `seconds` is closed, and so lost."""
    streams = list(streams)
    await asyncio.wait([asyncio.ensure_future(one.over) for one in streams], timeout=seconds)
    for one in streams:
        one.close()


async def page_stream(app: Server, page: RawPage, number: int, event: str, *values: Any) -> Stream:
    """The stream of a page that was just opened: `event` gives it a job, then it watches that."""
    client, session = Client(app.url, elsewhere(1000 + number)), secrets.token_hex(6)
    join, data = "/gradio_api/queue/join", f"/gradio_api/queue/data?session_hash={session}"
    alive = await client.open("GET", f"/gradio_api/heartbeat/{session}")
    await client.post(join, page.body(event, [page.visitor, *values], session=session))
    told = await client.open("GET", data)
    await told.over
    await client.post(join, page.body("watch", [page.visitor, None], session=session))
    stream = await client.open("GET", data)
    stream.over.add_done_callback(lambda _: alive.close())
    return stream


async def call_stream(url: str, number: int, name: str, values: list) -> Stream:
    """A named endpoint as a program without a library asks it."""
    client = Client(url, elsewhere(1000 + number))
    event = (await client.post(f"/gradio_api/call/{name}", {"data": values}))["event_id"]
    return await client.open("GET", f"/gradio_api/call/{name}/{event}")


async def edit_stream(app: Server, page: RawPage, number: int) -> Stream:
    """An edit by `/edit` with an uploaded clip: by turns as curl and as the official clients ask."""
    client = Client(app.url, elsewhere(1000 + number))
    headers, body = multipart(sample())
    headers.pop("Content-Length")
    status, said = await client.ask("POST", "/gradio_api/upload", headers, body)
    assert status == 200, said
    source, key = file_data(said.decode().split('"')[1]), key_of(number)
    values = [f"winter {number}", source, "std", "3", "16:9", False, "customize", [], [], key, ""]
    if number % 2:
        return await call_stream(app.url, number, "edit", values)
    session = secrets.token_hex(6)
    await client.post("/gradio_api/queue/join", page.body("edit", values, session=session))
    return await client.open("GET", f"/gradio_api/queue/data?session_hash={session}")


def measured(
    server: Server, upstream: FakeUpstream, streams: list[Stream], job_of: Callable[[int], FakeJob]
) -> Load:
    """The figures of streams that have ended; `job_of` says what the stream with a number watched."""
    delays, beyond = [], []
    for number, stream in enumerate(streams):
        heard = stream.first(DONE)
        if heard is not None and stream.whole:
            job = job_of(number)
            delays.append(heard - upstream.completed_at(job))
            beyond.append(heard - (job.told_at or heard))
    lost = len(streams) - len(delays)
    return Load(len(streams), delays, beyond, lost, server.cores(), server.peak())


async def one_job(app: Server, upstream: FakeUpstream, watchers: int) -> Load:
    """One job, many pages of its visitor."""
    page = RawPage(app.url)
    upstream.next_jobs.append(JobPlan(durations=ENDLESS))
    said = page.start(key=upstream.key, engine="segmind", video=page.uploaded(sample()), duration=SECONDS)
    assert said == {}, said
    until(lambda: upstream.accepted)
    return await _one_job(
        *(app, upstream, upstream.accepted[0], watchers), lambda at: page_stream(app, page, at, "arrive")
    )


async def usual_one_job(usual: Server, upstream: FakeUpstream, watchers: int) -> Load:
    upstream.next_jobs.append(JobPlan(durations=ENDLESS))
    job = upstream.accept({"prompt": "winter"}, upstream.key)
    return await _one_job(
        *(usual, upstream, job, watchers), lambda at: call_stream(usual.url, at, "watch", [job.id])
    )


async def _one_job(
    server: Server, upstream: FakeUpstream, job: FakeJob, watchers: int, watch: Callable[[int], Any]
) -> Load:
    streams = await opened(partial(watch, at) for at in range(watchers))
    server.begin()
    await asyncio.sleep(STEADY_SECONDS)
    upstream.finish(job.id)
    await ended(streams, PATIENCE)
    return measured(server, upstream, streams, lambda _: job)


async def many_jobs(app: Server, upstream: FakeUpstream, jobs: int, spread: float) -> Load:
    """A stream for each job; the jobs end within `spread` seconds of each other. Every fourth is an edit."""
    page, rng = RawPage(app.url), random.Random(1)
    page.number("edit"), page.visitor
    known: dict[int, FakeJob] = {}

    def watch(at: int) -> Any:
        durations = (2.0, 10.0 + rng.random() * spread)
        if at % 4 == 0:
            upstream.next_jobs.append(JobPlan(durations=durations))
            return edit_stream(app, page, at)
        known[at] = upstream.accept({"prompt": f"winter {at}"}, key_of(at))
        known[at].durations = durations
        return page_stream(app, page, at, "follow", key_of(at), known[at].id)

    before = {job.id for job in upstream.accepted}
    app.begin()
    streams = await opened(partial(watch, at) for at in range(jobs))
    await ended(streams, PATIENCE + spread)
    return measured(app, upstream, streams, _by_prompt(upstream, before))


async def usual_many_jobs(usual: Server, upstream: FakeUpstream, jobs: int, spread: float) -> Load:
    rng, before = random.Random(1), {job.id for job in upstream.accepted}
    upstream.next_jobs.extend(JobPlan(durations=(2.0, rng.random() * spread)) for _ in range(jobs))
    usual.begin()
    streams = await opened(
        partial(call_stream, usual.url, at, "edit", [f"winter {at}"]) for at in range(jobs)
    )
    await ended(streams, PATIENCE + spread)
    return measured(usual, upstream, streams, _by_prompt(upstream, before))


def _by_prompt(upstream: FakeUpstream, before: set[str]) -> Callable[[int], FakeJob]:
    jobs = {job.payload["prompt"]: job for job in upstream.accepted if job.id not in before}
    return lambda number: jobs[f"winter {number}"]


@contextmanager
def studio(upstream: FakeUpstream) -> Iterator[App]:
    """The app as on a public Space."""
    settings = {"SEGMIND_BASE_URL": upstream.url, "SEGMIND_STORAGE_URL": upstream.url, "STUDIO_PUBLIC": "1"}
    with running_app(**settings) as app:
        yield app


@contextmanager
def usual_way(upstream: FakeUpstream) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "tests.support.usual_way", upstream.url, str(port)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 60
    try:
        while True:
            try:
                requests.get(url, timeout=5)
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline and process.poll() is None, "the usual way did not start"
                time.sleep(0.1)
        yield Server(process.pid, url)
    finally:
        process.terminate()
        process.wait()


def key_of(number: int) -> str:
    """Every visitor's own key."""
    return f"SG_{number:016x}"


def share(values: list[float], percent: int) -> float:
    """The percentile of the values; infinite when there are none."""
    if len(values) < 2:
        return values[0] if values else float("inf")
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@dataclass(frozen=True)
class Loads:
    """What the two apps did with both loads."""

    one: Load
    many: Load
    usual_one: Load
    usual_many: Load


def measure(quick: bool = False) -> Loads:
    """Everything, within a minute when `quick`, else within three on two idle cores."""
    watchers, jobs, spread = (200, 60, 10.0) if quick else (1000, 400, 45.0)
    usual_watchers, usual_jobs = (120, 40) if quick else (400, 80)
    video = sample(320, 240)
    with FakeUpstream(video=video) as upstream, studio(upstream) as app:
        server = Server(app.process.pid, app.url)
        one = asyncio.run(one_job(server, upstream, watchers))
        many = asyncio.run(many_jobs(server, upstream, jobs, spread))
    with FakeUpstream(video=video) as upstream, usual_way(upstream) as usual:
        usual_one = asyncio.run(usual_one_job(usual, upstream, usual_watchers))
        usual_many = asyncio.run(usual_many_jobs(usual, upstream, usual_jobs, 6.0))
    return Loads(one, many, usual_one, usual_many)


def figures(quick: bool = False) -> list[Figure]:
    loads = measure(quick)
    return [
        *_figures(f"One job, {loads.one.streams} watchers", loads.one, loads.usual_one),
        *_figures(f"{loads.many.streams} jobs, a watcher each", loads.many, loads.usual_many),
    ]


def _figures(group: str, ours: Load, usual: Load) -> list[Figure]:
    name = f"usual way, {usual.streams} of them"
    found = []
    for percent in (50, 95, 99):
        told, theirs = share(ours.delays, percent), share(usual.delays, percent)
        found.append(Figure(group, f"delay, p{percent}", told, "s", theirs, name))
    for percent in (50, 95, 99):
        told, theirs = share(ours.beyond, percent), share(usual.beyond, percent)
        target = 0.25 if percent == 95 else None
        found.append(Figure(group, f"beyond the poll, p{percent}", told, "s", theirs, name, target))
    return [
        *found,
        Figure(group, "CPU of the app", ours.cores, "cores", usual.cores, name, 1.0),
        Figure(group, "peak memory of the app", ours.peak, "MB", usual.peak, name, 500.0),
        Figure(group, "streams lost", float(ours.lost), "", float(usual.lost), name, 0.0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer of everything, in a minute")
    group = ""
    for one in figures(parser.parse_args().quick):
        if one.group != group:
            group = one.group
            print(
                f"\n{group:<36}{'ours':>10}{'usual':>10}   target   {one.yardstick_name}: Gradio, 40 threads"
            )
        target = "" if one.target is None else f"{one.target:g}"
        print(f"{one.name:<36}{one.value:>10.2f}{one.yardstick:>10.2f}   {target:<8} {one.unit}")


if __name__ == "__main__":
    main()
