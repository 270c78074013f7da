"""The settings in the metadata of a result: what is written, and how little is believed of what is read."""

import json

import pytest

from modules.edit.file_settings import FORMAT, KEY, MOST_CHARACTERS, settings_in, settings_tags
from modules.edit.request import PROMPT_LIMIT, SLUG, EditRequest, Element

EDIT = EditRequest(
    prompt='Make it <script>alert("snow")</script> 雪, and keep "me"',
    video_url="/srv/data/secret-name.mp4",
    mode="std",
    duration="7",
    aspect_ratio="9:16",
    keep_audio=True,
    shot_type="wide",
    image_urls=("/srv/data/private.jpg",),
    elements=(Element("/srv/data/face.jpg"),),
)


def written(**changes) -> dict[str, str]:
    """Metadata with our JSON, some of its values changed."""
    value = json.loads(settings_tags(EDIT, "segmind", "abcdef0123", 0.0)[KEY])
    return {KEY: json.dumps(value | changes)}


def test_what_is_written_is_read_back():
    found = settings_in(settings_tags(EDIT, "segmind", "abcdef0123", 1_800_000_000.0))
    asked = EditRequest(EDIT.prompt, "", "9:16", "7", (), (), True, "std", "wide")
    assert found.request == asked
    assert (found.engine, found.model, found.request_id) == ("segmind", SLUG, "abcdef0123")
    assert found.date == "2027-01-15T08:00:00Z"


def test_nothing_is_written_that_is_nobody_elses_business():
    told = settings_tags(EDIT, "segmind", "abcdef0123", 0.0)
    assert set(told) == {KEY, "description"}
    assert set(json.loads(told[KEY])) == {
        *(FORMAT, "prompt", "mode", "duration", "aspect_ratio", "keep_audio", "shot_type"),
        *("engine", "model", "request_id", "date"),
    }
    assert "srv" not in str(told) and "secret-name" not in str(told)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {KEY: None},
        {KEY: 5},
        {KEY: "made with love"},
        {KEY: '{"' + FORMAT},
        {KEY: json.dumps([{FORMAT: 1, "prompt": "x"}])},
        {KEY: json.dumps({FORMAT: 2, "prompt": "x"})},
        {KEY: json.dumps({FORMAT: True, "prompt": "x"})},
        {KEY: json.dumps({FORMAT: 1})},
        {KEY: json.dumps({FORMAT: 1, "prompt": ["x"]})},
        {KEY: json.dumps({FORMAT: 1, "prompt": " \x00\n "})},
        {KEY: f'{{"{FORMAT}": 1, "prompt": ' + "[" * 9_000},
        {KEY: json.dumps({FORMAT: 1, "prompt": "x" * MOST_CHARACTERS})},
        {KEY: f'{{"{FORMAT}": 1, "prompt": "x", "n": {"9" * 6000}}}'},
        {"description": "x"},
    ],
)
def test_other_metadata_says_nothing(metadata):
    assert settings_in(metadata) is None


@pytest.mark.parametrize("bad", ["4k", "99", "../../etc", 7, None, [], {}, "pro\n", True])
def test_a_bad_value_is_ignored_and_the_others_stay(bad):
    names = ("mode", "duration", "aspect_ratio", "engine", "model", "date")
    found = settings_in(written(**dict.fromkeys(names, bad), keep_audio="yes", shot_type=["wide"]))
    default = EditRequest()
    assert found.request == EditRequest(EDIT.prompt, shot_type=default.shot_type)
    assert (found.engine, found.model, found.date) == ("", "", "")


def test_texts_are_bounded_and_hold_nothing_unseen():
    found = settings_in(
        written(prompt="a\x1b[2J\x00b\ud800" + "c" * 9000, shot_type="d" * 900, request_id="../" * 9)
    )
    assert found.request.prompt.startswith("a[2Jbc") and len(found.request.prompt) == PROMPT_LIMIT
    assert found.request.shot_type == "d" * 40 and found.request_id == ""
    assert found.request.problems()  # only: there is no clip
    assert {problem.field for problem in found.request.problems()} == {"video_url"}


def test_half_a_character_in_a_prompt_can_be_written():
    told = settings_tags(EditRequest(prompt="snow \ud83d"), "preview", "", 0.0)
    assert all(text.encode() for text in told.values())
    assert settings_in(told).request.prompt == "snow ?"
