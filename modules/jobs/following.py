"""From the request id to the kept result: poll, fetch, copy.

The job is paid for by now. So no error here ends it, except an answer that says so: everything else is asked again,
until the engine's own record of the request is over.
"""

import contextlib
import logging
from pathlib import Path

from modules.edit.errors import StudioError
from modules.edit.price import dollars
from modules.jobs.errors import JobError, JournalTrouble, LeaseLost
from modules.jobs.job import Job, Stage
from modules.jobs.kit import Kit
from modules.jobs.live import Live, Stopped
from modules.jobs.steps import engine_name, fail
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


def poll(kit: Kit, live: Live) -> float | None:
    """Ask once. Seconds until the next question; 0 to fetch the result now; None when there is nothing more to ask."""
    job = live.job
    try:
        report = kit.engines.client(job.engine, live.key).status(job.request_id, attempts=1)
        live.failures, live.failing_since, live.missing = 0, None, 0
        state = report.state
        if state == "FAILED":
            _failed(kit, live, report.error, dict(report.metrics or {}))
            return None
        if state == "COMPLETED":
            kit.desk.change(live, Stage.SAVING, progress=None, message="The edit is ready. Copying it here",
                            **({"plan": report.plan} if report.plan else {}))
            return 0.0
        _note(kit, live, report)
        return _pace(kit, live)
    except Exception as error:
        return _trouble(kit, live, error)


def save(kit: Kit, live: Live) -> float | None:
    """Fetch the result and keep it. Seconds until the next try, or None when the job has ended (or is parked)."""
    job = live.job
    try:
        client = kit.engines.client(job.engine, live.key if live.key or job.payer != "visitor" else "")
        if not job.result_url:
            result = client.result(job.request_id)
            live.failures, live.failing_since, live.missing = 0, None, 0
            # The cost and the address first: with them the rest can be done by anybody, at any time, without a key.
            kit.desk.change(live, result_url=result.video_url, plan=result.plan or job.plan,
                            metrics=dict(result.metrics or {}), durable=True, **_cost(live.job, result.cost),
                            then=kit.budget.settled(job.job_id, result.cost))
        _keep(kit, live, client)
        return None
    except Exception as error:
        if live.job.result_url:
            return _not_copied(kit, live, error)
        return _trouble(kit, live, error)


def age(kit: Kit, live: Live) -> float:
    """Seconds since the submit: by the monotonic clock when it happened here, else by the calendar."""
    if live.sent_at is not None:
        return max(0.0, kit.monotonic() - live.sent_at)
    return max(0.0, kit.clock() - (live.job.submitted_at or kit.clock()))


def _cost(job: Job, cost: float | None) -> dict:
    if job.free:
        return {"cost_usd": 0.0}
    if cost is None and not job.resumed:
        return {"cost_usd": job.estimate_usd, "cost_is_estimate": True}
    return {"cost_usd": cost}


def _note(kit: Kit, live: Live, report) -> None:
    """Tell the watchers what is new; nothing is written when nothing is."""
    job, new = live.job, {}
    stage = Stage.PROCESSING if report.state == "PROCESSING" else Stage.QUEUED
    if stage != job.stage:
        name = engine_name(live)
        new["message"] = f"{name[:1].upper()}{name[1:]} is editing" if stage == Stage.PROCESSING else \
            f"Waiting for a worker of {name}"
    if report.progress is not None and report.progress != job.progress:
        new["progress"] = min(1.0, max(0.0, report.progress))
    if report.plan and report.plan != job.plan:
        new["plan"] = report.plan
    if report.still_url and report.still_url != live.still_url:
        live.still_url = report.still_url
        new["still"] = _picture(kit, live, report.still_url)
    if stage != job.stage or new:
        kit.desk.change(live, stage, **new)


def _picture(kit: Kit, live: Live, url: str) -> str | None:
    """The first frame, for the page. Worth a try, not worth an error."""
    target = kit.storage.folder(live.job.job_id) / "still.jpg"
    try:
        kit.media.still(url, target)
        return kit.storage.relative(target)
    except (StudioError, OSError) as error:
        log.info("job %s: no still (%s)", live.job.job_id, error)
        return live.job.still


