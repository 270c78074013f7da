"""What a visitor may send is of the right kind and number, and comes back as text at most."""

import json
import re
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.event_values import BEARERS, EDIT, REFUSED
from tests.support.raw_events import RawPage, file_data
from tests.support.raw_requests import ask_json, call
from tests.support.web_site import Site

MARK = "planted-by-a-visitor"
SCRIPT = f"<script>/*{MARK}*/window.owned = 1</script>"


@pytest.fixture(scope="module")
def web():
    site = Site()
    yield site
    site.close()


@pytest.fixture(scope="module")
def app(inputs_app):
    return inputs_app


@pytest.fixture(scope="module")
def page(app):
    return RawPage(app.url)


def test_a_file_where_a_token_belongs_is_refused_and_not_fetched(app, page, web):
    web.asked.clear()
    stored, taken = {path for path in app.temp.rglob("*") if path.is_file()}, []
    for event, data in BEARERS.items():
        file = file_data(f"http://127.0.0.1:{web.port}/{event}.mp4")
        for token in (file, {**file, "url": file["path"]}, [file], {"a": file}):
            session = secrets.token_hex(6)
            if page.join(event, data(token), session=session).status not in REFUSED:
                page.told(session)
                taken.append((event, token))
    assert {path for path, _ in web.asked} == set() and taken == []
    assert {path for path in app.temp.rglob("*") if path.is_file()} == stored


def test_a_token_that_is_no_short_text_is_refused(page):
    tokens = ["a" * 900_000, ["a"], {"a": 1}, 7, True, {"__type__": "update", "value": "a"}]
    taken = [
        (event, str(token)[:40])
        for event, data in BEARERS.items()
        for token in tokens
        if page.join(event, data(token)).status not in REFUSED
    ]
    assert taken == []


def test_a_file_where_a_text_belongs_in_a_call_is_refused_and_not_fetched(app, web):
    web.asked.clear()
    file = file_data(f"http://127.0.0.1:{web.port}/a.mp4")
    places = {"prompt": 0, "mode": 2, "duration": 3, "api_key": 9}
    answered = {
        place: call(app.url, "edit", [*EDIT[:at], file, *EDIT[at + 1 :]]) for place, at in places.items()
    }
    answered |= {
        f"{place} by name": call(app.url, "edit", {"prompt": "winter", place: file}) for place in places
    }
    answered["job_id"] = call(app.url, "job", [file])
    answered["job_id by name"] = call(app.url, "job", {"job_id": file})
    taken = {
        place: (status, told)
        for place, (status, told) in answered.items()
        if "FileData" in str(told) or not (status in REFUSED or (told and told[-1]["stage"] == "FAILED"))
    }
    assert taken == {} and web.asked == []


def test_a_call_with_another_number_of_values_is_refused(app):
    taken = [
        (name, data)
        for name, right in (("edit", EDIT), ("job", ["x"]))
        for data in ([], right[:-1], [*right, "", ""], [*right, *right], {}, {"prompt": "a"}, None, "abc", 7)
        if ask_json(app.url, f"/gradio_api/call/{name}", {"data": data}).status not in REFUSED
    ]
    assert taken == []


def test_a_call_by_name_with_a_name_that_it_does_not_have_is_refused(app):
    web_page = {"fn_index": 0, "data": ["x"], "session_hash": "abc", "event_data": {}, "trigger_id": 1}
    odd_names = (
        {"nobody": 1},
        {"request": {}},
        {"": 1},
        {"__class__": 1},
        *({k: v} for k, v in web_page.items()),
    )
    asked = [
        ask_json(app.url, f"/gradio_api/call/v2/{name}", {**right, **odd})
        for name, right in (("edit", {"prompt": "winter"}), ("job", {"job_id": "x"}))
        for odd in odd_names
    ]
    asked += [
        ask_json(app.url, "/gradio_api/call/v2/job", body) for body in ([], "x", None, 7, [{"job_id": "x"}])
    ]
    assert {answer.status for answer in asked} <= set(REFUSED)


@pytest.mark.parametrize("name", ["start", "arrive", "watch", "edits", "lambda", "start_all", "nobody"])
@pytest.mark.parametrize("by_name", [False, True])
def test_the_events_of_the_page_are_no_endpoints(app, name, by_name):
    assert call(app.url, name, {"visitor": "x"} if by_name else ["x"])[0] == 404


def test_an_event_with_another_number_of_values_is_refused(page):
    served = [function for function in page.config["dependencies"] if function["backend_fn"]]
    taken = [
        (function["api_name"], count)
        for function in served
        for right in [len(function["inputs"])]
        for count in {0, max(0, right - 1), right + 1, 2 * right, 1000} - {right}
        if page.join(function["id"], [None] * count).status not in REFUSED
    ]
    assert served and taken == []


