"""One running engine: its settings, and the records, files, queue and limits that they ask for."""

import logging
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from modules.edit.request import SLUG
from modules.media.read.file_types import Kind, type_named
from modules.media.sandbox.limits import PATIENT
from modules.preview.http.access import RateLimit
from modules.preview.queue.looks_ahead import LOOKER, LooksAhead
from modules.preview.queue.order import RENDERER
from modules.preview.queue.pool import RenderPool
from modules.preview.queue.render_queue import RenderQueue
from modules.preview.queue.sources import Fetcher, SourceCollector, safe_fetcher
from modules.preview.store.files import MAX_FILE_BYTES, FileStore
from modules.preview.store.records import RecordBook

log = logging.getLogger("preview.engine")
HOUR = 3600.0
PRELOADED = "modules.preview.preload"
"""Imported once by the fork server, so that no render waits for it: that takes about a second."""


def usable_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class EngineSettings:
    """Everything that can be decided about an engine. Times in seconds, memory and uploads in the unit of the
    name.

    `retention` of requests and `file_retention` (of the history too) are the contract's hour and seven
    days; when all files together pass `max_disk_bytes`, the oldest go before their time. `credits` is play
    money: it never shrinks, and at 0 submits are refused like those of an empty account. `retired` and
    `forbidden` slugs answer 410 and 403. `cluster` is the address of a Dask scheduler that renders instead
    of this machine; it has `patience` to answer at the start. `looker` looks at an uploaded clip ahead of
    its edits, for `look_seconds` at most; "" is nobody, None whoever belongs to `renderer`.
    """

    data: Path
    retention: float = HOUR
    file_retention: float = 7 * 24 * HOUR
    max_disk_bytes: int = 10 * 2**30
    workers: int = 0
    render_seconds: float = 600.0
    render_memory_mb: float = 4096.0
    rate_limit: int = 0
    max_upload_bytes: int = MAX_FILE_BYTES
    slugs: frozenset[str] = frozenset({SLUG})
    retired: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    credits: float = 100.0
    renderer: str = RENDERER
    looker: str | None = None
    look_seconds: float = 20.0
    cluster: str = ""
    patience: float = 6.0
    sweep_seconds: float = 60.0

    @property
    def worker_count(self) -> int:
        """`workers`, or half of the cores: a render keeps about two of them busy."""
        return self.workers or max(1, usable_cores() // 2)

    @property
    def looks_by(self) -> str:
        """The dotted path of what looks at uploads; "" when nothing does. Elsewhere than on this machine its
        answers would not be found."""
        if self.look_seconds <= 0:
            return ""
        if self.looker is not None:
            return self.looker
        return LOOKER if self.renderer == RENDERER and not self.cluster else ""

    @property
    def preloaded(self) -> list[str]:
        """Modules that the fork server imports."""
        paths = (self.renderer, self.looks_by)
        names = [path.partition(":")[0] for path in paths if path]
        return [*((PRELOADED,) if self.renderer == RENDERER else ()), *names]


class Engine:
    """One engine over `settings.data`. `executor` replaces the pool that the settings ask for."""

    def __init__(
        self,
        settings: EngineSettings,
        *,
        executor: Executor | None = None,
        make_fetcher: Callable[[], Fetcher] = safe_fetcher,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.book = RecordBook(
            settings.data / "records", settings.retention, clock, history=settings.file_retention
        )
        self.store = FileStore(
            settings.data / "files", settings.file_retention, settings.max_disk_bytes, clock
        )
        self.sources = SourceCollector(self.store, make_fetcher)
        self.limit = RateLimit(settings.rate_limit, clock)
        self.executor = executor or _executor_for(settings)
        self.looks = _looks_for(settings, self.store.folder)
        self.queue = RenderQueue(
            self.book,
            self.store,
            self.executor,
            self.sources,
            settings.data / "work",
            settings.renderer,
            clock,
            self.looks,
        )

    def start(self) -> None:
        """Clear away what has expired and go on with what was unfinished."""
        if isinstance(self.executor, RenderPool):
            self.executor.warm_up()
        self.queue.sweep()
        self.queue.resume()

    def uploaded(self, names: Sequence[str], mode: str) -> None:
        """Files are in the store and the upload is answered: the last clip of them may be looked at. Raises
        nothing."""
        clips = [name for name in names if _is_clip(name)]
        if self.looks is None or not clips:
            return
        try:
            self.looks.uploaded(self.store.folder / clips[-1], mode)
        except Exception:
            log.exception("An upload could not be looked at ahead")

    def close(self) -> None:
        """Stop rendering; the records stay for the next start."""
        if self.looks is not None:
            self.looks.close()
        self.queue.close()


def _is_clip(name: str) -> bool:
    found = type_named(name)
    return found is not None and found.kind is Kind.VIDEO


def _executor_for(settings: EngineSettings) -> Executor:
    if settings.cluster:
        from modules.preview.queue.cluster import ClusterPool

        return ClusterPool(settings.cluster, settings.render_seconds, settings.patience)
    return RenderPool(
        settings.worker_count, settings.render_seconds, settings.render_memory_mb, settings.preloaded
    )


def _looks_for(settings: EngineSettings, folder: Path) -> LooksAhead | None:
    if not settings.looks_by:
        return None
    pool = RenderPool(
        1, settings.look_seconds, settings.render_memory_mb, settings.preloaded, niceness=PATIENT
    )
    return LooksAhead(pool, folder, settings.looks_by)
