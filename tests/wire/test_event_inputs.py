"""What a visitor may send: little, of the right kinds, in their own name. It comes back as text at most."""

import contextlib
import hashlib
import json
import re
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.raw_events import (
    JOIN,
    JSON,
    RawPage,
    ask,
    ask_json,
    begun,
    call,
    fields,
    file_data,
    status_of,
)
from tests.support.studio_app import loopback_is_public, running_app
from tests.support.waiting import until
from tests.support.web_site import Site

MARK = "planted-by-a-visitor"
SCRIPT = f"<script>/*{MARK}*/window.owned = 1</script>"
REFUSED = (400, 413, 422)
CLIP = b"This is not a video. " * 50
"""Enough for an edit that is written down: what is in it, the edit finds out."""
EDIT = ["winter", None, "pro", "5", "16:9", False, "customize", [], [], ""]
"""What /edit is called with, in order."""


@pytest.fixture(scope="module")
def web():
    site = Site()
    yield site
    site.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    with running_app(folder / "data", **loopback_is_public(folder / "public")) as app:
        yield app


@pytest.fixture(scope="module")
def page(app):
    return RawPage(app.url)


@contextlib.contextmanager
def other_visitors(url: str) -> Iterator[list[float]]:
    """Somebody who asks for a style sheet again and again meanwhile: the seconds that each answer took."""
    waits, over = [], threading.Event()

    def look() -> None:
        while not over.is_set():
            began = time.monotonic()
            with contextlib.suppress(OSError):
                ask(url, "GET", "/theme.css", seconds=20)
            waits.append(time.monotonic() - began)
            time.sleep(0.02)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield waits
    finally:
        over.set()
        looking.join()


# -- of which kind

BEARERS = {
    "arrive": lambda token: [token],
    "edits": lambda token: [token, "", None],
    "start": lambda token: [token, "preview", "", "", *fields()],
    "watch": lambda token: [token, None],
    "watch_all": lambda token: [token, None],
    "act": lambda token: [token, "", "", None],
    "follow": lambda token: [token, "", "abcdefgh"],
    "start_all": lambda token: [token, "preview", "", "", "a", "", "", "", *fields()],
}
"""Events of which the first value is the visitor's token."""


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


# -- nothing is given back as it came


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


# -- values of another kind

LONG = "a" * 100_000
PICTURE = {"path": "https://example.com/a.png"}
ODD = {
    "radio": ["turbo", "", "Pro, better", LONG, 0, True, ["pro"], {"a": "pro"}, "\ud800"],
    "slider": [
        "",
        "5",
        "1e9",
        LONG,
        -3,
        0,
        2.5,
        1e308,
        float("nan"),
        float("inf"),
        True,
        [5],
        {"a": 5},
        [[]],
    ],
    "checkbox": ["", "no", 0, 2, -1, LONG, ["x"], {"a": True}],
    "textbox": [7, 1e308, True, ["a"], {"a": "b"}, [], {}, LONG, "\ud800", "a\0b", "<b>", "\u202e" * 9],
    "html": [
        *("text", 7, True, [], [PICTURE], {}, LONG),
        *({"images": odd, "elements": []} for odd in ("x", 7, {}, {"a": 1}, [None], ["x", 7, []], [{}] * 50)),
        *({"images": [], "elements": odd} for odd in ("x", 7, {}, [None], ["x"], [[]], [{}] * 50)),
        {
            "images": [{"url": PICTURE["path"]}],
            "elements": [{"name": [7], "frontal": 7, "references": {"a": 1}}],
        },
        {"images": [PICTURE] * 20, "elements": [{"frontal": PICTURE, "references": [PICTURE] * 9}]},
    ],
    "video": ["x", 7, True, [], {}, ["x"], [PICTURE], {"path": ""}, {"path": []}, {"video": None}, LONG],
}
"""Values that a component never has in the page, by its type; `html` is what holds the pictures."""
FORM_EVENTS = {
    "look": lambda page: ["preview", ""],
    "code": lambda page: ["curl"],
    "offer": lambda page: ["preview", ""],
    "credits": lambda page: ["preview", ""],
    "start": lambda page: [page.visitor, "segmind", "", ""],
    "estimate_all": lambda page: ["preview", "", "a", "b", "", ""],
    "start_all": lambda page: [page.visitor, "segmind", "", "", "a", "b", "", ""],
}
"""What events of the form are given before its fields. Without a key on Segmind, no edit begins."""


