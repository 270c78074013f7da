"""The poll schedule: when to ask the engine next, and how long it will still take.

For a duration with hazard rate h(t) the interval sqrt(2/(k*h(t))) gives the least E[polls] + k*E[lag], where
k is the number of polls that a second of lag is worth (see ARCHITECTURE, "Polling"). The distribution is
learned from the latest finished jobs of the same engine, mode and length.
"""

import logging
import math
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from modules.jobs.errors import JournalTrouble
from modules.jobs.run.duration_law import DurationLaw, prior

log = logging.getLogger("studio.jobs")

LEARNED_FROM = 50
"""The newest finished jobs that are learned from: within as many, a change of pace is followed."""
_LATE = 0.9
"""The share of jobs that has ended when one that still runs is called late."""


@dataclass(frozen=True)
class Pace:
    """How one engine is asked: `early` looks at the latest (seconds after the submit), with intervals for
    which a second of lag is worth `polls_a_second` polls, between `shortest` and `longest` seconds."""

    early: tuple[float, ...]
    polls_a_second: float
    shortest: float
    longest: float


# Failures are fast (a refused parameter, a content block), hence the early looks. The longest interval bounds
# how late any end is noticed, however far from what was expected; alone it costs 12 polls of a job of 210 s.
# So many polls are worth a second of lag that those weigh little: a tenth more polls than at every 2 s, with
# less than half the lag (tests/bench/bench_poll.py). A key that allows fewer makes the fast stretch slower:
# polls wait for their turn (segmind/rate_limit.py). The preview is on loopback, where a poll takes two
# milliseconds, and a few are carried at once: its first still comes within a second or two, and is shown when
# it is polled.
PACES = {
    "segmind": Pace((2.0, 5.0, 15.0), 250.0, 0.6, 10.0),
    "preview": Pace(tuple(0.15 * n for n in range(1, 14)), 120.0, 0.15, 0.6),
}


class PollSchedule:
    """`history(engine, mode, seconds)` gives the durations of finished jobs, newest first; while it raises
    JournalTrouble the schedule goes on with what it knew.

    `scale` shortens every time, for tests against an engine that is faster than the real one.
    """

    def __init__(
        self,
        history: Callable[[str, str, int], list[float]] = lambda *_: [],
        *,
        scale: float = 1.0,
        fresh_seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._history = history
        self._scale = scale
        self._fresh_seconds = fresh_seconds
        self._clock = clock
        self._known: dict[tuple[str, str, int], tuple[float, DurationLaw, _Plan]] = {}
        self._lock = threading.Lock()

    def next_poll(self, engine: str, mode: str, seconds: int, age: float) -> float:
        """The age (seconds since the submit) at which to ask next, for a job asked at `age`. Always later."""
        return self._look_up(engine, mode, seconds)[1].after(max(0.0, age) / self._scale) * self._scale

    def eta(self, engine: str, mode: str, seconds: int, age: float) -> float:
        """Median seconds still to go."""
        return self._look_up(engine, mode, seconds)[0].remaining(max(0.0, age))

    def median(self, engine: str, mode: str, seconds: int) -> float:
        """Seconds from the submit within which half of the jobs end."""
        return self._look_up(engine, mode, seconds)[0].median

    def usual(self, engine: str, mode: str, seconds: int) -> tuple[float, float]:
        """The quartiles: half of the jobs need between these two numbers of seconds."""
        law = self._look_up(engine, mode, seconds)[0]
        return law.quantile(0.25), law.quantile(0.75)

    def late_after(self, engine: str, mode: str, seconds: int) -> float:
        """Seconds since the submit after which a job takes longer than usual: nine of ten have ended."""
        return self._look_up(engine, mode, seconds)[0].quantile(_LATE)

    def late(self, engine: str, mode: str, seconds: int, age: float) -> bool:
        """Whether a job of that age takes longer than usual."""
        return age > self.late_after(engine, mode, seconds)

    def _look_up(self, *kind: *tuple[str, str, int]) -> tuple[DurationLaw, "_Plan"]:
        now = self._clock()
        with self._lock:
            known = self._known.get(kind)
        if known and now - known[0] < self._fresh_seconds:
            return known[1], known[2]
        try:
            law = prior(*kind).learned(self._history(*kind)[:LEARNED_FROM])
        except JournalTrouble as trouble:  # when to ask is never a reason not to ask
            log.warning("the poll schedule goes on without the journal: %s", trouble)
            law = known[1] if known else prior(*kind)
        plan = _Plan(DurationLaw(law.median / self._scale, law.sigma), PACES.get(kind[0], PACES["segmind"]))
        with self._lock:
            self._known[kind] = (now, law, plan)
        return law, plan


class _Plan:
    """The sum of 1/interval over the age: the next look comes when it has grown by one."""

    _STEPS, _REACH = 800, 4.0
    """Steps of the table, and how many medians it spans. The last interval holds beyond."""

    def __init__(self, law: DurationLaw, pace: Pace) -> None:
        self._early = pace.early
        self._step = law.median * self._REACH / self._STEPS
        self._grown = [0.0]
        for number in range(self._STEPS):
            wanted = math.sqrt(2 / (pace.polls_a_second * law.hazard((number + 0.5) * self._step)))
            self._last = min(max(wanted, pace.shortest), pace.longest)
            self._grown.append(self._grown[-1] + self._step / self._last)

    def after(self, age: float) -> float:
        """The age of the next look for a job asked at `age`, in seconds."""
        due = self._age_of(self._count(age) + 1.0)
        return next((min(early, due) for early in self._early if age < early - 1e-6), due)

    def _count(self, age: float) -> float:
        at = age / self._step
        if at >= self._STEPS:
            return self._grown[-1] + (age - self._STEPS * self._step) / self._last
        here = self._grown[int(at)]
        return here + (at % 1) * (self._grown[int(at) + 1] - here)

    def _age_of(self, count: float) -> float:
        if count >= self._grown[-1]:
            return self._STEPS * self._step + (count - self._grown[-1]) * self._last
        above = bisect_left(self._grown, count)
        low, high = self._grown[above - 1], self._grown[above]
        return (above - 1 + (count - low) / (high - low)) * self._step
