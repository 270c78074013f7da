"""Buttons on jobs, examples, My edits, and following a request by its id."""

import time
from pathlib import Path

import gradio as gr

from modules.checking import key_problem
from modules.edit.errors import StudioError
from modules.edit.framing import Framing
from modules.edit.request import EditRequest, is_url
from modules.jobs.identity import Identity
from modules.jobs.job import TERMINAL_STAGES, Job
from modules.secret import TICKETS, Secret
from modules.ui.components.edit_list.value import edits_value
from modules.ui.examples import Example
from modules.ui.form import fill, plain_text, tools_value
from modules.ui.messages import problem_html
from modules.ui.single_flight import SingleFlight
from modules.ui.visitor import identity_of
from modules.ui.widgets import Widgets

VARIATIONS = (
    "",
    "at golden hour, with long warm light",
    "at night, in the rain, with neon light",
    "in winter, with falling snow",
)
PAGE_SIZE = 20


class Actions:
    """Handlers; they keep nothing that a visitor typed. `ui`: the page's components, which the answers
    name."""

    def __init__(self, studio, ui: Widgets, examples: list[Example], single_flight: SingleFlight) -> None:
        self._studio, self._ui, self._single_flight = studio, ui, single_flight
        self._examples = {example.id: example for example in examples}

    def example(self, event: gr.EventData) -> dict:
        """Fill the form with an example and show what the preview engine made of it."""
        ui, data = self._ui, _data(event)
        example = self._examples.get(str(data.get("id")))
        if example is None:
            return {ui.stage: gr.skip()}
        return fill(ui.form, example.request, Framing(), example.element_names) | {
            ui.prompt_tools: tools_value(example.request),
            ui.stage: example.stage(),
            ui.timeline: {},
            ui.problems: "",
            ui.found: {},
        }

    async def act(
        self, page: gr.Request, event: gr.EventData, visitor: str, key: str, access_code: str, current: str
    ) -> dict:
        """A button on a job: `event` names the `action` and the `job_id`."""
        ui, studio, data, secret = self._ui, self._studio, _data(event), TICKETS.redeem(key)
        who, code = identity_of(page, studio.identities), TICKETS.redeem(access_code)
        action, job_id = str(data.get("action")), plain_text(data.get("job_id"))
        edit_tab = {ui.tabs: gr.Tabs(selected="edit")}
        try:
            job = await studio.job_of(visitor, job_id)
            if action in ("key", "resend", "again", "look_again"):
                _check_key(secret, job, action)
            if action == "open":
                return {ui.job_id: job_id} | edit_tab
            if action == "cancel":
                gr.Info(await studio.cancel(job_id, visitor))
                # An edit that was sent goes on without being watched; it stays under My edits.
                stopped = await studio.job(job_id)
                return {ui.job_id: job_id if stopped and stopped.stage in TERMINAL_STAGES else ""}
            if action == "key":
                await studio.give_key(job_id, visitor, secret)
                return {ui.job_id: job_id} | edit_tab
            if action == "look_again":
                await studio.look_again(job_id, visitor, secret)
                return {ui.job_id: job_id} | edit_tab
            if action == "resend":
                sent = await self._single_flight.once(
                    (visitor, job_id), lambda: studio.resend(job_id, visitor, secret, who, code)
                )
                return {ui.job_id: sent}
            if action == "share":
                await studio.sharing.share(job_id, visitor)
                return {ui.job_id: job_id} | edit_tab
            if action == "unshare":
                await studio.sharing.unshare(job_id, visitor)
                gr.Info("The link leads nowhere from now on. Sharing it again makes another one.")
                return {ui.job_id: job_id if job_id == current else gr.skip()}
            if action == "forget":
                await studio.forget(job_id, visitor)
                return {ui.job_id: "" if current == job_id else gr.skip()}
            if action == "again":
                return {ui.job_id: await self._again(who, code, visitor, job, secret)} | edit_tab
            if action == "reuse":
                return self._filled(job) | edit_tab
            if action == "source":
                return self._as_source(job) | edit_tab
            if action == "vary":
                return self._filled(job) | self._variations(job) | {ui.tabs: gr.Tabs(selected="compare")}
        except StudioError as error:
            gr.Warning(error.sentence)
        return {ui.job_id: gr.skip()}

    async def _again(self, who: Identity, code: Secret, visitor: str, job: Job, key: Secret) -> str:
        if not _sources_are_here(job.request):
            raise StudioError(
                "The clip of this edit is no longer kept here. Choose it again, then press Edit video."
            )
        if self._studio.engines.choose(key, job.engine) != job.engine:
            raise StudioError(
                "Running this again on Segmind needs your key: paste it under Engine and key first."
            )
        edit = await self._studio.check(job.request, job.framing, key, job.engine, who=who, access_code=code)
        return await self._single_flight.once(
            (visitor, *edit.identity), lambda: self._studio.start(edit, visitor, who)
        )

    def _filled(self, job: Job) -> dict:
        """The form with a job's settings; what is no longer on this server is left out."""
        kept = {path: path if _is_here(path) else "" for path in job.request.sources()}
        request = job.request.with_sources(kept)
        return fill(self._ui.form, request, job.framing) | {self._ui.prompt_tools: tools_value(request)}

    def _as_source(self, job: Job) -> dict:
        if not job.result:
            raise StudioError("The result of this edit is no longer kept here.")
        request = EditRequest(
            prompt="",
            video_url=job.result,
            duration=job.request.duration,
            mode=job.request.mode,
            aspect_ratio=job.request.aspect_ratio,
            keep_audio=job.request.keep_audio,
        )
        return fill(self._ui.form, request, Framing()) | {self._ui.prompt_tools: tools_value(request)}

    def _variations(self, job: Job) -> dict:
        said = job.request.prompt
        texts = (f"{said}, {how}" if how else said for how in VARIATIONS)
        return dict(zip(self._ui.compare_prompts, texts, strict=True))

    # -- My edits

    async def edits(self, visitor: str, search: str, page: int) -> dict:
        """The list of this browser's edits: the `page`-th of those that match `search`."""
        words, number = plain_text(search)[:200], max(1, int(page or 1))
        jobs, total = await self._studio.jobs_of(visitor, search=words, page=number, size=PAGE_SIZE)
        pages = max(1, -(-total // PAGE_SIZE))
        if number > pages:
            number = pages
            jobs, total = await self._studio.jobs_of(visitor, search=words, page=number, size=PAGE_SIZE)
        value = edits_value(jobs, time.time(), page=number, pages=pages, total=total, search=words)
        return {self._ui.edits: value, self._ui.edits_page: number}

    def turn(self, event: gr.EventData) -> int:
        """Another page of the list was asked for."""
        wanted = _data(event).get("page")
        return wanted if isinstance(wanted, int) and 1 <= wanted <= 100_000 else 1

    async def follow(self, page: gr.Request, visitor: str, key: str, request_id: str) -> dict:
        """Follow a request that was sent elsewhere."""
        ui, studio, secret = self._ui, self._studio, TICKETS.redeem(key)
        visitor = studio.visitors.kept_or_new(visitor)
        try:
            if (bad := key_problem(secret)) or not secret:
                raise StudioError(
                    bad.message
                    if bad
                    else (
                        "Your Segmind key is needed to ask about a request. Paste it under Edit, Engine and "
                        "key."
                    )
                )
            job_id = await studio.follow(
                plain_text(request_id), visitor, secret, identity_of(page, studio.identities)
            )
        except StudioError as error:
            return {ui.visitor: visitor, ui.follow_problem: problem_html(error.sentence)}
        return {
            ui.visitor: visitor,
            ui.job_id: job_id,
            ui.follow_problem: "",
            ui.tabs: gr.Tabs(selected="edit"),
        }


def _data(event: gr.EventData) -> dict:
    return event._data if isinstance(event._data, dict) else {}


def _check_key(key: Secret, job: Job, action: str) -> None:
    """StudioError when `key` is none, or when one is needed."""
    if bad := key_problem(key):
        raise StudioError(f"{bad.message} Correct it under Edit, Engine and key.")
    if not key and (action == "key" or (action == "resend" and job.payer == "visitor")):
        raise StudioError(
            "This edit needs your Segmind key. Nothing was sent. Paste the key under Edit, Engine and key, "
            "then press this again."
        )


def _is_here(source: str) -> bool:
    return is_url(source) or Path(source).is_file()


def _sources_are_here(request: EditRequest) -> bool:
    return bool(request.video_url) and all(map(_is_here, request.sources()))
