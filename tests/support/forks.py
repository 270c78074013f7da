"""Processes of tests in forks of one that has the libraries imported, which is two thirds of an app's start.

A fork is for tests of what an app does; those of how it starts, ends or keeps its environment secret use
`python app.py` itself.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path

POSSIBLE = sys.platform == "linux"
"""Elsewhere system libraries do not survive a fork."""
_LIBRARIES = ("gradio", "cv2", "av", "sqlalchemy", "prometheus_client", "fontTools.ttLib", "pi_heif")
FORKS = multiprocessing.get_context("forkserver" if POSSIBLE else "spawn")
if POSSIBLE:
    FORKS.set_forkserver_preload([*_LIBRARIES, "tests.support.runner_child"])


class ForkedApp:
    """The app in such a fork, with what is used of `subprocess.Popen`. The project's modules are its own."""

    def __init__(self, entry: str, project: Path, environment: dict[str, str]) -> None:
        ours, theirs = FORKS.Pipe(duplex=False)
        arguments = (entry, str(project), environment, theirs)
        self._process = FORKS.Process(target=_become_app, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self.pid = self._process.pid
        self.stdout = os.fdopen(os.dup(ours.fileno()), errors="replace")
        ours.close()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired("app.py", timeout or 0.0)
        return code

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _become_app(entry: str, project: str, environment: dict[str, str], output: Connection) -> None:
    """`python app.py`, or `python -m entry`, but for the imports of others."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(project)
    for number in (1, 2):
        os.dup2(output.fileno(), number)
    output.close()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a text stream
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in sys.modules if name.split(".")[0] in ("modules", "tests")]:
        del sys.modules[name]
    sys.argv = ["app.py"]
    sys.path.insert(0, project)
    if entry:
        runpy.run_module(entry, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path("app.py", run_name="__main__")
