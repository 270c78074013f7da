"""Wiring: builds a Runner with its journal, storage, budget and executor from plain values."""

import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from modules.jobs.errors import JournalTrouble
from modules.jobs.hub import Hub
from modules.jobs.replicas.leases import Replica, host_token
from modules.jobs.run.active_job import JobWriter
from modules.jobs.run.context import EngineClients, JobContext
from modules.jobs.run.executor import JobExecutor
from modules.jobs.run.media_gateway import MediaGateway
from modules.jobs.run.poll_schedule import PollSchedule
from modules.jobs.runner import Runner
from modules.jobs.storage import (
    Storage,
    open_data_dir,
    release_reserved_space,
    reserve_space,
    temporary_data_dir,
)
from modules.jobs.store.budget import Budget
from modules.jobs.store.database import BUSY_SECONDS, Database
from modules.jobs.store.journal import LEASE_SECONDS, Journal
from modules.jobs.store.upload_cache import UploadCache
from modules.secret import Secret

_DAMAGED = (
    "The journal of this studio was damaged. It was put aside as {name} and a new one was begun: earlier "
    "edits are not listed. The person who runs this studio may still read their request ids there."
)


def build_runner(
    data_dir: Path,
    engines: EngineClients,
    media: MediaGateway,
    upload: Callable[..., str],
    *,
    database_url: str | Secret = "",
    daily_budget_usd: float = 10.0,
    visitor_daily: int = 0,
    result_days: float = 7.0,
    max_disk_gb: float = 10.0,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    rng: Callable[[], float] = random.random,
    schedule: PollSchedule | None = None,
    patience: float = 1.0,
    busy_seconds: float = BUSY_SECONDS,
    lease_seconds: float = LEASE_SECONDS,
    executor: Mapping[str, Any] | None = None,
    disk_usage: Callable[[Path], Any] = shutil.disk_usage,
) -> Runner:
    """A runner that has not recovered yet: call `.recover()` when the engines answer.

    Never fails over a data directory that cannot be used: it falls back to a temporary one, and
    `runner.notice` says so. JournalTrouble when a `database_url` cannot be reached: then nothing could be
    promised.
    """
    data_dir, notice = open_data_dir(Path(data_dir))
    try:
        database, damaged = _open(data_dir, database_url, busy_seconds)
    except JournalTrouble:
        if database_url:
            raise
        data_dir, notice = temporary_data_dir("its journal cannot be opened")
        database, damaged = _open(data_dir, "", busy_seconds)
    reserve_space(data_dir)
    journal, hub = Journal(database, lease_seconds), Hub(monotonic)
    replica = Replica(data_dir / "replicas", one_host=database.is_sqlite)
    context = JobContext(
        journal=journal,
        writer=JobWriter(journal, hub, replica.id, clock),
        engines=engines,
        media=media,
        storage=Storage(
            data_dir, result_days=result_days, max_gb=max_disk_gb, clock=clock, disk_usage=disk_usage
        ),
        budget=Budget(database, daily_budget_usd, visitor_daily, clock=clock),
        schedule=schedule or PollSchedule(journal.took),
        uploads=UploadCache(database),
        upload=upload,
        place=host_token(),
        clock=clock,
        monotonic=monotonic,
        rng=rng,
        patience=patience,
    )
    return Runner(
        context,
        hub,
        JobExecutor(context, hub, replica, **(executor or {})),
        on_close=database.close,
        notice=" ".join(filter(None, (notice, damaged))) or None,
    )


def _open(data_dir: Path, url: str | Secret, busy_seconds: float) -> tuple[Database, str | None]:
    path = data_dir / "journal.sqlite"
    try:
        return Database(path, url, busy_seconds=busy_seconds), None
    except JournalTrouble as trouble:
        if url:
            raise
        cause = getattr(trouble.__cause__, "orig", None)
        if type(cause) is not sqlite3.DatabaseError:  # locked or full is OperationalError: not damage
            if release_reserved_space(data_dir):
                return _open(data_dir, url, busy_seconds)
            raise
        aside = path.with_name(f"{path.name}.damaged-{int(time.time())}")
        path.rename(aside)
        for tail in ("-wal", "-shm"):
            path.with_name(path.name + tail).unlink(missing_ok=True)
        return Database(path, busy_seconds=busy_seconds), _DAMAGED.format(name=aside.name)
