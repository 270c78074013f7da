"""When to ask: fewer polls for the same lag than a fixed interval, and never too late for a failure."""

import itertools
import math
import random

import pytest

from modules.jobs.errors import JournalTrouble
from modules.jobs.run.poll_schedule import PACES, LogNormal, PollSchedule, prior


def polls_of(schedule: PollSchedule, engine: str, seconds: int, duration: float) -> list[float]:
    """The ages at which a job of that duration is asked; the last is the one that finds it finished."""
    ages, age = [], 0.0
    while age < duration:
        age = schedule.next_poll(engine, "pro", seconds, age)
        ages.append(age)
    return ages


def test_an_hour_of_asking_always_moves_forward():
    schedule, age = PollSchedule(), 0.0
    while age < 3600:
        later = schedule.next_poll("segmind", "pro", 5, age)
        assert age + 0.2 <= later <= age + PACES["segmind"].longest + 1e-6
        age = later


def test_fast_failures_are_looked_for_early():
    assert polls_of(PollSchedule(), "segmind", 5, 15.0) == [2.0, 5.0, 15.0]


def test_the_preview_is_asked_at_least_once_a_second():
    ages = polls_of(PollSchedule(), "preview", 5, 30.0)
    gaps = [b - a for a, b in itertools.pairwise(ages)]
    assert max(gaps) <= 1.0 and min(gaps) >= 0.29


def test_the_same_number_of_polls_lags_less_than_a_fixed_interval_would():
    rng, schedule = random.Random(4), PollSchedule()
    polls = lag = 0.0
    durations = [210.0 * math.exp(0.25 * rng.gauss(0, 1)) for _ in range(1500)]
    for duration in durations:
        ages = polls_of(schedule, "segmind", 5, duration)
        polls += len(ages)
        lag += ages[-1] - duration
    mean = sum(durations) / len(durations)
    ours = (polls / len(durations)) * (lag / len(durations))
    # polls x lag is E[T]/2 for every fixed interval. The rule alone gives 0.44 of it; the early looks and the
    # longest interval, which are there for failures, cost some of that.
    assert ours < 0.75 * mean / 2


def test_the_rule_alone_gives_the_figure_of_the_design():
    law, step = LogNormal(210.0, 0.25), 0.25
    grid = [step * (n + 0.5) for n in range(int(900 / step))]
    root = sum(math.sqrt(law.hazard(t)) * law.survival(t) for t in grid) * step
    mean = 210.0 * math.exp(0.25**2 / 2)
    assert root**2 / 2 / (mean / 2) == pytest.approx(0.44, abs=0.01)


def test_the_remaining_time_shrinks_and_stays_positive():
    schedule = PollSchedule()
    left = [schedule.eta("segmind", "pro", 5, age) for age in (0, 60, 150, 210, 300, 600, 3000)]
    assert left[0] == pytest.approx(210.0, rel=0.01)
    assert left[0] > left[1] > left[2] > left[3] > 0
    assert all(value > 0 for value in left)


def test_finished_jobs_correct_the_prior():
    fast = PollSchedule(lambda *_: [100.0] * 30)
    assert fast.eta("segmind", "std", 5, 0.0) == pytest.approx(110, rel=0.05)
    assert prior("segmind", "std", 5).learned([]) == prior("segmind", "std", 5)


def test_a_single_odd_job_does_not_overturn_the_prior():
    assert 120 < prior("segmind", "pro", 5).learned([30.0]).median < 210


def test_what_was_learned_is_looked_up_once_a_minute():
    asked = []
    schedule = PollSchedule(lambda *kind: asked.append(kind) or [], clock=lambda: 0.0)
    for age in range(50):
        schedule.next_poll("segmind", "pro", 5, float(age))
    assert len(asked) == 1


def test_a_duration_far_beyond_every_expectation_is_still_asked_about():
    law = LogNormal(210.0, 0.05)
    assert law.hazard(5000.0) > 0 and law.remaining(5000.0) > 0
    assert math.isfinite(law.hazard(1e6))


def test_a_journal_that_cannot_be_read_leaves_the_schedule_as_it_was():
    now, gone = [0.0], [False]

    def history(*_) -> list[float]:
        if gone[0]:
            raise JournalTrouble("It cannot be read just now.")
        return [40.0] * 50

    schedule, blind = (PollSchedule(one, clock=lambda: now[0]) for one in (history, lambda *_: []))
    kind = ("segmind", "pro", 5)
    known = schedule.eta(*kind, 0.0)
    now[0], gone[0] = 100.0, True
    assert schedule.eta(*kind, 0.0) == known < blind.eta(*kind, 0.0)
    never_read = PollSchedule(history, clock=lambda: now[0])
    assert never_read.next_poll(*kind, 30.0) == blind.next_poll(*kind, 30.0)
