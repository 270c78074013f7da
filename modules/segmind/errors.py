"""What the wire can say, or fail to say, as one tree of errors."""

from typing import Any

from modules.edit.errors import StudioError
from modules.edit.request import Problem


class SegmindError(StudioError):
    """Raised when a call to the engine does not give what was asked; typically a subclass says why.

    `code` is the HTTP status, or None when no answer came. `detail` is a short technical note for logs,
    free of keys and URLs. `reason` holds the engine's own words, whole, without keys, "" when it gave none;
    `problems` what they say of single parameters, or, when `inferred`, where such a reason usually belongs.
    `about_account`: the words may tell of the payer's account.
    """

    about_account = False

    def __init__(
        self,
        sentence: str,
        *,
        code: int | None = None,
        detail: str = "",
        field: str | None = None,
        reason: str = "",
        problems: tuple[Problem, ...] = (),
        inferred: bool = False,
    ) -> None:
        super().__init__(sentence, field=field)
        self.code = code
        self.detail = detail
        self.reason = reason
        self.problems = problems
        self.inferred = inferred


class BadRequest(SegmindError):
    """The engine refused the request as malformed or invalid (400, 413 and the rarer 4xx)."""


class Unauthorized(SegmindError):
    """The key is missing, malformed or rejected (401)."""


class Forbidden(SegmindError):
    """The account may not call this model (403)."""


class NotFound(SegmindError):
    """No such model, or the request record is unknown or older than its one hour (404)."""


class MethodNotAllowed(SegmindError):
    """The address does not take this kind of call (405, an HTML body); typically a wrong base URL."""


class NotAcceptable(SegmindError):
    """A value, a header or a limit was not acceptable (406); the engine's message says which."""


class InsufficientCredits(NotAcceptable):
    """The account has too few credits, or met its own spend limit (402, or another 4xx that says so)."""

    about_account = True


class Gone(SegmindError):
    """The model is retired (410)."""


class JobFailed(SegmindError):
    """The job ran and failed, content blocks included (422); `reason` says why."""


class RateLimited(SegmindError):
    """Too many requests for this key (429). `reset_at`: when to go on, in epoch seconds, or None."""

    def __init__(self, sentence: str, *, reset_at: float | None = None, **kw: Any) -> None:
        super().__init__(sentence, **kw)
        self.reset_at = reset_at


class ServerError(SegmindError):
    """The engine or a gateway before it failed (5xx)."""


class NotReached(SegmindError):
    """No connection could be made (refused, no such host, time-out, failed handshake): nothing was sent."""


class ConnectionLost(SegmindError):
    """A call that costs nothing got no whole answer; asking again is safe."""


class BadAnswer(SegmindError):
    """The answer could not be understood; typically not JSON, cut short, or without the promised fields."""


class NotFinished(BadAnswer):
    """The result was asked for while the job is still waiting or running."""


class AmbiguousSubmit(SegmindError):
    """A submit left this machine and no usable answer came back. Never re-sent by itself: each accepted one
    is charged.

    `request_id` is set when a cut answer, or a refusal, still showed a whole id: the job then exists, and may
    be followed by it. `refusal`: the error it would have been without the id.
    """

    maybe_billed = True
    request_id: str | None = None
    refusal: "SegmindError | None" = None


class SubmitStopped(SegmindError):
    """The caller withdrew the submit while it waited for its turn; nothing was sent."""


class UploadFailed(SegmindError):
    """A local file cannot be sent; typically it vanished or changed while it was read."""


class DownloadFailed(SegmindError):
    """The finished video could not be copied whole. The job is done and charged."""

    maybe_billed = True


class ResultGone(DownloadFailed):
    """The finished video is no longer at its address (404 or 410)."""
