"""A delay queue: one thread calls each function when it is due. It serves every job."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class DelayQueue:
    """`put(delay, run)`: call `run()` after `delay` seconds. `run` must be quick: it hands work to a pool."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._number = itertools.count()
        self._wake = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="delay-queue", daemon=True)
        self._thread.start()

    def put(self, delay: float, run: Callable[[], object]) -> None:
        with self._wake:
            if not self._closed:
                heapq.heappush(self._due, (self._monotonic() + max(0.0, delay), next(self._number), run))
                self._wake.notify()

    @property
    def overdue(self) -> float:
        """Seconds by which the first function is late: more than a moment when the thread hangs."""
        with self._wake:
            return max(0.0, self._monotonic() - self._due[0][0]) if self._due else 0.0

    def close(self) -> None:
        with self._wake:
            self._closed = True
            self._due.clear()
            self._wake.notify()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            with self._wake:
                while not self._closed and (not self._due or self._due[0][0] > self._monotonic()):
                    self._wake.wait(max(0.001, self._due[0][0] - self._monotonic()) if self._due else None)
                if self._closed:
                    return
                run = heapq.heappop(self._due)[2]
            try:
                run()
            except RuntimeError:  # the pool is closed already
                return
