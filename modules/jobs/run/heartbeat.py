"""A heartbeat: tells whether the rounds of a process still come to their end."""

import threading
import time
from collections.abc import Callable


class Heartbeat:
    """Of the named rounds. Safe for many threads."""

    def __init__(self, *rounds: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._ended = dict.fromkeys(rounds, monotonic())

    def beat(self, name: str) -> None:
        """The round has come to its end; one that is not watched is ignored."""
        with self._lock:
            if name in self._ended:
                self._ended[name] = self._monotonic()

    def silent(self) -> float:
        """Seconds since the end of the round that is silent for longest."""
        with self._lock:
            return max(0.0, self._monotonic() - min(self._ended.values()))
