"""What a command says: the result on stdout, all else on stderr, nothing of it able to steer a terminal.

A reader of a pipe gets paths as they are; whatever goes to a terminal passes `harmless`.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import IO, Any, Protocol

from modules.cli.harmless import harmless
from modules.jobs.job import Job
from modules.jobs.view import JobView


class Shown(Protocol):
    """Shows how an edit goes."""

    def update(self, job: Job, view: JobView) -> None: ...

    def tell(self, text: str) -> None: ...


class Terminal:
    """`as_json`: the result is one JSON object. `quiet`: only errors are told."""

    def __init__(
        self,
        *,
        as_json: bool = False,
        quiet: bool = False,
        out: IO[str] | None = None,
        err: IO[str] | None = None,
    ) -> None:
        self.as_json, self._quiet = as_json, quiet
        self._out, self._err = out or sys.stdout, err or sys.stderr

    def tell(self, text: str) -> None:
        """A line for a person, on stderr."""
        if not self._quiet:
            _write(self._err, harmless(text))

    def result(self, lines: list[str], value: dict[str, Any]) -> None:
        """The outcome: `value` with `--json`, else `lines`, each whole to whoever reads a pipe."""
        if self.as_json:
            self._json({"exit_code": 0, "error": None, **value})
            return
        for line in lines:
            _write(self._out, harmless(line) if self._out.isatty() else line)

    def failed(self, code: int, sentence: str, value: dict[str, Any]) -> None:
        """What went wrong: on stderr, and with `--json` on stdout as JSON instead."""
        if self.as_json:
            self._json({"exit_code": int(code), "error": sentence, **value})
        else:
            _write(self._err, harmless(sentence))

    def _json(self, value: dict[str, Any]) -> None:
        # ASCII only: no character of a prompt reaches a terminal as itself.
        _write(self._out, json.dumps(value, ensure_ascii=True, default=str))

    @contextlib.contextmanager
    def progress(self) -> Iterator[Shown]:
        """A bar on a terminal, a line at each change elsewhere, nothing when quiet."""
        if self._quiet:
            yield _Nothing()
        elif self._err.isatty() and os.environ.get("TERM") != "dumb":
            from modules.cli.progress_bar import progress_bar

            with progress_bar(self._err) as bar:
                yield bar
        else:
            yield _Lines(self)


class _Nothing:
    def update(self, job: Job, view: JobView) -> None: ...

    def tell(self, text: str) -> None: ...


class _Lines:
    """A line whenever the message of the job is another one."""

    def __init__(self, terminal: Terminal) -> None:
        self.tell, self._last = terminal.tell, ""

    def update(self, job: Job, view: JobView) -> None:
        if job.message != self._last and not job.terminal:
            self._last = job.message
            self.tell(job.message)


def _write(stream: IO[str], line: str) -> None:
    """A whole line; a reader that has gone away is no error of ours."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        # A name that is no text in this locale is written with replacements rather than not at all.
        stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()
    except (BrokenPipeError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
