"""What became of each bench: found by its file, run in a process of its own, its figures taken as JSON.

A process of their own keeps memory, threads and the browser of one bench from the figures of the next, and
lets one that fails be told beside the others.
"""

import ast
import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from tests.bench.figure import Figure

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
LIMIT = 3600.0
"""Seconds until a bench counts as hung."""


@dataclass(frozen=True)
class Outcome:
    """The figures of one bench, or in `error` a line that says why it has none."""

    bench: str
    figures: tuple[Figure, ...] = ()
    error: str = ""


def benches(folder: Path = FOLDER) -> list[str]:
    """The names of the modules `bench_*.py` that have a function `figures`. They are read, not imported: one
    that cannot be imported fails by itself, in its own process."""
    return [path.stem for path in sorted(folder.glob("bench_*.py")) if _offers_figures(path)]


def _offers_figures(path: Path) -> bool:
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except SyntaxError:
        return True  # its own process will say what is wrong with it
    return any(isinstance(one, ast.FunctionDef) and one.name == "figures" for one in tree.body)


def hand_over(bench: str, quick: bool, path: Path) -> None:
    """Run the bench in this process and write its figures to `path`."""
    found = import_module(f"tests.bench.{bench}").figures(quick=quick)
    path.write_text(json.dumps([asdict(figure) for figure in found]), "utf-8")


def run(bench: str, quick: bool, command: Sequence[str] = (), limit: float = LIMIT) -> Outcome:
    """The outcome of `bench` in a process of its own, which calls `hand_over`. Of what it
    prints only the last line is told, when it fails."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path, words = Path(folder) / "figures.json", Path(folder) / "words"
        command = command or [sys.executable, "-m", "tests.bench", *(["--quick"] if quick else [])]
        command = [*command, "--one", bench, "--hand-over", str(path)]
        with words.open("w") as log:
            child = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
            try:
                code = child.wait(limit)
            except subprocess.TimeoutExpired:
                return Outcome(bench, error=f"still running after {limit:.0f} s")
            finally:
                if child.returncode != 0:  # hung, stopped or failed: what it started ends with it
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
        if code:
            lines = words.read_text("utf-8", "replace").strip().splitlines() or ["no message"]
            return Outcome(bench, error=f"exit code {code}: {lines[-1].strip()}")
        return _read(bench, path)


def _read(bench: str, path: Path) -> Outcome:
    try:
        figures = tuple(Figure(**one) for one in json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return Outcome(bench, error="it has handed nothing over")
    if not figures:
        return Outcome(bench, error="it has measured nothing")
    for one in figures:
        if not all(math.isfinite(value) for value in (one.value, one.yardstick or 0, one.target or 0)):
            return Outcome(bench, error=f"{one.name}: a figure that is no number")
    return Outcome(bench, figures)
