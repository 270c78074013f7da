"""The messages that wait for each session's stream, kept while somebody reads them.

Gradio throws a session's messages and events away in the moment in which a stream of it ends early, although
the client may have opened it once more (a page on a bad line, a program that asks again): the second stream
was then cut off, and its edit went on unseen. And it forgets the oldest sessions when there are too many,
read or not, so that a flood of calls cuts off the streams of others.
"""

import time
from asyncio import Queue
from collections import OrderedDict
from collections.abc import Callable

READ_SECONDS = 25.0
"""A stream looks for its next message at least every 10 s; one that has not for so long is gone."""


class SessionMessages:
    """In the place of Gradio's mapping: at most `most` sessions, of which those are kept that are read."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._messages: OrderedDict[str, Queue] = OrderedDict()
        self._read: dict[str, float] = {}

    def __contains__(self, session: str) -> bool:
        return session in self._messages

    def __getitem__(self, session: str) -> Queue:
        """For a stream, which reads them."""
        messages = self._messages[session]
        self._read[session] = self._clock()
        return messages

    def get(self, session: str) -> Queue | None:
        """For who only adds to them."""
        return self._messages.get(session)

    def __setitem__(self, session: str, messages: Queue) -> None:
        self._messages[session] = messages
        for _ in range(len(self._messages)):
            if len(self._messages) <= self._most:
                return
            oldest = next(iter(self._messages))
            if self.read_since(oldest, self._clock() - READ_SECONDS):
                self._messages.move_to_end(oldest)
            else:
                self.forget(oldest)

    def __delitem__(self, session: str) -> None:
        """Asked for by a stream that ended early; see `SharingQueue.clean_events`, which comes with it."""

    def read_since(self, session: str, at: float) -> bool:
        return self._read.get(session, at) > at

    def forget(self, session: str) -> None:
        self._messages.pop(session, None)
        self._read.pop(session, None)
