"""The account's request history: what became of a request, whatever its age, and what it cost.

    history = client.history
    row = history.get(request_id)                   # None when the history has no such row (yet)
    rows = history.since(submitted_at)              # the newest rows of this model

Two GETs on a host of their own (CONTRACT, "Request history"); they are free and safe to repeat. The envelope
around the rows is not documented, so the first list of objects that hold a `request_id` is taken, and every
value may be missing until the record has landed. A row that is not there proves nothing. Inside a team the
list holds teammates' rows too: whoever asks must prove that a row is theirs before anything of it is shown.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from modules.segmind import errors, parsing
from modules.segmind.attempts import Asking, Read, T
from modules.segmind.costs import cost_in
from modules.segmind.parsing import RequestState
from modules.segmind.rate_limit import Priority
from modules.segmind.reasons import Reason, reason_in
from modules.segmind.responses import Answer, ResponseReader
from modules.segmind.result_video import decoded, video_in
from modules.segmind.retry import parse_moment

PATH = "/inference-request/request-history"
PER_PAGE = 100
"""The most that a page may have (CONTRACT)."""
_PAGES = 10
_LEAST_PAGE = 20
"""A page with fewer rows is the last one: it is the size of a page that nobody asked for."""
_WINDOW_DAYS = 30
"""The dates of one question may span 31 days (CONTRACT)."""
_DEPTH = 4
_ITEMS = 1000
_ENVELOPES = ("input", "inputs", "body", "payload", "data")
_CREATED = (
    "model_created",
    "created_at",
    "createdAt",
    "created",
    "submitted_at",
    "timestamp",
    "request_time",
)
_NO_REASONS = frozenset({"request_body", "generation_url", "model_name", "request_id"})


class HistoryClient(Protocol):
    """What the history needs of a client."""

    history_url: str
    clock: Callable[[], float]

    def read(self, url: str, read: Read[T], asking: Asking) -> T: ...


@dataclass(frozen=True)
class HistoryRow:
    """One request of the account. `cost` in dollars really taken, `created_at` in epoch seconds, `body` the
    inputs as sent; None or empty where the row does not say."""

    request_id: str
    model: str = ""
    state: RequestState | None = None
    cost: float | None = None
    body: dict[str, Any] = field(default_factory=dict)
    video_url: str | None = None
    created_at: float | None = None
    zoned: bool = True
    """Whether `created_at` names its time zone; without, it may be off by hours."""
    reason: Reason = field(default_factory=Reason)
    """Why it failed."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)

    def is_of(self, slug: str) -> bool:
        """Whether the row is of the model `slug`, by its slug or its title; True when it names no model. A
        title may be any marketing name, so False is no proof."""
        return not self.model or _plain(slug) in _plain(self.model) or _plain(self.model) in _plain(slug)


class RequestHistory:
    """The history of one client's account, for the model `slug`."""

    def __init__(self, client: HistoryClient, slug: str, reader: ResponseReader) -> None:
        self._client, self._slug, self._reader = client, slug, reader

    def get(self, request_id: str, *, attempts: int | None = None) -> HistoryRow | None:
        """The row of a request of this account, of any age; None when there is none (yet).

        Raises Unauthorized, RateLimited, NotReached and the like when the history cannot be asked.
        """
        url = f"{self._client.history_url}{PATH}/{quote(request_id, safe='')}"

        def read(answer: Answer) -> tuple[HistoryRow | None] | None:
            if not isinstance(answer.value, (dict, list)):
                return None
            rows = rows_in(answer.value)
            if not rows and (inner := _inner(answer.value)):  # without an id it is the one that was asked for
                rows = rows_in({**inner, "request_id": request_id})
            return (next((row for row in rows if row.request_id == request_id), None),)

        try:
            asking = Asking(Priority.RESULT, attempts, ticket=f"history {request_id}")
            found = self._client.read(url, read, asking)[0]
        except errors.NotFound:
            return None
        # A row that says nothing yet is no answer.
        return found if found and (found.state or found.video_url) else None

    def since(self, moment: float, *, attempts: int | None = None) -> list[HistoryRow]:
        """The rows from the day before `moment` (epoch seconds) on, each request once, newest first: those of
        this model, or all when the history knows the model by another name. Raises NotFound where there is
        no history, else as `get`."""
        rows: dict[str, HistoryRow] = {}
        for named in (self._slug, ""):
            for row in self._pages(moment, named, attempts):
                rows[row.request_id] = _fuller(rows.get(row.request_id), row)
            if rows:
                break
        return sorted(rows.values(), key=lambda row: -(row.created_at or 0.0))

    def _pages(self, moment: float, named: str, attempts: int | None) -> Iterator[HistoryRow]:
        first = datetime.fromtimestamp(moment, UTC) - timedelta(days=1)
        last = first + timedelta(days=_WINDOW_DAYS)
        asked = {"per_page": PER_PAGE, "from_date": f"{first:%Y-%m-%d}"}
        asked |= {"sort_by": "model_created", "sort_order": "desc"}
        if last.timestamp() < self._client.clock():  # else up to now, by the server's own clock
            asked["to_date"] = f"{last:%Y-%m-%d}"
        if named:
            asked["model_name"] = named
        seen = set[str]()
        for page in range(1, _PAGES + 1):
            url = f"{self._client.history_url}{PATH}?{urlencode({'page': page, **asked})}"
            asking = Asking(Priority.RESULT, attempts, ticket=f"history since {moment:.0f}")
            found = self._client.read(url, self._listed, asking)
            yield from found
            # A server may have a smaller page than was asked for, so only an old row or nothing new ends it.
            new = {row.request_id for row in found} - seen
            times = [row.created_at for row in found if row.created_at is not None and row.zoned]
            if not new or len(found) < _LEAST_PAGE or (times and min(times) < moment - 3600):
                return
            seen |= new

    def _listed(self, answer: Answer) -> list[HistoryRow] | None:
        return rows_in(answer.value) if isinstance(answer.value, (dict, list)) else None


