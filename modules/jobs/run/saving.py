"""Saving: fetches the result of a finished edit and keeps a copy of the video.

The edit is done and paid for by now, so its file is tried for a quarter of an hour before anybody hears
that it cannot be had; and then it can still be fetched again by a press, as the engine keeps it for seven
days.
"""

import contextlib
import logging
from dataclasses import replace
from typing import Any

from modules.edit.errors import StudioError
from modules.edit.price import dollars
from modules.jobs.errors import JobError, LeaseLost
from modules.jobs.job import Job, Stage
from modules.jobs.result_settings import keep_settings
from modules.jobs.run.active_job import ActiveJob, Stopped
from modules.jobs.run.context import JobContext
from modules.jobs.run.costs import cost_of, odd_note, settled
from modules.jobs.run.ending import engine_name_first, expire, fail
from modules.jobs.run.next_step import NOTHING, Next, Step
from modules.jobs.run.polling import not_answered
from modules.secret import NO_SECRET
from modules.segmind.client import SegmindClient
from modules.segmind.errors import DownloadFailed, ResultGone

log = logging.getLogger("studio.jobs")

FETCH_SECONDS = 15 * 60.0
"""How long a paid result is tried, from the first failure on."""
COST_LOOKS = (3.0, 20.0, 90.0, 600.0)
"""Pauses in seconds between the questions for the cost of a finished edit whose answer named none."""
_LONGEST_PAUSE = 120.0
_FREE_TRIES = 8
_NEW_ADDRESS_EVERY = 2
"""After so many refusals the engine is asked for the file's address again: a signed one may have expired."""
_NO_COPY = "The preview could not be copied. Nothing was spent. Please try again."
_LATE = "The edit is finished, but its file is not there yet. Trying again; nothing is lost"


def save(context: JobContext, active: ActiveJob) -> Next:
    """Fetch the result, then copy its video here."""
    job = active.job
    try:
        client = _client(context, active)
        if not job.result_url:
            result = client.result(job.request_id or "")
            active.answered()
            # The cost and the address first: with them the rest can be done by anybody, at any time, without
            # a key.
            context.writer.change(
                active,
                Stage.SAVING,
                result_url=result.video_url,
                plan=result.plan or job.plan,
                metrics=dict(result.metrics or {}),
                durable=True,
                **cost_of(active.job, result.cost),
                then=settled(context.budget, job, result.cost),
            )
        return _copy(context, active, client)
    except Exception as error:
        if active.job.result_url:
            return _not_copied(context, active, error)
        return not_answered(context, active, error, Step.SAVE)


def _client(context: JobContext, active: ActiveJob) -> SegmindClient:
    """A client with the key that paid, or with none where the visitor's is gone: a file needs none."""
    key = active.key if active.key or active.job.payer != "visitor" else NO_SECRET
    return context.engines.client(active.job.engine, key)


def _copy(context: JobContext, active: ActiveJob, client: SegmindClient) -> Next:
    folder = context.storage.folder(active.job.job_id)
    target = folder / "result.mp4"
    url = active.job.result_url
    if url and not target.is_file():  # a restart may find it complete: files appear whole or not at all
        context.storage.clear_parts(active.job.job_id, "result", 0.0)
        context.storage.make_room(context.journal, 16 * 2**20)
        client.download(url, target)
    keep_settings(context.media_for(active.job), active.job, target)
    still = active.job.still
    try:
        context.media_for(active.job).poster(target, folder / "poster.jpg")
        still = context.storage.relative(folder / "poster.jpg")
    except (StudioError, OSError) as error:
        log.info("job %s: no poster (%s)", active.job.job_id, error)
    result = context.storage.relative(target)
    unknown = _cost_is_unknown(active) and not _learned(context, active, client)
    context.writer.change(
        active,
        Stage.COMPLETED,
        result=result,
        still=still,
        message=_done(active.job),
        error=None,
        checking=unknown,
    )
    context.storage.clear_work(active.job.job_id)
    return Next(Step.LEARN_COST, COST_LOOKS[0] * context.patience) if unknown else NOTHING


def learn_cost(context: JobContext, active: ActiveJob) -> Next:
    """Ask the history once more what a finished edit cost: its row may land after the video. Worth a try, not
    worth an error."""
    if not active.job.checking:
        return NOTHING
    with contextlib.suppress(Stopped, LeaseLost):
        if _learned(context, active, _client(context, active)):
            return NOTHING
        active.looked_up += 1
        if active.looked_up >= len(COST_LOOKS):
            context.writer.change(active, checking=False)
            return NOTHING
        return Next(Step.LEARN_COST, COST_LOOKS[active.looked_up] * context.patience)
    return NOTHING


