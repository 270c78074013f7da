"""The MCP endpoint: the API's calls as tools for a language model, over MCP's streamable HTTP transport.

With the official SDK, not by Gradio's `mcp_server=True`: that answers a tool by calling this very server over
HTTP, so that everybody would come from the loopback address, and a key would be an argument that the model
sees and fills in. Here a tool runs in the request that asked for it, so an address's and a person's limits
hold as on the page, and a key comes in a header that the person set up. Stateless: every request stands for
itself, and replicas need to know nothing of each other.

Import only when the endpoint is on: the package `mcp` is optional.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from modules.address_limits import TooMany
from modules.edit.request import (
    ASPECT_RATIOS,
    AUTO_RATIO,
    DURATIONS,
    MAX_ELEMENTS,
    MAX_IMAGES,
    MAX_REFERENCES,
    MODES,
    PROMPT_LIMIT,
)
from modules.jobs.job import Job, Stage
from modules.jobs.view import JobView
from modules.secret import KEY_PATTERN, NO_SECRET, Secret
from modules.ui.api import EDIT_INPUTS, PARAMETERS
from modules.ui.api_calls import ApiCalls, Caller
from modules.ui.form import plain_text
from modules.ui.site_address import site_address
from modules.ui.visitor import identity_in

NAME = "kling-o3-video-edit"
LOOK_SECONDS = 5.0
"""A client hears of an edit at least this often, so that neither it nor a proxy gives up waiting."""
_KEY_HEADER, _CODE_HEADER = "x-api-key", "x-access-code"
_TEXT: dict[str, Any] = {"type": "string"}
_FILE = {"type": "string", "format": "uri"}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "prompt": _TEXT | {"maxLength": PROMPT_LIMIT},
    "video": _FILE,
    "mode": _TEXT | {"enum": list(MODES), "default": "pro"},
    "duration": _TEXT | {"enum": list(DURATIONS), "default": "5"},
    "aspect_ratio": _TEXT | {"enum": [*ASPECT_RATIOS, AUTO_RATIO], "default": AUTO_RATIO},
    "keep_audio": {"type": "boolean", "default": False},
    "shot_type": _TEXT | {"default": "customize"},
    "images": {"type": "array", "items": _FILE, "maxItems": MAX_IMAGES},
    "elements": {
        "type": "array",
        "maxItems": MAX_ELEMENTS,
        "items": {
            "type": "object",
            "properties": {
                "frontal_image": _FILE,
                "reference_images": {"type": "array", "items": _FILE, "maxItems": MAX_REFERENCES},
            },
            "required": ["frontal_image"],
        },
    },
    "job_id": _TEXT,
}
_DESCRIPTIONS = {
    "video": "The http(s) address of the clip: 3 s or longer, up to 200 MB. It must be reachable from here.",
    "images": "Addresses of up to ten pictures, which the prompt calls @Image1, @Image2 and so on.",
    "elements": "Up to ten characters or things with pictures of them, which the prompt calls @Element1 …",
    "job_id": "The job_id that submit or edit answered.",
}
_EDIT_DEFAULTS: dict[str, Any] = {
    name: schema.get("default") for name, schema in _SCHEMAS.items() if name in EDIT_INPUTS
}


class McpEndpoint:
    """`answer` is the ASGI application for a POST; `lifespan` must be entered around it."""

    def __init__(self, studio) -> None:
        self._studio, self._calls = studio, ApiCalls(studio)
        self._server: Server[Any, Any] = Server(NAME, instructions=_instructions(studio.engines.owner_pays))
        self._manager = StreamableHTTPSessionManager(self._server, stateless=True)
        self._server.list_tools()(self.tools)
        # What is wrong is said in sentences, all at once, by the same checks as everywhere.
        self._server.call_tool(validate_input=False)(self.call)

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[None]:
        async with self._manager.run():
            yield

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)

    async def tools(self) -> list[types.Tool]:
        """What a model is told of each tool."""
        pays = _who_pays(self._studio.engines.owner_pays)
        edit = (
            "Edit a video clip by a text prompt: swap the background or a character, change season, light, "
            "weather or style. Waits for the result, which takes seconds in the free preview and three to "
            f"four minutes on Kling O3, and reports progress meanwhile. {pays} An edit that was sent cannot "
            "be cancelled: call once, and if this call breaks off, ask `job` instead of editing again."
        )
        submit = f"Begin an edit as `edit` does, return its job_id at once; ask `job` for the result. {pays}"
        job = "The state of an edit by its job_id, and the address of the edited video once it is COMPLETED."
        estimate = "What an edit costs in US dollars, with the arithmetic, and who would pay. Sends nothing."
        check = (
            "Look at a clip without editing it: size, length, frame rate, what would be changed so that the "
            "model accepts it, and what stands in the way. Free."
        )
        reads = types.ToolAnnotations(readOnlyHint=True, openWorldHint=True)
        makes = types.ToolAnnotations(
            readOnlyHint=False, destructiveHint=False, idempotentHint=False, openWorldHint=True
        )
        of_an_edit = tuple(EDIT_INPUTS)
        return [
            _tool("edit", edit, of_an_edit, ("prompt", "video"), makes),
            _tool("submit", submit, of_an_edit, ("prompt", "video"), makes),
            _tool("job", job, ("job_id",), ("job_id",), reads),
            _tool("estimate", estimate, ("mode", "duration"), (), reads),
            _tool("check", check, ("video", "duration", "aspect_ratio"), ("video",), reads),
        ]

    async def call(self, name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        """Run a tool for the request that is being answered."""
        context = self._server.request_context
        request = context.request
        if not isinstance(request, Request):
            raise RuntimeError("a tool was called without an HTTP request")
        caller = self._caller(request)
        known = {one.name: one for one in await self.tools()}
        if name not in known:
            return _refused(f"There is no tool called “{name[:40]}”: {', '.join(known)}.")
        if unknown := [one for one in arguments if one not in known[name].inputSchema["properties"]]:
            return _refused(f"{name} takes no {', '.join(unknown)[:200]}. Nothing was sent.")
        if name in ("edit", "submit", "check"):
            try:
                self._studio.limits.call(caller.address)
            except TooMany as many:
                return _refused(many.sentence)
        if name == "edit":
            return await self._edit(caller, arguments, request)
        if name == "submit":
            return self._told(None, await self._calls.submit(caller, _EDIT_DEFAULTS | arguments), request)
        if name == "job":
            return self._told(*await self._calls.job(arguments.get("job_id")), request)
        if name == "estimate":
            asked = (arguments.get("mode", "pro"), arguments.get("duration", "5"))
            return _answered(await self._calls.estimate(caller, *asked))
        return _answered(
            await self._calls.check(
                caller,
                arguments.get("video"),
                arguments.get("duration", "5"),
                arguments.get("aspect_ratio", "auto"),
            )
        )

    async def _edit(
        self, caller: Caller, arguments: dict[str, Any], request: Request
    ) -> types.CallToolResult:
        begun = await self._calls.submit(caller, _EDIT_DEFAULTS | arguments)
        if not begun.job_id:
            return self._told(None, begun, request)
        seen, told = -1, 0.0
        while (job := await self._studio.changed(begun.job_id, seen, LOOK_SECONDS)) is not None:
            view, seen = self._studio.view(job), job.version
            if job.terminal or job.needs_key:
                return self._told(job, view, request)
            told = max(told + 0.01, _percent(view))
            await self._progress(told, f"{view.message} ({view.elapsed:.0f} s so far)")
        return _refused("This edit is not known here any more.")

    async def _progress(self, percent: float, message: str) -> None:
        context = self._server.request_context
        if context.meta and context.meta.progressToken is not None:
            await context.session.send_progress_notification(
                context.meta.progressToken, min(percent, 100.0), 100.0, message, str(context.request_id)
            )

    def _caller(self, request: Request) -> Caller:
        """Who asks: as the middleware found it, with the key and the code of the request's headers."""
        headers = request.headers
        bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
        key = headers.get(_KEY_HEADER, "").strip() or (bearer if KEY_PATTERN.fullmatch(bearer) else "")
        code = headers.get(_CODE_HEADER, "")
        return Caller(
            identity_in(request.scope, self._studio.identities),
            request.scope["client"][0],
            Secret(key) if key else NO_SECRET,
            Secret(code) if code else NO_SECRET,
        )

    def _told(self, job: Job | None, view: JobView, request: Request) -> types.CallToolResult:
        """A job as the answer of a tool, with a link to its video when that is here."""
        video = None
        if job is not None and job.stage == Stage.COMPLETED and job.result:
            video = f"{site_address(request)}/gradio_api/file={quote(job.result)}"
        answer = _answered(view.model_dump() | {"video_url": video}, error=view.stage == Stage.FAILED.value)
        if video:
            link = types.ResourceLink.model_validate(
                {"type": "resource_link", "uri": video, "name": "edited video", "mimeType": "video/mp4"}
            )
            answer.content.append(link)
        return answer


