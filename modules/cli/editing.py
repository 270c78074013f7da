"""The commands that carry out an edit: `edit`, `submit`, `resume`.

An edit is a job in the journal like those of the page. So a command that is killed has sent its edit at most
once, and the same command, or `resume`, goes on with it.
"""

import argparse
import sys
from functools import partial

from modules.cli.arguments import elements_of
from modules.cli.exit_codes import CommandFailed, ExitCode
from modules.cli.files import Output, with_local_sources
from modules.cli.following import FollowedEdit, take_up
from modules.cli.interruption import interruptions
from modules.cli.session import NO_KEY, NOT_KLING, for_one_person, open_session
from modules.cli.terminal import Terminal
from modules.edit.request import PROMPT_LIMIT, EditRequest
from modules.edit.wording import encodable
from modules.settings import Settings

_PREVIEW_ENDS = (
    "The preview engine runs inside the command and ends with it, so it cannot go on with a submitted edit. "
    "Nothing was sent. Use the command edit, or set SEGMIND_API_KEY."
)
_AT_ONCE = (
    "Stopped at once. Whether the edit was sent was not waited for: if it was, it goes on and is charged. "
    "The same command takes it up and pays nothing twice."
)


def request_of(options: argparse.Namespace) -> EditRequest:
    """The edit that was asked for, with absolute paths of files that can be read. Raises CommandFailed."""
    prompt = options.prompt
    if prompt == "-":
        prompt = sys.stdin.read(PROMPT_LIMIT * 4 + 1).strip()
    return with_local_sources(
        EditRequest(
            prompt=encodable(prompt),
            video_url=options.video,
            aspect_ratio=options.aspect_ratio,
            duration=options.duration,
            elements=elements_of(options.elements),
            image_urls=tuple(options.images),
            keep_audio=options.keep_audio,
            mode=options.mode,
            shot_type=encodable(options.shot_type),
        )
    )


async def edit(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Edit a clip, wait for the video, save it."""
    settings, request = for_one_person(settings), request_of(options)
    engine = _engine(options, settings)
    output = Output(options.output, force=options.force, clip=request.video_url, prompt=request.prompt)
    if engine == "preview":
        terminal.tell(
            NOT_KLING if not settings.segmind_api_key else "The free preview engine. It is not Kling."
        )
    with interruptions(partial(_ended_at_once, terminal)) as interruption:
        async with open_session(settings, terminal) as session:
            command = FollowedEdit(session, terminal, output)
            job = await command.begin(options, request, engine, interruption, find_finished=True)
            return await command.deliver(job, interruption)


async def submit(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Send an edit, and end when its request id is there."""
    settings, request = for_one_person(settings), request_of(options)
    if options.engine == "preview":
        raise CommandFailed(ExitCode.USAGE, _PREVIEW_ENDS)
    if not settings.segmind_api_key:
        raise CommandFailed(ExitCode.KEY, _PREVIEW_ENDS)
    with interruptions(partial(_ended_at_once, terminal)) as interruption:
        async with open_session(settings, terminal) as session:
            command = FollowedEdit(session, terminal, None)
            job = await command.begin(options, request, "segmind", interruption, find_finished=False)
            job = await command.follow(job, interruption, until=lambda one: one.request_id is not None)
            if not job.request_id:
                raise command.not_done(job)
            lines = [job.request_id]
            terminal.result(lines, {"request_id": job.request_id, "job": command.shown(job)})
            terminal.tell(f"It goes on at Segmind and is charged. {take_up(job)}")
            return ExitCode.DONE


async def resume(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Follow an edit by its request id, and save its video."""
    settings = for_one_person(settings)
    output = Output(options.output, force=options.force)
    with interruptions(partial(_ended_at_once, terminal)) as interruption:
        async with open_session(settings, terminal) as session:
            command = FollowedEdit(session, terminal, output)
            job = await command.find(options.request_id.strip())
            output.name_after(job.request.video_url, job.request.prompt)
            return await command.deliver(job, interruption, asked_on=True)


def _ended_at_once(terminal: Terminal, code: int) -> None:
    terminal.failed(code, _AT_ONCE, {"problems": [], "job": None})


def _engine(options: argparse.Namespace, settings: Settings) -> str:
    if options.engine == "segmind" and not settings.segmind_api_key:
        raise CommandFailed(ExitCode.KEY, NO_KEY.format(verb="pay for an edit on Segmind"))
    with_key = "segmind" if settings.segmind_api_key else "preview"
    return with_key if options.engine == "auto" else str(options.engine)
