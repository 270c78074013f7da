"""The child side of `pool.py`: imports once, then serves calls until the wire closes."""

import importlib
import os
import pickle
import shutil
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from modules.edit.errors import StudioError
from modules.media import atomic
from modules.media.sandbox import memory, pickling
from modules.media.sandbox.limits import WATCH_SECONDS, become_worker, resident_mb

MEMORY_EXIT = 86  # the exit code of a child that took more memory than it may
PRELOADED = tuple(
    f"modules.media.{name}"
    for name in ("fit.conform", "fit.file_tags", "read.stills", "read.picture", "fetch.safe_fetch")
)
"""Imported before the first call, so that no call waits for it."""


def main(descriptor: int, memory_mb: int, parent: int, niceness: int = 0) -> None:
    """Serve calls arriving on `descriptor`. Ends when the parent `parent` is gone."""
    become_worker(niceness)
    memory.one_heap()
    wire = Connection(descriptor)
    lock = threading.Lock()

    def send(kind: str, value: Any) -> None:
        data = pickling.dumps((kind, value))
        with lock:
            wire.send_bytes(data)

    _preload()
    memory.settle()
    _limit(memory_mb)
    threading.Thread(target=_watch, args=(parent, memory_mb, send), daemon=True).start()
    atomic.announcements.listener = lambda path: send("temporary", path)
    send("ready", None)
    while True:
        try:
            fn, args, kwargs, wants_progress = pickle.loads(wire.recv_bytes())  # from the app: trusted
        except (EOFError, OSError):
            _tidy()
            return
        if wants_progress:
            kwargs["on_progress"] = lambda *values: send("progress", values)
        try:
            send("result", fn(*args, **kwargs))
        except StudioError as error:
            error.__traceback__ = error.__cause__ = error.__context__ = None
            send("error", error)
        except MemoryError:
            send("memory", None)
        except Exception as error:
            send("failure", type(error).__name__)
        del fn, args, kwargs
        memory.give_back()


def _tidy() -> None:
    folder = os.environ.get("TMPDIR", "")
    if os.path.basename(folder).startswith("studio-worker-"):
        shutil.rmtree(folder, ignore_errors=True)


def _preload() -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    import cv2
    import PIL.Image

    cv2.setNumThreads(2)
    PIL.Image.init()


def _limit(memory_mb: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the watch below is all there is
        return
    _lower(resource, resource.RLIMIT_CORE, 0)
    _lower(resource, resource.RLIMIT_FSIZE, 1024 * 2**20)
    if sys.platform == "linux":
        # Elsewhere address space says little about memory, or cannot be limited; the watch covers those.
        with open("/proc/self/statm") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        _lower(resource, resource.RLIMIT_AS, mapped + memory_mb * 2**20 + 512 * 2**20)


def _lower(resource: Any, what: int, limit: int) -> None:
    try:
        _, hard = resource.getrlimit(what)
        resource.setrlimit(
            what, (limit, limit) if hard == resource.RLIM_INFINITY else (min(limit, hard), hard)
        )
    except (ValueError, OSError):
        pass


def _watch(parent: int, memory_mb: int, send: Any) -> None:
    """End this process when its parent has gone, or when it holds more memory than it may."""
    start = resident_mb()
    while True:
        time.sleep(WATCH_SECONDS)
        if os.getppid() != parent:
            # Nobody is left to tidy up after us.
            _tidy()
            os._exit(0)
        if resident_mb() - start > memory_mb:
            try:
                send("memory", None)
            finally:
                os._exit(MEMORY_EXIT)
