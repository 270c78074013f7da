"""Values in the bodies of answers, parsed without trust. Accepted shapes are in each parser's docstring."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

from modules.media.fetch.url_policy import MAX_URL_CHARACTERS
from modules.media.read.file_types import Kind, type_named
from modules.segmind.errors import JobFailed

_REQUEST_PATH = re.compile(r"/requests/([^/?#]+)")


class RequestState(StrEnum):
    """The four states of a request record. A content block is FAILED."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


_WORDS = {
    RequestState.QUEUED: "QUEUED IN_QUEUE PENDING SUBMITTED ACCEPTED CREATED WAITING SCHEDULED",
    RequestState.COMPLETED: "COMPLETED COMPLETE SUCCEEDED SUCCESS DONE FINISHED",
    RequestState.FAILED: "FAILED FAILURE ERROR ERRORED CANCELLED CANCELED REJECTED BLOCKED TIMED_OUT TIMEOUT",
}
_STATES = {word: state for state, words in _WORDS.items() for word in words.split()}


@dataclass(frozen=True)
class Accepted:
    """A submit that was accepted and is charged if it completes. Write `request_id` down first."""

    request_id: str
    status_url: str
    response_url: str


@dataclass(frozen=True)
class StatusReport:
    """What a poll said. `progress` is 0..1 and, like `still_url` and `plan`, only told by the preview engine.

    `failure` says why when FAILED (as the error that asking for the result raises), else None. `metrics` as
    sent, {} when missing.
    """

    state: RequestState
    failure: JobFailed | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    progress: float | None = None
    still_url: str | None = None
    plan: dict[str, Any] | None = None

    @property
    def over(self) -> bool:
        return self.state in (RequestState.COMPLETED, RequestState.FAILED)


@dataclass(frozen=True)
class Result:
    """A finished edit. `cost` in dollars, `remaining_credits` in the engine's; None when not told."""

    video_url: str
    cost: float | None
    remaining_credits: float | None
    metrics: dict[str, Any]
    plan: dict[str, Any] | None
    raw: dict[str, Any]


def number(value: object) -> float | None:
    """A finite number from a number or a string such as "2.10" or "$2.10"; None for anything else."""
    if isinstance(value, str):
        value = value.strip().lstrip("$").replace(",", "")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def web_url(value: object) -> str | None:
    """`value` when it is an http(s) URL with a host, else None."""
    if not isinstance(value, str) or len(value) > MAX_URL_CHARACTERS:
        return None
    text = value.strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return text if good and not any(c.isspace() for c in text) else None


def state_of(value: object) -> RequestState | None:
    """The state a status word stands for, PROCESSING for an unknown one; None when it is no word at all."""
    if not isinstance(value, str) or not value.strip():
        return None
    return _STATES.get(re.sub(r"[\s-]+", "_", value.strip().upper()), RequestState.PROCESSING)


def accepted_in(body: object) -> Accepted | None:
    """The accepted submit: by its `request_id`, or by the id inside a status, poll or response URL."""
    if not isinstance(body, dict):
        return None
    urls = [web_url(body.get(name)) or "" for name in ("status_url", "poll_url", "response_url")]
    told = body.get("request_id")
    if isinstance(told, int) and not isinstance(told, bool):
        told = str(told)
    ids = [told, *(unquote(match[1]) for match in map(_REQUEST_PATH.search, urls) if match)]
    for found in ids:
        if (
            isinstance(found, str)
            and 0 < len(found) <= 200
            and found.isprintable()
            and found.strip() == found
        ):
            return Accepted(found, urls[0] or urls[1], urls[2])
    return None


def id_in_remains(raw: bytes) -> str | None:
    """A request id inside the remains of a cut answer, or None. Whole, as its closing quote must be there."""
    found = re.search(rb'"request_id"\s*:\s*"([A-Za-z0-9_.:-]{8,200})"', raw)
    return found[1].decode() if found else None


