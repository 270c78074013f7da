"""Rows of the request history, whatever envelope they come in."""

import json

import pytest

from modules.edit.request import SLUG
from modules.segmind.history import rows_in
from modules.segmind.parsing import RequestState

BODY = {"prompt": "Make it snow", "video_url": "https://files.test/a.mp4"}
ROW = {
    "request_id": "abcdef0123456789",
    "model_name": SLUG,
    "model_status": "COMPLETED",
    "credits_deduction": 2.1,
    "request_body": BODY,
    "generation_url": "https://files.test/out.mp4",
    "model_created": "2026-01-31T12:00:00Z",
}


@pytest.mark.parametrize(
    "envelope",
    [
        [ROW],
        {"data": [ROW]},
        {"data": {"items": [ROW], "total": 1}},
        {"page": 1, "filters": ["a"], "history": {"rows": [ROW]}},
        {"users": [{"id": 1}], "requests": [ROW]},
        ROW,
        {"data": ROW},
        {"result": {"request": ROW}},
    ],
)
def test_the_rows_are_found_in_any_envelope(envelope):
    (row,) = rows_in(envelope)
    assert (row.request_id, row.state, row.cost) == (ROW["request_id"], RequestState.COMPLETED, 2.1)
    assert row.body == BODY and row.video_url == ROW["generation_url"] and row.created_at == 1769860800.0


@pytest.mark.parametrize(
    "body", [json.dumps(BODY), {"input": BODY}, {"data": json.dumps(BODY)}, json.dumps({"payload": BODY})]
)
def test_the_inputs_may_be_text_or_lie_deeper(body):
    assert rows_in([{**ROW, "request_body": body}])[0].body == BODY


@pytest.mark.parametrize(
    "url",
    [["https://files.test/out.mp4"], '["https://files.test/out.mp4"]', {"url": "https://files.test/out.mp4"}],
)
def test_the_output_may_be_a_list_or_an_object(url):
    assert rows_in([{**ROW, "generation_url": url}])[0].video_url == "https://files.test/out.mp4"


@pytest.mark.parametrize(
    ("moment", "epoch"),
    [
        ("2026-01-31 12:00:00", 1769860800.0),
        ("2026-01-31T13:00:00+01:00", 1769860800.0),
        ("2026-01-31 12:00:00 UTC", 1769860800.0),
        ("Sat, 31 Jan 2026 12:00:00 GMT", 1769860800.0),
        (1769860800, 1769860800.0),
        (1769860800000, 1769860800.0),
        ("yesterday", None),
        (12, None),
        (True, None),
        (None, None),
    ],
)
def test_times_come_in_many_forms(moment, epoch):
    assert rows_in([{**ROW, "model_created": moment}])[0].created_at == epoch


def test_what_has_not_landed_is_unknown_and_not_wrong():
    (row,) = rows_in([{"request_id": "abcdef0123456789"}])
    assert (row.state, row.cost, row.video_url, row.body, row.created_at) == (None, None, None, {}, None)
    assert row.is_of(SLUG)


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        (SLUG, True),
        ("Kling O3 Video-to-Video Edit", True),
        ("kling-o3-video2video-edit-v2", True),
        ("kling-o3-image2video", False),
        ("sdxl1.0-txt2img", False),
    ],
)
def test_a_model_is_known_by_slug_or_title(name, ours):
    assert rows_in([{**ROW, "model_name": name}])[0].is_of(SLUG) is ours


def deep(levels: int) -> object:
    nested: object = [ROW]
    for _ in range(levels):
        nested = {"data": nested}
    return nested


@pytest.mark.parametrize(
    "body",
    [
        None,
        "text",
        7,
        [],
        {},
        {"data": None},
        [{"request_id": None}],
        [{"request_id": ["a"]}],
        [{"request_id": "x" * 300}],
        [{"request_id": True}],
        deep(500),
        {"data": [[]] * 100_000},
    ],
)
def test_what_holds_no_row_gives_none(body):
    assert rows_in(body) == []
