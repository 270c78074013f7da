"""Checks the JSON of an event before Gradio sees it: the right number of inputs, small, no files where none
belong.

Gradio parses, walks and keeps whatever is posted: a list of 100,000 pictures holds its event loop for
seconds, a dict with `__type__` is taken for an update of a component, a FileData with an address is
downloaded for any input, and a wrong number of arguments puts all of them, keys included, into a traceback.
All of that ends here, with a sentence.
"""

import inspect
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.api_component import Api

from modules.edit.request import is_url
from modules.edit.wording import encodable
from modules.secret import KEY_PATTERN, Tickets

MOST_VALUES = 3000
"""Of one call: the largest honest one, ten elements and twenty images with their files, has about 700."""
MOST_ITEMS = 100
MOST_DEPTH = 12
MOST_TOKEN = 128
API_FILES, API_SECRETS = frozenset({"video", "images", "elements"}), frozenset({"api_key", "access_code"})
"""Parameters of the endpoints made by gr.api whose values may hold files, and those that are secret."""
ADDED = "access_code"
"""The last input of `/edit`, which came later: callers that were written before it send one value less."""
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EVENT = (
    "event_data",
    "event_id",
    "trigger_id",
    "batched",
    "simple_format",
    "fn_index",
    "session_hash",
    "data",
    "oauth_token",
)


