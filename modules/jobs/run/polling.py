"""Polling: asks the engine for a job's status until it says how the edit ended.

The job is paid for by now. So no error here ends it, except an answer that says so: everything else is asked
again, until the engine's own record of the request is over.
"""

import contextlib
import logging
from typing import Any

from modules.edit.errors import StudioError
from modules.jobs.errors import JournalTrouble, LeaseLost
from modules.jobs.job import Stage
from modules.jobs.run.active_job import ActiveJob, Stopped
from modules.jobs.run.context import JobContext
from modules.jobs.run.ending import engine_name, engine_name_first, fail
from modules.jobs.run.next_step import NOTHING, Next, Step
from modules.segmind.errors import (
    BadAnswer,
    Forbidden,
    JobFailed,
    NotFinished,
    NotFound,
    RateLimited,
    Unauthorized,
)
from modules.segmind.parsing import StatusReport

log = logging.getLogger("studio.jobs")

RECORD_SECONDS = 3600.0
"""Request records live one hour from the submit (CONTRACT)."""
_RECORD_GRACE = 120.0
"""The engine must have been silent this long, too, before its record is believed to be over."""
CONFIRM_MISSING = 3
"""A young request must be unknown this often in a row before it is believed."""
_DUE = 0.3
"""A job that has less than this share of its usual time to go is near its end."""
_ODD_SECONDS = 600.0
"""A status that is the same unknown word for so long may stand for an end: the result is asked for."""
_PREVIEW_SILENCE = 120.0
"""The preview may restart; silent for longer than this, it is given up (it costs nothing to try again)."""

_NO_VIDEO = "{engine} says that the edit is finished, but names no video yet. It is asked again"
ASK_KEY = "Enter your key to go on"
_SILENT = "The preview engine does not answer. Nothing was spent. Please try again."
_LOST_TWICE = "The preview engine lost this edit twice. Nothing was spent. Please try again."


def poll(context: JobContext, active: ActiveJob) -> Next:
    """Ask once, and tell the watchers what is new."""
    job = active.job
    try:
        client = context.engines.client(job.engine, active.key)
        report = client.status(job.request_id or "", attempts=1, due=_is_due(context, active))
        active.answered()
        if report.failure:
            failed_upstream(context, active, report.failure, dict(report.metrics or {}))
            return NOTHING
        if report.state == "COMPLETED":
            message, plan = "The edit is ready. Copying it here", report.plan or job.plan
            context.writer.change(active, Stage.SAVING, progress=None, message=message, plan=plan)
            return Next(Step.SAVE)
        _note(context, active, report)
        if _is_stuck_at_a_word(context, active, report):
            return Next(Step.SAVE)  # perhaps it stands for the end
        return next_poll(context, active)
    except Exception as error:
        return not_answered(context, active, error, Step.POLL)


def _is_stuck_at_a_word(context: JobContext, active: ActiveJob, report: StatusReport) -> bool:
    """Whether the status has been the same unknown word for long; said once, and true every few minutes."""
    now = context.monotonic()
    if not report.odd_word or report.odd_word != active.odd_word:
        active.odd_word, active.odd_since, active.odd_asked = report.odd_word, now, None
        return False
    pause = _ODD_SECONDS * context.patience
    if now - (active.odd_asked or active.odd_since) < pause:
        return False
    if active.odd_asked is None:
        context.writer.change(
            active,
            message=f"{engine_name_first(active)} calls this edit “{report.odd_word}”, a word that this page "
            "does not know. It goes on asking.",
        )
    active.odd_asked = now
    return True


def next_poll(context: JobContext, active: ActiveJob) -> Next:
    """The next question, when the schedule has it."""
    request, now = active.job.request, age(context, active)
    at = context.schedule.next_poll(active.job.engine, request.mode, request.seconds, now)
    return Next(Step.POLL, at - now)


def seconds_to_turn(context: JobContext, error: Exception) -> float | None:
    """Seconds after which to ask again when the key had no request left and nothing was asked; else None."""
    if not isinstance(error, RateLimited) or error.code is not None:
        return None
    return max(0.05, (error.reset_at or 0.0) - context.clock())


def _is_due(context: JobContext, active: ActiveJob) -> bool:
    """Whether the job is near its expected end, so that its poll is worth more than those of others."""
    kind = (active.job.engine, active.job.request.mode, active.job.request.seconds)
    return context.schedule.eta(*kind, age(context, active)) < _DUE * context.schedule.eta(*kind, 0.0)


def age(context: JobContext, active: ActiveJob) -> float:
    """Seconds since the submit: by the monotonic clock when it happened here, else by the calendar."""
    if active.sent_at is not None:
        return max(0.0, context.monotonic() - active.sent_at)
    return max(0.0, context.clock() - (active.job.submitted_at or context.clock()))


