"""429: the whole key waits until the reset, and no longer than is sensible."""

import threading
import time

import pytest

from modules.segmind import errors
from modules.segmind.client import SegmindClient
from modules.segmind.rate_limit import KeyLimits
from tests.support.client_factory import PAYLOAD, client_for
from tests.support.fake_upstream import FakeUpstream
from tests.support.manual_clock import ManualClock
from tests.support.upstream_faults import answer, rate_limited


@pytest.fixture
def upstream():
    with FakeUpstream() as server:
        yield server


@pytest.mark.parametrize("form", ["iso", "naive", "epoch", "ms", "http", "seconds"])
def test_a_submit_waits_for_the_reset_in_any_form_and_is_charged_once(upstream, form):
    clock = ManualClock()
    upstream.script("submit", rate_limited(30, form, clock=clock))
    accepted = client_for(upstream, clock).submit(PAYLOAD)
    assert sum(clock.slept) == pytest.approx(30.5, abs=1.01)
    assert upstream.submits == 2
    assert [job.id for job in upstream.accepted] == [accepted.request_id]


def test_retry_after_is_honoured(upstream):
    clock = ManualClock()
    upstream.script("submit", rate_limited(12, "seconds", header="Retry-After"))
    client_for(upstream, clock).submit(PAYLOAD)
    assert sum(clock.slept) == pytest.approx(12.5)


@pytest.mark.parametrize(
    "fault", [rate_limited(0, "none"), answer(429, b"", headers={"x-rate-limit-reset-at-utc": "soon"})]
)
def test_a_429_without_a_readable_reset_pauses_a_little(upstream, fault):
    clock = ManualClock()
    upstream.script("submit", fault)
    client_for(upstream, clock).submit(PAYLOAD)
    assert 0.5 <= sum(clock.slept) <= 5


def test_a_reset_in_the_past_still_makes_a_pause(upstream):
    clock = ManualClock()
    upstream.script("submit", rate_limited(-60, "epoch", clock=clock))
    client_for(upstream, clock).submit(PAYLOAD)
    assert sum(clock.slept) >= 0.5


def test_one_jobs_429_stops_every_client_of_that_key_and_no_other(upstream):
    clock, limits = ManualClock(), KeyLimits()
    first, second = client_for(upstream, clock, limits=limits), client_for(upstream, clock, limits=limits)
    other = first.with_key("SG_fedcba9876543210")
    upstream.script("status", rate_limited(40, clock=clock))
    with pytest.raises(errors.RateLimited):
        first.status("abc", attempts=1)
    asked = len(upstream.seen)
    with pytest.raises(errors.RateLimited) as caught:
        second.status("abc", attempts=1)
    assert caught.value.reset_at == second.paused_until() == pytest.approx(clock() + 40.5)
    assert len(upstream.seen) == asked, "a paused key was used"
    assert other.paused_until() is None
    assert other.credits() == 100.0
    second.submit(PAYLOAD)
    assert sum(clock.slept) == pytest.approx(40.5)


def test_a_reset_that_is_too_far_is_told_and_not_waited_for(upstream):
    clock = ManualClock()
    upstream.script("submit", rate_limited(500, clock=clock))
    with pytest.raises(errors.RateLimited) as caught:
        client_for(upstream, clock).submit(PAYLOAD)
    assert clock.slept == [] and upstream.submits == 1
    assert caught.value.reset_at == pytest.approx(clock() + 500.5)
    assert not caught.value.maybe_billed


def test_an_absurd_reset_does_not_lock_the_key_for_years(upstream):
    clock = ManualClock()
    upstream.script("credits", rate_limited(1e8, "epoch", clock=clock))
    client = client_for(upstream, clock)
    with pytest.raises(errors.RateLimited):
        client.credits()
    assert client.paused_until() < clock() + 700


def test_a_429_that_stays_is_given_up_inside_the_time_allowed(upstream):
    clock = ManualClock()
    upstream.always("submit", rate_limited(100, clock=clock))
    began = clock()
    with pytest.raises(errors.RateLimited):
        client_for(upstream, clock).submit(PAYLOAD)
    assert 600 <= clock() - began <= 1800
    assert upstream.submits <= 20 and not upstream.accepted


def test_many_threads_wait_for_one_real_reset_and_are_served():
    with FakeUpstream() as upstream:
        upstream.script("credits", rate_limited(0.6))
        client = SegmindClient(
            upstream.url,
            upstream.url,
            upstream.key,
            limits=KeyLimits(),
            requests_per_minute=0,
            rng=lambda: 0.1,
            read_timeout=5,
        )
        with pytest.raises(errors.RateLimited):
            client.credits(attempts=1)
        opens = client.paused_until()
        arrived = []

        def ask():
            client.credits()
            arrived.append(time.time())

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(arrived) == 8
        assert min(arrived) >= opens


def test_a_question_that_had_no_turn_says_so_and_keeps_nobody_waiting(upstream):
    clock = ManualClock()
    upstream.history.kept = True
    client = client_for(upstream, clock, requests_per_minute=5)
    sent = client.submit(PAYLOAD).request_id
    for _ in range(3):  # the same question again and again is one place in the queue
        with pytest.raises(errors.RateLimited) as caught:
            client.history.get(sent, attempts=1)
        assert caught.value.code is None, "nothing was asked"
    clock.advance(caught.value.reset_at - clock())
    assert client.history.get(sent, attempts=1).request_id == sent
    assert client.history.since(clock(), attempts=2)
