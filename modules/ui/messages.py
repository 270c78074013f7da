"""The page's sentences about engines, money and stages, in one place."""

from html import escape

from modules.edit.price import dollars, estimate
from modules.edit.request import EditRequest
from modules.jobs.job import Job
from modules.jobs.store.allowance import Allowance, moment

STAGE_WORDS = {
    "PREPARING": "Preparing the clip",
    "UPLOADING": "Uploading",
    "SUBMITTING": "Sending the edit",
    "QUEUED": "Waiting for its turn",
    "PROCESSING": "Editing",
    "SAVING": "Saving the result",
    "COMPLETED": "Your edit is ready",
    "FAILED": "The edit did not work",
    "UNCERTAIN": "It is not certain whether the edit was sent",
    "EXPIRED": "The result could not be fetched",
}
STEPS = ("PREPARING", "UPLOADING", "SUBMITTING", "QUEUED", "PROCESSING", "SAVING")
STEP_WORDS = {
    "PREPARING": "Prepare",
    "UPLOADING": "Upload",
    "SUBMITTING": "Send",
    "QUEUED": "Wait",
    "PROCESSING": "Edit",
    "SAVING": "Save",
}

STARTERS = {
    "Background": [
        "Change the background to a snowy mountain range at sunset, keep the person as they are",
        "Put the person on a tropical beach with gentle waves, match the light to the sand",
        "Replace the background with @Image1 and blend the light on the subject",
    ],
    "Character": [
        "Replace the person with @Element1, keep the movement and the camera",
        "Let @Element1 stand beside the person, in the same light",
    ],
    "Restyle": [
        "Turn the whole clip into a watercolour painting on rough paper",
        "Make it look like hand-drawn anime with clean lines and bright colours",
        "Restyle the scene as 8-bit pixel art",
    ],
    "Light": [
        "Relight the scene as golden hour with long warm light and soft haze",
        "Turn day into night: neon signs, wet streets, cyberpunk colours",
        "Make it film noir: black and white, hard shadows, a little grain",
    ],
    "Weather": [
        "Make it a heavy snowfall, with snow on the ground and cold light",
        "Add strong rain and reflections on the ground, keep the background",
        "Autumn: red and golden leaves drifting through the frame",
    ],
}


def offer(
    request: EditRequest,
    engine: str,
    payer: str,
    *,
    credits: float | None = None,
    left: str = "",
) -> str:
    """What the button will do and what it costs, as HTML with no visitor text in it. `credits`: of the
    visitor's key; `left`: what is said of the owner's allowance."""
    if engine == "preview":
        return (
            "<b>Preview engine, free.</b> It follows the prompt with image effects on this server, in "
            "seconds. It is not Kling: it changes what is there and generates nothing new."
        )
    price = estimate(request, engine)
    sums = f"<span class='sum'>about <b>{dollars(price.usd)}</b> ({escape(price.arithmetic)})</span>"
    took = "It usually takes three to four minutes and cannot be cancelled once sent."
    if payer == "visitor":
        have = "" if credits is None else f" Your key has {credits:,.2f} credits left."
        return f"<b>Kling O3 on Segmind</b>, {sums}, an estimate, charged to your key.{have} {took}"
    left = f" {left}" if left else ""
    return f"<b>Kling O3 on Segmind</b>, {sums}, an estimate, paid by the owner of this page.{left} {took}"


def allowance_text(found: Allowance, now: float) -> str:
    """What is left of the owner's money for a visitor, which limits hold, and when it starts again."""
    if found.refusal:
        return f"<b>{escape(found.refusal)}</b>"
    everybody = f"{dollars(found.usd)} of {dollars(found.daily_usd)} in 24 hours"
    scaled = (
        f" Recent edits cost up to {found.scale:.1f} times their estimate, so that much is set aside."
        if found.scale > 1.005
        else ""
    )
    if found.edits is None:
        return f"Left of its budget: {everybody}.{scaled}"
    again = f", again {moment(found.again_at, now)}" if found.again_at else ""
    return (
        f"Left for you: {found.edits} of {found.limit} paid edits in 24 hours{again}; for everybody: "
        f"{everybody}.{scaled}"
    )


def hint_list(hints: list[str]) -> str:
    """What the form had better say, as HTML; "" when there is nothing."""
    items = "".join(f"<li>{escape(hint)}</li>" for hint in hints)
    return f"<ul class='hints'>{items}</ul>" if hints else ""


def problem_html(sentence: str) -> str:
    """A sentence about what is wrong, which may name what was typed, as HTML; "" when there is none."""
    return f"<p class='problem' role='alert'>{escape(sentence)}</p>" if sentence else ""


def again_label(job: Job, words: str = "Run again") -> str:
    """The button that makes an edit once more, with its price."""
    if job.engine == "preview" or (job.free and job.engine != "segmind"):
        return words
    return f"{words}, about {dollars(estimate(job.request, job.engine).usd)}"


def cost_text(job: Job) -> str:
    """`free`, `nothing`, `$2.10` or `about $2.10`, for a finished or running job."""
    if job.free or job.engine == "preview":
        return "free"
    if job.terminal and job.charged == "nothing":
        return "nothing"
    if job.terminal and job.charged == "unknown":
        return f"perhaps {dollars(job.estimate_usd)}, not known"
    if job.cost_usd is not None:
        return ("about " if job.cost_is_estimate else "") + dollars(job.cost_usd)
    return f"about {dollars(job.estimate_usd)}"


def engine_name(engine: str) -> str:
    return "Preview engine (not Kling)" if engine == "preview" else "Kling O3 on Segmind"
