"""An incremental reader of `{"data_urls": ["data:...;base64,...", ...]}`: bytes go in, decoded files come
out.

The body is never held: strings are decoded as they pass. Any JSON is accepted around the list (whitespace,
other keys in any order, escapes inside the strings); what is not JSON, or not base64, is refused with a
sentence.
"""

import binascii
import json
import re
from collections.abc import Callable, Generator
from functools import partial
from typing import Protocol, TypeVar

FIELD = "data_urls"
MAX_DEPTH = 64
MAX_HEADER = 1024
"""Characters of a data URL before its comma; `data:video/mp4;base64` has 21."""
BLOCK = 16 * 1024
"""Bytes of a string that are searched in one go: each escape in it has them searched anew."""
MAX_SCALAR = 64 * 1024
"""Bytes of a key, or of a number or word, that are kept to be checked."""

_SPACE = b" \t\r\n"
_SCALAR_END = re.compile(rb'[\s,\]}"\[{:]')
_HEADER = re.compile(r"data:[^,;]*(;[^,;]*)*;base64", re.IGNORECASE)
_SIMPLE_ESCAPES = dict(zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True))

T = TypeVar("T")
Parser = Generator[None, None, T]
"""A part of the grammar: it yields whenever it has read all that was fed, and returns what it read."""


class BodyError(ValueError):
    """Raised when the body is not what an upload looks like; `str(error)` is a sentence for the caller."""


class Sink(Protocol):
    """Takes one decoded file."""

    def write(self, data: bytes) -> object: ...

    def close(self) -> None: ...


class DataUrlReader:
    """Feed it the body piece by piece, then `finish()`. `open_sink()` is called once for each file, in
    order."""

    def __init__(self, open_sink: Callable[[], Sink]) -> None:
        self._open_sink = open_sink
        self._data = b""
        self._at = 0
        self._started = self._complete = False
        self._parser = self._document()

    def feed(self, data: bytes) -> None:
        """Read the next piece of the body. Raises BodyError; whatever the sink raises passes through."""
        if data:
            self._data, self._at = data if self._started else data.removeprefix(b"\xef\xbb\xbf"), 0
            self._started = True
            next(self._parser)

    def finish(self) -> None:
        """Say that the body is over. Raises BodyError when it was cut short."""
        if not self._complete:
            raise BodyError("The body is not complete JSON: it ends too early.")

    def _document(self) -> Parser[None]:
        mark = yield from self._mark()
        if mark != b"{":
            raise _invalid(mark, f'The body must be a JSON object: {{"{FIELD}": [...]}}.')
        yield from self._members(1)
        self._complete = True
        yield from self._mark()
        raise BodyError("The body is not valid JSON.")

    def _mark(self) -> Parser[bytes]:
        """The next byte that is not white space; it is not consumed."""
        while True:
            while self._at < len(self._data):
                if self._data[self._at] not in _SPACE:
                    return self._data[self._at : self._at + 1]
                self._at += 1
            yield

    def _take(self, count: int) -> Parser[bytes]:
        taken = b""
        while len(taken) < count:
            while self._at >= len(self._data):
                yield
            piece = self._data[self._at : self._at + count - len(taken)]
            self._at += len(piece)
            taken += piece
        return taken

    def _members(self, depth: int) -> Parser[None]:
        """An object; `depth` counts the open containers, this one included."""
        self._at += 1
        if (yield from self._ends(b"}")):
            return
        while True:
            if (yield from self._mark()) != b'"':
                raise BodyError("The body is not valid JSON.")
            key = bytearray()
            yield from self._string(partial(_extend, key))
            if (yield from self._mark()) != b":":
                raise BodyError("The body is not valid JSON.")
            self._at += 1
            if depth == 1 and key == FIELD.encode():
                yield from self._files()
            else:
                yield from self._value(depth)
            if not (yield from self._goes_on(b"}")):
                return

    def _elements(self, depth: int) -> Parser[None]:
        """A list, like `_members`."""
        self._at += 1
        if (yield from self._ends(b"]")):
            return
        yield from self._value(depth)
        while (yield from self._goes_on(b"]")):
            yield from self._value(depth)

    def _files(self) -> Parser[None]:
        """The list of data URLs."""
        mark = yield from self._mark()
        if mark != b"[":
            raise _invalid(mark, f"{FIELD} must be a list of data URLs.")
        self._at += 1
        if (yield from self._ends(b"]")):
            return
        while True:
            mark = yield from self._mark()
            if mark in (b"{", b"["):
                raise BodyError(f"Every entry of {FIELD} must be a data URL string.")
            if mark != b'"':
                raise _invalid(mark, f"{FIELD} must be a list of data URLs.")
            file = _DataUrl(self._open_sink)
            yield from self._string(file.write)
            file.close()
            if not (yield from self._goes_on(b"]")):
                return

    def _ends(self, end: bytes) -> Parser[bool]:
        """Whether a container that was just opened is empty."""
        empty = (yield from self._mark()) == end
        self._at += empty
        return empty

    def _goes_on(self, end: bytes) -> Parser[bool]:
        """Whether a container goes on after one of its values."""
        mark = yield from self._mark()
        if mark not in (b",", end):
            raise BodyError("The body is not valid JSON.")
        self._at += 1
        return mark == b","

    def _value(self, depth: int) -> Parser[None]:
        """Anything, which is checked and dropped."""
        mark = yield from self._mark()
        if mark == b'"':
            yield from self._string(lambda piece: None)
        elif mark in (b"{", b"["):
            if depth >= MAX_DEPTH:
                raise BodyError("The body is nested too deeply.")
            yield from (self._members if mark == b"{" else self._elements)(depth + 1)
        else:
            yield from self._scalar()

    def _scalar(self) -> Parser[None]:
        """A number or a word."""
        text, found = bytearray(), None
        while not found:
            while self._at >= len(self._data):
                yield
            found = _SCALAR_END.search(self._data, self._at)
            end = found.start() if found else len(self._data)
            text += self._data[self._at : end]
            self._at = end
            if len(text) > MAX_SCALAR:
                raise BodyError("The body has a number that is too long.")
        try:
            json.loads(text.decode("ascii"))
        except ValueError:
            raise BodyError("The body is not valid JSON.") from None

    def _string(self, take: Callable[[bytes], None]) -> Parser[None]:
        """A string, handed to `take` in decoded pieces."""
        self._at += 1
        while True:
            while self._at >= len(self._data):
                yield
            end = min(self._at + BLOCK, len(self._data))
            quote = self._data.find(b'"', self._at, end)
            end = end if quote < 0 else quote
            slash = self._data.find(b"\\", self._at, end)
            end = end if slash < 0 else slash
            if end > self._at:
                take(self._data[self._at : end])
            self._at = end
            if slash >= 0:
                self._at += 1
                take((yield from self._escape()))
            elif quote >= 0:
                self._at += 1
                return

    def _escape(self) -> Parser[bytes]:
        """The text of an escape, after its backslash."""
        (mark,) = yield from self._take(1)
        if mark in _SIMPLE_ESCAPES:
            return bytes([_SIMPLE_ESCAPES[mark]])
        try:
            if mark != ord("u"):
                raise ValueError
            return chr(int((yield from self._take(4)), 16)).encode("utf-8", "replace")
        except ValueError:
            raise BodyError("The body is not valid JSON: a string has an unknown escape.") from None


