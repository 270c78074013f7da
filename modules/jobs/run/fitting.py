"""The clip of a job as it is sent: fetched, measured, written anew to fit its plan, and measured again."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from modules.edit.framing import Framing
from modules.edit.nearest import longest_duration, nearest_ratio
from modules.edit.price import estimate
from modules.edit.request import AUTO_RATIO, EditRequest, is_url
from modules.jobs.errors import JobError
from modules.jobs.run.active_job import ActiveJob
from modules.jobs.run.context import JobContext
from modules.jobs.run.media_gateway import MediaGateway
from modules.jobs.run.progress import Progress
from modules.media.fit.conform_plan import ConformPlan
from modules.media.read.clip import ClipFacts


def fitted_clip(context: JobContext, active: ActiveJob, work: Path) -> str:
    """The clip as it is sent, as a local file; from here on the job asks, and reserves, for its length.

    Every clip is written anew, the one that fits too: phones write their position into it. So a clip at an
    address is fetched. That also keeps its server from showing the engine another, longer clip than was
    measured here.
    """
    request, clip = active.job.request, active.job.request.video_url
    if is_url(clip):
        clip = _fetched(context, active, clip, work)
    facts = context.media_for(active.job).probe(clip)
    if request.aspect_ratio == AUTO_RATIO:
        # From here on the job carries the ratio that it is sent with, whoever takes it up or repeats it.
        request = in_a_ratio(request, facts)
        context.writer.change(active, request=request, durable=True)
    fitted = work / "clip.mp4"
    written = _fitted(context, active, clip, facts, fitted)
    request = request.with_duration(longest_duration(written.seconds))
    usd = estimate(request, active.job.engine).usd
    context.writer.change(active, request=request, estimate_usd=usd, durable=True)
    return str(fitted)


def _fitted(context: JobContext, active: ActiveJob, clip: str, facts: ClipFacts, target: Path) -> ClipFacts:
    """Write the local `clip` to `target` as the model takes it, and measure what was written.

    Damage may show only now: then what can be read is fitted once more, and what still is not as long as
    planned is never sent.
    """
    for last_try in (False, True):
        job = active.job
        plan = plan_for(context.media_for(job), facts, job.request, job.framing, job.engine, job.payer)
        if plan.problem:
            raise JobError(plan.problem, field="video_url")
        changes = "; ".join(plan.changes)
        written_anew = "Writing the clip anew" if plan.needed else "Copying the clip without its metadata"
        message = f"Fitting the clip ({changes})" if changes else written_anew
        context.writer.change(active, message=message)
        context.storage.make_room(context.journal, 30 * 2**20)
        told = Progress(context, active, {"": 1})
        written = context.media_for(active.job).conform(
            clip,
            target,
            plan,
            keep_audio=job.request.keep_audio,
            draft=job.engine == "preview",
            on_progress=partial(told, ""),
        )
        problem = context.media_for(active.job).length_problem(plan, written)
        if problem is None:
            break
        if last_try or written.seconds >= plan.seconds:
            raise JobError(
                f"{problem} Nothing was sent or spent. Export the clip again as MP4, or choose another part.",
                field="video_url",
            )
        facts = context.media_for(active.job).readable(facts, plan, written)
    done = list(plan.changes)
    if active.job.request.keep_audio and facts.audio_codec and not written.audio_codec:
        message = "The sound of this clip cannot be read: it is sent without sound"
        context.writer.change(active, message=message)
        done.append(message)
    context.writer.change(active, prepared=(f"Clip: {'; '.join(done)}",) if done else ())
    return written


def _fetched(context: JobContext, active: ActiveJob, url: str, work: Path) -> str:
    context.writer.change(active, message="Fetching the clip")
    context.media_for(active.job).download(url, work / "fetched.mp4")
    return str(work / "fetched.mp4")


def in_a_ratio(request: EditRequest, facts: ClipFacts) -> EditRequest:
    """The request with one of the model's ratios: its own, or the one nearest to the clip."""
    if request.aspect_ratio != AUTO_RATIO:
        return request
    return request.with_ratio(nearest_ratio(facts.width, facts.height))


def plan_for(
    media: MediaGateway, facts: ClipFacts, request: EditRequest, framing: Framing, engine: str, payer: str
) -> ConformPlan:
    """How the clip of a request, with these facts, is fitted for `engine`."""
    draft = engine == "preview"
    plan = media.plan(facts, request.seconds, request.aspect_ratio, framing, draft=draft)
    # Never copied for the owner's money: what an index hides or claims could be billed, and its length be
    # another one.
    return replace(plan, needed=True) if payer == "owner" else plan
