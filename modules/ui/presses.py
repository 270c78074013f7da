"""One press, one edit. A double click, or a shortcut and a click, can reach the server as two events before the page
has had a chance to disable its button; on Segmind each of them would be charged."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

MOMENT_SECONDS = 5.0
"""The same wish of the same visitor within this time is the same press. A shared machine may need seconds between two events."""


class Presses:
    """Used from one event loop. `clock` is passed in for tests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._latest: dict[Hashable, tuple[float, asyncio.Future]] = {}

    async def once(self, wish: Hashable, begin: Callable[[], Awaitable[Any]]) -> Any:
        """What `begin()` gives; a repeated wish gets what the first one got, be it an error."""
        now = self._clock()
        self._latest = {key: kept for key, kept in self._latest.items() if now - kept[0] < MOMENT_SECONDS}
        if wish not in self._latest:
            self._latest[wish] = (now, asyncio.ensure_future(begin()))
        # A page that is closed takes its own event along, not the edit that was begun.
        return await asyncio.shield(self._latest[wish][1])


class Latest:
    """Of the events that answer at one place of a page, the one that began last: the others have nothing more to say there."""

    def __init__(self) -> None:
        self._turns: dict[Hashable, object] = {}

    @contextmanager
    def turn(self, page: Hashable) -> Iterator[Callable[[], bool]]:
        """Whether it is still this event's turn, as a question that may be asked again. `page` is Gradio's session; without one, it is."""
        mine = self._turns[page] = object()
        try:
            yield lambda: page is None or self._turns.get(page) is mine
        finally:
            if self._turns.get(page) is mine:
                del self._turns[page]
