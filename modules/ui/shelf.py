"""What is the same for every visitor is made once: the page's document, and the parts of Gradio's that it loads.

Gradio renders the document anew for each visitor (60 ms, 180 KB, sent as it is) and compresses each part anew; here both are kept,
compressed, in this process, and a part, whose name changes with its content, may stay in the browser for good. Nothing is kept that
belongs to a visitor: neither answers to events nor files, and a document only for requests that would get the very same one.
"""

from collections import OrderedDict
from dataclasses import dataclass

import brotli

MOST = 16
"""Documents kept: one for each address that the page is reached by."""
PARTS = 400
"""Parts kept; Gradio has about as many, 5 MB compressed."""
_QUALITY = 6
_TELLING = (b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server")
"""What Gradio's document depends on: its own address stands in it."""


@dataclass(frozen=True)
class _Kept:
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Shelf:
    """ASGI middleware. Only plain GETs of browsers that take Brotli, as all do, are served from here."""

    def __init__(self, app) -> None:
        self._app = app
        self._documents: OrderedDict[tuple, _Kept] = OrderedDict()
        self._parts: OrderedDict[tuple, _Kept] = OrderedDict()

    async def __call__(self, scope, receive, send) -> None:
        place = self._place(scope)
        if place is None:
            await self._app(scope, receive, send)
            return
        key, shelf, most = place
        if key not in shelf:
            made = await self._made(scope, receive, send)
            if made is None:
                return
            shelf[key] = made
            while len(shelf) > most:
                shelf.popitem(last=False)
        shelf.move_to_end(key)
        await send({"type": "http.response.start", "status": 200, "headers": list(shelf[key].headers)})
        await send({"type": "http.response.body", "body": shelf[key].body})

    def _place(self, scope) -> tuple[tuple, OrderedDict, int] | None:
        """Under which key an answer is kept, where, and how many are at most; None when it is not."""
        if scope["type"] == "http" and scope["method"] == "GET":
            headers = dict(scope["headers"])
            if b"br" in headers.get(b"accept-encoding", b"") and b"range" not in headers:
                personal = b"access-token" in headers.get(b"cookie", b"") or b"deep_link" in scope["query_string"]
                if scope["path"] == "/" and not personal:
                    told = tuple(pair for pair in scope["headers"] if pair[0] in _TELLING)
                    return (scope["scheme"], scope.get("root_path"), told), self._documents, MOST
                if scope["path"].startswith("/assets/"):
                    return (scope["path"],), self._parts, PARTS
        return None

    async def _made(self, scope, receive, send) -> _Kept | None:
        """The app's answer, compressed; None when it was another one than is kept, and has been passed on."""
        begun, body = None, bytearray()

        async def take(message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and message["status"] == 200:
                begun = message
            elif begun is None:
                await send(message)
            else:
                body.extend(message.get("body", b""))

        await self._app({**scope, "extensions": {}}, receive, take)
        if begun is None:
            return None
        kept = {name.lower(): value for name, value in begun["headers"]}
        if b"content-encoding" in kept or b"set-cookie" in kept:
            await send(begun)
            await send({"type": "http.response.body", "body": bytes(body)})
            return None
        squeezed = brotli.compress(bytes(body), quality=_QUALITY)
        kept |= {b"content-encoding": b"br", b"content-length": str(len(squeezed)).encode(), b"vary": b"Accept-Encoding"}
        if scope["path"] != "/":
            kept[b"cache-control"] = b"public, max-age=31536000, immutable"
        return _Kept(list(kept.items()), squeezed)
