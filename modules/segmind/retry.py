"""Who may be asked twice: one table, the pauses between attempts, and the pause that a whole key keeps after
a 429.

The table is the contract's money rule. A submit goes out again only when it was certainly not accepted: no
connection was made, or the engine answered 429 or 5xx. (A 502 or 504 comes from a gateway, which may not know
what happened behind it. The contract counts these as not accepted; so they are re-sent, but only as often as
the policy of SUBMIT allows.) Everything else that follows a sent body is ambiguous. Reads and uploads cost
nothing and are asked again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from modules.segmind import errors as E


class Call(StrEnum):
    """What is asked. DOWNLOAD is the finished video from its public address."""

    READ = "read"
    UPLOAD = "upload"
    SUBMIT = "submit"
    DOWNLOAD = "download"


class AttemptOutcome(StrEnum):
    """How one attempt ended, short of success."""

    NOT_CONNECTED = "no connection made"
    LOST = "sent, connection lost"
    TIMED_OUT = "sent, no answer in time"
    UNREADABLE = "2xx, body cut or not understood"
    REDIRECTED = "3xx or unknown status"
    RATE_LIMITED = "429"
    SERVER_ERROR = "5xx"
    REFUSED = "other 4xx"


OnFailure = Callable[[Call, AttemptOutcome, bool], None]
"""Told of every attempt that failed: of which call, how, and whether another one follows."""


def not_told(call: Call, outcome: AttemptOutcome, again: bool) -> None:
    """The `OnFailure` of those whom it does not concern."""


class Wait(StrEnum):
    NONE = "-"
    BACKOFF = "backoff with full jitter"
    RESET = "until the reset, whole key"


@dataclass(frozen=True)
class Rule:
    """Whether the attempt is repeated, after which pause, and what is raised when it is not."""

    again: bool
    wait: Wait
    error: str


def _rule(cell: str) -> Rule:
    error, _, sign = cell.partition(" ")
    wait = {"": Wait.NONE, "+": Wait.BACKOFF, "*": Wait.RESET}[sign]
    return Rule(bool(sign), wait, error.replace("-", " "))


# What is raised for reads and uploads, for submits and for downloads; with "+" where the attempt is repeated
# after a backoff, with "*" after the reset of the key.
_ROWS = (
    (AttemptOutcome.NOT_CONNECTED, "NotReached +", "NotReached +", "DownloadFailed +"),
    (AttemptOutcome.LOST, "ConnectionLost +", "AmbiguousSubmit", "DownloadFailed +"),
    (AttemptOutcome.TIMED_OUT, "ConnectionLost +", "AmbiguousSubmit", "DownloadFailed +"),
    (AttemptOutcome.UNREADABLE, "BadAnswer +", "AmbiguousSubmit", "DownloadFailed +"),
    (AttemptOutcome.REDIRECTED, "BadAnswer", "AmbiguousSubmit", "DownloadFailed"),
    (AttemptOutcome.RATE_LIMITED, "RateLimited *", "RateLimited *", "DownloadFailed +"),
    (AttemptOutcome.SERVER_ERROR, "ServerError +", "ServerError +", "DownloadFailed +"),
    (AttemptOutcome.REFUSED, "by-code", "by-code", "DownloadFailed"),
)
RULES: dict[Call, dict[AttemptOutcome, Rule]] = {
    call: {row[0]: _rule(row[column]) for row in _ROWS}
    for call, column in ((Call.READ, 1), (Call.UPLOAD, 1), (Call.SUBMIT, 2), (Call.DOWNLOAD, 3))
}


def outcome_of(code: int) -> AttemptOutcome | None:
    """The outcome that an HTTP status stands for; None for 2xx, whose body decides."""
    if 200 <= code < 300:
        return None
    if code == 429:
        return AttemptOutcome.RATE_LIMITED
    if 500 <= code < 600:
        return AttemptOutcome.SERVER_ERROR
    return AttemptOutcome.REFUSED if 400 <= code < 500 else AttemptOutcome.REDIRECTED


@dataclass(frozen=True)
class FailedAttempt:
    """How one attempt ended, and the error to raise if it is not repeated."""

    outcome: AttemptOutcome
    error: E.SegmindError


@dataclass(frozen=True)
class RetryPolicy:
    """Limits of one kind of call. Times in seconds.

    The pause before attempt n+1 is uniform in [0, min(cap, base * 2**(n-1))]: full jitter, so that many
    jobs cut off at the same moment do not come back at the same moment. `total` bounds all attempts and
    pauses together. A 429 is no failed attempt: it says when to come back, and only `total` and
    `longest_reset` bound how often that is done.
    """

    attempts: int = 5
    base: float = 0.5
    cap: float = 20.0
    total: float = 180.0
    longest_reset: float = 120.0

    def backoff(self, attempt: int, rng: Callable[[], float]) -> float:
        """Pause after the failed attempt number `attempt` (from 1)."""
        return rng() * min(self.cap, self.base * 2.0 ** (attempt - 1))


POLICIES: dict[Call, RetryPolicy] = {
    Call.READ: RetryPolicy(),
    Call.UPLOAD: RetryPolicy(attempts=4, base=1.0, total=1800.0),
    Call.SUBMIT: RetryPolicy(attempts=4, base=1.0, total=1800.0),
    Call.DOWNLOAD: RetryPolicy(attempts=6, base=0.5, total=1800.0),
}


# After a 429, in seconds: the pause when the answer names no reset, the least (clocks differ a little) and
# the most.
PAUSE_UNTOLD = 2.0
PAUSE_LEAST = 0.5
PAUSE_MOST = 600.0
LONGEST_HELD = 120.0
"""A reset that is further away is no limit of a minute, and does not stop the other calls of the key."""


def parse_moment(text: str | None, now: float) -> float | None:
    """A moment in epoch seconds, from what servers put into reset and retry headers; None when it cannot be
    read.

    Understood: epoch seconds, milliseconds or microseconds; a small number (seconds from now); ISO 8601
    with `Z`, an offset or nothing (then UTC); an HTTP date.
    """
    text = (text or "").strip().strip('"')
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return _parse_date(text)
    if not 0 <= number < 1e17:
        return None
    if number < 1e8:
        return now + number
    while number > 1e11:
        number /= 1000.0
    return number


def _parse_date(text: str) -> float | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None


def reset_moment(headers: Mapping[str, str], now: float) -> float | None:
    """When a 429 allows the next request, epoch seconds: `Retry-After` when present, else
    `x-rate-limit-reset-at-utc`."""
    for name in ("Retry-After", "x-rate-limit-reset-at-utc"):
        moment = parse_moment(headers.get(name), now)
        if moment is not None:
            return moment
    return None


def error_class(name: str) -> type[E.SegmindError]:
    """The class that a rule's `error` names; SegmindError for "by code"."""
    found: type[E.SegmindError] = getattr(E, name, E.SegmindError)
    return found
