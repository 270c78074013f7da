"""When a transfer makes no progress: bytes that merely drip in are none."""

import time
from collections.abc import Callable


class StallWatch:
    """Asks for `least` bytes in every `seconds` of a transfer, however it is cut into pieces."""

    def __init__(self, seconds: float, least: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._least, self._clock = seconds, least, clock
        self._marked, self._marked_at = 0, clock()

    def stalled(self, done: int) -> bool:
        """Whether the `seconds` before this call have brought too little. `done`: bytes so far."""
        if (now := self._clock()) - self._marked_at < self._seconds:
            return False
        brought, self._marked, self._marked_at = done - self._marked, done, now
        return brought < self._least
