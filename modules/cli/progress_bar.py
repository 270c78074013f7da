"""The progress bar of an edit on a terminal, drawn by rich."""

import contextlib
from collections.abc import Iterator
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from modules.cli.harmless import harmless
from modules.jobs.job import Job
from modules.jobs.view import JobView


class ProgressBar:
    """Never drawn backwards: an estimate that is corrected waits until the bar is past it."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task, self._share, self._last = progress, task, 0.0, ""

    def update(self, job: Job, view: JobView) -> None:
        if view.outlook.bar:
            self._share = max(self._share, view.outlook.bar[0][1])
        if job.message != self._last and not job.terminal:
            self._last = job.message
            self.tell(job.message)
        self._progress.update(
            self._task,
            completed=1.0 if job.terminal else self._share,
            said=harmless(to_go(view)),
        )

    def tell(self, text: str) -> None:
        """A line above the bar."""
        self._progress.console.print(Text(harmless(text)))


def to_go(view: JobView) -> str:
    """`about 2 min to go`, `usually about 4 min`, or that it takes longer than usual."""
    if view.late:
        return "longer than usual"
    if view.eta is None:
        return ""
    if view.usual and view.eta > 20:
        return view.usual
    return f"about {view.eta:.0f} s to go" if view.eta < 90 else f"about {view.eta / 60:.0f} min to go"


@contextlib.contextmanager
def progress_bar(stream: IO[str]) -> Iterator[ProgressBar]:
    """A bar on `stream` for as long as the block lasts; messages of the job stay above it."""
    columns = (
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[said]}", markup=False),
    )
    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as progress:
        yield ProgressBar(progress, progress.add_task("", total=1.0, said=""))