def _tool(
    name: str,
    description: str,
    inputs: tuple[str, ...],
    required: tuple[str, ...],
    annotations: types.ToolAnnotations,
) -> types.Tool:
    properties = {
        one: _SCHEMAS[one] | {"description": _DESCRIPTIONS.get(one) or PARAMETERS[one][0]} for one in inputs
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return types.Tool(name=name, description=description, inputSchema=schema, annotations=annotations)


def _answered(told: dict[str, Any], *, error: bool | None = None) -> types.CallToolResult:
    """Structured content, and what a model that reads text alone needs: a sentence first."""
    failed = bool(told.get("error")) if error is None else error
    lines = [str(told.get(name)) for name in ("message", "error", "arithmetic", "note") if told.get(name)]
    lines += [
        f"{name}: {told[name]}" for name in ("job_id", "stage", "charged", "video_url") if told.get(name)
    ]
    lines += [f"{one}" for one in told.get("changes", ())]
    return types.CallToolResult(
        content=[types.TextContent(type="text", text="\n".join(dict.fromkeys(lines)) or str(told))],
        structuredContent=told,
        isError=failed,
    )


def _refused(sentence: str) -> types.CallToolResult:
    return _answered({"error": plain_text(sentence)})


def _percent(view: JobView) -> float:
    """0..100, by the time to go where it is known."""
    if view.eta is None:
        return 100.0 * (view.progress or 0.0) * 0.99
    return 99.0 * view.elapsed / max(0.1, view.elapsed + view.eta)


def _who_pays(owner_pays: bool) -> str:
    if owner_pays:
        return (
            "Without a key of the user's own it is paid from the budget of this server's owner, within "
            "limits for each person; ask `estimate` first, and tell the user what it costs."
        )
    return (
        "Without a key the free preview engine makes it: image effects that follow the prompt, not Kling. "
        "Say so. With a key it is charged to that key: ask `estimate` first, and tell the user what it costs."
    )


def _instructions(owner_pays: bool) -> str:
    return (
        f"Edits short video clips by text. {_who_pays(owner_pays)} The user's Segmind key is set up in the "
        f"MCP client as the header {_KEY_HEADER} (an owner's access code as {_CODE_HEADER}); it is never an "
        "argument of a tool, and must not be asked for in the conversation."
    )
