"""The runner with the real client against a fake upstream: faults on the wire, and what they cost."""

import asyncio
import threading
import time
from pathlib import Path

import pytest

from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from tests.support.fake_job import JobPlan
from tests.support.fake_upstream import KEY
from tests.support.scripted_media import PICTURE
from tests.support.upstream_faults import (
    answer,
    close_after_body,
    cut_file,
    hang,
    not_json,
    rate_limited,
    slow,
)
from tests.support.waiting import until
from tests.support.wire_room import Room

OTHER_KEY = "SG_fedcba9876543210"


@pytest.fixture
def impatient_room(tmp_path, upstream):
    """One whose pauses between repeated downloads are short, for tests that go through all of them."""
    made = Room(tmp_path, upstream, patience=0.001)
    yield made
    made.runner.close()


def test_an_edit_with_pictures_and_elements_arrives_whole(room, upstream):
    from modules.edit.request import Element

    job = room.ended(
        room.start(
            prompt="Put @Element1 into @Image1",
            image_urls=(str(PICTURE),),
            elements=(Element(str(PICTURE), ("https://example.org/side.jpg",)),),
        )
    )
    sent = upstream.accepted[0].payload
    assert job.stage == Stage.COMPLETED and job.cost_usd == 2.1 and not job.cost_is_estimate
    assert sent["image_urls"] == [sent["elements"][0]["frontal_image_url"]], "one picture, uploaded once"
    assert sent["elements"][0]["reference_image_urls"][0].startswith(upstream.url), "fetched and uploaded"
    assert room.media.fetched == ["https://example.org/side.jpg"]
    assert Path(job.result).read_bytes() == upstream.video and upstream.count("upload") == 3


@pytest.mark.parametrize(
    "fault",
    [close_after_body(), hang(2.0), not_json(), close_after_body(accepted=False)],
    ids=["dropped after the body", "no answer", "an HTML page", "dropped, not accepted"],
)
def test_a_submit_without_an_answer_is_uncertain_and_sent_once(room, upstream, fault):
    upstream.script("submit", fault)
    job = room.ended(room.start())
    assert job.stage == Stage.UNCERTAIN and job.maybe_billed and upstream.submits <= 1
    assert room.runner.allowance(NOBODY).usd == pytest.approx(7.9)


def test_a_submit_that_was_certainly_not_accepted_is_sent_again(room, upstream):
    upstream.script("submit", answer(503), rate_limited(0.2))
    job = room.ended(room.start())
    assert job.stage == Stage.COMPLETED and len(upstream.accepted) == 1 and upstream.count("submit") == 3


def test_a_refused_submit_says_why_and_costs_nothing(room, upstream):
    upstream.script("submit", answer(406, {"error": "Insufficient credits"}))
    job = room.ended(room.start())
    assert job.stage == Stage.FAILED and "credits" in job.error and room.runner.allowance(NOBODY).usd == 10.0


def test_an_upload_that_fails_twice_is_sent_a_third_time(room, upstream):
    upstream.script("upload", answer(502), close_after_body())
    assert room.ended(room.start()).stage == Stage.COMPLETED


def test_a_blocked_edit_fails_with_the_engines_reason(room, upstream):
    upstream.next_jobs.append(JobPlan("FAILED", "The content was blocked by the safety filter."))
    job = room.ended(room.start())
    assert job.stage == Stage.FAILED and "safety filter" in job.engine_error and job.metrics["total_time"] > 0
    assert room.runner.allowance(NOBODY).usd == 10.0


def test_an_upstream_that_goes_away_and_comes_back_loses_nothing(room, upstream):
    upstream.durations = (0.05, 0.8)
    job_id = room.start()
    until(lambda: room.runner.get(job_id).stage == Stage.PROCESSING)
    upstream.stop_listening()
    time.sleep(0.5)  # how long it is away: several polls
    upstream.start()
    assert room.ended(job_id).stage == Stage.COMPLETED and upstream.submits == 1


def test_garbage_while_polling_is_survived(room, upstream):
    upstream.script(
        "status",
        answer(500),
        not_json(),
        answer(200, {"status": "DANCING"}),
        answer(200, b""),
        answer(405, b"<html>", kind="text/html"),
        rate_limited(0.1),
        hang(1.0),
    )
    assert room.ended(room.start()).stage == Stage.COMPLETED and upstream.submits == 1


def test_a_record_that_is_gone_before_the_result_was_fetched_is_expired(room, upstream):
    upstream.durations = (0.05, 60.0)
    job_id = room.start()
    until(lambda: room.runner.get(job_id).stage == Stage.PROCESSING)
    upstream.expire(upstream.accepted[0].id)
    job = room.ended(job_id)
    assert job.stage == Stage.EXPIRED and "may have been billed" in job.error


def test_a_record_that_is_gone_at_the_result_is_expired_too(room, upstream):
    upstream.always("result", answer(404, {"error": "Request not found"}))
    assert room.ended(room.start()).stage == Stage.EXPIRED


