"""The Segmind client: submit, status, result, credits, upload, download; for the preview engine as well.

    client = SegmindClient("https://api.segmind.com", "https://workflows-api.segmind.com", key)
    accepted = client.submit(request.payload())  # charged from here on: write accepted.request_id down first
    report = client.status(accepted.request_id)
    result = client.result(accepted.request_id)
    client.download(result.video_url, Path("edit.mp4"))

What may be repeated after which fault is in `retry.RULES`. The client builds every address itself, from its
base URL and the request id: a `status_url` out of an answer is never called, as the key would go with it.
"""

import copy
import json
import logging
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests

from modules.edit.request import SLUG
from modules.media.fetch.bounded_download import ByteProgress
from modules.segmind import errors, retry, transport
from modules.segmind.asset_upload import Sent, upload
from modules.segmind.download import MAX_RESULT_BYTES, ResultDownloader
from modules.segmind.parsing import Accepted, Result, StatusReport
from modules.segmind.responses import Answer, ResponseReader
from modules.segmind.retry import SHARED_GATES, AttemptOutcome, Call, FailedAttempt, KeyGates

log = logging.getLogger(__name__)

# A waiting submit looks this often, in seconds, whether its caller has withdrawn it.
_STOP_STEP = 0.25
_GATE_WAITS = 20

Stop = Callable[[], bool]
Attempt = Callable[[], Answer]
T = TypeVar("T")
Read = Callable[[Answer], T | errors.SegmindError | None]
"""The value in an answer, or an error, or None when the answer cannot be understood."""


