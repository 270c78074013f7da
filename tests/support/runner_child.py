"""A studio process that can be killed: a Runner with the real client, against a fake upstream, started by a
fork server.

`Studio(data, upstream)` starts one; `.kill()` is SIGKILL. It can also be told to kill itself at an exact
point: `die="before:QUEUED"` just before that stage is written, `"after:QUEUED"` just after, `"copying"` in
the middle of the copy.
"""

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from modules.edit.framing import Framing
from modules.edit.request import EditRequest
from modules.jobs.build import build_runner
from modules.jobs.job import Job
from modules.jobs.run.poll_schedule import PollSchedule
from modules.jobs.runner import Runner
from modules.jobs.store.database import Database
from modules.jobs.store.job_leases import LEASE_SECONDS
from modules.jobs.store.journal import Journal
from modules.secret import Secret
from modules.segmind.asset_upload import upload
from modules.segmind.client import SegmindClient
from tests.support.forks import FORKS
from tests.support.scripted_media import CLIP, Media

KEY = "SG_0123456789abcdef"
STAGES = ("UPLOADING", "SUBMITTING", "QUEUED", "PROCESSING", "SAVING", "COMPLETED")
POINTS = [f"{when}:{stage}" for stage in STAGES for when in ("before", "after")] + ["copying"]
"""Where a process may be killed."""


class SlowMedia(Media):
    """Takes a moment over each clip, so that a kill can fall into it."""

    def conform(self, source, target, plan, **options) -> None:
        time.sleep(0.05)
        return super().conform(source, target, plan, **options)


class Engines:
    """The owner's key for Segmind; the same upstream plays the preview."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: dict[tuple, SegmindClient] = {}

    def client(self, engine: str, key: Secret | None) -> SegmindClient:
        key = key or Secret(KEY)
        wanted = (engine, key)
        if wanted not in self._clients:
            self._clients[wanted] = SegmindClient(
                self.url, self.url, key, free=engine == "preview", requests_per_minute=0
            )
        return self._clients[wanted]


@dataclass(frozen=True)
class Setting:
    """What a studio process is told. Jobs are (visitor, prompt, engine, key) each."""

    data: str
    url: str
    database_url: str = ""
    jobs: tuple[tuple[str, str, str, str | None], ...] = ()
    die: str = ""
    beat: float = 3.0
    lease: float = LEASE_SECONDS
    disk: str = ""
    """The live journal's folder, when `data` is a mounted bucket."""


def open_runner(setting: Setting, engines: Engines | None = None) -> Runner:
    return build_runner(
        Path(setting.data),
        engines or Engines(setting.url),
        SlowMedia(),
        upload,
        database_url=setting.database_url,
        daily_budget_usd=1e6,
        person_daily=0,
        schedule=PollSchedule(scale=0.002),
        patience=0.05,
        lease_seconds=setting.lease,
        executor={"beat": setting.beat},
        journal_dir=Path(setting.disk) if setting.disk else None,
        copying={"every": 0.2, "stale_seconds": 1.0},
    )


def active(setting: Setting, ready, started) -> None:
    """The whole life of the process; it ends by being killed, or when `ready` is closed at the other end."""
    engines = Engines(setting.url)
    _arm(engines, setting.die)
    runner = open_runner(setting, engines)
    runner.recover()
    for visitor, prompt, engine, key in setting.jobs:
        request = EditRequest(prompt=prompt, video_url=str(CLIP))
        started.send(runner.start(request, Framing(), visitor, key and Secret(key), engine))
    started.send(None)
    with contextlib.suppress(EOFError):
        ready.recv()
    runner.close()


def _arm(engines: Engines, die: str) -> None:
    if not die:
        return
    when, _, stage = die.partition(":")
    saved = Journal.save

    def save(journal: Journal, job: Job, *args, **options) -> bool:
        if when == "before" and job.stage == stage:
            _die()
        done = saved(journal, job, *args, **options)
        if when == "after" and job.stage == stage:
            _die()
        return done

    Journal.save = save
    if when == "copying":
        client = engines.client("segmind", None)
        copied = client.download
        client.download = lambda url, target: copied(url, target, lambda done, total: _die())


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class Studio:
    """One such process. A context manager: what still runs at the end is ended."""

    def __init__(self, setting: Setting) -> None:
        theirs, self._ready = FORKS.Pipe(duplex=True)
        ids, their_ids = FORKS.Pipe(duplex=False)
        self.process = FORKS.Process(target=active, args=(setting, theirs, their_ids), daemon=True)
        self.process.start()
        theirs.close()
        their_ids.close()
        self.job_ids: list[str] = []
        self._ids = ids

    def started(self) -> list[str]:
        """The ids of the jobs it began, once it has begun them all; those it managed, when it died
        meanwhile."""
        try:
            while (job_id := self._ids.recv()) is not None:
                self.job_ids.append(job_id)
        except (EOFError, OSError):
            pass
        return self.job_ids

    def kill(self) -> None:
        self.process.kill()
        self.process.join(10)

    def close(self) -> None:
        self._ready.close()
        self.process.join(10)
        if self.process.is_alive():
            self.kill()

    def __enter__(self) -> "Studio":
        return self

    def __exit__(self, *_) -> None:
        self.kill()


class Onlooker:
    """Reads the journal from outside, as it is on the disk."""

    def __init__(self, data: Path, database_url: str = "") -> None:
        self.database = Database(Path(data) / "journal.sqlite", database_url)
        self.journal = Journal(self.database)

    def jobs(self, job_ids: list[str]) -> list[Job]:
        return [job for job in map(self.journal.get, job_ids) if job]

    def close(self) -> None:
        self.database.close()
