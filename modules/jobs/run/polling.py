"""From the request id to the kept result: poll, fetch, copy.

The job is paid for by now. So no error here ends it, except an answer that says so: everything else is asked
again, until the engine's own record of the request is over.
"""

import contextlib
import logging
from pathlib import Path

from modules.edit.errors import StudioError
from modules.edit.price import dollars
from modules.jobs.errors import JobError, JournalTrouble, LeaseLost
from modules.jobs.job import Job, Stage
from modules.jobs.run.active_job import ActiveJob, Stopped
from modules.jobs.run.context import JobContext
from modules.jobs.run.steps import engine_name, fail
from modules.segmind.errors import (
    DownloadFailed,
    Forbidden,
    JobFailed,
    NotFound,
    RateLimited,
    ResultGone,
    Unauthorized,
)

log = logging.getLogger("studio.jobs")

RECORD_SECONDS = 3600.0
"""Request records live one hour from the submit (CONTRACT)."""
_RECORD_GRACE = 120.0
"""The engine must have been silent this long, too, before its record is believed to be over."""
_CONFIRM_MISSING = 3
"""A young request must be unknown this often in a row before it is believed."""
_PREVIEW_SILENCE = 120.0
"""The preview may restart; silent for longer than this, it is given up (it costs nothing to try again)."""
_DOWNLOAD_TRIES = 8

ASK_KEY = "Enter your key to go on"


def poll(context: JobContext, active: ActiveJob) -> float | None:
    """Ask once. Seconds until the next question; 0 to fetch the result now; None when there is nothing
    more to ask."""
    job = active.job
    try:
        report = context.engines.client(job.engine, active.key).status(job.request_id, attempts=1)
        active.failures, active.failing_since, active.missing = 0, None, 0
        state = report.state
        if state == "FAILED":
            _failed(context, active, report.error, dict(report.metrics or {}))
            return None
        if state == "COMPLETED":
            context.writer.change(
                active,
                Stage.SAVING,
                progress=None,
                message="The edit is ready. Copying it here",
                **({"plan": report.plan} if report.plan else {}),
            )
            return 0.0
        _note(context, active, report)
        return _pace(context, active)
    except Exception as error:
        return _trouble(context, active, error)


def save(context: JobContext, active: ActiveJob) -> float | None:
    """Fetch the result and keep it. Seconds until the next try, or None when the job has ended (or is
    parked)."""
    job = active.job
    try:
        client = context.engines.client(
            job.engine, active.key if active.key or job.payer != "visitor" else ""
        )
        if not job.result_url:
            result = client.result(job.request_id)
            active.failures, active.failing_since, active.missing = 0, None, 0
            # The cost and the address first: with them the rest can be done by anybody, at any time, without
            # a key.
            context.writer.change(
                active,
                result_url=result.video_url,
                plan=result.plan or job.plan,
                metrics=dict(result.metrics or {}),
                durable=True,
                **_cost(active.job, result.cost),
                then=context.budget.settled(job.job_id, result.cost),
            )
        _keep(context, active, client)
        return None
    except Exception as error:
        if active.job.result_url:
            return _not_copied(context, active, error)
        return _trouble(context, active, error)


def age(context: JobContext, active: ActiveJob) -> float:
    """Seconds since the submit: by the monotonic clock when it happened here, else by the calendar."""
    if active.sent_at is not None:
        return max(0.0, context.monotonic() - active.sent_at)
    return max(0.0, context.clock() - (active.job.submitted_at or context.clock()))


def _cost(job: Job, cost: float | None) -> dict:
    if job.free:
        return {"cost_usd": 0.0}
    if cost is None and not job.resumed:
        return {"cost_usd": job.estimate_usd, "cost_is_estimate": True}
    return {"cost_usd": cost}


def _note(context: JobContext, active: ActiveJob, report) -> None:
    """Tell the watchers what is new; nothing is written when nothing is."""
    job, new = active.job, {}
    stage = Stage.PROCESSING if report.state == "PROCESSING" else Stage.QUEUED
    if stage != job.stage:
        name = engine_name(active)
        new["message"] = (
            f"{name[:1].upper()}{name[1:]} is editing"
            if stage == Stage.PROCESSING
            else f"Waiting for a worker of {name}"
        )
    if report.progress is not None and report.progress != job.progress:
        new["progress"] = min(1.0, max(0.0, report.progress))
    if report.plan and report.plan != job.plan:
        new["plan"] = report.plan
    if report.still_url and report.still_url != active.still_url:
        active.still_url = report.still_url
        new["still"] = _picture(context, active, report.still_url)
    if stage != job.stage or new:
        context.writer.change(active, stage, **new)


