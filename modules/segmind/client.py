"""The Segmind client: submit, status, result, credits, upload, download; for the preview engine as well.

    client = SegmindClient("https://api.segmind.com", "https://workflows-api.segmind.com", key)
    accepted = client.submit(request.payload())  # charged from here on: write accepted.request_id down first
    report = client.status(accepted.request_id)
    result = client.result(accepted.request_id)
    client.download(result.video_url, Path("edit.mp4"))

What may be repeated after which fault is in `retry.RULES`, when the key may be used in `rate_limit`. The
client builds every address itself, from its base URL and the request id: a `status_url` out of an answer is
never called, as the key would go with it.
"""

import copy
import json
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from modules.edit.request import SLUG
from modules.media.fetch.bounded_download import ByteProgress
from modules.secret import Secret
from modules.segmind import retry, transport
from modules.segmind.asset_upload import Sent, upload
from modules.segmind.attempts import Asking, Attempts, OnWait, Read, Stop, T
from modules.segmind.download import MAX_RESULT_BYTES, ResultDownloader
from modules.segmind.history import RequestHistory
from modules.segmind.parsing import Accepted, Result, StatusReport
from modules.segmind.rate_limit import PER_MINUTE, SHARED_LIMITS, KeyLimit, KeyLimits, Priority
from modules.segmind.responses import Answer, ResponseReader
from modules.segmind.retry import Call


