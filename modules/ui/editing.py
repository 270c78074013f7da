"""Edit: check the form, write the job down, and follow it to its end.

Nothing here costs money or time itself: the runner's jobs do. An event may be dropped at any moment and begun
again.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from modules.address_limits import MOST
from modules.checking import EditRefused
from modules.edit.errors import StudioError
from modules.edit.file_names import result_name
from modules.edit.request import Problem
from modules.jobs.job import TERMINAL_STAGES, Job, Stage
from modules.secret import TICKETS
from modules.ui.adapted import NamedDownload
from modules.ui.components.base import file_value
from modules.ui.components.timeline.value import progress_value
from modules.ui.form import CREDENTIALS, Form, FormValues, by_component, framing_from, request_from
from modules.ui.linked_form import LinkedForms
from modules.ui.masthead import masthead
from modules.ui.shared_answers import SharedAnswer, shares_answers
from modules.ui.single_flight import LatestOnly, SingleFlight
from modules.ui.visitor import OpenedPages, address_of, identity_of, session_of
from modules.ui.watched_job import JobLook, JobLooks
from modules.ui.widgets import FOLD_OF, Widgets

Answers = AsyncGenerator[dict | SharedAnswer, None]
"""What a handler that follows something yields: values by component."""
ARRIVE_SECONDS = 24 * 3600
"""A page that is opened shows the visitor's newest edit when it is younger than this, running or done."""


