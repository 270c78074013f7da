"""Submitting against a misbehaving upstream: never charged twice, never silent about money."""

import json
import socket
import threading
import time

import pytest

from modules.segmind import errors
from modules.segmind.rate_limit import KeyLimits
from tests.support.client_factory import PAYLOAD, client_for
from tests.support.fake_upstream import FakeUpstream
from tests.support.manual_clock import ManualClock
from tests.support.upstream_faults import (
    answer,
    close_after_body,
    close_before_reading,
    echo_key,
    hang,
    html405,
    not_json,
    redirect,
    slow,
    trickle,
    truncated,
)


@pytest.fixture
def upstream():
    with FakeUpstream() as server:
        yield server


AMBIGUOUS = {
    "closed before the body is read": close_before_reading(),
    "reset before the body is read": close_before_reading(reset=True),
    "closed after the body": close_after_body(),
    "closed after the body, not accepted": close_after_body(accepted=False),
    "reset after the body": close_after_body(reset=True),
    "no answer": hang(1.0),
    "an answer in drips": trickle(0.05),
    "a head in drips": trickle(0.05, head=True),
    "JSON cut, length promised": truncated(0.5),
    "JSON cut, length fitting": truncated(0.5, claim=False),
    "nothing but a head": truncated(0.0),
    "an empty 200": answer(200, b"", accepted=True),
    "a hotel's login page": not_json(),
    "200 without a request id": answer(200, {"status": "QUEUED"}, accepted=True),
    "200 with a number": answer(200, 7, accepted=True),
    "200 with deep nesting": answer(200, b"[" * 5000 + b"]" * 5000, accepted=True),
    "a redirect": redirect("https://example.com/"),
    "304": answer(304, b""),
    "an unknown status": answer(799, {}),
    "gzip that is none": answer(200, b"not gzip", headers={"Content-Encoding": "gzip"}, accepted=True),
}


@pytest.mark.parametrize("fault", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_a_submit_of_unknown_outcome_is_never_sent_again(upstream, fault):
    upstream.always("submit", fault)
    with pytest.raises(errors.AmbiguousSubmit) as caught:
        client_for(upstream).submit(PAYLOAD)
    assert upstream.count("submit") == 1
    assert len(upstream.accepted) <= 1
    assert caught.value.maybe_billed and "not sent again by itself" in caught.value.sentence
    assert "If it was accepted, it is running and will be charged." in caught.value.sentence


@pytest.mark.alone
def test_an_answer_in_drips_cannot_hold_a_submit_beyond_its_time(upstream):
    upstream.script("submit", trickle(0.05, head=True))
    began = time.monotonic()
    with pytest.raises(errors.AmbiguousSubmit):
        client_for(upstream).submit(PAYLOAD)
    assert time.monotonic() - began < 3


def test_an_id_that_is_the_callers_own_key_is_no_acceptance(upstream):
    upstream.script("submit", echo_key(200, '{"request_id": "{key}"}'))
    with pytest.raises(errors.AmbiguousSubmit):
        client_for(upstream).submit(PAYLOAD)


def test_a_connection_closed_right_after_it_was_made_is_ambiguous(upstream):
    upstream.script("connect", close_before_reading())
    with pytest.raises(errors.AmbiguousSubmit):
        client_for(upstream).submit(PAYLOAD)
    assert upstream.connections == 1


def test_a_cut_answer_that_still_shows_a_whole_id_gives_it_along(upstream):
    upstream.script("submit", truncated(0.6))
    with pytest.raises(errors.AmbiguousSubmit) as caught:
        client_for(upstream).submit(PAYLOAD)
    assert caught.value.request_id == upstream.accepted[0].id


def test_a_refused_connection_is_tried_again_and_charged_once(upstream):
    clock = ManualClock(on_sleep=lambda _: upstream.start())
    upstream.stop_listening()
    accepted = client_for(upstream, clock).submit(PAYLOAD)
    assert [job.id for job in upstream.accepted] == [accepted.request_id]
    assert clock.slept == [0.5]


def test_a_host_that_stays_unreachable_is_certainly_not_charged(upstream):
    upstream.stop_listening()
    clock = ManualClock()
    with pytest.raises(errors.NotReached) as caught:
        client_for(upstream, clock).submit(PAYLOAD)
    assert len(clock.slept) == 3
    assert not caught.value.maybe_billed and "try again" in caught.value.sentence
    assert "Nothing was charged." in caught.value.sentence


def test_a_name_that_does_not_resolve_is_certainly_not_charged(upstream):
    with pytest.raises(errors.NotReached):
        client_for(upstream, base_url="http://no-such-host.invalid").submit(PAYLOAD)


def test_a_failed_tls_handshake_is_certainly_not_charged(upstream):
    client = client_for(upstream, base_url=upstream.url.replace("http:", "https:"))
    with pytest.raises(errors.NotReached):
        client.submit(PAYLOAD)
    assert upstream.submits == 0


def test_a_silent_tls_handshake_is_certainly_not_charged(upstream):
    upstream.always("connect", hang(1.0))
    client = client_for(upstream, base_url=upstream.url.replace("http:", "https:"), connect_timeout=0.1)
    with pytest.raises(errors.NotReached):
        client.submit(PAYLOAD)


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_an_explicit_5xx_is_tried_again_and_charged_once(upstream, code):
    upstream.script("submit", answer(code), answer(code, b"<html>gateway</html>", kind="text/html"))
    accepted = client_for(upstream).submit(PAYLOAD)
    assert upstream.submits == 3
    assert [job.id for job in upstream.accepted] == [accepted.request_id]


def test_a_5xx_that_stays_is_given_up_after_four_attempts(upstream):
    upstream.always("submit", answer(500, {"error": "bad parameter"}))
    with pytest.raises(errors.ServerError, match="bad parameter"):
        client_for(upstream).submit(PAYLOAD)
    assert upstream.submits == 4


def test_a_5xx_whose_body_is_cut_is_still_an_explicit_answer(upstream):
    upstream.script("submit", answer(503, b"x" * 10, headers={"Content-Encoding": "gzip"}))
    client_for(upstream).submit(PAYLOAD)
    assert len(upstream.accepted) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (answer(400), errors.BadRequest),
        (answer(401), errors.Unauthorized),
        (answer(403), errors.Forbidden),
        (answer(404), errors.NotFound),
        (html405(), errors.MethodNotAllowed),
        (answer(406), errors.NotAcceptable),
        (answer(406, {"error": "Insufficient credits"}), errors.InsufficientCredits),
        (answer(408), errors.BadRequest),
        (answer(410), errors.Gone),
        (answer(413), errors.BadRequest),
        (answer(422), errors.JobFailed),
    ],
)
def test_a_refusal_is_final_and_free(upstream, fault, kind):
    upstream.always("submit", fault)
    with pytest.raises(errors.SegmindError) as caught:
        client_for(upstream).submit(PAYLOAD)
    assert type(caught.value) is kind
    assert upstream.submits == 1
    assert not caught.value.maybe_billed
    assert "Nothing was charged." in caught.value.sentence


