"""The headers of every answer: what may run on the page, who may embed it; and the compressed document."""

import asyncio
import base64
import gzip
import hashlib
import json
import re
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from modules.ui.link_preview import with_preview

_SCRIPT = re.compile(rb"<script(?P<with>[^>]*)>(?P<code>.*?)</script>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class SecurityPolicy:
    """`origins`: whose pages may post here beside this host's own and Spaces'. `frame_ancestors`: who may
    embed the page beside Spaces. `head_scripts`: inline scripts that Gradio's page adds by itself. `login`:
    whether Hugging Face's login is on, whose routes then answer."""

    origins: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    head_scripts: tuple[str, ...] = ()
    login: bool = False

    def content_security(self, scripts: tuple[str, ...] = ()) -> str:
        """The CSP of an answer whose inline scripts have the hashes `scripts`.

        'unsafe-eval': gr.HTML runs its `js_on_load` through `new Function`. Styles are inline throughout
        Gradio's page. Inline scripts run by hash only, so none that a visitor's text could bring, nor an
        event attribute.
        """
        return (
            f"default-src 'self'; script-src 'self' 'unsafe-eval' {' '.join(scripts)}".rstrip()
            + "; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
            "font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; object-src "
            "'none'; "
            f"base-uri 'self'; form-action 'self'; {self._ancestors}"
        )

    def with_ancestors(self, own: str) -> str:
        """The CSP `own` of a file or page, and who may embed it unless it says so itself; without one that of
        all."""
        if "frame-ancestors" in own:
            return own
        return f"{own}; {self._ancestors}" if own else self.content_security()

    @property
    def _ancestors(self) -> str:
        named = ("'self'", "https://huggingface.co", "https://*.hf.space", *self.frame_ancestors)
        return f"frame-ancestors {' '.join(named)}"


class SecuredAnswer:
    """An ASGI `send` that adds the headers. With `whole` the body is held back until its scripts are hashed;
    with `zipped` it is then compressed, which Gradio leaves to a proxy (180 KB of page become 45). With
    `own_policy` it names what it may run and load itself: a file, or a page that is not Gradio's. `head_tags`
    take the place of Gradio's tags for previews of links."""

    def __init__(self, send: Send, policy: SecurityPolicy, head: tuple[str, ...]) -> None:
        self._send, self._policy, self._head = send, policy, head
        self.begun = self.whole = self.zipped = self.own_policy = False
        self.head_tags = ""
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
            headers["Permissions-Policy"] = (
                "camera=(self), microphone=(self), geolocation=(), payment=(), usb=(), serial=(), "
                "display-capture=()"
            )
            own = headers.get("Content-Security-Policy", "") if self.own_policy else ""
            headers["Content-Security-Policy"] = self._policy.with_ancestors(own)
            if self.whole:
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            start, self._start = self._start, None
            self._body = with_preview(self._body, self.head_tags)
            scripts = tuple(
                script_hash(one["code"]) for one in _SCRIPT.finditer(self._body) if b"src=" not in one["with"]
            )
            headers = MutableHeaders(scope=start)
            headers["Content-Security-Policy"] = self._policy.content_security((*scripts, *self._head))
            headers["Cache-Control"] = "private, no-cache"
            headers.add_vary_header("Accept-Encoding")
            headers["Content-Length"] = str(len(self._body))
            if self.zipped and "content-encoding" not in headers:
                self._body = await asyncio.to_thread(gzip.compress, self._body, 6, mtime=0)
                headers["Content-Encoding"], headers["Content-Length"] = "gzip", str(len(self._body))
            await self._send(start)
            message = {"type": "http.response.body", "body": self._body}
        await self._send(message)


class HeldAnswer:
    """An ASGI `send` that keeps a small answer until something is done that must come before it."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self._messages.append(message)

    def paths(self) -> list[str]:
        """The paths in the answer to an upload; none in any other."""
        try:
            told = json.loads(b"".join(message.get("body", b"") for message in self._messages))
        except ValueError:
            return []
        return [path for path in told if isinstance(path, str)] if isinstance(told, list) else []

    async def release(self, send: Send) -> None:
        for message in self._messages:
            await send(message)


def script_hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
