"""Everything behind the page, put together once: settings, engines, media workers and the runner of jobs.

The page calls this and nothing below it. Calls that may touch the disk or the network leave the event loop
alone.
"""

import asyncio
import hashlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from modules.address_limits import AddressLimits
from modules.edit.errors import StudioError
from modules.edit.request import EditRequest, Framing, is_url
from modules.engines import Engines, PreviewProcess
from modules.jobs.build import build_runner
from modules.jobs.errors import JobError
from modules.jobs.job import TERMINAL_STAGES, Job
from modules.jobs.local_files import LocalFiles
from modules.jobs.run.media_gateway import MediaGateway
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.media.read import stills
from modules.media.sandbox.pool import MediaWorkers
from modules.secret import Secret
from modules.segmind.asset_upload import upload
from modules.settings import Settings, host_and_port
from modules.visitors import VisitorTokens, read_secret

log = logging.getLogger("studio")

WATCH_SECONDS = 15
"""A watcher looks up at least this often, so that a lost wake-up cannot leave a page behind for long."""
LOOK_SECONDS = 120
"""For a look at a clip, its turn included."""
CREDITS_SECONDS = 60
"""How long an answer to "how many credits has this key" is kept."""


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
        self.fetcher = SafeFetcher(settings.trusted_hosts)
        media = MediaGateway(
            self.workers, self._far_workers, self.fetcher, lambda url: SafeFetcher(self._preview_hosts())
        )
        self.runner = build_runner(
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
        self.sources = LocalFiles(self.runner.data_dir / "jobs")
        # Threads of their own for each kind of waiting: who looks at slow addresses holds up nobody with a
        # clip that is here.
        self._looking = ThreadPoolExecutor(6, thread_name_prefix="look")
        self._looking_afar = ThreadPoolExecutor(6, thread_name_prefix="look-afar")
        self._asking = ThreadPoolExecutor(4, thread_name_prefix="credits")
        self.visitors = VisitorTokens(read_secret(self.runner.data_dir, settings.secret))
        self.limits = AddressLimits()
        self._jobs_of_address: dict[str, set[object]] = {}
        self._closing = threading.Event()
        self._credits: dict[str, tuple[float, float | None]] = {}

    @property
    def notices(self) -> tuple[str, ...]:
        """What the page must say to everybody: settings that could not be read, a disk that cannot be
        written."""
        return self.settings.notices + ((self.runner.notice,) if self.runner.notice else ())

    def open(self) -> None:
        """Take up what an earlier process left, and have the preview engine ready for the first visitor."""
        if not self.engines.owner_pays:
            try:
                self._preview.url()
            except StudioError as error:
                log.error("%s", error)
        self.runner.recover()

    def close(self) -> None:
        self._closing.set()
        self.runner.close()
        for pool in (self._looking, self._looking_afar, self._asking):
            pool.shutdown(wait=False, cancel_futures=True)
        self.workers.close()
        self._far_workers.close()
        self._preview.close()

    def every(self, seconds: float, work: Callable[[], None]) -> None:
        """Do `work` now and then in a thread until the studio closes."""

        def rounds() -> None:
            while True:
                try:
                    work()
                except Exception:
                    log.exception("a round failed")
                if self._closing.wait(seconds):
                    return

        threading.Thread(target=rounds, name="rounds", daemon=True).start()

    async def start(
        self, request: EditRequest, framing: Framing, visitor: str, key: Secret, engine: str, address: str
    ) -> str:
        """Begin an edit for a visitor at `address`; its job id. Raises StudioError when it could not be
        written down."""
        request = replace(request, prompt=request.prompt.strip())
        if refused := await asyncio.to_thread(self.sources.problem, request):
            raise JobError(refused.message, field=refused.field)
        own_key = key.reveal() if engine == "segmind" and key else None

        # Who fetches is few, and a slow server may hold one for minutes: no address gets many of them.
        async def begun() -> str:
            return await self._begun(
                f"jobs {address}", "jobs", self.runner.start, request, framing, visitor, own_key, engine
            )

        if not any(map(is_url, request.sources())):
            return await begun()
        return await self._begun(f"far {address}", "far jobs", begun)

    async def follow(self, request_id: str, visitor: str, key: Secret, address: str) -> str:
        """Follow a request that was sent elsewhere, with the visitor's own key; its job id."""
        return await self._begun(
            f"jobs {address}", "jobs", self.runner.follow, request_id, visitor, key.reveal(), "segmind"
        )

    async def resend(self, job_id: str, visitor: str, key: Secret, address: str) -> str:
        """Send an edit with an unknown outcome once more; the new job's id."""
        return await self._begun(
            f"jobs {address}", "jobs", self.runner.resend, job_id, visitor, key.reveal() or None
        )

    async def _begun(self, share: str, kind: str, begin: Callable[..., Any], *arguments: Any) -> str:
        """`begin(…)` gives a job id, and the job counts in `share` until it ends. Raises TooMany of
        `kind`."""
        mine = self._jobs_of_address.setdefault(share, set())
        mine -= {job_id for job_id in mine if not self.runner.is_running(job_id)}
        placeholder = object()
        self.limits.check(kind, len(mine))
        mine.add(placeholder)  # counted before it exists, or a hundred calls at once would all find room
        try:
            job_id = await (
                begin() if asyncio.iscoroutinefunction(begin) else asyncio.to_thread(begin, *arguments)
            )
            mine.add(job_id)
            return job_id
        finally:
            mine.discard(placeholder)
            for other in [other for other, jobs in self._jobs_of_address.items() if not jobs]:
                del self._jobs_of_address[other]

    async def watch(self, job_id: str) -> AsyncIterator[Job]:
        """The job at every change, until it has ended. Nothing for an unknown one."""
        seen = -1
        while True:
            job = await self.runner.changed(job_id, seen, WATCH_SECONDS)
            if job is None:
                return
            if job.version != seen:
                seen = job.version
                yield job
            if job.stage in TERMINAL_STAGES:
                return

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
            folder=self.runner.data_dir / "page",
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

    async def job(self, job_id: str) -> Job | None:
        return await asyncio.to_thread(self.runner.get, job_id) if job_id else None

    def public(self, job: Job) -> dict:
        return self.runner.public(job)

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

    async def credits(self, key: str) -> float | None:
        """Credits left on a visitor's key, asked at most once a minute; None when it cannot be known."""
        name = hashlib.sha256(key.encode()).hexdigest()  # a key is not kept longer than its edits need it
        known = self._credits.get(name)
        if known and time.monotonic() - known[0] < CREDITS_SECONDS:
            return known[1]
        try:
            asked = asyncio.get_running_loop().run_in_executor(
                self._asking, self.engines.client("segmind", key).credits
            )
            value = await asyncio.wait_for(asked, 8)
        except (StudioError, TimeoutError):
            value = None
        if len(self._credits) > 200:
            self._credits.clear()
        self._credits[name] = (time.monotonic(), value)
        return value

    def _preview_hosts(self) -> frozenset[str]:
        """Where a still may come from although the address is private: the preview engine's own, when it
        runs."""
        try:
            return frozenset({host_and_port(self._preview.url())})
        except StudioError:
            return frozenset()
