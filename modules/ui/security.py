"""ASGI middleware around Gradio's server: what may be asked of it, by whom and how much.

Gradio serves far more than this page needs, to everybody. The middleware stands outside of everything else,
Gradio's own included (`SecuredApp`), and passes on only what is listed here:
- routes of `_GET`, `_POST` and `_STREAMS`, and those of our own (`routes.py`); the query never names a deep
  link (Gradio would store a session's inputs);
- a POST from a page of this host or of an allowed origin, or from a program (which sends no Origin), and JSON
  only, which no page can send to another site unasked;
- a body of at most 1 MB that `gate.py` has looked through, or an upload that `upload_guard.py` guards;
- files by real path, from the folders meant for it, and as media only when they are media (`ServedFiles`).
Nothing that depends on a request is kept for another one.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from gradio.route_utils import CustomCORSMiddleware
from gradio.routes import App
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modules.address_limits import AddressLimits, TooMany
from modules.client_address import TrustedProxies, client_address
from modules.jobs.local_files import real_file
from modules.jobs.upload_owners import UploadOwners
from modules.media.read.file_types import type_named
from modules.ui.file_answer import answer_with
from modules.ui.gate import InputGate, InputRefused, whole_text
from modules.ui.light_session import LightSessions
from modules.ui.link_preview import page_preview
from modules.ui.person_cookie import PersonCookie
from modules.ui.request_body import body_length, read_body, replayed
from modules.ui.request_limits import PartCount, check_head
from modules.ui.response_headers import HeldAnswer, SecuredAnswer, SecurityPolicy, script_hash
from modules.ui.site_address import site_address, without_odd_hosts
from modules.ui.upload_guard import UploadGuard

log = logging.getLogger("studio")

_API = "/gradio_api"
_GET = re.compile(
    rf"/|/config/?|/(assets|static|svelte)/.+|/favicon\.ico|/manifest\.json|/robots\.txt|/pwa_icon(/\d+)?"
    rf"|({_API})?/theme\.css|{_API}/(info|openapi\.json|app_id|startup-events)/?"
)
_STREAMS = re.compile(rf"{_API}/(queue/data|heartbeat/[\w-]+|upload_progress|call/(v2/)?\w+/\w+)")
_LOGIN = re.compile(r"/login/(huggingface|callback)|/logout")
_CALL = re.compile(rf"{_API}/call/(?P<v2>v2/)?(?P<name>\w+)/?")
_POST = re.compile(rf"{_API}/(cancel|reset/?)")
_MCP = f"{_API}/mcp"
_COUNTED_CALLS = frozenset({"edit", "submit", "check"})
"""Calls that make this server work; the others only look something up."""
_JOIN, _UPLOAD, _FILE = (
    f"{_API}/queue/join",
    f"{_API}/upload",
    re.compile(rf"{_API}/file[=/](?P<name>.*)", re.DOTALL),
)
_SPACES = r"https://[a-z0-9-]+(\.[a-z0-9-]+)*\.hf\.space"


class ServedFiles:
    """The folders whose files may be fetched. `media_only`: of these, files with the suffix of a media
    type."""

    def __init__(self, uploads: Path, *media_only: Path) -> None:
        self._uploads, self._media_only = uploads.resolve(), tuple(folder.resolve() for folder in media_only)
        self.owners = UploadOwners(uploads)

    def find(self, name: str, browser: str = "") -> Path | None:
        """The file that `name` (an absolute path) leads to, links followed, when `browser` may see it."""
        path = real_file(name)
        if path is None or not self.owners.may_use(path, browser):
            return None
        if path.is_relative_to(self._uploads):
            # Unfinished files lie directly in it.
            return path if path.parent != self._uploads and not path.name.startswith(".") else None
        media = type_named(path) is not None
        kept = media or path.suffix == ".bin"  # a clip whose name said nothing
        return path if kept and any(path.is_relative_to(folder) for folder in self._media_only) else None


class SecuredApp(App):
    """Gradio's app inside `Security`, with light sessions, and without Gradio's CORS answers, which name
    every origin that asks."""

    def __init__(
        self, wrap: Callable[[ASGIApp], ASGIApp], policy: SecurityPolicy, routes: Sequence[Route] = ()
    ) -> None:
        super().__init__()
        self.router.routes.extend(routes)  # before Gradio's, which come later
        self.state_holder = LightSessions()
        self._wrap, self._policy = wrap, policy

    def build_middleware_stack(self) -> ASGIApp:
        unwanted: object = CustomCORSMiddleware
        self.user_middleware = [one for one in self.user_middleware if one.cls is not unwanted]
        return self._wrap(
            CORSMiddleware(
                super().build_middleware_stack(),
                allow_origins=self._policy.origins,
                allow_origin_regex=_SPACES,
                allow_methods=["GET", "POST"],
                allow_headers=["content-type"],
            )
        )


class Security:
    """See the module. One for the server."""

    def __init__(
        self,
        app: ASGIApp,
        policy: SecurityPolicy,
        gate: InputGate,
        uploads: UploadGuard,
        served: ServedFiles,
        limits: AddressLimits,
        proxies: TrustedProxies,
        cookie: PersonCookie,
        routes: Sequence[Route] = (),
        mcp: ASGIApp | None = None,
    ) -> None:
        self._app, self._policy, self._gate = app, policy, gate
        self._uploads, self._served, self._limits = uploads, served, limits
        self._proxies, self._cookie, self._routes = proxies, cookie, routes
        self._mcp = mcp
        self._head = tuple(script_hash(script.encode()) for script in policy.head_scripts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        scope = dict(scope)
        scope["client"] = (client_address(scope, self._proxies), 0)
        scope["headers"] = without_odd_hosts(scope["headers"])
        self._cookie.read(scope)
        answer = SecuredAnswer(send, self._policy, self._head)
        try:
            await self._answered(scope, receive, answer)
        except InputRefused as refused:
            await PlainTextResponse(refused.sentence, refused.status)(scope, receive, answer)
        except TooMany as many:
            await PlainTextResponse(many.sentence, 429, {"Retry-After": "10"})(scope, receive, answer)
        except Exception as error:
            if (
                answer.begun
            ):  # Gradio refuses a stream after it began to answer; a trace costs as much as a call
                log.warning("an answer broke off: %s", str(error.__cause__ or error)[:200])
                return
            await PlainTextResponse("Something went wrong on this server.", 500)(scope, receive, answer)
            raise

    async def _answered(self, scope: Scope, receive: Receive, send: "SecuredAnswer") -> None:
        check_head(scope)
        method, path = scope["method"], scope["path"].removeprefix(scope.get("root_path") or "")
        scope["query_string"] = safe_query(scope["query_string"], path)
        if method == "OPTIONS":
            await self._app(scope, receive, send)
        elif method in ("GET", "HEAD"):
            await self._got(scope, receive, send, path)
        elif method != "POST":
            raise InputRefused(405, "This method is not used here.")
        elif self._is_foreign(Headers(scope=scope)):
            raise InputRefused(403, "This page takes no orders from other sites.")
        else:
            await self._posted(scope, receive, send, path)

    async def _got(self, scope: Scope, receive: Receive, send: "SecuredAnswer", path: str) -> None:
        if asked := _FILE.fullmatch(path):
            found = await asyncio.to_thread(self._served.find, asked["name"], self._cookie.browser(scope))
            if found is None:
                raise InputRefused(404, "There is no such file here.")
            send.own_policy = True
            await (await asyncio.to_thread(answer_with, found))(scope, receive, send)
        elif any(route.matches(scope)[0] is Match.FULL for route in self._routes):
            send.own_policy = True
            await self._app(scope, receive, send)
        elif _STREAMS.fullmatch(path):
            with self._limits.hold("streams", scope["client"][0]):
                await self._streamed(scope, receive, send)
        elif _GET.fullmatch(path) or (self._policy.login and _LOGIN.fullmatch(path)):
            send.whole = path == "/" and scope["method"] == "GET"
            if send.whole:
                send.head_tags = page_preview(site_address(Request(scope)))
            send.zipped = send.whole and "gzip" in Headers(scope=scope).get("accept-encoding", "")

            async def with_cookie(message: Message) -> None:
                if send.whole and message["type"] == "http.response.start":
                    self._cookie.give(scope, message)
                await send(message)

            await self._app(scope, receive, with_cookie)
        elif self._mcp and path.rstrip("/") == _MCP:
            # A client asks here for a stream, and takes nothing else for a no.
            raise InputRefused(405, "Messages of MCP are posted here.")
        else:
            raise InputRefused(404, "There is nothing here.")

    async def _streamed(self, scope: Scope, receive: Receive, send: "SecuredAnswer") -> None:
        """Gradio tells in the stream that a session is not known, then raises: the line is not cut for that,
        which a browser takes for a broken connection."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            refused = isinstance(error, HTTPException) or isinstance(error.__cause__, HTTPException)
            if not (refused and send.begun):
                raise
            await send({"type": "http.response.body", "body": b""})

    async def _posted(self, scope: Scope, receive: Receive, send: "SecuredAnswer", path: str) -> None:
        if path.rstrip("/") == _UPLOAD:
            await self._uploaded(scope, receive, send)
            return
        if self._mcp and path.rstrip("/") == _MCP:
            await self._asked_by_a_model(self._mcp, scope, receive, send)
            return
        call = _CALL.fullmatch(path)
        if not (call or path == _JOIN or _POST.fullmatch(path)):
            raise InputRefused(404, "There is nothing here.")
        if call and call["name"] in _COUNTED_CALLS:
            self._limits.call(scope["client"][0])
        if (call or path == _JOIN) and not _is_json(Headers(scope=scope)):
            raise InputRefused(415, "The inputs of a call are JSON: send Content-Type: application/json.")
        body = await read_body(scope, receive)
        if call or path == _JOIN:
            # The event answers through a stream that may be read later; what it may do is the handlers' to
            # limit.
            body = self._gate.check(body, call and call["name"], by_parameter=bool(call and call["v2"]))
        kept = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding")]
        scope["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
        await self._app(scope, replayed(body, receive), send)

    async def _asked_by_a_model(
        self, mcp: ASGIApp, scope: Scope, receive: Receive, send: "SecuredAnswer"
    ) -> None:
        if not _is_json(Headers(scope=scope)):
            raise InputRefused(415, "A message of MCP is JSON: send Content-Type: application/json.")
        body = whole_text(await read_body(scope, receive))
        with self._limits.hold("streams", scope["client"][0]):  # an edit is answered for minutes
            await mcp(scope, replayed(body, receive), send)

    async def _uploaded(self, scope: Scope, receive: Receive, send: "SecuredAnswer") -> None:
        self._limits.call(scope["client"][0])
        with self._limits.hold("uploads", scope["client"][0]):
            arrival = await self._uploads.begin(body_length(scope), scope["client"][0], PartCount(scope))
            try:
                answer = HeldAnswer()
                await self._app(scope, arrival.wrap(receive), answer)
            finally:
                self._uploads.end(arrival)
            if arrival.refused:
                raise arrival.refused
            await asyncio.to_thread(self._served.owners.note, answer.paths(), self._cookie.browser(scope))
            await answer.release(send)

    def _is_foreign(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None:  # a program, unless a browser says of its page that it is another site's
            return headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if origin in self._policy.origins or re.fullmatch(_SPACES, origin):
            return False
        own = {headers.get("host"), (headers.get("x-forwarded-host") or "").split(",")[0].strip() or None}
        return urlsplit(origin).netloc not in own


def _is_json(headers: Headers) -> bool:
    """A form of another site can send text and forms without asking this one first, but no JSON."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def safe_query(query: bytes, path: str) -> bytes:
    """Without deep links. /info names its page: without one Gradio keeps the first caller's host for
    everybody."""
    pairs = query.decode("latin-1")
    if "deep" in unquote_plus(pairs).lower():
        pairs = urlencode(
            [
                pair
                for pair in parse_qsl(pairs, keep_blank_values=True)
                if pair[0].strip().lower() != "deep_link"
            ]
        )
    if path.rstrip("/") == f"{_API}/info" and "page" not in dict(parse_qsl(pairs, keep_blank_values=True)):
        pairs = f"{pairs}&page=".lstrip("&")
    return pairs.encode("latin-1")
