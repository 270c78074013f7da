"""Sentences for what the engine said or did not say: one table, and how its parts are put together.

Each sentence is made of three parts: what happened, whether money was spent, what to do. The middle part is
left out for an engine that is free. Money follows the contract: only HTTP 200 is billed. A reason that is one
of the known failure texts says its own three parts.
"""

import re
from dataclasses import dataclass
from typing import Any

from modules.edit.price import dollars
from modules.edit.request import Problem
from modules.edit.wording import sentence_case
from modules.secret import NO_SECRET, Secret
from modules.segmind import errors as E
from modules.segmind.failure_texts import FailureText, known
from modules.segmind.fields import field_in_words
from modules.segmind.reasons import Reason, reason_in

_MONEY_WORDS = re.compile(r"credit|balance|spend|fund|billing|top.?up", re.IGNORECASE)
_EXPLAINED_CODES = {400, 403, 406, 413, 422}
"""Where a known failure text says more than the status does, like any 5xx whose text is not of that sort."""
_CREDITS_CODES = {400, 403, 406, 429}

NOTHING_SPENT = "Nothing was charged."
MAYBE_SPENT = "If it was accepted, it is running and will be charged."
NO_REASON = "It gave no reason."
_CHANGE_NAMED = "Change what it names, then start again."
SPENT = "The job itself was completed and charged."


@dataclass(frozen=True)
class Row:
    """One row of the error table. `{engine}` in a sentence is the engine's name."""

    kind: type[E.SegmindError]
    happened: str
    advice: str
    money: str = NOTHING_SPENT


CREDITS = Row(
    E.InsufficientCredits,
    "{engine} did not start the edit: the account lacks credits or met a spend limit.",
    "Add credits or raise the limit in its console, then start again.",
)
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
    402: CREDITS,
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
    "REFUSED": "The edit was sent to {engine}, which refused it and named a request all the same.",
    "REDIRECTED": (
        "The edit was sent to {engine}, which gave an answer that does not say whether it was accepted."
    ),
}


def compose(
    engine: str, happened: str, money: str, advice: str, *, quote: str = "", free: bool = False
) -> str:
    """One readable sentence group; the money part is dropped for a free engine."""
    said = f"It says: {_quoted(quote)}" if quote else ""
    parts = [happened, "" if free else money, advice]
    happened, money, advice = (part.replace("{engine}", engine) for part in parts)
    return sentence_case(" ".join(part for part in (happened, said, money, advice) if part))


def row_for(code: int, reason: Reason | None = None) -> Row:
    """The table's row for an HTTP status other than 200; several are split by what is said of money."""
    reason = reason or Reason()
    if code == 406 and _MONEY_WORDS.search(reason.text):
        return CREDITS
    if code in _CREDITS_CODES and (entry := known(reason)) and entry.name == "credits":
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
    secret: Secret = NO_SECRET,
    reset_at: float | None = None,
) -> E.SegmindError:
    """The error for an explicit HTTP answer. `message`: its Reason, or what stands in the body's `error`."""
    reason = message if isinstance(message, Reason) else reason_in(message, secret)
    row = row_for(code, reason)
    if row.kind is E.JobFailed:
        return job_failed(reason, engine=engine, free=free)
    entry = None if free or row is CREDITS else _explained(code, reason)
    if entry:
        sentence = compose(engine, entry.meaning, entry.money or NOTHING_SPENT, entry.advice)
    else:
        advice = _CHANGE_NAMED if reason.fields else row.advice
        quote = "" if row is CREDITS else reason.quote
        sentence = compose(engine, row.happened, row.money, advice, quote=quote, free=free)
    extra: dict[str, Any] = {"reset_at": reset_at} if row.kind is E.RateLimited else {}
    return row.kind(
        sentence,
        code=code,
        detail=f"HTTP {code}",
        reason=reason.text,
        problems=_problems(reason, entry, engine),
        inferred=not reason.fields,
        **extra,
    )


def job_failed(
    reason: Reason, *, engine: str, free: bool = False, charged: float | None = None
) -> E.JobFailed:
    """The error for a job that ended FAILED, whichever call said so. `charged`: dollars that were taken all
    the same, as the request history shows."""
    row = TABLE[422]
    entry = None if free else known(reason)
    taken = f"{dollars(charged)} were charged, as the request history shows." if charged else ""
    if entry:
        sentence = compose(engine, entry.meaning, taken or entry.money or NOTHING_SPENT, entry.advice)
    elif free and ". " in reason.text:
        # The preview engine has already said what to do.
        sentence = sentence_case(reason.text.rstrip(".") + ".")
    else:
        happened = row.happened if reason.text else f"{row.happened} {NO_REASON}"
        advice = _CHANGE_NAMED if reason.fields else row.advice
        sentence = compose(engine, happened, taken or row.money, advice, quote=reason.quote, free=free)
    error = E.JobFailed(
        sentence,
        code=422,
        detail="HTTP 422",
        reason=reason.text,
        problems=_problems(reason, entry, engine),
        inferred=not reason.fields,
    )
    error.about_account = entry is not None and entry.name == "credits"
    return error


def _explained(code: int, reason: Reason) -> FailureText | None:
    entry = known(reason)
    if entry and code >= 500:
        return None if entry.temporary else entry
    return entry if code in _EXPLAINED_CODES else None


def _problems(reason: Reason, entry: FailureText | None, engine: str) -> tuple[Problem, ...]:
    """What is said of single parameters: by the answer, else by what is known of such a text."""
    if not reason.fields:
        field = entry.field if entry else None
        return (Problem(field, compose(engine, entry.meaning, "", entry.advice)),) if entry and field else ()
    return tuple(
        Problem(field, sentence_case(f"{engine} says of {field_in_words(field)}: {_quoted(text)}"))
        for field, text in reason.fields
    )


def _quoted(text: str) -> str:
    return f'"{text}"' + ("" if text.endswith((".", "!", "?", "…")) else ".")
