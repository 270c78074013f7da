"""The queue: a record goes QUEUED -> PROCESSING -> COMPLETED | FAILED, whatever its worker does."""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from modules.edit.errors import StudioError
from modules.media.sandbox.limits import Stopping
from modules.preview.queue.looks_ahead import LooksAhead
from modules.preview.queue.order import (
    RENDERER,
    RenderOrder,
    RenderOutcome,
    RenderProgress,
    read_progress,
    run_order,
)
from modules.preview.queue.sources import SourceCollector
from modules.preview.store.files import FileStore
from modules.preview.store.records import Record, RecordBook, RecordState
from modules.preview.task import PlanJson

FETCHERS = 4
"""Outside files fetched at a time. Fetching waits for the network, so it takes no render worker."""
MAX_RESTARTS = 3
"""A request that was being rendered whenever the engine was cut off, so many times, is suspected of the
cause."""

log = logging.getLogger(__name__)


class RenderQueue:
    """Feeds an Executor with the orders of accepted records and writes down how they end."""

    def __init__(
        self,
        book: RecordBook,
        store: FileStore,
        executor: Executor,
        sources: SourceCollector,
        work: Path,
        renderer: str = RENDERER,
        clock: Callable[[], float] = time.time,
        looks: LooksAhead | None = None,
    ) -> None:
        """`looks` are held up while an edit is not final."""
        self._book = book
        self._store = store
        self._executor = executor
        self._sources = sources
        self._work = work
        self._renderer = renderer
        self._clock = clock
        self._looks = looks
        self._fetchers = ThreadPoolExecutor(FETCHERS, thread_name_prefix="fetch")
        self._lock = threading.Lock()
        self._ends: dict[str, Future[None]] = {}
        self._renders: dict[str, Future[RenderOutcome]] = {}

    def resume(self) -> int:
        """Queue again what an earlier run of the engine left unfinished. Returns how many."""
        waiting = self._book.unfinished()
        # An engine that stops in order clears the folder of a running render; one that was killed leaves it
        # behind.
        cut_off = {
            record.id for record in waiting if read_progress(self._folder(record)).started_at is not None
        }
        shutil.rmtree(self._work, ignore_errors=True)
        for record in waiting:
            record = replace(record, restarts=record.restarts + (record.id in cut_off))
            if record.restarts > MAX_RESTARTS:
                self._end(
                    record,
                    error="The preview engine was cut off several times while it worked on this edit. "
                    "Nothing was billed. Try another clip.",
                )
            else:
                self.accept(record)
        return len(waiting)

    def accept(self, record: Record) -> Future[None]:
        """Write the record down and queue it. The future resolves to None when the record is final.

        Raises OSError when the record cannot be written.
        """
        self._book.put(record)
        end: Future[None] = Future()
        with self._lock:
            self._ends[record.id] = end
        if self._looks is not None:
            self._looks.hold()
        if self._sources.must_fetch(record):
            self._fetchers.submit(self._start, record)
        else:
            self._start(record)
        return end

    def refuse(self, record: Record, sentence: str) -> None:
        """Write down a record that failed before it was queued. Raises OSError."""
        self._book.put(replace(record, state=RecordState.FAILED, error=sentence, finished=self._clock()))

    def find(self, request_id: str) -> tuple[Record, RenderProgress] | None:
        """The record as it stands, PROCESSING included, and how far it is. None when unknown or expired."""
        record = self._book.get(request_id)
        if record is None:
            return None
        progress = RenderProgress() if record.done else read_progress(self._folder(record))
        # It may have ended between the two reads, and its progress be gone with its folder.
        record = self._book.get(request_id) or record
        if record.done:
            progress = RenderProgress(frames_done=record.frames, frames_total=record.frames)
        elif progress.started_at is not None:
            record = replace(
                record, state=RecordState.PROCESSING, plan=progress.plan, still_ready=progress.still
            )
        return record, progress

    def sweep(self) -> None:
        """Forget expired records; remove expired files that no unfinished request needs."""
        for record in self._book.sweep():
            with self._lock:
                render = self._renders.get(record.id)
            if render is not None:
                render.cancel()
        keep = set()
        for record in self._book.unfinished():
            keep |= {record.output, record.still, *record.inputs.values()}
        self._store.sweep(keep)

    def close(self) -> None:
        """Stop every render. Their records stay QUEUED on disk and are resumed by the next start."""
        self._fetchers.shutdown(wait=False, cancel_futures=True)
        self._executor.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            ends, self._ends = self._ends, {}
        for end in ends.values():
            end.set_result(None)

    def _folder(self, record: Record) -> Path:
        return self._work / record.id

    def _start(self, record: Record) -> None:
        folder = self._folder(record)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            order = replace(self._sources.gather(record, folder), renderer=self._renderer)
        except StudioError as error:
            self._end(record, error=error.sentence)
            return
        except Exception as error:
            log.exception("Request %s could not be prepared", record.id)
            self._end(
                record,
                error=f"The files of this edit could not be read ({type(error).__name__}). "
                "Nothing was billed. Try again.",
            )
            return
        try:
            render = self._executor.submit(run_order, order)
        except RuntimeError:
            # The executor is closed: the engine is stopping, and the record is resumed by the next start.
            return
        with self._lock:
            self._renders[record.id] = render
        render.add_done_callback(partial(self._settle, record, order))

    def _settle(self, record: Record, order: RenderOrder, render: Future[RenderOutcome]) -> None:
        with self._lock:
            self._renders.pop(record.id, None)
        try:
            outcome: RenderOutcome = render.result()
            size = order.output.stat().st_size
            self._store.adopt(order.output, record.output)
        except (CancelledError, Stopping):
            self._release(record)
        except StudioError as error:
            self._end(record, error=error.sentence, plan=read_progress(self._folder(record)).plan)
        except FileNotFoundError:
            self._end(record, error="The render ended without a video. Nothing was billed. Try again.")
        except Exception as error:
            log.exception("Request %s failed", record.id)
            self._end(
                record,
                error=f"The render stopped on an internal error ({type(error).__name__}). Nothing was "
                "billed. Try again.",
            )
        else:
            plan = outcome.plan or read_progress(self._folder(record)).plan
            self._end(record, seconds=outcome.seconds, plan=plan, size=size)

    def _end(
        self,
        record: Record,
        *,
        error: str | None = None,
        seconds: float | None = None,
        plan: PlanJson | None = None,
        size: int = 0,
    ) -> None:
        progress = read_progress(self._folder(record))
        now = self._clock()
        if seconds is None:
            seconds = max(0.0, now - progress.started_at) if progress.started_at else 0.0
        ended = replace(
            record,
            state=RecordState.FAILED if error else RecordState.COMPLETED,
            error=error,
            finished=now,
            inference_time=min(seconds, max(0.0, now - record.created)),
            plan=plan,
            still_ready=progress.still,
            frames=progress.frames_done,
            file_size=size,
        )
        try:
            self._book.put(ended)
        except OSError:
            log.exception("Request %s has ended, but that could not be written down", record.id)
        self._release(record)

    def _release(self, record: Record) -> None:
        shutil.rmtree(self._folder(record), ignore_errors=True)
        with self._lock:
            end = self._ends.pop(record.id, None)
        if end is not None:
            end.set_result(None)
        if end is not None and self._looks is not None:
            self._looks.release()
