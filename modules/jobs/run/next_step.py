"""What a step of a job answers: which step comes next, and after how many seconds.

The executor follows the answer and decides nothing itself:

    SUBMIT     prepare the sources, upload them, submit the edit  -> POLL, CHECK, SUBMIT (free preview), none
    CHECK      ask the history whether a lost submit arrived      -> POLL, CHECK, none
    POLL       ask the engine once                                -> POLL, SAVE, LOOK_UP, SUBMIT (free), none
    LOOK_UP    ask the history about a request without a record   -> SAVE, LOOK_UP, POLL, none
    SAVE       fetch the result and copy the video                -> SAVE, LOOK_UP, SUBMIT (free), none
    LEARN_COST ask the history what a finished edit cost          -> LEARN_COST, none
    THUMBNAIL  a still of the clip, beside the first POLL         -> none

None: the job is over, waits for its visitor's key, or went to another replica.
"""

from dataclasses import dataclass
from enum import Enum

from modules.jobs.job import Job, Stage


class Step(str, Enum):
    """A unit of work that a thread of the executor carries out for one job."""

    SUBMIT = "SUBMIT"
    CHECK = "CHECK"
    POLL = "POLL"
    LOOK_UP = "LOOK_UP"
    LEARN_COST = "LEARN_COST"
    SAVE = "SAVE"
    THUMBNAIL = "THUMBNAIL"


@dataclass(frozen=True)
class Next:
    """`step` after `delay` seconds, and `meanwhile` at once beside it; with `step` None, nothing more."""

    step: Step | None
    delay: float = 0.0
    meanwhile: Step | None = None


NOTHING = Next(None)


def next_of(job: Job, delay: float = 0.0) -> Next:
    """The step with which a job goes on at its stage, after a start or an interruption."""
    if job.over:
        return NOTHING
    if job.checking and job.stage == Stage.COMPLETED:
        return Next(Step.LEARN_COST, delay)
    if job.checking:
        return Next(Step.LOOK_UP if job.request_id else Step.CHECK, delay)
    if job.stage == Stage.SAVING:
        return Next(Step.SAVE, delay)
    if job.stage in (Stage.QUEUED, Stage.PROCESSING):
        return Next(Step.POLL, delay)
    return Next(Step.SUBMIT, delay)
