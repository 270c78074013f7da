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
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import requests

from tests.bench.figure import Figure
from tests.support.fake_job import FakeJob, JobPlan
from tests.support.fake_upstream import FakeUpstream
from tests.support.load_streams import (
    DONE,
    SECONDS,
    Server,
    call_stream,
    edit_stream,
    ended,
    key_of,
    opened,
    page_stream,
    sample,
)
from tests.support.many_streams import Stream
from tests.support.raw_events import RawPage
from tests.support.studio_app import PROJECT, App, free_port, running_app
from tests.support.waiting import until

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
    with running_app(whole=True, **settings) as app:
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
