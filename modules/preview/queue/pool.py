"""An Executor that runs every call in a process of its own, with a limit of time and of memory.

Each call gets a fresh process, forked from a fork server that has already imported the heavy modules (a fork
takes milliseconds), and whatever happens in it ends as an exception on the future. The process ends with its
engine, even one that is killed.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any, ParamSpec, TypeVar

from modules.edit.errors import StudioError
from modules.media.sandbox.limits import (
    WATCH_SECONDS,
    MemoryLimit,
    Stopping,
    TimeLimit,
    WorkerError,
    WorkerLost,
    become_worker,
    resident_mb,
)

P = ParamSpec("P")
T = TypeVar("T")


class RenderPool(Executor):
    """`max_workers` processes at a time, the rest waits in order. `seconds` and `memory_mb` limit each call.

    `preload` names modules that the fork server imports once. Exceptions of the call itself arrive as
    `StudioError` with their sentence when they are one, else as `WorkerLost`. Processes are nicer than this
    one by `niceness`.
    """

    def __init__(
        self,
        max_workers: int,
        seconds: float,
        memory_mb: float,
        preload: Sequence[str] = (),
        niceness: int = 0,
    ) -> None:
        self._forks = "forkserver" in multiprocessing.get_all_start_methods()
        self._context: ForkServerContext | SpawnContext = (
            multiprocessing.get_context("forkserver") if self._forks else multiprocessing.get_context("spawn")
        )
        self._context.set_forkserver_preload([*preload])
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._niceness = niceness
        self._lock = threading.Lock()
        self._stops = 0
        self._running: set[BaseProcess] = set()
        self._threads = ThreadPoolExecutor(max_workers, thread_name_prefix="render")
        self._closing = threading.Event()

    def warm_up(self) -> None:
        """Start the fork server now, so that the first render does not wait for its imports. Does not
        block."""
        if self._forks:
            from multiprocessing import forkserver

            forkserver.ensure_running()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._threads.submit(self._call, self._stops, fn, args, kwargs)

    def stop_all(self) -> None:
        """Kill what was submitted so far, at once; it ends as `WorkerError`. Does not block."""
        with self._lock:
            self._stops += 1
            for process in self._running:
                process.kill()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close. With `cancel_futures` what waits is cancelled and what runs is killed and ends as
        `Stopping`."""
        if cancel_futures:
            self._closing.set()
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _call(
        self, stops: int, fn: Callable[..., T], args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> T:
        """`stops`: how many there had been when this was submitted."""
        self._refuse_after(stops)
        # Duplex: the answer comes back on it, and the child takes its closing as the death of the engine.
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_child, args=(theirs, self._niceness, fn, args, kwargs), daemon=True
        )
        try:
            try:
                process.start()
            finally:
                theirs.close()
            with self._lock:
                self._refuse_after(stops)
                self._running.add(process)
            kind, value = self._watch(process, ours)
        except WorkerError:
            self._refuse_after(stops)
            raise
        finally:
            with self._lock:
                self._running.discard(process)
            _end(process)
            ours.close()
        if kind == "value":
            result: T = value
            return result
        if kind == "refused":
            sentence, field = value
            raise StudioError(sentence, field=field)
        if kind == "memory":
            raise self._out_of_memory()
        raise WorkerLost(
            f"The render stopped on an internal error ({value}). Nothing was billed. Try another wording "
            "or another clip."
        )

    def _refuse_after(self, stops: int) -> None:
        if self._closing.is_set() or stops != self._stops:
            raise Stopping("The preview engine is stopping.")

    def _watch(self, process: BaseProcess, ours: "Connection[Any, Any]") -> tuple[str, Any]:
        """The child's message (kind, value). Raises WorkerError when the child is lost or must be stopped."""
        deadline = time.monotonic() + self._seconds
        while True:
            ready = connection.wait([ours, process.sentinel], timeout=WATCH_SECONDS)
            if ours in ready:
                try:
                    kind, value = ours.recv()
                    return kind, value
                except EOFError:
                    pass
                except Exception as error:
                    return "crash", f"its answer could not be read: {type(error).__name__}"
            if ready:
                process.join(5)
                raise _lost(process.exitcode)
            if self._closing.is_set():
                raise Stopping("The preview engine is stopping.")
            if time.monotonic() > deadline:
                raise TimeLimit(
                    f"The render took longer than {self._seconds:g} s and was stopped. Nothing was billed. "
                    "Try a shorter duration, a smaller clip, or mode std."
                )
            if resident_mb(process.pid) > self._memory_mb:
                raise self._out_of_memory()

    def _out_of_memory(self) -> MemoryLimit:
        return MemoryLimit(
            f"The render needed more than {self._memory_mb:,.0f} MB of memory and was stopped. Nothing was "
            "billed. Try a smaller clip or a shorter duration."
        )


def _lost(exit_code: int | None) -> WorkerError:
    """Why a process that ended without an answer did so."""
    if exit_code == -signal.SIGKILL:
        return MemoryLimit(
            "The system stopped the render, most likely because memory ran out. Nothing was billed. Try a "
            "smaller clip or a shorter duration."
        )
    why = f"exit code {exit_code}"
    if exit_code is not None and exit_code < 0:
        why = signal.Signals(-exit_code).name
    return WorkerLost(
        f"The render process crashed ({why}). Nothing was billed. Try again; if it happens twice, try "
        "another clip."
    )


def _end(process: BaseProcess) -> None:
    if process.pid is not None:
        process.kill()
        process.join()
        process.close()


def _child(
    answers: "Connection[Any, Any]",
    niceness: int,
    fn: Callable[..., object],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
) -> None:
    """The whole life of a child process."""
    become_worker(niceness)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_engine, args=(answers,), daemon=True).start()
    message: tuple[str, object]
    try:
        message = ("value", fn(*args, **kwargs))
    except StudioError as error:
        message = ("refused", (error.sentence, error.field))
    except MemoryError:
        message = ("memory", None)
    except BaseException as error:
        traceback.print_exc()
        message = ("crash", type(error).__name__)
    try:
        answers.send(message)
    except Exception as error:
        answers.send(("crash", f"its answer could not be sent: {type(error).__name__}"))
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of native libraries may hang at a regular exit; the answer is out, so nothing is waited for.
    os._exit(0)


def _end_with_engine(answers: "Connection[Any, Any]") -> None:
    try:
        answers.recv()
    except (EOFError, OSError):
        os._exit(1)
