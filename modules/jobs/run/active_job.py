"""A job while this process runs it, and the writer through which every change of it goes."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from modules.edit.errors import StudioError
from modules.jobs.errors import JournalTrouble, LeaseLost
from modules.jobs.hub import Hub
from modules.jobs.job import Job, Stage
from modules.jobs.store.journal import Journal
from modules.secret import Secret

log = logging.getLogger("studio.jobs")

Then = Callable[[Connection], None]
Observer = Callable[[Job | None, Job], None]
"""Told of every version that this process writes: the one before it (None for a new job), and itself."""


class Stopped(Exception):
    """Raised inside a step whose job ended meanwhile (cancelled, taken over, studio closing): just stop."""


@dataclass
class ActiveJob:
    """What only the running process knows: the visitor's key, and what the journal has not got yet."""

    job: Job
    key: Secret | None = None
    saved: int = 0
    """The version that the journal has. Behind `job.version` while the disk is full or the database gone."""
    gone: bool = False
    """Another replica runs the job now."""
    withdrawn: bool = False
    """The visitor cancelled while the submit waits for its turn."""
    failures: int = 0
    """Consecutive calls that failed."""
    failing_since: float | None = None
    missing: int = 0
    """Consecutive answers that the request is unknown."""
    sent_at: float | None = None
    """Monotonic time of the submit, when it happened in this process."""
    expected: float | None = None
    """Median seconds that were expected at the first look: the bar goes on with it, whatever is learned."""
    odd_word: str = ""
    """The status, while it is a word that is not known."""
    odd_since: float = 0.0
    odd_asked: float | None = None
    """When the result was asked for because of it (monotonic)."""
    still_url: str | None = None
    refusal: StudioError | None = None
    """What the answer to its submit said beside its request id, when that was a refusal."""
    loss: str = ""
    """What was said about the lost answer of its submit."""
    checked: int = 0
    """How often the history was asked whether the submit arrived."""
    checking_since: float | None = None
    """Monotonic time at which that began."""
    check_seconds: float = 0.0
    """How long it is asked."""
    looked_up: int = 0
    """How often the history was asked about its request in vain."""
    pending: list[Then] = field(default_factory=list, repr=False)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def dirty(self) -> bool:
        return self.saved < self.job.version and not self.gone

    def answered(self) -> None:
        """The engine has answered: earlier failures no longer count."""
        self.failures, self.failing_since, self.missing, self.looked_up = 0, None, 0, 0


class JobWriter:
    """Writes changes of jobs: to the journal first, then to the watchers."""

    def __init__(
        self,
        journal: Journal,
        hub: Hub,
        owner: str,
        clock: Callable[[], float] = time.time,
        observe: Observer | None = None,
    ) -> None:
        self._journal = journal
        self._hub = hub
        self.owner = owner
        self._clock = clock
        self._observe = observe

    def create(self, job: Job) -> None:
        """Write a new job down. JournalTrouble when that cannot be done."""
        self._journal.create(job, self.owner)
        self._observed(None, job)

    def change(
        self,
        active: ActiveJob,
        stage: Stage | None = None,
        *,
        must: bool = False,
        durable: bool | None = None,
        unless_cancelled: bool = False,
        then: Then | None = None,
        **changes: Any,
    ) -> bool:
        """Move the job on. False when `unless_cancelled` and it was cancelled.

        `must`: nothing may go on before the journal has it (JournalTrouble is raised, the job stays as it
        was). Otherwise a journal that cannot be written is tried again with the next change: a paid job
        goes on in memory. `then` runs in the transaction that writes the change. Stopped or LeaseLost when
        the job is no longer ours.
        """
        with active.lock:
            if active.gone or active.job.over:
                raise Stopped
            job = active.job.moved(self._clock(), stage, **changes)
            work = [*active.pending, *([then] if then else [])]
            try:
                if not self._journal.save(
                    job,
                    active.saved,
                    self.owner,
                    unless_cancelled=unless_cancelled,
                    durable=(stage is not None or bool(work)) if durable is None else durable,
                    then=_all(work),
                ):
                    return False
                active.saved, active.pending = job.version, []
            except LeaseLost:
                active.gone = True
                raise
            except JournalTrouble as trouble:
                if must:
                    raise
                log.error("job %s: %s", job.job_id, trouble)
                active.pending = work
            before, active.job = active.job, job
            self._hub.publish(job)
            self._observed(before, job)
            return True

    def announce(self, active: ActiveJob, before: Job) -> None:
        """Tell the watchers of a change from `before` that was written elsewhere."""
        self._hub.publish(active.job)
        self._observed(before, active.job)

    def _observed(self, before: Job | None, job: Job) -> None:
        """No job hangs on who counts them."""
        if self._observe:
            try:
                self._observe(before, job)
            except Exception:
                log.exception("a change of job %s was not counted", job.job_id)

    def flush(self, active: ActiveJob) -> None:
        """Write what an earlier change could not. JournalTrouble or LeaseLost as they come."""
        with active.lock:
            if active.dirty:
                try:
                    self._journal.save(active.job, active.saved, self.owner, then=_all(active.pending))
                except LeaseLost:
                    active.gone = True
                    raise
                active.saved, active.pending = active.job.version, []


def _all(work: list[Then]) -> Then | None:
    if not work:
        return None

    def run(connection: Connection) -> None:
        for one in work:
            one(connection)

    return run
