"""Results that another replica keeps on its own disk: copied here when somebody here wants to see them."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor

from modules.edit.errors import StudioError
from modules.jobs.job import Job, Stage
from modules.jobs.run.context import JobContext

log = logging.getLogger("studio.jobs")

PUBLIC_SECONDS = 6.5 * 86400.0
"""Output files stay at their public address for 7 days (CONTRACT)."""
PAUSE_SECONDS = 300.0
"""After a copy that failed."""


class ResultReplication:
    """Works in `pool`. Only for Segmind: a preview's address means nothing on another machine."""

    def __init__(self, context: JobContext, pool: Executor) -> None:
        self._context, self._pool = context, pool
        self._lock = threading.Lock()
        self._coming: set[str] = set()
        self._not_before: dict[str, float] = {}

    def bring(self, job: Job, then: Callable[[Job], None] = lambda job: None) -> bool:
        """Begin to copy the result of a completed job, unless it is here or gone. True when begun; `then`
        follows."""
        if job.stage != Stage.COMPLETED or job.swept or job.hidden or job.engine != "segmind":
            return False
        recent = self._context.clock() - job.created_at < PUBLIC_SECONDS
        if not (recent and job.result and job.result_url) or self._context.storage.located(job.result):
            return False
        with self._lock:
            waits = self._not_before.get(job.job_id, 0.0) > self._context.monotonic()
            if waits or job.job_id in self._coming or self._context.closing.is_set():
                return False
            self._coming.add(job.job_id)
        self._pool.submit(self._bring, job, then)
        return True

    def _bring(self, job: Job, then: Callable[[Job], None]) -> None:
        try:
            self._context.storage.make_room(self._context.journal, 16 * 2**20)
            target = self._context.storage.folder(job.job_id) / "result.mp4"
            self._context.engines.client("segmind", None).download(job.result_url, target)
            self._context.media.poster(target, target.with_name("poster.jpg"))
        except (StudioError, OSError) as error:
            log.error(
                "job %s: its result is kept by another replica and could not be copied: %s", job.job_id, error
            )
            with self._lock:
                self._not_before[job.job_id] = self._context.monotonic() + PAUSE_SECONDS
        finally:
            then(job)
            with self._lock:
                self._coming.discard(job.job_id)
