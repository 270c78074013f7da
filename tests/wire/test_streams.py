"""Streams of edits that go on: a client that loses one may open it again, and none is cut."""

import contextlib
import json
import socket
from collections.abc import Iterator

import pytest

from tests.support.fake_job import JobPlan
from tests.support.fake_upstream import FakeUpstream
from tests.support.raw_events import ENDS, RawPage
from tests.support.raw_requests import ask, ask_json, connection
from tests.support.studio_app import CLIPS, KEY, running_app
from tests.support.waiting import until

CLIP = (CLIPS / "person_park_1280x720.mp4").read_bytes()
ENDLESS = (0.1, 3600.0)


@pytest.fixture(scope="module")
def upstream():
    with FakeUpstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def app(tmp_path_factory, upstream):
    settings = {"SEGMIND_BASE_URL": upstream.url, "SEGMIND_STORAGE_URL": upstream.url}
    with running_app(tmp_path_factory.mktemp("streams"), **settings) as app:
        yield app


@contextlib.contextmanager
def stream(url: str, target: str) -> Iterator:
    """The lines of a stream as they come; the connection is closed at the end, whatever it says."""
    line = connection(url, 60)
    try:
        line.request("GET", target)
        answer = line.getresponse()
        yield answer
    finally:
        with contextlib.suppress(OSError):
            if line.sock:
                line.sock.shutdown(socket.SHUT_RDWR)
        line.close()


def read_until(answer, word: bytes) -> bytes:
    """The first line with that word. AssertionError when the stream ends before."""
    while line := answer.readline():
        if word in line:
            return line
    raise AssertionError(f"the stream ended without {word!r}")


def begun_edit(app, upstream) -> tuple[str, object]:
    """The place of the stream of an edit by `/edit`, and the job upstream, which goes on until it is ended
    there."""
    upstream.next_jobs.append(JobPlan(durations=ENDLESS))
    before = len(upstream.accepted)
    clip = {"path": RawPage(app.url).upload("clip.mp4", CLIP), "meta": {"_type": "gradio.FileData"}}
    values = ["winter", clip, "std", "3", "16:9", False, "customize", [], [], KEY, ""]
    event = ask_json(app.url, "/gradio_api/call/edit", {"data": values}).json()["event_id"]
    until(lambda: len(upstream.accepted) > before)
    return f"/gradio_api/call/edit/{event}", upstream.accepted[-1]


def test_a_stream_that_is_opened_again_goes_on(app, upstream):
    """As after a break of the line: the server has heard that the first one ended."""
    place, job = begun_edit(app, upstream)
    with stream(app.url, place) as first:
        read_until(first, b'"PROCESSING"')
    with stream(app.url, place) as second:
        upstream.finish(job.id)
        read_until(second, b'"COMPLETED"')
        read_until(second, b"event: complete")
        told = json.loads(second.readline().removeprefix(b"data: "))
        assert told[0]["path"] and told[1]["stage"] == "COMPLETED"
        assert second.read().strip() == b""  # and the end of the stream itself, or this raises


def test_a_second_stream_is_not_cut_when_the_first_one_ends(app, upstream):
    """As at a reload of a page, whose client asks once more for the stream that it leaves."""
    place, job = begun_edit(app, upstream)
    with contextlib.ExitStack() as later:
        with stream(app.url, place) as first:
            read_until(first, b'"PROCESSING"')
            second = later.enter_context(stream(app.url, place))
        upstream.finish(job.id)
        read_until(second, b'"COMPLETED"')


def test_the_stream_of_a_session_that_is_not_known_is_ended_and_not_cut(app):
    told = ask(app.url, "GET", "/gradio_api/queue/data?session_hash=nobody")
    said = json.loads(told.text.removeprefix("data: "))
    assert said["msg"] in ENDS and said["session_not_found"] is True
