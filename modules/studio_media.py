"""The media side of a studio, put together once: worker processes, fetching of addresses, fitted clips."""

from collections.abc import Callable

from modules.jobs.run.media_gateway import MediaGateway
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.media.fit.fit_cache import FitCache
from modules.media.sandbox.limits import PATIENT
from modules.media.sandbox.pool import MediaWorkers
from modules.settings import Settings


class StudioMedia:
    """`gateway` prepares paid edits and `free_gateway` free ones, each with workers of its own: where
    strangers can come, their free edits take from nobody. `engine_hosts`: where a still may come from
    although the address is private. `free_first`: the next edit is likely a free one."""

    def __init__(
        self, settings: Settings, engine_hosts: Callable[[], frozenset[str]], *, free_first: bool
    ) -> None:
        self.workers = MediaWorkers()
        self._free_workers = MediaWorkers(warm=free_first, niceness=niceness_of(settings))
        self.fetcher = SafeFetcher(settings.trusted_hosts, contact=settings.contact)
        self._fits = FitCache(settings.data_dir / "fitted")
        self.gateway, self.free_gateway = (
            MediaGateway(workers, self.fetcher, lambda url: SafeFetcher(engine_hosts()), self._fits)
            for workers in (self.workers, self._free_workers)
        )

    def close(self) -> None:
        self.workers.close()
        self._free_workers.close()
        self._fits.close()


def niceness_of(settings: Settings) -> int:
    """Of the processes that work on free edits. On one's own machine nobody waits for them."""
    return PATIENT if settings.public else 0
