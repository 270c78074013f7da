"""The client asks the request history: one row by its id, and the rows since a moment."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from modules.segmind import errors
from modules.segmind.parsing import RequestState
from tests.support.client_factory import PAYLOAD, client_for
from tests.support.fake_job import JobPlan
from tests.support.fake_upstream import FakeUpstream
from tests.support.upstream_faults import answer


@pytest.fixture
def upstream():
    with FakeUpstream() as server:
        server.history.kept = True
        yield server


def real_client(upstream, **options):
    return client_for(upstream, time.time, sleep=lambda _: None, requests_per_minute=0, **options)


def test_a_row_says_how_it_ended_and_what_it_cost(upstream):
    client = real_client(upstream)
    sent = client.submit(PAYLOAD).request_id
    row = client.history.get(sent)
    assert row.state is RequestState.COMPLETED and row.cost == 2.1
    assert row.video_url == upstream.file_url and row.body == PAYLOAD
    assert client.history.get("0" * 32) is None


def test_a_failed_row_says_why(upstream):
    upstream.next_jobs.append(JobPlan("FAILED", "Image pixel is invalid"))
    client = real_client(upstream)
    row = client.history.get(client.submit(PAYLOAD).request_id)
    assert row.state is RequestState.FAILED and row.reason.text == "Image pixel is invalid"


def test_a_request_with_several_outputs_is_one_row(upstream):
    upstream.history.repeated = 3
    client = real_client(upstream)
    sent = {client.submit(PAYLOAD).request_id for _ in range(2)}
    rows = client.history.since(time.time())
    assert len(rows) == 2 and {row.request_id for row in rows} == sent


def test_more_than_a_page_is_read_and_the_newest_come_first(upstream):
    old = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    upstream.history.others = [
        {"request_id": f"other-{n:04d}", "model_name": "kling-o3-video2video-edit", "model_created": old}
        for n in range(230)
    ]
    client = real_client(upstream)
    sent = client.submit(PAYLOAD).request_id
    rows = client.history.since(time.time())
    assert len(rows) == 231 and rows[0].request_id == sent
    assert upstream.count("history") == 4
    upstream.history.others = [
        {**row, "model_created": "2026-01-31T12:00:00Z"} for row in upstream.history.others
    ]
    client.history.since(time.time())
    assert upstream.count("history") == 5, "what is older than the submit need not be read"


def test_a_history_that_lists_titles_is_asked_again_without_the_filter(upstream):
    upstream.history.changed = lambda row: {**row, "model_name": "Kling O3 Video-to-Video Edit"}
    upstream.history.others = [{"request_id": "another-model", "model_name": "sdxl"}]
    client = real_client(upstream)
    sent = client.submit(PAYLOAD).request_id
    assert {row.request_id for row in client.history.since(time.time())} == {sent, "another-model"}


def test_a_server_with_smaller_pages_is_read_to_its_end(upstream):
    client = real_client(upstream)
    sent = {client.submit(PAYLOAD).request_id for _ in range(70)}
    envelope, pages = upstream.history.envelope, iter(range(10))
    newest_first = [job.id for job in reversed(upstream.accepted)]

    def small(rows):
        page = next(pages)
        return envelope([{"request_id": one} for one in newest_first[25 * page : 25 * page + 25]])

    upstream.history.envelope = small
    assert {row.request_id for row in client.history.since(time.time())} == sent


def test_a_row_inside_an_envelope_or_without_its_id_is_read(upstream):
    client = real_client(upstream)
    sent = client.submit(PAYLOAD).request_id
    upstream.history.single = lambda row: {"data": [row]}
    assert client.history.get(sent).cost == 2.1
    upstream.history.single = lambda row: {"data": {k: v for k, v in row.items() if k != "request_id"}}
    assert client.history.get(sent).cost == 2.1
    upstream.history.single = lambda row: {**row, "request_id": "of somebody else"}
    assert client.history.get(sent) is None


def test_where_there_is_no_history_it_says_so(upstream):
    upstream.history.kept = False
    client = real_client(upstream)
    assert client.history.get("0" * 32) is None
    with pytest.raises(errors.NotFound):
        client.history.since(time.time())


def test_the_key_goes_to_the_historys_host_only_when_it_is_ours(upstream):
    with FakeUpstream() as elsewhere:
        elsewhere.history.kept = True
        client = real_client(upstream, history_url=f"{elsewhere.url}/")
        client.submit(PAYLOAD)
        assert client.history.since(time.time()) == []
        assert [one.route for one in elsewhere.seen] == ["history", "history"]
        assert all(one.headers["x-api-key"] == upstream.key for one in elsewhere.seen)


def test_an_answer_that_is_no_history_is_told_as_such(upstream):
    upstream.always("history", answer(200, b"<html>welcome</html>", kind="text/html"))
    with pytest.raises(errors.BadAnswer):
        real_client(upstream).history.since(time.time(), attempts=1)
