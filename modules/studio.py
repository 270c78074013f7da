"""Everything behind the page, put together once: settings, engines, media workers and the runner of jobs.

The page calls this and nothing below it. Calls that may touch the disk or the network leave the event loop
alone.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path

from modules.address_limits import (
    CALLS_A_SECOND,
    CALLS_AT_ONCE,
    FITS_A_SECOND,
    FITS_AT_ONCE,
    AddressLimits,
    RunningShares,
)
from modules.checking import CheckedEdit, EditRefused, check_edit
from modules.clip_looks import ClipLooks
from modules.edit.errors import StudioError
from modules.edit.framing import Framing
from modules.edit.price import least_usd
from modules.edit.request import EditRequest, Problem, is_url
from modules.engines import Engines, PreviewProcess
from modules.health import HealthCheck
from modules.job_access import JobAccess
from modules.jobs.build import build_runner
from modules.jobs.identity import NOBODY, Identity
from modules.jobs.job import Job, payer_of
from modules.jobs.local_files import LocalFiles
from modules.jobs.store.allowance import Allowance
from modules.key_credits import KeyCredits
from modules.metrics import Metrics
from modules.owner_access import AccessCode, OwnerAccess
from modules.periodic import every
from modules.picture_hints import PictureHints
from modules.rations import FreeRation, TokenBucket
from modules.result_sharing import ResultSharing
from modules.secret import NO_SECRET, Secret
from modules.segmind.asset_upload import upload
from modules.settings import Settings, host_and_port
from modules.studio_media import StudioMedia, niceness_of
from modules.visitors import COMMAND_LINE, Identities, VisitorTokens, read_secret

log = logging.getLogger("studio")


class Studio(JobAccess):
    """The one object that the page is given."""

    def __init__(
        self,
        settings: Settings,
        *,
        preview: PreviewProcess | None = None,
        takes_up: Callable[[Job], bool] | None = None,
    ) -> None:
        """`preview`: another engine than the one on the data folder. `takes_up`: see `JobContext`."""
        self.settings = settings
        self._preview = preview or PreviewProcess(
            settings.data_dir / "preview", cluster=settings.preview_cluster, niceness=niceness_of(settings)
        )
        self.metrics = Metrics()
        self.engines = Engines(settings, self._preview, self.metrics.failures_of)
        self._media = StudioMedia(settings, self._preview_hosts, free_first=not self.engines.owner_pays)
        fits_ahead = TokenBucket(FITS_AT_ONCE, FITS_A_SECOND if settings.public else 0)
        self._runner = build_runner(
            settings.data_dir,
            self.engines,
            self._media.gateway,
            upload,
            free_media=self._media.free_gateway,
            takes_up=takes_up or self._takes_up,
            withdraws=self._by_command,
            database_url=settings.database_url,
            journal_dir=settings.journal_dir,
            daily_budget_usd=settings.daily_budget_usd,
            person_daily=settings.person_daily if settings.public else 0,
            address_daily=settings.address_daily if settings.public else 0,
            result_days=settings.result_days,
            max_disk_gb=settings.max_disk_gb,
            observe=self.metrics.job_changed,
            ahead_allowed=lambda address: not fits_ahead.take(address),
        )
        self.ahead = self._runner.ahead
        self.metrics.watch(self._runner.vitals)
        self.health = HealthCheck(self._runner.vitals)
        self.files = LocalFiles(self._runner.data_dir / "jobs")
        self.looks = ClipLooks(self._media.workers, self._media.fetcher, self._runner.data_dir / "page")
        self._key_credits = KeyCredits(lambda key: self.engines.client("segmind", key).credits())
        self._hints = PictureHints(self._media.workers, self.files)
        secret = read_secret(self._runner.data_dir, settings.secret)
        super().__init__(self._runner, VisitorTokens(secret))
        self.cookies = VisitorTokens(secret, "cookie")
        self.identities = Identities(secret)
        self.owner_access = OwnerAccess(
            AccessCode(settings.access_code),
            require_login=settings.require_login,
            allowance=self._runner.allowance,
        )
        self._free = FreeRation(
            settings.free_running if settings.public else 0,
            settings.free_hourly if settings.public else 0,
            self._runner.is_running,
        )
        calls = TokenBucket(CALLS_AT_ONCE, CALLS_A_SECOND) if settings.public else None
        self.limits = AddressLimits(calls=calls)
        self._shares = RunningShares(self.limits, self._runner.is_running)
        self.sharing = ResultSharing(self._runner.sharing, self.job, self.job_of)
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
        self.health.close()
        self.looks.close()
        self._key_credits.close()
        self._hints.close()
        self._media.close()
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
        who: Identity = NOBODY,
        access_code: Secret = NO_SECRET,
        edits: int = 1,
    ) -> CheckedEdit:
        """Everything that is wrong with an edit, at once: see `check_edit`. Raises EditRefused.

        `who` would spend the owner's money, with `access_code`, if it comes to that; `edits`: so many at once
        (0: that is asked elsewhere).
        """

        def check() -> CheckedEdit:
            problems = list(found)
            if edits and payer_of(self.engines.choose(key, wanted), key) == "owner":
                problems += self.owner_access.problems(who, access_code, least_usd(request) * edits, edits)
            return check_edit(
                *(request, framing, key, wanted, self.engines, self.files),
                found=problems,
                key_field=key_field,
                browser=who.browser,
            )

        return await asyncio.to_thread(check)

    async def hints(self, request: EditRequest, browser: str) -> list[str]:
        """What a person should know before the press: warnings, and what will be done to the pictures. Never
        raises; takes HINT_SECONDS at most."""
        return await self._hints.of(request, browser)

    async def start(
        self,
        edit: CheckedEdit,
        visitor: str,
        who: Identity,
        together: Collection[str] = (),
        *,
        fingerprint: str = "",
    ) -> str:
        """Begin an edit of a visitor, by whose allowances (`who`) it counts; its job id. `together`: the jobs
        that the same press began before it. `fingerprint`: see `Job`. Raises StudioError when it could not
        be begun."""
        start, key = partial(self._runner.start, fingerprint=fingerprint), edit.key or None
        begin = partial(start, edit.request, edit.framing, visitor, key, edit.engine, who)
        counted = partial(self._begin, "jobs", who, begin)
        if any(map(is_url, edit.request.sources())):
            # Those who fetch are few, and a slow server may hold one for minutes: no address gets many.
            counted = partial(self._shares.begin, "far jobs", who.address, counted)
        return await (self._free.begin(who, counted, together) if edit.engine == "preview" else counted())

    async def follow(self, request_id: str, visitor: str, key: Secret | None, who: Identity) -> str:
        """Follow a request that was sent elsewhere, with the visitor's own key, or the owner's for None (the
        page never gives that); its job id."""
        follow = partial(self._runner.follow, request_id, visitor, key, "segmind")
        return await self._begin("jobs", who, follow)

    async def resend(
        self, job_id: str, visitor: str, key: Secret, who: Identity, access_code: Secret = NO_SECRET
    ) -> str:
        """Send an edit with an unknown outcome once more; the new job's id."""
        job = await self.job_of(visitor, job_id)
        if job.payer == "owner":
            ask = partial(self.owner_access.problems, who, access_code, job.estimate_usd)
            if problems := await asyncio.to_thread(ask):
                raise EditRefused(problems)
        resend = partial(self._runner.resend, job_id, visitor, key or None, who)
        return await self._begin("jobs", who, resend)

    async def _begin(self, kind: str, who: Identity, begin: Callable[[], str]) -> str:
        return await self._shares.begin(kind, who.address, lambda: asyncio.to_thread(begin))

    # -- money

    async def allowance(self, who: Identity) -> Allowance:
        """What is left of the owner's money for `who`."""
        return await asyncio.to_thread(self._runner.allowance, who)

    async def credits(self, key: Secret) -> float | None:
        """Credits left on a visitor's key, asked at most once a minute; None when it cannot be known."""
        return await self._key_credits.of(key)

    def _takes_up(self, job: Job) -> bool:
        """Not what a command sent with a key that this page has not: the next command can ask about it."""
        return job.free or self.engines.owner_pays or not self._by_command(job)

    def _by_command(self, job: Job) -> bool:
        return job.visitor == self.visitors.of_name(COMMAND_LINE)

    def _preview_hosts(self) -> frozenset[str]:
        """Where a still may come from although the address is private: the preview engine's own, when it
        runs."""
        try:
            return frozenset({host_and_port(self._preview.url())})
        except StudioError:
            return frozenset()
