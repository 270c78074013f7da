"""The exit codes of the command line, one for each kind of outcome that a script treats differently."""

from enum import IntEnum
from typing import Any

from modules.edit.errors import StudioError
from modules.edit.request import Problem
from modules.jobs.job import Job, Stage


class ExitCode(IntEnum):
    """What the shell sees. 128 + n: ended by signal n, as shells have it."""

    DONE = 0
    TROUBLE = 1
    USAGE = 2
    INPUT = 3
    KEY = 4
    MONEY = 5
    ENGINE = 6
    UNKNOWN = 7
    NETWORK = 8
    HANGUP = 129
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.TROUBLE: "trouble on this machine: the disk, the journal, the preview engine, a bug",
    ExitCode.USAGE: "the command is not written as it should be",
    ExitCode.INPUT: "the clip, a picture, the prompt or the output cannot be used; nothing was sent",
    ExitCode.KEY: "there is no key, or it was refused; nothing was charged",
    ExitCode.MONEY: "too few credits, or the day's budget is used up; nothing was charged",
    ExitCode.ENGINE: "the engine refused or failed the edit; failed edits are not charged",
    ExitCode.UNKNOWN: "what became of the edit is not known, or its video cannot be had; it may be charged",
    ExitCode.NETWORK: "the engine could not be reached, or does not answer; nothing was charged",
    ExitCode.INTERRUPTED: "Ctrl+C (SIGTERM: 143, SIGHUP: 129); what was sent goes on and is charged",
}
_BY_KIND = {
    "input": ExitCode.INPUT,
    "key": ExitCode.KEY,
    "money": ExitCode.MONEY,
    "engine": ExitCode.ENGINE,
    "network": ExitCode.NETWORK,
    "studio": ExitCode.TROUBLE,
}
"""The kinds are those of `jobs/run/failure_kind.py`."""


class CommandFailed(StudioError):
    """Ends a command with `code`. `job`: the view of the edit concerned, for `--json`."""

    def __init__(
        self,
        code: ExitCode,
        sentence: str,
        *,
        problems: tuple[Problem, ...] = (),
        job: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code, self.problems, self.job = code, problems, job


def code_of_kind(kind: str) -> ExitCode:
    """The exit code for a kind of failure; trouble for an unknown one."""
    return _BY_KIND.get(kind, ExitCode.TROUBLE)


def code_of(job: Job) -> ExitCode:
    """The exit code for a job that has ended."""
    if job.stage == Stage.COMPLETED:
        return ExitCode.DONE
    if job.stage == Stage.FAILED:
        return ExitCode.INTERRUPTED if job.cancelled else code_of_kind(job.failure)
    return ExitCode.UNKNOWN
