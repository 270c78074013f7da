"""The Segmind client: submit, status, result, credits, upload, download. One face for Segmind and for the preview engine.

    client = SegmindClient("https://api.segmind.com", "https://workflows-api.segmind.com", key)
    accepted = client.submit(request.payload())     # charged from here on: write accepted.request_id down first
    report = client.status(accepted.request_id)
    result = client.result(accepted.request_id)
    client.download(result.video_url, Path("edit.mp4"))

What may be repeated after which fault is in `retry.RULES`. The client builds every address itself from its base URL and the
request id: a `status_url` out of an answer is never called, as the key would go with it.
"""

import logging
import random
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

from modules.edit.request import SLUG
from modules.segmind import answers, errors, retry, transport
from modules.segmind.answers import Accepted, Result, State, StatusReport
from modules.segmind.bodies import Answer, json_bytes
from modules.segmind.download import download as _download
from modules.segmind.retry import SHARED_GATES, Call, KeyGates, Outcome
from modules.segmind.transport import Fault
from modules.segmind.uploads import Sent, upload_files

__all__ = ["Accepted", "Result", "SegmindClient", "State", "StatusReport"]

log = logging.getLogger(__name__)

# A waiting submit looks this often, in seconds, whether its caller has withdrawn it.
_STOP_STEP = 0.25


