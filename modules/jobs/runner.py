"""The public interface of jobs: start an edit, watch it, cancel it, take it up again.

Everything a page does here takes milliseconds; the work happens in threads of this process, or of another
replica.
"""

import contextlib
import logging
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules.edit.framing import Framing
from modules.edit.price import estimate
from modules.edit.request import EditRequest
from modules.jobs.errors import JobError, JournalTrouble
from modules.jobs.hub import Hub
from modules.jobs.identity import NOBODY, Identity
from modules.jobs.job import SENT_STAGES, TERMINAL_STAGES, Job, Stage, payer_of
from modules.jobs.lookup import JobLookup
from modules.jobs.run.active_job import ActiveJob
from modules.jobs.run.context import JobContext
from modules.jobs.run.ending import CANCELLED, fail, why_not_cancelled
from modules.jobs.run.executor import JobExecutor
from modules.jobs.run.fit_ahead import FitAhead
from modules.jobs.run.polling import ASK_KEY
from modules.jobs.run.reopening import REOPENED, doubtful, needs_key
from modules.jobs.sharing import Sharing
from modules.jobs.store.allowance import Allowance
from modules.jobs.store.shares import Shares
from modules.jobs.vitals import Vitals
from modules.secret import Secret

log = logging.getLogger("studio.jobs")

