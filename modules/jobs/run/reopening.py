"""Reopening: takes up a job that is over although its outcome is not known, or its result was not fetched.

UNCERTAIN: the request history is asked once more whether the submit arrived. EXPIRED: the file is fetched
again where its address is known, else the history is asked about the request. Nothing is ever sent.
"""

from typing import Any

from modules.jobs.job import Job, Stage
from modules.jobs.run.active_job import ActiveJob
from modules.jobs.run.context import JobContext
from modules.jobs.run.ending import engine_name
from modules.jobs.run.settling import begin_looks
from modules.secret import Secret

REOPENED = frozenset({Stage.UNCERTAIN, Stage.EXPIRED})


_DOUBTFUL_SECONDS = 7 * 86400.0
"""An edit that was lost longer ago has no file any more."""


def doubtful(context: JobContext) -> list[Job]:
    """The doubtful ends of earlier days that the owner's key can be asked about, for a start.
    JournalTrouble as it comes."""
    found = context.journal.doubtful(context.clock() - _DOUBTFUL_SECONDS)
    return [job for job in found if job.payer == "owner" and context.takes_up(job)]


def needs_key(job: Job) -> bool:
    """Whether the visitor's key is needed to look again: a finished file needs none."""
    return job.payer == "visitor" and not (job.stage == Stage.EXPIRED and job.result_url)


def reopen(context: JobContext, job: Job, key: Secret | None) -> ActiveJob | None:
    """The job, leased to this process and ready to go on; None when it is not over any more. JournalTrouble
    as it comes."""
    stage: Stage | None = None
    changes: dict[str, Any] = {
        "checking": True,
        "message": f"Asking {engine_name(ActiveJob(job))} about this edit",
    }
    if job.stage == Stage.EXPIRED and job.result_url:
        stage, changes = Stage.SAVING, {"message": "Fetching the video again", "error": None}
    opened = job.moved(context.clock(), stage, **changes)
    if not context.journal.reopen(opened, job.version, context.writer.owner):
        return None
    active = ActiveJob(opened, key=key, saved=opened.version)
    begin_looks(context, active, 0.0)
    return active
