"""Answers that public bug reports describe: refusals that accept, odd states, odd results, odd costs."""

import pytest

from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from modules.segmind import errors
from tests.support.client_factory import PAYLOAD, client_for
from tests.support.fake_upstream import KEY
from tests.support.manual_clock import ManualClock
from tests.support.upstream_faults import answer
from tests.support.wire_room import Room

LIMIT = {"error": "Daily limit reached for this account."}


@pytest.mark.parametrize("code", [500, 502, 504, 400, 422])
def test_a_refusal_that_names_a_request_is_followed_and_not_sent_again(room, upstream, code):
    made = upstream.accept({"prompt": "Make it snow"}, KEY)
    upstream.always("submit", answer(code, {"error": "Internal error", "request_id": made.id}))
    job = room.ended(room.start())
    assert job.stage == Stage.COMPLETED and job.request_id == made.id
    assert upstream.submits == 1


@pytest.mark.parametrize("body", [b'{"error": "boom", "request_id": "%s"', b'boom "request_id": "%s" boom'])
def test_the_id_is_found_in_the_remains_of_a_refusal(room, upstream, body):
    made = upstream.accept({"prompt": "Make it snow"}, KEY)
    upstream.always("submit", answer(500, body % made.id.encode()))
    assert room.ended(room.start()).request_id == made.id and upstream.submits == 1


def test_a_refusal_whose_id_is_only_its_own_ends_as_the_refusal_it_is(room, upstream):
    body = {"error": "duration must be a string", "request_id": "trace-0123456789"}
    upstream.always("submit", answer(400, body))
    job = room.ended(room.start())
    assert job.stage == Stage.FAILED and "duration must be a string" in job.error and upstream.submits == 1
    assert room.runner.allowance(NOBODY).usd == 10.0


def test_a_refused_key_is_refused_whatever_id_it_names(room, upstream):
    upstream.always("submit", answer(401, {"error": "Invalid API key", "request_id": "trace-0123456789"}))
    job = room.ended(room.start())
    assert job.stage == Stage.FAILED and "did not accept the key" in job.error


def test_a_daily_limit_says_so_and_stops_nobody_else(upstream):
    clock = ManualClock()
    upstream.always("submit", answer(429, LIMIT, headers={"Retry-After": "3600"}))
    client = client_for(upstream, clock)
    for asked in (1, 2):
        with pytest.raises(errors.RateLimited, match="Daily limit reached"):
            client.submit(PAYLOAD)
        assert upstream.submits == asked, "the second one is asked too, and told the reason"
    upstream.clear("submit")
    client.submit(PAYLOAD)
    assert sum(clock.slept) < 20


def test_a_daily_limit_fails_the_edit_with_its_reason(room, upstream):
    upstream.always("submit", answer(429, LIMIT, headers={"Retry-After": "3600"}))
    job = room.ended(room.start())
    assert job.stage == Stage.FAILED and "Daily limit reached" in job.error
    assert upstream.submits == 1 and room.runner.allowance(NOBODY).usd == 10.0


@pytest.mark.parametrize(
    ("told", "shown", "booked"), [("2,10", 2.1, 2.1), ("2.10 USD", 2.1, 2.1), (21.0, 21.0, 2.1)]
)
def test_costs_are_read_strictly_and_booked_with_sense(room, upstream, told, shown, booked):
    body = {"status": "COMPLETED", "output": upstream.file_url, "metrics": {"cost": told}}
    upstream.always("result", answer(200, body))
    job = room.ended(room.start())
    assert job.cost_usd == shown and not job.cost_is_estimate
    assert room.runner.allowance(NOBODY).usd == pytest.approx(10 - booked)
    assert ("more than twice" in job.message) is (shown != booked)


def test_an_unknown_state_is_said_and_its_result_asked_for(tmp_path, upstream):
    room = Room(tmp_path, upstream, patience=0.002)  # the ten minutes are 1.2 s
    upstream.always("status", answer(200, {"status": "PONDERING"}))
    job_id = room.start()
    job = room.ended(job_id)
    assert job.stage == Stage.COMPLETED and upstream.count("result") >= 1
    room.runner.close()


def test_an_unknown_state_of_an_unfinished_edit_goes_on(tmp_path, upstream):
    room = Room(tmp_path, upstream, patience=0.002)
    upstream.durations = (0.0, 3.0)
    upstream.always("status", answer(200, {"status": "PONDERING"}))
    job_id = room.start()
    seen = []

    def told() -> bool:
        seen.append(room.runner.get(job_id).message)
        return "PONDERING" in seen[-1]

    room.until(told)
    assert room.ended(job_id).stage == Stage.COMPLETED and upstream.count("result") >= 2
    room.runner.close()


def test_a_finished_edit_without_a_video_says_that_and_is_asked_again(room, upstream):
    upstream.always("result", answer(200, {"status": "COMPLETED", "output": None}))
    job_id = room.start()
    room.until(lambda: "names no video yet" in room.runner.get(job_id).message)
    upstream.clear("result")
    assert room.ended(job_id).stage == Stage.COMPLETED


@pytest.mark.parametrize("first", [b"styp", b"uuid", b"free", b"skip"])
def test_a_result_may_begin_with_any_box(room, upstream, first):
    size = 24
    upstream.video = size.to_bytes(4, "big") + first + b"\0" * (size - 8) + upstream.video
    job = room.ended(room.start())
    assert job.stage == Stage.COMPLETED and job.result


def test_nothing_of_the_account_is_told_to_a_visitor(room, upstream):
    metrics = {"cost": 2.1, "remaining_credits": 97.9, "balance": 97.9, "account": {"email": "a@b.c"}}
    upstream.always(
        "result", answer(200, {"status": "COMPLETED", "output": upstream.file_url, "metrics": metrics})
    )
    job = room.ended(room.start())
    told = room.runner.view(job).model_dump_json()
    assert "97.9" not in told and "a@b.c" not in told and '"cost":2.1' in told