class SegmindClient:
    """Calls one engine with one key. Safe for many threads; one pool of connections, shared by `with_key`
    clients.

    `base_url`, `storage_url` and `history_url` (the base URL when empty) have no `/v1`, `/v2` suffix. `key`
    may be "" (then no header is sent). `engine_name` opens the sentences of errors; `free=True` leaves money
    out of them. `requests_per_minute`: what a key is taken to allow, 0 is no limit. `sleep`, `clock` (epoch
    seconds), `rng` (0..1) and `limits` are given in tests; a `sleep` that does not sleep needs a clock that
    moves. Time-outs in seconds: `connect_timeout` to connect, `read_timeout` for each silence
    and for the whole answer of a submit. `verify` is requests' (True, or the path of a CA bundle).
    `on_failure` is told of every attempt that failed. Raises
    Unauthorized for a key that no header can carry, and ValueError for a base URL that is none.
    """

    def __init__(
        self,
        base_url: str,
        storage_url: str,
        key: str | Secret,
        *,
        history_url: str = "",
        engine_name: str = "Segmind",
        free: bool = False,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        rng: Callable[[], float] = random.random,
        connect_timeout: float = 5,
        read_timeout: float = 60,
        pool: int = 32,
        verify: bool | str = True,
        requests_per_minute: float = PER_MINUTE,
        limits: KeyLimits = SHARED_LIMITS,
        slug: str = SLUG,
        policies: dict[Call, retry.RetryPolicy] | None = None,
        on_failure: retry.OnFailure = retry.not_told,
    ) -> None:
        key = own = transport.Key(key)  # at once: tracebacks may show the locals of a frame
        self.base_url = _root(base_url)
        self.storage_url = _root(storage_url)
        self.history_url = _root(history_url) if history_url else self.base_url
        self.engine_name = engine_name
        self.free = free
        self.slug = slug
        self.session = session or transport.pooled_session(pool, verify)
        self.sleep, self.clock, self.rng = sleep, clock, rng
        self._timeout = (connect_timeout, read_timeout)
        self.verify, self._on_failure = verify, on_failure
        self.policies = {**retry.POLICIES, **(policies or {})}
        self._limits, self._per_minute = limits, requests_per_minute
        roots = (self.base_url, self.storage_url, self.history_url)
        self._proxies = {url: transport.proxies_for(url) for url in roots}
        self._use(own)

    def _use(self, key: transport.Key) -> None:
        self._key = key
        self._reader = ResponseReader(self.engine_name, self.free, key, self.base_url)
        if not key.fits():
            raise self._reader.unfit_key()
        self._auth = transport.KeyHeader(key)
        self._name = self._limits.name(self.base_url, key)
        self._attempts = Attempts(
            self._reader, key, self.policies, self.limit, self.sleep, self.clock, self.rng, self._on_failure
        )

    def __repr__(self) -> str:
        key = "***" if self._key else "none"
        return f"SegmindClient({self.base_url!r}, engine_name={self.engine_name!r}, key={key})"

    def with_key(self, key: str | Secret) -> "SegmindClient":
        """A client for another key that shares this one's connections and settings."""
        other = copy.copy(self)
        other._use(transport.Key(key))
        return other

    def close(self) -> None:
        """Close kept connections, those of `with_key` clients included; the client may still be used."""
        self.session.close()

    # The calls

    def wait_for_turn(self, *, should_stop: Stop | None = None, on_wait: OnWait | None = None) -> None:
        """Return when this key allows a submit, which is counted: pass `has_turn=True` to the submit that
        follows. `on_wait(seconds)` is told of a pause that a person would notice. Raises as `submit` does."""
        policy = self.policies[Call.SUBMIT]
        asking = Asking(Priority.SUBMIT, should_stop=should_stop, on_wait=on_wait)
        self._attempts.take_turn(policy, self.clock() + policy.total, asking, waits=True)

    def submit(
        self,
        payload: dict[str, Any],
        *,
        should_stop: Stop | None = None,
        on_wait: OnWait | None = None,
        has_turn: bool = False,
    ) -> Accepted:
        """Send one edit. An accepted submit is a new charged job; there is no cancel and no idempotency key.

        `should_stop` is asked before each attempt and while waiting; once it says True, SubmitStopped is
        raised and nothing more is sent. Bounded in time by the SUBMIT policy's `total`. Raises
        AmbiguousSubmit when the request left and no usable answer came; NotReached, RateLimited,
        ServerError or a 4xx class when it was certainly not accepted.
        """
        url = f"{self.base_url}/v2/{quote(self.slug, safe='')}"
        # Strict JSON: NaN and surrogate halves raise ValueError before anything is sent.
        text = json.dumps(payload, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        body = text.encode()

        def attempt() -> Answer:
            return self._post(url, body, self.base_url, self._timeout[1])

        asking = Asking(Priority.SUBMIT, should_stop=should_stop, on_wait=on_wait, has_turn=has_turn)
        return self._attempts.ask(Call.SUBMIT, attempt, self._reader.accepted, asking)

    def status(self, request_id: str, *, attempts: int | None = None, due: bool = False) -> StatusReport:
        """Where a request stands. A FAILED one (HTTP 422) is a report, not an exception.

        `attempts=1` asks once and never waits, for callers with a schedule of their own: a key that has no
        request left raises RateLimited at once (`code` is None, `reset_at` says when to come back; the place
        in the queue is kept). `due`: the job is near its expected end, so it goes before other polls.
        Raises NotFound for an unknown or expired record (they live one hour).
        """
        path = f"/v2/requests/{self._id(request_id)}/status"
        asking = Asking(Priority.DUE_POLL if due else Priority.POLL, attempts, ticket=f"poll {request_id}")
        return self.read(self.base_url + path, self._reader.report, asking)

    def result(self, request_id: str, *, attempts: int | None = None) -> Result:
        """The finished edit. Raises JobFailed, NotFound, NotFinished, or BadAnswer when no video is named."""
        url = f"{self.base_url}/v2/requests/{self._id(request_id)}"
        return self.read(url, self._reader.result, Asking(Priority.RESULT, attempts))

    def credits(self, *, attempts: int | None = None) -> float:
        """The account's balance, in the engine's credits. Asking is free, and done after all else."""
        url = f"{self.base_url}/v1/get-user-credits"
        return self.read(url, self._reader.credits, Asking(Priority.CREDITS, attempts))

    @property
    def history(self) -> RequestHistory:
        """What the account's request history says. See `history`."""
        return RequestHistory(self, self.slug, self._reader)

    def upload(self, path: str | Path, content_type: str, on_progress: ByteProgress | None = None) -> str:
        """Send one local file to the asset storage in constant memory; its public URL. See `asset_upload`."""
        return upload(self, path, content_type, on_progress)

    def download(
        self,
        url: str,
        dst: str | Path,
        on_progress: ByteProgress | None = None,
        *,
        max_bytes: int = MAX_RESULT_BYTES,
    ) -> int:
        """Copy a finished video to `dst`; its size in bytes. No key is sent. See `ResultDownloader`."""
        policy = self.policies[Call.DOWNLOAD]
        downloader = ResultDownloader(
            *(self.engine_name, self.free, self.session, self._timeout),
            *(policy, self.sleep, self.rng, self._on_failure),
        )
        return downloader.download(url, Path(dst), on_progress, max_bytes=max_bytes)

    def limit(self) -> KeyLimit:
        """The rate limit of this key, shared by all clients of it in this process."""
        return self._limits.of(self._name, self._per_minute, self.clock())

    def paused_until(self) -> float | None:
        """Epoch seconds until which this key is paused after a 429 (in this process), or None."""
        until = self.limit().paused_until
        return until if until > self.clock() else None

    # Requests

    def read(self, url: str, read: Read[T], asking: Asking) -> T:
        """GET an address under one of the three roots, with the key."""
        root = self.history_url if url.startswith(self.history_url) else self.base_url

        def attempt() -> Answer:
            return transport.read_once(
                self.session, url, auth=self._auth, proxies=self._proxies[root], timeout=self._timeout
            )

        return self._attempts.ask(Call.READ, attempt, read, asking)

    def _post(self, url: str, body: bytes | Iterable[bytes], root: str, seconds: float) -> Answer:
        return transport.post_once(
            url,
            body,
            auth=self._auth,
            proxies=self._proxies[root],
            verify=self.verify,
            timeout=self._timeout,
            seconds=seconds,
        )

    def ask_storage(self, sent: Callable[[], Sent], read: Read[T], *, seconds: float) -> T:
        """POST a streamed body to the asset storage; `sent` builds it anew for each attempt."""
        url = f"{self.storage_url}/upload-asset"
        return self._attempts.ask(
            Call.UPLOAD,
            lambda: self._post(url, sent(), self.storage_url, seconds),
            read,
            Asking(Priority.SUBMIT),
        )

    def _id(self, request_id: str) -> str:
        if not request_id or request_id in (".", ".."):
            raise self._reader.no_id()
        return quote(request_id, safe="")


def _root(url: str) -> str:
    """A base URL without trailing slash and version suffix. ValueError when it is none."""
    url = url.strip().rstrip("/").removesuffix("/v1").removesuffix("/v2")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("an engine's base URL is http(s)://host[:port], without user name")
    return url
