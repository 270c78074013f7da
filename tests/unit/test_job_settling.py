"""A submit whose answer was lost: the request history settles it, and nothing is sent twice."""

import time
from dataclasses import replace

import pytest

from modules.edit.request import SLUG
from modules.jobs.errors import JobError
from modules.jobs.identity import NOBODY
from modules.jobs.job import Job, Stage
from modules.jobs.run.settling import matching_row
from modules.segmind import errors as wire
from modules.segmind.history import HistoryRow
from modules.segmind.parsing import RequestState
from tests.support import jobs
from tests.support.runner_harness import KEY, edit, harness
from tests.support.waiting import until

LOST = wire.AmbiguousSubmit("The edit was sent, but no answer came. If it was accepted, it will be charged.")


def row_of(payload: dict, request_id: str = "found-0001", **changes) -> HistoryRow:
    facts = {"model": SLUG, "state": RequestState.PROCESSING, "body": payload, "created_at": time.time()}
    return HistoryRow(request_id, **{**facts, **changes})


def lost(made, **changes) -> str:
    """The id of a job whose submit arrived, and whose answer did not."""
    made.engine.submit_script = [LOST]
    made.engine.rows = []
    job_id = made.start(**changes)
    until(lambda: made.engine.looks)
    return job_id


@pytest.mark.parametrize("key", [KEY, None])
def test_a_lost_submit_that_the_history_shows_goes_on_as_if_answered(made, key):
    job_id = lost(made, key=key)
    checked = made.runner.get(job_id)
    assert checked.stage == Stage.SUBMITTING and checked.checking and checked.maybe_billed
    assert "Checking with Segmind" in checked.message
    made.engine.rows = [row_of(made.engine.submitted[0])]
    job = made.ended(job_id)
    assert (job.stage, job.request_id, job.maybe_billed) == (Stage.COMPLETED, "found-0001", False)
    assert job.error is None and not job.checking and len(made.engine.submitted) == 1


def test_a_cut_answer_that_shows_its_request_id_is_an_accepted_one(made):
    cut = wire.AmbiguousSubmit("The answer was cut.")
    cut.request_id = "request-0001"
    made.engine.submit_script = [cut]
    job = made.ended(made.start())
    assert (job.stage, job.request_id) == (Stage.COMPLETED, "request-0001")
    assert len(made.engine.submitted) == 1 and made.engine.looks == 0


def test_one_more_look_between_the_others_is_made_on_request(tmp_path):
    with harness(tmp_path, patience=1.0) as made:
        made.engine.submit_script, made.engine.rows = [LOST], []
        job_id = made.start()
        until(lambda: made.runner.get(job_id).checking)
        made.engine.rows = [row_of(made.engine.submitted[0])]
        made.runner.look_again(job_id, "visitor-1", KEY)
        assert made.ended(job_id).stage == Stage.COMPLETED and made.engine.looks == 1


def test_a_submit_of_another_clip_does_not_hold_up_the_search(made):
    job_id = lost(made)
    made.engine.before_submit.clear()
    other = made.start(visitor="visitor-2", prompt="Another prompt")
    until(lambda: len(made.engine.submitted) == 2)
    made.engine.rows = [row_of(made.engine.submitted[0])]
    until(lambda: made.runner.get(job_id).stage == Stage.COMPLETED)
    made.engine.before_submit.set()
    made.ended(other)


def test_what_the_history_does_not_show_is_uncertain_and_never_sent_again(made):
    job_id = lost(made)
    job = made.ended(job_id)
    assert job.stage == Stage.UNCERTAIN and job.maybe_billed and made.engine.looks >= 4
    assert "does not show it" in job.error and len(made.engine.submitted) == 1


def test_an_uncertain_end_is_still_looked_for_and_comes_back(tmp_path):
    with harness(tmp_path, patience=0.002) as made:
        job_id = lost(made, key=None)
        job = made.ended(job_id)
        assert job.stage == Stage.UNCERTAIN and job.checking and not job.over
        assert made.runner.allowance(NOBODY).usd == pytest.approx(10 - job.estimate_usd)
        made.engine.rows = [row_of(made.engine.submitted[0])]
        job = until(lambda: (now := made.runner.get(job_id)).stage == Stage.COMPLETED and now)
        assert job.cost_usd == 1.9 and job.error is None
        assert made.runner.allowance(NOBODY).usd == pytest.approx(10 - 1.9)


