"""The poll schedule: when to ask the engine next, and how long it will still take.

For a duration with hazard rate h(t) the least expected lag for a number of polls has the interval
1/sqrt(c*h(t)) (see ARCHITECTURE, "Polling"). The duration is log-normal, from a prior that finished jobs of
the same engine, mode and length correct.
"""

import logging
import math
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

from modules.jobs.errors import JournalTrouble

log = logging.getLogger("studio.jobs")

_NORMAL = NormalDist()
_PRIOR_WEIGHT = 4.0
"""The prior counts as this many finished jobs."""


@dataclass(frozen=True)
class LogNormal:
    """A duration in seconds: `median`, and `sigma` of its logarithm."""

    median: float
    sigma: float

    def survival(self, age: float) -> float:
        return 1.0 if age <= 0 else 0.5 * math.erfc(self._z(age) / math.sqrt(2))

    def hazard(self, age: float) -> float:
        if age <= 0:
            return 0.0
        z = self._z(age)
        if z > 8:  # the quotient of two vanishing numbers; its limit is z/(sigma*t)
            return z / (self.sigma * age)
        density = math.exp(-z * z / 2) / (age * self.sigma * math.sqrt(2 * math.pi))
        return density / self.survival(age)

    def remaining(self, age: float) -> float:
        """Median seconds still to go for a job that has run for `age` seconds."""
        alive = self.survival(age)
        if alive < 1e-12:
            return max(1.0, 0.1 * age)
        return max(0.0, self.median * math.exp(self.sigma * -_NORMAL.inv_cdf(alive / 2)) - age)

    def learned(self, seen: list[float]) -> "LogNormal":
        """This prior corrected by finished durations (normal-inverse-gamma update of the logarithm)."""
        logs = [math.log(value) for value in seen if value > 0]
        if not logs:
            return self
        count, mean, centre = len(logs), sum(logs) / len(logs), math.log(self.median)
        squares = (
            _PRIOR_WEIGHT * self.sigma**2
            + sum((x - mean) ** 2 for x in logs)
            + _PRIOR_WEIGHT * count / (_PRIOR_WEIGHT + count) * (mean - centre) ** 2
        )
        return LogNormal(
            math.exp((_PRIOR_WEIGHT * centre + count * mean) / (_PRIOR_WEIGHT + count)),
            max(0.05, math.sqrt(squares / (_PRIOR_WEIGHT + count))),
        )

    def _z(self, age: float) -> float:
        return (math.log(age) - math.log(self.median)) / self.sigma


@dataclass(frozen=True)
class Pace:
    """How one engine is asked: `early` looks (seconds after the submit), then `polls` expected looks over the
    whole distribution, with intervals kept between `shortest` and `longest` seconds."""

    early: tuple[float, ...]
    polls: float
    shortest: float
    longest: float


# Failures are fast (a refused parameter, a content block), hence the early looks. The longest interval bounds
# how late a failure in the middle is noticed; the preview is on loopback, and its progress is shown as it is
# polled.
PACES = {
    "segmind": Pace((2.0, 5.0, 15.0), 14.0, 2.0, 30.0),
    "preview": Pace((0.3, 0.6), 10.0, 0.3, 1.0),
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
        self._known: dict[tuple[str, str, int], tuple[float, LogNormal, _Plan]] = {}
        self._lock = threading.Lock()

    def next_poll(self, engine: str, mode: str, seconds: int, age: float) -> float:
        """The age (seconds since the submit) at which to ask next, for a job asked at `age`. Always later."""
        return self._look_up(engine, mode, seconds)[1].after(max(0.0, age) / self._scale) * self._scale

    def eta(self, engine: str, mode: str, seconds: int, age: float) -> float:
        """Median seconds still to go."""
        return self._look_up(engine, mode, seconds)[0].remaining(max(0.0, age))

    def _look_up(self, *kind: *tuple[str, str, int]) -> tuple[LogNormal, "_Plan"]:
        now = self._clock()
        with self._lock:
            known = self._known.get(kind)
        if known and now - known[0] < self._fresh_seconds:
            return known[1], known[2]
        try:
            law = prior(*kind).learned(self._history(*kind))
        except JournalTrouble as trouble:  # when to ask is never a reason not to ask
            log.warning("the poll schedule goes on without the journal: %s", trouble)
            law = known[1] if known else prior(*kind)
        plan = _Plan(LogNormal(law.median / self._scale, law.sigma), PACES.get(kind[0], PACES["segmind"]))
        with self._lock:
            self._known[kind] = (now, law, plan)
        return law, plan


def prior(engine: str, mode: str, seconds: int) -> LogNormal:
    """Segmind: its page's headline of 210.20 s, whatever the length (no other figure is public). Preview:
    about 0.4 s a second of clip, measured on two cores."""
    if engine == "preview":
        return LogNormal(0.5 + 0.4 * seconds, 0.6)
    return LogNormal(210.0, 0.25)


class _Plan:
    """The cumulated sqrt(c*h): the next look comes when it has grown by one."""

    _STEPS, _REACH = 600, 4.0

    def __init__(self, law: LogNormal, pace: Pace) -> None:
        self._pace = pace
        self._step = law.median * self._REACH / self._STEPS
        roots = [math.sqrt(law.hazard((n + 0.5) * self._step)) for n in range(self._STEPS)]
        alive = [law.survival((n + 0.5) * self._step) for n in range(self._STEPS)]
        # E[polls] is the integral of sqrt(c*h)*S: this makes it `polls`.
        factor = pace.polls / sum(r * s * self._step for r, s in zip(roots, alive, strict=True))
        self._grown = [0.0]
        for root in roots:
            self._grown.append(self._grown[-1] + factor * root * self._step)

    def after(self, age: float) -> float:
        for early in self._pace.early:
            if age < early - 1e-6:
                return early
        at = min(age / self._step, self._STEPS - 1e-9)
        here = self._grown[int(at)] + (at % 1) * (self._grown[int(at) + 1] - self._grown[int(at)])
        due = bisect_left(self._grown, here + 1.0) * self._step
        return min(max(due, age + self._pace.shortest), age + self._pace.longest)
