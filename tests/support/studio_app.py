"""The real app as a process of its own, for tests that speak to the page or to its API."""

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.support.forks import POSSIBLE, ForkedApp

PROJECT = Path(__file__).resolve().parents[2]
CLIPS = PROJECT / "examples" / "clips"
REFS = PROJECT / "examples" / "refs"
KEY = "SG_0123456789abcdef"
NOWHERE = "http://127.0.0.1:9"
"""Where Segmind is for an app that is not given a stand-in: no test ever leaves this machine."""


_PUBLIC = """import sys
if "app.py" in sys.orig_argv:
    import safehttpx
    safehttpx.is_public_ip = lambda address: address.startswith("127.")
"""


def loopback_is_public(folder: Path) -> dict[str, str]:
    """The environment of an app for which this machine is the Internet, as far as Gradio's own fetching goes.

    Gradio refuses private addresses by itself, after asking a public name server; a test of what a public
    one gets must not leave this machine. The studio's own fetching is not touched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_PUBLIC)
    return {"PYTHONPATH": str(folder)}


_READ_AT_START = ("SEGMIND_", "STUDIO_", "DATABASE_URL", "GRADIO_TEMP_DIR", "GRADIO_SERVER_")
"""What the app reads when it starts; libraries read much else when they are imported."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class App:
    """`python app.py` on a port and data folder of its own. `log` is all that it printed. `hasty`: with the
    short limits of `hasty_app`. `entry`: another module that is run in the place of app.py. `project`: where
    it is run, another copy of the project. `whole`: nothing is imported beforehand."""

    def __init__(
        self,
        data: Path,
        *,
        hasty: bool = False,
        entry: str = "",
        project: Path = PROJECT,
        whole: bool = False,
        **environment: str,
    ) -> None:
        self.data, self._project = data, project
        forked = all(name.startswith(_READ_AT_START) for name in environment)
        self._forked = forked and POSSIBLE and project == PROJECT and not whole
        entry = "tests.support.hasty_app" if hasty else entry
        self._entry = entry
        self._command = [sys.executable, *(["-m", entry] if entry else ["app.py"])]
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **{
                k: v
                for k, v in os.environ.items()
                if not k.startswith(("SEGMIND_", "STUDIO_", "GRADIO_", "DATABASE_"))
            },
            "STUDIO_DATA_DIR": str(data),
            "GRADIO_SERVER_PORT": str(self.port),
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GRADIO_TEMP_DIR": str(data / "gradio"),
            "SEGMIND_BASE_URL": NOWHERE,
            "SEGMIND_STORAGE_URL": NOWHERE,
            # Many tests share one key; the rate of a key has tests of its own.
            "SEGMIND_REQUESTS_PER_MINUTE": "0",
            **environment,
        }
        self._lines: list[str] = []
        self.process: subprocess.Popen | ForkedApp | None = None

    @property
    def log(self) -> str:
        return "".join(self._lines)

    @property
    def temp(self) -> Path:
        """Where uploads and everything else that Gradio writes go."""
        return Path(self._environment["GRADIO_TEMP_DIR"])

    def rows(self, question: str, *values: object) -> list[tuple]:
        """What the journal answers to a SELECT."""
        place = f"file:{self.data}/journal.sqlite?mode=ro"
        with contextlib.closing(sqlite3.connect(place, uri=True, timeout=10)) as journal:
            return journal.execute(question, values).fetchall()

    def start(self, seconds: float = 150.0) -> "App":
        if self._forked:
            self.process = ForkedApp(self._entry, self._project, self._environment)
        else:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._project,
                env=self._environment,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        threading.Thread(
            target=lambda out: self._lines.extend(out), args=(self.process.stdout,), daemon=True
        ).start()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the app ended:\n{self.log}"
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(self.url, timeout=5).ok:
                    return self
            time.sleep(0.1)
        raise AssertionError(f"the app did not start:\n{self.log}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


@contextlib.contextmanager
def running_app(
    data: Path | None = None,
    *,
    hasty: bool = False,
    entry: str = "",
    project: Path = PROJECT,
    whole: bool = False,
    **environment: str,
) -> Iterator[App]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        app = App(data or Path(folder), hasty=hasty, entry=entry, project=project, whole=whole, **environment)
        try:
            yield app.start()
        finally:
            app.stop()