def test_after_a_quarter_of_an_hour_it_is_looked_for_on_request_only(tmp_path):
    with harness(tmp_path, patience=0.0005) as made:
        job_id = lost(made)
        job = until(lambda: (now := made.runner.get(job_id)).over and now)
        assert job.stage == Stage.UNCERTAIN and "proves nothing" in job.error
        assert 4 <= made.engine.looks <= 25
        with pytest.raises(JobError, match="Enter the key"):
            made.runner.look_again(job_id, "visitor-1", None)
        looks = made.engine.looks
        made.runner.look_again(job_id, "visitor-1", KEY)
        until(lambda: made.engine.looks == looks + 1 and made.runner.get(job_id).over)
        assert made.runner.get(job_id).stage == Stage.UNCERTAIN
        made.engine.rows = [row_of(made.engine.submitted[0])]
        made.runner.look_again(job_id, "visitor-1", KEY)
        until(lambda: made.runner.get(job_id).stage == Stage.COMPLETED)
        with pytest.raises(JobError, match="nothing to look for"):
            made.runner.look_again(job_id, "visitor-1", KEY)
    assert len(made.engine.submitted) == 1


def test_the_next_start_looks_again_for_what_the_owners_key_can_ask(tmp_path):
    with harness(tmp_path, patience=0.0005) as first:
        job_id = lost(first, key=None)
        until(lambda: first.runner.get(job_id).over)
    first.engine.rows = [row_of(first.engine.submitted[0])]
    with harness(tmp_path, engine=first.engine) as second:
        job = until(lambda: (now := second.runner.get(job_id)).stage == Stage.COMPLETED and now)
    assert job.request_id == "found-0001" and len(second.engine.submitted) == 1


def test_a_restart_in_the_middle_of_the_search_goes_on_with_it(tmp_path):
    with harness(tmp_path, patience=0.2) as first:
        job_id = lost(first, key=None)
    first.engine.rows = [row_of(first.engine.submitted[0])]
    with harness(tmp_path, engine=first.engine) as second:
        assert second.ended(job_id).stage == Stage.COMPLETED
    assert len(second.engine.submitted) == 1


def test_a_restart_without_the_visitors_key_says_what_can_be_done(tmp_path):
    with harness(tmp_path, patience=0.2) as first:
        job_id = lost(first, key=KEY)
    first.engine.rows = [row_of(first.engine.submitted[0])]
    with harness(tmp_path, engine=first.engine) as second:
        job = second.ended(job_id)
        assert job.stage == Stage.UNCERTAIN and job.over and "Check again" in job.error
        second.runner.look_again(job_id, "visitor-1", KEY)
        until(lambda: second.runner.get(job_id).stage == Stage.COMPLETED)


def test_a_history_that_does_not_answer_is_asked_on(made):
    made.engine.history_script = [wire.ServerError("500"), wire.NotReached("gone"), KeyError("a bug")]
    job_id = lost(made)
    made.engine.rows = [row_of(made.engine.submitted[0])]
    until(lambda: made.runner.get(job_id).stage == Stage.COMPLETED)
    assert made.engine.looks >= 4


def test_a_row_of_another_job_is_not_taken(made):
    """The clip and the prompt are the same: the upload is known, and so is its address."""
    first = made.ended(made.start())
    job_id = lost(made)
    made.engine.rows = [row_of(made.engine.submitted[0], first.request_id)]
    assert made.engine.submitted[0] == made.engine.submitted[1]
    assert made.ended(job_id).stage == Stage.UNCERTAIN


def test_two_lost_submits_of_the_same_edit_get_a_row_each(made):
    made.ended(made.start())  # the clip is uploaded, so that both submits are equal
    made.engine.submitted.clear()
    made.engine.submit_script, made.engine.rows = [LOST, LOST], []
    ids = [made.start(), made.start(visitor="visitor-2")]
    until(lambda: len(made.engine.submitted) == 2)
    made.engine.rows = [row_of(made.engine.submitted[0], f"found-{n:04d}") for n in range(2)]
    jobs = [until(lambda i=i: (now := made.runner.get(i)).stage == Stage.COMPLETED and now) for i in ids]
    assert {job.request_id for job in jobs} == {"found-0000", "found-0001"}


