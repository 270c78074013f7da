"""Values in the bodies of answers, parsed without trust. Accepted shapes are in each parser's docstring."""

import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from modules.secret import Secret
from modules.segmind.costs import cost_in
from modules.segmind.errors import JobFailed
from modules.segmind.result_video import video_in, web_url

_REQUEST_PATH = re.compile(r"/requests/([^/?#]+)")


class RequestState(StrEnum):
    """The four states of a request record. A content block is FAILED."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


_WORDS = {
    RequestState.QUEUED: (
        "QUEUED QUEUE IN_QUEUE PENDING SUBMITTED ACCEPTED CREATED WAITING SCHEDULED ENQUEUED RECEIVED"
        " NOT_STARTED"
    ),
    RequestState.PROCESSING: (
        "PROCESSING PROCESS IN_PROGRESS INPROGRESS PROGRESS RUNNING STARTED STARTING GENERATING RENDERING"
        " WORKING ACTIVE EXECUTING UPLOADING POSTPROCESSING"
    ),
    RequestState.COMPLETED: (
        "COMPLETED COMPLETE SUCCEEDED SUCCEED SUCCESS SUCCESSFUL DONE FINISHED FINISH OK READY"
    ),
    RequestState.FAILED: (
        "FAILED FAIL FAILURE ERROR ERRORED CANCELLED CANCELED CANCEL ABORTED REJECTED REFUSED BLOCKED"
        " TIMED_OUT TIMEOUT EXPIRED TERMINATED KILLED NSFW"
    ),
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
    odd_word: str = ""
    """The status as it was sent, when it is a word that is not known; it then counts as PROCESSING."""

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


def is_known(value: object) -> bool:
    """Whether a status word is one of those that are understood."""
    return isinstance(value, str) and _key(value) in _STATES


def _key(word: str) -> str:
    return re.sub(r"[\s-]+", "_", word.strip().upper())


def state_of(value: object) -> RequestState | None:
    """The state a status word stands for, PROCESSING for an unknown one; None when it is no word at all."""
    if not isinstance(value, str) or not value.strip():
        return None
    return _STATES.get(_key(value), RequestState.PROCESSING)


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
    found = re.search(rb'"request_id"\s*:\s*"([A-Za-z0-9_.:-]{8,200})"', raw) or re.search(
        rb'/requests/([A-Za-z0-9_.:-]{8,200})(?:"|/status)', raw
    )
    return found[1].decode() if found else None


def report_in(body: object) -> StatusReport | None:
    """A status body as a report, `failure` still to be filled in; None without `status`."""
    if not isinstance(body, dict):
        return None
    word = _status_word(body)
    state = state_of(word)
    if state is None:
        return None
    return StatusReport(
        state=state,
        metrics=_dict(body.get("metrics")) or {},
        progress=_progress(body.get("progress")),
        still_url=web_url(body.get("still_url")),
        plan=_dict(body.get("plan")),
        odd_word="" if is_known(word) else str(word).strip()[:40],
    )


def _status_word(body: dict[str, Any]) -> object:
    """The status: `status` by the contract; resellers name it `state` or `task_status`, or put it deeper."""
    for holder in (body, _dict(body.get("data")) or {}):
        for name in ("status", "state", "task_status"):
            if isinstance(holder.get(name), str):
                return holder[name]
    return None


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


def result_in(body: object, base: str = "") -> Result | None:
    """A result body, or None when it names no video. Numbers may be strings, metrics may be missing. `base`:
    the address that a relative one belongs to."""
    url = video_in(body, base)
    if url is None:
        return None
    body = body if isinstance(body, dict) else {"output": body}
    metrics = _dict(body.get("metrics")) or {}
    cost = cost_in(metrics.get("cost", body.get("cost")))
    return Result(
        video_url=url,
        cost=cost,
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


def without(value: Any, secret: Secret) -> Any:
    """A parsed answer with every occurrence of `secret` taken out, should a server echo it."""
    if not secret:
        return value
    if isinstance(value, str):
        return re.sub(re.escape(secret.reveal()), "[key]", value, flags=re.IGNORECASE)
    if isinstance(value, list):
        return [without(one, secret) for one in value]
    if isinstance(value, dict):
        return {without(name, secret): without(one, secret) for name, one in value.items()}
    return value
