"""The attempts of one call: each waits for its turn with the key, and is judged, and repeated as the rules
allow.

What may be repeated after which fault is in `retry.RULES`; when the key may be used is in `rate_limit`.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from modules.segmind import errors, retry, transport
from modules.segmind.rate_limit import KeyLimit, Priority
from modules.segmind.responses import Answer, ResponseReader
from modules.segmind.retry import AttemptOutcome, Call, FailedAttempt, RetryPolicy

log = logging.getLogger(__name__)

# A waiting submit looks this often, in seconds, whether its caller has withdrawn it.
_STOP_STEP = 0.25
# A pause of the key that is shorter than this is no news for the person who waits.
_WORTH_TELLING = 2.0

# A refusal of the key or of the address comes before anything is made; the id in it is the answer's own.
_SURELY_REFUSED = frozenset({401, 402, 403, 404, 405, 410, 413, 415})

Stop = Callable[[], bool]
OnWait = Callable[[float], None]
"""Told once, with the seconds to go, when a call must wait for its turn."""
Attempt = Callable[[], Answer]
T = TypeVar("T")
Read = Callable[[Answer], T | errors.SegmindError | None]
"""The value in an answer, or an error, or None when the answer cannot be understood."""


@dataclass(frozen=True)
class Asking:
    """How a call is made: its `priority` for the key's limit, at most so many `attempts` (None: as its policy
    says; 1 never waits), under which `ticket` it waits, and whether it `should_stop`. `has_turn`: the first
    attempt's turn was taken before."""

    priority: Priority
    attempts: int | None = None
    ticket: str = ""
    should_stop: Stop | None = None
    on_wait: OnWait | None = None
    has_turn: bool = False


