"""Event handlers of the page. Nothing here costs money or time itself: the runner's jobs do."""

import asyncio
import time
from contextlib import aclosing
from html import escape
from pathlib import Path

import gradio as gr

from modules.address_limits import MOST
from modules.checking import EditRefused, key_problem
from modules.edit.errors import StudioError
from modules.edit.request import PROMPT_LIMIT, EditRequest, Framing, Problem, is_url
from modules.jobs.job import TERMINAL_STAGES, Job, Stage
from modules.secret import Secret
from modules.ui.form import (
    FIELDS,
    access,
    clip_value,
    elements_value,
    framing_from,
    framing_value,
    named,
    pictures_value,
    plain_text,
    problems_by_group,
    request_from,
    settings_value,
)
from modules.ui.messages import STARTERS, offer
from modules.ui.panels import code, source
from modules.ui.panels.history import history_value
from modules.ui.panels.progress import progress_value, stage_value
from modules.ui.single_flight import LatestOnly, SingleFlight
from modules.ui.widgets import file_value

ARRIVE_SECONDS = 24 * 3600
"""A page that is opened shows the visitor's newest edit when it is younger than this, running or done."""
VARIATIONS = (
    "",
    "at golden hour, with long warm light",
    "at night, in the rain, with neon light",
    "in winter, with falling snow",
)


