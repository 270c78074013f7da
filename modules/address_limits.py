"""How much one network address may ask at the same time. Kept in this process; used from one event loop."""

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from modules.edit.errors import StudioError
from modules.rations import RunningJobs, TokenBucket

MOST = {"streams": 256, "uploads": 6, "looks": 4, "credits": 2, "watches": 64, "jobs": 16, "far jobs": 3}
"""Of each kind for one address. Generous for an office or a class behind one address, far below what the
server has: 4,000 event slots, of which a page needs one or two."""
_SAID = {
    "streams": (
        "Too many pages are open from this network address. Close some of them, then load this one again."
    ),
    "uploads": (
        "Too many files are being uploaded from this network address at the same time. Nothing was spent. "
        "Wait until one has arrived, then choose the file again."
    ),
    "looks": (
        "Too many clips are being looked at from this network address. Nothing was spent. Try again in a "
        "moment."
    ),
    "credits": "Too many keys are being checked from this network address. Try again in a moment.",
    "far jobs": (
        "Too many clips are being fetched from their addresses for this network address. Nothing was "
        "spent. Wait until one edit has ended, or choose the file here instead of its address."
    ),
    "jobs": (
        "Too many edits are running from this network address. Nothing was spent. Wait until one has "
        "ended, then start this one again."
    ),
}


CALLS_AT_ONCE, CALLS_A_SECOND = 30, 0.5
"""Uploads and calls of `/edit` by one address where strangers can come. An edit by API is two of them."""

FITS_AT_ONCE, FITS_A_SECOND = 10, 0.05
"""Clips fitted ahead of the press for one address there; beyond it they are fitted after the press."""


class TooMany(StudioError):
    """Raised before anything is begun: one address asks for more at once than its share."""


class AddressLimits:
    """Counts what is under way, by kind and address. `calls`: how fast uploads and calls may come."""

    def __init__(self, most: dict[str, int] | None = None, calls: TokenBucket | None = None) -> None:
        self._most = most or MOST
        self._calls = calls or TokenBucket(0, 0)
        self._held: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def hold(self, kind: str, address: str) -> Iterator[None]:
        """One more of `kind` for `address` while the block runs. Raises TooMany."""
        self.check(kind, self._held[kind, address])
        self._held[kind, address] += 1
        try:
            yield
        finally:
            self._held[kind, address] -= 1
            if not self._held[kind, address]:
                del self._held[kind, address]

    def call(self, address: str) -> None:
        """An upload, or an edit by API, of `address`. Raises TooMany when they come too fast."""
        if wait := self._calls.take(address):
            raise TooMany(
                "Too many uploads and calls come from this network address. Nothing was spent. Try again in "
                f"{math.ceil(wait)} s."
            )

    def check(self, kind: str, under_way: int) -> None:
        """Raises TooMany when `under_way` is the whole share already (for what is counted elsewhere)."""
        if under_way >= self._most[kind]:
            raise TooMany(_SAID[kind])


class RunningShares:
    """The share of jobs, by kind and address, each counted until `is_running(job_id)` is false."""

    def __init__(self, limits: AddressLimits, is_running: Callable[[str], bool]) -> None:
        self._limits, self._jobs = limits, RunningJobs(is_running)

    async def begin(self, kind: str, address: str, begin: Callable[[], Awaitable[str]]) -> str:
        """The job id that `begin()` gives, counted for `address`. Raises TooMany before beginning."""
        self._limits.check(kind, self._jobs.count((kind, address)))
        return await self._jobs.begin([(kind, address)], begin)
