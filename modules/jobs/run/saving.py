"""Saving: fetches the result of a finished edit and keeps a copy of the video."""

import contextlib
import logging
from typing import Any

from modules.edit.errors import StudioError
from modules.edit.price import dollars
from modules.jobs.errors import JobError, LeaseLost
from modules.jobs.job import Job, Stage
from modules.jobs.run.active_job import ActiveJob, Stopped
from modules.jobs.run.context import JobContext
from modules.jobs.run.ending import fail
from modules.jobs.run.next_step import NOTHING, Next, Step
from modules.jobs.run.polling import not_answered
from modules.segmind.client import SegmindClient
from modules.segmind.errors import DownloadFailed, ResultGone

log = logging.getLogger("studio.jobs")

_DOWNLOAD_TRIES = 8
_NO_COPY = "The preview could not be copied. Nothing was spent. Please try again."


def save(context: JobContext, active: ActiveJob) -> Next:
    """Fetch the result, then copy its video here."""
    job = active.job
    try:
        key = active.key if active.key or job.payer != "visitor" else ""
        client = context.engines.client(job.engine, key)
        if not job.result_url:
            result = client.result(job.request_id or "")
            active.answered()
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
        _copy(context, active, client)
        return NOTHING
    except Exception as error:
        if active.job.result_url:
            return _not_copied(context, active, error)
        return not_answered(context, active, error, Step.SAVE)


def _cost(job: Job, cost: float | None) -> dict[str, Any]:
    if job.free:
        return {"cost_usd": 0.0}
    if cost is None and not job.resumed:
        return {"cost_usd": job.estimate_usd, "cost_is_estimate": True}
    return {"cost_usd": cost}


def _copy(context: JobContext, active: ActiveJob, client: SegmindClient) -> None:
    folder = context.storage.folder(active.job.job_id)
    target = folder / "result.mp4"
    url = active.job.result_url
    if url and not target.is_file():  # a restart may find it complete: files appear whole or not at all
        context.storage.clear_parts(active.job.job_id, "result", 0.0)
        context.storage.make_room(context.journal, 16 * 2**20)
        client.download(url, target)
    still = active.job.still
    try:
        context.media.poster(target, folder / "poster.jpg")
        still = context.storage.relative(folder / "poster.jpg")
    except (StudioError, OSError) as error:
        log.info("job %s: no poster (%s)", active.job.job_id, error)
    result, message = context.storage.relative(target), _done(active.job)
    context.writer.change(active, Stage.COMPLETED, result=result, still=still, message=message)
    context.storage.clear_work(active.job.job_id)


def _done(job: Job) -> str:
    if job.free:
        return "Done. The preview costs nothing."
    if job.cost_usd is None:
        return "Done."
    if job.cost_is_estimate:
        return f"Done. About {dollars(job.cost_usd)}, by estimate: the answer named no cost."
    return f"Done. It cost {dollars(job.cost_usd)}."


def _not_copied(context: JobContext, active: ActiveJob, error: Exception) -> Next:
    """The edit is done and its address known, but the copy failed."""
    if isinstance(error, (Stopped, LeaseLost)):
        return NOTHING
    active.failures += 1
    with contextlib.suppress(Stopped, LeaseLost):
        if active.failures >= _DOWNLOAD_TRIES or isinstance(error, ResultGone):
            _complete_without_copy(context, active, error)
            return NOTHING
        if active.failures == 1 and isinstance(error, StudioError) and not isinstance(error, DownloadFailed):
            context.writer.change(active, message=f"The edit is ready, but: {error.sentence} Trying again.")
        if not isinstance(error, StudioError):
            log.error("job %s: the copy failed", active.job.job_id, exc_info=error)
        pause = min(60.0, 2.0**active.failures) * (0.5 + 0.5 * context.rng())
        return Next(Step.SAVE, context.patience * pause)
    return NOTHING


def _complete_without_copy(context: JobContext, active: ActiveJob, error: Exception) -> None:
    job = active.job
    if job.free:
        fail(context, active, error if isinstance(error, StudioError) else JobError(_NO_COPY))
        return
    why = error.sentence if isinstance(error, StudioError) else "It could not be copied here."
    if job.payer == "visitor":
        where = f"It stays at {job.result_url} for 7 days: please download it from there."
    else:  # the address is the owner's, like the money
        stays = "job %s: the result could not be copied; it stays at %s for 7 days"
        log.critical(stays, job.job_id, job.result_url)
        where = "Segmind keeps it for 7 days: the person who runs this page finds its address in the log."
    message = f"{_done(job)} But the video could not be copied here. {where}"
    context.writer.change(active, Stage.COMPLETED, error=why, message=message)
