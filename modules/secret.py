"""Keys and other secrets: a type that does not print itself, tickets that stand in for visitors' keys.

A key that a visitor pastes passes through Gradio, which keeps the inputs of an event in the session's state
and prints them in tracebacks. So the middleware exchanges every key for a ticket before Gradio sees the call,
and the handler exchanges it back (`Tickets`). Whatever still reaches a log record is blanked there
(`redacted_logs.py`).
"""

import hashlib
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NoReturn, Self

KEY_PATTERN = re.compile(r"SG_[0-9a-fA-F]{16}")
"""A Segmind key, as the vendor's dashboard hands it out."""
_PREFIX = "ticket-"
_MOST_CHARACTERS = 200
_PIECE = re.compile(_PREFIX + r"[A-Za-z0-9_-]{32}")


class Secret:
    """A text that is only shown by `reveal()`: not by str, repr, format, JSON of any kind, or pickle, and by
    no attribute. Empty secrets are false. A copy is the secret itself.

    The text is held by a function: whatever walks over an object's attributes finds that, and no text.
    """

    __slots__ = ("reveal",)
    reveal: Callable[[], str]

    def __init__(self, text: "str | Secret" = "") -> None:
        self.reveal = text.reveal if isinstance(text, Secret) else lambda: text

    def matches(self, pattern: re.Pattern[str]) -> bool:
        """Whether the whole text has this form."""
        return pattern.fullmatch(self.reveal()) is not None

    def digest(self, *, salt: bytes = b"", about: str = "") -> bytes:
        """Names the secret, and the thing that it is used for, without telling it."""
        told = f"{about}\n{self.reveal()}".encode("utf-8", "replace")
        return hashlib.blake2b(told, key=salt, digest_size=16).digest()

    def __bool__(self) -> bool:
        return bool(self.reveal())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'***' if self else ''})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __format__(self, wanted: str) -> str:
        return format(repr(self), wanted)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return secrets.compare_digest(
            self.reveal().encode("utf-8", "replace"), other.reveal().encode("utf-8", "replace")
        )

    def __hash__(self) -> int:
        return hash(self.reveal())


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
