"""My edits: this browser's jobs as cards."""

from modules.edit.file_names import result_name
from modules.jobs.job import TERMINAL_STAGES, Job, Stage
from modules.ui.components.base import file_value
from modules.ui.components.timeline.value import left_undone, title, tone
from modules.ui.messages import again_label, cost_text


def edits_value(jobs: list[Job], now: float, *, page: int, pages: int, total: int, search: str) -> dict:
    """The value of `EditList`: one page of the jobs, the newest first."""
    cards = [_card(job, now) for job in jobs]
    return {"jobs": cards, "page": page, "pages": pages, "total": total, "search": search}


def when(then: float, now: float) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `2 days ago`."""
    passed = max(0.0, now - then)
    if passed < 60:
        return "just now"
    if passed < 3600:
        return f"{passed / 60:.0f} min ago"
    if passed < 36 * 3600:
        return f"{passed / 3600:.0f} h ago"
    return f"{passed / 86400:.0f} days ago"


def _card(job: Job, now: float) -> dict:
    finished = job.stage in TERMINAL_STAGES
    have_result = job.stage == Stage.COMPLETED and bool(job.result)
    actions = [["open", "Open"]]
    if job.needs_key and not finished:
        actions.append(["key", "Go on with my key"])
    if job.stage == Stage.EXPIRED and job.result_url and not job.checking:
        actions.append(["look_again", "Fetch it again"])
    if have_result:
        actions.append(["unshare", "Stop sharing"] if job.share else ["share", "Share"])
        actions.append(["source", "Use as next source"])
    if job.request.video_url:
        actions.append(["reuse", "Reuse settings"])
        if finished:
            actions.append(["again", again_label(job)])
    if finished:
        actions.append(["forget", "Forget"])
    return {
        "job_id": job.job_id,
        "prompt": job.request.prompt,
        "title": title(job),
        "tone": tone(job),
        "undone": left_undone(job),
        "when": when(job.created_at, now),
        "time": f"{job.elapsed(now):.0f} s",
        "cost": cost_text(job),
        "thumbnail": file_value(job.still),
        "result": file_value(job.result) if have_result else None,
        "name": result_name(job.request.video_url, job.request.prompt),
        "share": f"share/{job.share}" if have_result and job.share else None,
        "finished": finished,
        "actions": actions,
    }
