"""The error table: what a person reads."""

import pytest

from modules.edit.errors import StudioError
from modules.secret import Secret
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
    [None, 5, {"a": 1}, [], "", "  ", "null", "[object Object]", "<html>no</html>", "\x07\u200b"],
)
def test_a_message_that_says_nothing_is_left_out(message):
    assert "It says" not in sentences.from_answer(400, message, engine="Segmind").sentence


@pytest.mark.parametrize(
    "text", [f"bad key {KEY}", f"bad key {KEY.lower()}", "other key SG_ffffffffffffffff", "Bearer abc.def"]
)
def test_nothing_like_a_key_is_quoted(text):
    sentence = sentences.from_answer(401, text, engine="Segmind", secret=Secret(KEY)).sentence
    assert "[key]" in sentence
    assert "0123456789" not in sentence and "ffff" not in sentence and "abc.def" not in sentence


@pytest.mark.parametrize(
    ("message", "quoted"),
    [("bell \x07 rings", "bell rings"), ("zero\u200bwidth", "zero width"), ('{"a": 1}', '{"a": 1}')],
)
def test_a_message_is_quoted_without_what_cannot_be_seen(message, quoted):
    assert f'It says: "{quoted}"' in sentences.from_answer(400, message, engine="Segmind").sentence


def test_a_long_message_is_shortened_at_a_word_and_kept_whole_beside():
    error = sentences.from_answer(400, "because " * 400, engine="Segmind")
    quote = error.sentence.split('"')[1]
    assert quote.endswith("because…") and len(quote) <= 240
    assert error.reason == ("because " * 400).strip()
    endless = sentences.from_answer(400, "x" * 100_000, engine="Segmind").reason
    assert len(endless) == 4000 and endless.endswith("…")


def test_a_key_of_another_form_is_taken_out_too():
    error = sentences.from_answer(
        400, "the key hunter2 and HUNTER2", engine="Segmind", secret=Secret("hunter2")
    )
    assert "hunter2" not in f"{error.sentence} {error.reason}".lower()


def test_a_failed_job_without_a_reason_says_so():
    error = sentences.from_answer(422, None, engine="Segmind")
    assert sentences.NO_REASON in error.sentence and error.reason == ""


@pytest.mark.parametrize("code", [400, 402, 403, 406, 429])
def test_too_few_credits_are_told_by_any_code_and_not_quoted(code):
    error = sentences.from_answer(code, "Insufficient credits: 0.31 left", engine="Segmind")
    assert type(error) is errors.InsufficientCredits and error.about_account
    assert "Add credits" in error.sentence and "0.31" not in error.sentence


def test_a_402_is_about_credits_though_it_says_nothing():
    assert type(sentences.from_answer(402, "", engine="Segmind")) is errors.InsufficientCredits


def test_a_known_text_of_a_refusal_says_what_it_means():
    error = sentences.from_answer(400, "Failure to pass the risk control system", engine="Segmind")
    assert type(error) is errors.BadRequest
    assert error.sentence.startswith("Moderation stopped") and "only if it completes" in error.sentence
    assert "retired" in sentences.from_answer(410, "nsfw", engine="Segmind").sentence
    assert "failed inside" in sentences.from_answer(500, "internal error", engine="Segmind").sentence
    assert "Moderation" in sentences.from_answer(500, "nsfw", engine="Segmind").sentence
    assert "Moderation" not in sentences.from_answer(400, "nsfw", engine="the engine", free=True).sentence