def _invalid(mark: bytes, sentence: str) -> BodyError:
    """What to say of a value that is not the expected one, or of no value at all."""
    return BodyError("The body is not valid JSON." if mark in b",:]}" else sentence)


def _extend(key: bytearray, piece: bytes) -> None:
    if len(key) + len(piece) > MAX_SCALAR:
        raise BodyError("The body has a key that is too long.")
    key += piece


class _DataUrl:
    """Decodes one data URL that arrives in pieces of any length into a sink, which is opened once the header
    is known to be right. White space is skipped, missing padding forgiven."""

    def __init__(self, open_sink: Callable[[], Sink]) -> None:
        self._open_sink = open_sink
        self._sink: Sink | None = None
        self._header = bytearray()
        self._carry = b""
        self._padded = False

    def write(self, piece: bytes) -> None:
        if self._sink is None:
            header, comma, piece = piece.partition(b",")
            self._header += header[: MAX_HEADER + 1]
            if len(self._header) > MAX_HEADER:
                raise BodyError(f"An entry of {FIELD} is not a data URL.")
            if not comma:
                return
            if not _HEADER.fullmatch(self._header.decode("utf-8", "replace").strip()):
                raise BodyError(f"An entry of {FIELD} is not a base64 data URL (data:<type>;base64,<data>).")
            self._sink = self._open_sink()
        text = self._carry + piece.translate(None, _SPACE)
        whole = len(text) & ~3
        self._carry = text[whole:]
        self._decode(self._sink, text[:whole])

    def close(self) -> None:
        if self._sink is None:
            raise BodyError(f"An entry of {FIELD} is not a data URL.")
        if self._carry:
            self._decode(self._sink, self._carry + b"=" * (4 - len(self._carry)))
        self._sink.close()

    def _decode(self, sink: Sink, text: bytes) -> None:
        if not text:
            return
        if self._padded:
            raise BodyError("A data URL goes on after the end of its base64 data.")
        try:
            data = binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error:
            raise BodyError("A data URL is not valid base64.") from None
        self._padded = text.endswith(b"=")
        sink.write(data)