@pytest.mark.parametrize("event", FORM_EVENTS)
def test_a_value_of_another_kind_ends_in_a_refusal_or_a_sentence(app, page, event):
    """Gradio's components take what they like and refuse the rest; no handler may fail for what is taken."""
    types = {one["id"]: one["type"] for one in page.config["components"]}
    function = next(one for one in page.config["dependencies"] if one["id"] == page.number(event))
    kinds, printed = [types[number] for number in function["inputs"]], len(app.log)
    good = [*FORM_EVENTS[event](page), *fields(prompt="", video=page.uploaded(CLIP))]
    posts = [  # a choice and a clip may be refused for themselves, so they are not odd together with others
        [
            ODD[kind][at % len(ODD[kind])] if kind in these else usual
            for kind, usual in zip(kinds, good, strict=True)
        ]
        for these in (["radio"], ["video"], ["slider", "checkbox", "textbox", "html"])
        for at in range(max(len(ODD[kind]) for kind in these))
    ]
    session = secrets.token_hex(6)
    ends = [page.post(event, data, session=session, seconds=60)[-1] for data in posts]
    failed = [
        (data, end)
        for data, end in zip(posts, ends, strict=True)
        # Of a clip that it refuses Gradio says nothing.
        if end["msg"] != "refused"
        and not end["output"].get("data")
        and data[kinds.index("video")] == good[kinds.index("video")]
    ]
    assert failed == [] and len(posts) > 30
    assert re.findall(r'File ".*/modules/(?:edit|jobs|media|ui)/.*', app.log[printed:]) == []


EVENT_DATA = [
    *(None, "x", 7, [], {}, [{"page": 2}], {"a": 1}),
    *({"page": odd} for odd in (-1, 0, 10**12, 1.5, "2", "x", True, [2], {"a": 2}, None, LONG)),
    *(
        {"ids": odd}
        for odd in ("x", 7, {}, {"0": "x"}, [None, 7, [], {}], ["x"] * 90, [LONG, "a\0b", "\ud800"])
    ),
    *({"id": odd} for odd in ([], {}, 7, LONG, "../winter", "\ud800")),
    *({"action": odd, "job_id": odd} for odd in ([], {}, 7, LONG, "\ud800", "__class__")),
    *({"action": action, "job_id": LONG} for action in ("open", "cancel", "key", "again", "vary")),
]
"""What events of the page's own components tell: `turn`, `resume`, `example` and `act`."""


@pytest.mark.parametrize("event", ["turn", "resume", "example", "act"])
def test_what_an_event_tells_may_be_of_any_kind(app, page, event):
    data, printed = {"act": [page.visitor, "", "", None]}.get(event, []), len(app.log)
    session = secrets.token_hex(6)
    told = {ascii(odd)[:60]: page.post(event, data, odd, session, seconds=20)[-1] for odd in EVENT_DATA}
    assert {odd: one for odd, one in told.items() if not one["output"].get("data")} == {}
    assert 'File "' not in app.log[printed:]


def test_a_turned_page_and_a_resumed_comparison_hold_only_what_they_should(page):
    """The values are kept by the session, so the next event of it shows them."""
    session, edits, watched = secrets.token_hex(6), [page.visitor, "", None], [page.visitor, None]
    for odd in EVENT_DATA:
        page.post("turn", [], odd, session)
        shown = page.post("edits", edits, session=session)[-1]["output"]["data"][0]
        assert 1 <= shown["page"] <= shown["pages"], odd
        page.post("resume", [], odd, session)
        told = page.post("watch_all", watched, session=session, seconds=10)[-1]
        assert not told["output"]["data"][0].get("cells"), odd


SEARCHES = [
    *(
        "%",
        "_",
        "\\",
        "'; DROP TABLE jobs; --",
        '" OR 1=1 --',
        "\0",
        "\ud800",
        "<script>1</script>",
        "[",
        "(a",
        "*",
    ),
    *("a" * 900_000, " " * 10_000, "\u202e" * 300, 7, True, ["a"], {"a": "b"}, [], {}, None),
]


