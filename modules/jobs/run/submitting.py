"""Submitting: the one call that may cost money, and what is known after it.

The marker (stage SUBMITTING) is on the disk before the request leaves. Nothing after it is ever sent again by
itself, unless it is free: when the answer is lost, the engine's history is asked what happened (`settling`).
"""

import logging
from dataclasses import replace
from typing import Any

from modules.edit.errors import StudioError
from modules.jobs.errors import LeaseLost
from modules.jobs.job import Job, Stage
from modules.jobs.run.active_job import ActiveJob, Stopped
from modules.jobs.run.context import JobContext
from modules.jobs.run.ending import cancel, engine_name, engine_name_first, fail
from modules.jobs.run.next_step import NOTHING, Next, Step
from modules.jobs.run.polling import next_poll
from modules.jobs.run.settling import begin_check
from modules.segmind.errors import AmbiguousSubmit, SubmitStopped

log = logging.getLogger("studio.jobs")

_WAITS = "This key allows only a few requests a minute: the edit is sent in about {seconds:.0f} s"
_SILENT = "The preview engine does not answer. Nothing was spent. Please try again."


def send(context: JobContext, active: ActiveJob, sources: dict[str, str]) -> Next:
    """Submit the edit with its `sources` (source -> URL)."""
    job = active.job
    payload = job.request.with_sources(sources).payload()
    client = context.engines.client(job.engine, active.key)

    def unwanted() -> bool:
        return active.withdrawn or active.gone or active.job.over or context.closing.is_set()

    def told(seconds: float) -> None:
        context.writer.change(active, message=_WAITS.format(seconds=seconds))

    try:
        # Before the marker, so that a job whose process dies while it waits has not been sent for certain.
        client.wait_for_turn(should_stop=unwanted, on_wait=told)
    except SubmitStopped:
        return _not_sent(context, active)
    message = f"Sending the edit to {engine_name(active)}"
    if not context.writer.change(
        active, Stage.SUBMITTING, must=True, unless_cancelled=True, payload=payload, message=message
    ):
        cancel(context, active)
        return NOTHING
    try:
        accepted = client.submit(payload, should_stop=unwanted, on_wait=told, has_turn=True)
    except SubmitStopped:
        return _not_sent(context, active)
    except AmbiguousSubmit as error:
        if not error.request_id:
            return outcome_unknown(context, active, error.sentence)
        # The answer was cut, or a refusal, but names the request: an accepted edit like any other.
        active.sent_at, active.refusal = context.monotonic(), error.refusal
        return accept(context, active, error.request_id)
    except StudioError as error:
        if error.maybe_billed:
            return outcome_unknown(context, active, error.sentence)
        log.info("job %s was not accepted: %s", job.job_id, error)
        fail(context, active, error)
        return NOTHING
    active.sent_at = context.monotonic()
    return accept(context, active, accepted.request_id)


def _not_sent(context: JobContext, active: ActiveJob) -> Next:
    """What follows on a submit that was held back."""
    if active.withdrawn:
        cancel(context, active)
    elif active.job.stage == Stage.SUBMITTING:  # the studio closes: the next start begins again
        context.writer.change(active, Stage.PREPARING, message="Waiting for its turn")
    return NOTHING


def accept(context: JobContext, active: ActiveJob, request_id: str) -> Next:
    """Before anything else: keep the request id."""
    job_id = active.job.job_id
    message = f"{engine_name_first(active)} has accepted the edit. It waits for a worker."
    try:
        context.writer.change(active, Stage.QUEUED, request_id=request_id, message=message)
        if active.dirty:
            log.critical(
                "job %s runs as request %s, which the journal could not keep yet", job_id, request_id
            )
        return _poll_soon(context, active)
    except (LeaseLost, Stopped):
        # This process was stalled so long that the job was given up as UNCERTAIN. Now its id is known.
        def revive(job: Job) -> Job:
            job = job if job.stage == Stage.UNCERTAIN else replace(job, stage=Stage.UNCERTAIN)
            known: dict[str, Any] = {"request_id": request_id, "message": message, "error": None}
            return job.moved(context.clock(), Stage.QUEUED, **known, maybe_billed=False, checking=False)

        revived = context.journal.rescue(job_id, request_id, revive, context.writer.owner)
        if revived is None:
            log.critical("job %s also runs as request %s", job_id, request_id)
            return NOTHING
        before = active.job
        active.job, active.saved, active.gone, active.pending = revived, revived.version, False, []
        context.writer.announce(active, before)
        return _poll_soon(context, active)


def _poll_soon(context: JobContext, active: ActiveJob) -> Next:
    return replace(next_poll(context, active), meanwhile=Step.THUMBNAIL)


def outcome_unknown(context: JobContext, active: ActiveJob, sentence: str = "") -> Next:
    """A submit that may have been accepted: once more when it is free, else the history is asked."""
    if active.job.free and not active.job.resent:
        context.writer.change(active, Stage.PREPARING, resent=True, message="Asking the preview engine again")
        return Next(Step.SUBMIT)
    if active.job.free:
        fail(context, active, _SILENT)
        return NOTHING
    return begin_check(context, active, sentence)