def hostile(good: object) -> list:
    """Values that a handler could hand on, each with all that makes a handler take it for what it expects."""
    lure = {"images": [], "elements": [], "page": 1, "ids": [], "id": "winter", "value": MARK}
    lure |= good if isinstance(good, dict) else {}
    update = {"__type__": "update", "visible": True, "value": {"prompt": MARK}}
    whole, file = {**update, "head": SCRIPT}, file_data("/etc/passwd")
    plain = {"visible": True, "value": MARK, "default_value": MARK, "head": SCRIPT, "html_template": SCRIPT}
    return [
        {**lure, **whole},
        {"__type__": "update", "default_value": MARK, "value": MARK},
        {**lure, **plain, "images": [plain], "elements": [plain]},
        [plain, SCRIPT],
        SCRIPT,
        {**lure, **update, "html_template": SCRIPT, "js_on_load": SCRIPT, "__dict__": whole},
        {**lure, **file, "url": "file:///etc/passwd", "is_stream": True},
        {
            **lure,
            **dict.fromkeys([*lure, "constructor_args"], whole),
            "video": file,
            "images": [file, whole],
            "elements": [{"name": whole, "frontal": file, "references": [file]}],
        },
        [whole, file],
    ]


POWERS = {"__type__", "head", "html_template", "js_on_load", "__dict__", "default_value", "constructor_args"}
"""Entries by which a dict changes a component instead of being its value."""


CODE = {"__type__", "language", "value"}
"""The entries of an update of the code, which shows the visitor's own text as text."""


def given_back(value: object) -> list:
    """The dicts in an answer that would change a component, or name a file, as the visitor wished."""
    if isinstance(value, list):
        return [found for one in value for found in given_back(one)]
    if not isinstance(value, dict) or (value.keys() == CODE and isinstance(value["value"], str)):
        return []
    mine = MARK in json.dumps(value) and POWERS & value.keys()
    return [value] if mine or value.get("path") == "/etc/passwd" else given_back(list(value.values()))


def scripts_in(config: dict, number: int, told: list[dict]) -> list[str]:
    """What the answers `told` of the function `number` put into the page as HTML with a script of the
    visitor's. The components of the page's own build text nodes, those of Gradio show text."""
    html = {
        one["id"]
        for one in config["components"]
        if one["type"] == "html" and "studio" not in (one["props"].get("elem_classes") or [])
    }
    outputs = next(one["outputs"] for one in config["dependencies"] if one["id"] == number)
    shown = [
        json.dumps(value)
        for message in told
        for at, value in zip(outputs, (message.get("output") or {}).get("data") or [], strict=False)
        if at in html
    ]
    refusals = [str((message.get("output") or {}).get("error")) for message in told]
    return [text for text in (*shown, *refusals) if "<script" in text]


def posts_of(function: dict, usual: dict, most: int | None) -> Iterator[tuple]:
    """Every event of `function` with one hostile value in it: number, values, event data."""
    good = [usual[at] for at in function["inputs"]]
    for place, at in enumerate(function["inputs"]):
        for value in hostile(usual[at])[:most]:
            yield function["id"], [*good[:place], value, *good[place + 1 :]], None
    for value in hostile({})[:2]:
        yield function["id"], good, {**value, "id": value, "action": "open", "job_id": value, "page": value}
    plain = hostile({})[2]
    yield function["id"], good, {**plain, "id": plain, "ids": [plain, SCRIPT], "page": plain}


def test_no_function_gives_back_what_a_visitor_made_up(page):
    config = page.config
    usual = {one["id"]: one["props"].get("value") for one in config["components"]}
    usual |= {one["id"]: page.visitor for one in config["components"] if one["type"] == "browserstate"}
    seen, posts = set(), []
    for function in config["dependencies"]:
        if function["backend_fn"]:
            # The same handler at another event has a number at the end of its name.
            name = re.sub(r"_\d+$", "", function["api_name"])
            posts += posts_of(function, usual, 1 if name in seen else None)
            seen.add(name)
    assert len(posts) > 300

    def post(part: list[tuple]) -> list:
        found, session = [], secrets.token_hex(6)
        for one in part:
            told = page.post(*one, session)
            assert "root:x:0" not in json.dumps(told)
            mine = given_back([message.get("output") for message in told])
            found += [(one[0], each) for each in (*mine, *scripts_in(config, one[0], told))]
        return found

    with ThreadPoolExecutor(6) as side_by_side:
        found = [one for part in side_by_side.map(post, [posts[at::6] for at in range(6)]) for one in part]
    names = {function["id"]: function["api_name"] for function in config["dependencies"]}
    assert found == [], f"given back by {sorted({names[number] for number, _ in found})}: {found[:1]}"
