"""Answers are read tolerantly, whatever their shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.secret import Secret
from modules.segmind import parsing
from modules.segmind.parsing import RequestState

URL = "https://cdn.example.com/out.mp4"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(URL),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "status",
                    "output",
                    "video",
                    "url",
                    "video_url",
                    "metrics",
                    "cost",
                    "error",
                    "request_id",
                    "progress",
                    "frames_done",
                    "frames_total",
                    "credits",
                    "file_urls",
                    "status_url",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "body",
    [
        {"output": URL},
        {"output": [URL]},
        {"output": [{"url": URL}]},
        {"output": {"url": URL}},
        {"output": {"video_url": URL}},
        {"output": {"video": {"url": URL}}},
        {"output": {"video": URL}},
        {"output": None, "video": {"url": URL}},
        {"video": URL},
        {"video_url": URL},
        {"output": f"  {URL} "},
        {"output": {"videos": [{"url": URL}]}},
        {"data": {"output": [URL]}},
        {"output": ["https://cdn.example.com/a.jpg", URL]},
        {"output": "data:video/mp4;base64,AAAA", "video": {"url": URL}},
    ],
)
def test_the_video_is_found_in_every_shape_seen(body):
    assert parsing.video_in(body) == URL


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "x",
        {},
        {"output": None},
        {"output": "ftp://host/a.mp4"},
        {"output": "file:///etc/passwd"},
        {"output": "javascript:alert(1)"},
        {"output": "https:///a.mp4"},
        {"output": "https://a b/c"},
        {"output": 5},
        {"output": "http://[bad"},
    ],
)
def test_what_is_no_web_address_is_no_video(body):
    assert parsing.video_in(body) is None
    assert parsing.result_in(body) is None


def test_numbers_may_be_text_and_metrics_may_be_missing():
    result = parsing.result_in({"output": URL, "metrics": {"cost": "$2.10", "remaining_credits": "1,097.5"}})
    assert (result.cost, result.remaining_credits) == (2.10, 1097.5)
    bare = parsing.result_in({"output": URL, "metrics": None})
    assert (bare.cost, bare.remaining_credits, bare.metrics) == (None, None, {})
    assert parsing.result_in({"output": URL, "metrics": {"cost": -1}}).cost is None
    assert parsing.result_in({"output": URL, "metrics": {"cost": True}}).cost is None


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("QUEUED", RequestState.QUEUED),
        ("IN_QUEUE", RequestState.QUEUED),
        ("in queue", RequestState.QUEUED),
        ("pending", RequestState.QUEUED),
        ("PROCESSING", RequestState.PROCESSING),
        ("IN_PROGRESS", RequestState.PROCESSING),
        ("rendering", RequestState.PROCESSING),
        ("Completed", RequestState.COMPLETED),
        ("succeeded", RequestState.COMPLETED),
        ("failed", RequestState.FAILED),
        ("CANCELED", RequestState.FAILED),
        (None, None),
        (5, None),
        ("", None),
    ],
)
def test_status_words_are_read_in_any_case_and_unknown_ones_mean_running(word, state):
    assert parsing.state_of(word) is state


def test_a_state_compares_and_prints_as_its_word():
    assert RequestState.QUEUED == "QUEUED"
    assert f"{RequestState.QUEUED}" == "QUEUED"


@pytest.mark.parametrize(
    ("told", "share"),
    [
        ({"frames_done": 30, "frames_total": 120}, 0.25),
        ({"frames_done": "30", "frames_total": "120"}, 0.25),
        (0.4, 0.4),
        (40, 0.4),
        ({"frames_done": 5, "frames_total": 0}, None),
        ({"frames_done": 130, "frames_total": 120}, 1.0),
        ("x", None),
        (None, None),
    ],
)
def test_progress_is_a_share_between_nought_and_one(told, share):
    assert parsing.report_in({"status": "PROCESSING", "progress": told}).progress == share


def test_the_request_id_is_taken_from_a_link_when_the_field_is_missing():
    accepted = parsing.accepted_in(
        {"status": "QUEUED", "status_url": "https://host/v2/requests/abc-123/status"}
    )
    assert accepted.request_id == "abc-123"
    assert parsing.accepted_in({"request_id": 77}).request_id == "77"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"request_id": ""},
        {"request_id": None},
        {"request_id": "a\nb"},
        {"request_id": {"a": 1}},
        {"request_id": "x" * 500},
        {"request_id": True},
    ],
)
def test_no_usable_request_id_is_no_acceptance(body):
    assert parsing.accepted_in(body) is None


def test_the_remains_of_a_cut_answer_give_a_whole_id_or_none():
    assert parsing.id_in_remains(b'{"request_id": "0123abcd4567", "sta') == "0123abcd4567"
    assert parsing.id_in_remains(b'{"request_id": "0123abcd45') is None


@pytest.mark.parametrize(
    ("body", "credits"),
    [
        ({"credits": 12.5}, 12.5),
        ({"credits": "12.5"}, 12.5),
        ({"data": {"credits": 3}}, 3.0),
        (7, 7.0),
        ({"x": 1}, None),
        ([], None),
    ],
)
def test_the_balance_is_found(body, credits):
    assert parsing.credits_in(body) == credits


def test_upload_urls_are_all_web_addresses_or_none_count():
    assert parsing.urls_in({"file_urls": [URL]}) == [URL]
    assert parsing.urls_in({"urls": [URL, URL]}) == [URL, URL]
    assert parsing.urls_in({"file_urls": URL}) == [URL]
    assert parsing.urls_in({"file_urls": [URL, "javascript:x"]}) == []
    assert parsing.urls_in({"file_urls": {"a": URL}}) == []


@given(json_values)
def test_no_answer_makes_a_parser_raise(body):
    parsing.accepted_in(body)
    parsing.report_in(body)
    parsing.result_in(body)
    parsing.credits_in(body)
    parsing.urls_in(body)


def test_an_echoed_key_is_taken_out_at_every_depth():
    key = "SG_0123456789abcdef"
    body = {"a": [f"x{key}y", {key.lower(): key.upper()}], "n": 5}
    cleaned = repr(parsing.without(body, Secret(key)))
    assert key.lower() not in cleaned.lower()
