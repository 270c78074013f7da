"""The kind of a failure, for programs that must decide what to do about it: the command line's exit codes.

The sentence of an error is for a person and may change; its kind is one of a few words, kept with the job.
"""

from modules.edit.errors import StudioError
from modules.jobs.errors import BudgetRefused, JournalTrouble, StorageTrouble
from modules.media.errors import MediaError
from modules.segmind.errors import (
    ConnectionLost,
    Forbidden,
    InsufficientCredits,
    NotReached,
    RateLimited,
    SegmindError,
    ServerError,
    Unauthorized,
    UploadFailed,
)

INPUT, KEY, MONEY, ENGINE, NETWORK, STUDIO = "input", "key", "money", "engine", "network", "studio"
KINDS = (INPUT, KEY, MONEY, ENGINE, NETWORK, STUDIO)
"""A clip, picture or prompt; the key; the budget or the credits; refused or failed by the engine; an engine
that does not answer; this machine (its disk, its journal, a fault of the studio)."""
_BY_CLASS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((BudgetRefused, InsufficientCredits), MONEY),
    ((Unauthorized, Forbidden), KEY),
    ((NotReached, ConnectionLost, ServerError, RateLimited), NETWORK),
    ((MediaError, UploadFailed), INPUT),
    ((JournalTrouble, StorageTrouble), STUDIO),
    ((SegmindError,), ENGINE),
)


def failure_kind(error: Exception) -> str:
    """The one of KINDS that `error` is of; what names a field is about what was given, and a bug is ours."""
    for classes, kind in _BY_CLASS:
        if isinstance(error, classes):
            return kind
    return INPUT if isinstance(error, StudioError) and error.field else STUDIO