def test_a_result_that_breaks_off_is_copied_in_parts(room, upstream):
    upstream.script("file", cut_file(1000), cut_file(5000))
    job = room.ended(room.start())
    assert Path(job.result).read_bytes() == upstream.video


def test_a_result_that_never_comes_is_named_with_its_address(impatient_room, upstream):
    room = impatient_room
    upstream.always("file", answer(500))
    job = room.ended(room.start(key=OTHER_KEY))
    assert job.stage == Stage.EXPIRED and job.result is None and upstream.file_url in job.message


def test_an_owners_result_that_never_comes_is_named_in_the_log_only(impatient_room, upstream, caplog):
    room = impatient_room
    upstream.always("file", answer(500))
    job = room.ended(room.start())
    assert job.payer == "owner" and job.stage == Stage.EXPIRED and job.result is None
    assert (
        upstream.file_url not in room.runner.view(job).model_dump_json() and "Fetch it again" in job.message
    )
    assert upstream.file_url in caplog.text


def test_the_visitors_key_is_used_for_that_job_and_written_nowhere(room, upstream, tmp_path, caplog):
    job = room.ended(room.start(key=OTHER_KEY))
    keys = {
        one.headers.get("x-api-key") for one in upstream.seen if one.route in ("submit", "status", "result")
    }
    assert job.payer == "visitor" and keys == {OTHER_KEY} and room.runner.allowance(NOBODY).usd == 10.0
    assert (
        OTHER_KEY not in room.runner.view(job).model_dump_json() and OTHER_KEY not in repr(job) + caplog.text
    )
    assert not any(OTHER_KEY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_preview_shows_its_progress_its_plan_and_its_still(room, upstream):
    upstream.extras, upstream.durations = True, (0.05, 0.8)
    job_id = room.start(engine="preview")
    job = until(lambda: (now := room.runner.get(job_id)).stage == Stage.PROCESSING and now.progress and now)
    assert job.progress == 0.25 and job.plan["summary"] == "A test." and job.still
    assert room.ended(job_id).cost_usd == 0.0


def test_a_preview_engine_that_forgot_its_work_is_asked_once_more(room, upstream):
    upstream.durations = (0.05, 1.0)
    job_id = room.start(engine="preview")
    until(lambda: room.runner.get(job_id).stage == Stage.PROCESSING)
    upstream.expire(upstream.accepted[0].id)
    assert room.ended(job_id).stage == Stage.COMPLETED and len(upstream.accepted) == 2


def test_a_preview_submit_that_hangs_is_simply_repeated(room, upstream):
    upstream.script("submit", hang(2.0))
    job = room.ended(room.start(engine="preview"))
    assert job.stage == Stage.COMPLETED and job.resent


def test_a_cancelled_submit_that_waits_for_its_turn_is_never_sent(room, upstream):
    upstream.always("submit", rate_limited(1.5))
    job_id = room.start()
    until(lambda: upstream.count("submit"))
    assert "Nothing was spent" in room.runner.cancel(job_id, "anna")
    upstream.clear("submit")
    assert (
        room.ended(job_id).cancelled and upstream.accepted == [] and room.runner.allowance(NOBODY).usd == 10.0
    )


def test_a_request_made_elsewhere_is_followed_to_its_result(room, upstream):
    made = room.engines.segmind.submit({"prompt": "Elsewhere", "duration": "5", "mode": "pro"})
    job = room.ended(room.runner.follow(made.request_id, "ben", None))
    assert job.stage == Stage.COMPLETED and job.cost_usd == 2.1 and upstream.submits == 1
    assert room.runner.allowance(NOBODY).usd == 10.0, "this studio did not send it"


def test_fifty_edits_at_once_are_each_sent_once(room, upstream):
    ids = [room.start(visitor=f"visitor-{n}", key=KEY, prompt=f"Take {n}") for n in range(50)]
    assert {room.ended(job_id).stage for job_id in ids} == {Stage.COMPLETED}
    assert len({job.payload["prompt"] for job in upstream.accepted}) == len(upstream.accepted) == 50
    assert upstream.count("upload") <= 12, "the same clip is not sent fifty times"


def test_a_watcher_in_another_loop_sees_every_end(room, upstream):
    job_id, ends = room.start(), []

    def page() -> None:
        async def watch() -> None:
            seen = -1
            while True:
                job = await room.runner.changed(job_id, seen, 5)
                seen = job.version
                if job.terminal:
                    ends.append(job.stage)
                    return

        asyncio.run(watch())

    pages = [threading.Thread(target=page) for _ in range(5)]
    for thread in pages:
        thread.start()
    for thread in pages:
        thread.join(10)
    assert ends == [Stage.COMPLETED] * 5


def test_closing_waits_for_the_answer_of_a_submit(tmp_path, upstream):
    upstream.always("submit", slow(0.4))
    room = Room(tmp_path, upstream)
    job_id = room.start()
    until(lambda: room.runner.get(job_id).stage == Stage.SUBMITTING and upstream.count("submit"))
    room.runner.close()
    again = Room(tmp_path, upstream)
    job = again.ended(job_id)
    again.runner.close()
    assert job.stage == Stage.COMPLETED and upstream.submits == 1
