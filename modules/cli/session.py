"""The studio as the command line opens it: with the page's journal, budget and engines, for one person.

Whoever can start a command on this machine has the owner's key in the environment, so what the owner asks of
visitors (an access code, a login, shares of a person and an address) is not asked here. The budget holds.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from modules.cli.exit_codes import CommandFailed, ExitCode
from modules.cli.harmless import harmless
from modules.cli.terminal import Terminal
from modules.engines import PreviewProcess
from modules.jobs.job import Job
from modules.secret import NO_SECRET
from modules.settings import Settings
from modules.studio import Studio
from modules.visitors import COMMAND_LINE, VisitorTokens, read_secret

_PREVIEW_FOLDER = "studio-preview-"
NOT_KLING = "No SEGMIND_API_KEY is set: the free preview engine makes this edit. It is not Kling."
NO_KEY = (
    "SEGMIND_API_KEY is not set, and Segmind needs a key to {verb}. Nothing was sent. Set it in the "
    "environment; it is no option, because what is typed is kept and shown."
)
_ENDS_WITH_COMMAND = "The command ended, and the preview engine with it. Nothing was spent."


def for_one_person(settings: Settings) -> Settings:
    """`settings` without what is asked of visitors."""
    return replace(
        settings, public=False, access_code=NO_SECRET, require_login=False, free_running=0, free_hourly=0
    )


def token_of(settings: Settings, data_dir: Path) -> str:
    """By which the edits of the command line are found in the journal of `data_dir`."""
    return VisitorTokens(read_secret(data_dir, settings.secret)).of_name(COMMAND_LINE)


def log_to_stderr(*, verbose: bool) -> None:
    """The studio's log: what is critical always, all of it when asked for; nothing that steers a terminal."""

    class Harmless(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return "\n".join(map(harmless, super().format(record).splitlines()))

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Harmless("%(levelname)s %(name)s: %(message)s" if verbose else "%(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO if verbose else logging.CRITICAL)


def _remove_left_folders() -> None:
    """Remove what the preview engines of killed commands left; no command waits a day for its edit."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREVIEW_FOLDER}*"):
        with contextlib.suppress(OSError):
            if folder.is_dir() and not folder.is_symlink() and time.time() - folder.stat().st_mtime > 86400:
                shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Session:
    """An open studio and the token of the command line's own edits."""

    studio: Studio
    token: str

    def mark_delivered(self, job: Job) -> None:
        """Note that the video of `job` was saved where it was wanted: the same command is a new edit then."""
        with contextlib.suppress(OSError):
            marks = self._marks()
            marks.mkdir(parents=True, exist_ok=True)
            known = {entry.name for entry in (self.studio.data_dir / "jobs").iterdir()}
            for mark in marks.iterdir():  # of edits whose files are gone
                if mark.name not in known:
                    mark.unlink()
            (marks / job.job_id).touch()

    def is_delivered(self, job: Job) -> bool:
        return (self._marks() / job.job_id).exists()

    def _marks(self) -> Path:
        return self.studio.data_dir / "delivered"


@contextlib.asynccontextmanager
async def open_session(settings: Settings, terminal: Terminal) -> AsyncIterator[Session]:
    """The studio with the edits of this command line taken up, those of others left alone; closed at the end
    with its children.

    Its preview engine works in a folder of its own, because the page's may run on that of the data folder,
    and Ctrl+C does not reach it: the command ends it in order.
    """
    with contextlib.ExitStack() as stack:
        _remove_left_folders()
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix=_PREVIEW_FOLDER, ignore_cleanup_errors=True)
        )
        quiet = partial(subprocess.Popen, stderr=subprocess.DEVNULL, start_new_session=os.name == "posix")
        preview = PreviewProcess(Path(folder), cluster=settings.preview_cluster, popen=quiet)
        token = ""

        def takes_up(job: Job) -> bool:
            # Without the key that paid nothing can be asked about an edit on Segmind.
            return job.visitor == token and (job.free or bool(settings.segmind_api_key))

        studio = Studio(settings, preview=preview, takes_up=takes_up)
        stack.callback(studio.close)
        token = token_of(settings, studio.data_dir)
        for notice in studio.notices:
            terminal.tell(notice)
        if settings.segmind_api_key and studio.data_dir != settings.data_dir:
            raise CommandFailed(
                ExitCode.TROUBLE,
                f"{settings.data_dir} cannot be written, so an edit could not be taken up after a crash. "
                "Nothing was sent. Correct STUDIO_DATA_DIR.",
            )
        await asyncio.to_thread(studio.open)
        session = Session(studio, token)
        try:
            yield session
        finally:
            jobs, _ = await studio.jobs_of(token, size=100)
            for job in jobs:
                if job.free and not job.over:
                    with contextlib.suppress(Exception):
                        await studio.end_free(job.job_id, token, _ENDS_WITH_COMMAND)
