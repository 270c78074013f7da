"""Checks everything about an edit at once, before anything is begun, sent or spent.

A `CheckedEdit` is only made by `check_edit`, and only a `CheckedEdit` can be started: so a request is checked
once between the press of the button and the submit, and never not at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from modules.edit.errors import StudioError
from modules.edit.framing import Framing
from modules.edit.request import MOST_PROBLEMS, EditRequest, Problem
from modules.engines import Engines
from modules.jobs.local_files import LocalFiles
from modules.secret import EXPIRED, KEY_PATTERN, Secret


class EditRefused(StudioError):
    """Raised when an edit cannot be started as it is. `problems`: all of them, in the order of the form."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)[:MOST_PROBLEMS]
        super().__init__(" ".join(problem.message for problem in self.problems), field=self.problems[0].field)


@dataclass(frozen=True)
class CheckedEdit:
    """An edit that may be started. `key` is empty unless the visitor's own key pays."""

    request: EditRequest
    framing: Framing
    key: Secret
    engine: str

    @property
    def identity(self) -> tuple[EditRequest, Framing, str]:
        """By which a repeated press is known as the same one. Without the key: it may be kept for longer."""
        return self.request, self.framing, self.engine


def check_edit(
    request: EditRequest,
    framing: Framing,
    key: Secret,
    wanted: str,
    engines: Engines,
    files: LocalFiles,
    *,
    found: Iterable[Problem] = (),
    key_field: str = "Engine and key",
    browser: str = "",
) -> CheckedEdit:
    """The edit, ready to be started on the engine that `key` and `wanted` come to. Looks at the disk.

    `found`: problems that the caller has met already; a source they name is not named a second time.
    `key_field`: where the page has its field for a key. `browser`: whose uploads may be named. Raises
    EditRefused.
    """
    found = list(found)
    named = {problem.field for problem in found}
    problems = [*found, *(problem for problem in request.problems() if problem.field not in named)]
    engine = engines.choose(key, wanted)
    if wanted == "segmind" and engine == "preview":
        problems.append(
            Problem(
                "api_key",
                f"Kling O3 needs a Segmind key. Paste yours under {key_field}, or choose the free preview "
                "engine. Nothing was sent.",
            )
        )
    if misplaced := misplaced_key(request.prompt):
        problems.append(misplaced)
    if engine == "segmind" and (bad_key := key_problem(key)):
        problems.append(bad_key)
    if not problems and (unknown := files.problem(request, browser)):
        problems.append(unknown)
    if problems:
        raise EditRefused(problems)
    return CheckedEdit(
        replace(request, prompt=request.prompt.strip()),
        framing,
        key if engine == "segmind" else Secret(),
        engine,
    )


def misplaced_key(prompt: str) -> Problem | None:
    """What is wrong with a prompt into which a key was pasted: it is written down, shown, and sent."""
    if not KEY_PATTERN.search(prompt):
        return None
    return Problem(
        "prompt",
        "There is a Segmind key in the prompt, which would be written down. Take it out, and paste it where "
        "the key belongs. Nothing was sent or kept.",
    )


def key_problem(key: Secret) -> Problem | None:
    """What is wrong with the form of a pasted key, or None. An empty key is no problem."""
    if key == EXPIRED:
        return Problem(
            "api_key",
            "Your key waited here for too long and was dropped. Nothing was sent. Please try again.",
        )
    if not key or key.matches(KEY_PATTERN):
        return None
    return Problem(
        "api_key",
        "This does not look like a Segmind key: SG_ and 16 characters from 0-9 and a-f. Nothing was sent.",
    )
