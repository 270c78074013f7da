"""Values of another kind than the page sends end in a refusal or a sentence, and no handler fails."""

import json
import re
import secrets

import pytest

from tests.support.event_values import CLIP
from tests.support.raw_events import RawPage, fields


@pytest.fixture(scope="module")
def app(inputs_app):
    return inputs_app


@pytest.fixture(scope="module")
def page(app):
    return RawPage(app.url)


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
