"""Looks at clips for the page: reports, stills and contact sheets, in threads that may be kept waiting.

The threads of asyncio are few, and every journal call needs one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from modules.edit.framing import Framing
from modules.edit.request import EditRequest, is_url
from modules.jobs.errors import JobError
from modules.jobs.job import Job
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.media.read import clip, stills
from modules.media.sandbox.pool import MediaWorkers

LOOK_SECONDS = 120
"""For a look at a clip, its turn included."""


class ClipLooks:
    """`folder`: where stills for the page are kept."""

    def __init__(self, workers: MediaWorkers, fetcher: SafeFetcher, folder: Path) -> None:
        self._workers, self._fetcher, self._folder = workers, fetcher, folder
        # Of their own for addresses: a server that answers slowly must not hold up looks at clips, or edits
        # of clips, that are here.
        self._far_workers = MediaWorkers(warm=False)
        self._threads = ThreadPoolExecutor(6, thread_name_prefix="look")
        self._far_threads = ThreadPoolExecutor(6, thread_name_prefix="look-afar")

    async def at(self, request: EditRequest, framing: Framing, report_on: Callable[..., Any]) -> Any:
        """`report_on` the clip of `request`, within LOOK_SECONDS in all. Raises StudioError when that is
        not enough."""
        threads = self._far_threads if is_url(request.video_url) else self._threads
        work = partial(
            report_on,
            request.video_url,
            request.seconds,
            request.aspect_ratio,
            framing,
            workers=self._workers,
            far_workers=self._far_workers,
            fetcher=self._fetcher,
            folder=self._folder,
        )
        try:
            looking = asyncio.get_running_loop().run_in_executor(threads, work)
            return await asyncio.wait_for(looking, LOOK_SECONDS)
        except TimeoutError:
            raise JobError(
                "Looking at the clip took too long. Nothing was spent. Try again, or choose the file here.",
                field="video_url",
            ) from None

    async def sheet_of(self, job: Job) -> str | None:
        """A still sheet of original and edit (PNG), made once. None when one of them is gone. Raises
        MediaError when one cannot be read."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._sheet_of, job)

    async def share_picture_of(self, job: Job) -> str | None:
        """The picture by which a link to the edit is previewed (JPEG), made once. None when the result is not
        here. Raises MediaError when it cannot be read."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._share_picture_of, job)

    async def size_of(self, video: str) -> tuple[int, int]:
        """Width and height of a video that is here, in px. Raises MediaError."""
        probe = partial(self._workers.run, clip.probe, video)
        facts = await asyncio.get_running_loop().run_in_executor(self._threads, probe)
        return facts.width, facts.height

    def close(self) -> None:
        """What waits is dropped."""
        for threads in (self._threads, self._far_threads):
            threads.shutdown(wait=False, cancel_futures=True)
        self._far_workers.close()

    def _sheet_of(self, job: Job) -> str | None:
        before = before_path(job)
        if not (before and job.result):
            return None
        target = Path(job.result).with_name("sheet.png")
        if not target.exists():
            self._workers.run(
                stills.contact_sheet, before, job.result, target, [job.request.prompt or "Edited video"]
            )
        return str(target)

    def _share_picture_of(self, job: Job) -> str | None:
        if not job.result:
            return None
        target = Path(job.result).with_name("share.jpg")
        if not target.exists():
            prompt = job.request.prompt or "An edited video"
            self._workers.run(stills.share_picture, job.before, job.result, target, prompt)
        return str(target)


def before_path(job: Job) -> str | None:
    """What was sent, else what was chosen, if it is still on this server's disk."""
    for path in (job.before, job.request.video_url):
        if path and not is_url(path) and Path(path).is_file():
            return path
    return None
