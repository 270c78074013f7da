"""What an edit tells of the account that pays for it, and where a visitor's key is left: nowhere."""

import json
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.support.fake_upstream import FakeUpstream
from tests.support.raw_events import RawPage, fields, file_data
from tests.support.raw_requests import JOIN, ask_json, call
from tests.support.studio_app import CLIPS, KEY, running_app
from tests.support.upstream_faults import answer, echo_key
from tests.support.waiting import until

OWNER = "SG_feedfacefeedface"
CREDITS = 7321.5
CLIP = (CLIPS / "person_park_1280x720.mp4").read_bytes()
"""Five seconds, in a shape that is sent as it is."""


@pytest.fixture(scope="module")
def upstream():
    with FakeUpstream(durations=(0.1, 0.3), credits=CREDITS) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def app(tmp_path_factory, upstream):
    settings = {
        "SEGMIND_BASE_URL": upstream.url,
        "SEGMIND_STORAGE_URL": upstream.url,
        "SEGMIND_API_KEY": OWNER,
        "STUDIO_DAILY_BUDGET_USD": "1000",
    }
    with running_app(tmp_path_factory.mktemp("keys"), **settings) as app:
        yield app


@pytest.fixture(scope="module")
def page(app):
    return RawPage(app.url)


@pytest.fixture(scope="module")
def clip(page):
    return file_data(page.upload("clip.mp4", CLIP))


def edit_values(clip: dict, key: str = "") -> list:
    return ["winter", clip, "pro", "5", "16:9", False, "customize", [], [], key]


# -- what is the owner's


def tells_of_the_owner(told: object, upstream: FakeUpstream) -> list[str]:
    """What is in an answer that is only the payer's to know."""
    text = json.dumps(told)
    balance = re.search(r"(?<![\d.])7,?3\d\d\.\d", text)
    found = [what for what in ("remaining_credits", upstream.url, OWNER) if what in text]
    return [*found, balance[0]] if balance else found


@dataclass
class Edits:
    """What was answered to a call that the owner pays, to one that a visitor pays, and on the page."""

    owners: list
    visitors: list
    pages: list
    page: RawPage


@pytest.fixture(scope="module")
def edits(app, page, clip):
    other = page.another()

    def on_the_page() -> list:
        session, form = secrets.token_hex(6), fields(video=clip, prompt="rain")
        other.post("start", [other.visitor, "segmind", "", "", *form], session=session)
        return other.post("watch", [other.visitor, None], session=session)

    with ThreadPoolExecutor(3) as side_by_side:
        by_owner = side_by_side.submit(call, app.url, "edit", edit_values(clip))
        by_visitor = side_by_side.submit(call, app.url, "edit", edit_values(clip, KEY))
        watched = side_by_side.submit(on_the_page)
        return Edits(by_owner.result()[1], by_visitor.result()[1], watched.result(), other)


def test_an_edit_that_the_owner_pays_tells_nobody_of_the_owners_account(app, upstream, edits):
    told = edits.owners[1]
    assert told["stage"] == "COMPLETED" and told["payer"] == "owner", told
    _, looked = call(app.url, "job", [told["job_id"]])
    for job in (told, looked[0]):
        assert job["stage"] == "COMPLETED" and job["cost_usd"] is not None
        assert job.get("result_url") is None and tells_of_the_owner(job, upstream) == []


def test_the_page_tells_nobody_of_the_owners_account(upstream, edits):
    assert "Your edit is ready" in json.dumps(edits.pages)
    assert tells_of_the_owner(edits.pages, upstream) == []
    assert tells_of_the_owner(edits.page.history(), upstream) == []


def test_an_edit_that_a_visitor_pays_tells_that_visitor_all(upstream, edits):
    told = edits.visitors[1]
    assert told["stage"] == "COMPLETED" and told["payer"] == "visitor", told
    assert told["result_url"] == upstream.file_url
    assert told["metrics"]["remaining_credits"] == pytest.approx(CREDITS - told["cost_usd"])


