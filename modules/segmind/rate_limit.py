"""The rate limit of each key: a token bucket that learns from 429 answers, with priorities.

An account may make 5 (free) to 50 (paid) requests a minute, for the whole key, polls included (CONTRACT).
Nobody tells us which, so the bucket begins at a setting, is halved by a 429, and raised again by quiet
minutes. What waits is served in order of what it is worth: a submit before a result, a result before a poll.

A caller that may not go now is told when to ask again, and keeps its place in the queue until then: so a poll
needs no thread while it waits.
"""

import itertools
import os
import threading
from dataclasses import dataclass
from enum import IntEnum

from modules.secret import Secret

PER_MINUTE = 40.0
"""Requests a minute that a key is taken to allow until it says otherwise; below the 50 of a paid account."""
MINUTE = 60.0
_BURST = 0.25
"""The bucket holds this share of a minute's requests: a single edit never waits."""
_LEAST = 1.0
"""Requests a minute, however often a key was refused."""
_RAISED = 1.2
"""What a quiet minute multiplies the rate by. From 5 back to 40 it takes 12 of them."""
_PLACE_KEPT = 5.0
"""Seconds after the time it was told for which a caller's place in the queue is kept."""
_IDLE = 600.0
"""Seconds after which an unused limit that has nothing left to remember is forgotten."""


class Priority(IntEnum):
    """What goes first when a key has not enough requests for all; the smallest number wins."""

    SUBMIT = 0
    """Uploads too: a submit waits for them."""
    RESULT = 1
    """And the history, which settles what was paid for."""
    DUE_POLL = 2
    """A poll of a job that is near its expected end."""
    POLL = 3
    CREDITS = 4


@dataclass
class _Place:
    """A caller that waits for its turn."""

    priority: Priority
    number: int
    until: float


class KeyLimit:
    """The bucket of one key. Times are epoch seconds given by the caller; `per_minute` 0 is no limit but the
    pause after a 429. Safe for many threads."""

    def __init__(self, per_minute: float, now: float, minute: float = MINUTE) -> None:
        self._most = per_minute
        self._minute = minute
        self.per_minute = per_minute
        """Requests a minute at present."""
        self._tokens = self._capacity()
        self._at = self._raised_at = self._used_at = now
        self._halved_at = self.paused_until = 0.0
        self._waiting: dict[str, _Place] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def turn(self, ticket: str, priority: Priority, now: float) -> float:
        """0 when the holder of `ticket` may make its request now, which is counted; else the seconds after
        which to ask again. Its place is kept until then."""
        with self._lock:
            self._used_at = now
            self._refill(now)
            self._waiting = {name: place for name, place in self._waiting.items() if place.until > now}
            mine = self._waiting.get(ticket) or _Place(priority, next(self._numbers), 0.0)
            mine.priority = priority
            ahead = sum(
                (place.priority, place.number) < (priority, mine.number)
                for name, place in self._waiting.items()
                if name != ticket
            )
            pause = max(0.0, self.paused_until - now)
            if not self._most:
                if not pause:
                    self._waiting.pop(ticket, None)
                    return 0.0
                wait = pause
            else:
                missing = ahead + 1 - self._tokens
                if not pause and missing <= 1e-6:
                    self._tokens -= 1
                    self._waiting.pop(ticket, None)
                    return 0.0
                wait = pause + max(0.0, missing) * self._minute / self.per_minute
            mine.until = now + wait + _PLACE_KEPT
            self._waiting[ticket] = mine
            return max(0.01, wait)

    def leave(self, ticket: str) -> None:
        """Give up a place in the queue."""
        with self._lock:
            self._waiting.pop(ticket, None)

    def refused(self, reset: float, now: float, sent_at: float) -> None:
        """A request sent at `sent_at` was answered 429: nobody uses the key before `reset`, and the rate is
        halved, once for all requests that were under way."""
        with self._lock:
            self._refill(now)
            if sent_at >= self._halved_at:
                self.per_minute = max(min(_LEAST, self._most), self.per_minute / 2)
                self._halved_at = now
            self.paused_until = max(self.paused_until, reset)
            # One may go at the reset, the others after it at the new rate.
            self._tokens, self._at = 1.0, self.paused_until
            self._raised_at = self.paused_until

    def idle(self, now: float) -> bool:
        """Whether there is nothing left to remember."""
        with self._lock:
            self._refill(now)
            return now - self._used_at >= _IDLE and now >= self.paused_until and self.per_minute >= self._most

    def _refill(self, now: float) -> None:
        while self.per_minute < self._most and now - self._raised_at >= self._minute:
            self.per_minute = min(self._most, self.per_minute * _RAISED)
            self._raised_at += self._minute
        if now > self._at:
            grown = self._tokens + (now - self._at) * self.per_minute / self._minute
            self._tokens, self._at = min(self._capacity(), grown), now
        elif self._at - now > 2 * self._minute and self._at > self.paused_until:  # the clock was set back
            self._at = now

    def _capacity(self) -> float:
        return max(1.0, self.per_minute * _BURST)


class KeyLimits:
    """The limits of every key that this process uses. Keys are held as salted hashes, and only as long as
    there is something to remember. Safe for many threads."""

    def __init__(self, minute: float = MINUTE) -> None:
        self._salt = os.urandom(16)
        self._minute = minute
        self._lock = threading.Lock()
        self._limits: dict[bytes, KeyLimit] = {}
        self._tidied_at = 0.0

    def name(self, engine_url: str, key: Secret) -> bytes:
        """The name under which a key's limit is kept; says nothing about the key."""
        return key.digest(salt=self._salt, about=engine_url)

    def of(self, name: bytes, per_minute: float, now: float) -> KeyLimit:
        """The limit of that name; a new one begins at `per_minute`."""
        with self._lock:
            if abs(now - self._tidied_at) > MINUTE:
                self._tidied_at = now
                self._limits = {one: limit for one, limit in self._limits.items() if not limit.idle(now)}
            found = self._limits.get(name)
            if found is None:
                found = self._limits[name] = KeyLimit(per_minute, now, self._minute)
            return found

    @property
    def kept(self) -> int:
        """How many keys are remembered."""
        with self._lock:
            return len(self._limits)


SHARED_LIMITS = KeyLimits()
