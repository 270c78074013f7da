"""Reasons in answers: every shape that engines and resellers use, read within bounds."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.secret import Secret
from modules.segmind.fields import field_at, field_in_words
from modules.segmind.reasons import MOST_MESSAGES, WHOLE_CHARACTERS, plain_text, reason_in

KEY = "SG_0123456789abcdef"
BAD_CLIP = {"loc": ["body", "video_url"], "msg": "Field required", "type": "missing"}
BAD_PICTURE = {"loc": ["body", "elements", 0, "frontal_image_url"], "msg": "not found"}
TWO = "video_url: Field required; elements[0].frontal_image_url: not found"
TWO_FIELDS = (("video_url", "Field required"), ("elements[0].frontal_image_url", "not found"))


@pytest.mark.parametrize(
    "body",
    [
        "No such clip",
        ["No such clip"],
        {"error": "No such clip"},
        {"detail": "No such clip"},
        {"message": "No such clip"},
        {"error": {"message": "No such clip", "code": "not_found"}},
        {"error": {"error": {"msg": "No such clip"}}},
        *({"detail": {name: "No such clip"}} for name in ("message", "msg", "error", "reason")),
        {"errors": ["No such clip"]},
        {"errors": [{"message": "No such clip"}, {"message": "no such clip"}]},
        {"error": "No such clip", "message": "No such clip"},
        {"error": {"detail": [{"msg": "No such clip"}]}},
        {"error": '{"detail": "No such clip"}'},
        {"error": json.dumps(json.dumps({"detail": [{"msg": "No such clip"}]}))},
        {"error": "null", "data": {"task_status_msg": "No such clip"}, "message": "SUCCEED"},
        {"status": "FAILED", "result": {"error": "No such clip"}},
        {"error": " No\tsuch\n clip\x07 "},
    ],
    ids=lambda body: json.dumps(body)[:60],
)
def test_one_reason_is_read_in_every_shape(body):
    reason = reason_in(body)
    assert (reason.text, reason.fields) == ("No such clip", ())


@pytest.mark.parametrize(
    "body",
    [
        {"detail": [BAD_CLIP, BAD_PICTURE]},
        {"error": [BAD_CLIP, BAD_PICTURE]},
        {"errors": [BAD_CLIP, BAD_PICTURE]},
        {"error": {"detail": [BAD_CLIP, BAD_PICTURE]}},
        [BAD_CLIP, BAD_PICTURE],
        {"error": json.dumps({"detail": [BAD_CLIP, BAD_PICTURE]})},
        {"errors": {"video_url": ["Field required"], "elements[0].frontal_image_url": "not found"}},
        {
            "errors": [
                {"field": "video_url", "message": "Field required"},
                {"path": ["elements", 0, "frontal_image_url"], "message": "not found"},
            ]
        },
    ],
    ids=lambda body: json.dumps(body)[:60],
)
def test_reasons_by_field_are_read_in_every_shape(body):
    reason = reason_in(body)
    assert (reason.text, reason.fields) == (TWO, TWO_FIELDS)


def test_a_heading_comes_before_what_it_is_about():
    told = {"statusCode": 400, "error": "Bad Request", "message": ["too long.", "too wide."]}
    assert reason_in(told).text == "Bad Request: too long; too wide."
    assert (
        reason_in({"error": "invalid_key", "error_description": "It is old"}).text == "invalid_key: It is old"
    )
    assert reason_in({"error": 'Upstream 422: {"detail": "No clip"}'}).text == "Upstream 422: No clip"


def test_a_place_that_is_no_parameter_is_said_in_words():
    reason = reason_in({"detail": [{"loc": ["body", "negative_prompt"], "msg": "not permitted"}]})
    assert (reason.text, reason.fields) == ("negative_prompt: not permitted", ())


def test_the_codes_of_machines_are_kept_apart_and_stand_in_for_a_missing_text():
    told = reason_in(
        {"detail": [{"loc": ["body", "prompt"], "msg": "No.", "type": "content_policy_violation"}]}
    )
    assert (told.text, told.codes) == ("prompt: No.", "content_policy_violation")
    assert reason_in({"error": {"code": "VENDOR_FAILED", "message": None}}).text == "VENDOR_FAILED"


@pytest.mark.parametrize(
    "body",
    [
        None,
        5,
        True,
        {},
        [],
        {"error": None},
        {"error": ""},
        {"error": []},
        {"error": {}},
        {"error": [[], {}, ""]},
        {"detail": [{"loc": ["body"], "msg": ""}]},
        {"error": 500},
        {"status": "FAILED", "metrics": {"total_time": 3}},
        {"error": "<!DOCTYPE html><html><body>Bad gateway</body></html>"},
        {"output": "https://files.test/out.mp4"},
    ],
    ids=lambda body: json.dumps(body)[:60],
)
def test_where_there_is_no_reason_none_is_made_up(body):
    assert reason_in(body).text == ""


@pytest.mark.parametrize(
    ("loc", "field"),
    [
        (["body", "video_url"], "video_url"),
        (["query", "duration"], "duration"),
        (["body", "input", "image_urls", 0], "image_urls[0]"),
        (["elements", "1", "reference_image_urls", 2], "elements[1].reference_image_urls[2]"),
        (["body", "elements", 0], "elements[0]"),
        ("body.elements[0].frontal_image_url", "elements[0].frontal_image_url"),
        ("/image_urls/1", "image_urls[1]"),
        ("aspectRatio", "aspect_ratio"),
        (["body", "image_url"], "image_urls"),
        (["body", "elements", 99, "frontal_image_url"], "elements"),
        (["body", "prompt", 3], "prompt"),
        (["body", "negative_prompt"], None),
        (["body"], None),
        ("/v2/requests/abc", None),
        ([[]], None),
        (None, None),
    ],
)
def test_a_place_names_a_parameter_of_the_request(loc, field):
    assert field_at(loc) == field


def test_parameters_are_said_in_words():
    assert [
        field_in_words(one)
        for one in (
            *("video_url", "prompt", "image_urls[0]", "image_urls", "elements[1]"),
            *("elements[0].frontal_image_url", "elements[0].reference_image_urls[1]"),
        )
    ] == [
        *("the clip", "the prompt", "image 1", "the images", "element 2"),
        *("the frontal picture of element 1", "reference picture 2 of element 1"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"error": f"bad key {KEY}"},
        {"error": json.dumps({"detail": "bad key \\u0053G_0123456789abcdef"}).replace("\\\\", "\\")},
        {"detail": [{"loc": ["body", KEY], "msg": f"bad {KEY}", "type": KEY}]},
        {"error": "x" * (WHOLE_CHARACTERS - 8) + f" {KEY}"},
        {"errors": {KEY: ["bad"]}},
    ],
)
def test_no_key_is_shown_wherever_it_stands(body):
    told = repr(reason_in(body, Secret(KEY))).lower()
    assert "sg_0" not in told and "0123456789" not in told


def test_hostile_answers_are_read_in_bounded_time_and_space():
    deep: object = "the end"
    for _ in range(900):
        deep = {"error": [deep], "detail": {"x": [deep]}}
    wide = [{"loc": ["body", "prompt"], "msg": f"number {n} " * 20} for n in range(100_000)]
    many = {str(n): ["x"] for n in range(100_000)}
    for body in (
        deep,
        {"detail": wide},
        {"errors": many},
        {"error": "{" * 4_000_000},
        {"error": "SG_a " * 800_000},
    ):
        began = time.monotonic()
        reason = reason_in(body, Secret(KEY))
        assert time.monotonic() - began < 2.0
        assert len(reason.text) <= WHOLE_CHARACTERS and len(reason.fields) <= MOST_MESSAGES


def test_messages_that_are_left_out_are_counted():
    told = reason_in({"errors": [f"number {n}" for n in range(25)]}).text
    assert told.startswith("number 0; number 1; ") and told.endswith("number 19; and 5 more")


@pytest.mark.parametrize(
    ("raw", "kind", "text"),
    [
        (b" upstream connect error ", "text/plain", "upstream connect error"),
        (b"[ERROR] no worker", "", "[ERROR] no worker"),
        (b"<html>x</html>", "text/plain", ""),
        (b"Bad gateway", "text/html; charset=utf-8", ""),
        (b'{"error": "cut', "application/json", ""),
        (b"\xff\xd8\xff", "", ""),
        (b"a\0b", "", ""),
    ],
)
def test_a_body_that_is_not_json_is_shown_when_it_is_text(raw, kind, text):
    assert plain_text(raw, kind) == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["error", "errors", "detail", "message", "msg", "loc", "type", "code", "data", "field"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(json_values)
def test_no_answer_makes_the_parser_raise_or_say_what_cannot_be_printed(body):
    reason = reason_in(body)
    assert reason.text.isprintable() and "\n" not in reason.text
    assert reason_in({"error": json.dumps(body)}).text.isprintable()
