"""What the wire can say, or fail to say, as one tree of errors.

SegmindError                  base; `code` is the HTTP status or None
├── BadRequest            400, 413 and other refusals of the request itself
├── Unauthorized          401  the key is missing or rejected
├── Forbidden             403  the account may not call this model
├── NotFound              404  no such model or request record (records live one hour)
├── MethodNotAllowed      405
├── NotAcceptable         406
│   └── InsufficientCredits   406 whose message speaks of credits, balance or a spend limit
├── Gone                  410  the model is retired
├── JobFailed             422  the job ran and failed; `.error` is the engine's reason
├── RateLimited           429  `.reset_at`, epoch seconds on this machine's clock
├── ServerError           5xx
├── NotReached            no connection could be made: certainly not accepted
├── ConnectionLost        a free call got no whole answer (time-out, cut)
├── BadAnswer             an answer that cannot be understood
│   └── NotFinished       the result was asked for before the job had one
├── AmbiguousSubmit       a submit left and no usable answer came: it may be running and billed
├── SubmitStopped         the caller withdrew a submit before it was sent
├── UploadFailed          a local file cannot be sent
└── DownloadFailed        the finished video cannot be copied
    └── ResultGone        404 or 410 on the video itself

Each sentence is made of three parts: what happened, whether money was spent, what to do. The middle part is
left out for an engine that is free. Money follows the contract: only HTTP 200 is billed.
"""

import re
from dataclasses import dataclass
from typing import Any

from modules.edit.errors import StudioError
from modules.secret import redact

QUOTE_LIMIT = 240
_MONEY_WORDS = re.compile(r"credit|balance|spend|fund|billing|top.?up", re.IGNORECASE)

NOTHING_SPENT = "Nothing was charged."
MAYBE_SPENT = "If it was accepted, it is running and will be charged."
NO_REASON = "The engine gave no reason."
SPENT = "The job itself was completed and charged."


class SegmindError(StudioError):
    """Raised when a call to the engine does not give what was asked; typically a subclass says why.

    `code` is the HTTP status, or None when no answer came. `detail` is a short technical note for logs,
    free of keys and URLs.
    """

    def __init__(
        self, sentence: str, *, code: int | None = None, detail: str = "", field: str | None = None
    ) -> None:
        super().__init__(sentence, field=field)
        self.code = code
        self.detail = detail


class BadRequest(SegmindError):
    """The engine refused the request as malformed or invalid (400, 413 and the rarer 4xx)."""


class Unauthorized(SegmindError):
    """The key is missing, malformed or rejected (401)."""


class Forbidden(SegmindError):
    """The account may not call this model (403)."""


class NotFound(SegmindError):
    """No such model, or the request record is unknown or older than its one hour (404)."""


class MethodNotAllowed(SegmindError):
    """The address does not take this kind of call (405, an HTML body); typically a wrong base URL."""


class NotAcceptable(SegmindError):
    """A value, a header or a limit was not acceptable (406); the engine's message says which."""


class InsufficientCredits(NotAcceptable):
    """The account has too few credits, or met its own spend limit (406 with such a message)."""


class Gone(SegmindError):
    """The model is retired (410)."""


class JobFailed(SegmindError):
    """The job ran and failed, content blocks included (422); `error` is the engine's own reason, or a
    general one."""

    def __init__(self, sentence: str, *, error: str = "", **kw: Any) -> None:
        super().__init__(sentence, **kw)
        self.error = error


class RateLimited(SegmindError):
    """Too many requests for this key (429). `reset_at` is when to go on: epoch seconds on this machine, or
    None."""

    def __init__(self, sentence: str, *, reset_at: float | None = None, **kw: Any) -> None:
        super().__init__(sentence, **kw)
        self.reset_at = reset_at


class ServerError(SegmindError):
    """The engine or a gateway before it failed (5xx)."""


class NotReached(SegmindError):
    """No connection could be made (refused, no such host, time-out, failed handshake): nothing was sent."""


class ConnectionLost(SegmindError):
    """A call that costs nothing got no whole answer; asking again is safe."""


class BadAnswer(SegmindError):
    """The answer could not be understood; typically not JSON, cut short, or without the promised fields."""


class NotFinished(BadAnswer):
    """The result was asked for while the job is still waiting or running."""


class AmbiguousSubmit(SegmindError):
    """A submit left this machine and no usable answer came back. Never re-sent by itself: each accepted one
    is charged.

    `request_id` is set when a cut answer still showed a whole id: the job then exists, and may be followed
    by it.
    """

    maybe_billed = True
    request_id: str | None = None


class SubmitStopped(SegmindError):
    """The caller withdrew the submit while it waited for its turn; nothing was sent."""


class UploadFailed(SegmindError):
    """A local file cannot be sent; typically it vanished or changed while it was read."""


class DownloadFailed(SegmindError):
    """The finished video could not be copied whole. The job is done and charged; the copy may be tried
    again."""

    maybe_billed = True


class ResultGone(DownloadFailed):
    """The finished video is no longer at its address (404 or 410)."""


@dataclass(frozen=True)
class Row:
    """One row of the error table. `{engine}` in a sentence is the engine's name."""

    kind: type[SegmindError]
    happened: str
    advice: str
    money: str = NOTHING_SPENT