class SegmindClient:
    """Calls one engine with one key. Safe for many threads; one pool of connections, shared by `with_key`
    clients.

    `base_url` and `storage_url` have no `/v1`, `/v2` suffix. `key` may be "" (then no header is sent).
    `engine_name` opens the sentences of errors; `free=True` leaves money out of them. `sleep`, `clock`
    (epoch seconds), `rng` (0..1) and `gates` are given in tests; a `sleep` that does not sleep needs a
    clock that moves. Time-outs in seconds: `connect_timeout` to connect, `read_timeout` for each silence
    and for the whole answer of a submit. `verify` is requests' (True, or the path of a CA bundle). Raises
    Unauthorized for a key that no header can carry, and ValueError for a base URL that is none.
    """

    def __init__(
        self,
        base_url: str,
        storage_url: str,
        key: str | transport.Key,
        *,
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
        gates: KeyGates = SHARED_GATES,
        slug: str = SLUG,
        policies: dict[Call, retry.RetryPolicy] | None = None,
    ) -> None:
        key = transport.Key(key)  # at once: tracebacks may show the locals of a frame
        self.base_url = _root(base_url)
        self.storage_url = _root(storage_url)
        self.engine_name = engine_name
        self.free = free
        self.slug = slug
        self.session = session or transport.pooled_session(pool, verify)
        self.sleep, self.clock, self.rng = sleep, clock, rng
        self._timeout = (connect_timeout, read_timeout)
        self.verify = verify
        self.policies = {**retry.POLICIES, **(policies or {})}
        self._gates = gates
        self._proxies = {url: transport.proxies_for(url) for url in (self.base_url, self.storage_url)}
        self._use(key)

    def _use(self, key: transport.Key) -> None:
        self._key = key
        self._reader = ResponseReader(self.engine_name, self.free, key)
        if not key.fits():
            raise self._reader.unfit_key()
        self._auth = transport.KeyHeader(key)
        self._gate = self._gates.name(self.base_url, key.reveal())

    def __repr__(self) -> str:
        key = "***" if self._key else "none"
        return f"SegmindClient({self.base_url!r}, engine_name={self.engine_name!r}, key={key})"

    def with_key(self, key: str | transport.Key) -> "SegmindClient":
        """A client for another key that shares this one's connections and settings."""
        key = transport.Key(key)
        other = copy.copy(self)
        other._use(key)
        return other

    def close(self) -> None:
        """Close kept connections, those of `with_key` clients included; the client may still be used."""
        self.session.close()

    # The calls

    def submit(self, payload: dict[str, Any], *, should_stop: Stop | None = None) -> Accepted:
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

        return self._ask(Call.SUBMIT, attempt, self._reader.accepted, should_stop=should_stop)

    def status(self, request_id: str, *, attempts: int | None = None) -> StatusReport:
        """Where a request stands. A FAILED one (HTTP 422) is a report, not an exception.

        `attempts=1` asks once and never waits, for callers with a schedule of their own: a key that is
        paused after a 429 raises RateLimited at once. Raises NotFound for an unknown or expired record
        (they live one hour).
        """
        return self._get(f"/v2/requests/{self._id(request_id)}/status", self._reader.report, attempts)

    def result(self, request_id: str, *, attempts: int | None = None) -> Result:
        """The finished edit. Raises JobFailed, NotFound, NotFinished, or BadAnswer when no video is named."""
        return self._get(f"/v2/requests/{self._id(request_id)}", self._reader.result, attempts)

    def credits(self, *, attempts: int | None = None) -> float:
        """The account's balance, in the engine's credits. Asking is free."""
        return self._get("/v1/get-user-credits", self._reader.credits, attempts)

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
            self.engine_name, self.free, self.session, self._timeout, policy, self.sleep, self.rng
        )
        return downloader.download(url, Path(dst), on_progress, max_bytes=max_bytes)

    def paused_until(self) -> float | None:
        """Epoch seconds until which this key is paused after a 429 (in this process), or None."""
        return self._gates.held_until(self._gate, self.clock())

    # One attempt

    def _get(self, path: str, read: Read[T], attempts: int | None) -> T:
        url, proxies = self.base_url + path, self._proxies[self.base_url]

        def attempt() -> Answer:
            return transport.read_once(
                self.session, url, auth=self._auth, proxies=proxies, timeout=self._timeout
            )

        return self._ask(Call.READ, attempt, read, attempts=attempts)

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
        return self._ask(Call.UPLOAD, lambda: self._post(url, sent(), self.storage_url, seconds), read)

    def _once(self, call: Call, attempt: Attempt, read: Read[T]) -> T | FailedAttempt:
        try:
            answer = attempt()
        except transport.TransportFault as fault:
            return FailedAttempt(fault.outcome, self._reader.unanswered(call, fault.outcome, fault.note))
        answer.forget(self._key.reveal())
        outcome = retry.outcome_of(answer.code)
        if outcome is AttemptOutcome.RATE_LIMITED:
            return FailedAttempt(outcome, self._rate_limited(answer))
        if outcome is None or (answer.code == 422 and call is Call.READ):
            value = read(answer)
            if isinstance(value, errors.SegmindError):
                return FailedAttempt(AttemptOutcome.REFUSED, value)
            if value is not None:
                return value
            outcome = AttemptOutcome.UNREADABLE
        elif outcome is not AttemptOutcome.REDIRECTED or call is not Call.SUBMIT:
            return FailedAttempt(outcome, self._reader.refusal(answer.code, answer.message()))
        error = self._reader.unanswered(call, outcome, f"HTTP {answer.code}", answer)
        return FailedAttempt(outcome, error)

    # As many as the rules allow

    def _ask(
        self,
        call: Call,
        attempt: Attempt,
        read: Read[T],
        *,
        attempts: int | None = None,
        should_stop: Stop | None = None,
    ) -> T:
        policy = self.policies[call]
        limit = attempts or policy.attempts
        ends = self.clock() + policy.total
        tries = 0
        while True:
            self._keep_gate(policy, ends, waits=limit > 1, should_stop=should_stop)
            tries += 1
            got = self._once(call, attempt, read)
            if not isinstance(got, FailedAttempt):
                return got
            rule = retry.RULES[call][got.outcome]
            # After a 429 the pause is the key's, at the gate above.
            pause = policy.backoff(tries, self.rng) if rule.wait is retry.Wait.BACKOFF else 0.0
            if not rule.again or tries >= limit or self.clock() + pause > ends:
                raise got.error
            log.info("%s: attempt %d: %s; again after %.1f s", call, tries, got.error.detail, pause)
            self._pause(pause, should_stop)

    def _rate_limited(self, answer: Answer) -> errors.SegmindError:
        now = self.clock()
        reset = retry.reset_moment(answer.headers, now) or now + retry.PAUSE_UNTOLD
        # Bounded, as a wrong header must not lock a key out for a year; spread over a second, so that the
        # jobs of one key do not all return in the same instant.
        reset = min(max(reset, now + retry.PAUSE_LEAST), now + retry.PAUSE_MOST) + self.rng()
        self._gates.hold(self._gate, reset, now)
        return self._reader.refusal(429, answer.message(), reset_at=reset)

    def _keep_gate(
        self, policy: retry.RetryPolicy, ends: float, *, waits: bool, should_stop: Stop | None
    ) -> None:
        # The gate may be shut again by another's 429 while this one waits, but not for ever.
        for _ in range(_GATE_WAITS):
            if should_stop is not None and should_stop():
                raise self._reader.withdrawn()
            until, now = self.paused_until(), self.clock()
            if until is None:
                return
            if not waits or until > ends or until - now > policy.longest_reset:
                break
            self._pause(until - now, should_stop)
        raise self._reader.refusal(429, "", reset_at=until)

    def _pause(self, seconds: float, should_stop: Stop | None) -> None:
        while seconds > 0:
            step = seconds if should_stop is None else min(seconds, _STOP_STEP)
            self.sleep(step)
            seconds -= step
            if should_stop is not None and should_stop():
                return

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
