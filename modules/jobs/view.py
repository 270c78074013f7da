"""What the page and the API see of a job: one typed shape for a running, ended or refused edit.

JSON-able; holds no key, no visitor token and no path of this server. `/edit`, `/job` and every refusal answer
`JobView.model_dump()`, so that a caller reads one set of keys.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from modules.edit.request import Problem
from modules.jobs.job import Job, Stage
from modules.jobs.run.eta import Outlook

_API_NAMES = (
    ("frontal_image_url", "frontal_image"),
    ("reference_image_urls", "reference_images"),
    ("image_urls", "images"),
    ("video_url", "video"),
)


_METRICS = ("cost", "inference_time", "queue_time", "total_time", "retry_count")
"""What is told of an answer's metrics; anything else may be about the account."""


class ProblemView(BaseModel):
    """One thing that is wrong with a request. `field` is a parameter of `/edit`, such as `video` or
    `elements[0].frontal_image`; None when it concerns no single one."""

    field: str | None
    message: str


class JobView(BaseModel):
    """A job at one version. Times in seconds; `created_at` is an epoch time; costs in US dollars."""

    model_config = ConfigDict(frozen=True)

    job_id: str = ""
    request_id: str | None = None
    engine: str = ""
    payer: str = "nobody"
    stage: str = Stage.FAILED.value
    message: str = ""
    elapsed: float = 0.0
    eta: float | None = None
    """Median seconds to go."""
    usual: str | None = None
    """What such an edit takes from the submit, such as `usually 3-4 min`, while it runs."""
    late: bool = False
    """It takes longer than nine of ten such edits."""
    progress: float | None = None
    """0..1 within the stage, or None when the engine does not say."""
    estimate_usd: float = 0.0
    cost_usd: float | None = None
    cost_is_estimate: bool = False
    charged: str = "nothing"
    """`nothing`, `estimate`, `actual` or `unknown`: what is true of the cost, see `Job.charged`."""
    error: str | None = None
    engine_error: str | None = None
    """Why it failed in the engine's own words; `error` says what they mean."""
    problems: list[ProblemView] = []
    prepared: list[str] = []
    """What was done to the clip and the pictures before they were sent."""
    prompt: str = ""
    mode: str = ""
    duration: str = ""
    aspect_ratio: str = ""
    stage_times: dict[str, float] = {}
    plan: dict[str, Any] | None = None
    metrics: dict[str, Any] = {}
    result_url: str | None = None
    needs_key: bool = False
    maybe_billed: bool = False
    checking: bool = False
    """The engine's request history is being asked what became of it: more may come even after an end."""
    cancelled: bool = False
    swept: bool = False
    created_at: float | None = None
    outlook: Outlook = Field(default=Outlook(), exclude=True)
    """For the page, which goes on from it between two views."""


def view_of(job: Job, now: float, eta: float | None = None, *, outlook: Outlook | None = None) -> JobView:
    """`job` as it is at the epoch time `now`, with `eta` seconds to go, or as `outlook` says."""
    outlook = outlook or Outlook(eta)
    to_payer = job.payer == "visitor" and job.engine == "segmind"
    return JobView(
        job_id=job.job_id,
        request_id=job.request_id,
        engine=job.engine,
        payer=job.payer,
        stage=job.stage.value,
        message=job.message,
        elapsed=round(job.elapsed(now), 1),
        eta=None if outlook.eta is None or job.terminal else round(max(0.0, outlook.eta), 1),
        usual=outlook.usual,
        late=outlook.late_in is not None and outlook.late_in < 0,
        outlook=outlook,
        progress=None if job.progress is None else round(job.progress, 3),
        estimate_usd=job.estimate_usd,
        cost_usd=job.cost_usd,
        cost_is_estimate=job.cost_is_estimate,
        charged=job.charged,
        error=job.error,
        engine_error=job.engine_error,
        problems=[_problem(problem.get("field"), problem["message"]) for problem in job.problems],
        prepared=list(job.prepared),
        prompt=job.request.prompt,
        mode=job.request.mode,
        duration=job.request.duration,
        aspect_ratio=job.request.aspect_ratio,
        stage_times=job.spent_per_stage(now),
        plan=job.plan,
        metrics=_metrics(job, to_payer),
        # The preview's own address means nothing outside this machine.
        result_url=job.result_url if to_payer else None,
        needs_key=job.needs_key,
        maybe_billed=job.maybe_billed,
        checking=job.checking,
        cancelled=job.cancelled,
        swept=job.swept,
        created_at=job.created_at,
    )


def _metrics(job: Job, to_payer: bool) -> dict[str, Any]:
    """The payer's account is nobody else's business."""
    shown = (*_METRICS, "remaining_credits") if to_payer else _METRICS
    return {name: job.metrics[name] for name in shown if name in job.metrics}


def refusal(problems: Iterable[Problem], engine: str) -> JobView:
    """An edit that was never begun, and why."""
    problems = list(problems)
    sentence = " ".join(problem.message for problem in problems)
    return JobView(
        engine=engine,
        message=f"{sentence} Nothing was spent.",
        error=sentence,
        problems=[_problem(problem.field, problem.message) for problem in problems],
    )


def _problem(field: str | None, message: str) -> ProblemView:
    for model_name, api_name in _API_NAMES:
        field = field and field.replace(model_name, api_name)
    return ProblemView(field=field, message=message)
