"""HTTP answers of one engine: read within limits, then judged as a value or as an error in its name."""

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import replace

import requests
from urllib3.exceptions import HTTPError

from modules.secret import NO_SECRET, Secret
from modules.segmind import errors, parsing, retry, sentences
from modules.segmind.parsing import Accepted, RequestState, Result, StatusReport
from modules.segmind.reasons import Reason, plain_text, reason_in
from modules.segmind.retry import AttemptOutcome, Call

# An answer is a small JSON object; a plan of the preview engine is the largest, at some kilobytes.
ANSWER_LIMIT = 4 * 2**20


class Answer:
    """One HTTP answer. `value`: its JSON body, or None; `whole`: the body is complete; `raw`: what came."""

    def __init__(self, code: int, headers: Mapping[str, str], raw: bytes, whole: bool) -> None:
        self.code, self.headers, self.raw, self.whole = code, headers, raw, whole
        self.value: object = None
        self._forgotten = NO_SECRET
        # A cut body that happens to parse, such as a number, is not trusted.
        with contextlib.suppress(ValueError, RecursionError):
            self.value = json.loads(raw) if whole else None

    def forget(self, secret: Secret) -> None:
        """Take `secret` out of everything, should the server have echoed it."""
        self._forgotten = secret
        self.raw = parsing.without(self.raw.decode("utf-8", "replace"), secret).encode()
        try:
            self.value = parsing.without(self.value, secret)
        except RecursionError:
            self.value = None

    def message(self) -> Reason:
        """What the body says is wrong; an empty Reason when it says nothing that can be shown."""
        told = self.value
        if told is None and self.whole and self.code >= 400:
            told = plain_text(self.raw, str(self.headers.get("Content-Type") or ""))
        return reason_in(told, self._forgotten)


def read_answer(response: requests.Response, seconds: float, limit: int = ANSWER_LIMIT) -> Answer:
    """Read at most `limit` bytes within `seconds`. Network faults do not raise: the answer is not whole."""
    deadline = time.monotonic() + seconds
    data, whole = bytearray(), False
    try:
        # read1 hands over what has come; a plain read would wait for a full block, and the deadline with it.
        while chunk := response.raw.read1(65536, decode_content=True):
            data += chunk
            if len(data) > limit or time.monotonic() > deadline:
                del data[limit:]
                break
        else:
            whole = True
    except (HTTPError, OSError, ValueError):
        pass
    finally:
        response.close()
    return Answer(response.status_code, response.headers, bytes(data), whole)


class ResponseReader:
    """Reads answers for `engine` (its name opens the sentences), leaving money out for a free one, and the
    key out always.

    `base`: the engine's address, for a result that is named without its host.

    The methods named after a call return a value, an error, or None when the answer cannot be understood.
    """

    def __init__(self, engine: str, free: bool, key: Secret, base: str = "") -> None:
        self.engine, self.base = engine, base
        self.free = free
        self._key = key

    # Values

    def accepted(self, answer: Answer) -> Accepted | None:
        found = parsing.accepted_in(answer.value)
        return None if found is None or "[key]" in found.request_id else found

    def report(self, answer: Answer) -> StatusReport | None:
        report = parsing.report_in(answer.value)
        if answer.code == 422 and (report is None or report.state is not RequestState.FAILED):
            report = StatusReport(RequestState.FAILED)
        if report is None or report.state is not RequestState.FAILED:
            return report
        return replace(report, failure=self._failed(answer))

    def result(self, answer: Answer) -> Result | errors.SegmindError | None:
        report = parsing.report_in(answer.value)
        if answer.code == 422 or (report and report.state is RequestState.FAILED):
            return self._failed(answer)
        found = parsing.result_in(answer.value, self.base)
        if report and not report.over and not (report.odd_word and found):
            sentence = self.compose("The edit is not finished yet.", "", "Ask for its status first.")
            return errors.NotFinished(sentence, code=answer.code, detail=report.state)
        return self._no_video(answer) if found is None and report is not None else found

    def credits(self, answer: Answer) -> float | errors.SegmindError | None:
        if answer.code == 422:
            return self.refusal(422, answer.message())
        return parsing.credits_in(answer.value)

    def _failed(self, answer: Answer) -> errors.JobFailed:
        return sentences.job_failed(answer.message(), engine=self.engine, free=self.free)

    # Errors

    def compose(self, happened: str, money: str, advice: str, quote: str = "") -> str:
        return sentences.compose(self.engine, happened, money, advice, quote=quote, free=self.free)

    def refusal(
        self, code: int, message: Reason | str, *, reset_at: float | None = None
    ) -> errors.SegmindError:
        """The error for an explicit HTTP answer other than 2xx."""
        return sentences.from_answer(
            code, message, engine=self.engine, free=self.free, secret=self._key, reset_at=reset_at
        )

    def unanswered(
        self, call: Call, outcome: AttemptOutcome, note: str, answer: Answer | None = None
    ) -> errors.SegmindError:
        """The error for an attempt that gave no usable answer; what it may have cost depends on the call."""
        kind = retry.error_class(retry.RULES[call][outcome].error)
        happened, money, advice = sentences.UNANSWERED[kind]
        if kind is errors.AmbiguousSubmit:
            happened = sentences.AMBIGUOUS[outcome.name]
        reason = answer.message() if answer else Reason()
        error = kind(
            self.compose(happened, money, advice, reason.quote),
            code=answer.code if answer else None,
            detail=f"{outcome}: {note}",
            reason=reason.text,
        )
        if answer and isinstance(error, errors.AmbiguousSubmit):
            error.request_id = parsing.id_in_remains(answer.raw)
        return error

    def id_in(self, answer: Answer) -> str | None:
        """The id of a request that an answer names, whole or in the remains of a cut one."""
        found = self.accepted(answer)
        if answer.code == 429:  # whose bodies often name themselves: only a link to a record says more
            return found.request_id if found and (found.status_url or found.response_url) else None
        return found.request_id if found else parsing.id_in_remains(answer.raw)

    def accepted_all_the_same(self, request_id: str, refusal: errors.SegmindError) -> errors.AmbiguousSubmit:
        """The error for a refusal that names a request: it may exist, and is followed by its id."""
        sentence = self.compose(sentences.AMBIGUOUS["REFUSED"], sentences.MAYBE_SPENT, "")
        error = errors.AmbiguousSubmit(sentence, code=refusal.code, detail=refusal.detail)
        error.request_id, error.refusal = request_id, refusal
        return error

    def withdrawn(self) -> errors.SubmitStopped:
        happened = "The edit was withdrawn before it was sent."
        return errors.SubmitStopped(self.compose(happened, sentences.NOTHING_SPENT, ""))

    def unfit_key(self) -> errors.Unauthorized:
        happened = "The key has characters that no key has."
        sentence = self.compose(happened, sentences.NOTHING_SPENT, sentences.TABLE[401].advice)
        return errors.Unauthorized(sentence, field="api_key")

    def no_id(self) -> errors.NotFound:
        return errors.NotFound(self.compose("The edit has no request id.", "", "It was never accepted."))

    def _no_video(self, answer: Answer) -> errors.BadAnswer:
        error = errors.BadAnswer(
            self.compose(
                "{engine} says that the edit is finished, but names no video.",
                sentences.SPENT,
                "Ask its support, with the request id.",
            ),
            code=answer.code,
            detail="no video in the result",
        )
        error.maybe_billed = not self.free
        return error
