"""The CHECK step: asks the engine's request history whether a submit whose answer was lost has arrived.

Found, the job goes on under that id as if the answer had come. Not found, it ends UNCERTAIN: a row that is
not there proves nothing, as records may land late. So it is asked on for a quarter of an hour, again at the
next start, and whenever the person wants; and nothing is ever sent again because of it.
"""

import contextlib
import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from modules.edit.request import SLUG, is_url
from modules.jobs.errors import LeaseLost, RequestTaken
from modules.jobs.job import Job, Stage
from modules.jobs.run.active_job import ActiveJob, Stopped
from modules.jobs.run.context import JobContext
from modules.jobs.run.ending import engine_name, engine_name_first, uncertain
from modules.jobs.run.next_step import NOTHING, Next, Step
from modules.jobs.run.polling import next_poll, seconds_to_turn
from modules.segmind.errors import Forbidden, NotFound, RateLimited, Unauthorized
from modules.segmind.history import HistoryRow

log = logging.getLogger("studio.jobs")

LOOKS = (2.0, 5.0, 15.0, 40.0)
"""Seconds after the loss at which the history is asked while the job still counts as being sent."""
THEN_EVERY = 60.0
CHECK_SECONDS = 15 * 60.0
_SKEW = 15.0
"""The engine's clock may differ from ours by so many seconds: a row that is older is of another submit."""
_LATEST = 300.0
"""A submit that was under way when its connection broke is accepted within so many seconds, or not at all."""
_DEFAULTS: dict[str, Any] = {
    "aspect_ratio": "16:9",
    "duration": "5",
    "keep_audio": False,
    "mode": "pro",
    "shot_type": "customize",
    "elements": [],
    "image_urls": [],
}

CHECKING = (
    "The connection broke while the edit was being sent. Checking with {engine} whether it arrived: if it "
    "did, it goes on here. Nothing is sent a second time."
)
_STILL_ASKED = "{said} {Engine}'s request history does not show it so far; it is asked once a minute."
_NOT_SHOWN = (
    "{said} {Engine}'s request history does not show it, which proves nothing: records may come late."
)
_NOT_ASKED = "{said} {Engine}'s request history could not be asked."
_ASKED_AGAIN = "{said} {Engine}'s request history could not be asked so far; it is tried again."
_FOUND = "{Engine} has the edit after all. It goes on."


def begin_check(context: JobContext, active: ActiveJob, sentence: str = "", *, at_once: bool = False) -> Next:
    """Let the job wait while the history is asked. `sentence`: what was said about the lost answer."""
    message = CHECKING.format(engine=engine_name(active))
    with contextlib.suppress(Stopped, LeaseLost):
        now = context.clock()
        context.writer.change(active, message=message, checking=True, maybe_billed=True, lost_at=now)
        active.loss = sentence
        begin_looks(context, active, CHECK_SECONDS)
        return Next(Step.CHECK, 0.0 if at_once else _pause(context, active))
    return NOTHING


def begin_looks(context: JobContext, active: ActiveJob, seconds: float) -> None:
    """The history is asked from now on, for so many `seconds`; 0 is once."""
    active.checked, active.checking_since, active.check_seconds = 0, context.monotonic(), seconds


def check(context: JobContext, active: ActiveJob) -> Next:
    """Ask once; the job goes on, is asked about again, or ends UNCERTAIN."""
    if not active.job.checking:  # found by a look between
        return NOTHING
    if active.checking_since is None:  # taken up after a restart
        begin_looks(context, active, CHECK_SECONDS)
    asked, there = True, True
    try:
        if following := _settled(context, active):
            return following
    except (Stopped, LeaseLost):
        return NOTHING
    except RateLimited as error:
        wait = seconds_to_turn(context, error)
        if wait is not None and not _overdue(context, active):
            return Next(Step.CHECK, wait)
        asked = False
    except (NotFound, Unauthorized, Forbidden):
        asked = there = False
    except Exception as error:
        asked = False
        log.info("job %s: the history could not be asked: %s", active.job.job_id, error)
    if not active.job.checking:
        return NOTHING
    active.checked += 1
    with contextlib.suppress(Stopped, LeaseLost):
        return _go_on(context, active, asked=asked, there=there)
    return NOTHING


def look_now(context: JobContext, active: ActiveJob) -> Next | None:
    """One look between the others, because a person asks for it: what follows when the row is found."""
    if not active.job.checking or active.job.request_id:
        return None
    return _settled(context, active)


def _settled(context: JobContext, active: ActiveJob) -> Next | None:
    """Find the job's row and go on with it; None when there is none to be sure of."""
    job = active.job
    history = context.engines.client(job.engine, active.key).history
    rows = history.since(job.submitted_at or job.created_at, attempts=2)
    # In this order: whose row was there and who has an id since then is not taken for a stranger's.
    rivals = context.journal.rivals(job)
    if any(not rival.terminal and not rival.checking for rival in rivals):
        return None  # it is being sent just now: its row could be mistaken for ours
    claimed = context.journal.claimed((row.request_id for row in rows), job.job_id)
    times = [rival.submitted_at or rival.created_at for rival in rivals]
    row = matching_row(job, rows, claimed, times)
    if row is None:
        return None
    message = _FOUND.format(Engine=engine_name_first(active))

    def settle(connection: Any) -> None:
        context.journal.claiming(row.request_id, job.job_id)(connection)
        context.budget.reserved_again(job.job_id)(connection)

    try:
        with active.lock:  # a look on request may run beside this one: only one of them goes on
            if not active.job.checking:
                return None
            context.writer.change(
                active,
                Stage.QUEUED,
                must=True,
                request_id=row.request_id,
                message=message,
                error=None,
                maybe_billed=False,
                checking=False,
                then=settle,
            )
    except RequestTaken:
        return None
    log.info("job %s was found in the history as request %s", job.job_id, row.request_id)
    return replace(next_poll(context, active), delay=0.0, meanwhile=Step.THUMBNAIL)


