"""What is expected of a running job: the time to go, "usually 3-4 min", whether it is late, and its bar.

The bar is a curve over the time since the submit, which is never drawn backwards: it rises evenly to 80 % at
the median, then ever more slowly, and stays below 97 % however long the job runs. Before the submit and while
the result is saved it has ranges of its own, so no change of stage takes it back. An engine that counts its
frames is believed. The page gets points of the curve and draws between them: the formula is here only.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from modules.jobs.job import SENT_STAGES, Job, Stage
from modules.jobs.run.poll_schedule import PollSchedule

_FIRST_GUESS = 4.0
"""Seconds to prepare, upload and submit, for the first estimate of the remaining time."""
_SAVING = 2.0
"""Seconds to fetch a result, for the estimate."""
_SENT, _QUEUED, _MEDIAN, _END, _SAVED = 0.04, 0.10, 0.80, 0.97, 0.99
"""Where the bar is at the submit, when the first frame is counted, at the median, at the end, when saved."""
_SLOWER = 2 * (_MEDIAN - _SENT) / (_END - _MEDIAN)
"""Makes the curve past the median begin with the slope that it had before."""
_POINTS = (0, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700, 3600)
"""Seconds from now for which the page gets a point; it is told anew whenever the job changes."""


@dataclass(frozen=True)
class Outlook:
    """What is expected of a job at one moment. Empty for a job that has ended or waits for a key.

    `eta`: median seconds to go. `usual`: in words, or None when the engine itself says how far it is.
    `late_in`: seconds until the job takes longer than nine of ten, below 0 once it does. `bar`: points
    (seconds from now, share 0..1) of the whole edit, rising.
    """

    eta: float | None = None
    usual: str | None = None
    late_in: float | None = None
    bar: tuple[tuple[float, float], ...] = ()


def outlook(job: Job, schedule: PollSchedule, now: float, age: float, median: float | None = None) -> Outlook:
    """What is expected of `job` at `now` (epoch), `age` seconds after its submit.

    `median` (seconds) is that which the bar was begun with: what is learned meanwhile must not take it back.
    """
    if job.terminal or job.needs_key or job.checking:
        return Outlook()
    kind = (job.engine, job.request.mode, job.request.seconds)
    usual = usual_words(*schedule.usual(*kind))
    late_after = schedule.late_after(*kind)
    if job.stage not in SENT_STAGES:
        elapsed = job.elapsed(now)
        ahead = max(0.5, _FIRST_GUESS - elapsed)
        bar = _points(_before_sent, elapsed)
        return Outlook(ahead + schedule.eta(*kind, 0.0), usual, ahead + late_after, bar)
    if job.stage == Stage.SAVING:
        return Outlook(_SAVING, bar=_points(_saving, max(0.0, now - job.stage_times[Stage.SAVING.value])))
    eta = schedule.eta(*kind, age)
    counts = job.engine == "preview"
    typical = median or schedule.median(*kind)
    bar = _points(_queued if counts else lambda at: share_at(at, typical), age)
    if job.stage == Stage.PROCESSING and job.progress is not None:
        told = _QUEUED + (_END - _QUEUED) * job.progress
        bar = tuple((at, max(share, told)) for at, share in bar)
        began = job.stage_times.get(Stage.PROCESSING.value)
        if job.progress > 0.05 and began:
            eta = max(0.5, (now - began) * (1 - job.progress) / job.progress)
            return Outlook(eta, bar=bar)
    return Outlook(eta, usual, late_after - age, bar)


def usual_words(low: float, high: float) -> str:
    """`usually 3-4 min`, or `usually about 20 s` below a minute and a half, for a job that mostly takes
    between `low` and `high` seconds."""
    middle = math.sqrt(low * high)
    if middle < 90:
        return f"usually about {max(1, round(middle)) if middle < 10 else 5 * round(middle / 5)} s"
    first, last = max(1, round(low / 60)), max(1, round(high / 60))
    return f"usually about {first} min" if first == last else f"usually {first}\N{EN DASH}{last} min"


def share_at(age: float, median: float) -> float:
    """Where the bar of a job stands `age` seconds after its submit, when half of the jobs need `median`."""
    if age <= median:
        return _SENT + (_MEDIAN - _SENT) * age / median
    return _END - (_END - _MEDIAN) / math.sqrt(1 + _SLOWER * (age - median) / median)


def _before_sent(elapsed: float) -> float:
    return _SENT * elapsed / (elapsed + 10)


def _queued(age: float) -> float:
    """In the queue of an engine that counts its frames."""
    return _SENT + (_QUEUED - _SENT) * age / (age + 10)


def _saving(seconds: float) -> float:
    return _END + (_SAVED - _END) * seconds / (seconds + 10)


def _points(curve: Callable[[float], float], since: float) -> tuple[tuple[float, float], ...]:
    return tuple((float(ahead), round(curve(since + ahead), 7)) for ahead in _POINTS)
