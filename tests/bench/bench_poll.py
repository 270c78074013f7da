"""Figures of the poll schedule: polls, lag, and both against a question every 2 s.

    python -m tests.bench.bench_poll [--jobs 20000] [--histories 10]

Durations are log-normal, drawn with fixed seeds. "Finished jobs": the schedule was given that many
durations of the same law; figures are means over several such histories, "worst" the ratio with the least
lucky one. "Ratio" is polls x lag divided by the same of a fixed 2 s. "Busiest" is the most polls of a job
within a minute: Segmind allows a key 50 a minute on Pro accounts, 5 on free ones.
"""

import argparse
import math
import random
from bisect import bisect_left
from dataclasses import dataclass
from statistics import fmean

from modules.jobs.run.poll_schedule import PollSchedule
from tests.bench.figure import Figure

FIXED = 2.0
_END = 3600.0
"""Seconds that Segmind keeps a request; longer durations are drawn again."""


@dataclass(frozen=True)
class Polling:
    """Means over jobs: number of polls, lag in seconds, `ratio` to a fixed 2 s, which has `fixed_polls` and
    `fixed_lag`; percentile and maximum of the lag; `busiest` is the most polls within 60 s."""

    polls: float
    lag: float
    p95: float
    longest: float
    ratio: float
    busiest: int
    fixed_polls: float
    fixed_lag: float


def durations(median: float, sigma: float, count: int, seed: int) -> list[float]:
    """`count` log-normal durations in seconds."""
    rng = random.Random(seed)
    drawn: list[float] = []
    while len(drawn) < count:
        value = median * math.exp(sigma * rng.gauss(0.0, 1.0))
        if value < _END:
            drawn.append(value)
    return drawn


def looks(schedule: PollSchedule, mode: str, seconds: int, end: float) -> list[float]:
    """The ages at which a job is asked that has not ended before `end` seconds."""
    ages = [schedule.next_poll("segmind", mode, seconds, 0.0)]
    while ages[-1] < end:
        ages.append(schedule.next_poll("segmind", mode, seconds, ages[-1]))
    return ages


def polling(schedule: PollSchedule, truth: list[float], mode: str = "pro", seconds: int = 5) -> Polling:
    """What the schedule does with jobs of these durations."""
    ages = looks(schedule, mode, seconds, max(truth))
    numbers = [bisect_left(ages, duration) for duration in truth]
    lags = sorted(ages[number] - duration for number, duration in zip(numbers, truth, strict=True))
    polls, lag = fmean(numbers) + 1, fmean(lags)
    counts = [math.ceil(duration / FIXED) for duration in truth]
    fixed_polls = fmean(counts)
    fixed_lag = fmean(FIXED * count - duration for count, duration in zip(counts, truth, strict=True))
    asked = ages[: max(numbers) + 1]
    busiest = max(bisect_left(asked, age + 60.0) - number for number, age in enumerate(asked))
    p95 = lags[int(0.95 * len(lags))]
    ratio = polls * lag / (fixed_polls * fixed_lag)
    return Polling(polls, lag, p95, lags[-1], ratio, busiest, fixed_polls, fixed_lag)


def learned(truth: tuple[float, float], known: int, jobs: int, histories: int) -> list[Polling]:
    """One row of figures for each history of `known` durations, newest first."""
    rows = []
    for seed in range(histories):
        seen = durations(*truth, known, 1000 + seed)
        rows.append(polling(PollSchedule(lambda *_, seen=seen: seen), durations(*truth, jobs, seed)))
    return rows


def figures(quick: bool = False) -> list[Figure]:
    """For edits of 210 s of which the journal knows 50: polls, lag, and the product of both, which is meant
    to be half that of a fixed 2 s."""
    jobs, histories = (2000, 3) if quick else (20_000, 10)
    rows = learned((210.0, 0.25), 50, jobs, histories)
    group, yardstick = "When to ask whether an edit has ended", "every 2 s"
    polls, lag = fmean(row.polls for row in rows), fmean(row.lag for row in rows)
    fixed, late = fmean(row.fixed_polls for row in rows), fmean(row.fixed_lag for row in rows)
    return [
        Figure(group, "polls of an edit of 210 s", polls, "", fixed, yardstick),
        Figure(group, "lag behind its end", lag, "s", late, yardstick, target=1.0),
        Figure(group, "polls times lag", polls * lag, "s", fixed * late, yardstick, fixed * late / 2),
    ]


def line(name: str, rows: list[Polling]) -> str:
    mean = {field: fmean(getattr(row, field) for row in rows) for field in ("polls", "lag", "p95", "ratio")}
    longest, worst = max(row.longest for row in rows), max(row.ratio for row in rows)
    return (
        f"{name:<44}{mean['polls']:7.1f}{mean['lag']:7.2f} s{mean['p95']:7.2f} s{longest:6.1f} s"
        f"{mean['ratio']:8.3f}{worst:8.3f}{max(row.busiest for row in rows):9d}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--histories", type=int, default=10)
    options = parser.parse_args()
    jobs = options.jobs
    print(
        f"{'truth (median, sigma) and what is known':<44}  polls  lag      p95      max   "
        "ratio   worst  busiest"
    )
    for sigma in (0.1, 0.25, 0.5):
        for known in (20, 50):
            rows = learned((210.0, sigma), known, jobs, options.histories)
            print(line(f"210 s, {sigma}: {known} finished jobs", rows))
    for median in (150.0, 300.0):
        print(
            line(
                f"{median:.0f} s, 0.25: 50 finished jobs",
                learned((median, 0.25), 50, jobs, options.histories),
            )
        )
    for sigma in (0.1, 0.25, 0.5):
        print(
            line(
                f"210 s, {sigma}: the prior alone",
                [polling(PollSchedule(), durations(210.0, sigma, jobs, 1))],
            )
        )
    for mode, seconds in (("std", 5), ("std", 3), ("pro", 15)):
        row = polling(PollSchedule(), durations(210.0, 0.25, jobs, 1), mode, seconds)
        print(line(f"210 s, 0.25: the prior alone, {mode}, {seconds} s", [row]))
    for median in (22.0, 25.0, 100.0, 600.0):
        name = f"{median:.0f} s, 0.25: "
        print(
            line(f"{name}the prior alone, wrong", [polling(PollSchedule(), durations(median, 0.25, jobs, 1))])
        )
        for known in (3, 50):
            print(
                line(f"{name}{known} finished jobs", learned((median, 0.25), known, jobs, options.histories))
            )


if __name__ == "__main__":
    main()
