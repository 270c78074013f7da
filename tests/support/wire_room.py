"""A job runner with the real client against a `FakeUpstream`, with quick pauses and short time-outs."""

from pathlib import Path

from modules.edit.framing import Framing
from modules.edit.request import EditRequest
from modules.jobs.build import build_runner
from modules.jobs.run.poll_schedule import PollSchedule
from modules.secret import Secret
from modules.segmind import retry
from modules.segmind.asset_upload import upload
from modules.segmind.client import SegmindClient
from tests.support.fake_upstream import KEY, FakeUpstream
from tests.support.scripted_media import CLIP, Media
from tests.support.waiting import until


class Engines:
    """Quick pauses and short time-outs; otherwise the real client."""

    def __init__(self, upstream: FakeUpstream, **options) -> None:
        policies = {
            call: retry.RetryPolicy(attempts=3, base=0.01, cap=0.05, total=10.0, longest_reset=10.0)
            for call in retry.Call
        }
        settings = {"policies": policies, "read_timeout": 0.6, "requests_per_minute": 0, **options}
        self.segmind = SegmindClient(upstream.url, upstream.url, KEY, **settings)
        self.preview = SegmindClient(
            upstream.url,
            upstream.url,
            KEY,
            policies=policies,
            read_timeout=0.6,
            engine_name="the preview engine",
            free=True,
            requests_per_minute=0,
        )

    def client(self, engine: str, key: Secret | None) -> SegmindClient:
        if engine == "preview":
            return self.preview
        return self.segmind if key is None else self.segmind.with_key(key)


class Room:
    """`scale` of the poll schedule, `patience` of the pauses after failures; `options` are the client's."""

    def __init__(
        self,
        folder: Path,
        upstream: FakeUpstream,
        patience: float = 0.02,
        *,
        scale: float = 0.005,
        budget: float = 10.0,
        **options,
    ) -> None:
        self.engines, self.media = Engines(upstream, **options), Media()
        self.runner = build_runner(
            folder,
            self.engines,
            self.media,
            upload,
            schedule=PollSchedule(scale=scale),
            patience=patience,
            daily_budget_usd=budget,
            executor={"beat": 0.2, "look": 0.1},
        )
        self.runner.recover()

    def start(self, engine: str = "segmind", key: str | None = None, visitor: str = "anna", **changes) -> str:
        request = EditRequest(**{"prompt": "Make it snow", "video_url": str(CLIP), **changes})
        return self.runner.start(request, Framing(), visitor, key and Secret(key), engine)

    def ended(self, job_id: str):
        return until(lambda: (job := self.runner.get(job_id)).terminal and job)

    def over(self, job_id: str):
        return until(lambda: (job := self.runner.get(job_id)).over and job)

    def at(self, job_id: str, stage: str):
        return until(lambda: (job := self.runner.get(job_id)).stage == stage and job)

    @staticmethod
    def until(ready):
        return until(ready)