ENGINES = ("preview", "segmind")
MAX_RUNNING = 400
"""Jobs that one process carries at the same time; beyond it a new one is refused, in words."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,127}")


class Runner(JobLookup):
    """All methods are safe for many threads; those with a `visitor` raise NotYours for another's job."""

    def __init__(
        self,
        context: JobContext,
        hub: Hub,
        executor: JobExecutor,
        shares: Shares,
        ahead: FitAhead,
        *,
        notice: Callable[[], str | None] = lambda: None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(context, hub, executor)
        self.ahead = ahead
        self.sharing = Sharing(shares, hub, executor.replication, self._seen)
        self._on_close, self._notice = on_close, notice
        self.vitals = Vitals(context, hub, executor)

    @property
    def data_dir(self) -> Path:
        """Where everything is kept: as set, or a temporary folder when that one cannot be used."""
        return self._context.storage.data_dir

    @property
    def notice(self) -> str | None:
        """What the page must say to everybody now, or None."""
        return self._notice()

    # -- begin

    def start(
        self,
        request: EditRequest,
        framing: Framing,
        visitor: str,
        key: Secret | None,
        engine: str,
        who: Identity = NOBODY,
        fingerprint: str = "",
    ) -> str:
        """Write the job down and return its id; the work goes on behind it. It uses the allowances of `who`.

        `request` was checked before (it has no problems). JournalTrouble when it cannot be written down: then
        nothing was started.
        """
        if engine not in ENGINES:
            raise JobError(f"There is no engine called “{engine[:40]}”. Choose one of {', '.join(ENGINES)}.")
        return self._begin(
            *(Stage.PREPARING, "Waiting for its turn", request, framing, visitor, key, engine),
            estimate_usd=estimate(request, engine).usd,
            person=who.person,
            address=who.address,
            fingerprint=fingerprint,
        )

    def follow(self, request_id: str, visitor: str, key: Secret | None, engine: str = "segmind") -> str:
        """Take up a request that was sent elsewhere; the visitor's own job with that id where there is."""
        request_id = request_id.strip()
        if not _REQUEST_ID.fullmatch(request_id):
            raise JobError(
                "That is not a request id. It is the value of request_id in the engine's answer: letters, "
                "digits and hyphens, no spaces.",
                field="request_id",
            )
        with self._executor.one_at_a_time:
            known = self._context.journal.by_request(visitor, request_id)
            if known and not (known.resumed and known.stage in (Stage.EXPIRED, Stage.FAILED)):
                if known.needs_key and key:
                    self.give_key(known.job_id, visitor, key)
                return known.job_id
            return self._begin(
                *(Stage.QUEUED, "Asking about this request", EditRequest(), Framing(), visitor, key, engine),
                request_id=request_id,
                resumed=True,
            )

    def _begin(
        self,
        stage: Stage,
        message: str,
        request: EditRequest,
        framing: Framing,
        visitor: str,
        key: Secret | None,
        engine: str,
        **facts: Any,
    ) -> str:
        self._executor.check_capacity(MAX_RUNNING)
        now = self._context.clock()
        job = Job(
            job_id=secrets.token_urlsafe(18),
            visitor=visitor,
            engine=engine,
            payer=payer_of(engine, key),
            request=request,
            framing=framing,
            stage=stage,
            message=message,
            created_at=now,
            stage_times={stage.value: now},
            **facts,
        )
        self._context.writer.create(job)
        self._executor.begin(ActiveJob(job, key=key, saved=job.version))
        return job.job_id

    def resend(self, job_id: str, visitor: str, key: Secret | None, who: Identity = NOBODY) -> str:
        """A new job with the request of an UNCERTAIN one, after the person decided so. The new job's id."""
        job = self.own(job_id, visitor)
        if job.stage != Stage.UNCERTAIN:
            raise JobError("Only an edit with an unknown outcome can be sent again. Use “Run again” instead.")
        if job.payer == "visitor" and not key:
            raise JobError("Enter your key to send this edit again.", field="api_key")
        return self.start(job.request, job.framing, visitor, key, job.engine, who)

    # -- act

    def cancel(self, job_id: str, visitor: str) -> str:
        """Stop a job that was not sent; for one that was, the truth. The sentence for the person."""
        job = self.own(job_id, visitor)
        if job.stage not in SENT_STAGES | TERMINAL_STAGES and self._executor.cancel(job):
            return CANCELLED
        job = self.get(job_id) or job
        return CANCELLED if job.cancelled else why_not_cancelled(job)

    def end_free(self, job_id: str, visitor: str, sentence: str) -> None:
        """End a free job of this process, sent or not, because its engine ends with the process."""
        active = self._executor.active(self.own(job_id, visitor).job_id)
        if active is not None and active.job.free:
            with active.lock:
                fail(self._context, active, sentence, cancelled=True)

    def give_key(self, job_id: str, visitor: str, key: Secret) -> None:
        """Go on with a job that waits for its visitor's key."""
        job = self.own(job_id, visitor)
        if not job.needs_key:
            return
        if not key:
            raise JobError(f"{ASK_KEY}.", field="api_key")
        self._executor.wake(job, key)

    def look_again(self, job_id: str, visitor: str, key: Secret | None) -> None:
        """Ask what became of an UNCERTAIN or EXPIRED job, or fetch its video again; sends nothing. JobError
        when there is nothing to look for."""
        job = self.own(job_id, visitor)
        if job.stage not in REOPENED and not job.checking:
            raise JobError("There is nothing to look for: what became of this edit is known.")
        if not job.checking and needs_key(job) and not key:
            raise JobError("Enter the key that this edit was sent with, to ask about it.", field="api_key")
        journal_job = self._context.journal.get(job_id) or job
        self._executor.look_again(journal_job, key if job.payer == "visitor" else None)

    def forget(self, job_id: str, visitor: str) -> None:
        """Take a job off the visitor's list and remove its files, those of one that runs at its end."""
        job = self.own(job_id, visitor)
        self._context.journal.hide(job_id)
        if before := self._context.storage.located(job.before):
            self._context.media.forget(Path(before))
        if job.over or job.stage == Stage.COMPLETED:
            self._context.storage.remove(job_id)

    def allowance(self, who: Identity, usd: float = 0.0) -> Allowance:
        """What is left of the owner's money for `who`, and whether an edit for `usd` fits."""
        return self._context.budget.allowance(who, usd, pending=self._executor.about_to_pay())

    def recover(self) -> int:
        """Take up every job that no living process holds. Call once at the start; the number of jobs.

        A journal that cannot be written just now is no error: it is tried again every few seconds.
        """
        self._executor.sweep_soon()
        try:
            taken = self._executor.recover()
            for job in doubtful(self._context):
                with contextlib.suppress(JobError):
                    self._executor.look_again(job, None)
            return taken
        except JournalTrouble as trouble:
            log.error("%s", trouble)
            return 0

    def close(self) -> None:
        """Stop working. What runs is left in the journal for the next start."""
        self._executor.close()
        self.ahead.close()
        self._on_close()
