"""The progress of a job's uploads and of the fitting of its clip, told to the watchers."""

import threading

from modules.jobs.run.active_job import ActiveJob
from modules.jobs.run.context import JobContext


class Progress:
    """The share of all bytes that was sent, told at most twice a second."""

    def __init__(self, context: JobContext, active: ActiveJob, sizes: dict[str, int]) -> None:
        self._context, self._active, self._sizes = context, active, sizes
        self._done = dict.fromkeys(sizes, 0.0)
        self._told_at = 0.0
        self._lock = threading.Lock()

    def __call__(self, path: str, done: float, total: float | None = None) -> None:
        """`done` of `total` bytes, or a share of 1 when there is no total."""
        with self._lock:
            self._done[path] = min(1.0, done / total if total else done)
            now = self._context.monotonic()
            if now - self._told_at < 0.5:
                return
            self._told_at = now
            whole = sum(self._sizes.values()) or 1
            share = sum(self._sizes[name] * part for name, part in self._done.items()) / whole
        self._context.writer.change(self._active, progress=share, durable=False)
