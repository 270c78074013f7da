"""Result replication: copies results that another replica keeps on its own disk, when somebody here wants
them."""

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Protocol

from modules.edit.errors import StudioError
from modules.edit.request import is_url
from modules.jobs.job import Job, Stage
from modules.jobs.result_settings import Tagger, keep_settings
from modules.jobs.storage import Storage
from modules.jobs.store.journal import Journal
from modules.segmind.client import SegmindClient

log = logging.getLogger("studio.jobs")

PUBLIC_SECONDS = 6.5 * 86400.0
"""Output files stay at their public address for 7 days (CONTRACT)."""
PAUSE_SECONDS = 300.0
"""After a copy that failed."""


class Posters(Tagger, Protocol):
    """Draws a still of a video, and writes its tags."""

    def poster(self, source: Path, target: Path) -> Path: ...


class ResultReplication:
    """Works in `pool`. Only for Segmind: a preview's address means nothing on another machine."""

    def __init__(
        self,
        storage: Storage,
        journal: Journal,
        media: Posters,
        client: Callable[[], SegmindClient],
        pool: Executor,
        *,
        closing: threading.Event,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._storage, self._journal, self._media, self._client = storage, journal, media, client
        self._pool, self._closing, self._clock, self._monotonic = pool, closing, clock, monotonic
        self._lock = threading.Lock()
        self._coming: set[str] = set()
        self._not_before: dict[str, float] = {}

    def bring(self, job: Job, then: Callable[[Job], None] = lambda job: None) -> bool:
        """Begin to copy the result of a completed job, unless it is here or gone. True when begun; `then`
        follows."""
        if job.stage != Stage.COMPLETED or job.swept or job.hidden or job.engine != "segmind":
            return False
        recent = self._clock() - job.created_at < PUBLIC_SECONDS
        if not (recent and job.result and job.result_url) or self._storage.located(job.result):
            return False
        with self._lock:
            waits = self._not_before.get(job.job_id, 0.0) > self._monotonic()
            if waits or job.job_id in self._coming or self._closing.is_set():
                return False
            self._coming.add(job.job_id)
        self._pool.submit(self._copy, job, job.result_url, then)
        return True

    def is_coming(self, job_id: str) -> bool:
        """Whether the result of that job is being copied just now."""
        with self._lock:
            return job_id in self._coming

    def _copy(self, job: Job, result_url: str, then: Callable[[Job], None]) -> None:
        try:
            self._storage.make_room(self._journal, 16 * 2**20)
            target = self._storage.folder(job.job_id) / "result.mp4"
            self._client().download(result_url, target)
            keep_settings(self._media, job, target)
            self._media.poster(target, target.with_name("poster.jpg"))
            self._bring_original(job)
        except (StudioError, OSError) as error:
            said = "job %s: its result is kept by another replica and could not be copied: %s"
            log.error(said, job.job_id, error)
            with self._lock:
                self._not_before[job.job_id] = self._monotonic() + PAUSE_SECONDS
        finally:
            then(job)
            with self._lock:
                self._coming.discard(job.job_id)

    def _bring_original(self, job: Job) -> None:
        """The clip as it was sent, from the engine's storage, beside the result that it is compared with."""
        sent = (job.payload or {}).get("video_url")
        if job.before and isinstance(sent, str) and is_url(sent):
            with contextlib.suppress(StudioError, OSError):  # the result is worth showing alone
                target = self._storage.folder(job.job_id) / Path(job.before).name
                self._client().download(sent, target)