def _picture(context: JobContext, active: ActiveJob, url: str) -> str | None:
    """The first frame, for the page. Worth a try, not worth an error."""
    target = context.storage.folder(active.job.job_id) / "still.jpg"
    try:
        context.media.still(url, target)
        return context.storage.relative(target)
    except (StudioError, OSError) as error:
        log.info("job %s: no still (%s)", active.job.job_id, error)
        return active.job.still


def _pace(context: JobContext, active: ActiveJob) -> float:
    request, now = active.job.request, age(context, active)
    return context.schedule.next_poll(active.job.engine, request.mode, request.seconds, now) - now


def _keep(context: JobContext, active: ActiveJob, client) -> None:
    folder = context.storage.folder(active.job.job_id)
    target = folder / "result.mp4"
    if not target.is_file():  # a restart may find it complete: files appear whole or not at all
        context.storage.clear_parts(active.job.job_id, "result", 0.0)
        context.storage.make_room(context.journal, 16 * 2**20)
        client.download(active.job.result_url, target)
    still = active.job.still
    try:
        context.media.poster(target, folder / "poster.jpg")
        still = context.storage.relative(folder / "poster.jpg")
    except (StudioError, OSError) as error:
        log.info("job %s: no poster (%s)", active.job.job_id, error)
    context.writer.change(
        active,
        Stage.COMPLETED,
        result=context.storage.relative(target),
        still=still,
        message=_done(active.job),
    )
    context.storage.clear_work(active.job.job_id)


def _done(job: Job) -> str:
    if job.free:
        return "Done. The preview costs nothing."
    if job.cost_usd is None:
        return "Done."
    return (
        f"Done. About {dollars(job.cost_usd)}, by estimate: the answer named no cost."
        if job.cost_is_estimate
        else f"Done. It cost {dollars(job.cost_usd)}."
    )


def _failed(context: JobContext, active: ActiveJob, said: str | None, metrics: dict) -> None:
    name = engine_name(active)
    spent = "" if active.job.free else " Nothing was charged."
    said = (said or "").strip().rstrip(".")
    if ". " in said:  # it has already said what to do
        sentence = f"{said}.{spent}"
    else:
        sentence = (
            f"{name[:1].upper()}{name[1:]} could not make this edit{f': “{said}”.' if said else '.'}{spent} "
            "Change the prompt, the clip or the pictures, then start again."
        )
    forget_uploads(context, active)
    fail(context, active, JobError(sentence), metrics=metrics)


def forget_uploads(context: JobContext, active: ActiveJob) -> None:
    """The engine may not have its files any more: the next edit sends them again."""
    payload = active.job.payload or {}
    sent = [payload.get("video_url"), *payload.get("image_urls", ())]
    for element in payload.get("elements", ()):
        sent += [element.get("frontal_image_url"), *element.get("reference_image_urls", ())]
    with contextlib.suppress(JournalTrouble):
        context.uploads.forget([url for url in sent if url])


def _trouble(context: JobContext, active: ActiveJob, error: Exception) -> float | None:
    """A question that was not answered. Seconds until the next, or None when the job is over or parked."""
    job = active.job
    if isinstance(error, (Stopped, LeaseLost)):
        return None
    if isinstance(error, JobFailed):
        _failed(context, active, error.error, {})
        return None
    with contextlib.suppress(Stopped, LeaseLost):
        if isinstance(error, NotFound):
            return _unknown_request(context, active)
        if isinstance(error, (Unauthorized, Forbidden)) and (job.payer == "visitor" or job.resumed):
            context.writer.change(active, needs_key=True, message=f"{error.sentence} {ASK_KEY}.")
            return None
        if not isinstance(error, StudioError):
            log.error("job %s: a poll failed", job.job_id, exc_info=error)
        active.failures += 1
        active.failing_since = active.failing_since or context.monotonic()
        if active.failures == 3:
            context.writer.change(
                active,
                message=f"{engine_name(active)} does not answer just now. The edit goes on there, and "
                "this page keeps asking.".capitalize().replace("segmind", "Segmind"),
            )
        if job.engine == "preview":
            if context.monotonic() - active.failing_since > _PREVIEW_SILENCE * context.patience:
                fail(
                    context,
                    active,
                    JobError("The preview engine does not answer. Nothing was spent. Please try again."),
                )
                return None
        elif (
            age(context, active) > RECORD_SECONDS
            and context.monotonic() - active.failing_since > _RECORD_GRACE * context.patience
        ):
            _expire(
                context,
                active,
                "Segmind could not be asked before its record of this edit ended (it is kept for one "
                "hour), so the result cannot be fetched here. It may have been billed.",
            )
            return None
        return _backoff(context, active, error)
    return None


