"""From the press of the button to the request id: prepare, upload, submit.

Everything up to the SUBMITTING marker may be done again; nothing after it ever is, unless it is free.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from modules.edit.errors import StudioError
from modules.edit.request import is_url
from modules.jobs.errors import BudgetRefused, JobError, JournalTrouble, LeaseLost, StorageTrouble
from modules.jobs.job import UNSENT_STAGES, Stage
from modules.jobs.kit import Kit
from modules.jobs.live import Live, Stopped
from modules.jobs.upload_cache import sha256_of
from modules.segmind.errors import SubmitStopped

log = logging.getLogger("studio.jobs")

CANCELLED = "Cancelled before it was sent. Nothing was spent."
UNCERTAIN = ("The edit was being sent when the connection broke, so it is not known whether {engine} accepted it. If it "
             "did, it is running and will be billed. It is not sent again by itself: look at your {engine} account "
             "first, then decide.")


def engine_name(live: Live) -> str:
    return "Segmind" if live.job.engine == "segmind" else "the preview engine"


def carry_out(kit: Kit, live: Live) -> bool:
    """Everything up to the request id. True when the job is to be followed now.

    Never raises: whatever goes wrong becomes an end of the job with a sentence, save a journal that was lost to
    another replica, where the job goes on there.
    """
    try:
        sources = upload(kit, live, prepare(kit, live))
        return submit(kit, live, sources)
    except (Stopped, LeaseLost):
        return False
    except Exception as error:
        if kit.closing.is_set() and live.job.stage in UNSENT_STAGES:
            return False  # the next start begins again
        if live.job.stage == Stage.SUBMITTING:  # only a bug gets here: submit() deals with its own errors
            log.exception("job %s failed inside the submit", live.job.job_id)
            return _unknown(kit, live, UNCERTAIN.format(engine=engine_name(live)))
        fail(kit, live, error)
        return False


def prepare(kit: Kit, live: Live) -> dict[str, str]:
    """Take the sources, look at them and conform them, then reserve the money: source -> local file or URL to be sent.

    A clip that never arrives, or is refused, holds none of the day's budget.
    """
    job = live.job
    if job.payer == "owner" and (refusal := kit.budget.refusal(job.visitor, job.estimate_usd, job.job_id)):
        raise BudgetRefused(refusal)
    kit.desk.change(live, message="Looking at the clip")
    taken = {}
    for source in job.request.sources():
        if not is_url(source):
            with _about(job.request.field_of(source)):
                taken[source] = str(kit.storage.take(job.job_id, Path(source)))
    kit.desk.change(live, request=job.request.with_sources(taken), durable=True)
    request, work = live.job.request, kit.storage.folder(job.job_id, "work")
    with _about("video_url"):
        ready = {request.video_url: _clip(kit, live, work)}
    _keep_before(kit, live, ready[request.video_url])
    for source in request.pictures():
        _check(kit, live)
        with _about(request.field_of(source)):
            if is_url(source):
                kit.media.check(source)
                ready[source] = source
            else:
                ready[source] = str(kit.media.picture(source, work).path)
    if job.payer == "owner":
        _check(kit, live)
        kit.budget.reserve(job.job_id, job.visitor, job.estimate_usd)
    return ready


@contextlib.contextmanager
def _about(field_name: str) -> Iterator[None]:
    """Name the field in an error that does not name one, so that the page can show it beside the widget."""
    try:
        yield
    except StudioError as error:
        error.field = error.field or field_name
        raise


def _clip(kit: Kit, live: Live, work: Path) -> str:
    request, framing, clip = live.job.request, live.job.framing, live.job.request.video_url
    if is_url(clip) and live.job.payer == "owner":
        # Its server could show the engine another, longer clip than it shows here, and the owner would pay for that one.
        clip = _fetched(kit, live, clip, work)
    facts = kit.media.probe_url(clip) if is_url(clip) else kit.media.probe(clip)
    plan = kit.media.plan(facts, request.seconds, request.aspect_ratio, framing)
    if plan.problem:
        raise JobError(plan.problem, field="video_url")
    if not plan.needed:
        return clip
    if is_url(clip):
        clip = _fetched(kit, live, clip, work)
    changes = "; ".join(plan.changes)
    kit.desk.change(live, message=f"Fitting the clip ({changes})" if changes else "Fitting the clip")
    kit.storage.make_room(kit.journal, 30 * 2**20)
    fitted = work / "clip.mp4"
    told = _Progress(kit, live, {"": 1})
    kit.media.conform(clip, fitted, plan, keep_audio=request.keep_audio, on_progress=lambda share: told("", share))
    return str(fitted)


def _fetched(kit: Kit, live: Live, url: str, work: Path) -> str:
    kit.desk.change(live, message="Fetching the clip")
    kit.media.download(url, work / "fetched.mp4")
    return str(work / "fetched.mp4")


def _keep_before(kit: Kit, live: Live, clip: str) -> None:
    """Keep the clip as it is sent, beside the result that it will be compared with."""
    if is_url(clip):
        return
    kept = kit.storage.folder(live.job.job_id) / "before.mp4"
    kept.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        os.link(clip, kept)
        kit.desk.change(live, before=kit.storage.relative(kept))


def thumbnail(kit: Kit, live: Live) -> None:
    """A picture of the clip, until there is one of the result. Worth a try, not worth an error."""
    before = kit.storage.located(live.job.before)
    if before and not live.job.still:
        with contextlib.suppress(StudioError, OSError, Stopped):
            target = kit.storage.folder(live.job.job_id) / "clip.jpg"
            kit.media.poster(before, target)
            with live.lock:
                if not live.job.still:
                    kit.desk.change(live, still=kit.storage.relative(target))


def upload(kit: Kit, live: Live, ready: dict[str, str]) -> dict[str, str]:
    """Put every local file on the engine's storage, side by side: source -> URL."""
    files = {path for path in ready.values() if not is_url(path)}
    kit.desk.change(live, Stage.UPLOADING, message="Uploading the clip" if len(files) < 2 else
                    f"Uploading {len(files)} files", must=True)
    client = kit.engines.client(live.job.engine, live.key)
    told = _Progress(kit, live, {path: Path(path).stat().st_size for path in files})
    with ThreadPoolExecutor(4, thread_name_prefix="upload") as side_by_side:
        sent = dict(zip(files, side_by_side.map(lambda path: _one(kit, live, client, path, told), files), strict=True))
    return {source: sent.get(path, path) for source, path in ready.items()}