class InputRefused(Exception):
    """Raised for a request that is not passed on; `sentence` is the answer's body."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


@dataclass(frozen=True)
class _Input:
    """One input of a function. `secret`: it is a key, which Gradio must not see. `text`: anything may be
    typed. `choices`: the values that it may have beside None; empty when it has none to choose from."""

    name: str
    files: bool
    secret: bool
    text: bool
    in_api: bool
    token: bool = False
    choices: tuple = ()


class InputGate:
    """Knows the functions of `page`. `check(...)` gives the body to be passed on, with tickets in the
    place of keys. `folders`: where files may lie that are named; what they hold is checked later."""

    def __init__(self, page: gr.Blocks, tickets: Tickets, folders: Iterable[Path] = ()) -> None:
        self._tickets = tickets
        self._folders = tuple(os.path.join(os.path.realpath(folder), "") for folder in folders)
        self._functions = {number: _inputs_of(one) for number, one in page.fns.items()}
        self._by_name = {
            one.api_name: number
            for number, one in page.fns.items()
            if one.api_name and one.api_visibility == "public"
        }

    def check(self, body: bytes, endpoint: str | None, *, by_parameter: bool = False) -> bytes:
        """`endpoint`: the name in the path of /call, None for /queue/join, whose body names the function.
        `by_parameter`: the body is the parameters by name (/call/v2). Raises Refused."""
        call = checked_json(body)
        inputs = self._inputs(call, endpoint)
        session = call.get("session_hash")
        if session is not None and not (isinstance(session, str) and _SESSION.fullmatch(session)):
            raise InputRefused(422, "session_hash is not one that a page or a client makes.")
        if by_parameter:
            known = {one.name: one for one in inputs}
            if not call.keys() <= known.keys():
                raise InputRefused(422, f"This call takes {', '.join(known)} and was given other names.")
            return json.dumps(
                {name: self._checked(known[name], value) for name, value in call.items()}
            ).encode()
        data = call.get("data")
        if not isinstance(data, list):
            raise InputRefused(422, "The inputs of a call are a list called data.")
        if endpoint and len(data) == len(inputs) - 1 and inputs[-1].name == ADDED:
            data = [*data, ""]
        if len(data) != len(inputs):
            inputs = [one for one in inputs if one.in_api]
            if endpoint is None or len(data) != len(inputs):
                raise InputRefused(422, f"This call takes {len(inputs)} inputs and was given {len(data)}.")
        call["data"] = [self._checked(one, value) for one, value in zip(inputs, data, strict=True)]
        if endpoint is None and _holds_a_file(call.get("event_data")):
            raise InputRefused(422, "A file stands where none belongs.")
        return json.dumps({name: call[name] for name in _EVENT if name in call}).encode()

    def _may_be_named(self, path: Any) -> bool:
        """Gradio prints a traceback for each path of another folder, which costs a flooded server most of
        its time. None stands for no file."""
        if path is None or not self._folders:
            return True
        if not isinstance(path, str) or "\0" in path:
            return False
        if is_url(path):
            return True
        return os.path.realpath(path).startswith(self._folders)

    def _inputs(self, call: dict, endpoint: str | None) -> list[_Input]:
        number = call.get("fn_index") if endpoint is None else self._by_name.get(endpoint)
        if not isinstance(number, int) or number not in self._functions:
            raise InputRefused(404, "There is no such function.")
        return self._functions[number]

    def _checked(self, one: _Input, value: Any) -> Any:
        if one.token and not (value is None or (isinstance(value, str) and len(value) <= MOST_TOKEN)):
            raise InputRefused(422, "This is not a token that this page made.")
        if not one.files and _holds_a_file(value):
            raise InputRefused(422, f"A file stands where none belongs: {one.name}.")
        if one.files and not all(map(self._may_be_named, _paths_in(value))):
            raise InputRefused(422, f"A file of {one.name} was not uploaded here. Upload it again.")
        if one.secret and value:
            text = value if isinstance(value, str) else "not a text"
            return self._tickets.issue(encodable(text))
        if one.choices and value is not None and value not in one.choices:
            raise InputRefused(422, f"This is none of the choices of {one.name}.")
        # Gradio prints a file that it refuses, and what is printed is kept in a log.
        if not one.text and KEY_PATTERN.search(json.dumps(value)):
            raise InputRefused(422, f"A key stands where none belongs: {one.name}. Nothing was sent.")
        return value


def _paths_in(value: Any) -> Iterator[Any]:
    """The paths of what Gradio takes for files; what has no `meta` is left for the handlers to judge."""
    if isinstance(value, dict):
        if "path" in value and "meta" in value:
            yield value["path"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _paths_in(one)


def _inputs_of(function: Any) -> list[_Input]:
    names = _parameters(function.fn) if function.fn else []
    return [
        _input(block, names[at] if at < len(names) else block.elem_id or f"input {at + 1}")
        for at, block in enumerate(function.inputs)
    ]


def _input(block: Any, name: str) -> _Input:
    endpoint = isinstance(block, Api)
    password = isinstance(block, gr.Textbox) and block.type == "password"
    return _Input(
        name,
        name in API_FILES if endpoint else getattr(block, "takes_files", False),
        password or (endpoint and name in API_SECRETS),
        isinstance(block, gr.Textbox) or (endpoint and name not in API_FILES),
        not block.skip_api,
        isinstance(block, gr.BrowserState),
        tuple(value for _, value in block.choices) if isinstance(block, gr.Radio) else (),
    )


def _parameters(function: Callable) -> list[str]:
    """The names of what a handler is given, as far as it names each; not those that Gradio fills in
    itself."""
    return [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.annotation not in (gr.Request, gr.EventData)
        and parameter.kind is not inspect.Parameter.VAR_POSITIONAL
    ]


def whole_text(body: bytes) -> bytes:
    """A JSON body with what is no character (half of one, as JSON can name it) replaced by question marks: an
    answer that repeats it could not be sent. Raises InputRefused."""
    told = checked_json(body)
    if b"\\u" not in body:
        return body
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


def checked_json(body: bytes) -> dict:
    """The JSON object in `body`, no larger or deeper than an honest call. Raises InputRefused."""
    try:
        call = json.loads(body)
    except (ValueError, RecursionError):
        raise InputRefused(400, "The body is not JSON.") from None
    if not isinstance(call, dict):
        raise InputRefused(422, "The body of a call is a JSON object.")
    _count_values(call)
    return call


def _count_values(call: Any) -> None:
    """Raises Refused for more, longer or deeper than any page sends. Looks at no more than the limit
    itself."""
    left, seen = [(call, 0)], 0
    while left:
        value, depth = left.pop()
        seen += 1
        if isinstance(value, dict):
            if any(name.startswith("__") for name in value):
                raise InputRefused(
                    422, "A name in the inputs begins with two underscores, which no field of this page does."
                )
            inside = list(value.values())
        elif isinstance(value, list):
            inside = value
        else:
            continue
        if len(inside) > MOST_ITEMS or depth >= MOST_DEPTH or seen + len(left) > MOST_VALUES:
            raise InputRefused(
                422, f"The inputs hold more than this page takes: at most {MOST_ITEMS} entries in a list."
            )
        left.extend((one, depth + 1) for one in inside)


def _holds_a_file(value: Any) -> bool:
    """Whether Gradio would take some part of `value` for a file."""
    if isinstance(value, dict):
        return "path" in value or "meta" in value or any(map(_holds_a_file, value.values()))
    return isinstance(value, list) and any(map(_holds_a_file, value))