def _pace(kit: Kit, live: Live) -> float:
    request, now = live.job.request, age(kit, live)
    return kit.schedule.next_poll(live.job.engine, request.mode, request.seconds, now) - now


def _keep(kit: Kit, live: Live, client) -> None:
    folder = kit.storage.folder(live.job.job_id)
    target = folder / "result.mp4"
    if not target.is_file():  # a restart may find it complete: files appear whole or not at all
        kit.storage.clear_parts(live.job.job_id, "result", 0.0)
        kit.storage.make_room(kit.journal, 16 * 2**20)
        client.download(live.job.result_url, target)
    still = live.job.still
    try:
        kit.media.poster(target, folder / "poster.jpg")
        still = kit.storage.relative(folder / "poster.jpg")
    except (StudioError, OSError) as error:
        log.info("job %s: no poster (%s)", live.job.job_id, error)
    kit.desk.change(live, Stage.COMPLETED, result=kit.storage.relative(target), still=still,
                    message=_done(live.job))
    kit.storage.clear_work(live.job.job_id)


def _done(job: Job) -> str:
    if job.free:
        return "Done. The preview costs nothing."
    if job.cost_usd is None:
        return "Done."
    return f"Done. About {dollars(job.cost_usd)}, by estimate: the answer named no cost." if job.cost_is_estimate \
        else f"Done. It cost {dollars(job.cost_usd)}."


def _failed(kit: Kit, live: Live, said: str | None, metrics: dict) -> None:
    name = engine_name(live)
    spent = "" if live.job.free else " Nothing was charged."
    said = (said or "").strip().rstrip(".")
    if ". " in said:  # it has already said what to do
        sentence = f"{said}.{spent}"
    else:
        sentence = f"{name[:1].upper()}{name[1:]} could not make this edit{f': “{said}”.' if said else '.'}{spent} " \
                   "Change the prompt, the clip or the pictures, then start again."
    forget_uploads(kit, live)
    fail(kit, live, JobError(sentence), metrics=metrics)


def forget_uploads(kit: Kit, live: Live) -> None:
    """The engine may not have its files any more: the next edit sends them again."""
    payload = live.job.payload or {}
    sent = [payload.get("video_url"), *payload.get("image_urls", ())]
    for element in payload.get("elements", ()):
        sent += [element.get("frontal_image_url"), *element.get("reference_image_urls", ())]
    with contextlib.suppress(JournalTrouble):
        kit.uploads.forget([url for url in sent if url])


def _trouble(kit: Kit, live: Live, error: Exception) -> float | None:
    """A question that was not answered. Seconds until the next, or None when the job is over or parked."""
    job = live.job
    if isinstance(error, (Stopped, LeaseLost)):
        return None
    if isinstance(error, JobFailed):
        _failed(kit, live, error.error, {})
        return None
    with contextlib.suppress(Stopped, LeaseLost):
        if isinstance(error, NotFound):
            return _unknown_request(kit, live)
        if isinstance(error, (Unauthorized, Forbidden)) and (job.payer == "visitor" or job.resumed):
            kit.desk.change(live, needs_key=True, message=f"{error.sentence} {ASK_KEY}.")
            return None
        if not isinstance(error, StudioError):
            log.error("job %s: a poll failed", job.job_id, exc_info=error)
        live.failures += 1
        live.failing_since = live.failing_since or kit.monotonic()
        if live.failures == 3:
            kit.desk.change(live, message=f"{engine_name(live)} does not answer just now. The edit goes on there, and "
                                          "this page keeps asking.".capitalize().replace("segmind", "Segmind"))
        if job.engine == "preview":
            if kit.monotonic() - live.failing_since > _PREVIEW_SILENCE * kit.patience:
                fail(kit, live, JobError("The preview engine does not answer. Nothing was spent. Please try again."))
                return None
        elif age(kit, live) > RECORD_SECONDS and kit.monotonic() - live.failing_since > _RECORD_GRACE * kit.patience:
            _expire(kit, live, "Segmind could not be asked before its record of this edit ended (it is kept for one "
                               "hour), so the result cannot be fetched here. It may have been billed.")
            return None
        return _backoff(kit, live, error)
    return None


