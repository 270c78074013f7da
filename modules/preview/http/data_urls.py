"""An incremental reader of `{"data_urls": ["data:...;base64,...", ...]}`: bytes go in, decoded files come
out.

The body is never held: strings are decoded as they pass. Any JSON is accepted around the list (whitespace,
other keys in any order, escapes inside the strings); what is not JSON, or not base64, is refused with a
sentence.
"""

import binascii
import json
import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

FIELD = "data_urls"
MAX_DEPTH = 64
MAX_HEADER = 1024
"""Characters of a data URL before its comma; `data:video/mp4;base64` has 21."""
MAX_SCALAR = 64 * 1024
"""Bytes of a key, or of a number or word, that are kept to be checked."""

_SPACE = b" \t\r\n"
_SCALAR_END = re.compile(rb'[\s,\]}"\[{:]')
_HEADER = re.compile(r"data:[^,;]*(;[^,;]*)*;base64", re.IGNORECASE)
_SIMPLE_ESCAPES = {
    b'"': b'"',
    b"\\": b"\\",
    b"/": b"/",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
}


class BodyError(ValueError):
    """Raised when the body is not what an upload looks like; `str(error)` is a sentence for the caller."""


class Sink(Protocol):
    """Takes one decoded file."""

    def write(self, data: bytes) -> object: ...

    def close(self) -> None: ...


class _Want(Enum):
    VALUE = auto()
    VALUE_OR_END = auto()
    KEY = auto()
    KEY_OR_END = auto()
    COLON = auto()
    COMMA_OR_END = auto()
    NOTHING = auto()


class _Role(Enum):
    KEY = auto()
    DATA = auto()
    IGNORED = auto()


