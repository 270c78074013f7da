"""What an engine says is wrong reaches the caller from every call, in every shape and with every code."""

import json

import pytest

from modules.segmind import errors
from tests.support.client_factory import PAYLOAD, client_for
from tests.support.fake_upstream import KEY, FakeUpstream
from tests.support.upstream_faults import answer, echo_key

LOCATED = [
    {"loc": ["body", "video_url"], "msg": "Field required", "type": "missing"},
    {"loc": ["body", "elements", 0, "frontal_image_url"], "msg": "not found"},
]
BY_FIELD = {
    "FastAPI": {"detail": LOCATED},
    "error list": {"error": LOCATED},
    "errors": {"errors": LOCATED},
    "nested": {"error": {"detail": LOCATED}},
    "JSON in a text": {"error": json.dumps({"detail": LOCATED})},
    "bare list": LOCATED,
}
PLAIN = {
    "error": {"error": "No such clip"},
    "detail": {"detail": "No such clip"},
    "object": {"detail": {"reason": "No such clip"}},
    "with a code": {"error": {"message": "No such clip", "code": "not_found"}},
    "texts": {"detail": ["No such clip"]},
    "text": b"No such clip",
}
SILENT = {
    "HTML": b"<html><body>No such clip</body></html>",
    "nothing": b"",
    "empty list": {"detail": []},
    "null": {"error": None},
    "cut": b'{"error": "No such cl',
}


@pytest.fixture(scope="module")
def upstream():
    with FakeUpstream() as server:
        yield server


CALLS = [
    *(("submit", code) for code in (400, 406, 422, 500)),
    ("status", 422),
    ("status", 200),
    ("result", 422),
]


def every(shapes: dict) -> list[tuple[str, int, str]]:
    """Each call with each shape; an answer of 200 must be an object, or it has no status."""
    return [
        (call, code, name)
        for call, code in CALLS
        for name, body in shapes.items()
        if code != 200 or isinstance(body, dict)
    ]


def failed(upstream: FakeUpstream, call: str, code: int, body: object) -> errors.SegmindError:
    """The error of `call`, answered with `body`; a body that is an object says FAILED besides."""
    client = client_for(upstream)
    if isinstance(body, dict) and call != "submit":
        body = {"status": "FAILED", **body}
    upstream.always(
        call, answer(code, body, kind="text/plain" if isinstance(body, bytes) else "application/json")
    )
    try:
        if call == "status":
            return client.status("abc").failure
        with pytest.raises(errors.SegmindError) as caught:
            client.submit(PAYLOAD) if call == "submit" else client.result("abc")
        return caught.value
    finally:
        upstream.clear(call)


@pytest.mark.parametrize(("call", "code", "shape"), every(BY_FIELD))
def test_a_list_of_reasons_names_its_fields(upstream, call, code, shape):
    error = failed(upstream, call, code, BY_FIELD[shape])
    assert error.reason == "video_url: Field required; elements[0].frontal_image_url: not found"
    assert f'It says: "{error.reason}".' in error.sentence and "Nothing was charged." in error.sentence
    assert [(one.field, one.message) for one in error.problems] == [
        ("video_url", 'Segmind says of the clip: "Field required".'),
        (
            "elements[0].frontal_image_url",
            'Segmind says of the frontal picture of element 1: "not found".',
        ),
    ]


@pytest.mark.parametrize(("call", "code", "shape"), every(PLAIN))
def test_a_reason_is_quoted(upstream, call, code, shape):
    error = failed(upstream, call, code, PLAIN[shape])
    assert (error.reason, error.problems) == ("No such clip", ())
    assert 'It says: "No such clip".' in error.sentence


@pytest.mark.parametrize(("call", "code", "shape"), every(SILENT))
def test_where_no_reason_is_given_none_is_quoted(upstream, call, code, shape):
    error = failed(upstream, call, code, SILENT[shape])
    assert error.reason == "" and "It says" not in error.sentence and "Nothing was charged." in error.sentence
    assert ("gave no reason" in error.sentence) is isinstance(error, errors.JobFailed)


def test_a_long_reason_is_shortened_in_the_sentence_only(upstream):
    error = failed(upstream, "status", 422, {"error": "word " * 500})
    assert "word…" in error.sentence and len(error.sentence) < 450
    assert error.reason == ("word " * 500).strip()


@pytest.mark.parametrize("call", ["submit", "result"])
def test_an_echoed_key_is_in_no_reason(upstream, call):
    template = (
        '{"detail": [{"loc": ["body", "{key}"], "msg": "bad {key}"}], "error": "{\\"error\\": \\"{key}\\"}"}'
    )
    upstream.script(call, echo_key(422, template))
    client = client_for(upstream)
    with pytest.raises(errors.JobFailed) as caught:
        client.submit(PAYLOAD) if call == "submit" else client.result("abc")
    assert "[key]" in caught.value.reason
    assert KEY.lower() not in f"{caught.value.reason} {caught.value.sentence} {caught.value.problems}".lower()


def test_an_unfinished_submit_keeps_what_was_said(upstream):
    upstream.script("submit", answer(200, {"message": "Come back tomorrow"}))
    with pytest.raises(errors.AmbiguousSubmit, match="Come back tomorrow") as caught:
        client_for(upstream).submit(PAYLOAD)
    assert caught.value.reason == "Come back tomorrow"
