"""Sharing for the page and the API: who may share a result, and what is shared under a token."""

import asyncio
from collections.abc import Awaitable, Callable

from modules.jobs.errors import NO_SUCH_JOB, NotYours
from modules.jobs.job import Job
from modules.jobs.sharing import Sharing


class ResultSharing:
    """`job`: looks a job up by its id, None for an unknown one. `job_of`: raises NotYours for another's."""

    def __init__(
        self,
        sharing: Sharing,
        job: Callable[[str], Awaitable[Job | None]],
        job_of: Callable[[str, str], Awaitable[Job]],
    ) -> None:
        self._sharing, self._job, self._job_of = sharing, job, job_of

    async def share(self, job_id: str, visitor: str | None = None) -> str:
        """The token under which everybody may see the result of a finished job. Knowing its id is the
        permission; the page asks for its `visitor` too. Raises NotYours, or JobError when there is no
        result."""
        await self._check(job_id, visitor)
        return await asyncio.to_thread(self._sharing.share, job_id)

    async def unshare(self, job_id: str, visitor: str | None = None) -> bool:
        """Take the share of a job back; False when there was none. Raises NotYours."""
        await self._check(job_id, visitor)
        return await asyncio.to_thread(self._sharing.unshare, job_id)

    async def shared(self, token: str) -> Job | None:
        """The job that is shared under `token`, with its files where they are here; None when there is none,
        not any more, or its result is gone."""
        return await asyncio.to_thread(self._sharing.job, token)

    def is_coming(self, job: Job) -> bool:
        """Whether the files of a finished job are being copied here from where they are kept."""
        return self._sharing.is_coming(job)

    async def _check(self, job_id: str, visitor: str | None) -> None:
        if visitor is not None:
            await self._job_of(visitor, job_id)
        elif await self._job(job_id) is None:
            raise NotYours(NO_SUCH_JOB)