def _one(kit: Kit, live: Live, client: Any, path: str, told: "_Progress") -> str:
    _check(kit, live)
    digest = sha256_of(Path(path))
    place = f"{live.job.engine} {client.storage_url}" + (f" {kit.place}" if live.job.engine == "preview" else "")
    known = kit.uploads.find(digest, place)
    if known is None:
        known = kit.upload(client, Path(path), content_type(path), on_progress=lambda *done: told(path, *done))
        kit.uploads.keep(digest, place, known, live.job.engine)
    told(path, 1.0)
    return known


def submit(kit: Kit, live: Live, sources: dict[str, str]) -> bool:
    """The one step that may cost money. The marker is on the disk before the request leaves."""
    job = live.job
    payload = job.request.with_sources(sources).payload()
    client = kit.engines.client(job.engine, live.key)
    _check(kit, live)
    if not kit.desk.change(live, Stage.SUBMITTING, must=True, unless_cancelled=True, payload=payload,
                           message=f"Sending the edit to {engine_name(live)}"):
        cancel(kit, live)
        return False
    try:
        accepted = client.submit(payload, should_stop=lambda: live.withdrawn or live.gone or kit.closing.is_set())
    except SubmitStopped:
        if live.withdrawn:
            cancel(kit, live)
        else:  # the studio closes: nothing was sent, so the next start begins again
            kit.desk.change(live, Stage.PREPARING, message="Waiting for its turn")
        return False
    except StudioError as error:
        if error.maybe_billed:
            return _unknown(kit, live, error.sentence)
        log.info("job %s was not accepted: %s", job.job_id, error)
        fail(kit, live, error)
        return False
    live.sent_at = kit.monotonic()
    return _accepted(kit, live, accepted.request_id)


