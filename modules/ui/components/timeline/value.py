"""A job as the progress widget shows it, and as the stage (the two videos) shows it. Pure: a job in, plain
values out."""

from pathlib import PurePath

from modules.edit.price import dollars
from modules.jobs.job import TERMINAL_STAGES, Job, Stage
from modules.jobs.view import JobView
from modules.ui.components.base import file_value
from modules.ui.messages import STAGE_WORDS, STEP_WORDS, STEPS, again_label, cost_text, engine_name

_GOOD, _BAD, _CALM = "good", "bad", "calm"
_SHARED = ("prompt", "mode", "duration", "aspect_ratio", "keep_audio", "shot_type")
"""The settings that can be copied as text: those that are not files."""


def tone(job: Job) -> str:
    if job.stage == Stage.COMPLETED:
        return _GOOD
    return _BAD if job.stage in TERMINAL_STAGES or job.needs_key else _CALM


def title(job: Job) -> str:
    if job.cancelled:
        return "Cancelled"
    if job.needs_key and job.stage not in TERMINAL_STAGES:
        return "Waiting for your key"
    if job.checking and job.stage == Stage.SUBMITTING:
        return "Checking whether it was sent"
    return "Only partly done" if left_undone(job) else STAGE_WORDS[job.stage.value]


def left_undone(job: Job) -> str:
    """What a finished edit was asked for and did not do, as sentences; "" when that is nothing."""
    plan = job.plan if job.stage == Stage.COMPLETED else None
    return " ".join((plan or {}).get("cannot") or ())


def engine_said(job: Job) -> dict[str, str] | None:
    """The engine's own words for a fold, `{"title", "text"}`; None when the error quotes all of them, or when
    there are none."""
    text = job.engine_error or ""
    if not text or text.rstrip(".") in (job.error or ""):
        return None
    who = "the preview engine" if job.engine == "preview" else "Segmind"
    return {"title": f"What {who} said", "text": text}


def progress_value(job: Job | None, view: JobView) -> dict:
    """The value of the progress widget; `{}` hides it."""
    if job is None:
        return {}
    running = job.stage not in TERMINAL_STAGES and not job.needs_key
    return {
        "job_id": job.job_id,
        "request_id": job.request_id,
        "stage": job.stage.value,
        "tone": tone(job),
        "title": title(job),
        "message": job.message if job.checking else job.error or job.message,
        "engine_said": engine_said(job),
        "note": _note(job, running),
        "steps": _steps(job, view.stage_times),
        "elapsed": view.elapsed,
        "eta": view.eta,
        "usual": view.usual,
        "late_in": view.outlook.late_in,
        "bar": [list(point) for point in view.outlook.bar],
        "facts": _facts(job, view) if job.stage in TERMINAL_STAGES else [],
        "plan": job.plan,
        "running": running,
        "actions": _actions(job),
        "share": f"share/{job.share}" if job.share else None,
        "settings": {name: value for name, value in job.request.to_json().items() if name in _SHARED},
    }


def stage_value(job: Job, before: str | None, poster: str | None) -> dict:
    """The value of the wipe while a job runs and when it is done."""
    done = job.stage == Stage.COMPLETED and job.result
    # Until the engine gives a still of the edit, `job.still` is a picture of the clip: that is a poster, not
    # a first look.
    still = job.still if job.still and not done and PurePath(job.still).name == "still.jpg" else None
    made_by = engine_name(job.engine)
    return {
        "before": file_value(before),
        "after": file_value(job.result) if done else None,
        "still": file_value(still),
        "poster": file_value(poster),
        "caption": f"Made by the {made_by[0].lower() + made_by[1:]}."
        if done and job.engine == "preview"
        else f"Made by {made_by}."
        if done
        else "A first still of the edit; the rest is being made."
        if still
        else "Your clip, as it is sent.",
        "state": "result" if done else "running",
        "audio": bool(done and job.request.keep_audio),
    }


def _steps(job: Job, spent: dict[str, float]) -> list[dict]:
    reached = [name for name in STEPS if name in spent]
    last = reached[-1] if reached else STEPS[0]
    steps = []
    for name in STEPS:
        state = "done" if name in spent else "waiting"
        if name == last and job.stage != Stage.COMPLETED:
            state = "bad" if job.stage in TERMINAL_STAGES else "now"
        steps.append({"name": STEP_WORDS[name], "seconds": spent.get(name, 0.0), "state": state})
    return steps


def _note(job: Job, running: bool) -> str:
    if running:
        return (
            "You can close this page: the edit goes on, and it will be here when you come back in this "
            "browser."
        )
    if job.maybe_billed and job.stage == Stage.UNCERTAIN:
        return (
            "A second edit would be charged a second time. If you have the request id from your Segmind "
            "account, follow it under My edits."
        )
    return ""


def _facts(job: Job, view: JobView) -> list[list[str]]:
    facts = [["Engine", engine_name(job.engine)], ["Took", f"{view.elapsed:.1f} s in all"]]
    inference = job.metrics.get("inference_time")
    if isinstance(inference, int | float):
        facts[1][1] += f", {inference:.1f} s of it editing"
    facts.append(["Cost", cost_text(job)])
    facts += [["Prepared", one] for one in job.prepared]
    remaining = job.metrics.get("remaining_credits")
    if isinstance(remaining, int | float) and job.engine == "segmind" and job.payer == "visitor":
        facts.append(["Credits left", dollars(float(remaining))])
    return facts


def _actions(job: Job) -> list[list[str]]:
    if job.stage == Stage.UNCERTAIN:
        look = [] if job.checking else [["look_again", "Check again"]]
        return [*look, ["resend", "Send it again (charged again)"], ["reuse", "Back to its settings"]]
    if job.stage == Stage.EXPIRED and not job.checking:
        look_again = ["look_again", "Fetch it again" if job.result_url else "Look again"]
        return [look_again, ["again", again_label(job, "Try again")], ["reuse", "Back to its settings"]]
    if job.checking:
        return []
    if job.needs_key and job.stage not in TERMINAL_STAGES:
        return [["key", "Go on with my key"]] + ([] if job.request_id else [["cancel", "Cancel"]])
    if job.stage not in TERMINAL_STAGES:
        return [["cancel", "Stop watching" if job.request_id or job.stage == Stage.SUBMITTING else "Cancel"]]
    if job.stage == Stage.COMPLETED:
        return [
            *([] if job.share or not job.result else [["share", "Share"]]),
            ["source", "Use as next source"],
            ["vary", "Vary it"],
            ["again", again_label(job)],
            ["copy", "Copy settings"],
        ]
    return [["again", again_label(job, "Try again")], ["reuse", "Back to its settings"]]
