"""A job as a value."""

from dataclasses import replace

import pytest

from modules.jobs.job import TERMINAL_STAGES, TRANSITIONS, Stage
from modules.jobs.store.schema import job_of, row_of
from modules.jobs.view import view_of
from tests.support.jobs import a_job


def test_an_ended_job_goes_nowhere_unless_its_end_is_in_doubt():
    assert all(not TRANSITIONS[stage] for stage in TERMINAL_STAGES - {Stage.UNCERTAIN, Stage.EXPIRED})
    assert TRANSITIONS[Stage.UNCERTAIN] == {Stage.QUEUED}, "its request id turned up"
    assert TRANSITIONS[Stage.EXPIRED] == {Stage.SAVING, Stage.FAILED}, "the history told how it ended"


def test_a_job_that_is_still_looked_for_is_not_over():
    doubtful = replace(a_job(), stage=Stage.UNCERTAIN, checking=True)
    assert doubtful.terminal and not doubtful.over
    assert replace(doubtful, checking=False).over


def test_nothing_leads_back_into_a_submit_except_through_the_beginning():
    assert [stage for stage, to in TRANSITIONS.items() if Stage.SUBMITTING in to] == [Stage.UPLOADING]


def test_every_stage_can_be_reached_and_has_a_row():
    assert set(TRANSITIONS) == set(Stage)
    assert {to for targets in TRANSITIONS.values() for to in targets} == set(Stage)


def test_an_impossible_move_is_refused():
    with pytest.raises(ValueError, match="no way"):
        a_job().moved(101.0, Stage.COMPLETED)


def test_every_change_is_a_new_version():
    job = a_job()
    assert (
        job.moved(101.0, Stage.UPLOADING).version == job.version + 1 == job.moved(101.0, message="x").version
    )


def test_elapsed_is_never_negative_when_the_clock_jumps_back():
    assert a_job().elapsed(40.0) == 0.0
    job = a_job().moved(50.0, Stage.UPLOADING).moved(60.0, Stage.SUBMITTING)
    assert all(seconds >= 0 for seconds in job.spent_per_stage(30.0).values())


def test_an_ended_job_stops_counting():
    job = a_job().moved(130.0, Stage.FAILED, error="No.")
    assert job.elapsed(9999.0) == 30.0
    assert job.spent_per_stage(9999.0) == {"PREPARING": 30.0}


def test_going_back_forgets_the_times_of_what_will_happen_again():
    job = a_job().moved(110.0, Stage.UPLOADING).moved(120.0, Stage.PREPARING)
    assert job.stage_times == {"PREPARING": 120.0}


def test_the_view_shows_no_token_and_no_path():
    job = a_job(result="/srv/data/jobs/x/result.mp4", still="/srv/data/jobs/x/still.jpg")
    seen = view_of(job, 105.0, 12.0).model_dump_json()
    assert "token" not in seen and "/srv" not in seen
    assert {
        "job_id",
        "request_id",
        "engine",
        "stage",
        "message",
        "elapsed",
        "eta",
        "estimate_usd",
        "cost_usd",
        "error",
        "problems",
        "prompt",
        "mode",
        "duration",
        "aspect_ratio",
        "stage_times",
        "progress",
        "plan",
        "needs_key",
        "maybe_billed",
        "created_at",
        "payer",
    } <= set(view_of(job, 105.0).model_dump())


def test_a_job_comes_back_from_its_row_as_it_was():
    job = a_job(
        plan={"summary": "x"},
        problems=({"field": "prompt", "message": "é"},),
        metrics={"cost": 1.0},
        payload={"prompt": "…"},
        cost_usd=1.0,
        needs_key=True,
        resumed=True,
    )
    row = row_of(job) | {"hidden": False, "swept": False}
    assert job_of(row) == job
