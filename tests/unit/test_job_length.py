"""The length that is asked, priced and reserved is the one that is sent, and never more than the clip has."""

import pytest

from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from modules.jobs.run.active_job import JobWriter
from tests.support.runner_harness import harness
from tests.support.waiting import until


@pytest.mark.parametrize(
    ("clip", "chosen", "asked", "usd"),
    [
        (4.0, "10", "4", 1.68),
        (2.96, "5", "3", 1.26),
        (4.9, "10", "5", 2.1),
        (4.6, "10", "4", 1.68),
        (60.0, "10", "10", 4.2),
        (15.1, "15", "15", 6.3),
    ],
)
def test_price_reservation_and_payload_follow_the_length_that_is_sent(made, clip, chosen, asked, usd):
    made.media.seconds = clip
    made.engine.before_done.clear()
    job_id = made.start(key=None, duration=chosen)
    until(lambda: made.engine.submitted)
    job = made.journal.get(job_id)
    assert made.engine.submitted[0]["duration"] == asked == job.request.duration
    assert job.estimate_usd == pytest.approx(usd)
    assert made.runner.allowance(NOBODY).usd == pytest.approx(10.0 - usd)
    made.engine.before_done.set()
    made.ended(job_id)


def test_a_short_clip_is_not_refused_for_what_a_longer_one_would_cost(tmp_path):
    with harness(tmp_path, daily_budget_usd=2.0) as made:
        made.media.seconds = 4.0
        assert made.ended(made.start(key=None, duration="10")).stage == Stage.COMPLETED


def test_a_budget_that_not_even_the_shortest_edit_fits_is_refused_at_once(tmp_path):
    with harness(tmp_path, daily_budget_usd=1.0) as made:
        job = made.ended(made.start(key=None, duration="10"))
        assert job.stage == Stage.FAILED and "budget" in job.error and made.media.looks == 0


def test_what_can_be_read_is_fitted_again_when_damage_shows_late(made):
    made.media.seconds, made.media.lost = 10.0, 4.5
    made.media.needed = True
    job = made.ended(made.start(duration="10"))
    assert job.stage == Stage.COMPLETED and made.engine.submitted[0]["duration"] == "5"


@pytest.mark.parametrize(("clip", "lost"), [(5.0, 2.5), (4.0, 1.5)])
def test_what_came_out_under_three_seconds_is_never_sent(made, clip, lost):
    made.media.seconds, made.media.lost = clip, lost
    job = made.ended(made.start(key=None))
    assert job.stage == Stage.FAILED and made.engine.submitted == [] and made.engine.uploaded == []
    assert job.problems[0]["field"] == "video_url" and made.runner.allowance(NOBODY).usd == 10.0


def test_what_stays_off_its_plan_is_never_sent(made):
    made.media.always_lost = 0.3
    job = made.ended(made.start(duration="5"))
    assert job.stage == Stage.FAILED and "Nothing was sent" in job.error and made.engine.submitted == []


def test_sound_that_is_lost_in_the_fitting_is_said_and_stops_nothing(made, monkeypatch):
    said, change = [], JobWriter.change
    monkeypatch.setattr(
        JobWriter, "change", lambda *about, **changes: said.append(changes) or change(*about, **changes)
    )
    made.media.sound = ("aac", None)
    assert made.ended(made.start(keep_audio=True)).stage == Stage.COMPLETED
    assert any("without sound" in changes.get("message", "") for changes in said)
