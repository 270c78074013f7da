"""What pages that watch a job are told of it, made once for all of them."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from modules.clip_looks import before_path
from modules.jobs.job import Job
from modules.ui.components.timeline.value import stage_value
from modules.ui.shared_answers import SharedAnswer

FRESH_SECONDS = 0.5
"""An answer says how long the job has taken: one that is older is made anew for who comes later."""
MOST = 512
"""Jobs that are remembered."""


class JobLook:
    """A job at a moment. `stage`: the value of the two videos; `shown`: what of it, when it changes, must be
    shown anew."""

    def __init__(self, job: Job, at: float) -> None:
        self.job, self.at = job, at
        self.stage = stage_value(job, before_path(job), job.still)
        self.shown = (
            self.stage["state"],
            self.stage["after"] and job.result,
            job.still,
            self.stage["before"],
        )
        self._answers: dict[Hashable, SharedAnswer] = {}
        self._sheet: asyncio.Task[str | None] | None = None

    def answer(self, kind: Hashable, values: Callable[[], dict]) -> SharedAnswer:
        """The answer of that kind: made by `values()` when nobody was given it yet."""
        if kind not in self._answers:
            self._answers[kind] = SharedAnswer(values())
        return self._answers[kind]

    async def sheet(self, make: Callable[[Job], Coroutine[Any, Any, str | None]]) -> str | None:
        """The contact sheet that `make` makes, once for everybody."""
        if self._sheet is None:
            self._sheet = asyncio.ensure_future(make(self.job))
        return await asyncio.shield(self._sheet)


class JobLooks:
    """The latest look at each job."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looks: OrderedDict[str, JobLook] = OrderedDict()

    def at(self, job: Job) -> JobLook:
        """A look at `job` as it is, no older than FRESH_SECONDS."""
        now, look = self._clock(), self._looks.get(job.job_id)
        if look is None or now - look.at >= FRESH_SECONDS or look.job != job:
            look = self._looks[job.job_id] = JobLook(job, now)
            self._looks.move_to_end(job.job_id)
            while len(self._looks) > MOST:
                self._looks.popitem(last=False)
        return look
