"""Runs this process's jobs: thread pools, the steps, lease renewal, and the rounds of housekeeping."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from modules.edit.errors import StudioError
from modules.jobs.errors import JobError, JournalTrouble, LeaseLost
from modules.jobs.hub import Hub
from modules.jobs.identity import Identity
from modules.jobs.job import SENT_STAGES, UNSENT_STAGES, Job, Stage
from modules.jobs.replicas.leases import Replica
from modules.jobs.replicas.replication import ResultReplication
from modules.jobs.run import ending
from modules.jobs.run.active_job import ActiveJob, Stopped
from modules.jobs.run.context import JobContext
from modules.jobs.run.delay_queue import DelayQueue
from modules.jobs.run.heartbeat import Heartbeat
from modules.jobs.run.lookup import look_up
from modules.jobs.run.next_step import Next, Step, next_of
from modules.jobs.run.polling import poll
from modules.jobs.run.recovery import Recovery
from modules.jobs.run.reopening import reopen
from modules.jobs.run.saving import learn_cost, save
from modules.jobs.run.settling import check, look_now
from modules.jobs.run.step_pools import StepPools
from modules.jobs.run.steps import submit, thumbnail
from modules.periodic import every
from modules.secret import Secret

log = logging.getLogger("studio.jobs")

_STEPS: dict[Step, Callable[[JobContext, ActiveJob], Next]] = {
    Step.SUBMIT: submit,
    Step.CHECK: check,
    Step.POLL: poll,
    Step.LOOK_UP: look_up,
    Step.LEARN_COST: learn_cost,
    Step.SAVE: save,
    Step.THUMBNAIL: thumbnail,
}
_LAST_ANSWER_SECONDS = 65.0
"""The client gives up on an answer after 60 s."""
_KEPT_ROWS_SECONDS = 90 * 86400.0


class JobExecutor:
    """`beat`: seconds between heartbeats (leases are renewed and orphans looked for); `look`: between looks
    for what other replicas changed. `pools`: see `StepPools`."""

    def __init__(
        self,
        context: JobContext,
        hub: Hub,
        replica: Replica,
        *,
        beat: float = 3.0,
        look: float = 1.0,
        sweep: float = 600.0,
        **pools: int,
    ) -> None:
        self._context, self._hub, self._replica = context, hub, replica
        self._active_jobs: dict[str, ActiveJob] = {}
        self._lock = threading.Lock()
        self.one_at_a_time = threading.RLock()
        self._pools = StepPools(**pools)
        self.replication = ResultReplication(
            context.storage,
            context.journal,
            context.media,
            partial(context.engines.client, "segmind", None),
            self._pools.savers,
            closing=context.closing,
            clock=context.clock,
            monotonic=context.monotonic,
        )
        self._recovery = Recovery(context, replica, self.active, self.begin)
        self._delay_queue = DelayQueue(context.monotonic)
        self._heartbeat = Heartbeat("_beat", "_look", monotonic=context.monotonic)
        self._rounds = [
            every(seconds, partial(self._round, work), context.closing)
            for seconds, work in ((beat, self._beat), (look, self._look), (sweep, self._sweep))
        ]

    # -- for the runner

    def active(self, job_id: str) -> ActiveJob | None:
        with self._lock:
            return self._active_jobs.get(job_id)

    def in_hand(self) -> list[Job]:
        """The jobs that this process carries."""
        with self._lock:
            return [active.job for active in self._active_jobs.values()]

    def waiting(self) -> int:
        """How many of them wait for their turn."""
        return len(self._pools.turns.places())

    def silent(self) -> float:
        """Seconds since the rounds and the queue of steps last moved: a few at most while all is well."""
        return max(self._heartbeat.silent(), self._delay_queue.overdue)

    def about_to_pay(self) -> dict[str, Identity]:
        """Jobs on the owner's money that may not have reserved it yet, by id."""
        jobs = [job for job in self.in_hand() if job.payer == "owner" and job.stage == Stage.PREPARING]
        return {job.job_id: job.who for job in jobs}

    def check_capacity(self, limit: int) -> None:
        if len(self.in_hand()) >= limit:
            raise JobError(
                "This studio is running as many edits as it can. Nothing was spent. Please try again in a "
                "few minutes."
            )

    def begin(self, active: ActiveJob) -> None:
        """Go on with the job at whatever stage it is."""
        with self._lock:
            self._active_jobs[active.job.job_id] = active
        self._schedule(active, next_of(active.job))

    def cancel(self, job: Job) -> bool:
        """True when the job was ended before it was sent, or will be by the replica that runs it."""
        active = self.active(job.job_id)
        if active is None:
            asked = self._context.journal.ask_cancel(job.job_id)
            if asked and job.needs_key:  # nobody runs it: end it here
                self._recovery.end_cancelled(job)
            return asked
        if active.job.checking:
            return False
        if active.job.stage == Stage.SUBMITTING:  # it may still wait for its turn: then it is never sent
            active.withdrawn = True
            deadline = self._context.monotonic() + 1.0
            while active.job.stage == Stage.SUBMITTING and self._context.monotonic() < deadline:
                self._context.closing.wait(0.02)
            return active.job.cancelled
        with active.lock:  # the step that runs meanwhile finds the job ended at its next change
            if active.job.stage not in UNSENT_STAGES:
                return False
            with contextlib.suppress(Stopped, LeaseLost):
                ending.cancel(self._context, active)
            self._after(active)
            return active.job.cancelled

    def wake(self, job: Job, key: Secret) -> None:
        """Go on with a job that waited for its key."""
        with self.one_at_a_time:
            # The lease is nobody's, or ours when an earlier call got no further than to claim it.
            if self.active(job.job_id) or not any(
                self._context.journal.leases.claim(job.job_id, was, self._replica.id)
                for was in (None, self._replica.id)
            ):
                raise JobError("This edit goes on already.")
            job = self._context.journal.get(job.job_id) or job
            active = ActiveJob(job, key=key, saved=job.version)
            with contextlib.suppress(Stopped, LeaseLost):
                self._context.writer.change(
                    active, needs_key=False, payer="visitor", message="Going on with your key"
                )
                self.begin(active)

    def look_again(self, job: Job, key: Secret | None) -> None:
        """Go on with a job that is over and in doubt; one that is looked for already is looked for at once.
        JobError when another copy of the studio has it."""
        with self.one_at_a_time:
            active = self.active(job.job_id)
            if active is not None and active.job.over:  # it has just ended: its thread is about to let go
                self._after(active)
                active = self.active(job.job_id)
            if active is not None:
                self._pools.lookers.submit(self._look_now, active)
                return
            active = reopen(self._context, job, key)
            if active is None:
                raise JobError("This edit is being looked for already.")
            self._context.writer.announce(active, job)
            self.begin(active)

    def recover(self) -> int:
        """Take up what no living process holds; the number of jobs. JournalTrouble as it comes."""
        return self._recovery.recover()

    def sweep_soon(self) -> None:
        """What the last process left lying about is removed without anybody waiting for it."""
        self._pools.savers.submit(self._sweep)

    def close(self) -> None:
        self._context.closing.set()
        self._delay_queue.close()
        for thread in self._rounds:
            thread.join(5)
        self._pools.close()
        # A submit that is under way is waited for, since its answer is the request id. All else can be done
        # again.
        deadline = self._context.monotonic() + _LAST_ANSWER_SECONDS
        while self._submitting() and self._context.monotonic() < deadline:
            time.sleep(0.02)
        with contextlib.suppress(JournalTrouble):
            self._context.journal.leases.release(self._replica.id)
        self._replica.close()

    def _submitting(self) -> bool:
        return any(job.stage == Stage.SUBMITTING and not job.checking for job in self.in_hand())

    # -- steps

    def _schedule(self, active: ActiveJob, following: Next) -> None:
        """Hand the next step to its pool when it is due."""
        for step, delay in ((following.step, following.delay), (following.meanwhile, 0.0)):
            if step is not None:
                work = partial(self._run, active, step)
                self._delay_queue.put(delay, partial(self._pools.run, step, active.job, work))

    def _run(self, active: ActiveJob, step: Step) -> None:
        """No thread dies and no job is left lying, whatever a step did."""
        try:
            if not (self._context.closing.is_set() or active.gone or active.job.over):
                self._schedule(active, _STEPS[step](self._context, active))
        except (Stopped, LeaseLost):
            pass
        except Exception:
            log.exception("job %s: a step failed", active.job.job_id)
            if active.job.stage in SENT_STAGES and step != Step.THUMBNAIL:
                self._schedule(active, next_of(active.job, 10.0 * self._context.patience))
        self._after(active)

    def _look_now(self, active: ActiveJob) -> None:
        with contextlib.suppress(StudioError, Stopped):
            following = look_now(self._context, active)
            if following:
                self._schedule(active, following)

    def _after(self, active: ActiveJob) -> None:
        """Let go of a job that ended, waits for its key, or went to another replica."""
        if active.gone or ((active.job.over or active.job.needs_key) and not active.dirty):
            with self._lock:
                if self._active_jobs.get(active.job.job_id, active) is not active:
                    return  # it was taken up again meanwhile
                self._active_jobs.pop(active.job.job_id, None)
            if active.gone:
                self._hub.forget(active.job.job_id)
            active.key = None
            with contextlib.suppress(RuntimeError):  # the pools are closed already
                self._pools.turns.leave(active.job.job_id)

    # -- rounds

    def _round(self, work: Callable[[], None]) -> None:
        try:
            work()
        except JournalTrouble as trouble:
            self._recovery.journal_was_away()
            log.error("%s", trouble)
        self._heartbeat.beat(work.__name__)

    def _beat(self) -> None:
        """Renew our leases, write what could not be written, look for orphans."""
        with self._lock:
            active_jobs = list(self._active_jobs.values())
        before = {
            active.job.job_id: active
            for active in active_jobs
            if not active.job.over and not active.job.needs_key
        }
        kept = self._context.journal.leases.renew(self._replica.id, before)
        for job_id in before.keys() - kept:
            active = before[job_id]
            job = active.job  # ended or parked since the list was made, it gave its lease back
            if not job.over and not job.needs_key and (job.checking or job.stage != Stage.SUBMITTING):
                log.warning("job %s went to another replica", job_id)
                active.gone = True
                self._after(active)
        for active in active_jobs:
            if active.dirty:
                with contextlib.suppress(LeaseLost):
                    self._context.writer.flush(active)
            self._after(active)
        self.recover()

    def _look(self) -> None:
        """The places in the queue, and what other replicas did with the jobs that are watched here."""
        self._pools.tell_places(self._context.writer, self.active)
        with self._lock:
            own = set(self._active_jobs)
        watched = {job_id: version for job_id, version in self._hub.watched().items() if job_id not in own}
        if watched:
            for job in self._context.journal.newer(watched):
                if not self.replication.bring(job, self._hub.publish):
                    self._hub.publish(job)

    def _sweep(self) -> None:
        with contextlib.suppress(StudioError):
            self._context.media.sweep()
            self._context.storage.sweep(self._context.journal)
            self._context.journal.prune(self._context.clock() - _KEPT_ROWS_SECONDS)
            self._replica.tidy({held.owner for held in self._context.journal.leases.running() if held.owner})
