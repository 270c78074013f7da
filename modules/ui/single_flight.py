"""Concurrent calls with the same key share one result; of several watches of a page, only the latest goes on.

A double click, or a shortcut and a click, can reach the server as two events before the page has had a chance
to disable its button; on Segmind each of them would be charged.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

MOMENT_SECONDS = 5.0
"""Calls with the same key within this time are one. A shared machine may need seconds
between two events."""


class SingleFlight:
    """Calls with the same key share one result or exception. Used from one event loop; `clock` is passed in
    for tests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._latest: dict[Hashable, tuple[float, asyncio.Future]] = {}

    async def once(self, key: Hashable, begin: Callable[[], Awaitable[Any]]) -> Any:
        """The result of `begin()`; a call with the same `key` meanwhile or just after gets the first
        one's, be it an exception."""
        now = self._clock()
        self._latest = {known: kept for known, kept in self._latest.items() if now - kept[0] < MOMENT_SECONDS}
        if key not in self._latest:
            self._latest[key] = (now, asyncio.ensure_future(begin()))
        # A page that is closed takes its own event along, not the edit that was begun.
        return await asyncio.shield(self._latest[key][1])


class Turn:
    """Whether an event may still answer, as a question (`turn()`); `end` takes that from it."""

    def __init__(self) -> None:
        self._over = False
        self._waiting: asyncio.Task | None = None

    def __call__(self) -> bool:
        return not self._over

    def end(self) -> None:
        self._over = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def until_over(self, answers: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
        """`answers` until the turn is over; one that is being waited for is given up at once then."""
        while self():
            self._waiting = task = asyncio.current_task()
            given_up = False
            try:
                answer = await anext(answers)
            except StopAsyncIteration:
                return
            except asyncio.CancelledError:
                given_up = True
                if self():  # not by `end`: the event itself has ended
                    raise
            finally:
                self._waiting = None
            if not self():
                if task is not None and task.cancelling() and task.uncancel() and given_up:
                    raise asyncio.CancelledError  # by both
                return
            yield answer


class LatestOnly:
    """Of the events that answer at one place of a page, the one that began last: the others have nothing more
    to say.

    With `most`, an address has at most so many turns at once; the oldest of them ends first.
    """

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._turns: dict[Hashable, Turn] = {}
        self._of_address: dict[str, OrderedDict[Turn, None]] = {}

    async def follow(
        self, page: Hashable, address: str, answers: AsyncGenerator[Any, None], nothing: Any
    ) -> AsyncGenerator[Any, None]:
        """`answers` while it is the turn of this event. When a later one has taken it, `nothing` comes last:
        Gradio repeats the last answer at the end of an event, and that must not be an old one."""
        with self.turn(page, address) as its_turn:
            async with aclosing(answers) as all_answers, aclosing(its_turn.until_over(all_answers)) as timely:
                async for answer in timely:
                    yield answer
            if not its_turn():
                yield nothing

    @contextmanager
    def turn(self, page: Hashable, address: str = "") -> Iterator[Turn]:
        """The turn of this event. `page` is Gradio's session; without one, no other event takes it."""
        mine = Turn()
        if page is not None:
            if page in self._turns:
                self._turns[page].end()
            self._turns[page] = mine
        of_address = self._of_address.setdefault(address, OrderedDict())
        of_address[mine] = None
        while self._most and len(of_address) > self._most:
            of_address.popitem(last=False)[0].end()
        try:
            yield mine
        finally:
            if self._turns.get(page) is mine:
                del self._turns[page]
            of_address.pop(mine, None)
            if not of_address and self._of_address.get(address) is of_address:
                del self._of_address[address]
