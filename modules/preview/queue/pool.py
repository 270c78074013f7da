"""An Executor that runs every call in a process of its own, with a limit of time and of memory.

A render decodes files from strangers with native code: it may crash, hang, or eat the machine. So each call
gets a fresh process, forked from a fork server that has already imported the heavy modules (a fork takes
milliseconds), and whatever happens in it ends as an exception on the future. The process ends with its
engine, even one that is killed.
"""

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from modules.edit.errors import StudioError

WATCH_SECONDS = 0.1 if sys.platform.startswith("linux") else 1.0
"""Between two looks at a child's memory; elsewhere than on Linux each look starts a `ps`. A process fills
some 0.5 GB in a tenth of a second, which the limit must leave free."""

log = logging.getLogger(__name__)


class WorkerError(StudioError):
    """Base of what can end a call from outside; the sentence is for the person who asked for the render."""


class TimeLimit(WorkerError):
    """Raised when the call ran past its time limit and was stopped."""


class MemoryLimit(WorkerError):
    """Raised when the process grew past its memory limit, or the system ran out of memory."""


class WorkerLost(WorkerError):
    """Raised when the process ended without an answer, typically because native code crashed."""


class Stopping(WorkerError):
    """Raised when the pool is closed while the call runs; the call may be made again later."""


class RenderPool(Executor):
    """`max_workers` processes at a time, the rest waits in order. `seconds` and `memory_mb` limit each call.

    `preload` names modules that the fork server imports once. Exceptions of the call itself arrive as
    `StudioError` with their sentence when they are one, else as `WorkerLost`.
    """

    def __init__(
        self, max_workers: int, seconds: float, memory_mb: float, preload: Sequence[str] = ()
    ) -> None:
        methods = multiprocessing.get_all_start_methods()
        self._context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        if self._context.get_start_method() == "forkserver":
            self._context.set_forkserver_preload([*preload])
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._threads = ThreadPoolExecutor(max_workers, thread_name_prefix="render")
        self._closing = threading.Event()

    def warm_up(self) -> None:
        """Start the fork server now, so that the first render does not wait for its imports. Does not
        block."""
        if self._context.get_start_method() == "forkserver":
            from multiprocessing import forkserver

            forkserver.ensure_running()

    def submit(self, fn: Callable, /, *args, **kwargs) -> Future:
        return self._threads.submit(self._call, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close. With `cancel_futures` what waits is cancelled and what runs is killed and ends as
        `Stopping`."""
        if cancel_futures:
            self._closing.set()
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _call(self, fn: Callable, args: tuple, kwargs: dict) -> object:
        if self._closing.is_set():
            raise Stopping("The preview engine is stopping.")
        # Duplex: the answer comes back on it, and the child takes its closing as the death of the engine.
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_child, args=(theirs, fn, args, kwargs), daemon=True)
        try:
            try:
                process.start()
            finally:
                theirs.close()
            kind, value = self._watch(process, ours)
        finally:
            _end(process)
            ours.close()
        if kind == "value":
            return value
        if kind == "refused":
            sentence, field = value
            raise StudioError(sentence, field=field)
        if kind == "memory":
            raise self._out_of_memory()
        raise WorkerLost(
            f"The render stopped on an internal error ({value}). Nothing was billed. Try another wording "
            "or another clip."
        )

    def _watch(self, process: BaseProcess, ours: Connection) -> tuple[str, object]:
        deadline = time.monotonic() + self._seconds
        while True:
            ready = connection.wait([ours, process.sentinel], timeout=WATCH_SECONDS)
            if ours in ready:
                try:
                    return ours.recv()
                except EOFError:
                    pass
                except Exception as error:
                    return "crash", f"its answer could not be read: {type(error).__name__}"
            if ready:
                process.join(5)
                raise self._lost(process.exitcode)
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
            f"The render needed more than {self._memory_mb:,.0f} MB of memory and was stopped. Nothing "
            "was billed. Try a smaller clip or a shorter duration."
        )

    def _lost(self, exit_code: int | None) -> WorkerError:
        if exit_code == -signal.SIGKILL:
            return MemoryLimit(
                "The system stopped the render, most likely because memory ran out. Nothing was billed. "
                "Try a smaller clip or a shorter duration."
            )
        why = f"exit code {exit_code}"
        if exit_code is not None and exit_code < 0:
            why = signal.Signals(-exit_code).name
        return WorkerLost(
            f"The render process crashed ({why}). Nothing was billed. Try again; if it happens twice, "
            "try another clip."
        )


def resident_mb(pid: int | None) -> float:
    """Memory that a process holds now, in MB (RSS); 0.0 when it cannot be read, as for a process that has
    ended.

    Resident and not address space: networks and video decoders reserve far more addresses than they ever
    touch.
    """
    try:
        if sys.platform.startswith("linux"):
            with open(f"/proc/{pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        listed = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return int(listed.stdout.strip() or 0) / 1024
    except (OSError, ValueError, IndexError):
        return 0.0


def _end(process: BaseProcess) -> None:
    if process.pid is None:
        return
    process.kill()
    process.join()
    process.close()


def _child(answers: Connection, fn: Callable, args: tuple, kwargs: dict) -> None:
    """The whole life of a child process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _prefer_to_be_killed()
    threading.Thread(target=_end_with_engine, args=(answers,), daemon=True).start()
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
    # Threads of native libraries may hang at a regular exit; the answer is out, so there is nothing to wait
    # for.
    os._exit(0)


def _prefer_to_be_killed() -> None:
    """When the machine runs out of memory, Linux shall end the render and not the engine."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
    except OSError:
        return


def _end_with_engine(answers: Connection) -> None:
    try:
        answers.recv()
    except (EOFError, OSError):
        os._exit(1)
