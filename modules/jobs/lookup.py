"""Looking at jobs: those that run in this process as they are now, all others as the journal has them."""

import asyncio
import secrets
from dataclasses import replace

from modules.jobs.errors import NOT_YOURS, NotYours
from modules.jobs.hub import Hub
from modules.jobs.job import Job, Stage
from modules.jobs.run.context import JobContext
from modules.jobs.run.eta import Outlook, outlook
from modules.jobs.run.executor import JobExecutor
from modules.jobs.run.polling import age
from modules.jobs.view import JobView, view_of

MAX_PAGE = 100
"""Jobs on one page of "My edits"."""
MAX_PAGES = 100_000
"""Beyond it no page is looked for: an offset must stay a number that the database knows."""


class JobLookup:
    """All methods are safe for many threads."""

    def __init__(self, context: JobContext, hub: Hub, executor: JobExecutor) -> None:
        self._context, self._hub, self._executor = context, hub, executor

    def get(self, job_id: str) -> Job | None:
        """The job now, or None. The id cannot be guessed, so it is the permission to look."""
        active = self._executor.active(job_id)
        job = active.job if active else self._context.journal.get(job_id)
        return self._seen(job) if job else None

    def own(self, job_id: str, visitor: str) -> Job:
        """The job now, when it is this visitor's. Raises NotYours, for an unknown one as well."""
        job = self.get(job_id)
        if job is None or not visitor or not secrets.compare_digest(job.visitor.encode(), visitor.encode()):
            raise NotYours(NOT_YOURS)
        return job

    def is_running(self, job_id: str) -> bool:
        """Whether this process carries the job. Asks no database."""
        active = self._executor.active(job_id)
        return active is not None and not active.job.terminal

    def jobs_of(self, visitor: str, limit: int = 50) -> list[Job]:
        """The visitor's jobs, newest first, without the forgotten ones."""
        found = self._context.journal.of_visitor(visitor, limit) if visitor else []
        return [self._newest(job) for job in found]

    def page_of(self, visitor: str, search: str = "", page: int = 1, size: int = 20) -> tuple[list[Job], int]:
        """A page of the visitor's jobs and the number of all that match: see `Journal.page_of`. `page` counts
        from 1, `size` is at most MAX_PAGE; a page after the last one is empty."""
        if not visitor:
            return [], 0
        page, size = min(max(1, page), MAX_PAGES), min(max(1, size), MAX_PAGE)
        found, count = self._context.journal.page_of(visitor, search, page, size)
        return [self._newest(job) for job in found], count

    def newest_running(self, visitor: str) -> Job | None:
        """The visitor's latest job that has not ended."""
        found = self._context.journal.of_visitor(visitor, 5, running_only=True) if visitor else []
        # One whose cost alone is still asked for has nothing to show.
        return next((self._newest(job) for job in found if job.stage != Stage.COMPLETED), None)

    async def changed(self, job_id: str, seen_version: int, timeout: float = 10.0) -> Job | None:
        """The job as soon as its version differs from `seen_version`, or as it is after `timeout` seconds.

        None for an unknown job. Costs nothing while nothing changes, whatever the number of watchers.
        """
        job = self._hub.latest(job_id)
        if job is None:
            active = self._executor.active(job_id)
            job = active.job if active else await asyncio.to_thread(self._context.journal.get, job_id)
            if job is None:
                return None
            job = self._hub.watch(job)
        if job.version == seen_version and timeout > 0:
            await self._hub.newer(job_id, seen_version, timeout)
            job = self._hub.latest(job_id) or job
        return self._seen(job)

    def view(self, job: Job) -> JobView:
        """What the page and the API see of `job`, by this runner's clock and estimate of the time to go."""
        return view_of(job, self._context.clock(), outlook=self._outlook(job))

    def _outlook(self, job: Job) -> Outlook:
        context, active, now = self._context, self._executor.active(job.job_id), self._context.clock()
        if active is None:
            return outlook(job, context.schedule, now, max(0.0, now - (job.submitted_at or now)))
        kind = (job.engine, job.request.mode, job.request.seconds)
        active.expected = active.expected or context.schedule.median(*kind)
        return outlook(job, context.schedule, now, age(context, active), active.expected)

    def _newest(self, job: Job) -> Job:
        active = self._executor.active(job.job_id)
        return self._seen(replace(active.job, share=job.share) if active else job)

    def _seen(self, job: Job) -> Job:
        """The job with its files as absolute paths, where they are here."""
        located = self._context.storage.located
        self._executor.replication.bring(job)
        return replace(job, still=located(job.still), before=located(job.before), result=located(job.result))