class SegmindClient:
    """Calls one engine with one key. Safe for many threads; one pool of connections, shared by `with_key` clients.

    `base_url` and `storage_url` have no `/v1`, `/v2` suffix. `key` may be "" (then no header is sent). `engine_name` opens the
    sentences of errors; `free=True` leaves money out of them. `sleep`, `clock` (epoch seconds), `rng` (0..1) and `gates` are given in
    tests. Time-outs in seconds: `connect_timeout` to connect, `read_timeout` for each silence and for the whole answer of a
    submit. `verify` is requests' (True, or the path of a CA bundle). Raises Unauthorized for a key that no header can carry.
    """

    def __init__(self, base_url: str, storage_url: str, key: str | transport.Key, *, engine_name: str = "Segmind", free: bool = False,
                 session=None, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.time,
                 rng: Callable[[], float] = random.random, connect_timeout: float = 5, read_timeout: float = 60, pool: int = 32,
                 verify: bool | str = True, gates: KeyGates = SHARED_GATES, slug: str = SLUG,
                 policies: dict[Call, retry.Policy] | None = None) -> None:
        self.base_url = _root(base_url)
        self.storage_url = _root(storage_url)
        self.engine_name = engine_name
        self.free = free
        self.slug = slug
        self.session = session or transport.pooled_session(pool, verify)
        self.sleep, self.clock, self.rng = sleep, clock, rng
        self.connect_timeout, self.read_timeout = connect_timeout, read_timeout
        self.verify = verify
        self.policies = {**retry.POLICIES, **(policies or {})}
        self._gates = gates
        self._key = key = transport.Key(key)
        if not key.fits():
            happened = "The key has characters that no key has."
            raise errors.Unauthorized(self._compose(happened, errors.NOTHING_SPENT, errors.TABLE[401].advice), field="api_key")
        self._auth = transport.KeyHeader(self._key)
        self._gate = gates.name(self.base_url, self._key.reveal())
        self._proxies = {url: transport.proxies_for(url) for url in (self.base_url, self.storage_url)}

    def __repr__(self) -> str:
        return f"SegmindClient({self.base_url!r}, engine_name={self.engine_name!r}, key={'***' if self._key else 'none'})"

    def with_key(self, key: str) -> "SegmindClient":
        """A client for another key that shares this one's connections and settings."""
        key = transport.Key(key)
        return SegmindClient(
            self.base_url, self.storage_url, key, engine_name=self.engine_name, free=self.free, session=self.session,
            sleep=self.sleep, clock=self.clock, rng=self.rng, connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout, verify=self.verify, gates=self._gates, slug=self.slug, policies=self.policies)

    def close(self) -> None:
        """Close kept connections, those of `with_key` clients included; the client may still be used."""
        self.session.close()

    # The calls

    def submit(self, payload: dict, *, should_stop: Callable[[], bool] | None = None) -> Accepted:
        """Send one edit. Money: an accepted submit is a new charged job; there is no cancel and no idempotency key.

        `should_stop` is asked before each attempt and while waiting; when it says True, SubmitStopped is raised and nothing is sent.
        Bounded in time by the SUBMIT policy's `total`. Raises AmbiguousSubmit when the request left and no usable answer came,
        NotReached, RateLimited, ServerError or one of the 4xx classes when it was certainly not accepted.
        """
        url = f"{self.base_url}/v2/{quote(self.slug, safe='')}"
        body = json_bytes(payload)

        def attempt() -> Answer:
            return transport.post_once(
                url, body, headers={"Content-Type": "application/json"}, auth=self._auth, proxies=self._proxies[self.base_url],
                verify=self.verify, connect=self.connect_timeout, read=self.read_timeout, seconds=self.read_timeout)

        return self._ask(Call.SUBMIT, attempt, self._accepted, should_stop=should_stop)

    def status(self, request_id: str, *, attempts: int | None = None) -> StatusReport:
        """Where a request stands. A FAILED one (HTTP 422) is a report, not an exception.

        `attempts=1` asks once and never waits, for callers with a schedule of their own: a key that is paused after a 429
        raises RateLimited at once. Raises NotFound for an unknown or expired record (they live one hour).
        """
        return self._get(f"/v2/requests/{self._id(request_id)}/status", self._report, attempts)

    def result(self, request_id: str, *, attempts: int | None = None) -> Result:
        """The finished edit. Raises JobFailed, NotFound, NotFinished, or BadAnswer when no video address is in the answer."""
        return self._get(f"/v2/requests/{self._id(request_id)}", self._result, attempts)

    def credits(self, *, attempts: int | None = None) -> float:
        """The account's balance, in the engine's credits. Free of charge."""
        return self._get("/v1/get-user-credits", self._credits, attempts)

    def upload(self, path: str | Path, content_type: str, on_progress: Callable[[int, int], None] | None = None) -> str:
        """Send one local file to the asset storage in constant memory; its public URL. `on_progress(bytes_done, bytes_total)`."""
        return upload_files(self, [(Path(path), content_type)], on_progress)[0]

    def download(self, url: str, dst: str | Path, on_progress: Callable[[int, int | None], None] | None = None, **limits) -> int:
        """Copy a finished video to `dst`; its size in bytes. No key is sent. See `download.download` for `limits` and errors."""
        return _download(self, url, Path(dst), on_progress, **limits)

    def paused_until(self) -> float | None:
        """Epoch seconds until which this key is paused after a 429 (by any client of this process), or None."""
        return self._gates.held_until(self._gate, self.clock())

    # The one loop

    def _get(self, path: str, read, attempts: int | None):
        def attempt() -> Answer:
            return transport.read_once(
                self.session, self.base_url + path, headers={"Content-Type": "application/json"}, auth=self._auth,
                proxies=self._proxies[self.base_url], connect=self.connect_timeout, read=self.read_timeout)

        return self._ask(Call.READ, attempt, read, attempts=attempts)

    def ask_storage(self, sent: Callable[[], Sent], read, *, seconds: float):
        """POST a streamed body to the asset storage under the UPLOAD rules; `sent` builds it anew for each attempt."""
        def attempt() -> Answer:
            return transport.post_once(
                f"{self.storage_url}/upload-asset", sent(), headers={"Content-Type": "application/json"}, auth=self._auth,
                proxies=self._proxies[self.storage_url], verify=self.verify, connect=self.connect_timeout,
                read=self.read_timeout, seconds=seconds)

        return self._ask(Call.UPLOAD, attempt, read)

    def _ask(self, call: Call, attempt, read, *, attempts: int | None = None, should_stop=None):
        policy = self.policies[call]
        limit = attempts or policy.attempts
        ends = self.clock() + policy.total
        tries = 0
        while True:
            self._keep_gate(policy, ends, waits=limit > 1, should_stop=should_stop)
            tries += 1
            outcome, value, failure = self._once(call, attempt, read)
            if failure is None:
                return value
            rule = retry.RULES[call][outcome]
            if not rule.again or tries >= limit:
                raise failure
            # After a 429 the pause is the key's, at the gate above.
            pause = policy.backoff(tries, self.rng) if rule.wait is retry.Wait.BACKOFF else 0.0
            if self.clock() + pause > ends:
                raise failure
            log.info("%s: attempt %d: %s; again after %.1f s", call, tries, failure.detail, pause)
            self._pause(pause, should_stop)

    def _once(self, call: Call, attempt, read):
        """One attempt: (outcome, value, error). The outcome is None when the value counts."""
        try:
            answer: Answer = attempt()
        except Fault as fault:
            return fault.outcome, None, self._unanswered(call, fault.outcome, fault.note)
        answer.body.forget(self._key.reveal())
        outcome = retry.outcome_of(answer.code)
        if outcome is Outcome.RATE_LIMITED:
            return outcome, None, self._rate_limited(answer)
        if outcome is None or (answer.code == 422 and call is Call.READ):
            value = read(answer)
            if isinstance(value, errors.SegmindError):
                return Outcome.REFUSED, None, value
            if value is not None:
                return None, value, None
            failure = self._unanswered(call, Outcome.UNREADABLE, f"HTTP {answer.code}", answer.code)
            if isinstance(failure, errors.AmbiguousSubmit):
                failure.request_id = answers.id_in_remains(answer.body.raw)
            return Outcome.UNREADABLE, None, failure
        if outcome is Outcome.REDIRECTED and call is Call.SUBMIT:
            return outcome, None, self._unanswered(call, outcome, f"HTTP {answer.code}", answer.code)
        return outcome, None, self.error_for(answer.code, answer.body.message())

    # Pauses

    def _rate_limited(self, answer: Answer) -> errors.SegmindError:
        now = self.clock()
        reset = retry.reset_moment(answer.headers, now) or now + retry.PAUSE_UNTOLD
        # Bounded, as a wrong header must not lock a key out for a year; spread over a second, so that the jobs of one key
        # do not all return in the same instant.
        reset = min(max(reset, now + retry.PAUSE_LEAST), now + retry.PAUSE_MOST) + self.rng()
        self._gates.hold(self._gate, reset, now)
        return self.error_for(429, answer.body.message(), reset_at=reset)

    def _keep_gate(self, policy: retry.Policy, ends: float, *, waits: bool, should_stop) -> None:
        while True:
            if should_stop is not None and should_stop():
                raise errors.SubmitStopped(self._compose("The edit was withdrawn before it was sent.", errors.NOTHING_SPENT, ""))
            until = self.paused_until()
            if until is None:
                return
            if not waits or until > ends or until - self.clock() > policy.longest_reset:
                raise self.error_for(429, "", reset_at=until)
            self._pause(until - self.clock(), should_stop)

    def _pause(self, seconds: float, should_stop) -> None:
        ends = self.clock() + seconds
        while (left := ends - self.clock()) > 0:
            self.sleep(left if should_stop is None else min(left, _STOP_STEP))
            if should_stop is not None and should_stop():
                return

    # Reading answers: a value, an error, or None when it cannot be understood

    def _accepted(self, answer: Answer):
        found = answers.accepted_in(answer.body.value)
        return None if found is None or "[key]" in found.request_id else found

    def _reason(self, answer: Answer) -> str:
        return errors.readable(answer.body.message(), self._key.reveal())

    def _report(self, answer: Answer):
        report = answers.report_in(answer.body.value, self._reason(answer))
        if answer.code == 422 and (report is None or report.state is not State.FAILED):
            return StatusReport(State.FAILED, error=self._reason(answer) or errors.NO_REASON)
        return report

    def _result(self, answer: Answer):
        report = answers.report_in(answer.body.value, self._reason(answer))
        if answer.code == 422 or (report and report.state is State.FAILED):
            return self.error_for(422, answer.body.message())
        if report and not report.over:
            sentence = self._compose("The edit is not finished yet.", "", "Ask for its status first.")
            return errors.NotFinished(sentence, code=answer.code, detail=report.state)
        found = answers.result_in(answer.body.value)
        if found is None and report is not None:
            lost = errors.BadAnswer(
                self._compose("{engine} says that the edit is finished, but names no video.", errors.SPENT,
                              "Ask its support, with the request id."), code=answer.code, detail="no video in the result")
            lost.maybe_billed = not self.free
            return lost
        return found

    def _credits(self, answer: Answer):
        return answers.credits_in(answer.body.value) if answer.code != 422 else self.error_for(422, answer.body.message())

    # Errors

    def _compose(self, happened: str, money: str, advice: str) -> str:
        return errors.compose(self.engine_name, happened, money, advice, free=self.free)

    def error_for(self, code: int, message: str, *, reset_at: float | None = None) -> errors.SegmindError:
        """The error for an explicit HTTP answer, in this engine's name."""
        return errors.from_answer(code, message, engine=self.engine_name, free=self.free, secret=self._key.reveal(), reset_at=reset_at)

    def _unanswered(self, call: Call, outcome: Outcome, note: str, code: int | None = None) -> errors.SegmindError:
        kind = retry.error_class(retry.RULES[call][outcome].error)
        happened, money, advice = errors.UNANSWERED[kind]
        if kind is errors.AmbiguousSubmit:
            happened = errors.AMBIGUOUS[outcome.name]
        return kind(self._compose(happened, money, advice), code=code, detail=f"{outcome}: {note}")

    def _id(self, request_id: str) -> str:
        if not request_id or request_id in (".", ".."):
            raise errors.NotFound(self._compose("The edit has no request id.", "", "It was never accepted."))
        return quote(request_id, safe="")


def _root(url: str) -> str:
    """A base URL without trailing slash and version suffix. Raises ValueError when it is no http(s) URL, or holds a password."""
    url = url.strip().rstrip("/").removesuffix("/v1").removesuffix("/v2")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("an engine's base URL is http(s)://host[:port], without user name")
    return url
