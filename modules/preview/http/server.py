"""The HTTP interface of the preview engine: Segmind's v1 and v2 contract, its asset storage and its request
history, on one host.

What the contract leaves open is decided here. The key is judged before the content type, that before the
model, that before the body. A result that is asked for too early is answered with the status body. Request
ids carry 128 random bits and are not tied to the key that made them: keys are no accounts here. The limit of
submits per key counts `POST /v1/{slug}` and `POST /v2/{slug}` only.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future
from dataclasses import replace

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from modules.edit.request import SLUG
from modules.preview.http import answers, history
from modules.preview.http.access import utc_text, well_formed
from modules.preview.http.answers import Refusal
from modules.preview.http.data_urls import BodyError
from modules.preview.http.engine import Engine, EngineSettings
from modules.preview.http.intake import BadParameter, complete, read_submit, require_json
from modules.preview.http.uploads import Upload, drain
from modules.preview.queue.order import RenderProgress
from modules.preview.queue.sources import Fetcher, safe_fetcher
from modules.preview.store.files import media_type_of
from modules.preview.store.records import Record, RecordState, new_id

NOT_KLING = "These are preview edits made on this machine, not Kling's. Nothing is billed."
MODE_HEADER = "x-edit-mode"
"""With an upload: the mode that its first edit will have, `pro` (the default) or `std`."""
FILE_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, max-age=3600",
}

log = logging.getLogger(__name__)


def create_app(
    settings: EngineSettings,
    *,
    executor: Executor | None = None,
    make_fetcher: Callable[[], Fetcher] = safe_fetcher,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """The engine as an ASGI application; it renders while its lifespan runs."""
    endpoints = Endpoints(Engine(settings, executor=executor, make_fetcher=make_fetcher, clock=clock))
    return Starlette(
        routes=[
            Route("/", endpoints.about, methods=["GET"]),
            Route("/health", endpoints.health, methods=["GET"]),
            Route("/v1/get-user-credits", endpoints.credits, methods=["GET"]),
            Route("/v1/{slug}", endpoints.run_blocking, methods=["POST"]),
            Route("/v2/requests/{request_id}/status", endpoints.status, methods=["GET"]),
            Route("/v2/requests/{request_id}", endpoints.result, methods=["GET"]),
            Route("/v2/{slug}", endpoints.submit, methods=["POST"]),
            Route(history.PATH, endpoints.history, methods=["GET"]),
            Route(f"{history.PATH}/{{request_id}}", endpoints.history_row, methods=["GET"]),
            Route("/upload-asset", endpoints.upload, methods=["POST"]),
            Route("/files/{name}", endpoints.file, methods=["GET"]),
        ],
        exception_handlers={
            Refusal: answers.refused,
            HTTPException: answers.plain_http_error,
            Exception: answers.internal_error,
        },
        lifespan=endpoints.lifespan,
    )


class Endpoints:
    """The endpoints over one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._settings = engine.settings

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self.engine.start()
        sweeping = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.to_thread(self.engine.close)

    async def about(self, request: Request) -> Response:
        return JSONResponse(
            {
                "name": "preview engine",
                "about": f"Speaks Segmind's v1 and v2 contract for {SLUG}. {NOT_KLING}",
                "is_kling": False,
                "models": sorted(self._settings.slugs),
                "submit": f"POST /v2/{SLUG}",
                "upload": "POST /upload-asset",
            }
        )

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def credits(self, request: Request) -> Response:
        self._admit(request)
        return JSONResponse({"credits": self._settings.credits})

    async def submit(self, request: Request) -> Response:
        record, _ = await self._accept(request)
        urls = answers.links(request, record)
        return JSONResponse(
            {"request_id": record.id, "status": RecordState.QUEUED, "poll_url": urls["status_url"], **urls}
        )

    async def run_blocking(self, request: Request) -> Response:
        """v1: answers when the render has ended. A failed one is 500 with its sentence (CONTRACT,
        "Errors")."""
        record, end = await self._accept(request)
        if end is not None:
            await asyncio.shield(asyncio.wrap_future(end))
        record = self.engine.book.get(record.id) or record
        path = self.engine.store.find(record.output) if record.state is RecordState.COMPLETED else None
        if path is None:
            raise Refusal(
                500,
                record.error or "The preview engine stopped before the edit was finished.",
                {"x-request-id": record.id},
            )
        return FileResponse(
            path,
            media_type="video/mp4",
            headers={
                "x-request-id": record.id,
                "x-cost": "0.0",
                "x-remaining-credits": str(self._settings.credits),
                "x-generation-time": f"{record.inference_time:.3f}",
            },
        )

    async def status(self, request: Request) -> Response:
        record, progress = self._find(request)
        if record.state is RecordState.FAILED:
            return answers.failed(request, record)
        return JSONResponse(answers.status_body(request, record, progress))

    async def result(self, request: Request) -> Response:
        record, _ = self._find(request)
        if record.state is not RecordState.COMPLETED:
            return await self.status(request)
        return JSONResponse(answers.result_body(request, record, self._settings.credits))

    async def history(self, request: Request) -> Response:
        return history.listed(request, self.engine.book, self._admit(request), self.engine.clock())

    async def history_row(self, request: Request) -> Response:
        return history.one(request, self.engine.book, self._admit(request))

    async def upload(self, request: Request) -> Response:
        try:
            self._admit(request)
            require_json(request)
        except Refusal:
            await drain(request.stream())
            raise
        upload = Upload(self.engine.store, self._settings.max_upload_bytes)
        try:
            names = await upload.receive(request.stream())
        except BodyError as error:
            raise Refusal(400, f"Bad Request: {error}") from None
        except ClientDisconnect:
            return Response(status_code=400)
        except OSError:
            log.exception("An upload could not be stored")
            raise Refusal(
                500, "The upload could not be stored on this engine's disk. Try again later."
            ) from None
        return JSONResponse(
            {"file_urls": [answers.file_url(request, name) for name in names], "message": "Uploaded."},
            background=BackgroundTask(self.engine.uploaded, names, request.headers.get(MODE_HEADER, "")),
        )

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        path = self.engine.store.find(name)
        if path is None:
            raise Refusal(404, "File not found: the address is wrong, or the file has expired.")
        return FileResponse(path, media_type=media_type_of(name), headers=FILE_HEADERS)

    async def _accept(self, request: Request) -> tuple[Record, Future[None] | None]:
        """Everything that a submit goes through: its record, and the future of its end (None when it has
        ended)."""
        key = self._admit(request)
        require_json(request)
        self._require_model(request.path_params["slug"])
        if self._settings.credits <= 0:
            raise Refusal(406, "Insufficient credits: this engine was started with none.")
        reset = self.engine.limit.take(key)
        if reset is not None:
            raise Refusal(
                429,
                "Rate limit exceeded. Wait until the time in x-rate-limit-reset-at-utc.",
                {"x-rate-limit-reset-at-utc": utc_text(reset)},
            )
        given = await read_submit(request)
        store = self.engine.store
        record = Record(
            id=new_id(),
            slug=request.path_params["slug"],
            payload={},
            created=self.engine.clock(),
            output=store.new_name("mp4"),
            still=store.new_name("jpg"),
            account=history.account_of(key),
        )
        try:
            payload = complete(given)
        except BadParameter as error:
            self.engine.queue.refuse(record, str(error))
            return record, None
        inputs = self.engine.sources.own_files(payload, {request.url.netloc.lower()})
        record = replace(record, payload=payload, inputs=inputs)
        return record, self.engine.queue.accept(record)

    def _admit(self, request: Request) -> str:
        key = request.headers.get("x-api-key", "").strip()
        if not key:
            raise Refusal(
                401,
                "Unauthorized",
                error_description="API key is missing: send it in the header x-api-key. "
                "Bearer tokens are not accepted.",
                status_code=401,
            )
        if not well_formed(key):
            raise Refusal(401, "Invalid API key")
        return key

    def _require_model(self, slug: str) -> None:
        if slug in self._settings.retired:
            raise Refusal(410, f"Model {slug} has been retired.")
        if slug in self._settings.forbidden:
            raise Refusal(403, f"This account may not call {slug}.")
        if slug not in self._settings.slugs:
            raise Refusal(404, f"Model {slug[:100]} not found")

    def _find(self, request: Request) -> tuple[Record, RenderProgress]:
        self._admit(request)
        request_id = request.path_params["request_id"]
        found = self.engine.queue.find(request_id)
        if found is None:
            raise Refusal(404, f"Request {request_id[:100]} not found")
        return found

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self._settings.sweep_seconds)
            try:
                await asyncio.to_thread(self.engine.queue.sweep)
            except OSError:
                log.exception("Expired files could not be swept")
