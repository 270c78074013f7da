"""`python -m modules.cli`: edits from the command line. See `--help`."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from modules.cli.arguments import build_parser
from modules.cli.exit_codes import CommandFailed, ExitCode, code_of_kind
from modules.cli.terminal import Terminal
from modules.edit.errors import StudioError

if TYPE_CHECKING:
    import argparse

    from modules.settings import Settings

    Command = Callable[[argparse.Namespace, Settings, Terminal], Awaitable[int]]

_LOOKING = ("estimate", "check", "history")
_NOTHING_BEGUN = "Stopped before anything was begun. Nothing was sent."
_BUG = (
    "Something unexpected went wrong in the command ({kind}). If a request id was told, take it up with "
    "resume; otherwise the same command goes on with what was begun. --verbose shows more."
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    terminal = Terminal(as_json="--json" in words)
    verbose = False
    try:
        options = build_parser().parse_args(words)
        verbose = options.verbose
        # Imported here: --help, and a mistake in what was typed, need none of the studio.
        from modules.child_environment import withhold_secrets
        from modules.cli.session import log_to_stderr
        from modules.redacted_logs import redact_prints
        from modules.settings import read_settings

        settings = read_settings()
        withhold_secrets()
        redact_prints(*settings.secrets)
        log_to_stderr(verbose=verbose)
        terminal = Terminal(as_json=options.json, quiet=options.quiet)
        if options.command in _LOOKING:
            from modules.cli.interruption import end_at_once

            end_at_once(lambda code: terminal.failed(code, _NOTHING_BEGUN, {}))
        return asyncio.run(_run(_command(options.command), options, settings, terminal))
    except CommandFailed as error:
        terminal.failed(error.code, error.sentence, _facts_of(error))
        return error.code
    except StudioError as error:
        from modules.jobs.run.failure_kind import failure_kind

        code = code_of_kind(failure_kind(error))
        terminal.failed(code, error.sentence, _facts_of(error))
        return code
    except KeyboardInterrupt:
        terminal.failed(ExitCode.INTERRUPTED, _NOTHING_BEGUN, {})
        return ExitCode.INTERRUPTED
    except Exception as error:
        terminal.failed(ExitCode.TROUBLE, _BUG.format(kind=type(error).__name__), {})
        if verbose:
            raise
        return ExitCode.TROUBLE


async def _run(
    command: "Command", options: "argparse.Namespace", settings: "Settings", terminal: Terminal
) -> int:
    return await command(options, settings, terminal)


def _command(name: str) -> "Command":
    from modules.cli import editing, looking

    commands: dict[str, Command] = {
        "edit": editing.edit,
        "submit": editing.submit,
        "resume": editing.resume,
        "estimate": looking.estimated,
        "check": looking.check,
        "history": looking.history,
    }
    return commands[name]


def _facts_of(error: StudioError) -> dict[str, Any]:
    """What `--json` tells beside the sentence: problems by the API's names of parameters, and the edit."""
    from modules.jobs.view import refusal

    if not isinstance(error, CommandFailed):
        return {"problems": [], "job": None}
    return {"problems": [one.model_dump() for one in refusal(error.problems, "").problems], "job": error.job}


if __name__ == "__main__":
    code = 1
    try:
        code = main()
    except SystemExit as ending:  # --help
        code = ending.code if isinstance(ending.code, int) else 1
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    # All is closed but, perhaps, a thread that waits for a slow outside server: nobody waits for that.
    os._exit(code)
