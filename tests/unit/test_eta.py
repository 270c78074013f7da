"""What a visitor who waits is told of the time: in words, in time, and by a bar that never runs back."""

import itertools
from dataclasses import replace

import pytest

from modules.jobs.job import Stage
from modules.jobs.run.eta import Outlook, outlook, share_at, usual_words
from modules.jobs.run.poll_schedule import PollSchedule
from modules.jobs.view import view_of
from modules.ui.components.timeline.value import progress_value
from tests.bench.bench_poll import durations
from tests.support.jobs import a_job
from tests.support.runner_harness import harness

LEARNED = PollSchedule(lambda *_: durations(210.0, 0.25, 50, 7))
SENT = a_job().moved(101.0, Stage.UPLOADING).moved(103.0, Stage.SUBMITTING).moved(105.0, Stage.QUEUED)


def at(job, now: float, schedule: PollSchedule = LEARNED, median: float | None = 210.0) -> Outlook:
    return outlook(job, schedule, now, now - (job.submitted_at or now), median)


def drawn(seen: Outlook, passed: float) -> float:
    """The share that the page draws that many seconds after it was told."""
    (begin, low), (end, high) = next(
        pair for pair in itertools.pairwise(seen.bar) if pair[0][0] <= passed < pair[1][0]
    )
    return low + (high - low) * (passed - begin) / (end - begin)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (176, 249, "usually 3\N{EN DASH}4 min"),
        (200, 222, "usually 3\N{EN DASH}4 min"),
        (175, 195, "usually about 3 min"),
        (85, 130, "usually 1\N{EN DASH}2 min"),
        (17, 26, "usually about 20 s"),
        (60, 80, "usually about 70 s"),
        (1.7, 3.2, "usually about 2 s"),
        (0.2, 0.3, "usually about 1 s"),
    ],
)
def test_the_usual_time_is_said_in_round_words(low, high, words):
    assert usual_words(low, high) == words


def test_the_bar_rises_at_every_second_of_an_hour_and_stays_below_97_percent():
    shares = [share_at(float(age), 210.0) for age in range(3601)]
    assert all(earlier < later for earlier, later in itertools.pairwise(shares))
    assert shares[210] == pytest.approx(0.8) and shares[420] < 0.92 and shares[-1] < 0.97


def test_the_bar_never_runs_back_when_the_stage_changes():
    editing = SENT.moved(110.0, Stage.PROCESSING)
    saving = editing.moved(900.0, Stage.SAVING)
    looks = [
        at(a_job(), 100.0),
        at(a_job(), 102.9),
        at(SENT, 105.0),
        at(SENT, 109.9),
        at(editing, 110.0),
        at(editing, 899.9),
        at(saving, 900.0),
        at(saving, 960.0),
    ]
    shares = [look.bar[0][1] for look in looks]
    assert shares == sorted(shares) and shares[-1] < 0.99
    assert all(low < high for look in looks for (_, low), (_, high) in itertools.pairwise(look.bar))


def test_the_page_draws_no_further_than_the_server_says_next():
    editing = SENT.moved(110.0, Stage.PROCESSING)
    for now, passed in itertools.product((110.0, 250.0, 400.0), (1.0, 17.0, 100.0, 1000.0)):
        assert -1e-6 < at(editing, now + passed).bar[0][1] - drawn(at(editing, now), passed) < 0.04


def test_frames_that_the_engine_counts_are_shown_as_they_are():
    queued = replace(SENT, engine="preview", payer="nobody")
    editing = queued.moved(300.0, Stage.PROCESSING)
    half, most = (replace(editing, progress=share) for share in (0.5, 0.9))
    looks = [at(queued, 299.0), at(editing, 300.0), at(half, 304.0), at(most, 307.0)]
    shares = [look.bar[0][1] for look in looks]
    assert shares == sorted(shares) and shares[0] < 0.1 and shares[2] == pytest.approx(0.535)
    assert looks[2].usual is None and looks[2].eta == pytest.approx(4.0) and looks[2].late_in is None


def test_past_the_ninetieth_percentile_it_takes_longer_than_usual():
    editing = SENT.moved(110.0, Stage.PROCESSING)
    begun, late = at(editing, 120.0), at(editing, 480.0)
    assert begun.usual == late.usual == "usually 3\N{EN DASH}4 min"
    assert 220 < begun.late_in < 300 and late.late_in < 0 < late.eta
    views = [view_of(editing, now, outlook=at(editing, now)) for now in (120.0, 480.0)]
    assert [view.late for view in views] == [False, True] and views[0].usual == begun.usual
    assert "outlook" not in views[0].model_dump()
    value = progress_value(editing, views[0])
    assert value["late_in"] == begun.late_in and value["bar"][0] == [0.0, begun.bar[0][1]]


def test_nothing_is_expected_of_a_job_that_has_ended_or_waits_for_its_key():
    assert at(SENT.moved(200.0, Stage.FAILED), 300.0) == at(replace(SENT, needs_key=True), 300.0) == Outlook()


def test_what_is_learned_meanwhile_does_not_take_the_bar_back(tmp_path):
    now, took = [0.0], [200.0]
    schedule = PollSchedule(lambda *_: took * 50, scale=0.005, clock=lambda: now[0])
    with harness(tmp_path, schedule=schedule) as made:
        made.engine.before_done.clear()
        job = made.at(made.start(), Stage.PROCESSING)
        before = made.runner.view(job)
        now[0], took[0] = 1000.0, 2000.0
        after = made.runner.view(job)
        made.engine.before_done.set()
        made.ended(job.job_id)
    assert after.eta > 5 * before.eta and after.outlook.bar[0][1] >= before.outlook.bar[0][1]
