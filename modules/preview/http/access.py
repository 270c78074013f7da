"""Who may call: keys by their form, and a limit of submits per key and minute."""

import math
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

_KEY = re.compile(r"SG_[0-9a-fA-F]{16}")
WINDOW = 60.0
"""Seconds. The limit is counted in fixed windows of a minute, as the header with a reset time suggests."""


def well_formed(key: str) -> bool:
    """Whether a key has the form of one. The engine has no accounts: every such key is let in."""
    return _KEY.fullmatch(key) is not None


class RateLimit:
    """At most `per_minute` submits for each key in one window; 0 is no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.time) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, key: str) -> float | None:
        """Count one submit. None when it is allowed, else the epoch second at which the window ends."""
        if not self._per_minute:
            return None
        now = self._clock()
        with self._lock:
            self._windows = {k: window for k, window in self._windows.items() if window[0] + WINDOW > now}
            start, used = self._windows.get(key, (now, 0))
            if used >= self._per_minute:
                return start + WINDOW
            self._windows[key] = (start, used + 1)
        return None


def utc_text(epoch: float) -> str:
    """`2026-01-31T12:00:00.250Z`: the form of `x-rate-limit-reset-at-utc`, milliseconds rounded up."""
    moment = datetime.fromtimestamp(math.ceil(epoch * 1000) / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