class Editing:
    """The handlers of the Edit button. `ui`: the page's components, which the answers name."""

    def __init__(self, studio, ui: Widgets, single_flight: SingleFlight, linked: LinkedForms) -> None:
        self._studio, self._ui, self._single_flight = studio, ui, single_flight
        self._linked = linked
        self._watches = LatestOnly(MOST["watches"])
        self._looks = JobLooks()
        self._opened = OpenedPages(studio.visitors)

    async def arrive(self, page: gr.Request, visitor: str) -> dict:
        """A page opens: say what is to be known of the studio now, give the browser its token, and find the
        edit it should show, unless a press came first (a browser may be slow to read its store) or a link
        fills the form."""
        ui, studio = self._ui, self._studio
        opened = self._opened.page(session_of(page))
        told = {ui.masthead: masthead(studio.notices)} | (linked := await self._linked.updates(page))
        if not studio.visitors.is_ours(visitor):
            return {ui.visitor: opened.token, ui.job_id: gr.skip()} | told
        newest = await studio.newest_job(visitor)
        fresh = newest and (
            newest.stage not in TERMINAL_STAGES or time.time() - newest.created_at < ARRIVE_SECONDS
        )
        shown = newest.job_id if fresh and not (opened.pressed or linked) else gr.skip()
        return {ui.visitor: visitor, ui.job_id: shown} | told

    async def start(
        self, page: gr.Request, visitor: str, engine: str, key: str, access_code: str, *form
    ) -> dict:
        """Check everything at once; when nothing is wrong, write the job down. What was typed stays."""
        ui, studio, values = self._ui, self._studio, FormValues(*form)
        opened = self._opened.page(session_of(page))
        visitor = visitor if studio.visitors.is_ours(visitor) else opened.token
        who = identity_of(page, studio.identities)
        try:
            edit = await studio.check(
                *(request_from(values), framing_from(values), TICKETS.redeem(key), chosen_engine(engine)),
                who=who,
                access_code=TICKETS.redeem(access_code),
            )
            job_id = await self._single_flight.once(
                (visitor, *edit.identity), lambda: studio.start(edit, visitor, who)
            )
        except EditRefused as refused:
            return {ui.visitor: visitor, ui.job_id: ""} | self.said(refused.problems)
        except StudioError as error:
            problem = Problem(error.field or "video_url", error.sentence)
            return {ui.visitor: visitor, ui.job_id: ""} | self.said([problem])
        opened.pressed = True
        return {ui.visitor: visitor, ui.job_id: job_id, ui.edit: _busy()} | self.said([])

    def said(self, problems, *, sent: bool = False) -> dict:
        """Updates that say what is wrong: beside the button, beside each field, with its section open.
        `sent`: the engine says it, of an edit that it was given."""
        ui, found = self._ui, by_component(problems)
        folds = {ui.folds[FOLD_OF[name]]: gr.Accordion(open=True) for name in found if name in FOLD_OF}
        return {ui.problems: problem_list(found, sent=sent), ui.found: found, **folds}

    def beside_fields(self, found: dict, *values) -> list[dict]:
        """A Gradio validator: the messages of `said` at the components that they belong to."""
        names = ("found", *CREDENTIALS, *Form._fields)
        return [gr.validate(name not in found, found.get(name, "")) for name in names]

    @shares_answers
    async def watch(self, visitor: str, job_id: str, page: gr.Request | None = None) -> Answers:
        """Follow a job until it ends. May be dropped at any yield and begun again: it only looks.

        A page shows one job: a watch ends when a later one began there, or the older job would come back at
        its next change.
        """
        ui, looks = self._ui, self._watched(visitor, job_id)
        nothing = {ui.problems: gr.skip()}
        try:
            async with aclosing(
                self._watches.follow(session_of(page), address_of(page), looks, nothing)
            ) as answers:
                async for shown in answers:
                    yield shown
        except StudioError as error:
            gr.Warning(f"{error.sentence} The edit itself goes on; it is listed under My edits.")
            yield {ui.edit: ready()}

    async def _watched(self, visitor: str, job_id: str) -> Answers:
        ui, studio = self._ui, self._studio
        if not job_id:
            yield {ui.timeline: {}, ui.edit: ready()}
            return
        shown = None
        async for job in studio.watch(job_id, calm=True):
            if job.visitor != visitor:
                return
            look, finished = self._looks.at(job), job.stage in TERMINAL_STAGES
            moved, shown = look.shown != shown, look.shown
            said: dict = {}
            if finished and job.problems:  # with each page's own state: nothing to share
                said = self.said(job.problems, sent=Stage.SUBMITTING.value in job.stage_times)
            values = partial(self._told, look, moved)
            yield values() | said if said else look.answer(moved, values)
            if job.stage == Stage.COMPLETED and job.result:
                # With all that was just said: in the browser, Gradio applies the difference between two
                # answers to the earlier one, so a value followed by a skip in the same frame is never shown.
                sheet = await look.sheet(self._sheet)
                whole = partial(self._told, look, moved, sheet)
                yield whole() | said if said else look.answer((moved, sheet), whole)
            if job.needs_key:
                return

    def _told(self, look: JobLook, moved: bool, sheet: str | None = None) -> dict:
        """What a page is told of a job. `moved`: it must show other videos, too; `sheet`: its contact
        sheet."""
        ui, job, stage = self._ui, look.job, look.stage
        running = job.stage not in TERMINAL_STAGES and not job.needs_key
        done = job.stage == Stage.COMPLETED and bool(job.result)
        answer = {
            ui.timeline: progress_value(job, self._studio.view(job)),
            ui.edit: _busy() if running else ready(),
        } | self._downloads(job if done else None, sheet)
        if moved and (stage["before"] or stage["after"] or stage["still"]):
            answer[ui.stage] = stage
        return answer

    def _downloads(self, job: Job | None, sheet: str | None = None) -> dict:
        ui = self._ui
        if job is None:
            return {
                ui.video_download: NamedDownload(visible=False),
                ui.sheet_download: NamedDownload(visible=False),
            }
        name = result_name(job.request.video_url, job.request.prompt)
        result: Any = file_value(job.result, name)
        picture: Any = file_value(sheet, f"{name.rsplit('.', 1)[0]}.png")
        return {
            ui.video_download: NamedDownload(visible=True, value=result),
            ui.sheet_download: NamedDownload(visible=True, interactive=bool(sheet), value=picture),
        }

    async def _sheet(self, job: Job) -> str | None:
        try:
            return await self._studio.looks.sheet_of(job)
        except StudioError:
            return None


def chosen_engine(engine: object) -> str | None:
    """The engine that was chosen, None when that is none of both."""
    return engine if engine in ("preview", "segmind") else None


def problem_list(found: dict[str, str], *, sent: bool = False) -> str:
    """What is wrong as HTML for beside the button; each sentence leads to its field. "" when nothing is."""
    if not found:
        return ""
    items = "".join(
        f'<li><a href="#" data-field="{escape(name)}">{escape(text)}</a></li>' for name, text in found.items()
    )
    what = (
        "This needs a change before it is tried again."
        if sent
        else "This needs a change first. Nothing was sent."
    )
    return f'<div role="alert"><p>{what}</p><ul>{items}</ul></div>'


def ready() -> gr.Button:
    return gr.Button("Edit video", interactive=True)


def _busy() -> gr.Button:
    return gr.Button("Editing…", interactive=False)