def _note(context: JobContext, active: ActiveJob, report: StatusReport) -> None:
    """Tell the watchers what is new; nothing is written when nothing is."""
    job = active.job
    new: dict[str, Any] = {}
    stage = Stage.PROCESSING if report.state == "PROCESSING" else Stage.QUEUED
    if stage != job.stage:
        new["message"] = (
            f"{engine_name_first(active)} is editing"
            if stage == Stage.PROCESSING
            else f"Waiting for a worker of {engine_name(active)}"
        )
    if report.progress is not None and report.progress != job.progress:
        new["progress"] = min(1.0, max(0.0, report.progress))
    if report.plan and report.plan != job.plan:
        new["plan"] = report.plan
    if report.still_url and report.still_url != active.still_url:
        active.still_url = report.still_url
        new["still"] = _first_frame(context, active, report.still_url)
    if stage != job.stage or new:
        context.writer.change(active, stage, **new)


def _first_frame(context: JobContext, active: ActiveJob, url: str) -> str | None:
    """The first frame, for the page. Worth a try, not worth an error."""
    target = context.storage.folder(active.job.job_id) / "still.jpg"
    try:
        context.media.still(url, target)
        return context.storage.relative(target)
    except (StudioError, OSError) as error:
        log.info("job %s: no still (%s)", active.job.job_id, error)
        return active.job.still


def failed_upstream(
    context: JobContext,
    active: ActiveJob,
    failure: JobFailed,
    metrics: dict[str, Any],
    *,
    cost: float | None = None,
) -> None:
    """End a job of which the engine says that it failed: by the contract that is not billed. `cost`: dollars
    that the history shows as taken all the same."""
    changes: dict[str, Any] = {"metrics": metrics}
    if cost:
        changes |= {"cost_usd": cost, "cost_is_estimate": False}
    forget_uploads(context, active)
    fail(context, active, failure, **changes)


def forget_uploads(context: JobContext, active: ActiveJob) -> None:
    """The engine may not have its files any more: the next edit sends them again."""
    payload = active.job.payload or {}
    sent = [payload.get("video_url"), *payload.get("image_urls", ())]
    for element in payload.get("elements", ()):
        sent += [element.get("frontal_image_url"), *element.get("reference_image_urls", ())]
    with contextlib.suppress(JournalTrouble):
        context.uploads.forget([url for url in sent if url])


def not_answered(context: JobContext, active: ActiveJob, error: Exception, step: Step) -> Next:
    """What follows on a call of `step` that failed: the same step later, unless the job is over or waits."""
    if isinstance(error, (Stopped, LeaseLost)):
        return NOTHING
    if isinstance(error, JobFailed):
        failed_upstream(context, active, error, {})
        return NOTHING
    job = active.job
    with contextlib.suppress(Stopped, LeaseLost):
        if isinstance(error, NotFound):
            return _unknown_request(context, active, step)
        if isinstance(error, NotFinished) and job.stage != Stage.SAVING:
            return next_poll(context, active)
        if isinstance(error, BadAnswer) and error.maybe_billed and active.failures == 0:
            context.writer.change(active, message=_NO_VIDEO.format(engine=engine_name_first(active)))
        if (wait := seconds_to_turn(context, error)) is not None:
            return Next(step, wait)
        if isinstance(error, (Unauthorized, Forbidden)) and (job.payer == "visitor" or job.resumed):
            context.writer.change(active, needs_key=True, message=f"{error.sentence} {ASK_KEY}.")
            return NOTHING
        if not isinstance(error, StudioError):
            log.error("job %s: a call to the engine failed", job.job_id, exc_info=error)
        active.failures += 1
        active.failing_since = active.failing_since or context.monotonic()
        if active.failures == 3 and not isinstance(error, (RateLimited, BadAnswer)):
            goes_on = "does not answer just now. The edit goes on there, and this page keeps asking."
            context.writer.change(active, message=f"{engine_name_first(active)} {goes_on}")
        silent = context.monotonic() - active.failing_since
        if job.engine == "preview" and silent > _PREVIEW_SILENCE * context.patience:
            fail(context, active, _SILENT)
            return NOTHING
        over = age(context, active) > RECORD_SECONDS and silent > _RECORD_GRACE * context.patience
        if job.engine != "preview" and over:
            return Next(Step.LOOK_UP)
        return Next(step, _backoff(context, active, error))
    return NOTHING


def _backoff(context: JobContext, active: ActiveJob, error: Exception) -> float:
    """Seconds until the next try: as a 429 says, else exponential with jitter (30 s at most, 2 s here)."""
    reset = error.reset_at if isinstance(error, RateLimited) else None
    if reset:
        return min(120.0, max(1.0, reset - context.clock())) + context.rng()
    longest = 2.0 if active.job.engine == "preview" else 30.0
    pause = min(longest, 2.0 ** min(10, active.failures - 1))
    return context.patience * (0.5 + 0.5 * context.rng()) * pause


def _unknown_request(context: JobContext, active: ActiveJob, step: Step) -> Next:
    """The engine answers that it does not know the request."""
    job = active.job
    if job.free and not job.resumed:
        if job.resent:
            fail(context, active, _LOST_TWICE)
            return NOTHING
        forget_uploads(context, active)
        message = "The preview engine was restarted; asking it again"
        context.writer.change(
            active, Stage.PREPARING, request_id=None, resent=True, result_url=None, message=message
        )
        return Next(Step.SUBMIT)
    active.missing += 1
    if active.missing < CONFIRM_MISSING and age(context, active) < RECORD_SECONDS and not job.resumed:
        return Next(step, 2.0 * context.patience)
    return Next(Step.LOOK_UP)