@dataclass(frozen=True)
class Attempts:
    """Makes calls with one key. `limit()` is the limit of that key, `secret` the key itself."""

    reader: ResponseReader
    secret: transport.Key
    policies: dict[Call, RetryPolicy]
    limit: Callable[[], KeyLimit]
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    rng: Callable[[], float]
    on_failure: retry.OnFailure = retry.not_told

    def ask(self, call: Call, attempt: Attempt, read: Read[T], asking: Asking) -> T:
        """The value that `read` finds in the answer. Raises the error of the last attempt."""
        policy = self.policies[call]
        limit = asking.attempts or policy.attempts
        ends = self.clock() + policy.total
        tries, has_turn = 0, asking.has_turn
        got: T | FailedAttempt | None = None
        while True:
            if not has_turn and (refused := self._no_turn(policy, ends, asking, waits=limit > 1)):
                # The last answer says more than that it takes too long.
                raise got.error if isinstance(got, FailedAttempt) else refused
            has_turn = False
            tries += 1
            got = self._once(call, attempt, read)
            if not isinstance(got, FailedAttempt):
                return got
            rule = retry.RULES[call][got.outcome]
            limited = got.outcome is AttemptOutcome.RATE_LIMITED and rule.wait is retry.Wait.RESET
            too_far = limited and _reset_of(got.error) - self.clock() > policy.longest_reset
            if limited and limit > 1:
                tries -= 1
            # After a 429 the pause is the key's, which the next turn waits for.
            pause = policy.backoff(tries, self.rng) if rule.wait is retry.Wait.BACKOFF else 0.0
            again = rule.again and not too_far and tries < limit and self.clock() + pause <= ends
            self.on_failure(call, got.outcome, again)
            if not again:
                raise got.error
            log.info("%s: attempt %d: %s; again after %.1f s", call, tries, got.error.detail, pause)
            self._pause(pause, asking.should_stop)

    def _no_turn(
        self, policy: RetryPolicy, ends: float, asking: Asking, *, waits: bool
    ) -> errors.RateLimited | None:
        """Wait for the turn. The error when it does not come, to be raised where no other hangs on it."""
        try:
            self.take_turn(policy, ends, asking, waits=waits)
        except errors.RateLimited as error:
            return error
        return None

    def take_turn(self, policy: RetryPolicy, ends: float, asking: Asking, *, waits: bool) -> None:
        """Return when the key may be used. Raises RateLimited when that is later than is waited for, and
        SubmitStopped when the caller does not want it any more."""
        limit, ticket, told = self.limit(), asking.ticket or secrets.token_hex(8), False
        while True:
            if asking.should_stop is not None and asking.should_stop():
                limit.leave(ticket)
                raise self.reader.withdrawn()
            now = self.clock()
            wait = limit.turn(ticket, asking.priority, now)
            if not wait:
                return
            if not waits or now + wait > ends or limit.paused_until - now > policy.longest_reset:
                if waits or not asking.ticket:  # nobody will come back under this ticket
                    limit.leave(ticket)
                refusal = self.reader.refusal(429, "", reset_at=now + wait)
                refusal.code = None  # nothing was asked, so nothing answered
                raise refusal
            if asking.on_wait is not None and not told and wait >= _WORTH_TELLING:
                told = True
                asking.on_wait(wait)
            self._pause(wait, asking.should_stop)

    def _once(self, call: Call, attempt: Attempt, read: Read[T]) -> T | FailedAttempt:
        sent_at = self.clock()
        try:
            answer = attempt()
        except transport.TransportFault as fault:
            return FailedAttempt(fault.outcome, self.reader.unanswered(call, fault.outcome, fault.note))
        answer.forget(self.secret)
        outcome = retry.outcome_of(answer.code)
        if call is Call.SUBMIT and outcome is not None and (accepted := self._accepted_all_the_same(answer)):
            return accepted
        if outcome is AttemptOutcome.RATE_LIMITED:
            refusal = self._rate_limited(answer, sent_at)
            # Too few credits, said with 429: no pause helps.
            outcome = outcome if isinstance(refusal, errors.RateLimited) else AttemptOutcome.REFUSED
            return FailedAttempt(outcome, refusal)
        if outcome is None or (answer.code == 422 and call is Call.READ):
            value = read(answer)
            if isinstance(value, errors.SegmindError):
                return FailedAttempt(AttemptOutcome.REFUSED, value)
            if value is not None:
                return value
            outcome = AttemptOutcome.UNREADABLE
        elif outcome is not AttemptOutcome.REDIRECTED or call is not Call.SUBMIT:
            return FailedAttempt(outcome, self.reader.refusal(answer.code, answer.message()))
        error = self.reader.unanswered(call, outcome, f"HTTP {answer.code}", answer)
        return FailedAttempt(outcome, error)

    def _accepted_all_the_same(self, answer: Answer) -> FailedAttempt | None:
        """A refusal that names a request may have made it, whatever else it says: never to be repeated."""
        request_id = None if answer.code in _SURELY_REFUSED else self.reader.id_in(answer)
        if request_id is None:
            return None
        refusal = self.reader.refusal(answer.code, answer.message())
        error = self.reader.accepted_all_the_same(request_id, refusal)
        return FailedAttempt(AttemptOutcome.UNREADABLE, error)

    def _rate_limited(self, answer: Answer, sent_at: float) -> errors.SegmindError:
        now = self.clock()
        reset = retry.reset_moment(answer.headers, now) or now + retry.PAUSE_UNTOLD
        # Bounded, as a wrong header must not lock a key out for a year; spread over a second, so that the
        # replicas of one key do not all return in the same instant.
        reset = min(max(reset, now + retry.PAUSE_LEAST), now + retry.PAUSE_MOST) + self.rng()
        refusal = self.reader.refusal(429, answer.message(), reset_at=reset)
        if isinstance(refusal, errors.RateLimited):
            # A limit of the day, or a wrong header: the one who asked is told, the next one may ask again.
            far = reset - now > retry.LONGEST_HELD
            self.limit().refused(now + retry.PAUSE_UNTOLD if far else reset, now, sent_at)
        return refusal

    def _pause(self, seconds: float, should_stop: Stop | None) -> None:
        while seconds > 0:
            step = seconds if should_stop is None else min(seconds, _STOP_STEP)
            self.sleep(step)
            seconds -= step
            if should_stop is not None and should_stop():
                return


def _reset_of(error: errors.SegmindError) -> float:
    return (error.reset_at or 0.0) if isinstance(error, errors.RateLimited) else 0.0
