"""The bodies that the engine answers with."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from modules.preview.queue.order import RenderProgress
from modules.preview.store.records import Record


class Refusal(Exception):
    """Raised to end a request with an answer other than 2xx, in the contract's envelope."""

    def __init__(
        self, status: int, error: str, headers: dict[str, str] | None = None, **more: object
    ) -> None:
        super().__init__(error)
        self.response = JSONResponse({"error": error, **more}, status, headers)


async def refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return refusal.response


def status_body(request: Request, record: Record, progress: RenderProgress) -> dict[str, Any]:
    """How a request stands. `progress`, `still_url` and `plan` are this engine's own."""
    return {
        "status": record.state,
        "request_id": record.id,
        **links(request, record),
        "metrics": timings(record) if record.done else {},
        "progress": {"frames_done": progress.frames_done, "frames_total": progress.frames_total},
        "still_url": file_url(request, record.still) if record.still_ready else None,
        "plan": record.plan,
    }


def result_body(request: Request, record: Record, credits: float) -> dict[str, Any]:
    """The result of a COMPLETED request. `plan` is this engine's own."""
    url = file_url(request, record.output)
    return {
        "status": record.state,
        "request_id": record.id,
        "output": url,
        "video": {
            "url": url,
            "content_type": "video/mp4",
            "file_name": record.output,
            "file_size": record.file_size,
        },
        "metrics": {
            "cost": 0.0,
            "remaining_credits": credits,
            **timings(record),
            "retry_count": record.restarts,
        },
        "plan": record.plan,
    }


def failed(request: Request, record: Record) -> Response:
    """A FAILED request: HTTP 422 with the sentence and the timings, and no cost (CONTRACT)."""
    return JSONResponse(
        {
            "status": record.state,
            "request_id": record.id,
            **links(request, record),
            "error": record.error,
            "metrics": timings(record),
        },
        422,
    )


def timings(record: Record) -> dict[str, Any]:
    total = max(0.0, (record.finished or record.created) - record.created)
    return {
        "inference_time": round(record.inference_time, 3),
        "queue_time": round(max(0.0, total - record.inference_time), 3),
        "total_time": round(total, 3),
    }


def links(request: Request, record: Record) -> dict[str, str]:
    response_url = f"{_base(request)}/v2/requests/{record.id}"
    return {"status_url": f"{response_url}/status", "response_url": response_url}


def file_url(request: Request, name: str) -> str:
    return f"{_base(request)}/files/{name}"


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


async def plain_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return HTMLResponse(
            "<!doctype html>\n<html><head><title>405 Method Not Allowed</title></head>"
            "<body><h1>Method Not Allowed</h1></body></html>\n",
            405,
            error.headers,
        )
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def internal_error(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "Internal Server Error"}, 500)
