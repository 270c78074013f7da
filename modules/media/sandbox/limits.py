"""What the worker processes for media and for renders have in common: how they are watched and how they end.

Both decode files from strangers with native code, which may crash, hang or eat the machine.
`pool.MediaWorkers` keeps workers for many short calls, the preview's `RenderPool` forks one for each render.
"""

import os
import signal
import subprocess
import sys

from modules.edit.errors import StudioError

WATCH_SECONDS = 0.1 if sys.platform.startswith("linux") else 1.0
"""Between two looks at a worker's memory; elsewhere than on Linux each look starts a `ps`. A process fills
some 0.5 GB in a tenth of a second, which a limit must leave free."""


class WorkerError(StudioError):
    """Base of what can end a call from outside; the sentence is for the person who asked for the work."""


class TimeLimit(WorkerError):
    """Raised when the call ran past its time limit and was stopped."""


class MemoryLimit(WorkerError):
    """Raised when the process grew past its memory limit, or the system ran out of memory."""


class WorkerLost(WorkerError):
    """Raised when the process ended without an answer, typically because native code crashed."""


class Stopping(WorkerError):
    """Raised when the pool is closed while the call runs; the call may be made again later."""


def resident_mb(pid: int | None = None) -> float:
    """Memory that a process (by default this one) holds now, in MB (RSS); 0.0 when it cannot be read, as for
    a process that has ended.

    Resident and not address space: networks and video decoders reserve far more addresses than they ever
    touch.
    """
    pid = os.getpid() if pid is None else pid
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


PATIENT = 19
"""The niceness of work that others go before: free edits wait for those that are paid, and for the page."""


def become_worker(niceness: int = 0) -> None:
    """Called first in a worker: Ctrl-C is left to the parent, which then ends its workers in order; and when
    the machine runs out of memory, Linux shall end the worker and not the parent. `niceness`: see nice(2)."""
    os.nice(niceness)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
    except OSError:
        return