class Handlers:
    """One for the page; every method is an event handler and keeps nothing that a visitor typed."""

    def __init__(self, studio, examples) -> None:
        self._studio = studio
        self._examples = {example.id: example for example in examples}
        self.single_flight = SingleFlight()
        self._watches, self._offers, self._looks = LatestOnly(MOST["watches"]), LatestOnly(), LatestOnly()

    # -- edit

    async def arrive(self, visitor: str) -> tuple[str, str]:
        """A page opens: give the browser its token, and find the edit it should show."""
        if not self._studio.visitors.is_ours(visitor):
            return self._studio.visitors.new(), ""
        newest = await self._studio.newest_job(visitor)
        fresh = newest and (
            newest.stage not in TERMINAL_STAGES or time.time() - newest.created_at < ARRIVE_SECONDS
        )
        return visitor, newest.job_id if fresh else ""

    async def start(self, page: gr.Request, visitor: str, chosen: dict, *values):
        """Check everything at once; when nothing is wrong, write the job down. What was typed stays as it
        is."""
        form, (key, wanted) = named(values), access(chosen)
        visitor = self._studio.visitors.kept_or_new(visitor)
        try:
            edit = await self._studio.check(request_from(form), framing_from(form), key, wanted)
            job_id = await self.single_flight.once(
                (visitor, *edit.identity), lambda: self._studio.start(edit, visitor, address_of(page))
            )
        except EditRefused as refused:
            return visitor, "", problems_by_group(refused.problems), gr.Button(interactive=True)
        except StudioError as error:
            problem = Problem(error.field or "video_url", error.sentence)
            return visitor, "", problems_by_group([problem]), gr.Button(interactive=True)
        return (visitor, job_id, problems_by_group([]), gr.Button("Editing…", interactive=False))

    async def watch(self, visitor: str, job_id: str, page: gr.Request = None):
        """Follow a job until it ends. May be dropped at any yield and begun again: it only looks.

        A page shows one job: a watch ends when a later one began there, or the older job would come back
        at its next change.
        """
        with self._watches.turn(session_of(page), address_of(page)) as its_turn:
            try:
                async with (
                    aclosing(self._watched(visitor, job_id)) as looks,
                    aclosing(its_turn.until_over(looks)) as answers,
                ):
                    async for shown in answers:
                        yield shown
                if not its_turn():
                    # Gradio repeats the last answer at the end of an event: let it repeat nothing.
                    yield (gr.skip(),) * 5
            except StudioError as error:
                gr.Warning(f"{error.sentence} The edit itself goes on; it is listed under My edits.")
                yield (*(gr.skip(),) * 3, _ready(), gr.skip())

    async def _watched(self, visitor: str, job_id: str):
        if not job_id:
            yield (gr.skip(), {}, gr.skip(), _ready(), gr.skip())
            return
        shown = None
        async for job in self._studio.watch(job_id):
            if job.visitor != visitor:
                break
            finished = job.stage in TERMINAL_STAGES
            stage = stage_value(job, self._studio.before_path(job), job.still)
            look = (
                stage["state"],
                stage["after"] and job.result,
                job.still,
                stage["before"] and stage["before"]["path"],
            )
            moved, shown = look != shown, look
            done = job.stage == Stage.COMPLETED and bool(job.result)
            yield (
                stage if moved and (stage["before"] or stage["after"] or stage["still"]) else gr.skip(),
                progress_value(job, self._studio.view(job)),
                _downloads(job) if done else {},
                _ready() if finished or job.needs_key else gr.Button("Editing…", interactive=False),
                problems_by_group(job.problems) if finished and job.problems else gr.skip(),
            )
            if done:
                sheet = await self._studio.look(self._sheet, job)
                yield (gr.skip(), gr.skip(), _downloads(job, sheet), gr.skip(), gr.skip())
            if job.needs_key:
                return

    def _sheet(self, job: Job) -> str | None:
        try:
            return self._studio.contact_sheet(job)
        except StudioError:
            return None

    # -- what the page says before the button is pressed

    async def offer(self, page: gr.Request, chosen: dict, *values):
        """The line above the button."""
        key, wanted = access(chosen)
        bad = key_problem(key)
        problem = {"key": bad.message if bad and wanted == "segmind" else ""}
        engine = self._studio.engines.choose(key, wanted)
        with self._offers.turn(session_of(page)):
            if wanted == "segmind" and engine == "preview":
                return (
                    "<b>Kling O3 on Segmind</b> needs a key. Paste yours below, or choose the free preview "
                    "engine.",
                    problem,
                )
            payer = _payer(engine, key)
            left = await self._studio.budget_left() if payer == "owner" else None
            return offer(
                request_from(named(values)),
                engine,
                payer,
                left_today=left,
                cap=self._studio.settings.daily_budget_usd,
            ), problem

    async def credits(self, page: gr.Request, chosen: dict, *values):
        """The line again, with what is left on the visitor's key. Segmind is asked for it, so the line
        before does not wait for that."""
        key, wanted = access(chosen)
        engine = self._studio.engines.choose(key, wanted)
        if _payer(engine, key) != "visitor" or key_problem(key):
            return gr.skip()
        with self._offers.turn(session_of(page)) as its_turn:
            try:
                with self._studio.limits.hold("credits", address_of(page)):
                    credits = await self._studio.credits(key.reveal())
            except StudioError:
                credits = None
            return (
                offer(request_from(named(values)), engine, "visitor", credits=credits)
                if credits is not None and its_turn()
                else gr.skip()
            )

    async def look(self, page: gr.Request, *values):
        """A look at the chosen clip: its facts, what will be changed, a strip of frames."""
        form = named(values)
        request, framing = request_from(form), framing_from(form)
        clip = EditRequest(video_url=request.video_url)
        if not clip.video_url:
            return "", {"clip": ""}, gr.skip()
        if refused := await asyncio.to_thread(self._studio.files.problem, clip):
            return "", {"clip": refused.message}, gr.skip()
        try:
            with (
                self._looks.turn(session_of(page)) as its_turn,
                self._studio.limits.hold("looks", address_of(page)),
            ):
                report = await self._studio.look_at(request, framing, source.report_on)
        except StudioError as error:
            return "", {"clip": error.sentence}, gr.skip()
        if not its_turn():
            return gr.skip(), gr.skip(), gr.skip()
        strip = (
            (
                "<img class='filmstrip' alt='Six moments of the clip as it will be sent' "
                f"src='gradio_api/file={escape(report.strip, quote=True)}'>"
            )
            if report.strip
            else ""
        )
        room = max(0.1, round(report.seconds - min(request.seconds, report.seconds), 1))
        return report.html + strip, {"clip": report.problem}, framing_value(framing, room)

    # -- filling the form

    def example(self, event: gr.EventData):
        """Fill the form with an example and show what the preview engine made of it."""
        example = self._examples.get(event._data.get("id") if isinstance(event._data, dict) else "")
        if example is None:
            return (gr.skip(),) * (len(FIELDS) + 4)
        return (
            *fill(example.request, Framing(), example.element_names),
            tools_value(example.request),
            example.stage(),
            {},
            problems_by_group([]),
        )

    async def act(
        self, page: gr.Request, event: gr.EventData, visitor: str, chosen: dict, current: str, *values
    ):
        """A button on a job. Outputs: the fields, the job to show, the open tab, the prompts of the
        comparison."""
        data = event._data if isinstance(event._data, dict) else {}
        action, job_id, (key, _) = str(data.get("action")), str(data.get("job_id")), access(chosen)
        studio, fields = self._studio, (gr.skip(),) * (len(FIELDS) + 1)
        shown, tab, prompts = gr.skip(), gr.skip(), gr.skip()
        try:
            job = await studio.job_of(visitor, job_id)
            if action in ("key", "resend", "again"):
                _check_key(key, job, action)
            if action == "open":
                shown, tab = job_id, {"open": "edit"}
            elif action == "cancel":
                gr.Info(await studio.cancel(job_id, visitor))
                # An edit that was sent goes on without being watched; it stays under My edits.
                stopped = await studio.job(job_id)
                shown = job_id if stopped and stopped.stage in TERMINAL_STAGES else ""
            elif action == "key":
                await studio.give_key(job_id, visitor, key)
                shown, tab = job_id, {"open": "edit"}
            elif action == "resend":
                shown = await self.single_flight.once(
                    (visitor, job_id), lambda: studio.resend(job_id, visitor, key, address_of(page))
                )
            elif action == "forget":
                await studio.forget(job_id, visitor)
                shown = "" if current == job_id else gr.skip()
            elif action == "again":
                again = job.request
                if not _sources_are_here(again):
                    raise StudioError(
                        "The clip of this edit is no longer kept here. Choose it again, then press Edit "
                        "video."
                    )
                if studio.engines.choose(key, job.engine) != job.engine:
                    raise StudioError(
                        "Running this again on Segmind needs your key: paste it under Engine and key first."
                    )
                edit = await studio.check(again, job.framing, key, job.engine)
                shown = await self.single_flight.once(
                    (visitor, *edit.identity), lambda: studio.start(edit, visitor, address_of(page))
                )
                tab = {"open": "edit"}
            elif action in ("reuse", "source", "vary"):
                fields, tab = (
                    self._filled(job, as_source=action == "source"),
                    {"open": "compare" if action == "vary" else "edit"},
                )
                if action == "vary":
                    prompts = {
                        f"prompt_{n}": f"{job.request.prompt}, {how}" if how else job.request.prompt
                        for n, how in enumerate(VARIATIONS, 1)
                    }
        except StudioError as error:
            gr.Warning(error.sentence)
        return (*fields, shown, tab, prompts)

    def _filled(self, job: Job, *, as_source: bool) -> tuple:
        """The form with a job's settings; what is no longer on this server is left out."""
        if as_source:
            if not job.result:
                raise StudioError("The result of this edit is no longer kept here.")
            return _with_tools(
                EditRequest(
                    prompt="",
                    video_url=job.result,
                    duration=job.request.duration,
                    mode=job.request.mode,
                    aspect_ratio=job.request.aspect_ratio,
                    keep_audio=job.request.keep_audio,
                ),
                Framing(),
            )
        request = job.request
        kept = {path: path if _is_here(path) else "" for path in request.sources()}
        return _with_tools(request.with_sources(kept), job.framing)

    async def history(self, visitor: str) -> dict:
        return history_value((await self._studio.jobs_of(visitor, size=50))[0], time.time())

    async def follow(self, page: gr.Request, visitor: str, chosen: dict, typed: dict):
        """Follow a request that was sent elsewhere."""
        (key, _), request_id = (
            access(chosen),
            plain_text(typed.get("request_id") if isinstance(typed, dict) else ""),
        )
        try:
            if (bad := key_problem(key)) or not key:
                raise StudioError(
                    bad.message
                    if bad
                    else (
                        "Your Segmind key is needed to ask about a request. Paste it under Edit, Engine "
                        "and key."
                    )
                )
            visitor = self._studio.visitors.kept_or_new(visitor)
            job_id = await self._studio.follow(request_id, visitor, key, address_of(page))
        except StudioError as error:
            return (
                self._studio.visitors.kept_or_new(visitor),
                gr.skip(),
                {"follow": error.sentence},
                gr.skip(),
            )
        return visitor, job_id, {"follow": ""}, {"open": "edit"}

    def code(self, *values) -> dict:
        return {"snippets": [list(pair) for pair in code.snippets(request_from(named(values))).items()]}


