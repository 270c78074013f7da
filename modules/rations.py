"""Rations of what costs no money but time and disk: free edits, and bytes of uploads. Kept in this process;
used from one event loop.

A restart begins a new hour, and each copy of the studio has rations of its own: what is protected here are
this machine's processors and disk.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Collection, Hashable

from modules.edit.errors import StudioError
from modules.jobs.identity import Identity

HOUR = 3600.0
_MOST_KEPT = 20_000
"""Of those who are counted; the ones that asked longest ago are forgotten first."""


class RationUsed(StudioError):
    """Raised before anything is begun: the ration of somebody is used up."""


class RollingSum:
    """Amounts by key within the last `seconds`."""

    def __init__(self, seconds: float = HOUR, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._amounts: OrderedDict[str, deque[tuple[float, float]]] = OrderedDict()

    def add(self, key: str, amount: float = 1.0) -> None:
        """Count `amount` for `key` from now on."""
        self._amounts.setdefault(key, deque()).append((self._clock(), amount))
        self._amounts.move_to_end(key)
        while len(self._amounts) > _MOST_KEPT:
            self._amounts.popitem(last=False)

    def of(self, key: str) -> float:
        """What counts for `key` now."""
        return sum(amount for _, amount in self._recent(key))

    def wait_for(self, key: str, room: float) -> float:
        """Seconds until no more than `room` counts for `key`."""
        left, wait = self.of(key), 0.0
        for at, amount in self._recent(key):
            if left <= room:
                break
            left, wait = left - amount, at + self._seconds - self._clock()
        return max(0.0, wait)

    def _recent(self, key: str) -> deque[tuple[float, float]]:
        recent = self._amounts.get(key) or deque()
        while recent and recent[0][0] <= self._clock() - self._seconds:
            recent.popleft()
        if not recent:
            self._amounts.pop(key, None)
        return recent


class TokenBucket:
    """`burst` calls of a key at once, then `per_second` (0: no limit)."""

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_second, self._clock = burst, per_second, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one for `key`: 0.0 when there was one, else the seconds until there is."""
        if not self._per_second:
            return 0.0
        now = self._clock()
        left, at = self._left.get(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        taken = left >= 1
        self._left[key] = (left - taken, now)
        self._left.move_to_end(key)
        while len(self._left) > _MOST_KEPT:
            self._left.popitem(last=False)
        return 0.0 if taken else (1 - left) / self._per_second


class RunningJobs:
    """Jobs by key, each from the moment it is begun until `is_running(job_id)` is false."""

    def __init__(self, is_running: Callable[[str], bool]) -> None:
        self._is_running = is_running
        self._jobs: dict[Hashable, set[str | object]] = {}

    def count(self, key: Hashable, besides: Collection[str] = ()) -> int:
        """The jobs of `key` that run or are being begun, without those in `besides`."""
        return sum(
            not isinstance(job, str) or (job not in besides and self._is_running(job))
            for job in self._jobs.get(key, ())
        )

    async def begin(self, keys: Collection[Hashable], begin: Callable[[], Awaitable[str]]) -> str:
        """The job id that `begin()` gives, counted for each of `keys`."""
        placeholder = object()  # counted before it exists, or a hundred calls at once would all fit
        for key in keys:
            self._jobs.setdefault(key, set()).add(placeholder)
        try:
            job_id = await begin()
            for key in keys:
                self._jobs[key].add(job_id)
            return job_id
        finally:
            for key in keys:
                self._jobs[key].discard(placeholder)
            self._forget_ended()

    def _forget_ended(self) -> None:
        for key, jobs in list(self._jobs.items()):
            jobs -= {job for job in jobs if isinstance(job, str) and not self._is_running(job)}
            if not jobs:
                del self._jobs[key]


class FreeRation:
    """Free edits of a person and of an address: `running` at once, `hourly` begun within an hour (0: no
    limit)."""

    def __init__(
        self,
        running: int,
        hourly: int,
        is_running: Callable[[str], bool],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._running, self._hourly = running, hourly
        self._begun = RollingSum(HOUR, clock)
        self._jobs = RunningJobs(is_running)

    async def begin(
        self, who: Identity, begin: Callable[[], Awaitable[str]], together: Collection[str] = ()
    ) -> str:
        """The job id that `begin()` gives, counted for `who`. `together`: the jobs that the same press began
        before it, which do not count as running. Raises RationUsed before beginning."""
        keys = {who.person, who.address}
        for key in keys:
            self._check(key, together)
        for key in keys:
            self._begun.add(key)
        return await self._jobs.begin(keys, begin)

    def _check(self, key: str, together: Collection[str]) -> None:
        if self._running and self._jobs.count(key, together) >= self._running:
            s, are = ("s", "are") if self._running > 1 else ("", "is")
            raise RationUsed(
                f"{self._running} free edit{s} of yours, or of your network address, {are} running: more are "
                "not made at once. Nothing was spent. Wait until one has ended, then press again."
            )
        if self._hourly and self._begun.of(key) >= self._hourly:
            minutes = max(1, -(-int(self._begun.wait_for(key, self._hourly - 1)) // 60))
            raise RationUsed(
                f"You, or your network address, began {self._hourly} free edits within an hour, which is all "
                f"that this page gives. Nothing was spent. The next is possible in {minutes} "
                f"minute{'s' if minutes > 1 else ''}."
            )
