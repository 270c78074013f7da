"""One engine's answers, as values or as errors in its name. Holds no connection."""

from modules.segmind import answers, errors, retry
from modules.segmind.answers import RequestState, StatusReport
from modules.segmind.bodies import Answer
from modules.segmind.retry import AttemptOutcome, Call


class Reader:
    """Reads answers for `engine` (its name opens the sentences), leaving money out for a free one, and the
    key out always.

    The methods named after a call return a value, an error, or None when the answer cannot be understood.
    """

    def __init__(self, engine: str, free: bool, key) -> None:
        self.engine = engine
        self.free = free
        self._key = key

    # Values

    def accepted(self, answer: Answer):
        found = answers.accepted_in(answer.body.value)
        return None if found is None or "[key]" in found.request_id else found

    def report(self, answer: Answer):
        report = answers.report_in(answer.body.value, self._reason(answer))
        if answer.code == 422 and (report is None or report.state is not RequestState.FAILED):
            return StatusReport(RequestState.FAILED, error=self._reason(answer) or errors.NO_REASON)
        return report

    def result(self, answer: Answer):
        report = answers.report_in(answer.body.value, self._reason(answer))
        if answer.code == 422 or (report and report.state is RequestState.FAILED):
            return self.refusal(422, answer.body.message())
        if report and not report.over:
            sentence = self.compose("The edit is not finished yet.", "", "Ask for its status first.")
            return errors.NotFinished(sentence, code=answer.code, detail=report.state)
        found = answers.result_in(answer.body.value)
        return self._no_video(answer) if found is None and report is not None else found

    def credits(self, answer: Answer):
        if answer.code == 422:
            return self.refusal(422, answer.body.message())
        return answers.credits_in(answer.body.value)

    def _reason(self, answer: Answer) -> str:
        return errors.readable(answer.body.message(), self._key.reveal())

    # Errors

    def compose(self, happened: str, money: str, advice: str, quote: str = "") -> str:
        return errors.compose(self.engine, happened, money, advice, quote=quote, free=self.free)

    def refusal(self, code: int, message: str, *, reset_at: float | None = None) -> errors.SegmindError:
        """The error for an explicit HTTP answer other than 2xx."""
        return errors.from_answer(
            code, message, engine=self.engine, free=self.free, secret=self._key.reveal(), reset_at=reset_at
        )

    def unanswered(
        self, call: Call, outcome: AttemptOutcome, note: str, answer: Answer | None = None
    ) -> errors.SegmindError:
        """The error for an attempt that gave no usable answer; what it may have cost depends on the call."""
        kind = retry.error_class(retry.RULES[call][outcome].error)
        happened, money, advice = errors.UNANSWERED[kind]
        if kind is errors.AmbiguousSubmit:
            happened = errors.AMBIGUOUS[outcome.name]
        quote = errors.quotable(answer.body.message(), self._key.reveal()) if answer else ""
        error = kind(
            self.compose(happened, money, advice, quote),
            code=answer.code if answer else None,
            detail=f"{outcome}: {note}",
        )
        if answer and isinstance(error, errors.AmbiguousSubmit):
            error.request_id = answers.id_in_remains(answer.body.raw)
        return error

    def withdrawn(self) -> errors.SubmitStopped:
        happened = "The edit was withdrawn before it was sent."
        return errors.SubmitStopped(self.compose(happened, errors.NOTHING_SPENT, ""))

    def unfit_key(self) -> errors.Unauthorized:
        happened = "The key has characters that no key has."
        sentence = self.compose(happened, errors.NOTHING_SPENT, errors.TABLE[401].advice)
        return errors.Unauthorized(sentence, field="api_key")

    def no_id(self) -> errors.NotFound:
        return errors.NotFound(self.compose("The edit has no request id.", "", "It was never accepted."))

    def _no_video(self, answer: Answer) -> errors.BadAnswer:
        error = errors.BadAnswer(
            self.compose(
                "{engine} says that the edit is finished, but names no video.",
                errors.SPENT,
                "Ask its support, with the request id.",
            ),
            code=answer.code,
            detail="no video in the result",
        )
        error.maybe_billed = not self.free
        return error
