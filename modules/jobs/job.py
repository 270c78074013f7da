"""One edit's life as a value: its stages, the moves between them, and how long each took."""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from modules.edit.framing import Framing
from modules.edit.request import EditRequest
from modules.jobs.identity import Identity
from modules.secret import Secret


class Stage(str, Enum):
    """Where a job is. The last four are ends."""

    PREPARING = "PREPARING"
    UPLOADING = "UPLOADING"
    SUBMITTING = "SUBMITTING"
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    SAVING = "SAVING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    UNCERTAIN = "UNCERTAIN"
    """A submit whose outcome is unknown. Never re-sent by itself."""
    EXPIRED = "EXPIRED"
    """The result could not be fetched: the record is gone, or the file cannot be had."""

    def __str__(self) -> str:
        return self.value


TERMINAL_STAGES = frozenset({Stage.COMPLETED, Stage.FAILED, Stage.UNCERTAIN, Stage.EXPIRED})
UNSENT_STAGES = frozenset({Stage.PREPARING, Stage.UPLOADING})
"""Nothing has been sent to be billed: such a job may start again, and can really be cancelled."""
SENT_STAGES = frozenset({Stage.QUEUED, Stage.PROCESSING, Stage.SAVING})
"""A request id is known: such a job is only ever followed, never sent again (the free preview excepted)."""

_S = Stage
TRANSITIONS: dict[Stage, frozenset[Stage]] = {
    _S.PREPARING: frozenset({_S.PREPARING, _S.UPLOADING, _S.FAILED}),
    _S.UPLOADING: frozenset({_S.PREPARING, _S.SUBMITTING, _S.FAILED}),
    # Back to PREPARING only for the preview engine, which bills nothing.
    _S.SUBMITTING: frozenset({_S.PREPARING, _S.QUEUED, _S.FAILED, _S.UNCERTAIN}),
    _S.QUEUED: frozenset({_S.PREPARING, _S.PROCESSING, _S.SAVING, _S.FAILED, _S.EXPIRED}),
    _S.PROCESSING: frozenset({_S.PREPARING, _S.QUEUED, _S.SAVING, _S.FAILED, _S.EXPIRED}),
    _S.SAVING: frozenset({_S.PREPARING, _S.COMPLETED, _S.FAILED, _S.EXPIRED}),
    _S.COMPLETED: frozenset(),
    _S.FAILED: frozenset(),
    # A request id that turns up late (in the request history, or in an answer that reached a stalled process)
    # brings the job back to life.
    _S.UNCERTAIN: frozenset({_S.QUEUED}),
    # The request history knows what the record no longer says, and a file may be fetched again.
    _S.EXPIRED: frozenset({_S.SAVING, _S.FAILED}),
}
_ORDER = {stage: place for place, stage in enumerate(Stage)}


