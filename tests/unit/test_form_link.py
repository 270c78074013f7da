"""Links that fill the form, and what of them is left out."""

from urllib.parse import parse_qsl

import pytest

from modules.edit.request import EditRequest
from modules.ui.form_link import MOST_CHARACTERS, form_link, read_link

HOSTILE = "<script>alert(1)</script> \"quoted\" & 'single' %41 + ünï 雪 \u202e\nnext line"


def linked(query: str):
    return read_link(parse_qsl(query.removeprefix("?"), keep_blank_values=True))


def test_a_link_says_again_what_the_form_said():
    asked = EditRequest(
        prompt=HOSTILE,
        video_url="https://example.com/a b.mp4".replace(" ", "%20"),
        mode="std",
        duration="7",
        aspect_ratio="1:1",
        keep_audio=True,
    )
    found = linked(form_link(asked))
    assert EditRequest(**found.values) == asked and found.left_out == ()


@pytest.mark.parametrize(
    ("query", "left_out"),
    [
        ("duration=99", "duration “99”"),
        ("duration=5.5", "duration “5.5”"),
        ("mode=turbo", "mode “turbo”"),
        ("aspect_ratio=4:3", "aspect_ratio “4:3”"),
        ("keep_audio=perhaps", "keep_audio “perhaps”"),
        ("video_url=file:///etc/passwd", "video_url “file:///etc/passwd”"),
        ("video_url=javascript:alert(1)", "video_url"),
        ("video_url=https://", "video_url"),
        ("video_url=https://a b/c.mp4", "video_url"),
        ("video_url=https://[", "video_url"),
        ("video_url=https://example.com/" + "a" * 9000, "video_url"),
        ("shot_type=" + "a" * 41, "shot_type"),
        ("colour=red", "“colour”"),
        ("api_key=SG_0123456789abcdef", "“api_key”"),
    ],
)
def test_what_is_not_possible_is_left_out_and_said(query, left_out):
    found = linked(f"prompt=snow&{query}")
    assert found.values == {"prompt": "snow"}
    assert len(found.left_out) == 1 and left_out in found.left_out[0] and len(found.left_out[0]) < 200


def test_what_is_said_of_a_link_never_repeats_a_value_of_a_setting_that_is_none():
    """A key in a link must not be shown on a screen that is being shared."""
    assert "SG_" not in linked("api_key=SG_0123456789abcdef").left_out[0]


@pytest.mark.parametrize(
    "query", ["", "__theme=dark", "view=api", "utm_source=x&fbclid=y", "__sign=abc&__lang=de", "deep_link=x"]
)
def test_what_others_put_into_an_address_is_no_link(query):
    found = linked(query)
    assert not found.fills and found.left_out == ()


def test_the_first_value_of_a_name_counts():
    assert linked("mode=std&mode=pro").values == {"mode": "std"}


def test_a_prompt_that_is_too_long_for_an_address_is_left_to_the_share():
    query = form_link(EditRequest(prompt="雪" * 2500), share="t" * 22)
    assert query == "?share=" + "t" * 22 and len(query) < MOST_CHARACTERS


def test_a_link_of_nothing_but_unknown_names_is_no_wall_of_text():
    left_out = read_link([(f"name{number}", "1") for number in range(900)]).left_out
    assert len(left_out) == 9 and left_out[-1] == "and 892 more"
