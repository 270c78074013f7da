"""Ctrl+C, SIGTERM and SIGHUP while an edit runs: the first ends the command in order, the second at once.

Ending in order means to say what is true: whether something was sent, what goes on, how to take it up again.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interruption:
    """`event` is set by the first signal, `signal` says which it was. `say(exit code)` has the last words
    when a second one comes."""

    def __init__(self, say: Callable[[int], None]) -> None:
        self._say = say
        self.event = asyncio.Event()
        self.signal = signal.SIGINT

    @property
    def exit_code(self) -> int:
        return 128 + self.signal

    def come(self, number: signal.Signals) -> None:
        self.signal = number
        self.event.set()
        loop = asyncio.get_running_loop()
        for one in SIGNALS:
            loop.remove_signal_handler(one)
            signal.signal(one, self._end_now)

    def _end_now(self, number: int, frame: FrameType | None) -> None:
        # Children end by themselves; a submit whose answer was not waited for is looked for at the next
        # start.
        with contextlib.suppress(Exception):  # it may come in the middle of something that is being written
            self._say(128 + number)
        os._exit(128 + number)


def end_at_once(say: Callable[[int], None]) -> None:
    """From now on the first signal ends the process, after `say(exit code)`: where nothing is at stake,
    nobody waits for a slow server."""

    def end(number: int, frame: FrameType | None) -> None:
        say(128 + number)
        os._exit(128 + number)

    for one in SIGNALS:
        if signal.getsignal(one) is not signal.SIG_IGN:
            signal.signal(one, end)


@contextmanager
def interruptions(say: Callable[[int], None]) -> Iterator[Interruption]:
    """Signals are heeded from here on, also after the block: what follows is the end of the command. `say`:
    see `Interruption`."""
    made, loop = Interruption(say), asyncio.get_running_loop()
    for one in SIGNALS:
        # What was to be ignored when the command was started (nohup) still is.
        if signal.getsignal(one) is not signal.SIG_IGN:
            loop.add_signal_handler(one, made.come, one)
    yield made