TABLE: dict[int, Row] = {
    400: Row(
        BadRequest,
        "{engine} refused the request as invalid.",
        "Change the settings it names and start again.",
    ),
    401: Row(
        Unauthorized,
        "{engine} did not accept the key.",
        "Check the key: SG_ and 16 characters, as its console shows it.",
    ),
    403: Row(
        Forbidden,
        "The account behind this key may not use this model.",
        "Check the account's plan, or use another key.",
    ),
    404: Row(
        NotFound,
        "{engine} does not know this model or request.",
        "A request record lives one hour; after that it cannot be asked about.",
    ),
    405: Row(
        MethodNotAllowed,
        "The address that was called does not take this kind of request.",
        "Check the engine's base URL in the settings.",
    ),
    406: Row(
        NotAcceptable,
        "{engine} did not accept the request.",
        "Its message says why: a value it does not take, or a limit of the account.",
    ),
    410: Row(
        Gone, "{engine} has retired this model.", "It cannot be used any more; this studio needs an update."
    ),
    413: Row(
        BadRequest, "A file or the request is larger than {engine} takes.", "Use a shorter or smaller clip."
    ),
    422: Row(
        JobFailed,
        "{engine} could not make this edit.",
        "Change the prompt, the clip or the pictures, then start again.",
    ),
    429: Row(
        RateLimited,
        "{engine} asks for a pause: too many requests with this key.",
        "Wait a little, then try again.",
    ),
    500: Row(
        ServerError,
        "{engine} failed inside.",
        "Try again; if it repeats, a setting or a file may be what it cannot take.",
    ),
    502: Row(ServerError, "{engine} could not be reached behind its gateway.", "Try again in a few minutes."),
    503: Row(ServerError, "{engine} is not available now.", "Try again in a few minutes."),
    504: Row(ServerError, "{engine} took too long and its gateway gave up.", "Try again in a few minutes."),
}
CREDITS = Row(
    InsufficientCredits,
    "{engine} did not start the edit: the account lacks credits or met a spend limit.",
    "Add credits or raise the limit in its console, then start again.",
)
_OTHER_4XX = Row(BadRequest, "{engine} refused the request.", "Check the settings and start again.")
_OTHER_5XX = Row(ServerError, "{engine} failed.", "Try again in a few minutes.")
_ODD = Row(
    BadAnswer,
    "{engine} gave an answer that this studio does not know.",
    "Check the engine's base URL in the settings.",
)


# What is said when no usable answer came: happened, money, advice.
UNANSWERED: dict[type[SegmindError], tuple[str, str, str]] = {
    NotReached: (
        "{engine} could not be reached.",
        NOTHING_SPENT,
        "Check the connection and try again in a minute.",
    ),
    ConnectionLost: (
        "The connection to {engine} was lost before the answer came.",
        "Asking costs nothing.",
        "Try again.",
    ),
    BadAnswer: (
        "The answer of {engine} could not be understood.",
        "Asking costs nothing.",
        "Try again; if it repeats, check the engine's base URL.",
    ),
    AmbiguousSubmit: (
        "",
        MAYBE_SPENT,
        "It is not sent again by itself: look at the engine's usage page, then decide.",
    ),
}
AMBIGUOUS: dict[str, str] = {
    "LOST": "The edit was sent to {engine}, but the connection was lost before an answer came.",
    "TIMED_OUT": "The edit was sent to {engine}, but no answer came in time.",
    "UNREADABLE": "The edit was sent to {engine}, and its answer carries no usable request id.",
    "REDIRECTED": (
        "The edit was sent to {engine}, which gave an answer that does not say whether it was accepted."
    ),
}


def quotable(message: object, secret: str = "") -> str:
    """The engine's own message when it may be shown: one short, printable, non-HTML line without keys;
    else ""."""
    if not isinstance(message, str):
        return ""
    text = redact(" ".join(message.split()), secret)
    if (
        not text
        or len(text) > QUOTE_LIMIT
        or not text.isprintable()
        or text.lstrip().startswith(("<", "{", "[{"))
    ):
        return ""
    return text


def readable(message: object, secret: str = "", limit: int = 600) -> str:
    """The engine's reason for a failed job, fit to show: one line without keys, cut at `limit` characters."""
    text = message if isinstance(message, str) else ""
    text = redact(" ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split()), secret)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def compose(
    engine: str, happened: str, money: str, advice: str, *, quote: str = "", free: bool = False
) -> str:
    """One readable sentence group; the money part is dropped for a free engine."""
    parts = [happened]
    if quote:
        parts.append(f'It says: "{quote}"' + ("" if quote.endswith((".", "!", "?")) else "."))
    if money and not free:
        parts.append(money)
    parts.append(advice)
    text = " ".join(part for part in parts if part).replace("{engine}", engine)
    return text[:1].upper() + text[1:]


def row_for(code: int, message: str = "") -> Row:
    """The table's row for an HTTP status other than 200; 406 is split by what the message speaks of."""
    if code == 406 and _MONEY_WORDS.search(message):
        return CREDITS
    if code in TABLE:
        return TABLE[code]
    if 400 <= code < 500:
        return _OTHER_4XX
    return _OTHER_5XX if 500 <= code < 600 else _ODD


def from_answer(
    code: int,
    message: object,
    *,
    engine: str,
    free: bool = False,
    secret: str = "",
    reset_at: float | None = None,
) -> SegmindError:
    """The error for an explicit HTTP answer. `message` is the body's `error`, or anything: only a fit one
    is quoted."""
    quote = quotable(message, secret)
    row = row_for(code, quote)
    sentence = compose(engine, row.happened, row.money, row.advice, quote=quote, free=free)
    extra: dict[str, Any] = {}
    if row.kind is RateLimited:
        extra["reset_at"] = reset_at
    if row.kind is JobFailed:
        extra["error"] = readable(message, secret) or NO_REASON
    return row.kind(sentence, code=code, detail=f"HTTP {code}", **extra)
