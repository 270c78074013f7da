"""The body of a request: read whole within limits of size and time, and handed on as if it had just come."""

import asyncio
import contextlib

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from modules.ui.gate import InputRefused

BODY_BYTES = 2**20
_BODY_SECONDS = 30.0
_DRAIN_BYTES, _DRAIN_SECONDS, _DRAIN_PAUSE = 16 * 2**20, 5.0, 0.3
"""What keeps coming of a body that is refused is read on for a moment: closing at once would take the
answer with it."""


def body_length(scope: Scope) -> int | None:
    told = Headers(scope=scope).get("content-length", "")
    return int(told[:18]) if told.isdecimal() else None


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body. Raises Refused for one that is too large or too slow; nothing of it is kept then."""
    body, done, length = bytearray(), 0, body_length(scope) or 0
    too_large = length > BODY_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS if too_large else _BODY_SECONDS):
            while not too_large or max(done, length) <= _DRAIN_BYTES:
                message = await asyncio.wait_for(receive(), _DRAIN_PAUSE if too_large else None)
                if message["type"] == "http.disconnect":
                    raise InputRefused(400, "The request was given up.")
                done += len(message.get("body", b""))
                if done > BODY_BYTES:
                    too_large, body = True, bytearray()
                elif not too_large:
                    body += message.get("body", b"")
                if not message.get("more_body"):
                    if too_large:
                        break
                    return bytes(body)
    raise (
        InputRefused(413, "The request is larger than 1 MB, the most that is taken here.")
        if too_large
        else InputRefused(408, "The request arrives too slowly.")
    )


def replayed(body: bytes, receive: Receive) -> Receive:
    """An ASGI `receive` that gives `body` once, then what follows."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again
