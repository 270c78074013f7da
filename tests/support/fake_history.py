"""The request history of `FakeUpstream`, in the shapes that its envelope might have."""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

HISTORY = "/inference-request/request-history"


class FakeHistory:
    """Rows of an upstream's jobs, and of `others`. `kept=False`: there is no history, every call is 404.

    `late`: seconds after the submit at which a row lands. `envelope` makes a page's body of its rows,
    `single` that of one row; `timed=False` leaves the timestamps out, `changed` changes a row before it is
    sent.
    """

    def __init__(self, upstream) -> None:
        self._upstream = upstream
        self.kept = False
        self.late = 0.0
        self.timed = True
        self.repeated = 1
        """How often each row is listed: once an output."""
        self.others: list[dict] = []
        self.forgotten_after = float("inf")
        self.envelope = lambda rows: {"data": rows, "pagination": {"page": 1}}
        self.single = lambda row: row
        self.changed = lambda row: row

    def answer(self, address: str) -> tuple[int, object]:
        """Status and body for a GET of `address`."""
        url = urlsplit(address)
        if not self.kept:
            return 404, {"error": "Not Found"}
        if url.path == HISTORY:
            return 200, self.envelope(self._page(parse_qs(url.query)))
        wanted = url.path.removeprefix(f"{HISTORY}/")
        row = next((row for row in self._rows() if row["request_id"] == wanted), None)
        return (200, self.single(row)) if row else (404, {"error": "Request not found"})

    def _rows(self) -> list[dict]:
        now = self._upstream.clock()
        ages = [(job, now - job.created) for job in reversed(self._upstream.accepted)]
        return [self.changed(self._row(job, age)) for job, age in ages if age >= self.late] + self.others

    def _row(self, job, age: float) -> dict:
        state = self._upstream.state(job)
        done = state == "COMPLETED"
        body = self._upstream.result_body(job)[1] if done else {}
        row = {
            "request_id": job.id,
            "model_name": "kling-o3-video2video-edit",
            "model_status": state if state in ("COMPLETED", "FAILED") else "PENDING",
            "credits_deduction": self._upstream.cost_of(job) if done else 0,
            "request_body": job.payload,
            "generation_url": self._upstream.file_url if done and body else None,
            "latency_ms": 1000,
        }
        if self.timed:
            row["model_created"] = (datetime.now(UTC) - timedelta(seconds=age)).isoformat()
        return row | ({"error": job.plan.error} if state == "FAILED" else {})

    def _page(self, asked: dict) -> list[dict]:
        page, size = int(asked.get("page", ["1"])[0]), int(asked.get("per_page", ["20"])[0])
        named = asked.get("model_name", [""])[0]
        rows = [row for row in self._rows() if named in (row.get("model_name") or "")]
        rows = [row for row in rows for _ in range(self.repeated)]
        return rows[(page - 1) * size : page * size]


class FixedWindow:
    """At most `per_minute` keyed requests in each window of `minute` seconds; 0 is no limit."""

    def __init__(self, per_minute: int = 0, minute: float = 60.0) -> None:
        self.per_minute, self.minute = per_minute, minute
        self.counts: dict[int, int] = {}
        self.refused = 0

    def reset_after(self) -> float | None:
        """Count a request. Seconds until the window ends when it is one too many, else None."""
        if not self.per_minute:
            return None
        window, into = divmod(time.time(), self.minute)
        self.counts[int(window)] = self.counts.get(int(window), 0) + 1
        if self.counts[int(window)] <= self.per_minute:
            return None
        self.refused += 1
        return self.minute - into
