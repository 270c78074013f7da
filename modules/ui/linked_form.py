"""Fills the form of a page that was opened by a link: from its values, an example, or a shared edit."""

import asyncio
import contextlib
import tempfile
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from modules.edit.errors import StudioError
from modules.edit.framing import Framing
from modules.edit.request import EditRequest
from modules.jobs.upload_owners import UploadOwners
from modules.ui.examples import Example
from modules.ui.form import FormValues, fill, tools_value
from modules.ui.form_link import LinkedForm, read_link
from modules.ui.visitor import address_of, identity_of
from modules.ui.widgets import Widgets


class LinkedForms:
    """`updates` of a page that opens. It fills and says: nothing begins by a link, and no address that one
    names is fetched before somebody looks at it."""

    def __init__(self, studio, ui: Widgets, examples: list[Example]) -> None:
        self._studio, self._ui = studio, ui
        self._examples = {example.id: example for example in examples}

    async def updates(self, page: gr.Request) -> dict[Any, Any]:
        """What the link of this page puts into the form; {} for a page that was opened without one."""
        link = read_link(page.query_params.multi_items())
        if not (link.fills or link.left_out):
            return {}
        ui, left_out = self._ui, list(link.left_out)
        request, notes = EditRequest(aspect_ratio=FormValues().aspect_ratio), list[str]()
        names: tuple[str, ...] = ()
        answer: dict[Any, Any] = {}
        if link.example:
            if example := self._examples.get(link.example):
                request, names = example.request, example.element_names
                answer[ui.stage] = example.stage()
            else:
                left_out.append(f"example “{link.example[:40]}” (there is no such example)")
        elif link.share:
            request, note = await self._shared(page, link)
            notes += [note] if note else []
        request = replace(request, **link.values)
        if left_out:
            notes.append(f"Left out of this link: {'; '.join(left_out)}.")
        told = "".join(f"<p>{escape(note)}</p>" for note in notes)
        answer[ui.link_note] = f"<div role='status'>{told}</div>" if told else ""
        if not link.fills:
            return answer  # what was typed stays
        return answer | fill(ui.form, request, Framing(), names) | {ui.prompt_tools: tools_value(request)}

    async def _shared(self, page: gr.Request, link: LinkedForm) -> tuple[EditRequest, str]:
        """The request of a shared edit, with its clip as an upload of this browser; and what is missing."""
        job = None
        with contextlib.suppress(StudioError):
            job = await self._studio.sharing.shared(link.share)
        if job is None:
            return EditRequest(), "The shared edit is not there any more; its clip could not be taken over."
        # Its pictures stay with whoever shared it.
        request = replace(job.request, video_url="", image_urls=(), elements=())
        missing = "Its pictures are not part of a share: add your own." if job.request.pictures() else ""
        if not job.before:
            return request, f"Choose a clip: that of the shared edit is not kept here. {missing}".strip()
        try:
            with self._studio.limits.hold("looks", address_of(page)):
                browser = identity_of(page, self._studio.identities).browser
                clip = await asyncio.to_thread(_as_upload, job.before, browser)
        except (StudioError, OSError):  # the page opens all the same
            return request, f"The clip of the shared edit could not be taken over just now. {missing}".strip()
        return replace(request, video_url=clip), missing


def _as_upload(clip: str, browser: str) -> str:
    """A copy of `clip` among the uploads, under a path that says nothing of the job; of `browser` alone."""
    folder = get_upload_folder()
    with tempfile.TemporaryDirectory() as named:
        link = Path(named) / "shared-clip.mp4"
        link.symlink_to(clip)
        path = save_file_to_cache(link, folder)
    UploadOwners(Path(folder)).note([path], browser)
    return path
