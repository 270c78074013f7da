"""Everything behind the page, put together once: settings, engines, media workers and the runner of jobs.

The page calls this and nothing below it. Calls that may touch the disk or the network leave the event loop
alone.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from modules.address_limits import AddressLimits, RunningShares
from modules.checking import CheckedEdit, check_edit
from modules.edit.errors import StudioError
from modules.edit.request import EditRequest, Framing, Problem, is_url
from modules.engines import Engines, PreviewProcess
from modules.jobs.build import build_runner
from modules.jobs.errors import NOT_YOURS, JobError, NotYours
from modules.jobs.job import Job
from modules.jobs.local_files import LocalFiles
from modules.jobs.run.media_gateway import MediaGateway
from modules.jobs.view import JobView
from modules.key_credits import KeyCredits
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.media.read import stills
from modules.media.sandbox.pool import MediaWorkers
from modules.periodic import every
from modules.picture_hints import PictureHints
from modules.secret import Secret
from modules.segmind.asset_upload import upload
from modules.settings import Settings, host_and_port
from modules.visitors import VisitorTokens, read_secret

log = logging.getLogger("studio")

WATCH_SECONDS = 15
"""A watcher looks up at least this often, so that a lost wake-up cannot leave a page behind for long."""
LOOK_SECONDS = 120
"""For a look at a clip, its turn included."""


class Studio:
    """The one object that the page is given."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._preview = PreviewProcess(settings.data_dir / "preview", cluster=settings.preview_cluster)
        self.engines = Engines(settings, self._preview)
        self.workers = MediaWorkers()
        # Workers of their own for addresses: a server that answers slowly must not hold up edits of clips
        # that are here.
        self._far_workers = MediaWorkers(warm=False)
        self.fetcher = SafeFetcher(settings.trusted_hosts, contact=settings.contact)
        media = MediaGateway(self.workers, self.fetcher, lambda url: SafeFetcher(self._preview_hosts()))
        self._runner = build_runner(
            settings.data_dir,
            self.engines,
            media,
            upload,
            database_url=settings.database_url,
            daily_budget_usd=settings.daily_budget_usd,
            visitor_daily=settings.visitor_daily_edits,
            result_days=settings.result_days,
            max_disk_gb=settings.max_disk_gb,
        )
        self.files = LocalFiles(self._runner.data_dir / "jobs")
        # Threads of their own for each kind of waiting: who looks at slow addresses holds up nobody with a
        # clip that is here.
        self._looking = ThreadPoolExecutor(6, thread_name_prefix="look")
        self._looking_afar = ThreadPoolExecutor(6, thread_name_prefix="look-afar")
        self._key_credits = KeyCredits(lambda key: self.engines.client("segmind", key).credits())
        self._hints = PictureHints(self.workers, self.files)
        self.visitors = VisitorTokens(read_secret(self._runner.data_dir, settings.secret))
        self.limits = AddressLimits()
        self._shares = RunningShares(self.limits, self._runner.is_running)
        self._closing = threading.Event()

    @property
    def data_dir(self) -> Path:
        """Where everything is kept: as set, or a temporary folder when that one cannot be used."""
        return self._runner.data_dir

    @property
    def notices(self) -> tuple[str, ...]:
        """What the page must say to everybody: settings that could not be read, a disk that cannot be
        written."""
        return self.settings.notices + ((self._runner.notice,) if self._runner.notice else ())

    def open(self) -> None:
        """Take up what an earlier process left, and have the preview engine ready for the first visitor."""
        if not self.engines.owner_pays:
            try:
                self._preview.url()
            except StudioError as error:
                log.error("%s", error)
        self._runner.recover()

    def close(self) -> None:
        self._closing.set()
        self._runner.close()
        for pool in (self._looking, self._looking_afar):
            pool.shutdown(wait=False, cancel_futures=True)
        self._key_credits.close()
        self._hints.close()
        self.workers.close()
        self._far_workers.close()
        self._preview.close()

    def every(self, seconds: float, work: Callable[[], None]) -> None:
        """Do `work` now and every `seconds` until the studio closes."""
        every(seconds, work, self._closing, at_once=True)

    # -- edits

    async def check(
        self,
        request: EditRequest,
        framing: Framing,
        key: Secret,
        wanted: str = "",
        *,
        found: Iterable[Problem] = (),
        key_field: str = "Engine and key",
    ) -> CheckedEdit:
        """Everything that is wrong with an edit, at once: see `check_edit`. Raises EditRefused."""
        check = partial(check_edit, found=found, key_field=key_field)
        return await asyncio.to_thread(check, request, framing, key, wanted, self.engines, self.files)

    async def hints(self, request: EditRequest) -> list[str]:
        """What a person should know before the press: warnings, and what will be done to the pictures. Never
        raises; takes HINT_SECONDS at most."""
        return await self._hints.of(request)

    async def start(self, edit: CheckedEdit, visitor: str, address: str) -> str:
        """Begin an edit for a visitor at `address`; its job id. Raises StudioError when it could not be
        written down."""
        key = edit.key or None
        begin = partial(self._runner.start, edit.request, edit.framing, visitor, key, edit.engine)
        if not any(map(is_url, edit.request.sources())):
            return await self._begin("jobs", address, begin)
        # Those who fetch are few, and a slow server may hold one for minutes: no address gets many of them.
        return await self._shares.begin("far jobs", address, partial(self._begin, "jobs", address, begin))

    async def follow(self, request_id: str, visitor: str, key: Secret, address: str) -> str:
        """Follow a request that was sent elsewhere, with the visitor's own key; its job id."""
        follow = partial(self._runner.follow, request_id, visitor, key, "segmind")
        return await self._begin("jobs", address, follow)

    async def resend(self, job_id: str, visitor: str, key: Secret, address: str) -> str:
        """Send an edit with an unknown outcome once more; the new job's id."""
        resend = partial(self._runner.resend, job_id, visitor, key or None)
        return await self._begin("jobs", address, resend)

    async def _begin(self, kind: str, address: str, begin: Callable[[], str]) -> str:
        return await self._shares.begin(kind, address, lambda: asyncio.to_thread(begin))

    # -- jobs

    async def job(self, job_id: str) -> Job | None:
        """The job as it is now. Its id cannot be guessed, so it is the permission to look."""
        return await asyncio.to_thread(self._runner.get, job_id) if job_id else None

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

    async def watch(self, job_id: str) -> AsyncIterator[Job]:
        """The job at every change, until it has ended. Nothing for an unknown one."""
        seen = -1
        while (job := await self.changed(job_id, seen)) is not None:
            if job.version != seen:
                seen = job.version
                yield job
            if job.over:
                return

    async def cancel(self, job_id: str, visitor: str) -> str:
        """Stop a job that was not sent; for one that was, the truth. The sentence for the person."""
        return await asyncio.to_thread(self._runner.cancel, job_id, visitor)

    async def give_key(self, job_id: str, visitor: str, key: Secret) -> None:
        """Go on with a job that waits for its visitor's key."""
        await asyncio.to_thread(self._runner.give_key, job_id, visitor, key)

    async def look_again(self, job_id: str, visitor: str, key: Secret) -> None:
        """Ask what became of an edit in doubt, or fetch its video again; nothing is sent."""
        await asyncio.to_thread(self._runner.look_again, job_id, visitor, key or None)

    async def forget(self, job_id: str, visitor: str) -> None:
        """Take a job off the visitor's list and remove its files."""
        await asyncio.to_thread(self._runner.forget, job_id, visitor)

    async def budget_left(self) -> float:
        """Dollars of the owner's money that may still be spent today."""
        return await asyncio.to_thread(self._runner.budget_left)

    def view(self, job: Job) -> JobView:
        """What the page and the API see of `job`."""
        return self._runner.view(job)

    # -- clips

    async def look_at(self, request: EditRequest, framing: Framing, report_on: Callable[..., Any]) -> Any:
        """`report_on` the clip of `request`, within LOOK_SECONDS in all. Raises StudioError when that is
        not enough."""
        pool = self._looking_afar if is_url(request.video_url) else self._looking
        work = partial(
            report_on,
            request.video_url,
            request.seconds,
            request.aspect_ratio,
            framing,
            workers=self.workers,
            far_workers=self._far_workers,
            fetcher=self.fetcher,
            folder=self._runner.data_dir / "page",
        )
        try:
            return await asyncio.wait_for(
                asyncio.get_running_loop().run_in_executor(pool, work), LOOK_SECONDS
            )
        except TimeoutError:
            raise JobError(
                "Looking at the clip took too long. Nothing was spent. Try again, or choose the file here.",
                field="video_url",
            ) from None

    async def look(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """`work(…)` in a thread that may be kept waiting. The threads of asyncio are few, and every
        journal call needs one."""
        return await asyncio.get_running_loop().run_in_executor(
            self._looking, lambda: work(*arguments, **named)
        )

    def before_path(self, job: Job) -> str | None:
        """What was sent, else what was chosen, if it is still on this server's disk."""
        for path in (job.before, job.request.video_url):
            if path and not is_url(path) and Path(path).is_file():
                return path
        return None

    def contact_sheet(self, job: Job) -> str | None:
        """A still sheet of original and edit (PNG), made once. None when one of them is gone."""
        before = self.before_path(job)
        if not (before and job.result):
            return None
        target = Path(job.result).with_name("sheet.png")
        if not target.exists():
            self.workers.run(
                stills.contact_sheet, before, job.result, target, [job.request.prompt or "Edited video"]
            )
        return str(target)

    async def credits(self, key: Secret) -> float | None:
        """Credits left on a visitor's key, asked at most once a minute; None when it cannot be known."""
        return await self._key_credits.of(key)

    def _preview_hosts(self) -> frozenset[str]:
        """Where a still may come from although the address is private: the preview engine's own, when it
        runs."""
        try:
            return frozenset({host_and_port(self._preview.url())})
        except StudioError:
            return frozenset()
