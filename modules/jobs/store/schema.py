"""The journal's tables, and how a Job becomes a row and comes back."""

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    false,
)

from modules.edit.framing import Framing
from modules.edit.request import EditRequest
from modules.jobs.job import Job, Stage

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", String(64), primary_key=True),
    Column("visitor", String(200), nullable=False),
    Column("engine", String(16), nullable=False),
    Column("payer", String(16), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("running", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("request_id", String(200)),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("needs_key", Boolean, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("took", Double),
    Column("body", Text, nullable=False),
    # Added later: a database that is older gets it when it is opened.
    Column("searched", Text),
    # Written by anybody at any time, so they live outside the owner's versioned row image.
    Column("cancel_asked", Boolean, nullable=False, server_default=false()),
    Column("hidden", Boolean, nullable=False, server_default=false()),
    Column("swept", Boolean, nullable=False, server_default=false()),
    # Added later; see `Shares`.
    Column("share", String(32)),
    Column("lease_owner", String(200)),
    Column("lease_until", Double),
)
Index("jobs_of_visitor", jobs.c.visitor, jobs.c.created_at)
Index("jobs_running", jobs.c.running)
Index("jobs_by_request", jobs.c.request_id)
Index("jobs_by_share", jobs.c.share)
Index("jobs_learned", jobs.c.engine, jobs.c.mode, jobs.c.seconds)

spending = Table(
    "spending",
    metadata,
    Column("job_id", String(64), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("visitor", String(200), nullable=False),
    Column("usd", Double, nullable=False),
    Column("state", String(16), nullable=False),
    # Added later: see `upgrade`. `visitor` holds the person, see `Identity`; `usd` what counts: the
    # reservation, then the cost. `cost` is what the engine said, also when that was not believed.
    Column("address", String(64)),
    Column("reserved_at", Double),
    Column("estimate", Double),
    Column("cost", Double),
)
Index("spending_of_day", spending.c.day)

uploads = Table(
    "uploads",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("place", String(300), primary_key=True),
    Column("url", Text, nullable=False),
    Column("expires_at", Double, nullable=False),
)

_BODY = (
    "message",
    "stage_times",
    "payload",
    "estimate_usd",
    "cost_usd",
    "cost_is_estimate",
    "metrics",
    "error",
    "engine_error",
    "plan",
    "progress",
    "still",
    "before",
    "result",
    "result_url",
    "maybe_billed",
    "checking",
    "prepared",
    "lost_at",
    "cancelled",
    "resent",
    "resumed",
    "person",
    "address",
    "failure",
    "fingerprint",
)


def search_text(prompt: str, request_id: str | None, job_id: str) -> str:
    """What a search of "My edits" looks through, folded, so that the database compares bytes and needs to
    know no script's capitals."""
    return _folded("\n".join((prompt, request_id or "", job_id)))


def search_words(search: str) -> list[str]:
    """The distinct words of what somebody typed, folded as `search_text` is; at most 16 of its first 200
    characters."""
    return list(dict.fromkeys(_folded(search[:200]).split()))[:16]


def _folded(text: str) -> str:
    """Without capitals, composed, and without what a database does not store (NUL, halves of characters)."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return composed.replace("\0", " ").encode("utf-8", "ignore").decode()


def row_of(job: Job) -> dict[str, Any]:
    """The versioned part of the row: all that the runner of the job writes."""
    body = {name: getattr(job, name) for name in _BODY}
    body |= {
        "request": job.request.to_json(),
        "framing": job.framing.to_json(),
        "problems": list(job.problems),
    }
    return {
        "job_id": job.job_id,
        "visitor": job.visitor,
        "engine": job.engine,
        "payer": job.payer,
        "stage": job.stage.value,
        "running": not job.over,
        "version": job.version,
        "request_id": job.request_id,
        "created_at": job.created_at,
        "needs_key": job.needs_key,
        "mode": job.request.mode[:16],
        "seconds": job.request.seconds,
        "took": _took(job),
        "searched": search_text(job.request.prompt, job.request_id, job.job_id),
        "body": json.dumps(body, ensure_ascii=False, default=str),
    }


def job_of(row: RowMapping | Mapping[str, Any]) -> Job:
    """The Job of a row of `jobs`."""
    body = json.loads(row["body"])
    return Job(
        job_id=row["job_id"],
        visitor=row["visitor"],
        engine=row["engine"],
        payer=row["payer"],
        request=EditRequest.from_json(body["request"]),
        framing=Framing.from_json(body["framing"]),
        stage=Stage(row["stage"]),
        created_at=row["created_at"],
        version=row["version"],
        request_id=row["request_id"],
        needs_key=row["needs_key"],
        hidden=row["hidden"],
        swept=row["swept"],
        share=row.get("share") or "",
        problems=tuple(body["problems"]),
        prepared=tuple(body.get("prepared") or ()),
        **{name: body[name] for name in _BODY if name in body and name != "prepared"},
    )


def _took(job: Job) -> float | None:
    """Seconds the engine needed, as it says itself, else as observed. Learned from by the poll schedule."""
    if job.stage not in (Stage.COMPLETED, Stage.SAVING) or job.resumed:
        return None
    said = job.metrics.get("total_time")
    if isinstance(said, (int, float)) and said > 0:
        return float(said)
    times = job.stage_times
    sent, done = times.get(Stage.QUEUED), times.get(Stage.SAVING)
    return max(0.1, done - sent) if sent and done else None
