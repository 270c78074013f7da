"""The ways in which a job ends without a result: failed, cancelled, uncertain, expired.

Each end says in one sentence what happened and whether money was spent, and settles the budget in the same
transaction. The one good end, COMPLETED, is in `saving`.
"""

import contextlib
import logging
from typing import Any

from modules.edit.errors import StudioError
from modules.edit.request import EditRequest
from modules.edit.wording import sentence_case
from modules.jobs.errors import JobError, JournalTrouble, LeaseLost, StorageTrouble
from modules.jobs.job import Job, Stage
from modules.jobs.run.active_job import ActiveJob, Stopped, Then
from modules.jobs.run.context import JobContext
from modules.jobs.run.costs import settled
from modules.jobs.run.failure_kind import failure_kind
from modules.segmind.errors import SegmindError

log = logging.getLogger("studio.jobs")

CANCELLED = "Cancelled before it was sent. Nothing was spent."
_BUG = "Something unexpected went wrong in this studio. Nothing was charged for this edit. Please try again."


def engine_name(active: ActiveJob) -> str:
    """The engine's name inside a sentence."""
    return "Segmind" if active.job.engine == "segmind" else "the preview engine"


def engine_name_first(active: ActiveJob) -> str:
    """The engine's name at the beginning of a sentence."""
    return sentence_case(engine_name(active))


def cancel(context: JobContext, active: ActiveJob) -> None:
    """End a job that was not sent. Stopped when it ended already."""
    unspent = context.budget.released(active.job.job_id)
    _end(context, active, Stage.FAILED, CANCELLED, then=unspent, cancelled=True)
    context.storage.clear_work(active.job.job_id)


def why_not_cancelled(job: Job) -> str:
    """The truth about a job that was sent, or has ended."""
    if job.terminal:
        return "This edit has ended already."
    if job.checking:
        return "It is being checked whether this edit was sent, so it cannot be stopped just now."
    if job.free:
        return "The preview engine finishes what it has begun. It costs nothing."
    return (
        "Segmind has no cancel: the edit goes on there and is billed. You can leave this page; the "
        "result will be here under My edits."
    )


def fail(context: JobContext, active: ActiveJob, error: Exception | str, **changes: Any) -> None:
    """End the job with the error's sentence, what it says of single fields and the engine's own words; a bug
    gets a general sentence, and its trace in the log."""
    error = JobError(error) if isinstance(error, str) else error
    if isinstance(error, StudioError):
        sentence, field_name = error.sentence, error.field
        if isinstance(error, (JournalTrouble, StorageTrouble)) and not active.job.request_id:
            sentence = sentence if "Nothing was" in sentence else f"{sentence} Nothing was spent."
    else:
        log.error("job %s failed", active.job.job_id, exc_info=error)
        sentence, field_name = _BUG, None
    problems: tuple[dict[str, str], ...] = ({"field": field_name, "message": sentence},) if field_name else ()
    if isinstance(error, SegmindError):
        problems = _told_problems(active.job, error) or problems
        # The owner's account is not a visitor's business.
        told = error.reason if active.job.payer != "owner" or not error.about_account else ""
        changes["engine_error"] = told or None
    cost, job_id = changes.get("cost_usd"), active.job.job_id
    # An EXPIRED one was counted as spent until the history told how it ended.
    unspent = context.budget.refunded if active.job.stage == Stage.EXPIRED else context.budget.released
    then = context.budget.settled(job_id, cost) if cost else unspent(job_id)
    changes = {"problems": problems, "checking": False, "maybe_billed": False, **changes}
    changes["failure"] = failure_kind(error)
    with contextlib.suppress(Stopped, LeaseLost):
        _end(context, active, Stage.FAILED, sentence, then=then, **changes)
        context.storage.clear_work(active.job.job_id)


def _told_problems(job: Job, error: SegmindError) -> tuple[dict[str, str], ...]:
    """The problems of a job that the engine refused or failed, as the journal keeps them."""
    told = [
        (_likely_field(job, one.field, error.reason) if error.inferred else one.field, one.message)
        for one in error.problems
    ]
    return tuple({"field": field, "message": message} for field, message in told if field)


def _likely_field(job: Job, field: str, reason: str) -> str | None:
    """The parameter whose address the reason names, else `field`, where such a reason usually belongs; one
    about pictures belongs to those that the edit has, or to none."""
    sent = EditRequest.from_json(job.payload or {})
    named = [source for source in sent.sources() if source in reason]
    if named:
        return sent.field_of(max(named, key=len))
    if field == "image_urls" and not job.request.image_urls:
        return "elements" if job.request.elements else None
    return field


def uncertain(context: JobContext, active: ActiveJob, sentence: str, *, checking: bool = False) -> None:
    """End a job whose submit may have been accepted. Its reservation counts as spent. `checking`: the history
    is still asked. Stopped or LeaseLost when the job is no longer ours."""
    spent = context.budget.settled(active.job.job_id, None)
    changes = {"maybe_billed": True, "checking": checking}
    _end(context, active, Stage.UNCERTAIN, sentence, then=spent, **changes)


def expire(context: JobContext, active: ActiveJob, sentence: str, *, maybe_billed: bool = True) -> None:
    """End a job whose result cannot be had. What its answer told of the cost stays."""
    job = active.job
    spent = settled(context.budget, job, None if job.cost_is_estimate else job.cost_usd)
    changes = {"needs_key": False, "maybe_billed": maybe_billed, "checking": False}
    _end(context, active, Stage.EXPIRED, sentence, then=spent, **changes)
    context.storage.clear_work(job.job_id)


def _end(
    context: JobContext, active: ActiveJob, stage: Stage, sentence: str, *, then: Then, **changes: Any
) -> None:
    """`sentence` is what the watchers read, `then` settles the budget in the same transaction."""
    context.writer.change(active, stage, message=sentence, error=sentence, then=then, **changes)
