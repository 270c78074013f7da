"""What can be typed after `python -m modules.cli`: commands, options, and the help that explains them.

Options have the names of the API's parameters, with hyphens or underscores. The key is no option: what is
typed is kept in the shell's history and shown in the list of processes.
"""

import argparse
import json
import math
import textwrap
from typing import Any, NoReturn

from modules.cli.exit_codes import MEANINGS, CommandFailed, ExitCode
from modules.edit.request import ASPECT_RATIOS, AUTO_RATIO, DURATIONS, MODES, Element

PROGRAM = "python -m modules.cli"
ENGINES = ("auto", "segmind", "preview")
_DESCRIPTION = """\
Edit a video by describing the change: Kling O3 on Segmind with the key in SEGMIND_API_KEY, or, without a key,
the free preview engine of this project, which is not Kling."""
_ENVIRONMENT = """\
environment: SEGMIND_API_KEY (there is no option for it), SEGMIND_BASE_URL, STUDIO_DATA_DIR (the journal, by
which an edit is taken up after a kill), STUDIO_DAILY_BUDGET_USD; README has all of them.
stdout has the result only, a path or JSON; all else is on stderr."""


class _Parser(argparse.ArgumentParser):
    """Ends with an exception instead of `sys.exit`, so that `--json` gets usage errors as JSON too."""

    def error(self, message: str) -> NoReturn:
        raise CommandFailed(ExitCode.USAGE, f"{message}. See {self.prog} --help. Nothing was sent.")


def _exit_codes() -> str:
    said = [
        textwrap.fill(meaning, 104, initial_indent=f"  {code:>3}  ", subsequent_indent=" " * 7)
        for code, meaning in MEANINGS.items()
    ]
    return "\n".join(["exit codes:", *said])


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = _Parser(
        prog=PROGRAM,
        description=_DESCRIPTION,
        epilog=f"{_exit_codes()}\n\n{_ENVIRONMENT}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=_exit_codes(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        made.add_argument("--json", action="store_true", help="the result, or the error, as one JSON object")
        made.add_argument("-q", "--quiet", action="store_true", help="nothing on stderr but errors")
        made.add_argument("-v", "--verbose", action="store_true", help="the studio's own log on stderr")
        return made

    edit = command("edit", "edit a clip and save the video")
    _edit_options(edit)
    _output_options(edit)
    submit = command("submit", "send an edit and end as soon as its request id is there")
    _edit_options(submit)
    resume = command("resume", "follow an edit that was sent, from here or elsewhere, and save the video")
    resume.add_argument("request_id", metavar="REQUEST_ID", help="as submit and edit told it; or a job id")
    _output_options(resume)
    estimate = command("estimate", "what an edit will cost, before anything is uploaded")
    estimate.add_argument(
        "video", nargs="?", default="", metavar="VIDEO", help="a clip, which may be shorter"
    )
    _price_options(estimate)
    check = command(
        "check", "what is known of a clip, and what would be changed so that the model accepts it"
    )
    check.add_argument("video", metavar="VIDEO", help="a file, or an http(s) address")
    _price_options(check)
    _framing_options(check)
    history = command("history", "the edits of this command line, newest first")
    history.add_argument("--segmind", action="store_true", help="the account's own list, asked of Segmind")
    history.add_argument("--search", default="", metavar="WORDS", help="only edits with these words")
    history.add_argument("--limit", type=_limit, default=20, metavar="N", help="at most so many (20)")
    return parser


def _edit_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("video", metavar="VIDEO", help="a file, or an http(s) address")
    add("--prompt", required=True, metavar="TEXT", help="what should change; - reads it from stdin")
    _price_options(command)
    add("--keep-audio", "--keep_audio", action="store_true", help="the result keeps the sound of the clip")
    add("--shot-type", "--shot_type", default="customize", metavar="NAME", help="the model's own (customize)")
    add("--images", nargs="+", action="extend", default=[], metavar="PICTURE", help="@Image1, @Image2, …")
    add(
        "--elements",
        nargs="+",
        action="append",
        default=[],
        metavar=("FRONTAL", "VIEW"),
        help="@Element1: a picture and up to three more views of it; again for @Element2. Or the API's JSON",
    )
    _framing_options(command)
    add(
        "--engine",
        choices=ENGINES,
        default="auto",
        help="auto: Segmind when there is a key, else the preview",
    )
    add("--again", action="store_true", help="begin it even if the same edit is under way or in doubt")


def _price_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--mode", choices=MODES, default=MODES[0], help="pro is better, std faster and cheaper (pro)")
    add("--duration", choices=DURATIONS, default="5", metavar="SECONDS", help="3 to 15, whole seconds (5)")
    add(
        "--aspect-ratio",
        "--aspect_ratio",
        choices=(*ASPECT_RATIOS, AUTO_RATIO),
        default=AUTO_RATIO,
        help="auto is the one nearest to the clip (auto)",
    )


def _framing_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--start", type=_seconds, default=0.0, metavar="SECONDS", help="where in the clip the edit begins (0)"
    )
    add("--fit", choices=("crop", "pad", "leave"), default="crop", help="a clip of another shape (crop)")
    add(
        "--short",
        choices=("ask", "slow", "loop"),
        default="ask",
        help="a clip under 3 s; ask refuses it (ask)",
    )


def _output_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "-o",
        "--output",
        default="",
        metavar="FILE",
        help="where to save; a folder, or nothing: a name is made",
    )
    add("-f", "--force", action="store_true", help="replace an existing file")


def _seconds(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value >= 0):
        raise ValueError
    return value


def _limit(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 100:
        raise argparse.ArgumentTypeError("1 to 100")
    return value


def elements_of(groups: list[list[str]]) -> tuple[Element, ...]:
    """Elements as `--elements` gives them: a frontal picture and its views each, or the API's JSON. Raises
    CommandFailed."""
    found: list[Element] = []
    for group in groups:
        if len(group) == 1 and group[0].lstrip()[:1] in ("[", "{"):
            found += _elements_in(group[0])
        else:
            found.append(Element(group[0], tuple(group[1:])))
    return tuple(found)


def _elements_in(text: str) -> list[Element]:
    try:
        value: Any = json.loads(text)
        cards = value if isinstance(value, list) else [value]
        return [
            Element(
                _text(card.get("frontal_image", card.get("frontal_image_url", ""))),
                tuple(map(_text, card.get("reference_images", card.get("reference_image_urls", ())))),
            )
            for card in cards
        ]
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise CommandFailed(
            ExitCode.USAGE,
            '--elements takes pictures, or JSON such as [{"frontal_image": "a.jpg", "reference_images": '
            '["b.jpg"]}]. Nothing was sent.',
        ) from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
