"""The error table: what a person reads."""

import pytest

from modules.edit.errors import StudioError
from modules.segmind import errors, sentences

KEY = "SG_0123456789abcdef"


def _every_class(kind=errors.SegmindError):
    for sub in kind.__subclasses__():
        yield sub
        yield from _every_class(sub)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, errors.BadRequest),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (405, errors.MethodNotAllowed),
        (406, errors.NotAcceptable),
        (410, errors.Gone),
        (413, errors.BadRequest),
        (418, errors.BadRequest),
        (422, errors.JobFailed),
        (429, errors.RateLimited),
        (500, errors.ServerError),
        (502, errors.ServerError),
        (503, errors.ServerError),
        (504, errors.ServerError),
        (599, errors.ServerError),
        (302, errors.BadAnswer),
    ],
)
def test_every_code_of_the_contract_has_its_class_and_a_whole_sentence(code, kind):
    error = sentences.from_answer(code, "", engine="Segmind")
    assert type(error) is kind
    assert error.code == code
    assert str(error) == error.sentence
    assert error.sentence.endswith(".")
    assert "{" not in error.sentence
    assert "charged" in error.sentence


def test_every_class_is_a_studio_error_with_a_docstring():
    for kind in _every_class():
        assert issubclass(kind, StudioError)
        assert kind.__doc__


@pytest.mark.parametrize(
    "message", ["Insufficient credits", "Your balance is too low", "Daily spend limit reached"]
)
def test_406_about_money_says_so(message):
    assert type(sentences.from_answer(406, message, engine="Segmind")) is errors.InsufficientCredits


def test_406_about_a_header_is_not_about_money():
    assert (
        type(sentences.from_answer(406, "Content-Type must be application/json", engine="Segmind"))
        is errors.NotAcceptable
    )


def test_a_free_engine_speaks_of_no_money():
    for code in sentences.TABLE:
        assert (
            "charged" not in sentences.from_answer(code, "", engine="the preview engine", free=True).sentence
        )
    assert sentences.from_answer(500, "", engine="the preview engine", free=True).sentence.startswith(
        "The preview engine failed"
    )


def test_a_short_message_of_the_engine_is_quoted():
    assert (
        '"duration must be one of 3..15"'
        in sentences.from_answer(400, "duration must be one of 3..15", engine="Segmind").sentence
    )


@pytest.mark.parametrize(
    "message",
    [None, 5, {"a": 1}, "", "x" * 1000, "<html>no</html>", '{"a": 1}', "bell \x07 rings", "zero\u200bwidth"],
)
def test_a_message_that_is_not_fit_to_show_is_left_out(message):
    assert "It says" not in sentences.from_answer(400, message, engine="Segmind").sentence


@pytest.mark.parametrize(
    "text", [f"bad key {KEY}", f"bad key {KEY.lower()}", "other key SG_ffffffffffffffff", "Bearer abc.def"]
)
def test_nothing_like_a_key_is_quoted(text):
    sentence = sentences.from_answer(401, text, engine="Segmind", secret=KEY).sentence
    assert "[key]" in sentence
    assert "0123456789" not in sentence and "ffff" not in sentence and "abc.def" not in sentence


def test_a_key_of_another_form_is_taken_out_too():
    assert "hunter2" not in sentences.redact("the key hunter2 and HUNTER2", "hunter2")


def test_the_reason_of_a_failed_job_is_kept_though_long():
    error = sentences.from_answer(422, "because " * 200, engine="Segmind")
    assert error.error.startswith("because because")
    assert len(error.error) <= 600
    assert sentences.from_answer(422, None, engine="Segmind").error == sentences.NO_REASON