def _accepted(kit: Kit, live: Live, request_id: str) -> bool:
    """Before anything else: keep the request id."""
    message = f"{engine_name(live)} has accepted the edit. It waits for a worker."
    message = message[:1].upper() + message[1:]
    try:
        kit.desk.change(live, Stage.QUEUED, request_id=request_id, message=message)
        if live.dirty:
            log.critical("job %s runs as request %s, which the journal could not keep yet", live.job.job_id, request_id)
        return True
    except (LeaseLost, Stopped):
        # This process was stalled so long that the job was given up as UNCERTAIN. Now its id is known after all.
        def revive(job):
            job = job if job.stage == Stage.UNCERTAIN else replace(job, stage=Stage.UNCERTAIN)
            return job.moved(kit.clock(), Stage.QUEUED, request_id=request_id, message=message, error=None,
                             maybe_billed=False)

        revived = kit.journal.rescue(live.job.job_id, request_id, revive, kit.desk.owner)
        if revived is None:
            log.critical("job %s also runs as request %s", live.job.job_id, request_id)
            return False
        live.job, live.saved, live.gone, live.pending = revived, revived.version, False, []
        kit.desk.announce(live)
        return True


def _unknown(kit: Kit, live: Live, sentence: str) -> bool:
    """A submit with an unknown outcome: UNCERTAIN, or once more when it is free."""
    if live.job.free:
        if not live.job.resent:
            kit.desk.change(live, Stage.PREPARING, resent=True, message="Asking the preview engine again")
            return carry_out(kit, live)
        fail(kit, live, JobError("The preview engine does not answer. Nothing was spent. Please try again."))
        return False
    with contextlib.suppress(Stopped, LeaseLost):
        kit.desk.change(live, Stage.UNCERTAIN, message=sentence, error=sentence, maybe_billed=True,
                        then=kit.budget.settled(live.job.job_id, None))
    return False


def cancel(kit: Kit, live: Live) -> None:
    """End a job that was not sent. Stopped when it ended already."""
    kit.desk.change(live, Stage.FAILED, message=CANCELLED, error=CANCELLED, cancelled=True,
                    then=kit.budget.released(live.job.job_id))
    kit.storage.clear_work(live.job.job_id)


def fail(kit: Kit, live: Live, error: Exception, **changes: Any) -> None:
    """End the job with the error's sentence; a bug gets a general one, and its trace in the log."""
    if isinstance(error, StudioError):
        sentence, field_name = error.sentence, error.field
        if isinstance(error, (JournalTrouble, StorageTrouble)) and not live.job.request_id:
            sentence = f"{sentence} Nothing was spent." if "Nothing was" not in sentence else sentence
    else:
        log.error("job %s failed", live.job.job_id, exc_info=error)
        sentence, field_name = ("Something unexpected went wrong in this studio. Nothing was charged for this edit. "
                                "Please try again."), None
    problems = ({"field": field_name, "message": sentence},) if field_name else ()
    with contextlib.suppress(Stopped, LeaseLost):
        kit.desk.change(live, Stage.FAILED, message=sentence, error=sentence, problems=problems,
                        then=kit.budget.released(live.job.job_id), **changes)
        kit.storage.clear_work(live.job.job_id)


def _check(kit: Kit, live: Live) -> None:
    if live.gone or live.job.terminal or kit.closing.is_set():
        raise Stopped


def content_type(path: str) -> str:
    return {".mp4": "video/mp4", ".mov": "video/quicktime", ".m4v": "video/mp4", ".webm": "video/webm",
            ".png": "image/png", ".webp": "image/webp"}.get(Path(path).suffix.lower(), "image/jpeg")


class _Progress:
    """The share of all bytes that was sent, told at most twice a second."""

    def __init__(self, kit: Kit, live: Live, sizes: dict[str, int]) -> None:
        self._kit, self._live, self._sizes = kit, live, sizes
        self._done = dict.fromkeys(sizes, 0.0)
        self._told_at = 0.0
        self._lock = threading.Lock()

    def __call__(self, path: str, done: float, total: float | None = None) -> None:
        """`done` of `total` bytes, or a share of 1 when there is no total."""
        with self._lock:
            self._done[path] = min(1.0, done / total if total else done)
            now = self._kit.monotonic()
            if now - self._told_at < 0.5:
                return
            self._told_at = now
            whole = sum(self._sizes.values()) or 1
            share = sum(self._sizes[name] * part for name, part in self._done.items()) / whole
        self._kit.desk.change(self._live, progress=share, durable=False)