def _go_on(context: JobContext, active: ActiveJob, *, asked: bool, there: bool) -> Next:
    """Not found: another look, and the end when there were enough."""
    elapsed = context.monotonic() - (active.checking_since or 0.0)
    again = elapsed < active.check_seconds * context.patience
    said = active.loss or sentence_of(active)
    names = {"said": said, "Engine": engine_name_first(active)}
    sentence = (
        (_STILL_ASKED if again else _NOT_SHOWN).format(**names) if asked else _NOT_ASKED.format(**names)
    )
    if active.job.stage == Stage.SUBMITTING:
        if again and there and active.checked < len(LOOKS):
            return Next(Step.CHECK, _pause(context, active))
        uncertain(context, active, sentence, checking=again)
    elif not again or active.checked <= len(LOOKS):
        context.writer.change(active, message=sentence, error=sentence, checking=again)
    return Next(Step.CHECK, _pause(context, active)) if again else NOTHING


def sentence_of(active: ActiveJob) -> str:
    """What is said of a lost answer when no better sentence is known."""
    engine = engine_name(active)
    return (
        f"The edit was being sent when the connection broke, so it is not known whether {engine} accepted "
        f"it. If it did, it is running and will be billed. It is not sent again by itself: look at your "
        f"{engine} account first, then decide."
    )


def _pause(context: JobContext, active: ActiveJob) -> float:
    """Seconds until the next look."""
    done = active.checked
    at = LOOKS[done] if done < len(LOOKS) else LOOKS[-1] + THEN_EVERY * (done - len(LOOKS) + 1)
    passed = context.monotonic() - (active.checking_since or 0.0)
    return max(0.0, at * context.patience - passed)


def _overdue(context: JobContext, active: ActiveJob) -> bool:
    return context.monotonic() - (active.checking_since or 0.0) > 2 * LOOKS[-1] * context.patience


def matching_row(
    job: Job, rows: Iterable[HistoryRow], claimed: set[str], rivals: Iterable[float] = ()
) -> HistoryRow | None:
    """The row that is `job`'s own submit, or None when there is none to be sure of.

    An uploaded clip has an address of our own: the row with it and the same prompt, in the time of the
    submit, is ours, and among several (the clip was sent more than once) the nearest in time. A clip that
    was given as an address may be anybody's: then all inputs must be equal, and there must be exactly one
    such row. `claimed` are requests that other jobs have.
    """
    sent, at = job.payload or {}, job.submitted_at or job.created_at
    latest = max(at, job.lost_at or at) + _LATEST
    # A later submit of the same edit that is in doubt too has the rows from its own time on.
    latest = min([latest, *(later - _SKEW for later in rivals if later > at + 2 * _SKEW)])
    fitting = [
        row
        for row in rows
        if row.request_id not in claimed
        and (row.created_at is None or not row.zoned or at - _SKEW <= row.created_at <= latest)
        and row.body
        and row.body.get("video_url") == sent.get("video_url")
        and _same_prompt(row.body.get("prompt"), sent.get("prompt"))
    ]
    if is_url(job.request.video_url):
        # A title that is not the slug's may be another model's, which took the same clip and prompt.
        fitting = [row for row in fitting if row.is_of(SLUG)]
        equal = [row for row in fitting if all(_same(name, row.body, sent) for name in _DEFAULTS)]
        return equal[0] if len(equal) == 1 else None
    fitting = [row for row in fitting if row.is_of(SLUG) or "kling" in row.model.lower()]
    # Settings that the row does not carry say nothing; those that differ are of another edit of this clip.
    fitting = [
        row for row in fitting if all(_same(name, row.body, sent) for name in _DEFAULTS if name in row.body)
    ]
    if len(fitting) > 1 and any(row.created_at is None for row in fitting):
        return None
    return min(fitting, key=lambda row: abs((row.created_at or at) - at), default=None)


def _same_prompt(told: object, sent: object) -> bool:
    """Equal but for blanks, and for what was cut at the end: the engine cuts at 2,500 characters."""
    one, other = (" ".join(text.split()) if isinstance(text, str) else "" for text in (told, sent))
    return one == other or (len(one) > 1000 and other.startswith(one.rstrip("… .")))


def _same(name: str, told: dict[str, Any], sent: dict[str, Any]) -> bool:
    """Whether a parameter is the same in both, a missing one being its default."""
    return _plain(told.get(name), name) == _plain(sent.get(name), name)


def _plain(value: object, name: str) -> object:
    """A parameter's value in one form: vendors write 5, 5.0 and "5", or 0 and "false"."""
    if value in (None, "", {}):
        value = _DEFAULTS[name]
    if name == "keep_audio":
        return str(value).strip().lower() in ("true", "1", "1.0", "yes", "on")
    if isinstance(value, list):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip().lower()
    return text.removesuffix(".0") if name == "duration" else text
