"""The jobs of the visitors: every look and act, off the event loop, and each for its own visitor only."""

import asyncio
from collections.abc import AsyncIterator

from modules.jobs.errors import NOT_YOURS, NotYours
from modules.jobs.job import Job, Stage
from modules.jobs.runner import Runner
from modules.jobs.view import JobView
from modules.secret import Secret
from modules.visitors import VisitorTokens

WATCH_SECONDS = 15
"""A watcher looks up at least this often, so that a lost wake-up cannot leave a page behind for long."""

PASSING_SECONDS = 0.5
"""Most results are fetched in less. Telling a thousand pages of it takes the time in which they could be told
of the end."""


class JobAccess:
    """What names a job and a `visitor` raises NotYours for another's job."""

    def __init__(self, runner: Runner, visitors: VisitorTokens) -> None:
        self._runner, self.visitors = runner, visitors

    async def job(self, job_id: str) -> Job | None:
        """The job as it is now. Its id cannot be guessed, so it is the permission to look."""
        return await asyncio.to_thread(self._runner.get, job_id) if job_id else None

    def carries(self, job_id: str) -> bool:
        """Whether this process carries the job, and it has not ended. Asks no database."""
        return self._runner.is_running(job_id)

    async def job_of(self, visitor: str, job_id: str) -> Job:
        """A job of this visitor. Raises NotYours."""
        if not self.visitors.is_ours(visitor):
            raise NotYours(NOT_YOURS)
        return await asyncio.to_thread(self._runner.own, job_id, visitor)

    async def jobs_of(
        self, visitor: str, *, search: str = "", page: int = 1, size: int = 20
    ) -> tuple[list[Job], int]:
        """The jobs on `page` (from 1) of the visitor's, newest first, and how many there are in all; none for
        a token that is not ours. `search`: words that must all be in the prompt or one of the ids."""
        if not self.visitors.is_ours(visitor):
            return [], 0
        return await asyncio.to_thread(self._runner.page_of, visitor, search, page, size)

    async def newest_job(self, visitor: str) -> Job | None:
        """What a page that opens shows: the visitor's newest running job, else the newest."""
        runner = self._runner
        return await asyncio.to_thread(
            lambda: runner.newest_running(visitor) or next(iter(runner.jobs_of(visitor, 1)), None)
        )

    async def changed(self, job_id: str, seen_version: int, timeout: float = WATCH_SECONDS) -> Job | None:
        """The job once its version is another than `seen_version`, or as it is after `timeout` seconds."""
        return await self._runner.changed(job_id, seen_version, timeout)

    async def watch(self, job_id: str, *, calm: bool = False) -> AsyncIterator[Job]:
        """The job at every change, until it has ended. Nothing for an unknown one. `calm`: its saving is told
        only when it takes PASSING_SECONDS or more."""
        seen = -1
        while (job := await self.changed(job_id, seen)) is not None:
            if job.version != seen:
                if calm:
                    job = await self._past_saving(job)
                seen = job.version
                yield job
            if job.over:
                return

    async def _past_saving(self, job: Job) -> Job:
        """What comes after the saving, when it comes within PASSING_SECONDS; any other stage as it is."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PASSING_SECONDS
        while job.stage == Stage.SAVING and (left := until - loop.time()) > 0:
            job = await self.changed(job.job_id, job.version, left) or job
        return job

    async def cancel(self, job_id: str, visitor: str) -> str:
        """Stop a job that was not sent; for one that was, the truth. The sentence for the person."""
        return await asyncio.to_thread(self._runner.cancel, job_id, visitor)

    async def end_free(self, job_id: str, visitor: str, sentence: str) -> None:
        """End a free job of this process, sent or not, because its engine ends with the process."""
        await asyncio.to_thread(self._runner.end_free, job_id, visitor, sentence)

    async def give_key(self, job_id: str, visitor: str, key: Secret) -> None:
        """Go on with a job that waits for its visitor's key."""
        await asyncio.to_thread(self._runner.give_key, job_id, visitor, key)

    async def look_again(self, job_id: str, visitor: str, key: Secret) -> None:
        """Ask what became of an edit in doubt, or fetch its video again; nothing is sent."""
        await asyncio.to_thread(self._runner.look_again, job_id, visitor, key or None)

    async def forget(self, job_id: str, visitor: str) -> None:
        """Take a job off the visitor's list and remove its files."""
        await asyncio.to_thread(self._runner.forget, job_id, visitor)

    def view(self, job: Job) -> JobView:
        """What the page and the API see of `job`."""
        return self._runner.view(job)
