"""When to ask: soon after the end, with few polls, never later than ten seconds, from what is learned."""

import itertools
import math
from statistics import fmean

import pytest

from modules.jobs.errors import JournalTrouble
from modules.jobs.run.duration_law import DurationLaw, prior
from modules.jobs.run.poll_schedule import PACES, PollSchedule
from tests.bench.bench_poll import Polling, durations, learned, looks, polling

KIND = ("segmind", "pro", 5)


def mean_ratio(rows: list[Polling]) -> float:
    return fmean(row.ratio for row in rows)


def ages_of(schedule: PollSchedule, kind: tuple[str, str, int], end: float) -> list[float]:
    """0, and the ages at which a job that has not ended before `end` is asked."""
    ages = [0.0]
    while ages[-1] < end:
        ages.append(schedule.next_poll(*kind, ages[-1]))
    return ages


@pytest.mark.parametrize("known", [20, 50, 200])
def test_with_durations_learned_polls_times_lag_is_half_of_a_fixed_interval(known):
    rows = learned((210.0, 0.25), known, 4000, 8)
    assert mean_ratio(rows) <= 0.50
    assert all(row.lag <= 1.0 and row.longest <= 10.0 for row in rows)


def test_narrow_and_broad_durations_are_noticed_within_a_second_too():
    for sigma, ratio in ((0.1, 0.35), (0.5, 0.85)):  # no schedule has less than 0.75 for 0.5
        rows = learned((210.0, sigma), 50, 4000, 4)
        assert mean_ratio(rows) <= ratio and all(row.lag <= 1.0 for row in rows)


@pytest.mark.parametrize(("mode", "seconds"), [("pro", 5), ("std", 5), ("pro", 15), ("std", 3)])
def test_the_prior_alone_is_nearly_as_good(mode, seconds):
    row = polling(PollSchedule(), durations(210.0, 0.25, 4000, 1), mode, seconds)
    assert row.ratio <= 0.55 and row.lag <= 1.0


@pytest.mark.parametrize("median", [22.0, 25.0, 100.0, 600.0])
def test_a_job_far_from_the_prior_is_noticed_within_ten_seconds(median):
    truth = durations(median, 0.1, 500, 2)
    for seen in ([], [210.0] * 50):
        assert polling(PollSchedule(lambda *_, seen=seen: seen), truth).longest <= 10.0
    assert polling(PollSchedule(lambda *_: [median] * 5), truth).lag <= 1.5


def test_an_hour_of_asking_always_moves_forward_and_never_pauses_for_longer_than_ten_seconds():
    for kind in (KIND, ("segmind", "std", 15), ("preview", "pro", 5)):
        schedule, pace = PollSchedule(lambda *_: [300.0, 20.0, 240.0]), PACES[kind[0]]
        ages = ages_of(schedule, kind, 3600.0)
        gaps = [later - age for age, later in itertools.pairwise(ages)]
        assert min(gaps) >= pace.shortest - 0.01 and max(gaps) <= pace.longest + 1e-6


def test_a_job_that_hangs_is_not_asked_about_all_the_time():
    ages = looks(PollSchedule(lambda *_: durations(210.0, 0.25, 50, 3)), "pro", 5, 1200.0)
    assert sum(600 < age <= 660 for age in ages) <= 25


def test_fast_failures_are_looked_for_early():
    assert looks(PollSchedule(), "pro", 5, 15.0) == [2.0, 5.0, 15.0]


def test_the_preview_is_asked_often_while_its_first_still_is_due_and_then_now_and_again():
    ages = ages_of(PollSchedule(), ("preview", "pro", 5), 30.0)
    gaps = [later - age for age, later in itertools.pairwise(ages)]
    assert max(gaps) <= 0.6 + 1e-6 and min(gaps) >= 0.14
    assert max(gap for age, gap in zip(ages, gaps, strict=False) if age < 1.8) <= 0.16


def test_the_prior_depends_mildly_on_mode_and_length():
    assert prior(*KIND).median == 210.0
    assert 180 < prior("segmind", "std", 5).median < 210
    assert 180 < prior("segmind", "pro", 3).median < 210 < prior("segmind", "pro", 15).median < 260


def test_a_single_odd_job_does_not_overturn_the_prior_and_two_alike_do():
    assert 120 < prior(*KIND).learned([30.0]).median < 210
    assert prior(*KIND).learned([30.0, 31.0]).median < 60
    assert prior(*KIND).learned([]) == prior(*KIND)


def test_one_job_that_hung_does_not_broaden_what_fifty_have_taught():
    usual = durations(210.0, 0.25, 49, 5)
    calm, hung = (prior(*KIND).learned([*usual, last]) for last in (210.0, 3000.0))
    assert hung.median / calm.median < 1.03 and hung.sigma / calm.sigma < 1.1


def test_only_the_newest_fifty_jobs_are_learned_from():
    changed = PollSchedule(lambda *_: [100.0] * 50 + [400.0] * 500)
    assert changed.median(*KIND) == PollSchedule(lambda *_: [100.0] * 50).median(*KIND) < 105


def test_the_remaining_time_shrinks_and_stays_positive():
    schedule = PollSchedule()
    left = [schedule.eta(*KIND, age) for age in (0, 60, 150, 210, 300, 600, 3000, 1e6)]
    assert left[0] == pytest.approx(210.0, rel=0.01)
    assert left[0] > left[1] > left[2] > left[3] > 0
    assert all(value > 0 for value in left)


def test_a_job_is_late_when_nine_of_ten_have_ended():
    schedule = PollSchedule(lambda *_: durations(210.0, 0.25, 50, 7))
    low, high = schedule.usual(*KIND)
    assert 160 < low < 190 and 230 < high < 270
    truth = durations(210.0, 0.25, 4000, 8)
    assert 0.05 < sum(schedule.late(*KIND, age) for age in truth) / len(truth) < 0.15
    assert not schedule.late(*KIND, 0.0) and schedule.late(*KIND, 3600.0)


def test_the_hazard_rate_is_positive_and_finite_at_every_age():
    law = DurationLaw(210.0, 0.05)
    assert all(0 < law.hazard(age) < 10 for age in (0.0, 1e-6, 1.0, 210.0, 5000.0, 1e6, 1e9))
    assert math.isfinite(law.remaining(1e6))


def test_what_was_learned_is_looked_up_once_a_minute():
    asked = []
    schedule = PollSchedule(lambda *kind: asked.append(kind) or [], clock=lambda: 0.0)
    for age in range(50):
        schedule.next_poll(*KIND, float(age))
    assert len(asked) == 1


def test_a_journal_that_cannot_be_read_leaves_the_schedule_as_it_was():
    now, gone = [0.0], [False]

    def history(*_) -> list[float]:
        if gone[0]:
            raise JournalTrouble("It cannot be read just now.")
        return [40.0] * 50

    schedule, blind = (PollSchedule(one, clock=lambda: now[0]) for one in (history, lambda *_: []))
    known = schedule.eta(*KIND, 0.0)
    now[0], gone[0] = 100.0, True
    assert schedule.eta(*KIND, 0.0) == known < blind.eta(*KIND, 0.0)
    never_read = PollSchedule(history, clock=lambda: now[0])
    assert never_read.next_poll(*KIND, 30.0) == blind.next_poll(*KIND, 30.0)
