"""Recovery: takes up the jobs of processes that are gone, and decides how each of them goes on."""

import contextlib
from collections.abc import Callable

from modules.jobs.errors import LeaseLost
from modules.jobs.job import UNSENT_STAGES, Job, Stage
from modules.jobs.replicas.leases import Replica
from modules.jobs.run.active_job import ActiveJob, Stopped
from modules.jobs.run.context import JobContext
from modules.jobs.run.ending import cancel, expire, fail, uncertain
from modules.jobs.run.polling import ASK_KEY
from modules.jobs.run.settling import begin_check, sentence_of
from modules.jobs.store.job_leases import Held

_ABANDONED_SECONDS = 86400.0
"""A job that waits for its visitor's key for a day will not get it any more: its record upstream lives one
hour."""
_GIVEN_UP = "This edit waited a day for its key and was given up. Nothing was spent."
_WITHDRAWN = "The command that began this edit was killed before it was sent. Nothing was spent."
_CHECK_WITH_KEY = "With your key its request history can be asked: press “Check again”."
_TOO_LATE = (
    "This edit waited a day for its key; Segmind keeps a request for one hour. It may have been billed."
)


class Recovery:
    """`active_of(job_id)`: the job as this process runs it, or None. `begin`: go on with a job."""

    def __init__(
        self,
        context: JobContext,
        replica: Replica,
        active_of: Callable[[str], ActiveJob | None],
        begin: Callable[[ActiveJob], None],
    ) -> None:
        self._context, self._replica, self._active_of, self._begin = context, replica, active_of, begin
        self._away_at = -context.journal.lease_seconds + context.monotonic()
        """When the journal last could not be reached (monotonic)."""

    def journal_was_away(self) -> None:
        """Nobody could renew a lease: the others get the time of one to come back."""
        self._away_at = self._context.monotonic()

    def recover(self) -> int:
        """Take up what no living process holds; the number of jobs. JournalTrouble as it comes."""
        taken = 0
        for held in self._context.journal.leases.running():
            waits = held.job.needs_key and not held.cancel_asked and not self._abandoned(held.job)
            if not waits and self._context.takes_up(held.job) and self._is_orphan(held):
                taken += self._adopt(held)
        return taken

    def end_cancelled(self, job: Job) -> None:
        """End a cancelled job that nobody runs."""
        self._adopt(Held(job, None, True, True))

    def _is_orphan(self, held: Held) -> bool:
        if held.owner == self._replica.id:
            # Ours by the journal, but not in hand: the answer to a commit was lost on the way.
            return held.expired and self._active_of(held.job.job_id) is None
        alive = self._replica.alive(held.owner)
        if alive is None:
            return (
                held.expired
                and self._context.monotonic() - self._away_at >= self._context.journal.lease_seconds
            )
        return not alive

    def _adopt(self, held: Held) -> int:
        context = self._context
        if not context.journal.leases.claim(held.job.job_id, held.owner, self._replica.id):
            return 0
        job = context.journal.get(held.job.job_id) or held.job
        active = ActiveJob(job, saved=job.version)
        with contextlib.suppress(Stopped, LeaseLost):
            if held.cancel_asked and job.stage in UNSENT_STAGES:
                cancel(context, active)
            elif context.withdraws(job) and (job.free or job.stage in UNSENT_STAGES):
                fail(context, active, _WITHDRAWN, cancelled=True)
            elif job.checking and job.payer == "visitor":
                self._cannot_check(active)
            elif job.checking:
                self._begin(active)
            elif job.needs_key or _must_have_key(job):
                self._park(active)
            elif job.stage == Stage.SUBMITTING and not job.free:
                # The process died between the marker and the answer: whether it was sent is not known here.
                if job.payer == "visitor":
                    self._cannot_check(active)
                else:
                    begin_check(context, active, at_once=True)
                    self._begin(active)
            else:
                if job.stage in UNSENT_STAGES or job.stage == Stage.SUBMITTING:
                    message = "Starting again after an interruption"
                    context.writer.change(active, Stage.PREPARING, message=message)
                self._begin(active)
        return 1

    def _cannot_check(self, active: ActiveJob) -> None:
        """The history can be asked with the visitor's key only, which died with its process."""
        if active.job.stage == Stage.COMPLETED:  # only its cost was still asked for
            self._context.writer.change(active, checking=False)
            return
        sentence = f"{sentence_of(active)} {_CHECK_WITH_KEY}"
        if active.job.stage == Stage.SUBMITTING:
            uncertain(self._context, active, sentence)
        else:
            self._context.writer.change(active, checking=False, error=sentence, message=sentence)

    def _park(self, active: ActiveJob) -> None:
        """Let a job wait for its visitor's key, or end it when it has waited for too long."""
        if not self._abandoned(active.job):
            self._context.writer.change(active, needs_key=True, message=f"{ASK_KEY}.")
        elif active.job.stage in UNSENT_STAGES:
            fail(self._context, active, _GIVEN_UP, needs_key=False)
        else:
            expire(self._context, active, _TOO_LATE)

    def _abandoned(self, job: Job) -> bool:
        return job.needs_key and self._context.clock() - job.created_at > _ABANDONED_SECONDS


def _must_have_key(job: Job) -> bool:
    """A visitor's key dies with its process; the copy of a result whose address is known needs none."""
    has_result = job.stage == Stage.SAVING and job.result_url
    return job.payer == "visitor" and job.stage != Stage.SUBMITTING and not has_result
