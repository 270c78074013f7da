"""The request history of the preview engine: the two calls that tell what became of an account's requests.

An account is a key here: a key sees the requests that were made with it, and no others. Rows stay as long as
the files do, longer than the hour in which a request is known by its id.
"""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from modules.preview.http.answers import Refusal, file_url, timings
from modules.preview.store.records import Record, RecordBook, RecordState

PATH = "/inference-request/request-history"
_WINDOW = timedelta(days=31)
_DEFAULT_WINDOW = timedelta(days=7)
_SORTED_BY = ("model_created", "model_name", "credits_deduction")
_STATUSES = ("COMPLETED", "FAILED", "PENDING")


def account_of(key: str) -> str:
    """The name under which the requests of a key are kept; a key cannot be had from it."""
    return hashlib.blake2b(key.encode(), digest_size=16, person=b"preview-history").hexdigest()


def one(request: Request, book: RecordBook, key: str) -> Response:
    """The row of a request of this account, of any age that is remembered."""
    wanted = request.path_params["request_id"]
    for record in book.history(account_of(key)):
        if record.id == wanted:
            return JSONResponse(row_of(request, record))
    raise Refusal(404, f"Request {wanted[:100]} not found")


def listed(request: Request, book: RecordBook, key: str, now: float) -> Response:
    """A page of this account's rows, newest first unless asked otherwise."""
    asked = request.query_params
    page, size = (
        _whole("page", asked.get("page", "1"), 10**6),
        _whole("per_page", asked.get("per_page", "20"), 100),
    )
    today = datetime.fromtimestamp(now, UTC).date()
    last = _day("to_date", asked.get("to_date"), today)
    first = _day("from_date", asked.get("from_date"), last - _DEFAULT_WINDOW)
    if last - first > _WINDOW:
        raise Refusal(400, "The window from from_date to to_date may span at most 31 days.")
    status, by, order = (
        asked.get("status"),
        asked.get("sort_by", _SORTED_BY[0]),
        asked.get("sort_order", "desc"),
    )
    for name, value, allowed in (
        ("status", status or "PENDING", _STATUSES),
        ("sort_by", by, _SORTED_BY),
        ("sort_order", order, ("desc", "asc")),
    ):
        if value not in allowed:
            raise Refusal(400, f"{name} is one of {', '.join(allowed)}.")
    rows = [
        row_of(request, record)
        for record in book.history(account_of(key))
        if first <= datetime.fromtimestamp(record.created, UTC).date() <= last
        and (asked.get("model_name") or "").lower() in record.slug.lower()
        and status in (None, "", _status(record))
    ]
    rows.sort(key=lambda row: row[by], reverse=order == "desc")
    return JSONResponse(
        {
            "data": rows[(page - 1) * size : page * size],
            "pagination": {
                "page": page,
                "per_page": size,
                "total": len(rows),
                "pages": -(-len(rows) // size),
            },
        }
    )


def row_of(request: Request, record: Record) -> dict[str, Any]:
    """A row in the form of the contract. Nothing is ever deducted."""
    done = record.state is RecordState.COMPLETED
    return {
        "request_id": record.id,
        "model_name": record.slug,
        "model_status": _status(record),
        "credits_deduction": 0.0,
        "request_body": record.payload,
        "generation_url": file_url(request, record.output) if done else None,
        "latency_ms": round(timings(record)["total_time"] * 1000) if record.done else None,
        "model_created": datetime.fromtimestamp(record.created, UTC).isoformat(),
        **({"error": record.error} if record.state is RecordState.FAILED else {}),
    }


def _status(record: Record) -> str:
    return record.state.value if record.done else "PENDING"


def _whole(name: str, text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise Refusal(400, f"{name} is a whole number from 1 to {most}.")
    return int(text)


def _day(name: str, text: str | None, default: date) -> date:
    try:
        return date.fromisoformat(text) if text else default
    except ValueError:
        raise Refusal(400, f"{name} is a date like 2026-01-31.") from None
