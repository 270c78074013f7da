"""A value that is made anew every so many seconds at most: a flood of questions costs one look."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """For one event loop. Who asks while the value is being made waits for it together with the others."""

    def __init__(
        self,
        make: Callable[[], Awaitable[T]],
        seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make, self._seconds, self._monotonic = make, seconds, monotonic
        self._making: asyncio.Future[T] | None = None
        self._began = 0.0

    async def value(self) -> T:
        """As it is, or was `seconds` ago at most. Raises what the making raised."""
        now = self._monotonic()
        if self._making is None or (self._making.done() and now - self._began >= self._seconds):
            self._began, self._making = now, asyncio.ensure_future(self._make())
        # Who goes away does not end it for the others.
        return await asyncio.shield(self._making)