def _check_key(key: Secret, job: Job, action: str) -> None:
    """StudioError when `key` is none, or when one is needed."""
    if bad := key_problem(key):
        raise StudioError(f"{bad.message} Correct it under Edit, Engine and key.")
    if not key and (action == "key" or (action == "resend" and job.payer == "visitor")):
        raise StudioError(
            "This edit needs your Segmind key. Nothing was sent. Paste the key under Edit, Engine and key, "
            "then press this again."
        )


def fill(request: EditRequest, framing: Framing, element_names=()) -> tuple:
    """Widget values for FIELDS."""
    remote = is_url(request.video_url)
    return (
        {"prompt": request.prompt or ""},
        clip_value(None if remote else request.video_url or None),
        {"video_url": request.video_url if remote else ""},
        settings_value(request),
        pictures_value(request.image_urls),
        elements_value(request.elements, element_names),
        framing_value(framing, max(60.0, framing.start)),
    )


def first_offer(studio) -> str:
    """The line above the button of a form that nobody has touched."""
    engine = "segmind" if studio.engines.owner_pays else "preview"
    return offer(EditRequest(), engine, _payer(engine, None), cap=studio.settings.daily_budget_usd)


def _payer(engine: str, key: Secret | None) -> str:
    """Who pays for an edit by `engine` with the visitor's `key`, which may be empty: nobody, visitor or
    owner."""
    return "nobody" if engine == "preview" else "visitor" if key else "owner"


