"""Bodies of answers: read within limits, parsed without trust."""

import contextlib
import json
import time

import requests
from urllib3.exceptions import HTTPError

from modules.segmind.answers import without

# An answer is a small JSON object; a plan of the preview engine is the largest, at some kilobytes.
ANSWER_LIMIT = 4 * 2**20


class Body:
    """The body of an answer. `value` is its JSON, or None; `whole` says whether it came to its end; `raw`
    is what came."""

    def __init__(self, raw: bytes, whole: bool) -> None:
        self.raw = raw
        self.whole = whole
        self.value: object = None
        # A cut body that happens to parse, such as a number, is not trusted.
        with contextlib.suppress(ValueError, RecursionError):
            self.value = json.loads(raw) if whole else None

    def forget(self, secret: str) -> None:
        """Take `secret` out of everything, should the server have echoed it."""
        self.raw = without(self.raw.decode("utf-8", "replace"), secret).encode()
        try:
            self.value = without(self.value, secret)
        except RecursionError:
            self.value = None

    def message(self) -> str:
        """The human part of an error envelope (`error`, `message` or `detail`, with `error_description`),
        or ""."""
        if not isinstance(self.value, dict):
            return ""
        for name in ("error", "message", "detail", "error_description"):
            text = self.value.get(name)
            if isinstance(text, dict):
                text = text.get("message")
            if isinstance(text, str) and text.strip():
                more = self.value.get("error_description") if name == "error" else None
                return f"{text}: {more}" if isinstance(more, str) and more.strip() and more != text else text
        return ""


class Answer:
    """Status, headers and body of one HTTP answer."""

    def __init__(self, code: int, headers, body: Body) -> None:
        self.code = code
        self.headers = headers
        self.body = body


def json_bytes(value: object) -> bytes:
    """Strict JSON in UTF-8: no NaN, no surrogate halves. Raises ValueError before anything is sent."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def read_body(response: requests.Response, seconds: float, limit: int = ANSWER_LIMIT) -> Body:
    """Read an answer of at most `limit` bytes within `seconds`. Does not raise for the network: the body
    is then not whole."""
    deadline = time.monotonic() + seconds
    data = bytearray()
    try:
        # read1 hands over what has come; a plain read would wait for a full block, and the deadline with it.
        while chunk := response.raw.read1(65536, decode_content=True):
            data += chunk
            if len(data) > limit or time.monotonic() > deadline:
                return Body(bytes(data[:limit]), whole=False)
    except (HTTPError, OSError, ValueError):
        return Body(bytes(data), whole=False)
    finally:
        response.close()
    return Body(bytes(data), whole=True)
