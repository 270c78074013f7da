"""Status, result and credits: safe to ask again, read tolerantly."""

import threading

import pytest

from modules.segmind import errors, sentences
from modules.segmind.client import SegmindClient
from modules.segmind.parsing import RequestState
from tests.support.client_factory import PAYLOAD, client_for
from tests.support.fake_job import JobPlan
from tests.support.fake_upstream import FakeUpstream
from tests.support.manual_clock import ManualClock
from tests.support.upstream_faults import (
    answer,
    close_after_body,
    close_before_reading,
    hang,
    html405,
    not_json,
    rate_limited,
    redirect,
    trickle,
    truncated,
)


@pytest.fixture
def upstream():
    with FakeUpstream() as server:
        yield server


def test_a_job_is_followed_from_the_queue_to_its_result():
    clock = ManualClock()
    with FakeUpstream(clock=clock, durations=(10, 200), extras=True) as upstream:
        client = client_for(upstream, clock)
        request_id = client.submit(PAYLOAD).request_id
        assert client.status(request_id).state is RequestState.QUEUED
        with pytest.raises(errors.NotFinished):
            client.result(request_id, attempts=1)
        clock.advance(15)
        report = client.status(request_id)
        assert (report.state, report.progress, report.over) == (RequestState.PROCESSING, 0.25, False)
        assert report.still_url.endswith("/files/still.jpg") and report.plan["engine"] == "preview"
        clock.advance(200)
        assert client.status(request_id).over
        result = client.result(request_id)
        assert (result.video_url, result.cost, result.remaining_credits) == (upstream.file_url, 2.1, 97.9)
        assert result.plan == {"engine": "preview", "summary": "A test."}


@pytest.mark.parametrize(
    "shape", ["str", "bare", "list", "objects", "url", "video_url", "video", "video_text", "beside"]
)
def test_every_shape_of_a_result_gives_its_video(upstream, shape):
    upstream.output_shape = shape
    client = client_for(upstream)
    assert client.result(client.submit(PAYLOAD).request_id).video_url == upstream.file_url


def test_a_finished_job_without_a_video_says_that_it_was_charged(upstream):
    upstream.output_shape = "none"
    client = client_for(upstream)
    with pytest.raises(errors.BadAnswer, match="completed and charged") as caught:
        client.result(client.submit(PAYLOAD).request_id)
    assert caught.value.maybe_billed


def test_a_failed_job_is_a_report_on_status_and_an_error_on_result(upstream):
    upstream.next_jobs.append(JobPlan("FAILED", "The prompt was blocked."))
    client = client_for(upstream)
    request_id = client.submit(PAYLOAD).request_id
    report = client.status(request_id)
    assert (report.state, report.failure.reason) == (RequestState.FAILED, "The prompt was blocked.")
    assert set(report.metrics) == {"inference_time", "queue_time", "total_time"}
    with pytest.raises(errors.JobFailed) as caught:
        client.result(request_id)
    assert caught.value.reason == "The prompt was blocked."
    assert caught.value.sentence == report.failure.sentence
    assert upstream.count("status") == upstream.count("result") == 1


@pytest.mark.parametrize(
    "fault",
    [
        answer(422, b"<html>Unprocessable</html>", kind="text/html"),
        answer(422, b""),
        answer(422, {"status": "PROCESSING"}),
        answer(422, [5]),
        answer(200, {"status": "failed"}),
    ],
)
def test_a_failure_in_an_odd_body_is_still_a_failure(upstream, fault):
    upstream.script("status", fault)
    report = client_for(upstream).status("abc")
    assert report.state is RequestState.FAILED
    assert report.failure.reason == "" and sentences.NO_REASON in report.failure.sentence


def test_an_expired_record_is_not_found_at_once(upstream):
    client = client_for(upstream)
    request_id = client.submit(PAYLOAD).request_id
    upstream.expire(request_id)
    for call in (client.status, client.result):
        with pytest.raises(errors.NotFound, match="one hour"):
            call(request_id)
    assert upstream.count("status") == 1