def test_a_search_may_be_any_text(app, page):
    printed, session = len(app.log), secrets.token_hex(6)
    for text in SEARCHES:
        told = page.post("edits", [page.visitor, text, None], session=session, seconds=20)[-1]
        shown = told["output"]["data"][0]
        assert isinstance(shown["jobs"], list) and len(shown["search"]) <= 200, (str(text)[:60], told)
        assert len(json.dumps(told)) < 20_000
    assert 'File "' not in app.log[printed:]


# -- in whose name


def test_a_token_that_the_server_made_is_kept(page):
    token = page.another().visitor
    assert isinstance(token, str) and 20 <= len(token) <= 300
    assert [page.values("arrive", [token])[0] for _ in range(2)] == [token, token]
    assert page.another().visitor != token


def forgeries(token: str) -> list[str]:
    def changed(at: int) -> str:
        return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]

    return [
        secrets.token_urlsafe(24),
        secrets.token_urlsafe(32),
        "a" * 32,
        "api-" + "0" * 24,
        "api-" + secrets.token_hex(12),
        token.swapcase(),
        changed(0),
        changed(len(token) // 2),
        token[1:],
        token[:-4],
        "none." + token.rsplit(".", 1)[-1],
        secrets.token_urlsafe(24) + token[32:],
    ]


def test_a_token_that_the_server_did_not_make_is_replaced(page):
    token, kept = page.another().visitor, []
    for forged in forgeries(token):
        for event in ("arrive", "start"):
            told = page.values(event, BEARERS[event](forged))
            if told is not None and (told[0] in (forged, token, "") or not isinstance(told[0], str)):
                kept.append((event, forged))
    assert kept == []


def test_a_job_is_never_written_down_under_a_made_up_token(app, page):
    clip = page.uploaded(CLIP)
    for forged in ("made-up-by-somebody-else-entirely", "api-" + "1" * 24):
        page.another(forged).start(video=clip, prompt=f"snow for {forged}")
        assert app.rows("SELECT visitor FROM jobs WHERE visitor = ?", forged) == []


@pytest.fixture(scope="module")
def nameless(app, page):
    """(job id, visitor) of edits of programs that call without a session, by every route that takes one."""
    file = file_data(page.upload("clip.mp4", CLIP))
    before = {row[0] for row in app.rows("SELECT job_id FROM jobs")}
    for route in ("call", "run", "api", "call", "run"):
        values = ["a secret prompt", file, "pro", "3", *EDIT[4:]]
        ask_json(app.url, f"/gradio_api/{route}/edit", {"data": values})
    ask_json(
        app.url, "/gradio_api/call/v2/edit", {"prompt": "a secret prompt", "video": file, "duration": "3"}
    )
    until(lambda: len({row[0] for row in app.rows("SELECT job_id FROM jobs")} - before) >= 2, 20)
    return [row for row in app.rows("SELECT job_id, visitor FROM jobs") if row[0] not in before]


def names_for_programs(nameless: list[tuple[str, str]]) -> list[str]:
    """What such a program was called once, a digest of nothing and its address; and what it is called now."""
    known = ["None:127.0.0.1", ":127.0.0.1", "None:", ":"]
    guesses = ["api-" + hashlib.sha256(one.encode()).hexdigest()[:24] for one in known]
    return guesses + [visitor for _, visitor in nameless if visitor.startswith("api-")]


def test_programs_without_a_session_share_no_identity(nameless):
    visitors = [visitor for _, visitor in nameless]
    assert len(set(visitors)) == len(visitors) and not set(visitors) & set(names_for_programs([])), visitors


def test_nobody_lists_the_prompts_of_programs(page, nameless):
    for token in names_for_programs(nameless):
        assert "a secret prompt" not in str(page.post("edits", [token, "", None])), token


def test_nobody_touches_the_edits_of_programs(app, page, nameless):
    told = []
    for token in names_for_programs(nameless):
        for job_id, _ in nameless:
            told += [
                token
                for action in ("reuse", "forget")
                if "a secret prompt" in str(page.another(token).act(action, job_id))
            ]
    assert app.rows("SELECT job_id FROM jobs WHERE hidden") == [] and told == []


# -- how much. Last, since what is not refused keeps the server busy for a while

BODIES = [JOIN, "/gradio_api/call/edit", "/gradio_api/call/job", "/gradio_api/cancel", "/gradio_api/reset"]


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(app):
    answered = {}
    for target in BODIES:
        for length in (2**20 + 1, 20_000_000, 10**15):
            with begun(app.url, target, {**JSON, "Content-Length": str(length)}, b'{"data": ["') as line:
                answered[target, length] = status_of(line, 1)
    assert {request: status for request, status in answered.items() if status != 413} == {}


def test_a_body_that_says_nothing_of_its_length_is_counted(app):
    piece, answered = b"10000\r\n" + b" " * 65536 + b"\r\n", {}
    for target in BODIES:
        with begun(app.url, target, {**JSON, "Transfer-Encoding": "chunked"}, *[piece] * 20) as line:
            answered[target] = status_of(line, 2)
    assert {target: status for target, status in answered.items() if status != 413} == {}


def test_a_body_of_almost_a_megabyte_is_still_taken(app):
    filled = b'{"data": ["x"]' + b" " * 900_000 + b"}"
    assert ask(app.url, "POST", "/gradio_api/call/job", JSON, filled).status == 200


def test_large_bodies_do_not_keep_others_waiting(app, page):
    form = fields(references={"images": [{"path": "a" * 20}] * 300_000, "elements": []})
    large = json.dumps(page.body("start", [page.visitor, "preview", "", "", *form])).encode()

    def post(_) -> int:
        with contextlib.suppress(OSError):
            return ask(app.url, "POST", JOIN, JSON, large, seconds=20).status
        return 0

    with other_visitors(app.url) as waits, ThreadPoolExecutor(5) as five:
        codes = list(five.map(post, range(5)))
    seen = f"{codes} to {len(large):,} bytes, and somebody else waited {max(waits):.1f} s"
    assert max(waits) < 2 and set(codes) <= {0, 413}, seen


MANY = [f"{n:05}" for n in range(100_000)]
BY_NAME = {"prompt": "winter"}
CALLS = {
    "images by name": BY_NAME | {"images": MANY},
    "elements by name": BY_NAME | {"elements": MANY},
    "images": [*EDIT[:7], MANY, [], ""],
    "elements": [*EDIT[:7], [], MANY, ""],
    "lists": [*EDIT[:7], [["a"]] * 100_000, [], ""],
    "references": [*EDIT[:7], [], [{"frontal_image": "a", "reference_images": MANY}], ""],
}


@pytest.mark.parametrize("which", CALLS)
@pytest.mark.alone
def test_a_hundred_thousand_pictures_in_one_call_are_refused_at_once(studio, which):
    assert len(json.dumps({"data": CALLS[which]})) < 10**6
    began = time.monotonic()
    with other_visitors(studio.url) as waits:
        status, told = call(studio.url, "edit", CALLS[which])
    took, count = time.monotonic() - began, len(told[1]["problems"]) if told else 0
    seen = f"{status}, {count:,} problems after {took:.1f} s, and somebody else waited {max(waits):.1f} s"
    assert max(waits) < 2 and took < 5 and count <= 20, seen
    assert status in (*REFUSED, 429) or (told[1]["stage"] == "FAILED" and count), seen


@pytest.mark.parametrize("event", ["start", "start_all", "code"])
@pytest.mark.alone
def test_a_hundred_thousand_pictures_in_one_event_are_refused_at_once(studio, event):
    page = RawPage(studio.url)
    images, elements = [{"path": name} for name in MANY[:45_000]], [{}] * 40_000
    form, prompts = fields(references={"images": images, "elements": elements}), ["a", "b", "", ""]
    start = [page.visitor, "preview", "", ""]
    before = {"start": start, "start_all": [*start, *prompts], "code": ["curl"]}
    began = time.monotonic()
    with other_visitors(studio.url) as waits:
        told = page.post(event, [*before[event], *form], seconds=12)
    took, size = time.monotonic() - began, len(json.dumps(told))
    seen = f"{size:,} bytes after {took:.1f} s, and somebody else waited {max(waits):.1f} s"
    assert max(waits) < 2 and took < 5 and size < 20_000, seen
