"""The key is in one header of one request and nowhere else, also when a hostile server throws it back."""

import copy
import logging
import pickle
import traceback

import pytest

from modules.edit.errors import StudioError
from modules.segmind import errors
from modules.segmind.client import SegmindClient
from modules.segmind.transport import Key
from tests.support.client_factory import PAYLOAD, client_for
from tests.support.fake_upstream import CLIP, KEY, FakeUpstream
from tests.support.upstream_faults import (
    answer,
    close_after_body,
    close_before_reading,
    echo_key,
    hang,
    redirect,
)


@pytest.fixture
def upstream():
    with FakeUpstream() as server:
        yield server


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "requests", "modules.segmind"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def everything_about(error: BaseException) -> str:
    """All that a log, a crash report or a page could show of an error: text, attributes, the chain, the
    frames' locals."""
    texts = []
    while error is not None:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        # The frames of the tests know the key, as they play the caller.
        told.stack = traceback.StackSummary(
            [frame for frame in told.stack if "/tests/" not in frame.filename]
        )
        texts += [
            str(error),
            repr(error),
            repr(error.args),
            repr(vars(error)),
            "".join(told.format(chain=False)),
        ]
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


ECHOES = [
    echo_key(400),
    echo_key(401, '{"error": "Invalid key {key}", "error_description": "{key}", "status_code": 401}'),
    echo_key(403, "key {key} forbidden", "text/plain"),
    echo_key(404, '{"error": {"message": "{key}"}}'),
    echo_key(406, '{"error": "No credits for {key}"}'),
    echo_key(422, '{"status": "FAILED", "error": "key {key} blocked"}'),
    echo_key(500, "<html>{key}</html>", "text/html"),
    echo_key(429),
    echo_key(302),
    echo_key(200, '{"request_id": "{key}", "status": "{key}"}'),
    echo_key(200, '{"credits": "{key}", "file_urls": ["http://{key}/"]}'),
    echo_key(
        200,
        '{"status": "COMPLETED", "output": "https://cdn.example.com/{key}.mp4", "metrics": {"{key}": '
        '"{key}"}}',
    ),
    echo_key(200, '{"status": "FAILED", "error": "{key}"}'),
    echo_key(200, '{"request_id": "{key}", '),
    echo_key(200, "{key}"),
    close_before_reading(),
    close_before_reading(reset=True),
    close_after_body(),
    hang(0.6),
    redirect(f"http://127.0.0.1:9/?key={KEY}"),
    answer(200, b"\xff\xfe"),
    answer(503),
]


@pytest.mark.parametrize("fault", ECHOES)
@pytest.mark.parametrize("route", ["submit", "status", "result", "credits", "upload"])
def test_the_key_shows_nowhere_whatever_the_server_answers(upstream, logged, route, fault):
    upstream.always(route, fault)
    client = client_for(upstream, read_timeout=0.3)
    calls = {
        "submit": lambda: client.submit(PAYLOAD),
        "status": lambda: client.status("abc", attempts=2),
        "result": lambda: client.result("abc", attempts=2),
        "credits": lambda: client.credits(attempts=2),
        "upload": lambda: client.upload(CLIP, "video/mp4"),
    }
    refused = None
    try:
        shown = repr(calls[route]())
    except StudioError as error:
        shown, refused = everything_about(error), error
    if refused:
        assert refused.__cause__ is None and refused.__context__ is None
    logs = "\n".join(
        [record.getMessage() + repr(record.args) + str(record.exc_info) for record in logged.records]
    )
    assert logged.records, "nothing was logged, so nothing was tested"
    for text in (shown, logs, *[seen.path for seen in upstream.seen]):
        assert KEY.lower() not in text.lower()
    assert all(seen.headers.get("x-api-key") == KEY for seen in upstream.seen)


@pytest.mark.parametrize("call", ["submit", "credits", "upload"])
def test_an_unreachable_engine_shows_no_key(upstream, logged, call):
    upstream.stop_listening()
    client = client_for(upstream)
    calls = {
        "submit": lambda: client.submit(PAYLOAD),
        "credits": client.credits,
        "upload": lambda: client.upload(CLIP, "video/mp4"),
    }
    with pytest.raises(errors.NotReached) as caught:
        calls[call]()
    assert KEY not in everything_about(caught.value) + logged.text


def test_the_client_shows_no_key_in_any_view_of_it(upstream):
    client = client_for(upstream)
    client.credits()
    parts = list(vars(client).values())
    views = [repr(client), str(client), repr(vars(client)), repr(client.session.headers)]
    views += [f"{part} {part!r}" for part in parts]
    views += [repr(vars(part)) for part in parts if hasattr(part, "__dict__")]
    assert len(views) > 10 and all(KEY not in view for view in views)


def test_a_key_is_not_written_anywhere(upstream):
    client = client_for(upstream)
    keys = [part for part in vars(client).values() if isinstance(part, Key)]
    assert keys
    for key in keys:
        assert copy.deepcopy(key) is key
        with pytest.raises(TypeError):
            pickle.dumps(key)


@pytest.mark.parametrize(
    "key",
    ["SG_0123\n456789abcdef", "SG_0123 456789abcdef", "SG_0123456789abcdeé", "SG_" + "0" * 500, "SG_\x00"],
)
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(upstream, key):
    with pytest.raises(errors.Unauthorized) as caught:
        client_for(upstream, key=key)
    assert caught.value.field == "api_key"
    shown = everything_about(caught.value)
    assert "0123" not in shown and "00000" not in shown and key not in shown
    with pytest.raises(errors.Unauthorized):
        client_for(upstream).with_key(key)
    assert upstream.connections == 0


def test_blanks_around_a_pasted_key_are_taken_off(upstream):
    client = SegmindClient(upstream.url, upstream.url, f"  {KEY}\n")
    assert client.credits() == 100.0


def test_a_cancelled_upload_shows_no_key_in_its_frames(upstream):
    def stop(done, total):
        raise RuntimeError("withdrawn")

    with pytest.raises(RuntimeError) as caught:
        client_for(upstream).upload(CLIP, "video/mp4", stop)
    assert KEY not in everything_about(caught.value)


def test_a_download_sends_no_key_even_to_the_engines_own_host(upstream, tmp_path, logged):
    client_for(upstream).download(upstream.file_url, tmp_path / "a.mp4")
    assert KEY not in repr(upstream.seen) + logged.text
