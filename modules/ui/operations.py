"""What the person who runs the studio asks it: `/healthz`, and `/metrics` where STUDIO_METRICS is set."""

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from modules.health import FRESH_SECONDS
from modules.recent import Recent

_HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}


def operations(studio) -> list[Route]:
    """The routes of `studio` for those who run it."""

    async def healthz(request: Request) -> Response:
        health = await studio.health.now()
        return JSONResponse(health.told(), 200 if health.well else 503, _HEADERS)

    routes = [Route("/healthz", healthz)]
    if studio.settings.metrics:
        text = Recent(lambda: asyncio.to_thread(studio.metrics.text), FRESH_SECONDS)

        async def metrics(request: Request) -> Response:
            return Response(await text.value(), 200, _HEADERS, CONTENT_TYPE_LATEST)

        routes.append(Route("/metrics", metrics))
    return routes
