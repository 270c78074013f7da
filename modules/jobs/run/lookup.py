"""The LOOK_UP step: asks the engine's request history about a request whose record is gone.

A record lives one hour, its row in the history stays and the finished file seven days. So a result that
nobody fetched in time is fetched after all, a failure says why, and only what the history does not know
either is EXPIRED.
"""

import contextlib
import logging

from modules.jobs.errors import LeaseLost
from modules.jobs.job import Stage
from modules.jobs.run.active_job import ActiveJob, Stopped
from modules.jobs.run.context import JobContext
from modules.jobs.run.costs import cost_of, settled
from modules.jobs.run.ending import engine_name, engine_name_first, expire, fail
from modules.jobs.run.next_step import NOTHING, Next, Step
from modules.jobs.run.polling import (
    CONFIRM_MISSING,
    RECORD_SECONDS,
    age,
    failed_upstream,
    next_poll,
    seconds_to_turn,
)
from modules.segmind.errors import Forbidden, Unauthorized
from modules.segmind.history import HistoryRow
from modules.segmind.parsing import RequestState
from modules.segmind.sentences import job_failed

log = logging.getLogger("studio.jobs")

_TRIES = 8
"""About five minutes: a history that does not answer is given up then, and may be asked again by a person."""
_LONGEST_PAUSE = 60.0

_NEVER_KNOWN = (
    "{Engine} does not know this request, and its request history does not show it. Check the id and that "
    "the key is of the same account."
)
_RECORD_OVER = (
    "{Engine} no longer knows this edit (it keeps a request for one hour), and its request history does not "
    "show it. It may have been billed; your {engine} account shows it."
)
_UNFINISHED = (
    "{Engine} no longer keeps this edit, and its request history still calls it unfinished. It may have been "
    "billed; look again later."
)
_NO_FILE = "{Engine}'s request history calls this edit finished, but names no video. Look again later."
_NOT_ASKED = (
    "{Engine} no longer keeps this edit (it keeps a request for one hour), and its request history could not "
    "be asked. It may have been billed; look again later."
)


def look_up(context: JobContext, active: ActiveJob) -> Next:
    """Ask once; the job goes on to SAVE, fails with the reason, is asked about again, or ends EXPIRED."""
    job = active.job
    try:
        client = context.engines.client(job.engine, active.key)
        row = client.history.get(job.request_id or "", attempts=1)
        return _told(context, active, row)
    except (Stopped, LeaseLost):
        return NOTHING
    except Exception as error:
        with contextlib.suppress(Stopped, LeaseLost):
            return _not_told(context, active, error)
    return NOTHING


def _told(context: JobContext, active: ActiveJob, row: HistoryRow | None) -> Next:
    job = active.job
    if row is None and job.resumed and active.missing < CONFIRM_MISSING and not job.terminal:
        return Next(Step.POLL, 2.0 * context.patience)  # sent a moment ago, perhaps
    if row is None and active.refusal is not None:
        fail(context, active, active.refusal)  # no such request: then it was the refusal that it said it was
        return NOTHING
    if row is None:
        return _over(context, active, _NEVER_KNOWN if job.resumed else _RECORD_OVER)
    if row.state is RequestState.FAILED:
        engine = engine_name(active)
        failure = job_failed(row.reason, engine=engine, free=job.free, charged=row.cost)
        failed_upstream(context, active, failure, {}, cost=row.cost)
        return NOTHING
    if row.video_url:
        context.writer.change(
            active,
            Stage.SAVING,
            message="The edit is ready. Copying it here",
            error=None,
            checking=False,
            maybe_billed=False,
            result_url=row.video_url,
            durable=True,
            **cost_of(job, row.cost),
            then=settled(context.budget, job, row.cost),
        )
        return Next(Step.SAVE)
    if row.state is RequestState.COMPLETED:
        return _again(context, active, _NO_FILE)
    if not job.terminal and age(context, active) < RECORD_SECONDS:  # its record may come late
        return next_poll(context, active)
    return _again(context, active, _UNFINISHED)


def _not_told(context: JobContext, active: ActiveJob, error: Exception) -> Next:
    if (wait := seconds_to_turn(context, error)) is not None:
        return Next(Step.LOOK_UP, wait)
    log.info("job %s: the history could not be asked: %s", active.job.job_id, error)
    if isinstance(error, (Unauthorized, Forbidden)):
        return _over(context, active, _NOT_ASKED)
    return _again(context, active, _NOT_ASKED)


def _again(context: JobContext, active: ActiveJob, sentence: str) -> Next:
    """Another look after a growing pause, or the end with `sentence` when there were enough."""
    active.looked_up += 1
    if active.looked_up >= _TRIES or (active.check_seconds == 0.0 and active.job.terminal):
        return _over(context, active, sentence)
    return Next(Step.LOOK_UP, context.patience * min(_LONGEST_PAUSE, 2.0 ** (active.looked_up + 1)))


def _over(context: JobContext, active: ActiveJob, sentence: str) -> Next:
    engine = engine_name_first(active)
    said = sentence.format(Engine=engine, engine=engine)
    expire(context, active, said, maybe_billed=not active.job.resumed)
    return NOTHING
