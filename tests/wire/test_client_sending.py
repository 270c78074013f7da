"""What a submit sends, over which connection, and when it waits for its turn."""

import pytest

from modules.segmind import errors, transport
from tests.support.client_factory import PAYLOAD, client_for
from tests.support.fake_upstream import FakeUpstream
from tests.support.manual_clock import ManualClock
from tests.support.upstream_faults import rate_limited


@pytest.fixture
def upstream():
    with FakeUpstream() as server:
        yield server


def test_what_is_sent_is_strict(upstream):
    client_for(upstream).submit({**PAYLOAD, "prompt": "Grüße, 雪"})
    seen = upstream.seen[-1]
    assert seen.body == {**PAYLOAD, "prompt": "Grüße, 雪"}
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["x-api-key"] == upstream.key
    assert "Authorization" not in seen.headers
    assert seen.headers["User-Agent"].startswith("prompt-edit-studio/")
    assert seen.path == "/v2/kling-o3-video2video-edit"


def test_a_payload_that_is_no_json_is_refused_before_anything_is_sent(upstream):
    with pytest.raises(ValueError, match="JSON compliant"):
        client_for(upstream).submit({"prompt": float("nan")})
    assert upstream.connections == 0


def test_each_submit_goes_out_on_a_connection_of_its_own(upstream):
    client = client_for(upstream)
    client.credits()
    for _ in range(3):
        client.submit(PAYLOAD)
    client.credits()
    peers = [seen.peer for seen in upstream.seen if seen.route == "submit"]
    reads = {seen.peer for seen in upstream.seen if seen.route == "credits"}
    assert len(set(peers)) == 3 and len(reads) == 1 and not reads & set(peers)


def test_a_netrc_entry_never_takes_the_place_of_the_key(upstream, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    client = client_for(upstream)
    client.submit(PAYLOAD)
    client.credits()
    assert all("Authorization" not in seen.headers for seen in upstream.seen)


def test_a_proxy_of_the_environment_is_not_used_for_loopback(upstream, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    client_for(upstream).submit(PAYLOAD)
    assert transport.proxies_for("http://api.example.com")["http"] == "http://127.0.0.1:9"


def test_a_submit_waiting_for_its_turn_can_be_withdrawn(upstream):
    clock = ManualClock()
    upstream.script("submit", rate_limited(60, clock=clock))
    client = client_for(upstream, clock)
    with pytest.raises(errors.SubmitStopped) as caught:
        client.submit(PAYLOAD, should_stop=lambda: sum(clock.slept) > 3)
    assert upstream.submits == 1 and not upstream.accepted
    assert sum(clock.slept) < 4
    assert not caught.value.maybe_billed


def test_a_submit_withdrawn_beforehand_sends_nothing(upstream):
    with pytest.raises(errors.SubmitStopped):
        client_for(upstream).submit(PAYLOAD, should_stop=lambda: True)
    assert upstream.connections == 0
