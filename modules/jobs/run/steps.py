"""The SUBMIT step: prepares the sources, uploads them and hands the edit to `submitting`.

All of this may be done again: nothing has been sent that costs money.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from modules.edit.errors import StudioError
from modules.edit.price import least_usd
from modules.edit.request import is_url
from modules.jobs.errors import BudgetRefused, LeaseLost
from modules.jobs.job import SENT_STAGES, UNSENT_STAGES, Stage
from modules.jobs.run.active_job import ActiveJob, Stopped
from modules.jobs.run.context import JobContext
from modules.jobs.run.ending import fail
from modules.jobs.run.fitting import fitted_clip
from modules.jobs.run.next_step import NOTHING, Next, Step
from modules.jobs.run.polling import age
from modules.jobs.run.progress import Progress
from modules.jobs.run.submitting import outcome_unknown, send
from modules.jobs.run.uploading import upload_once

log = logging.getLogger("studio.jobs")

FREE_STILL_SECONDS = 2.0
"""Within so many seconds of the submit the free engine mostly has a first still."""
_METADATA = "metadata removed"
"""Done to nearly every picture, and no news."""


def submit(context: JobContext, active: ActiveJob) -> Next:
    """Everything from the press of the button to the request id.

    Never raises: whatever goes wrong becomes an end of the job with a sentence, save a journal that was lost
    to another replica, where the job goes on there.
    """
    try:
        sources = upload_sources(context, active, prepare(context, active))
        return send(context, active, sources)
    except (Stopped, LeaseLost):
        return NOTHING
    except Exception as error:
        if context.closing.is_set() and active.job.stage in UNSENT_STAGES:
            return NOTHING  # the next start begins again
        if active.job.stage in SENT_STAGES:  # accepted, and so billed: it is followed whatever went wrong
            log.exception("job %s was accepted, then a step failed", active.job.job_id)
            return Next(Step.POLL, context.patience)
        if active.job.stage == Stage.SUBMITTING:  # only a bug gets here: send() deals with its own errors
            log.exception("job %s failed inside the submit", active.job.job_id)
            return outcome_unknown(context, active)
        fail(context, active, error)
        return NOTHING


def prepare(context: JobContext, active: ActiveJob) -> dict[str, str]:
    """Take the sources, look at them and conform them, then reserve the money: source -> local file or URL to
    be sent.

    A clip that never arrives, or is refused, holds none of the day's budget.
    """
    job = active.job
    if job.payer == "owner":
        refusal = context.budget.allowance(job.who, least_usd(job.request), job.job_id).refusal
        if refusal:
            raise BudgetRefused(refusal)
    context.writer.change(active, message="Looking at the clip")
    taken = {}
    for source in job.request.sources():
        if not is_url(source):
            with _about(job.request.field_of(source)):
                taken[source] = str(context.storage.take(job.job_id, Path(source)))
    context.writer.change(active, request=job.request.with_sources(taken), durable=True)
    request, work = active.job.request, context.storage.folder(job.job_id, "work")
    with _about("video_url"):
        ready = {request.video_url: fitted_clip(context, active, work)}
    request = active.job.request
    _keep_before(context, active, ready[request.video_url])
    ready |= _pictures(context, active, work)
    if job.payer == "owner":
        _check(context, active)
        context.budget.reserve(job.job_id, job.who, active.job.estimate_usd)
    return ready


def _pictures(context: JobContext, active: ActiveJob, work: Path) -> dict[str, str]:
    """Every picture checked, turned, converted and without metadata, whether it was uploaded or is fetched
    from an address: source -> local file. What was done to them stays with the job."""
    request, ready, done = active.job.request, dict[str, str](), list[str]()
    for number, source in enumerate(request.pictures(), start=1):
        _check(context, active)
        with _about(request.field_of(source)):
            local = source
            if is_url(source):
                context.writer.change(active, message="Fetching the pictures")
                local = str(work / f"fetched-picture-{number}")
                context.media_for(active.job).fetch_picture(source, Path(local))
            facts = context.media_for(active.job).picture(local, work)
            ready[source] = str(facts.path)
            said = [change for change in facts.changes if change != _METADATA]
            done += [f"{request.name_of(source)}: {', '.join(said)}"] if said else []
    if done:
        context.writer.change(active, prepared=(*active.job.prepared, *done))
    return ready


@contextlib.contextmanager
def _about(field_name: str) -> Iterator[None]:
    """Name the field in an error that does not name one, so that the page can show it beside the widget."""
    try:
        yield
    except StudioError as error:
        error.field = error.field or field_name
        raise


def _keep_before(context: JobContext, active: ActiveJob, clip: str) -> None:
    """Keep the clip as it is sent, beside the result that it will be compared with."""
    if is_url(clip):
        return
    kept = context.storage.folder(active.job.job_id) / "before.mp4"
    kept.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        os.link(clip, kept)
        context.writer.change(active, before=context.storage.relative(kept))


def thumbnail(context: JobContext, active: ActiveJob) -> Next:
    """A picture of the clip, until there is one of the result. Worth a try, not worth an error.

    The free engine's first still comes sooner than this when it does not have to share a processor with it.
    """
    soon = FREE_STILL_SECONDS * context.patience - age(context, active)
    if active.job.engine == "preview" and soon > 0:
        return Next(Step.THUMBNAIL, soon)
    before = context.storage.located(active.job.before)
    if before and not active.job.still:
        with contextlib.suppress(StudioError, OSError, Stopped):
            target = context.storage.folder(active.job.job_id) / "clip.jpg"
            context.media_for(active.job).poster(before, target)
            with active.lock:
                if not active.job.still:
                    context.writer.change(active, still=context.storage.relative(target))
    return NOTHING


def upload_sources(context: JobContext, active: ActiveJob, ready: dict[str, str]) -> dict[str, str]:
    """Put every local file on the engine's storage, side by side: source -> URL."""
    files = {path for path in ready.values() if not is_url(path)}
    context.writer.change(
        active,
        Stage.UPLOADING,
        message="Uploading the clip" if len(files) < 2 else f"Uploading {len(files)} files",
        must=True,
    )
    client = context.engines.client(active.job.engine, active.key)
    told = Progress(context, active, {path: Path(path).stat().st_size for path in files})
    with ThreadPoolExecutor(4, thread_name_prefix="upload") as side_by_side:
        sent = dict(
            zip(
                files,
                side_by_side.map(lambda path: _one(context, active, client, path, told), files),
                strict=True,
            )
        )
    return {source: sent.get(path, path) for source, path in ready.items()}


def _one(context: JobContext, active: ActiveJob, client: Any, path: str, told: Progress) -> str:
    _check(context, active)
    url = upload_once(context, active.job.engine, client, Path(path), partial(told, path))
    told(path, 1.0)
    return url


def _check(context: JobContext, active: ActiveJob) -> None:
    if active.gone or active.job.over or context.closing.is_set():
        raise Stopped
