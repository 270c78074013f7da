"""Known failure texts: what each of them means, and that other texts are not taken for one."""

import pytest

from modules.edit.request import EditRequest
from modules.segmind.failure_texts import failure_texts, known
from modules.segmind.reasons import Reason, reason_in
from modules.segmind.sentences import job_failed

KNOWN = [
    ("Failure to pass the risk control system", "moderation"),
    ("NSFW content detected", "moderation"),
    ("content", "moderation"),
    ("content blocked", "moderation"),
    ("The content was blocked by the safety filter.", "moderation"),
    ("Trigger the content security policy of the platform", "moderation"),
    ("The content could not be processed: flagged by a content checker.", "moderation"),
    ("Your request violates our usage policies", "moderation"),
    ("The prompt was blocked.", "moderation of the prompt"),
    ("The prompt contains sensitive words", "moderation of the prompt"),
    ("Image pixel is invalid", "picture"),
    ("Unsupported image. Please check the image format, size and dimensions.", "picture"),
    ("Image too small", "picture"),
    ("INVALID_IMAGE", "picture"),
    ("IMAGE_INACCESSIBLE", "picture out of reach"),
    ("Failed to download the image", "picture out of reach"),
    ("failed to download media from the provided url", "address out of reach"),
    ("File download error", "address out of reach"),
    ("Video duration exceeds the maximum allowed.", "clip's length"),
    ("Unsupported video format.", "clip's format"),
    ("VENDOR_FAILED", "model's own fault"),
    ("Internal error", "model's own fault"),
    ("internal_server_error", "model's own fault"),
    ("Generation timeout", "too slow"),
    ("The model did not generate the expected output for this prompt.", "nothing generated"),
    ("Insufficient credits", "credits"),
    ("Your balance is too low", "credits"),
    ("Resource pack depleted or expired", "maker's account"),
    ("parallel task over resource pack limit", "busy"),
]


@pytest.mark.parametrize(("text", "name"), KNOWN)
def test_a_known_text_has_its_meaning(text, name):
    assert known(Reason(text)).name == name
    assert known(Reason(text.upper())).name == name


def test_the_table_has_an_example_for_every_entry():
    assert {name for _, name in KNOWN} == {entry.name for entry in failure_texts()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Content-Type must be application/json; text/plain is not allowed, request rejected",
        "content_type violates the schema",
        "The page is contentless",
        "duration must be one of 3..15",
        "The image was fine",
        "Invalid image_urls: expected a list",
        "discontent with the prompt",
        "internal_id is missing",
        "credit card accepted",
    ],
)
def test_other_texts_are_not_taken_for_a_known_one(text):
    assert known(Reason(text)) is None


def test_a_code_is_as_good_as_a_text():
    told = reason_in(
        {"detail": [{"loc": ["body", "prompt"], "msg": "No.", "type": "content_policy_violation"}]}
    )
    assert known(told).name == "moderation"


@pytest.mark.parametrize("entry", failure_texts(), ids=lambda entry: entry.name)
def test_every_entry_is_written_in_sentences_and_names_its_source(entry):
    for sentence in (entry.meaning, entry.advice, entry.money or "Nothing."):
        assert sentence.endswith(".") and sentence[0] in "{" + sentence[0].upper()
        assert sentence.replace("{engine}", "").count("{") == 0
    assert entry.source and "/" not in entry.source
    assert entry.field is None or entry.field in EditRequest.__dataclass_fields__


def test_a_failed_job_with_a_known_text_says_meaning_money_and_what_to_do():
    error = job_failed(Reason("Image pixel is invalid"), engine="Segmind")
    assert error.sentence == (
        "A picture breaks the rules of the model. Nothing was charged. Use jpg or png, 300 pixels or more on "
        "each side, between 1:2.5 and 2.5:1, at most 10 MB."
    )
    assert [(one.field, "charged" in one.message) for one in error.problems] == [("image_urls", False)]
    assert error.reason == "Image pixel is invalid"


def test_what_an_answer_says_of_a_field_goes_before_what_is_known_of_the_text():
    body = {
        "detail": [
            {"loc": ["body", "prompt"], "msg": "NSFW."},
            {"loc": ["body", "image_urls", 1], "msg": "too"},
        ]
    }
    error = job_failed(reason_in(body), engine="Segmind")
    assert error.sentence.startswith("Moderation stopped this edit")
    assert [(one.field, one.message) for one in error.problems] == [
        ("prompt", 'Segmind says of the prompt: "NSFW."'),
        ("image_urls[1]", 'Segmind says of image 2: "too".'),
    ]


def test_the_preview_engine_says_itself_what_happened():
    error = job_failed(
        Reason("This cannot be drawn. Try another look."), engine="the preview engine", free=True
    )
    assert error.sentence == "This cannot be drawn. Try another look."
    unknown = job_failed(Reason("nsfw"), engine="the preview engine", free=True).sentence
    assert unknown.startswith('The preview engine could not make this edit. It says: "nsfw".')
    assert "charged" not in unknown
