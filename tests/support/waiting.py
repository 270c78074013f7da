"""Waiting for what happens in another thread or process: looked for again and again until a deadline,
never slept for."""

import time
from collections.abc import Callable


def until(ready: Callable[[], object], seconds: float = 60.0, every: float = 0.02) -> object:
    """The first true value of `ready()`; AssertionError when `seconds` pass without one."""
    deadline = time.monotonic() + seconds
    while True:
        value = ready()
        if value:
            return value
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(every)