def test_both_bodies_of_a_rejected_key_are_understood(upstream):
    for key in ("", "SG_nonsense"):
        with pytest.raises(errors.Unauthorized):
            client_for(upstream, key=key).submit(PAYLOAD)


def test_a_slow_but_whole_answer_counts(upstream):
    upstream.script("submit", slow(0.2))
    assert client_for(upstream).submit(PAYLOAD).request_id == upstream.accepted[0].id


def test_a_server_that_accepts_and_never_reads_cannot_hold_a_large_submit():
    """A payload larger than the sockets' buffers stalls in sending: part of it left, so it is ambiguous,
    and it ends in time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        clock = ManualClock()
        with FakeUpstream() as unused, pytest.raises(errors.AmbiguousSubmit):
            client_for(unused, clock, base_url=url).submit({"prompt": "x" * 30_000_000})


def test_twenty_submits_at_once_are_twenty_jobs(upstream):
    client = client_for(upstream, read_timeout=5)
    ids, failures = [], []

    def send():
        try:
            ids.append(client.submit(PAYLOAD).request_id)
        except errors.SegmindError as error:
            failures.append(error)

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not failures
    assert sorted(ids) == sorted(job.id for job in upstream.accepted)
    assert len(set(ids)) == 20


def test_a_bug_after_the_request_left_is_not_taken_for_nothing_happened(upstream):
    """Header text that makes the libraries stumble must not surface as an ordinary exception."""
    upstream.script(
        "submit",
        answer(302, b"", headers={"Location": "http://[bad"}),
    )
    with pytest.raises(errors.AmbiguousSubmit):
        client_for(upstream, limits=KeyLimits()).submit(PAYLOAD)


def test_the_accepted_answer_survives_unknown_fields(upstream):
    body = {"request_id": "abc", "status": "WARMING", "extra": {"a": [1]}, "poll_url": None}
    upstream.script("submit", answer(202, json.dumps(body).encode()))
    assert client_for(upstream).submit(PAYLOAD).request_id == "abc"
