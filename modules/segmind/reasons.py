"""Reasons: what an answer says is wrong, whatever its shape, as one line and as messages by field.

Engines and the resellers behind them put a reason into `error`, `errors`, `detail`, `message` and more: as a
text, an object, a list of texts, a list of `{"loc": [...], "msg": "..."}` (FastAPI's validation errors, fal's
model errors), a map from fields to texts, or as JSON inside a text. All of these are read; none is shown
without having been cleaned. Answers are not trusted: depth and number of messages are bounded, HTML is left
out, control characters and keys are taken out.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from modules.edit.wording import shortened
from modules.redacted_logs import redact
from modules.secret import NO_SECRET, Secret
from modules.segmind.fields import field_at

WHOLE_CHARACTERS = 4000
"""The most that is kept of an engine's own words."""
QUOTE_CHARACTERS = 240
"""The most that is quoted of them inside a sentence."""
MOST_MESSAGES = 20
"""How many messages are read; more of them help nobody."""
_MOST_DEPTH = 8
_MOST_VALUES = 2000
"""How many values of an answer are looked at."""
_MOST_JSON = 100_000
"""Characters of a text that is tried as JSON."""
_MOST_CLEANED = 5 * WHOLE_CHARACTERS

# In the order in which they are told: a heading such as "Bad Request" before what it is about.
_MESSAGE_KEYS = (
    *("error", "title", "message", "msg", "error_message", "error_msg", "errorMessage", "reason"),
    *("fail_reason", "failure_reason", "task_status_msg", "status_msg", "detail", "details", "errors"),
    *("error_description", "description"),
)
_MAP_KEYS = ("error", "errors", "detail", "details")
_CODE_KEYS = ("code", "type", "error_type", "error_code", "errorCode")
_PLACE_KEYS = ("loc", "field", "param", "parameter", "property", "path", "location")
_INNER_KEYS = ("data", "result", "response", "output", "body")
"""Where a reason may lie when there is none beside the status."""
_NO_FIELDS = {
    *_CODE_KEYS,
    *_PLACE_KEYS,
    "status",
    "statusCode",
    "status_code",
    "url",
    "input",
    "ctx",
    "success",
}
_NOTHING = {
    "",
    "none",
    "null",
    "undefined",
    "[object object]",
    "ok",
    "success",
    "succeed",
    "succeeded",
    "error",
}
_HTML = re.compile(r"<(?:!doctype|html|head|body|title|script|style|center|div|h1|p)\b", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype|html|head|body|title|script|style)\b", re.IGNORECASE)
_INLINE = re.compile(r"</?(?:b|i|em|strong|span|code|a)\b[^<>]{0,200}>", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:p|br|div|center|h1|h2|h3|pre|ul|li)\b[^<>]{0,200}>", re.IGNORECASE)
_JSON = re.compile(r"^\s*\"|\{|\[[\[{\"]")
"""Where JSON inside a text begins: at its start, or after a heading such as `Error 422: {"detail": …`."""
_CODE = re.compile(r"[A-Za-z][\w.:-]{2,79}")


@dataclass(frozen=True)
class Reason:
    """What is wrong, in the engine's own words, fit to be shown (as text, never as HTML).

    `text`: one line of at most WHOLE_CHARACTERS, "" when no reason was given. `fields`: the messages that
    name a parameter of the model, as (name, message), such as ("elements[0].frontal_image_url", "not
    found"). `codes`: the machine's words for it, such as `content_policy_violation`, with spaces between.
    """

    text: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    codes: str = ""

    @property
    def quote(self) -> str:
        """`text`, short enough for a sentence."""
        return shortened(self.text, QUOTE_CHARACTERS)


@dataclass(frozen=True)
class _Message:
    """`place`: what it is about, as the answer says it. `heads`: it introduces those that follow."""

    text: str
    place: str = ""
    field: str | None = None
    heads: bool = False


def reason_in(value: object, secret: Secret = NO_SECRET) -> Reason:
    """The reason in a parsed answer, or in a text. Never raises. `secret` does not occur in what it gives."""
    read = _Reading(secret)
    found: dict[tuple[str, str], _Message] = {}
    for message in read.messages(value, 0):
        found.setdefault((message.place, message.text.casefold()), message)
        if len(found) == MOST_MESSAGES:
            break
    if not found:  # under names that nobody knows
        found = {("", text.casefold()): _Message(text) for text in read.any_texts(value)}
    messages = list(found.values())
    text = _joined(messages, read.left_out) or "; ".join(read.codes)
    fields = tuple((one.field, shortened(one.text, QUOTE_CHARACTERS)) for one in messages if one.field)
    return Reason(shortened(text, WHOLE_CHARACTERS), fields, " ".join(read.codes))


def plain_text(raw: bytes, content_type: str = "") -> str:
    """A body that is not JSON, when it is readable text; "" for HTML, the remains of JSON and bytes."""
    if "html" in content_type.lower():
        return ""
    try:
        text = raw.decode().strip()
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in text or text.startswith(("<", "{", "[{", '["', "[[")) else text


def _joined(messages: list[_Message], left_out: int) -> str:
    parts = []
    for message in messages:
        text = f"{message.place}: {message.text}" if message.place else message.text
        last = message is messages[-1] and not left_out
        parts.append(text if last else text.rstrip(" .;:") + (": " if message.heads else "; "))
    return "".join(parts) + (f"and {left_out:,} more" if left_out else "")