def _backoff(context: JobContext, active: ActiveJob, error: Exception) -> float:
    reset = getattr(error, "reset_at", None) if isinstance(error, RateLimited) else None
    if reset:
        return min(120.0, max(1.0, reset - context.clock())) + context.rng()
    longest = 2.0 if active.job.engine == "preview" else 30.0
    return (
        context.patience
        * (0.5 + 0.5 * context.rng())
        * min(longest, 1.0 * 2.0 ** min(10, active.failures - 1))
    )


def _unknown_request(context: JobContext, active: ActiveJob) -> float | None:
    """The engine answers that it does not know the request."""
    job = active.job
    if job.free and not job.resumed:
        if not job.resent:
            forget_uploads(context, active)
            context.writer.change(
                active,
                Stage.PREPARING,
                request_id=None,
                resent=True,
                result_url=None,
                message="The preview engine was restarted; asking it again",
            )
            return None
        fail(
            context,
            active,
            JobError("The preview engine lost this edit twice. Nothing was spent. Please try again."),
        )
        return None
    active.missing += 1
    if active.missing < _CONFIRM_MISSING and age(context, active) < RECORD_SECONDS:
        return 2.0 * context.patience
    if job.resumed:
        _expire(
            context,
            active,
            "Segmind does not know this request. Check the id and that the key is of the same account; "
            "a request is kept for one hour after it was sent.",
        )
    else:
        _expire(
            context,
            active,
            "Segmind no longer knows this edit: it keeps a request for one hour, and the result was not "
            "fetched in that time. It may have been billed; your Segmind account shows it.",
        )
    return None


def _expire(context: JobContext, active: ActiveJob, sentence: str) -> None:
    billed = not active.job.resumed
    context.writer.change(
        active,
        Stage.EXPIRED,
        message=sentence,
        error=sentence,
        maybe_billed=billed,
        then=context.budget.settled(active.job.job_id, None),
    )
    context.storage.clear_work(active.job.job_id)


def _not_copied(context: JobContext, active: ActiveJob, error: Exception) -> float | None:
    """The edit is done and its address known, but the copy failed."""
    if isinstance(error, (Stopped, LeaseLost)):
        return None
    active.failures += 1
    with contextlib.suppress(Stopped, LeaseLost):
        if active.failures >= _DOWNLOAD_TRIES or isinstance(error, ResultGone):
            return _without_copy(context, active, error)
        if active.failures == 1 and isinstance(error, StudioError) and not isinstance(error, DownloadFailed):
            context.writer.change(active, message=f"The edit is ready, but: {error.sentence} Trying again.")
        if not isinstance(error, StudioError):
            log.error("job %s: the copy failed", active.job.job_id, exc_info=error)
        return context.patience * min(60.0, 2.0**active.failures) * (0.5 + 0.5 * context.rng())
    return None


def _without_copy(context: JobContext, active: ActiveJob, error: Exception) -> None:
    if active.job.free:
        fail(
            context,
            active,
            error
            if isinstance(error, StudioError)
            else JobError("The preview could not be copied. Nothing was spent. Please try again."),
        )
        return
    why = error.sentence if isinstance(error, StudioError) else "It could not be copied here."
    if active.job.payer == "visitor":
        where = f"It stays at {active.job.result_url} for 7 days: please download it from there."
    else:  # the address is the owner's, like the money
        log.critical(
            "job %s: the result could not be copied; it stays at %s for 7 days",
            active.job.job_id,
            active.job.result_url,
        )
        where = "Segmind keeps it for 7 days: the person who runs this page finds its address in the log."
    context.writer.change(
        active,
        Stage.COMPLETED,
        error=why,
        message=f"{_done(active.job)} But the video could not be copied here. {where}",
    )


def result_file(context: JobContext, job: Job) -> Path | None:
    """The kept video of `job` on this machine, or None."""
    found = context.storage.located(job.result)
    return Path(found) if found else None