def rows_in(body: object) -> list[HistoryRow]:
    """The rows of an answer: the first list of objects that hold a `request_id`, or the one such object. A
    request that has several outputs is there several times."""
    for level in _levels(body):
        if isinstance(level, list):
            found = [row for one in level[:_ITEMS] if isinstance(one, dict) and (row := _row(one))]
            if found:
                return found
    objects = (level for level in _levels(body) if isinstance(level, dict))
    single = next((row for one in objects if (row := _row(one))), None)
    return [single] if single else []


def _levels(body: object) -> Iterator[object]:
    """`body` and what lies in it, level by level."""
    level: list[Any] = [body]
    for _ in range(_DEPTH):
        yield from level
        inner: list[Any] = []
        for one in level:
            inner += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            del inner[_ITEMS:]
        level = [one for one in inner if isinstance(one, (dict, list))]


def _inner(body: dict[str, Any] | list[Any]) -> dict[str, Any]:
    """The object that carries a single row's values."""
    for level in _levels(body):
        if isinstance(level, dict) and {"model_status", "generation_url", "request_body"} & level.keys():
            return level
    return {}


def _row(one: dict[str, Any]) -> HistoryRow | None:
    told = one.get("request_id")
    request_id = str(told) if isinstance(told, (str, int)) and not isinstance(told, bool) else ""
    if not request_id or len(request_id) > 200:
        return None
    cost = cost_in(one.get("credits_deduction"))
    model = one.get("model_name")
    moments = (_moment(one.get(name)) for name in _CREATED)
    created, zoned = next((found for found in moments if found[0] is not None), (None, True))
    state = parsing.state_of(one.get("model_status", one.get("status")))
    return HistoryRow(
        request_id=request_id,
        model=model if isinstance(model, str) else "",
        state=state,
        cost=cost,
        body=_body(one.get("request_body")),
        video_url=video_in({"output": one.get("generation_url")}),
        created_at=created,
        zoned=zoned,
        reason=reason_in({name: told for name, told in one.items() if name not in _NO_REASONS}),
        raw=one,
    )


def _fuller(known: HistoryRow | None, row: HistoryRow) -> HistoryRow:
    """Of two rows of one request, the one that says more."""
    return row if known is None or (row.video_url and not known.video_url) else known


def _body(value: object) -> dict[str, Any]:
    """The inputs as sent: an object, such an object as JSON text, or one inside an envelope."""
    for _ in range(_DEPTH):
        value = decoded(value)
        if not isinstance(value, dict):
            return {}
        if "video_url" in value or "prompt" in value:
            return value
        value = next((value[name] for name in _ENVELOPES if name in value), None)
    return {}


def _moment(value: object) -> tuple[float | None, bool]:
    """Epoch seconds, and whether the value names its time zone. A mere date is no moment."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None, True
    text = re.sub(r"\s*(UTC|GMT)$", "+00:00", re.sub(r"\s*\(.*\)$", "", str(value).strip()))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None, True
    moment = parse_moment(text, 0.0)
    zoned = not re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ][\d:.,]+", text)
    return (moment, zoned) if moment is not None and moment > 1e8 else (None, True)


def _plain(name: str) -> str:
    """A model's slug or title without case, signs and the digit that stands for "to"."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).replace("video2video", "videotovideo")
