"""Looks at uploaded clips while nothing else is to be done, so that the first edit of one finds the answers.

A render goes first: what is looked at then is given up at once, and what was seen so far is kept. Nothing of
this may fail, delay or alter an upload or an edit, so every error ends here.
"""

import importlib
import logging
import threading
from collections import OrderedDict
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from modules.media.sandbox.limits import Stopping
from modules.preview.queue.pool import RenderPool
from modules.preview.subject.memory_file import memory_file
from modules.preview.task import LookOrder

LOOKER = "modules.preview.look_ahead:look_ahead"
MODES = ("pro", "std")
"""The first one is the default."""
MOST_KNOWN = 256
"""Clips of which it is remembered that they were looked at."""

log = logging.getLogger("preview.ahead")


class LooksAhead:
    """Over a pool of its own with one process. The answers are kept in `folder`; `looker` is the dotted path
    of what looks."""

    def __init__(self, pool: RenderPool, folder: Path, looker: str = LOOKER) -> None:
        self._pool, self._folder, self._looker = pool, folder, looker
        self._lock = threading.RLock()  # a look may have ended when its end is asked for
        self._edits = 0
        self._waiting: tuple[Path, LookOrder] | None = None
        self._running = False
        self._known: OrderedDict[tuple[Path, str], None] = OrderedDict()

    def uploaded(self, clip: Path, mode: str) -> None:
        """A clip has arrived: it is looked at when the engine is idle, unless a newer one comes before."""
        order = LookOrder(str(clip), str(self._folder), mode if mode in MODES else MODES[0])
        file = memory_file(order.folder, order.clip)
        with self._lock:
            if file is not None and (file, order.mode) not in self._known:
                self._waiting = file, order
                self._go_on()

    def hold(self) -> None:
        """An edit was accepted: nothing is looked at before `release`. Does not block."""
        with self._lock:
            self._edits += 1
            self._pool.stop_all()

    def release(self) -> None:
        """An edit that was held for is over."""
        with self._lock:
            self._edits -= 1
            self._go_on()

    def close(self) -> None:
        with self._lock:
            self._waiting = None
        self._pool.shutdown(cancel_futures=True)

    def _go_on(self) -> None:
        """Begin with what waits, if nothing else is done. Under the lock."""
        if self._waiting is None or self._running or self._edits:
            return
        (file, order), self._waiting = self._waiting, None
        self._known[file, order.mode] = None
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        try:
            look = self._pool.submit(run_look, self._looker, order)
        except RuntimeError:
            return  # the engine is stopping
        self._running = True
        look.add_done_callback(partial(self._ended, file, order.mode))

    def _ended(self, file: Path, mode: str, look: Future[None]) -> None:
        error = None if look.cancelled() else look.exception()
        if error is not None:
            log.info("A look ahead ended early: %s", error)
        with self._lock:
            self._running = False
            if look.cancelled() or isinstance(error, Stopping):
                self._known.pop((file, mode), None)  # it may go on when the clip comes again
            self._go_on()


def run_look(looker: str, order: LookOrder) -> None:
    """In a process of its own."""
    module, _, function = looker.partition(":")
    getattr(importlib.import_module(module), function)(order)