FAULTS = {
    "closed": close_before_reading(),
    "reset": close_before_reading(reset=True),
    "closed late": close_after_body(),
    "silent": hang(0.7),
    "500": answer(500),
    "502 HTML": answer(502, b"<html>", kind="text/html"),
    "503": answer(503),
    "504": answer(504),
    "cut": truncated(),
    "cut to fit": truncated(claim=False),
    "HTML": not_json(),
    "no status": answer(200, {}),
    "drips": trickle(0.05),
    "429": rate_limited(2, "seconds"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_read_survives_any_passing_fault(upstream, fault):
    client = client_for(upstream)
    request_id = client.submit(PAYLOAD).request_id
    upstream.script("status", fault, fault)
    assert client.status(request_id).state is RequestState.COMPLETED
    assert upstream.count("status") == 3


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (close_before_reading(), errors.ConnectionLost),
        (hang(0.7), errors.ConnectionLost),
        (answer(500), errors.ServerError),
        (not_json(), errors.BadAnswer),
        (truncated(), errors.BadAnswer),
    ],
)
def test_a_fault_that_stays_is_given_up_after_bounded_attempts(upstream, fault, kind):
    upstream.always("credits", fault)
    with pytest.raises(kind) as caught:
        client_for(upstream).credits()
    assert upstream.count("credits") == 5
    assert "ry again" in caught.value.sentence and not caught.value.maybe_billed


def test_pauses_grow_and_stay_inside_the_time_allowed(upstream):
    clock = ManualClock()
    upstream.always("credits", answer(500))
    with pytest.raises(errors.ServerError):
        client_for(upstream, clock, rng=lambda: 1.0).credits()
    assert clock.slept == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (answer(401), errors.Unauthorized),
        (answer(403), errors.Forbidden),
        (html405(), errors.MethodNotAllowed),
        (answer(410), errors.Gone),
    ],
)
def test_a_refusal_is_not_asked_again(upstream, fault, kind):
    upstream.always("credits", fault)
    with pytest.raises(kind):
        client_for(upstream).credits()
    assert upstream.count("credits") == 1


def test_a_redirect_is_not_followed_so_the_key_stays(upstream):
    with FakeUpstream() as stranger:
        upstream.always("credits", redirect(f"{stranger.url}/v1/get-user-credits"))
        with pytest.raises(errors.BadAnswer):
            client_for(upstream).credits()
        assert stranger.seen == []


def test_one_attempt_asks_once_and_never_sleeps(upstream):
    clock = ManualClock()
    upstream.always("status", answer(500))
    with pytest.raises(errors.ServerError):
        client_for(upstream, clock).status("abc", attempts=1)
    assert upstream.count("status") == 1 and clock.slept == []


def test_credits_are_read(upstream):
    upstream.credits = 41.5
    assert client_for(upstream).credits() == 41.5


def test_an_id_cannot_leave_its_place_in_the_address(upstream):
    client = client_for(upstream)
    for strange in ("../../v1/get-user-credits", "a/b", "a?b=c", "a#b", "%2e%2e", "ä"):
        with pytest.raises(errors.NotFound):
            client.status(strange)
    assert upstream.count("credits") == 0
    with pytest.raises(errors.NotFound):
        client.status("..")


def test_threads_share_kept_connections(upstream):
    client = client_for(upstream, read_timeout=5)
    wrong = []

    def ask():
        try:
            for _ in range(25):
                client.credits()
        except errors.SegmindError as error:
            wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong
    assert upstream.count("credits") == 200
    assert upstream.connections <= 8


def test_another_key_shares_the_connections_but_no_cookie(upstream):
    upstream.script("credits", answer(200, {"credits": 1}, headers={"Set-Cookie": "session=first; Path=/"}))
    first = client_for(upstream)
    second = first.with_key("SG_fedcba9876543210")
    first.credits()
    second.credits()
    assert upstream.connections == 1
    assert [seen.headers["x-api-key"] for seen in upstream.seen] == [upstream.key, "SG_fedcba9876543210"]
    assert all("Cookie" not in seen.headers for seen in upstream.seen)
    assert second.session is first.session


def test_base_urls_are_taken_with_or_without_version(upstream):
    for url in (f"{upstream.url}/", f"{upstream.url}/v1", f"{upstream.url}/v2/"):
        assert SegmindClient(url, upstream.url, upstream.key).base_url == upstream.url
    for wrong in ("ftp://host", "host", "http://", "http://user:word@host"):
        with pytest.raises(ValueError, match="base URL"):
            SegmindClient(wrong, upstream.url, upstream.key)


def test_an_answer_without_end_is_cut_off(upstream):
    upstream.always("credits", answer(200, b'{"credits": 1}' + b" " * (5 * 2**20)))
    with pytest.raises(errors.BadAnswer):
        client_for(upstream, read_timeout=5).credits(attempts=1)