def asked(upstream) -> int:
    return upstream.count("status") + upstream.count("result") + upstream.count("credits")


def test_a_request_is_not_followed_at_the_owners_expense(app, page, upstream):
    page, before, taken = page.another(), asked(upstream), []
    upstream.always("status", answer(404))
    try:
        for number in range(10):
            wanted = f"{secrets.token_hex(16)}{number}"
            told = page.values("follow", [page.visitor, "", wanted])
            if told is not None and "key" not in told[2]:
                taken.append(told[2])
        time.sleep(1.5)
    finally:
        upstream.clear("status")
    assert asked(upstream) == before and taken == [], f"{asked(upstream) - before} calls upstream"
    assert app.rows("SELECT 1 FROM jobs WHERE visitor = ?", page.visitor) == []


def test_a_request_is_followed_with_a_visitors_key(page, upstream):
    page, job = page.another(), upstream.accept({"duration": "3"}, KEY)
    told = page.values("follow", [page.visitor, KEY, job.id])
    assert told[2] == ""
    until(lambda: page.history()[0]["title"] == "Your edit is ready", 30)


# -- a visitor's key


def keys(number: int) -> list[str]:
    """Keys that no other test uses, so that each test finds only its own."""
    return [f"SG_{number:08x}{at:08x}" for at in range(40)]


def left_of(app, these: list[str]) -> list[str]:
    """Where one of these keys is found: names of files, and lines of the log."""
    time.sleep(0.3)  # what was printed is on its way through a pipe
    files = [path for path in app.data.rglob("*") if path.is_file()]
    kept = [path.name for path in files if any(key.encode() in path.read_bytes() for key in these)]
    return kept + [line[:300] for line in app.log.splitlines() if any(key in line for key in these)]


def test_a_call_with_too_few_values_leaves_no_key_in_the_log(app, page, clip):
    left, values = keys(1), edit_values(clip)
    for at in range(len(values)):
        ask_json(app.url, "/gradio_api/call/edit", {"data": [*values[:at], left[at]][-9:]})
        ask_json(app.url, "/gradio_api/call/edit", {"data": [*values[1:9], left[10 + at]]})
    ask_json(app.url, "/gradio_api/run/edit", {"data": [*values[1:9], left[20]]})
    events = {
        "start": [page.visitor, "segmind", left[21]],
        "act": [left[22]],
        "credits": ["segmind", left[23]],
        "follow": [page.visitor, left[24]],
        "estimate_all": ["segmind", left[25], "a", "b", "", ""],
        "start_all": [page.visitor, "segmind", left[26], "a"],
        "choose_engine": [left[27]],
        "lambda": [None, left[28], *fields()][:-1],
    }
    for event, data in events.items():
        page.post(event, data, seconds=10)
    assert left_of(app, left) == []


def test_a_value_of_another_kind_leaves_no_key_in_the_log(app, page, clip):
    left, form = keys(2), fields(prompt="")  # no edit begins with it
    odd_ones = ([left[0]], {"key": left[1]}, file_data(left[2]), {"path": left[3], "meta": left[3]})
    for at, odd in enumerate(odd_ones):
        ask_json(app.url, "/gradio_api/call/edit", {"data": [*edit_values(clip)[:9], odd]})
        page.post("start", [page.visitor, "segmind", odd, odd, *form], seconds=10)
        page.post("offer", ["segmind", odd, *form], seconds=10)
        page.post("credits", ["segmind", left[10 + at], odd, *form[1:]], seconds=10)
    for data in (left[20], {"key": left[21]}, [[left[22]]]):
        ask_json(app.url, JOIN, {**page.body("start", data, left[23]), "trigger_id": left[24]})
        ask_json(app.url, JOIN, {"data": [data], "fn_index": left[25], "session_hash": {"a": left[26]}})
    ask_json(app.url, "/gradio_api/call/edit", left[27])
    assert left_of(app, left) == []


