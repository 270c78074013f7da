"""Hostile files are looked at in child processes: one may hang, crash or eat memory, and only it dies.

A worker is a plain `python -c` child that imports the media modules once and then serves one call after the
other. It is not a fork (threads and decoders do not survive one) and not multiprocessing's spawn (which would
import the page again). It gets no secrets: its environment is a short list of harmless names.
"""

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, TypeVar

from modules.edit.errors import StudioError
from modules.media.errors import MediaError, TooSlow
from modules.media.sandbox import pickling

R = TypeVar("R")

# What a decoder may need from the environment; keys and tokens are not in it.
ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TZ")
# A worker that has decoded this many unknown files is replaced, so that a slow leak in a decoder stays small.
CALLS_PER_WORKER = 40
IDLE_SECONDS = 20.0
"""So long a worker that is not needed waits for the next call; an edit makes its few within less."""
START_SECONDS = 60.0
PATIENCE = 5
BOOT = (
    "import sys; sys.path[:] = {path!r}; from modules.media.sandbox.child import main; main({fd}, "
    "{memory_mb}, {parent}, {niceness})"
)


class _Worker:
    """One child and the wire to it. Used by one thread at a time."""

    def __init__(self, memory_mb: int, niceness: int) -> None:
        self.folder = tempfile.mkdtemp(prefix="studio-worker-")
        self.calls = 0
        self.idle_since = 0.0
        self.ready = False
        self.healthy = False
        self.unfinished: set[str] = set()
        ours, theirs = Pipe()
        environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        environment |= {"TMPDIR": self.folder, "OMP_NUM_THREADS": "2", "PYTHONDONTWRITEBYTECODE": "1"}
        path = [entry or os.getcwd() for entry in sys.path]
        boot = BOOT.format(
            path=path, fd=theirs.fileno(), memory_mb=memory_mb, parent=os.getpid(), niceness=niceness
        )
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-c", boot],
                pass_fds=(theirs.fileno(),),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                close_fds=True,
            )
        except OSError:
            ours.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        finally:
            theirs.close()
        self.wire: Connection = ours

    def receive(self, until: float) -> tuple[str, Any]:
        """The next message. TimeoutError at `until` (monotonic seconds), EOFError when the child has died."""
        if not self.wire.poll(max(0.0, until - time.monotonic())):
            raise TimeoutError
        return pickling.loads(self.wire.recv_bytes())

    def end(self) -> None:
        """Kill the child, wait for it, and remove what it left behind."""
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        self.wire.close()
        for name in self.unfinished:
            Path(name).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class MediaWorkers:
    """A pool of such children. Thread-safe: at most `max_workers` calls run at once, and one short call more;
    further callers wait.

    `seconds`: the wall clock limit of one call; a call that keeps reporting progress may take `PATIENCE`
    times as long, so that a long clip on a busy machine is finished. `memory_mb`: what one call may
    allocate beyond an idle worker. `warm`: one is begun at once and kept, so that the first visitor does not
    pay for the imports; all others end after `idle_seconds` without a call, told by `clock`. `niceness`:
    above 0, other work goes first (nice(2)).
    """

    def __init__(
        self,
        max_workers: int = 2,
        seconds: float = 120,
        memory_mb: int = 2048,
        *,
        warm: bool = True,
        niceness: int = 0,
        idle_seconds: float = IDLE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds, self.memory_mb, self._niceness = seconds, memory_mb, niceness
        self._kept, self._idle_seconds, self._clock = int(warm), idle_seconds, clock
        self._timer: threading.Timer | None = None
        self._slots = threading.BoundedSemaphore(max_workers)
        self._spare = threading.BoundedSemaphore(1)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._closed = False
        atexit.register(self.close)
        if warm:
            self._idle.append(_Worker(memory_mb, niceness))

    def run(self, fn: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """`fn(*args, **kwargs)` in a child; `fn` is importable by name, arguments and result can be pickled.

        A callable `on_progress` is called here with what the child reports. StudioErrors come through as
        they are; a crash, the time limit and the memory limit become a MediaError with a sentence.
        """
        on_progress = kwargs.pop("on_progress", None)
        with self._slots:
            return self._run(fn, args, kwargs, on_progress)

    def run_short(self, fn: Callable[..., R], *args: Any) -> R:
        """As `run`, for a call that takes a moment: it waits for other short ones only, never behind clips
        that are being fitted. A finished edit waited 10 to 30 s so, while a hundred others began."""
        if self._slots.acquire(blocking=False):
            try:
                return self._run(fn, args, {}, None)
            finally:
                self._slots.release()
        with self._spare:
            return self._run(fn, args, {}, None)

    def _run(
        self,
        fn: Callable[..., R],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        on_progress: Callable[..., None] | None,
    ) -> R:
        worker = self._take()
        try:
            result: R = self._call(worker, fn, args, kwargs, on_progress)
            return result
        finally:
            self._give_back(worker)

    def close(self) -> None:
        """End every child, also those at work. Safe to call twice."""
        with self._lock:
            self._closed = True
            workers = self._idle + list(self._busy)
            self._idle, busy = [], self._busy
            if self._timer is not None:
                self._timer.cancel()
        for worker in workers:
            if worker in busy:
                # Its own thread cleans up when the wire breaks.
                with contextlib.suppress(OSError):
                    worker.process.kill()
            else:
                worker.end()
        atexit.unregister(self.close)

    def end_idle(self) -> None:
        """End the workers that have had no call for `idle_seconds`, save the one that is kept. Called by
        itself, some time after each call."""
        with self._lock:
            before = self._clock() - self._idle_seconds
            spare = self._idle[: len(self._idle) - self._kept]
            ended = [worker for worker in spare if worker.idle_since <= before]
            self._idle = [worker for worker in self._idle if worker not in ended]
            self._timer = None
            if len(ended) < len(spare):
                self._look_later()
        for worker in ended:
            worker.end()

    def _look_later(self) -> None:
        """With the lock held: see to `end_idle`, unless that is under way or nothing is to be ended."""
        if self._timer is None and not self._closed and len(self._idle) > self._kept:
            self._timer = threading.Timer(self._idle_seconds, self.end_idle)
            self._timer.daemon = True
            self._timer.start()

    def __enter__(self) -> "MediaWorkers":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _take(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise MediaError("The studio is closing. Try again in a minute.")
            while self._idle:
                worker = self._idle.pop()
                if worker.process.poll() is None:
                    break
                worker.end()
            else:
                worker = _Worker(self.memory_mb, self._niceness)
            self._busy.add(worker)
            return worker

    def _give_back(self, worker: _Worker) -> None:
        worker.calls += 1
        with self._lock:
            self._busy.discard(worker)
            keep = worker.healthy and not self._closed and worker.calls < CALLS_PER_WORKER
            if keep:
                worker.idle_since = self._clock()
                self._idle.append(worker)
                self._look_later()
        if not keep:
            worker.end()

    def _call(
        self,
        worker: _Worker,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        on_progress: Callable[..., None] | None,
    ) -> Any:
        worker.unfinished.clear()
        worker.healthy = False
        try:
            if not worker.ready:
                worker.receive(time.monotonic() + START_SECONDS)
                worker.ready = True
            worker.wire.send_bytes(pickling.dumps((fn, args, kwargs, on_progress is not None)))
            until = time.monotonic() + self.seconds
            latest = until + (PATIENCE - 1) * self.seconds
            while True:
                kind, value = worker.receive(until)
                if kind == "progress":
                    until = min(latest, time.monotonic() + self.seconds)
                    if on_progress is not None:
                        on_progress(*value)
                elif kind == "temporary":
                    worker.unfinished.add(value)
                elif kind == "result":
                    worker.healthy = True
                    return value
                elif kind == "error" and isinstance(value, StudioError):
                    worker.healthy = True
                    raise value
                elif kind == "memory":
                    raise MediaError(
                        "This file needs more memory than the studio gives to one file. Choose a smaller "
                        "or shorter one."
                    )
                else:
                    raise MediaError(
                        "This file could not be worked on: it is damaged in a way the studio does not "
                        "know. Export it again and choose the new file."
                    )
        except TimeoutError:
            raise TooSlow(
                "Work on this file was stopped because it took too long. Choose a shorter or smaller one, "
                "or try again when the studio is less busy."
            ) from None
        except (EOFError, OSError, pickling.CallRefused):
            raise MediaError(
                "This file made the decoder fail, so it was set aside. Export it again as MP4 (or JPEG) "
                "and choose the new file."
            ) from None
