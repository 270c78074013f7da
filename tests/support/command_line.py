"""`python -m modules.cli` as a process of its own, on a data folder of its own."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import av

from tests.support.fake_upstream import FakeUpstream
from tests.support.studio_app import NOWHERE, PROJECT
from tests.support.waiting import until

CLIP = PROJECT / "examples" / "clips" / "person_park_1280x720.mp4"
QUICK = ("--prompt", "make it a snowy winter", "--duration", "3", "--mode", "std")
SLOW = (0.1, 600.0)
"""An edit that takes longer than any test."""
ESCAPE = "\x1b]0;owned\x07\x1b[2J"


class Running:
    """A command that has been started. `err` grows while it runs."""

    def __init__(self, words: tuple[str, ...], environment: dict[str, str], stdin: str | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "modules.cli", *words],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if stdin is not None:
            self.process.stdin.write(stdin)
            self.process.stdin.close()
        self._told: dict[str, list[str]] = {"out": [], "err": []}
        self._readers = [
            threading.Thread(target=self._told[name].extend, args=(stream,), daemon=True)
            for name, stream in (("out", self.process.stdout), ("err", self.process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def out(self) -> str:
        return "".join(self._told["out"])

    @property
    def err(self) -> str:
        return "".join(self._told["err"])

    @property
    def answer(self) -> dict:
        """What `--json` gave: one object, and nothing else."""
        return json.loads(self.out)

    def said(self, words: str) -> "Running":
        """Once it has told these words."""
        until(lambda: words in self.err or self.process.poll() is not None, 90)
        assert words in self.err, self.err
        return self

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> "Running":
        self.process.send_signal(number)
        return self

    def ended(self, seconds: float = 120.0) -> "Running":
        self.process.wait(seconds)
        for reader in self._readers:
            reader.join(10)
        return self

    @property
    def code(self) -> int:
        return self.ended().process.returncode

    def children(self) -> list[int]:
        """The processes that it has started, and those that they have."""
        return _below(self.process.pid)


class CommandLine:
    """Commands on the data folder `data`; with a key, and Segmind stood in for by `upstream`, if one is
    given."""

    def __init__(self, data: Path, upstream: FakeUpstream | None = None, **environment: str) -> None:
        self.data = data
        here = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SEGMIND_", "STUDIO_", "DATABASE_", "SPACE"))
        }
        place = upstream.url if upstream else NOWHERE
        here |= {"STUDIO_DATA_DIR": str(data), "SEGMIND_REQUESTS_PER_MINUTE": "0"}
        here |= {"SEGMIND_BASE_URL": place, "SEGMIND_STORAGE_URL": place}
        if upstream:
            here["SEGMIND_API_KEY"] = upstream.key
        self.environment = here | environment

    def start(self, *words: object, stdin: str | None = None, **environment: str) -> Running:
        return Running(tuple(map(str, words)), self.environment | environment, stdin)

    def run(self, *words: object, stdin: str | None = None, **environment: str) -> Running:
        """A command, when it has ended."""
        return self.start(*words, stdin=stdin, **environment).ended()

    def on_a_terminal(self, *words: object) -> "OnATerminal":
        """A command on a terminal of 100 columns, when it has ended."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "modules.cli", *map(str, words)],
            cwd=PROJECT,
            env=self.environment | {"TERM": "xterm-256color", "COLUMNS": "100"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        written = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while piece := os.read(ours, 65536):
                written += piece
        os.close(ours)
        return OnATerminal(process.wait(60), written.decode())


@dataclass(frozen=True)
class OnATerminal:
    """A command whose three streams were one terminal. `screen`: all that was written to it."""

    code: int
    screen: str


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _below(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            if parent == pid:
                found += [int(entry.name), *_below(int(entry.name))]
    return found


def frames(path: Path) -> int:
    """How many pictures a video has."""
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))