def _cost_is_unknown(active: ActiveJob) -> bool:
    job = active.job
    known = job.free or not job.request_id or (job.cost_usd is not None and not job.cost_is_estimate)
    return not known and (job.payer != "visitor" or active.key is not None)


def _learned(context: JobContext, active: ActiveJob, client: SegmindClient) -> bool:
    job = active.job
    try:
        row = client.history.get(job.request_id or "", attempts=1)
    except StudioError as error:
        log.info("job %s: the history did not tell the cost: %s", job.job_id, error)
        return False
    if row is None or row.cost is None:
        return False
    changes: dict[str, Any] = {"cost_usd": row.cost, "cost_is_estimate": False}
    if job.stage == Stage.COMPLETED:
        changes |= {"checking": False, "message": _done(replace(job, **changes))}
    context.writer.change(active, then=settled(context.budget, job, row.cost), **changes)
    return True


def _done(job: Job) -> str:
    if job.free:
        return "Done. The preview costs nothing."
    if job.cost_usd is None:
        return "Done."
    if job.cost_is_estimate:
        return f"Done. About {dollars(job.cost_usd)}, by estimate: the answer named no cost."
    return f"Done. It cost {dollars(job.cost_usd)}.{odd_note(job)}"


def _not_copied(context: JobContext, active: ActiveJob, error: Exception) -> Next:
    """The edit is done and its address known, but the copy failed."""
    if isinstance(error, (Stopped, LeaseLost)):
        return NOTHING
    active.failures += 1
    active.failing_since = active.failing_since or context.monotonic()
    with contextlib.suppress(Stopped, LeaseLost):
        if not isinstance(error, StudioError):
            log.error("job %s: the copy failed", active.job.job_id, exc_info=error)
        tried = context.monotonic() - active.failing_since
        if active.job.free and (active.failures >= _FREE_TRIES or isinstance(error, ResultGone)):
            fail(context, active, error if isinstance(error, StudioError) else JobError(_NO_COPY))
            return NOTHING
        if not active.job.free and tried >= FETCH_SECONDS * context.patience:
            _give_up(context, active, error)
            return NOTHING
        if active.failures == 1 and isinstance(error, DownloadFailed):
            context.writer.change(active, message=_LATE)
        elif active.failures == 1 and isinstance(error, StudioError):
            context.writer.change(active, message=f"The edit is ready, but: {error.sentence} Trying again.")
        if isinstance(error, DownloadFailed) and error.code in (403, 404, 410):
            _ask_address_again(context, active)
        pause = min(_LONGEST_PAUSE, 2.0**active.failures) * (0.75 + 0.25 * context.rng())
        return Next(Step.SAVE, context.patience * pause)
    return NOTHING


def _ask_address_again(context: JobContext, active: ActiveJob) -> None:
    job = active.job
    if job.free or active.failures % _NEW_ADDRESS_EVERY or (job.payer == "visitor" and not active.key):
        return
    client = _client(context, active)
    for ask in (client.result, client.history.get):
        try:
            told = ask(job.request_id or "", attempts=1)
        except StudioError:
            continue
        url = told.video_url if told else None
        if url:
            if url != job.result_url:
                context.writer.change(active, result_url=url, durable=True)
            return


def _give_up(context: JobContext, active: ActiveJob, error: Exception) -> None:
    """End a paid job whose file could not be had in all the time. Its address stays, so that it can be
    fetched again."""
    job = active.job
    why = (
        error.sentence.partition(". ")[0].rstrip(".") if isinstance(error, StudioError) else "the copy failed"
    )
    if isinstance(error, ResultGone):
        why = "there is no file at its address"
    cost = "" if job.cost_usd is None else f" It cost {dollars(job.cost_usd)}."
    if job.payer == "visitor":
        where = f"Its address is {job.result_url}; a file is kept for 7 days."
    else:  # the address is the owner's, like the money
        stays = "job %s: the result could not be copied; it stays at %s for 7 days"
        log.critical(stays, job.job_id, job.result_url)
        where = f"{engine_name_first(active)} keeps a file for 7 days."
    happened = f"The edit is finished, but its video could not be fetched: {why}."
    sentence = f"{happened}{cost} {where} “Fetch it again” tries anew."
    expire(context, active, sentence, maybe_billed=False)
