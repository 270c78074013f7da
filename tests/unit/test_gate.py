"""What an event may carry, and what a handler may answer, for the real page's functions."""

import asyncio
import contextlib
import inspect
import json
from types import SimpleNamespace

import gradio as gr
import pytest

from modules.secret import Tickets
from modules.settings import read_settings
from modules.studio import Studio
from modules.ui.gate import MOST_ITEMS, InputGate, InputRefused
from modules.ui.page import build_page

KEY = "SG_0123456789abcdef"
MARK = "planted-by-a-visitor"
HOSTILE = [
    {"__type__": "update", "value": MARK, "head": MARK, "html_template": MARK, "default_value": MARK},
    {"__dict__": {"value": MARK}, "__class__": MARK},
    {"path": f"/{MARK}", "meta": {"_type": "gradio.FileData"}, "url": MARK},
    {
        "images": [{"__type__": "update", "path": {"__type__": MARK}}],
        "elements": [{"name": {"__type__": "update", "head": MARK}, "frontal": {"__type__": MARK}}],
        "page": {"__type__": "update", "value": MARK},
        "ids": [{"__type__": "update", "head": MARK}],
        "id": {"__type__": "update", "head": MARK},
        "action": {"__type__": "update", "head": MARK},
        "job_id": {"__type__": MARK},
    },
    [{"__type__": "update", "head": MARK}] * 3,
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    studio = Studio(read_settings({"STUDIO_DATA_DIR": str(tmp_path_factory.mktemp("gate"))}))
    yield build_page(studio)
    studio.close()


@pytest.fixture
def gate(page):
    return InputGate(page, Tickets())


def number_of(page, name: str) -> int:
    return next(number for number, one in page.fns.items() if one.api_name == name)


def join(page, name: str, data: list, **more) -> bytes:
    return body_of(number_of(page, name), data, **more)


def body_of(number: int, data: list, **more) -> bytes:
    return json.dumps({"fn_index": number, "session_hash": "abc", "data": data, **more}).encode()


def updates_in(answer) -> list:
    """Every dict in `answer` that Gradio would take for an update of a component."""
    if isinstance(answer, dict):
        mine = [answer] if "__type__" in answer else []
        return mine + [one for value in answer.values() for one in updates_in(value)]
    return [one for value in answer for one in updates_in(value)] if isinstance(answer, list | tuple) else []


async def answers_of(function, inputs: list, odd) -> list:
    """What the function `function` of the page answers to `inputs`."""
    request = SimpleNamespace(session_hash="abc", client=SimpleNamespace(host="127.0.0.1"))
    given, left = [], list(inputs)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.annotation is gr.Request:
            given.append(request)
        elif parameter.annotation is gr.EventData:
            given.append(gr.EventData(None, odd))
        elif parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            given += left
            left = []
        elif left:
            given.append(left.pop(0))
    answer = function(*given)
    if inspect.isasyncgen(answer):
        return [one async for one in answer]
    return [await answer if inspect.isawaitable(answer) else answer]


@pytest.mark.parametrize("odd", HOSTILE, ids=lambda odd: str(odd)[:30])
def test_no_handler_gives_back_what_a_visitor_made_up(page, odd):
    tried = 0
    for function in page.fns.values():
        if function.fn is None:
            continue
        for at in range(len(function.inputs)):
            inputs = [odd if place == at else None for place in range(len(function.inputs))]
            try:
                answers = asyncio.run(answers_of(function.fn, inputs, odd))
            except (TypeError, ValueError, AttributeError):
                continue  # refused without an answer: what Gradio shows then is a general sentence
            tried += 1
            for update in updates_in(answers):
                assert MARK not in json.dumps(update, default=str), function.api_name
                assert set(update) <= {"__type__"}, (function.api_name, update)
    assert tried > 40


def test_keys_leave_as_tickets(page, gate):
    body = gate.check(
        json.dumps({"data": ["p", None, "pro", "5", "16:9", False, "x", [], [], KEY]}).encode(), "edit"
    )
    *_, key, access_code = json.loads(body)["data"]
    # A caller that was written before the last input came sends one value less.
    assert KEY not in body.decode() and key.startswith("ticket-") and access_code == ""
    by_name = gate.check(json.dumps({"prompt": "p", "api_key": KEY}).encode(), "edit", by_parameter=True)
    assert KEY not in by_name.decode() and json.loads(by_name)["api_key"].startswith("ticket-")
    with_key = [one for one in page.fns.values() if any(map(is_key, one.inputs))]
    assert len(with_key) > 10
    for function in with_key:
        data = [KEY if is_key(block) else None for block in function.inputs]
        assert KEY not in gate.check(body_of(function._id, data), None).decode(), function.api_name


def is_key(block) -> bool:
    return block.elem_id == "key"


@pytest.mark.parametrize("odd", [[KEY], {"a": KEY}, 7, True, KEY + "\ud800"], ids=ascii)
def test_a_key_of_another_kind_leaves_as_a_ticket_too(gate, odd):
    for name in ("edit by list", "edit by name"):
        by_name = name == "edit by name"
        call = (
            {"api_key": odd}
            if by_name
            else {"data": ["p", None, "pro", "5", "16:9", False, "x", [], [], odd]}
        )
        assert KEY not in gate.check(json.dumps(call).encode(), "edit", by_parameter=by_name).decode()


FILE = {"path": "/x.mp4", "meta": {"_type": "gradio.FileData"}}
PARAMETERS = ("prompt", "video", "mode", "duration", "aspect_ratio", "keep_audio", "shot_type")
PARAMETERS += ("images", "elements", "api_key")


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize("value", [FILE, [FILE], {"a": [FILE]}], ids=["file", "list", "deep"])
def test_a_file_in_a_call_stands_only_where_files_belong(gate, value, by_name):
    taken = []
    for name in PARAMETERS:
        data = [value if one == name else None for one in PARAMETERS]
        body = json.dumps({name: value} if by_name else {"data": data}).encode()
        with contextlib.suppress(InputRefused):
            gate.check(body, "edit", by_parameter=by_name)
            taken.append(name)
    assert taken == ["video", "images", "elements"]


def test_a_call_by_name_takes_its_own_names_only(gate):
    for odd in ("nobody", "request", "data", "session_hash", "fn_index", "event_data", KEY):
        with pytest.raises(InputRefused) as refused:
            gate.check(json.dumps({"prompt": "p", odd: "x"}).encode(), "edit", by_parameter=True)
        assert refused.value.status == 422 and KEY not in refused.value.sentence
    assert json.loads(gate.check(b"{}", "edit", by_parameter=True)) == {}


@pytest.mark.parametrize("name", ["start", "arrive", "lambda", "look", "nobody", ""])
def test_only_endpoints_have_a_name(gate, name):
    for by_name in (True, False):
        with pytest.raises(InputRefused) as refused:
            gate.check(b'{"data": []}', name, by_parameter=by_name)
        assert refused.value.status == 404


def test_a_key_where_none_belongs_is_refused(page, gate):
    """But for texts: what may be typed is for the handlers to judge."""
    function = page.fns[number_of(page, "code")]
    for at, block in enumerate(function.inputs):
        for odd in (KEY, [KEY], {"path": KEY, "meta": {"_type": "gradio.FileData"}}):
            data = [odd if place == at else None for place in range(len(function.inputs))]
            if isinstance(block, gr.Textbox) and isinstance(odd, str | list):
                gate.check(body_of(function._id, data), None)
            else:
                with pytest.raises(InputRefused) as refused:
                    gate.check(body_of(function._id, data), None)
                assert KEY not in refused.value.sentence


@pytest.mark.parametrize("odd", ["turbo", "Preview engine, free", "", 0, True, ["preview"], {"a": "preview"}])
def test_a_choice_is_one_of_those_offered(page, gate, odd):
    function = page.fns[number_of(page, "start")]
    radios = [at for at, block in enumerate(function.inputs) if isinstance(block, gr.Radio)]
    assert len(radios) == 5
    for radio in radios:
        data = [odd if at == radio else None for at in range(len(function.inputs))]
        with pytest.raises(InputRefused):
            gate.check(body_of(function._id, data), None)
        for _, value in function.inputs[radio].choices:
            data[radio] = value
            gate.check(body_of(function._id, data), None)


@pytest.mark.parametrize("data", [["a"], [None] * 3, {"a": 1}, "x", None])
def test_another_number_of_inputs_is_refused(page, gate, data):
    with pytest.raises(InputRefused) as refused:
        gate.check(join(page, "arrive", data) if data != ["a"] else join(page, "watch", data), None)
    assert refused.value.status == 422


@pytest.mark.parametrize(
    "value",
    [
        [0] * (MOST_ITEMS + 1),
        {str(n): n for n in range(MOST_ITEMS + 1)},
        [[0] * 90] * 90,
        {"a": {"__class__": 1}},
        {"images": [{"path": "/x"}] * 100_000},
    ],
)
def test_what_no_page_sends_is_refused(page, gate, value):
    count = len(page.fns[number_of(page, "code")].inputs)
    with pytest.raises(InputRefused):
        gate.check(join(page, "code", [None, value, *[None] * (count - 2)]), None)


def test_deep_json_is_refused(page, gate):
    with pytest.raises(InputRefused):
        gate.check(b'{"fn_index": 0, "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", None)


@pytest.mark.parametrize("token", [7, ["a"], {"value": "a"}, "a" * 1000])
def test_a_token_is_a_short_text(page, gate, token):
    with pytest.raises(InputRefused):
        gate.check(join(page, "arrive", [token]), None)
    assert gate.check(join(page, "arrive", [""]), None) and gate.check(join(page, "arrive", [None]), None)


@pytest.mark.parametrize("session", [7, "", "a" * 65, "a b", "../a", ["a"]])
def test_a_session_is_a_short_name(page, gate, session):
    with pytest.raises(InputRefused):
        gate.check(join(page, "arrive", [""], session_hash=session), None)


def test_a_file_stands_only_where_files_belong(page, gate):
    blocks = page.fns[number_of(page, "code")].inputs
    taken = []
    for at, block in enumerate(blocks):
        value = {"images": [FILE], "elements": []} if block.elem_id == "references" else FILE
        body = join(page, "code", [value if at == place else None for place in range(len(blocks))])
        with contextlib.suppress(InputRefused):
            gate.check(body, None)
            taken.append(block.elem_id)
    assert taken == ["clip", "references"]


@pytest.mark.parametrize("event", [FILE, [FILE], {"page": FILE}, {"ids": [{"a": FILE}]}])
def test_no_file_stands_in_what_an_event_tells(page, gate, event):
    for name in ("turn", "resume", "example"):
        with pytest.raises(InputRefused):
            gate.check(join(page, name, [], event_data=event), None)
        gate.check(join(page, name, [], event_data={"page": 2, "ids": ["a"], "id": "winter"}), None)


def test_a_file_of_another_folder_is_refused_before_gradio_sees_it(page, tmp_path):
    gate = InputGate(page, Tickets(), [tmp_path])

    def called(path) -> bytes:
        file = {"path": path, "meta": {"_type": "gradio.FileData"}}
        return gate.check(json.dumps({"video": file}).encode(), "edit", by_parameter=True)

    for path in ("", ".", "/etc/hostname", str(tmp_path), f"{tmp_path}/../x.mp4", "a\0b", 7, ["x"]):
        with pytest.raises(InputRefused, match="was not uploaded here"):
            called(path)
    for path in (str(tmp_path / "a.mp4"), "https://example.com/a.mp4", None):
        assert b"video" in called(path)
