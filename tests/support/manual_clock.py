"""A clock that moves when told to."""

import threading
from collections.abc import Callable


class ManualClock:
    """A clock that moves when told to; callable, in seconds. `sleep` moves it too, so it also serves as a
    client's sleep.

    `on_sleep`, when set, is called with each pause: the moment to change the upstream between two attempts.
    """

    def __init__(self, now: float = 1_800_000_000.0, on_sleep: Callable[[float], None] | None = None) -> None:
        self._now, self._lock = now, threading.Lock()
        self.slept: list[float] = []
        self.on_sleep = on_sleep

    def __call__(self) -> float:
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self._now += seconds
        if self.on_sleep is not None:
            self.on_sleep(seconds)
