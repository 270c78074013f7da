"""Keys of visitors: a type that does not print itself, tickets that stand in for them, and a redaction of the
log.

A key that a visitor pastes passes through Gradio, which keeps the inputs of an event in the session's state
and prints them in tracebacks. So the middleware exchanges every key for a ticket before Gradio sees the call,
and the handler exchanges it back (`Tickets`). Whatever still reaches a log record is blanked there
(`redact_logs`).
"""

import logging
import re
import secrets
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NoReturn

KEY_PATTERN = re.compile(r"SG_[0-9a-fA-F]{16}")
"""A Segmind key, as the vendor's dashboard hands it out."""
_KEY_LIKE = re.compile(r"SG_[0-9A-Za-z]+|(?<=Bearer )\S+", re.IGNORECASE)
_PREFIX = "ticket-"
_MOST_CHARACTERS = 200
_PIECE = re.compile(_PREFIX + r"[A-Za-z0-9_-]{32}")


class Secret:
    """A text that is only shown by `reveal()`: not by str, repr, format or pickle. Empty secrets are
    false."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'***' if self._text else ''})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")

    def __format__(self, wanted: str) -> str:
        return format(repr(self), wanted)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and secrets.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)


NO_SECRET = Secret()
"""None was given."""
EXPIRED = Secret("expired")
"""Of a key whose ticket is not known any more."""


class Tickets:
    """Exchanges texts for one-time tickets and back. A ticket is good for `seconds`; at most `most` are
    kept."""

    def __init__(
        self, *, seconds: float = 900.0, most: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._kept: OrderedDict[str, tuple[float, Secret]] = OrderedDict()
        self._lock = threading.Lock()

    def issue(self, text: str) -> str:
        """The ticket for `text`; an empty text needs none and stays empty."""
        if not text.strip():
            return ""
        ticket = _PREFIX + secrets.token_urlsafe(24)
        with self._lock:
            self._drop_old(self._most - 1)
            self._kept[ticket] = (self._clock(), Secret(text.strip()[:_MOST_CHARACTERS]))
        return ticket

    def redeem(self, value: Any) -> Secret:
        """What was exchanged for the ticket `value`; EXPIRED for one that is unknown, which is not the
        same as no key: without a key somebody else might pay. A text that is no ticket (a direct call) is
        itself the secret."""
        text = value if isinstance(value, str) else ""
        if not _PIECE.fullmatch(text):
            return Secret(text.strip()[:_MOST_CHARACTERS])
        with self._lock:
            self._drop_old(self._most)
            return self._kept.pop(text, (0.0, EXPIRED))[1]

    def _drop_old(self, most: int) -> None:
        limit = self._clock() - self._seconds
        while self._kept and (len(self._kept) > most or next(iter(self._kept.values()))[0] < limit):
            self._kept.popitem(last=False)


TICKETS = Tickets()
"""Of this process: the middleware issues, the handlers redeem."""


def redact(text: str, secret: str = "") -> str:
    """`text` without anything that looks like a key, and without `secret` itself (any case)."""
    if secret:
        text = re.sub(re.escape(secret), "[key]", text, flags=re.IGNORECASE)
    return _KEY_LIKE.sub("[key]", text)


class KeyFilter(logging.Filter):
    """Blanks keys in the message and in the traceback of every record that passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message, fits = record.getMessage(), True
        except Exception:
            # Arguments that do not fit the message: nobody's work may end because of that.
            message, fits = f"{record.msg} {record.args!r}", False
        blanked = redact(message)
        if blanked != message or not fits:  # else left alone: some formatters read the arguments
            record.msg, record.args = blanked, None
        if record.exc_info and record.exc_info[0] and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


def redact_logs() -> None:
    """From now on no record of any logger carries a key, whichever handler writes it, the root's and
    uvicorn's included.

    The filter runs where records are made: handlers come later (uvicorn configures its own when the server
    starts).
    """
    make, blank = logging.getLogRecordFactory(), KeyFilter()
    if getattr(make, "blanks_keys", False):
        return

    def factory(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = make(*arguments, **named)
        blank.filter(record)
        return record

    factory.blanks_keys = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(factory)