class DataUrlReader:
    """Feed it the body piece by piece, then `finish()`. `open_sink()` is called once for each file, in
    order."""

    def __init__(self, open_sink: Callable[[], Sink]) -> None:
        self._open_sink = open_sink
        self._want = _Want.VALUE
        self._containers = bytearray()
        self._key = b""
        self._field_open = False
        self._role: _Role | None = None
        self._scalar: bytearray | None = None
        self._escape = b""
        self._text = bytearray()
        self._file: _Base64File | None = None
        self._started = False

    def feed(self, data: bytes) -> None:
        """Read the next piece of the body. Raises BodyError; whatever the sink raises passes through."""
        if not self._started and data:
            self._started = True
            data = data.removeprefix(b"\xef\xbb\xbf")
        at = 0
        while at < len(data):
            if self._role is not None:
                at = self._read_string(data, at)
            elif self._scalar is not None:
                at = self._read_scalar(data, at)
            elif data[at] in _SPACE:
                at += 1
            else:
                at = self._read_mark(data, at)

    def finish(self) -> None:
        """Say that the body is over. Raises BodyError when it was cut short."""
        if self._scalar is not None or self._role is not None or self._want is not _Want.NOTHING:
            raise BodyError("The body is not complete JSON: it ends too early.")

    def _read_mark(self, data: bytes, at: int) -> int:
        mark = data[at : at + 1]
        want = self._want
        if mark == b'"' and want in (_Want.VALUE, _Want.VALUE_OR_END, _Want.KEY, _Want.KEY_OR_END):
            self._open_string()
        elif mark in (b"{", b"[") and want in (_Want.VALUE, _Want.VALUE_OR_END):
            self._open_container(mark)
        elif (
            mark == b"}" and want in (_Want.KEY_OR_END, _Want.COMMA_OR_END) and self._containers[-1:] == b"{"
        ) or (
            mark == b"]"
            and want in (_Want.VALUE_OR_END, _Want.COMMA_OR_END)
            and self._containers[-1:] == b"["
        ):
            self._close_container()
        elif mark == b":" and want is _Want.COLON:
            self._want = _Want.VALUE
        elif mark == b"," and want is _Want.COMMA_OR_END:
            self._want = _Want.KEY if self._containers[-1:] == b"{" else _Want.VALUE
        elif want in (_Want.VALUE, _Want.VALUE_OR_END) and mark not in (b",", b":", b"]", b"}"):
            self._refuse_if_expected("a list of data URLs")
            self._scalar = bytearray()
            return at
        else:
            raise BodyError("The body is not valid JSON.")
        return at + 1

    def _open_container(self, mark: bytes) -> None:
        if not self._containers and mark != b"{":
            raise BodyError(f'The body must be a JSON object: {{"{FIELD}": [...]}}.')
        if self._field_open:
            raise BodyError(f"Every entry of {FIELD} must be a data URL string.")
        if len(self._containers) == 1 and self._key == FIELD.encode():
            if mark != b"[":
                raise BodyError(f"{FIELD} must be a list of data URLs.")
            self._field_open = True
        if len(self._containers) >= MAX_DEPTH:
            raise BodyError("The body is nested too deeply.")
        self._containers += mark
        self._want = _Want.KEY_OR_END if mark == b"{" else _Want.VALUE_OR_END

    def _close_container(self) -> None:
        self._containers.pop()
        if len(self._containers) == 1:
            self._field_open = False
        self._after_value()

    def _after_value(self) -> None:
        if len(self._containers) == 1:
            self._key = b""
        self._want = _Want.COMMA_OR_END if self._containers else _Want.NOTHING

    def _refuse_if_expected(self, what: str) -> None:
        if not self._containers:
            raise BodyError(f'The body must be a JSON object: {{"{FIELD}": [...]}}.')
        if self._field_open or (len(self._containers) == 1 and self._key == FIELD.encode()):
            raise BodyError(f"{FIELD} must be {what}.")

    def _open_string(self) -> None:
        self._text.clear()
        if self._want in (_Want.KEY, _Want.KEY_OR_END):
            self._role = _Role.KEY
        elif self._field_open:
            self._role = _Role.DATA
            self._file = None
        else:
            self._refuse_if_expected("a list of data URLs")
            self._role = _Role.IGNORED

    def _read_string(self, data: bytes, at: int) -> int:
        if self._escape:
            return self._read_escape(data, at)
        quote = data.find(b'"', at)
        end = len(data) if quote < 0 else quote
        slash = data.find(b"\\", at, end)
        if slash >= 0:
            self._take(data[at:slash])
            self._escape = b"\\"
            return slash + 1
        self._take(data[at:end])
        if quote >= 0:
            self._close_string()
            return quote + 1
        return end

    def _read_escape(self, data: bytes, at: int) -> int:
        needed = 6 if self._escape.startswith(b"\\u") else 2
        piece = data[at : at + needed - len(self._escape)]
        self._escape += piece
        if len(self._escape) == 2 and self._escape != b"\\u":
            if self._escape[1:] not in _SIMPLE_ESCAPES:
                raise BodyError("The body is not valid JSON: a string has an unknown escape.")
            self._take(_SIMPLE_ESCAPES[self._escape[1:]])
            self._escape = b""
        elif len(self._escape) == 6:
            try:
                code = int(self._escape[2:], 16)
            except ValueError:
                raise BodyError("The body is not valid JSON: a string has an unknown escape.") from None
            self._take(chr(code).encode("utf-8", "replace"))
            self._escape = b""
        return at + len(piece)

    def _take(self, piece: bytes) -> None:
        if not piece or self._role is _Role.IGNORED:
            return
        if self._role is _Role.KEY:
            if len(self._text) + len(piece) > MAX_SCALAR:
                raise BodyError("The body has a key that is too long.")
            self._text += piece
            return
        if self._file is None:
            self._text += piece[: MAX_HEADER + 1]
            comma = self._text.find(b",")
            if comma < 0:
                if len(self._text) > MAX_HEADER:
                    raise BodyError(f"An entry of {FIELD} is not a data URL.")
                return
            if not _HEADER.fullmatch(self._text[:comma].decode("utf-8", "replace").strip()):
                raise BodyError(f"An entry of {FIELD} is not a base64 data URL (data:<type>;base64,<data>).")
            self._file = _Base64File(self._open_sink())
            before = len(self._text) - len(piece[: MAX_HEADER + 1])
            piece = piece[comma + 1 - before :]
        self._file.write(piece)

    def _close_string(self) -> None:
        role, self._role = self._role, None
        if role is _Role.KEY:
            if len(self._containers) == 1:
                self._key = bytes(self._text)
            self._want = _Want.COLON
            return
        if role is _Role.DATA:
            if self._file is None:
                raise BodyError(f"An entry of {FIELD} is not a data URL.")
            self._file.close()
            self._file = None
        self._after_value()

    def _read_scalar(self, data: bytes, at: int) -> int:
        found = _SCALAR_END.search(data, at)
        end = found.start() if found else len(data)
        scalar = self._scalar = (self._scalar or bytearray()) + data[at:end]
        if len(scalar) > MAX_SCALAR:
            raise BodyError("The body has a number that is too long.")
        if found:
            try:
                json.loads(scalar.decode("ascii"))
            except ValueError:
                raise BodyError("The body is not valid JSON.") from None
            self._scalar = None
            self._after_value()
        return end


class _Base64File:
    """Decodes base64 that arrives in pieces of any length. White space is skipped, missing padding
    forgiven."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._carry = b""
        self._padded = False

    def write(self, piece: bytes) -> None:
        text = self._carry + piece.translate(None, _SPACE)
        whole = len(text) & ~3
        self._carry = text[whole:]
        self._decode(text[:whole])

    def close(self) -> None:
        if self._carry:
            self._decode(self._carry + b"=" * (4 - len(self._carry)))
        self._sink.close()

    def _decode(self, text: bytes) -> None:
        if not text:
            return
        if self._padded:
            raise BodyError("A data URL goes on after the end of its base64 data.")
        try:
            data = binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error:
            raise BodyError("A data URL is not valid base64.") from None
        self._padded = text.endswith(b"=")
        self._sink.write(data)