class _Reading:
    """One pass over one answer."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self.codes: list[str] = []
        self.left_out = 0
        self._seen = 0

    def messages(self, value: object, depth: int) -> Iterator[_Message]:
        self._seen += 1
        if depth > _MOST_DEPTH or self._seen > _MOST_VALUES:
            return
        if isinstance(value, str):
            yield from self._in_text(value, depth)
        elif isinstance(value, list):
            self.left_out = max(self.left_out, len(value) - MOST_MESSAGES)
            for one in value[:MOST_MESSAGES]:
                yield from self.messages(one, depth + 1)
        elif isinstance(value, dict):
            yield from self._in_object(value, depth)

    def any_texts(self, value: object, *, inside: bool = False, depth: int = 0) -> list[str]:
        """Texts anywhere below the places where reasons stand, whatever their names."""
        self._seen += 1
        if depth > _MOST_DEPTH or self._seen > 2 * _MOST_VALUES:
            return []
        if isinstance(value, str) and inside:
            line = self._line(value)
            return [line] if line else []
        if isinstance(value, int) and value >= 1000 and inside and depth == 1:  # below: only the HTTP status
            return [f"code {value}"]
        found: list[str] = []
        if isinstance(value, list):
            pairs: list[tuple[str, object]] = [("", one) for one in value[:MOST_MESSAGES]]
        else:
            pairs = list(islice(value.items(), 200)) if isinstance(value, dict) else []
        for name, one in pairs:
            if name in _CODE_KEYS or name in _PLACE_KEYS or len(found) >= MOST_MESSAGES:
                continue
            known = inside or (name in _MESSAGE_KEYS and bool(one))
            found += self.any_texts(one, inside=known, depth=depth + 1)
        return list(dict.fromkeys(found))[:MOST_MESSAGES]

    def _in_text(self, text: str, depth: int) -> Iterator[_Message]:
        opens = _JSON.search(text[:400]) if len(text) <= _MOST_JSON else None
        if opens:
            try:
                inner = list(
                    islice(self.messages(json.loads(text[opens.start() :]), depth + 1), MOST_MESSAGES)
                )
            except (ValueError, RecursionError):
                inner = []
            if inner:
                heading = self._line(text[: opens.start()]).rstrip(" :-(")
                yield from [_Message(heading, heads=True)] if heading else []
                yield from inner
                return
        if line := self._line(text):
            yield _Message(line)

    def _in_object(self, value: dict[Any, Any], depth: int) -> Iterator[_Message]:
        place, field = self._place(value)
        parts = [
            part
            for key in _MESSAGE_KEYS
            if (part := list(islice(self._at(key, value.get(key), depth), MOST_MESSAGES)))
        ]
        codes = [code for key in _CODE_KEYS if (code := self._code(value.get(key)))]
        self.codes += [code for code in codes if code not in self.codes and len(self.codes) < MOST_MESSAGES]
        if not parts and place and codes:
            parts = [[_Message(codes[0])]]
        if not parts and not place:
            parts = [
                list(islice(self.messages(value[key], depth + 1), MOST_MESSAGES))
                for key in _INNER_KEYS
                if isinstance(value.get(key), (dict, list))
            ]
        seen: set[str] = set()
        for number, part in enumerate(parts):
            alone = number == 0 and len(parts) > 1 and len(part) == 1 and not part[0].place
            for one in part:
                if one.place or one.text.casefold() not in seen:
                    seen.add(one.text.casefold())
                    yield _Message(one.text, one.place or place, one.field or field, one.heads or alone)

    def _at(self, key: str, value: object, depth: int) -> Iterator[_Message]:
        """What stands under a key of _MESSAGE_KEYS: a map from fields to texts is one of the shapes."""
        found = list(islice(self.messages(value, depth + 1), MOST_MESSAGES))
        if not found and isinstance(value, dict) and key in _MAP_KEYS:
            for name, told in islice(value.items(), MOST_MESSAGES):
                if name not in _NO_FIELDS and isinstance(told, (str, list)):
                    field, place = field_at(name), self._line(str(name)[:80])
                    texts = self.messages(told, depth + 2)
                    found += [
                        _Message(one.text, field or place, field) for one in islice(texts, MOST_MESSAGES)
                    ]
        yield from found

    def _place(self, value: dict[Any, Any]) -> tuple[str, str | None]:
        """What an object is about: as said, and as a parameter of the model when it is one."""
        for key in _PLACE_KEYS:
            if field := field_at(value.get(key)):
                return field, field
        loc = value.get("loc")
        if not isinstance(loc, (list, str)):
            return "", None
        parts = [loc] if isinstance(loc, str) else [one for one in loc[:8] if isinstance(one, (str, int))]
        while parts and parts[0] in ("body", "query", "input"):
            parts = parts[1:]
        return self._line(".".join(str(one)[:80] for one in parts)), None

    def _code(self, value: object) -> str:
        return self._line(value) if isinstance(value, str) and _CODE.fullmatch(value) else ""

    def _line(self, text: str) -> str:
        """One readable line, without keys; "" for what says nothing and for HTML."""
        # Before and after the characters are taken out: neither a cut nor a hidden character shows a key.
        text = redact(text, self._secret)[:_MOST_CLEANED]
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        line = redact(line, self._secret)
        if not _PAGE.search(line):  # a few tags around words are not a page
            line = " ".join(_BLOCK.sub(" ", _INLINE.sub("", line)).split())
        said = line.rstrip(".!").casefold() not in _NOTHING and not _HTML.search(line)
        return shortened(line, WHOLE_CHARACTERS) if said else ""
