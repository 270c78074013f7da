"""Wiring: builds a Runner with its journal, storage, budget and executor from plain values."""

import random
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from modules.jobs.errors import JournalTrouble
from modules.jobs.hub import Hub
from modules.jobs.job import Job
from modules.jobs.opening import open_at, open_journal
from modules.jobs.replicas.leases import Replica, host_token
from modules.jobs.run.active_job import JobWriter, Observer
from modules.jobs.run.context import EngineClients, JobContext
from modules.jobs.run.executor import JobExecutor
from modules.jobs.run.fit_ahead import FitAhead
from modules.jobs.run.media_gateway import MediaGateway
from modules.jobs.run.poll_schedule import PollSchedule
from modules.jobs.runner import Runner
from modules.jobs.storage import (
    Storage,
    open_data_dir,
    reserve_space,
    temporary_data_dir,
)
from modules.jobs.store.budget import Budget
from modules.jobs.store.database import BUSY_SECONDS
from modules.jobs.store.file_system import unfit_for_sqlite
from modules.jobs.store.job_leases import LEASE_SECONDS
from modules.jobs.store.journal import Journal
from modules.jobs.store.shares import Shares
from modules.jobs.store.upload_cache import UploadCache
from modules.secret import Secret


def build_runner(
    data_dir: Path,
    engines: EngineClients,
    media: MediaGateway,
    upload: Callable[..., str],
    *,
    free_media: MediaGateway | None = None,
    takes_up: Callable[[Job], bool] = lambda job: True,
    withdraws: Callable[[Job], bool] = lambda job: False,
    database_url: str | Secret = "",
    journal_dir: Path | None = None,
    daily_budget_usd: float = 10.0,
    person_daily: int = 0,
    address_daily: int = 0,
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
    unfit: Callable[[Path], str | None] = unfit_for_sqlite,
    copying: Mapping[str, Any] | None = None,
    observe: Observer | None = None,
    ahead_allowed: Callable[[str], bool] = lambda address: True,
) -> Runner:
    """A runner that has not recovered yet: call `.recover()` when the engines answer.

    Never fails over a data directory that cannot be used: it falls back to a temporary one, and
    `runner.notice` says so. JournalTrouble when a `database_url` cannot be reached: then nothing could be
    promised. `observe` is told of every change of a job. `takes_up`, `withdraws`: see `JobContext`;
    `ahead_allowed`: `FitAhead`. `unfit`
    says why SQLite cannot work in a folder; `journal_dir` and `copying`: see `open_journal`.
    """
    data_dir, notice = open_data_dir(Path(data_dir))
    try:
        opened = open_journal(
            data_dir,
            database_url,
            busy_seconds,
            journal_dir=journal_dir,
            unfit=unfit,
            copying=copying or {},
        )
    except JournalTrouble:
        if database_url:
            raise
        data_dir, notice = temporary_data_dir("its journal cannot be opened")
        opened = open_at(data_dir, busy_seconds)
    for folder in {data_dir, opened.folder}:
        reserve_space(folder)
    database = opened.database
    journal, hub = Journal(database, lease_seconds), Hub(monotonic)
    replica = Replica(opened.folder / "replicas", one_host=database.is_sqlite)
    context = JobContext(
        journal=journal,
        writer=JobWriter(journal, hub, replica.id, clock, observe),
        engines=engines,
        media=media,
        free_media=free_media,
        takes_up=takes_up,
        withdraws=withdraws,
        storage=Storage(
            data_dir, result_days=result_days, max_gb=max_disk_gb, clock=clock, disk_usage=disk_usage
        ),
        budget=Budget(database, daily_budget_usd, person_daily, address_daily, clock=clock),
        schedule=schedule or PollSchedule(journal.took),
        uploads=UploadCache(database),
        upload=upload,
        place=host_token(),
        clock=clock,
        monotonic=monotonic,
        rng=rng,
        patience=patience,
    )
    carries = JobExecutor(context, hub, replica, **(executor or {}))
    return Runner(
        context,
        hub,
        carries,
        Shares(database),
        FitAhead(context, carries, ahead_allowed),
        on_close=opened.close,
        notice=lambda: " ".join(filter(None, (notice, opened.notice()))) or None,
    )