def test_a_key_in_the_wrong_place_is_in_no_log(app, page, clip):
    """Pasted where it does not belong, in every kind: Gradio prints what a component refuses."""
    form, left = fields(prompt=""), keys(4)
    for place in range(1, len(form)):
        for kind in (str, lambda key: [key], lambda key: {"a": key}, file_data, lambda key: {"path": [key]}):
            odd = kind(left[place])
            page.post("offer", ["preview", "", *form[:place], odd, *form[place + 1 :]], seconds=10)
            page.post("code", ["curl", *form[:place], odd, *form[place + 1 :]], seconds=10)
    for odd in (left[20], [left[20]], {"a": left[20]}):
        page.post("offer", [odd, "", *form], seconds=10)
        page.post("choose_engine", ["", odd], seconds=10)
        page.post("code", [odd, *form], seconds=10)
        page.post("turn", [], {"page": odd}, seconds=10)
        page.post("resume", [], {"ids": odd}, seconds=10)
        page.post("example", [], {"id": odd}, seconds=10)
        page.post("act", [page.visitor, "", "", None], {"action": odd, "job_id": odd}, seconds=10)
        page.post("edits", [page.visitor, "", odd], seconds=10)
    assert left_of(app, left) == []


NAMES = [
    "prompt",
    "video",
    "mode",
    "duration",
    "aspect_ratio",
    "keep_audio",
    "shot_type",
    "images",
    "elements",
]


def test_a_call_by_name_leaves_no_key_in_the_log_and_none_on_the_disk(app, page, clip, upstream):
    left, right = keys(5), {"video": clip, "prompt": ""}  # no edit begins with it
    for at, name in enumerate(NAMES):
        for odd in (left[at], [left[at]], {"a": left[at]}, file_data(left[at]), [file_data(left[at])]):
            call(app.url, "edit", right | {name: odd, "prompt": ""} | {"api_key": left[20 + at]})
    for odd in (left[10], [left[11]], {"key": left[12]}, file_data(left[13])):
        call(app.url, "edit", right | {"api_key": odd})
        call(app.url, "edit", right | {"key": odd, "api_key": odd})
        call(app.url, "job", {"job_id": odd})
        call(app.url, "job", {"job_id": "x", "api_key": odd})
    call(app.url, "edit", right | {left[14]: 1})
    fresh = page.upload("clip.mp4", CLIP + b"\0\0\0\x0dfree by n")
    status, told = call(app.url, "edit", {"prompt": "winter", "video": file_data(fresh), "api_key": left[30]})
    assert status == 200 and told[1]["stage"] == "COMPLETED" and told[1]["payer"] == "visitor", told
    assert left[30] not in json.dumps(told) and left_of(app, left) == []


def test_an_edit_that_fails_leaves_no_key_in_the_log_and_none_on_the_disk(app, page, upstream):
    left, garbage = keys(3), echo_key(200, "not JSON: {key}", "text/html")
    rounds = [
        {"upload": [echo_key(400)], "submit": [echo_key(400), garbage]},
        {"status": [echo_key(422, '{"status": "FAILED", "error": "no {key}"}')]},
    ]

    def edit(key: str) -> None:
        # A clip of its own, or nothing would be uploaded again: the encoder's remark in its first packet, for
        # what lies beside the packets is not sent.
        remark = b"x264 - core"
        fresh = page.upload("clip.mp4", CLIP.replace(remark, secrets.token_hex(8)[:11].encode()))
        status, told = call(app.url, "edit", edit_values(file_data(fresh), key))
        assert status == 200 and told[1]["payer"] == "visitor" and key not in json.dumps(told), told
        assert told[1]["stage"] in ("FAILED", "UNCERTAIN"), told

    until(lambda: not app.rows("SELECT 1 FROM jobs WHERE running"), 60)  # or another edit meets the fault
    for faults in rounds:
        for route, these in faults.items():
            upstream.script(route, *these)
        with ThreadPoolExecutor(3) as side_by_side:
            list(side_by_side.map(edit, [left.pop() for these in faults.values() for _ in these]))
    assert left_of(app, keys(3)) == []
