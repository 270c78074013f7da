"""What can go wrong in the life of a job.

JobError(StudioError)
├── BudgetRefused     this studio may not spend that, or not now
├── JournalTrouble    the journal cannot be written or read
├── StorageTrouble    the disk is full or cannot be written
├── NotYours          the job belongs to another visitor, or does not exist
├── RequestTaken      a request belongs to another job (never shown: the next candidate is tried)
└── LeaseLost         another replica runs this job now (never shown: the job goes on there)
"""

from modules.edit.errors import StudioError


class JobError(StudioError):
    """Something about a job that a person should read."""


class BudgetRefused(JobError):
    """Raised before anything is uploaded: a limit of the owner's key is reached."""


class JournalTrouble(JobError):
    """Raised when the database is locked, read-only, full or gone."""


class StorageTrouble(JobError):
    """Raised when a file cannot be kept: the disk is full or read-only."""


NOT_YOURS = "This edit is not among yours. It may have been made in another browser, or forgotten."

NO_SUCH_JOB = "No job has this id. Results are kept for a few days only."


class NotYours(JobError):
    """Raised for an unknown job id and for another visitor's job alike, so that neither can be told apart."""


class LeaseLost(JobError):
    """Raised inside a runner whose job was taken over by another replica: it must let go of it."""


class RequestTaken(JobError):
    """Raised inside a transaction that would give two jobs the same request."""