def _backoff(kit: Kit, live: Live, error: Exception) -> float:
    reset = getattr(error, "reset_at", None) if isinstance(error, RateLimited) else None
    if reset:
        return min(120.0, max(1.0, reset - kit.clock())) + kit.rng()
    longest = 2.0 if live.job.engine == "preview" else 30.0
    return kit.patience * (0.5 + 0.5 * kit.rng()) * min(longest, 1.0 * 2.0 ** min(10, live.failures - 1))


def _unknown_request(kit: Kit, live: Live) -> float | None:
    """The engine answers that it does not know the request."""
    job = live.job
    if job.free and not job.resumed:
        if not job.resent:
            forget_uploads(kit, live)
            kit.desk.change(live, Stage.PREPARING, request_id=None, resent=True, result_url=None,
                            message="The preview engine was restarted; asking it again")
            return None
        fail(kit, live, JobError("The preview engine lost this edit twice. Nothing was spent. Please try again."))
        return None
    live.missing += 1
    if live.missing < _CONFIRM_MISSING and age(kit, live) < RECORD_SECONDS:
        return 2.0 * kit.patience
    if job.resumed:
        _expire(kit, live, "Segmind does not know this request. Check the id and that the key is of the same account; "
                           "a request is kept for one hour after it was sent.")
    else:
        _expire(kit, live, "Segmind no longer knows this edit: it keeps a request for one hour, and the result was not "
                           "fetched in that time. It may have been billed; your Segmind account shows it.")
    return None


def _expire(kit: Kit, live: Live, sentence: str) -> None:
    billed = not live.job.resumed
    kit.desk.change(live, Stage.EXPIRED, message=sentence, error=sentence, maybe_billed=billed,
                    then=kit.budget.settled(live.job.job_id, None))
    kit.storage.clear_work(live.job.job_id)


def _not_copied(kit: Kit, live: Live, error: Exception) -> float | None:
    """The edit is done and its address known, but the copy failed."""
    if isinstance(error, (Stopped, LeaseLost)):
        return None
    live.failures += 1
    with contextlib.suppress(Stopped, LeaseLost):
        if live.failures >= _DOWNLOAD_TRIES or isinstance(error, ResultGone):
            return _without_copy(kit, live, error)
        if live.failures == 1 and isinstance(error, StudioError) and not isinstance(error, DownloadFailed):
            kit.desk.change(live, message=f"The edit is ready, but: {error.sentence} Trying again.")
        if not isinstance(error, StudioError):
            log.error("job %s: the copy failed", live.job.job_id, exc_info=error)
        return kit.patience * min(60.0, 2.0 ** live.failures) * (0.5 + 0.5 * kit.rng())
    return None


def _without_copy(kit: Kit, live: Live, error: Exception) -> None:
    if live.job.free:
        fail(kit, live, error if isinstance(error, StudioError) else JobError(
            "The preview could not be copied. Nothing was spent. Please try again."))
        return
    why = error.sentence if isinstance(error, StudioError) else "It could not be copied here."
    if live.job.payer == "visitor":
        where = f"It stays at {live.job.result_url} for 7 days: please download it from there."
    else:  # the address is the owner's, like the money
        log.critical("job %s: the result could not be copied; it stays at %s for 7 days", live.job.job_id, live.job.result_url)
        where = "Segmind keeps it for 7 days: the person who runs this page finds its address in the log."
    kit.desk.change(live, Stage.COMPLETED, error=why,
                    message=f"{_done(live.job)} But the video could not be copied here. {where}")


def result_file(kit: Kit, job: Job) -> Path | None:
    """The kept video of `job` on this machine, or None."""
    found = kit.storage.located(job.result)
    return Path(found) if found else None
