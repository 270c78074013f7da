"""Ends in doubt, on the wire: what the server did, what the job became, and how often it was sent."""

import time
from collections import Counter

import pytest

from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from modules.secret import Secret
from modules.segmind.rate_limit import KeyLimits
from tests.support.fake_history import FixedWindow
from tests.support.fake_job import JobPlan
from tests.support.fake_upstream import KEY
from tests.support.upstream_faults import answer, close_after_body, hang, not_json, truncated
from tests.support.waiting import until
from tests.support.wire_room import Room

CLIP_URL = "https://clips.test/a.mp4"


@pytest.fixture
def upstream(upstream):
    upstream.history.kept = True
    return upstream


@pytest.fixture
def quick_room(tmp_path, upstream):
    """One whose quarter of an hour is 3 s."""
    made = Room(tmp_path, upstream, patience=0.0035)
    yield made
    made.runner.close()


@pytest.mark.parametrize(
    "fault",
    [close_after_body(), hang(2.0), not_json()],
    ids=["dropped", "no answer", "an HTML page"],
)
@pytest.mark.parametrize("landing", ["at once", "late"])
def test_a_lost_answer_is_found_in_the_history(room, upstream, fault, landing):
    upstream.history.late = (
        0.0 if landing == "at once" else 1.5
    )  # after it was called UNCERTAIN, at this pace
    upstream.script("submit", fault)
    job_id = room.start()
    job = until(lambda: (now := room.runner.get(job_id)).stage == Stage.COMPLETED and now)
    assert job.request_id == upstream.accepted[0].id and job.cost_usd == 2.1 and not job.maybe_billed
    assert upstream.submits == len(upstream.accepted) == 1
    assert room.runner.allowance(NOBODY).usd == pytest.approx(10 - 2.1)


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_a_cut_answer_that_holds_the_id_needs_no_history(room, upstream, keep):
    upstream.history.kept = False
    upstream.script("submit", truncated(keep))
    job = room.ended(room.start())
    assert job.stage == Stage.COMPLETED and job.request_id == upstream.accepted[0].id
    assert upstream.submits == 1 and upstream.count("history") == 0


def test_a_lost_submit_that_was_not_accepted_stays_uncertain_and_is_not_sent_again(quick_room, upstream):
    room = quick_room
    upstream.script("submit", close_after_body(accepted=False))
    job = room.over(room.start())
    assert job.stage == Stage.UNCERTAIN and job.maybe_billed and "proves nothing" in job.error
    assert upstream.submits == 1 and not upstream.accepted


@pytest.mark.parametrize(("rows", "found"), [(1, True), (2, False)])
def test_a_clip_given_as_an_address_is_found_when_exactly_one_row_is_equal(quick_room, upstream, rows, found):
    room = quick_room
    upstream.script("submit", close_after_body())
    room.media.needed = False
    upstream.always("history", answer(503))  # until all rows are there
    job_id = room.start(key=KEY, video_url=CLIP_URL)
    until(lambda: upstream.accepted)
    if rows == 2:
        upstream.accept(upstream.accepted[0].payload, KEY)  # somebody else's, with the same everything
    upstream.clear("history")
    job = room.over(job_id)
    assert job.stage == (Stage.COMPLETED if found else Stage.UNCERTAIN)
    assert upstream.submits == 1


@pytest.mark.parametrize("at", ["status", "result"])
def test_an_expired_record_is_fetched_by_its_row(room, upstream, at):
    if at == "status":
        upstream.durations = (0.05, 60.0)
    job_id = room.start()
    if at == "result":
        upstream.always("result", answer(404, {"error": "Request not found"}))
    else:
        room.at(job_id, Stage.PROCESSING)
        upstream.finish(upstream.accepted[0].id)
        upstream.always("status", answer(404, {"error": "Request not found"}))
    job = room.ended(job_id)
    assert job.stage == Stage.COMPLETED and job.result and job.cost_usd == 2.1 and upstream.submits == 1


def test_an_expired_record_that_had_failed_says_why(room, upstream):
    upstream.next_jobs.append(JobPlan("FAILED", "Image pixel is invalid", durations=(0.0, 0.0)))
    upstream.always("status", answer(404, {"error": "Request not found"}))
    job = room.ended(room.start())
    assert job.stage == Stage.FAILED and room.runner.allowance(NOBODY).usd == 10.0


def test_an_id_of_last_week_is_followed_to_its_result(room, upstream):
    made = upstream.accept({"prompt": "Elsewhere", "duration": "5", "mode": "pro"}, KEY)
    upstream.finish(made.id)
    made.expired = True
    job = room.ended(room.runner.follow(made.id, "ben", Secret(KEY)))
    assert job.stage == Stage.COMPLETED and job.cost_usd == 2.1 and job.result


@pytest.mark.parametrize("code", [403, 404, 503])
def test_a_file_that_is_late_three_times_is_fetched(room, upstream, code):
    upstream.script("file", *[answer(code, {"error": "not yet"})] * (3 if code != 503 else 9))
    job = room.ended(room.start())
    assert job.stage == Stage.COMPLETED and job.result and job.error is None


def test_a_file_that_never_comes_leaves_the_job_open_to_another_try(tmp_path, upstream):
    room = Room(tmp_path, upstream, patience=0.001)
    upstream.always("file", answer(404, {"error": "gone"}))
    job = room.ended(room.start())
    assert job.stage == Stage.EXPIRED and "Fetch it again" in job.error and job.charged == "actual"
    upstream.clear("file")
    room.runner.look_again(job.job_id, "anna", None)
    assert room.at(job.job_id, Stage.COMPLETED).result and upstream.submits == 1
    room.runner.close()


def test_the_true_cost_comes_from_the_history_when_the_answer_has_none(room, upstream):
    upstream.history.changed = lambda row: {**row, "credits_deduction": 1.75}
    body = {"status": "COMPLETED", "output": upstream.file_url}
    upstream.always("result", answer(200, body))
    job = room.ended(room.start())
    assert (job.cost_usd, job.cost_is_estimate) == (1.75, False)
    assert room.runner.allowance(NOBODY).usd == pytest.approx(10 - 1.75)


def test_ten_jobs_on_a_key_of_five_requests_a_minute_all_end(tmp_path, upstream):
    """A minute of 1.5 s: everything else in proportion."""
    minute = 1.5
    upstream.window = FixedWindow(5, minute)
    upstream.durations = (0.3, 5.0)
    room = Room(
        tmp_path,
        upstream,
        scale=minute / 60,
        budget=100.0,
        requests_per_minute=40,
        limits=KeyLimits(minute),
        policies=None,
        rng=lambda: 0.0,
    )
    began = time.time()
    ids = [room.start(visitor=f"visitor-{n}", prompt=f"Take {n}") for n in range(10)]
    jobs = [until(lambda i=i: (now := room.runner.get(i)).terminal and now, 120) for i in ids]
    minutes = (time.time() - began) / minute
    assert Counter(job.stage for job in jobs) == {Stage.COMPLETED: 10}
    assert len(upstream.accepted) == 10 and len({job.request_id for job in jobs}) == 10
    allowed = sum(min(5, count) for count in upstream.window.counts.values())
    assert upstream.window.refused < 0.25 * allowed, "most requests are within the limit"
    served, refused = allowed / minutes, upstream.window.refused
    print(f"{minutes:.1f} minutes, {served:.1f} requests served a minute, {refused} refused")
    room.runner.close()