def report_in(body: object) -> StatusReport | None:
    """A status body as a report, `failure` still to be filled in; None without `status`."""
    if not isinstance(body, dict):
        return None
    state = state_of(body.get("status"))
    if state is None:
        return None
    return StatusReport(
        state=state,
        metrics=_dict(body.get("metrics")) or {},
        progress=_progress(body.get("progress")),
        still_url=web_url(body.get("still_url")),
        plan=_dict(body.get("plan")),
    )


def _dict(value: object) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _progress(value: object) -> float | None:
    """`{"frames_done", "frames_total"}`, a fraction, or a percentage."""
    if isinstance(value, dict):
        done, total = number(value.get("frames_done")), number(value.get("frames_total"))
        share = done / total if done is not None and total else None
    else:
        share = number(value)
        if share is not None and share > 1:
            share /= 100
    return None if share is None else min(1.0, max(0.0, share))


def _urls(value: object, depth: int = 0) -> Iterator[str]:
    if depth > 4:
        return
    if isinstance(value, str):
        if url := web_url(value):
            yield url
    elif isinstance(value, (list, tuple)):
        for item in value[:32]:
            yield from _urls(item, depth + 1)
    elif isinstance(value, dict):
        for name in ("video_url", "url", "video", "output", "videos", "outputs"):
            yield from _urls(value.get(name), depth + 1)


def video_in(body: object) -> str | None:
    """The video's URL in a result body, or None.

    `output` may be a string, a list, or an object with `url`, `video_url` or `video.url`; `video` beside
    it may be a string or an object. Among several URLs one that is named like a video is preferred, and
    one that is named like a picture comes last.
    """
    if not isinstance(body, dict):
        return None
    names = ("output", "video", "video_url", "outputs", "result", "data", "url")

    def rank(url: str) -> int:
        named = type_named(urlsplit(url).path)
        return 1 if named is None else 0 if named.kind is Kind.VIDEO else 2

    return min((url for name in names for url in _urls(body.get(name))), key=rank, default=None)


def result_in(body: object) -> Result | None:
    """A result body, or None when it names no video. Numbers may be strings, metrics may be missing."""
    url = video_in(body)
    if url is None or not isinstance(body, dict):
        return None
    metrics = _dict(body.get("metrics")) or {}
    cost = number(metrics.get("cost", body.get("cost")))
    return Result(
        video_url=url,
        cost=cost if cost is not None and cost >= 0 else None,
        remaining_credits=number(metrics.get("remaining_credits", body.get("remaining_credits"))),
        metrics=metrics,
        plan=_dict(body.get("plan")),
        raw=body,
    )


def credits_in(body: object) -> float | None:
    """The balance in `{"credits": n}`; n may be a string, and may lie one level deeper."""
    if not isinstance(body, dict):
        return number(body)
    told = (
        number(holder.get(name))
        for holder in (body, _dict(body.get("data")) or {})
        for name in ("credits", "remaining_credits", "balance")
    )
    return next((found for found in told if found is not None), None)


def urls_in(body: object) -> list[str]:
    """The URLs an upload answered with: `file_urls`, or `urls`; [] when one is not http(s)."""
    if not isinstance(body, dict):
        return []
    found = body.get("file_urls") or body.get("urls") or []
    if isinstance(found, str):
        found = [found]
    urls = [web_url(one) for one in found] if isinstance(found, list) else []
    good = [url for url in urls if url]
    return good if len(good) == len(urls) else []


def without(value: Any, secret: str) -> Any:
    """A parsed answer with every occurrence of `secret` taken out, should a server echo it."""
    if not secret:
        return value
    if isinstance(value, str):
        return re.sub(re.escape(secret), "[key]", value, flags=re.IGNORECASE)
    if isinstance(value, list):
        return [without(one, secret) for one in value]
    if isinstance(value, dict):
        return {without(name, secret): without(one, secret) for name, one in value.items()}
    return value
