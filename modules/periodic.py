"""Housekeeping in a thread: does something every few seconds until it is told to stop."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger("studio")


def every(
    seconds: float, work: Callable[[], object], stop: threading.Event, *, at_once: bool = False
) -> threading.Thread:
    """Call `work` every `seconds`, the first time `at_once` or after the first pause, until `stop` is set.

    What it raises is logged: the next round may go well. The thread is started and returned.
    """

    def rounds() -> None:
        if not at_once and stop.wait(seconds):
            return
        while True:
            try:
                work()
            except Exception:
                log.exception("housekeeping failed")
            if stop.wait(seconds):
                return

    thread = threading.Thread(target=rounds, name=getattr(work, "__name__", "rounds").strip("_"), daemon=True)
    thread.start()
    return thread
