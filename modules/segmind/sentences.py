"""Sentences for what the engine said or did not say: one table, and how its parts are put together.

Each sentence is made of three parts: what happened, whether money was spent, what to do. The middle part is
left out for an engine that is free. Money follows the contract: only HTTP 200 is billed.
"""

import re
from dataclasses import dataclass
from typing import Any

from modules.secret import redact
from modules.segmind import errors as E

QUOTE_LIMIT = 240
_MONEY_WORDS = re.compile(r"credit|balance|spend|fund|billing|top.?up", re.IGNORECASE)

NOTHING_SPENT = "Nothing was charged."
MAYBE_SPENT = "If it was accepted, it is running and will be charged."
NO_REASON = "The engine gave no reason."
SPENT = "The job itself was completed and charged."


@dataclass(frozen=True)
class Row:
    """One row of the error table. `{engine}` in a sentence is the engine's name."""

    kind: type[E.SegmindError]
    happened: str
    advice: str
    money: str = NOTHING_SPENT


TABLE: dict[int, Row] = {
    400: Row(
        E.BadRequest,
        "{engine} refused the request as invalid.",
        "Change the settings it names and start again.",
    ),
    401: Row(
        E.Unauthorized,
        "{engine} did not accept the key.",
        "Check the key: SG_ and 16 characters, as its console shows it.",
    ),
    403: Row(
        E.Forbidden,
        "The account behind this key may not use this model.",
        "Check the account's plan, or use another key.",
    ),
    404: Row(
        E.NotFound,
        "{engine} does not know this model or request.",
        "A request record lives one hour; after that it cannot be asked about.",
    ),
    405: Row(
        E.MethodNotAllowed,
        "The address that was called does not take this kind of request.",
        "Check the engine's base URL in the settings.",
    ),
    406: Row(
        E.NotAcceptable,
        "{engine} did not accept the request.",
        "Its message says why: a value it does not take, or a limit of the account.",
    ),
    410: Row(
        E.Gone, "{engine} has retired this model.", "It cannot be used any more; this studio needs an update."
    ),
    413: Row(
        E.BadRequest, "A file or the request is larger than {engine} takes.", "Use a shorter or smaller clip."
    ),
    422: Row(
        E.JobFailed,
        "{engine} could not make this edit.",
        "Change the prompt, the clip or the pictures, then start again.",
    ),
    429: Row(
        E.RateLimited,
        "{engine} asks for a pause: too many requests with this key.",
        "Wait a little, then try again.",
    ),
    500: Row(
        E.ServerError,
        "{engine} failed inside.",
        "Try again; if it repeats, a setting or a file may be what it cannot take.",
    ),
    502: Row(
        E.ServerError, "{engine} could not be reached behind its gateway.", "Try again in a few minutes."
    ),
    503: Row(E.ServerError, "{engine} is not available now.", "Try again in a few minutes."),
    504: Row(E.ServerError, "{engine} took too long and its gateway gave up.", "Try again in a few minutes."),
}
CREDITS = Row(
    E.InsufficientCredits,
    "{engine} did not start the edit: the account lacks credits or met a spend limit.",
    "Add credits or raise the limit in its console, then start again.",
)
_OTHER_4XX = Row(E.BadRequest, "{engine} refused the request.", "Check the settings and start again.")
_OTHER_5XX = Row(E.ServerError, "{engine} failed.", "Try again in a few minutes.")
_ODD = Row(
    E.BadAnswer,
    "{engine} gave an answer that this studio does not know.",
    "Check the engine's base URL in the settings.",
)


# What is said when no usable answer came: happened, money, advice.
UNANSWERED: dict[type[E.SegmindError], tuple[str, str, str]] = {
    E.NotReached: (
        "{engine} could not be reached.",
        NOTHING_SPENT,
        "Check the connection and try again in a minute.",
    ),
    E.ConnectionLost: (
        "The connection to {engine} was lost before the answer came.",
        "Asking costs nothing.",
        "Try again.",
    ),
    E.BadAnswer: (
        "The answer of {engine} could not be understood.",
        "Asking costs nothing.",
        "Try again; if it repeats, check the engine's base URL.",
    ),
    E.AmbiguousSubmit: (
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
    """The engine's own message when it may be shown: one short printable line without HTML or keys."""
    if not isinstance(message, str):
        return ""
    text = redact(" ".join(message.split()), secret)
    fit = text.isprintable() and len(text) <= QUOTE_LIMIT and not text.startswith(("<", "{", "[{"))
    return text if fit else ""


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
) -> E.SegmindError:
    """The error for an explicit HTTP answer. `message`: the body's `error`; only a fit one is quoted."""
    quote = quotable(message, secret)
    row = row_for(code, quote)
    sentence = compose(engine, row.happened, row.money, row.advice, quote=quote, free=free)
    extra: dict[str, Any] = {}
    if row.kind is E.RateLimited:
        extra["reset_at"] = reset_at
    if row.kind is E.JobFailed:
        extra["error"] = readable(message, secret) or NO_REASON
    return row.kind(sentence, code=code, detail=f"HTTP {code}", **extra)
