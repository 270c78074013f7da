"""The distribution of a job's duration: log-normal with a few stray jobs, a prior that finished jobs correct.

The poll schedule takes its intervals from the hazard rate, the page's estimates come from the quantiles.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist, fmean, median

_NORMAL = NormalDist()
_STRAY = 0.01
"""The share of jobs that follow no law: they may end at any moment (exponential) ..."""
_STRAY_MEAN = 1800.0
"""... after this many seconds in the mean; a request is kept for 3600. Beyond the log-normal's tail their
hazard rate is left, so a job that hangs is asked about every few seconds, not all the time."""
_PRIOR_SPREAD = 0.15
"""Standard deviation of the logarithm of the true median around the prior's."""
_PRIOR_JOBS = 16.0
"""The prior's sigma counts as much as that of this many finished jobs: few of them can look too alike."""
_OUTLIER = 3.0
"""A finished duration further out than this many robust standard deviations counts as if it lay there."""
_NARROWEST = 0.05


@dataclass(frozen=True)
class DurationLaw:
    """A duration in seconds: `median`, and `sigma` of its logarithm."""

    median: float
    sigma: float

    def survival(self, age: float) -> float:
        """The share of jobs that need more than `age` seconds, strays included."""
        return (1 - _STRAY) * self._alive(age) + _stray_alive(age)

    def hazard(self, age: float) -> float:
        """The rate (per second) at which jobs that have run for `age` seconds end. Positive at every age."""
        stray = _stray_alive(age)
        if stray == 0.0:
            return 1 / _STRAY_MEAN
        density = (1 - _STRAY) * _NORMAL.pdf(self._z(age)) / (age * self.sigma) if age > 0 else 0.0
        return (density + stray / _STRAY_MEAN) / self.survival(age)

    def quantile(self, share: float) -> float:
        """Seconds within which that share (0..1) of jobs ends, strays left out."""
        return self.median * math.exp(self.sigma * _NORMAL.inv_cdf(share))

    def remaining(self, age: float) -> float:
        """Median seconds still to go for a job that has run for `age` seconds and is no stray. Above 0."""
        alive = self._alive(age)
        if alive < 1e-12:  # the difference of two equal numbers; its limit is ln(2) over the hazard rate
            return math.log(2) * self.sigma * age / self._z(age)
        return self.median * math.exp(self.sigma * -_NORMAL.inv_cdf(alive / 2)) - age

    def learned(self, seen: list[float]) -> "DurationLaw":
        """This prior corrected by finished durations (seconds).

        Median: the mean logarithm, drawn to the prior's by the ratio of their variances; a prior that two or
        more jobs contradict by far more than its spread gives way. Sigma: the pooled variance, and that of
        the mean.
        """
        logs = [math.log(value) for value in seen if value > 0]
        if not logs:
            return self
        count, middle = len(logs), median(logs)
        reach = _OUTLIER * max(self.sigma, 1.4826 * median(abs(value - middle) for value in logs))
        logs = [min(max(value, middle - reach), middle + reach) for value in logs]
        mean = fmean(logs)
        squares = _PRIOR_JOBS * self.sigma**2 + sum((value - mean) ** 2 for value in logs)
        variance = squares / (_PRIOR_JOBS + count - 1)
        off = mean - math.log(self.median)
        spread = max(_PRIOR_SPREAD**2, off**2 * (count - 1) / (count + 3))
        trust = spread / (spread + variance / count)
        return DurationLaw(
            self.median * math.exp(trust * off), max(_NARROWEST, math.sqrt(variance * (1 + 1 / count)))
        )

    def _alive(self, age: float) -> float:
        return 1.0 if age <= 0 else 0.5 * math.erfc(self._z(age) / math.sqrt(2))

    def _z(self, age: float) -> float:
        return (math.log(age) - math.log(self.median)) / self.sigma


def prior(engine: str, mode: str, seconds: int) -> DurationLaw:
    """What is believed before a job of that kind has finished.

    Segmind: 210 s for 5 s in `pro`, the headline of the model's page (210.20 s); published averages are 202
    to 223 s a job, single clips of 5 s took 100 to 250 s. Two assumptions until jobs are learned: `std`, said
    to be faster, takes 0.92 of that, and a clip of n seconds (n/5)**0.15 of it (3 s: 0.93, 15 s: 1.18), as
    most of a job's time seems not to depend on its length. Preview: 0.5 s, and 0.4 s a second of clip,
    measured on two cores.
    """
    if engine == "preview":
        return DurationLaw(0.5 + 0.4 * seconds, 0.6)
    return DurationLaw(210.0 * (0.92 if mode == "std" else 1.0) * (max(1, seconds) / 5) ** 0.15, 0.27)


def _stray_alive(age: float) -> float:
    return _STRAY * math.exp(-max(0.0, age) / _STRAY_MEAN)