@dataclass(frozen=True)
class Job:
    """A job at one version. Times are epoch seconds; paths are local and never leave the server.

    `version` grows by one with every change. `progress` is 0..1 within the stage, or None. `cost_usd` is
    what the answer said (`metrics.cost`), or the estimate when `cost_is_estimate`. `payload` is the JSON
    that was sent.
    """

    job_id: str
    visitor: str
    engine: str
    payer: str
    request: EditRequest
    framing: Framing
    stage: Stage
    message: str
    created_at: float
    stage_times: dict[str, float] = field(default_factory=dict)
    version: int = 1
    request_id: str | None = None
    payload: dict[str, Any] | None = None
    estimate_usd: float = 0.0
    cost_usd: float | None = None
    cost_is_estimate: bool = False
    metrics: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    engine_error: str | None = None
    """Why it failed in the engine's own words, whole and without keys; None when it said nothing."""
    problems: tuple[dict[str, Any], ...] = ()
    plan: dict[str, Any] | None = None
    progress: float | None = None
    still: str | None = None
    before: str | None = None
    """The clip as it was sent: what the result is compared with."""
    result: str | None = None
    result_url: str | None = None
    needs_key: bool = False
    maybe_billed: bool = False
    checking: bool = False
    """The engine's request history is being asked what became of it; so it is looked after although its
    `stage` may be an end."""
    lost_at: float | None = None
    """When the answer to its submit was lost (epoch), or the loss was noticed."""
    prepared: tuple[str, ...] = ()
    """What was done to the sources before they were sent, such as `@Image1: 200x150 -> 400x300`."""
    cancelled: bool = False
    resent: bool = False
    """The free preview was asked a second time because the first request was lost."""
    resumed: bool = False
    """Followed from a pasted request id: nothing was sent, and so nothing counted, by this studio."""
    hidden: bool = False
    """The visitor has taken it off the list."""
    person: str = ""
    address: str = ""
    """Whose allowances it uses: see `Identity`."""
    share: str = ""
    """The token under which its result is shown to everybody who has the link; empty while it is not."""
    failure: str = ""
    """Why it FAILED, as one of `run/failure_kind.KINDS`: programs decide by it, persons read `error`."""
    fingerprint: str = ""
    """Of what a command was asked to do: by it the command line knows the same edit again after a kill."""
    swept: bool = False
    """Its files were removed: too old, or the disk's share was used up."""

    @property
    def terminal(self) -> bool:
        return self.stage in TERMINAL_STAGES

    @property
    def who(self) -> Identity:
        """Whose allowances it uses. One of an earlier version counts for its visitor alone."""
        return Identity(self.person or self.visitor, self.address)

    @property
    def over(self) -> bool:
        """It has ended, and nothing more happens by itself."""
        return self.terminal and not self.checking

    @property
    def free(self) -> bool:
        return self.payer == "nobody"

    @property
    def charged(self) -> str:
        """What can truthfully be said of this job's cost: `"nothing"`, `"actual"` (`cost_usd` is what the
        answer said), `"estimate"` (`cost_usd`, or `estimate_usd` while it runs), or `"unknown"`.

        A job that ended FAILED is charged nothing, before the submit and after it: the engine bills no
        failed edit (CONTRACT), unless its history says otherwise. What an EXPIRED one cost was never read,
        unless its result was.
        """
        if self.free:
            return "nothing"
        if self.cost_usd is not None and not self.cost_is_estimate:
            return "actual"
        if self.maybe_billed or self.stage == Stage.UNCERTAIN:
            return "unknown"
        if self.stage == Stage.EXPIRED and not self.result_url:
            return "unknown"
        if self.stage == Stage.FAILED:
            return "nothing"
        # What was sent elsewhere has no estimate here.
        return "estimate" if self.cost_is_estimate or not self.resumed else "unknown"

    @property
    def submitted_at(self) -> float | None:
        """When the request was sent (epoch), or None."""
        return self.stage_times.get(Stage.SUBMITTING) or self.stage_times.get(Stage.QUEUED)

    def moved(self, now: float, stage: Stage | None = None, **changes: Any) -> "Job":
        """The next version, in `stage` if given. ValueError for a move that TRANSITIONS does not list."""
        if stage is not None and stage != self.stage:
            if stage not in TRANSITIONS[self.stage]:
                raise ValueError(f"no way from {self.stage} to {stage}")
            # Going back (a restart) forgets the times of what will happen again.
            times = {name: at for name, at in self.stage_times.items() if _ORDER[Stage(name)] < _ORDER[stage]}
            changes = {
                "progress": None,
                **changes,
                "stage": stage,
                "stage_times": {**times, stage.value: max([now, *times.values()])},
            }
        return replace(self, version=self.version + 1, **changes)

    def elapsed(self, now: float) -> float:
        """Seconds from the press of the button to the end, or to `now`. Never negative, whatever the clock
        did."""
        end = self.stage_times.get(self.stage.value, now) if self.terminal else now
        return max(0.0, end - self.created_at)

    def spent_per_stage(self, now: float) -> dict[str, float]:
        """Seconds in each stage so far, in order."""
        marks = sorted(((at, _ORDER[Stage(name)], name) for name, at in self.stage_times.items()))
        ends = [at for at, _, _ in marks[1:]] + [now]
        return {
            name: round(max(0.0, end - at), 2)
            for (at, _, name), end in zip(marks, ends, strict=True)
            if Stage(name) not in TERMINAL_STAGES
        }


def payer_of(engine: str, key: Secret | None) -> str:
    """Who pays for an edit by `engine` with the visitor's `key`, which may be empty: nobody, visitor or
    owner."""
    return "nobody" if engine == "preview" else "visitor" if key else "owner"
