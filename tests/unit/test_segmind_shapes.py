"""Amounts, states and finished videos in the shapes that answers have been seen in."""

import math

import pytest

from modules.segmind import parsing
from modules.segmind.costs import cost_in
from modules.segmind.parsing import RequestState
from modules.segmind.result_video import video_in

BASE = "https://api.segmind.com"
URL = "https://files.test/x.mp4"
SOURCE = "https://files.test/source.mp4"


@pytest.mark.parametrize(
    ("told", "dollars"),
    [
        (2.1, 2.1),
        (0, 0.0),
        ("2.10", 2.1),
        ("2,10", 2.1),
        ("$2.10", 2.1),
        ("US$ 2.10", 2.1),
        ("2.10 USD", 2.1),
        ("usd 2,1", 2.1),
        ("1,234.50", 1234.5),
        ("1,234", None),
        ("2.10 EUR", None),
        ("2.1.0", None),
        ("1e3", None),
        ("-1", None),
        (-1, None),
        (True, None),
        (math.inf, None),
        (math.nan, None),
        ("nan", None),
        ("", None),
        (None, None),
        (["2.10"], None),
        ("9" * 50, None),
    ],
)
def test_an_amount_is_what_it_says_or_nothing(told, dollars):
    assert cost_in(told) == dollars


@pytest.mark.parametrize(
    "body",
    [
        {"output": URL},
        {"output": [URL]},
        {"output": {"video": {"url": URL}}},
        {"task_result": {"videos": [{"id": "1", "url": URL, "duration": "5"}]}},
        {"data": {"task_result": {"videos": [{"url": URL}, {"url": f"{URL}?2"}]}}},
        {"output_url": URL},
        {"output": f'{{"url": "{URL}"}}'},
        {"output": f'"{URL}"'},
        {"output": f'[{{"video": "{URL}"}}]'},
        {"video_url": SOURCE, "output": {"url": URL}},
        {"input": {"video_url": SOURCE}, "video": {"url": URL}},
        {"data": {"request_body": {"video_url": SOURCE}, "generation_url": URL}},
        {"thumbnail_url": "https://files.test/t.mp4", "video": URL},
        {"output": [{"type": "image", "url": "https://files.test/x.jpg"}, {"type": "video", "url": URL}]},
        {"generated": [{"resource": {"resource": URL}}]},
        [{"url": URL}],
    ],
)
def test_the_finished_video_is_found_wherever_it_lies(body):
    assert video_in(body, BASE) == URL


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ({"output": "/files/x.mp4"}, f"{BASE}/files/x.mp4"),
        ({"output": "files/x.mp4?a=1"}, f"{BASE}/files/x.mp4?a=1"),
        ({"output": "https://files.test/my clip.mp4"}, "https://files.test/my%20clip.mp4"),
        ({"video": "https://files.test/x"}, "https://files.test/x"),
    ],
)
def test_an_address_without_host_or_with_blanks_is_made_whole(body, url):
    assert video_in(body, BASE) == url


@pytest.mark.parametrize(
    "body",
    [
        {"status": "COMPLETED", "output": None},
        {"status_url": f"{BASE}/s", "response_url": f"{BASE}/r", "output": None},
        {"request_body": {"video_url": SOURCE}},
        {"output": "done"},
        {"output": "javascript:alert(1)"},
        {"output": "/files/x"},
        {"output": {"url": ["a"] * 100_000}},
        None,
    ],
)
def test_what_names_no_video_gives_none(body):
    assert video_in(body, BASE) is None


def test_a_hostile_body_costs_little():
    nested: object = URL
    for _ in range(2000):
        nested = {"output": nested}
    assert video_in(nested, BASE) is None
    wide = {f"output_{n}": {f"url_{m}": n for m in range(100)} for n in range(1000)}
    assert video_in(wide, BASE) is None


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("succeed", RequestState.COMPLETED),
        ("Success", RequestState.COMPLETED),
        ("SUCCEEDED", RequestState.COMPLETED),
        ("done", RequestState.COMPLETED),
        ("FAIL", RequestState.FAILED),
        ("canceled", RequestState.FAILED),
        ("timed out", RequestState.FAILED),
        ("in-progress", RequestState.PROCESSING),
        ("running", RequestState.PROCESSING),
        ("submitted", RequestState.QUEUED),
    ],
)
def test_states_by_other_words(word, state):
    assert parsing.report_in({"status": word}).state is state
    assert parsing.report_in({"data": {"task_status": word}}).state is state
    assert parsing.report_in({"status": word}).odd_word == ""


def test_an_unknown_word_counts_as_running_and_is_told():
    report = parsing.report_in({"status": " Pondering "})
    assert (report.state, report.odd_word) == (RequestState.PROCESSING, "Pondering")
