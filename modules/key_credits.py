"""How many credits a visitor's key has left, asked seldom."""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from modules.edit.errors import StudioError
from modules.secret import Secret

ANSWER_SECONDS = 60
"""How long an answer is kept."""
_WAIT_SECONDS = 8
_KEPT = 200


class KeyCredits:
    """`ask(key)` returns the credits of a key, or raises StudioError; it is called in threads of its own."""

    def __init__(
        self, ask: Callable[[Secret], float | None], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._monotonic = ask, monotonic
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="credits")
        self._salt = os.urandom(16)
        self._known: dict[bytes, tuple[float, float | None]] = {}

    async def of(self, key: Secret) -> float | None:
        """Credits left on `key`, asked at most once a minute; None when it cannot be known."""
        name = key.digest(salt=self._salt)  # a key is not kept longer than its edits need it
        known = self._known.get(name)
        if known and self._monotonic() - known[0] < ANSWER_SECONDS:
            return known[1]
        try:
            asked = asyncio.get_running_loop().run_in_executor(self._threads, self._ask, key)
            value = await asyncio.wait_for(asked, _WAIT_SECONDS)
        except (StudioError, TimeoutError):
            value = None
        if len(self._known) > _KEPT:
            self._known.clear()
        self._known[name] = (self._monotonic(), value)
        return value

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