def session_of(page: gr.Request | None) -> str | None:
    return getattr(page, "session_hash", None)


def address_of(page: gr.Request | None) -> str:
    """The network address of the visitor, as the middleware found it."""
    return getattr(getattr(page, "client", None), "host", None) or "unknown"


def tools_value(request: EditRequest | None = None) -> dict:
    """The value of the prompt's tools: what may be named in the prompt comes with it."""
    request = request or EditRequest()
    return {
        "limit": PROMPT_LIMIT,
        "starters": STARTERS,
        "given": {
            "Image": [file_value(path) for path in request.image_urls],
            "Element": [file_value(one.frontal_image_url) for one in request.elements],
        },
    }


def _with_tools(request: EditRequest, framing: Framing) -> tuple:
    return (*fill(request, framing), tools_value(request))


def _is_here(source: str) -> bool:
    return is_url(source) or Path(source).is_file()


def _sources_are_here(request: EditRequest) -> bool:
    return bool(request.video_url) and all(map(_is_here, request.sources()))


def _downloads(job: Job, sheet: str | None = None) -> dict:
    return {"video": file_value(job.result), "sheet": file_value(sheet), "name": f"edit-{job.job_id[:8]}"}


def _ready() -> gr.Button:
    return gr.Button("Edit video", interactive=True)