def test_the_search_costs_the_history_a_bounded_number_of_questions(made):
    made.engine.rows = None  # there is no history here
    made.engine.submit_script = [LOST]
    job = made.ended(made.start())
    assert job.stage == Stage.UNCERTAIN and "could not be asked" in job.error and made.engine.looks <= 3


# Which row is the job's own

NOW = 1_800_000_000.0
PAYLOAD = {
    "prompt": "Make it snow",
    "video_url": "https://storage.test/1.mp4",
    "duration": "5",
    "mode": "pro",
    "keep_audio": False,
}


def a_job(**changes) -> Job:
    facts = {
        "payer": "owner",
        "request": edit(),
        "stage": Stage.SUBMITTING,
        "created_at": NOW,
        "stage_times": {"SUBMITTING": NOW},
        "payload": PAYLOAD,
    }
    return jobs.a_job(**{**facts, **changes})


AN_ADDRESS = a_job(request=edit(video_url="https://storage.test/1.mp4"))


def found(job: Job, *rows: HistoryRow, claimed=()) -> str | None:
    row = matching_row(job, rows, set(claimed))
    return row and row.request_id


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({}, True),
        ({"created_at": None}, True),
        ({"created_at": NOW - 10}, True),
        ({"created_at": NOW - 60}, False),
        ({"created_at": NOW - 5 * 3600, "zoned": False}, True),
        ({"created_at": NOW + 3600}, False),
        ({"model": "Kling O3 Video-to-Video Edit"}, True),
        ({"model": "Kling 3.0 Omni Video Edit"}, True),
        ({"model": "sdxl1.0-txt2img"}, False),
        ({"body": {}}, False),
        ({"body": {"video_url": PAYLOAD["video_url"]}}, False),
        ({"body": {**PAYLOAD, "prompt": "Make  it snow "}}, True),
        ({"body": {**PAYLOAD, "prompt": "Make it rain"}}, False),
        ({"body": {**PAYLOAD, "video_url": "https://storage.test/2.mp4"}}, False),
        ({"body": {**PAYLOAD, "duration": 5, "keep_audio": "false", "seed": 7}}, True),
        ({"body": {**PAYLOAD, "duration": 5.0, "keep_audio": 0, "mode": "PRO", "elements": {}}}, True),
        ({"body": {**PAYLOAD, "mode": "std"}}, False),
        ({"body": {"prompt": "Make it snow", "video_url": PAYLOAD["video_url"]}}, True),
    ],
)
def test_the_row_of_an_uploaded_clip_is_known_by_its_address_prompt_and_time(changes, ours):
    row = row_of(PAYLOAD, **{"created_at": NOW, **changes})
    assert found(a_job(), row) == ("found-0001" if ours else None)
    assert found(a_job(), row, claimed={"found-0001"}) is None


def test_among_several_the_nearest_in_time_is_taken():
    rows = [row_of(PAYLOAD, f"found-{n}", created_at=NOW + 40 * n) for n in (3, 1, 2)]
    assert found(a_job(), *rows) == "found-1"
    assert found(a_job(), *rows, claimed={"found-1"}) == "found-2"
    undated = [replace(row, created_at=None) for row in rows]
    assert found(a_job(), *undated) is None, "nobody could say which"


def test_a_later_submit_of_the_same_edit_has_the_rows_from_its_own_time_on():
    late = row_of(PAYLOAD, created_at=NOW + 100)
    assert matching_row(a_job(), [late], set(), [NOW + 90]) is None
    assert matching_row(a_job(), [late], set(), [NOW + 200, NOW - 50]) is late


def test_a_submit_that_was_long_under_way_is_found_until_it_was_lost():
    late = row_of(PAYLOAD, created_at=NOW + 900)
    assert found(a_job(), late) is None
    assert found(a_job(lost_at=NOW + 880), late) == "found-0001"


def test_an_address_of_the_visitors_own_needs_the_whole_payload_and_a_single_row():
    row = row_of(PAYLOAD, created_at=NOW)
    assert found(AN_ADDRESS, row) == "found-0001"
    assert found(AN_ADDRESS, row, replace(row, request_id="found-0002")) is None
    assert found(AN_ADDRESS, row, replace(row, request_id="taken"), claimed={"taken"}) == "found-0001"
    other = replace(row, body={**PAYLOAD, "image_urls": ["https://storage.test/a.jpg"]})
    assert found(AN_ADDRESS, other) is None
