"""Jobs as values, for tests of what keeps and shows them."""

from modules.edit.request import EditRequest
from modules.jobs.job import Framing, Job, Stage


def a_job(**changes) -> Job:
    facts = {
        "job_id": "job-00000001",
        "visitor": "the visitor's token",
        "engine": "segmind",
        "payer": "visitor",
        "request": EditRequest(prompt="Make it snow", video_url="/srv/data/clip.mp4"),
        "framing": Framing(),
        "stage": Stage.PREPARING,
        "message": "Looking",
        "created_at": 100.0,
        "stage_times": {"PREPARING": 100.0},
    }
    return Job(**{**facts, **changes})
