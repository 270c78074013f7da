"""Publishes each version of a job to the watchers that wait for it. A thousand watchers of a job cost one
wake-up, and no read of the journal."""

import asyncio
import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable

from modules.jobs.job import Job

IDLE_SECONDS = 30.0
"""A job that nobody has watched for this long is forgotten here."""


class Hub:
    """The latest version of every watched job, and the watchers to wake."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._latest: dict[str, Job] = {}
        self._asked: dict[str, float] = {}
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]]] = defaultdict(
            set
        )

    def publish(self, job: Job) -> None:
        """Tell the watchers. An older version than the known one is ignored."""
        with self._lock:
            known = self._latest.get(job.job_id)
            if known and known.version >= job.version:
                return
            if known or job.job_id in self._waiting:
                self._latest[job.job_id] = job
        self._wake(job.job_id)

    def _wake(self, job_id: str) -> None:
        with self._lock:
            waiting = self._waiting.pop(job_id, set())
        by_loop = defaultdict(list)
        for loop, future in waiting:
            by_loop[loop].append(future)
        for loop, futures in by_loop.items():
            with contextlib.suppress(RuntimeError):  # that loop is closed: its watchers are gone
                loop.call_soon_threadsafe(_resolve, futures)

    def latest(self, job_id: str) -> Job | None:
        """The job, when it is being watched."""
        with self._lock:
            if job_id in self._latest:
                self._asked[job_id] = self._clock()
            return self._latest.get(job_id)

    def forget(self, job_id: str) -> None:
        """What was known here may be ahead of the journal: the next version counts, whatever its number."""
        with self._lock:
            self._latest.pop(job_id, None)
        self._wake(job_id)

    def watch(self, job: Job) -> Job:
        """Begin to keep `job`; the latest version known."""
        with self._lock:
            self._asked[job.job_id] = self._clock()
            known = self._latest.get(job.job_id)
            if known is None or known.version < job.version:
                self._latest[job.job_id] = known = job
            return known

    async def newer(self, job_id: str, seen: int, timeout: float) -> None:
        """Return when the watched job has another version than `seen`, or after `timeout` seconds."""
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()
        entry = (loop, woken)
        with self._lock:
            known = self._latest.get(job_id)
            if known is not None and known.version != seen:
                return
            self._waiting[job_id].add(entry)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken, timeout)
        finally:
            with self._lock:
                waiting = self._waiting.get(job_id)
                if waiting is not None:
                    waiting.discard(entry)
                    if not waiting:
                        del self._waiting[job_id]

    @property
    def waiting(self) -> int:
        """How many watchers wait for a version now."""
        with self._lock:
            return sum(map(len, self._waiting.values()))

    def watched(self) -> dict[str, int]:
        """id -> version of the running jobs somebody watches; forgets those nobody has asked about for a
        while."""
        limit = self._clock() - IDLE_SECONDS
        with self._lock:
            for job_id in [j for j, at in self._asked.items() if at < limit and j not in self._waiting]:
                self._asked.pop(job_id, None)
                self._latest.pop(job_id, None)
            return {
                job_id: job.version
                for job_id, job in self._latest.items()
                if not job.over or job.stage.value == "UNCERTAIN"
            }


def _resolve(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
