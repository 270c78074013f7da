"""Before the press: what the button will do and cost, what the clip is, what will be cut away, and hints."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from modules.checking import key_problem
from modules.edit.errors import StudioError
from modules.edit.framing import Framing
from modules.edit.request import ASPECT_RATIOS, AUTO_RATIO, EditRequest, is_url
from modules.jobs.identity import Identity
from modules.jobs.job import payer_of
from modules.secret import TICKETS
from modules.ui import clip_report
from modules.ui.adapted import FreeSlider
from modules.ui.components.wipe import clip_value
from modules.ui.editing import chosen_engine
from modules.ui.form import LONGEST, SHORTEST, FormValues, fill_settings, framing_from, request_from
from modules.ui.messages import allowance_text, hint_list, offer, problem_html
from modules.ui.single_flight import LatestOnly
from modules.ui.snippets import LANGUAGES, snippets
from modules.ui.visitor import address_of, identity_of, session_of
from modules.ui.widgets import Widgets


class Advice:
    """Handlers that only look; none of them writes anything down."""

    def __init__(self, studio, ui: Widgets) -> None:
        self._studio, self._ui = studio, ui
        self._offers, self._looks = LatestOnly(), LatestOnly()

    def choose_engine(self, key: str, engine: str) -> dict:
        """A pasted key means Kling; a removed one the free engine, unless the page has a key of its own. What
        has not the form of a key changes nothing: a password manager may have filled it in."""
        secret, owner = TICKETS.redeem(key), self._studio.engines.owner_pays
        if secret and not key_problem(secret):
            return {self._ui.engine: "segmind"}
        return {self._ui.engine: gr.skip() if secret or owner else "preview"}

    def _who(self, page: gr.Request) -> Identity:
        return identity_of(page, self._studio.identities)

    async def offer(self, page: gr.Request, engine: str, key: str, *form) -> dict:
        """The line above the button, and what the form had better say."""
        ui, studio, secret, wanted = self._ui, self._studio, TICKETS.redeem(key), chosen_engine(engine)
        with self._offers.turn(session_of(page)) as its_turn:
            request, who = request_from(FormValues(*form)), self._who(page)
            chosen, told = studio.engines.choose(secret, wanted), await studio.hints(request, who.browser)
            if chosen == "preview" and key_problem(secret):
                told.append("What stands under Engine and key is no Segmind key, so the free engine is used.")
            hints = hint_list(told)
            payer = payer_of(chosen, secret)
            left = await studio.allowance(who) if payer == "owner" else None
            if not its_turn():
                return {ui.offer: gr.skip()}
            if wanted == "segmind" and chosen == "preview":
                text = (
                    "<b>Kling O3 on Segmind</b> needs a key. Paste yours under Engine and key, or choose the "
                    "free preview engine there."
                )
                return {ui.offer: text, ui.hints: hints}
            told = "" if left is None else allowance_text(left, time.time())
            return {ui.offer: offer(request, chosen, payer, left=told), ui.hints: hints}

    async def left(self, page: gr.Request, engine: str, key: str, *form) -> dict:
        """The line again after an edit, with what is left of the owner's money now."""
        ui, studio, secret = self._ui, self._studio, TICKETS.redeem(key)
        chosen = studio.engines.choose(secret, chosen_engine(engine))
        if (payer := payer_of(chosen, secret)) != "owner":
            return {ui.offer: gr.skip()}
        told = allowance_text(await studio.allowance(self._who(page)), time.time())
        return {ui.offer: offer(request_from(FormValues(*form)), chosen, payer, left=told)}

    async def credits(self, page: gr.Request, engine: str, key: str, *form) -> dict:
        """The line again, with what is left on the visitor's key. Segmind is asked for it, so the line before
        does not wait for that."""
        ui, studio, secret = self._ui, self._studio, TICKETS.redeem(key)
        chosen = studio.engines.choose(secret, chosen_engine(engine))
        if payer_of(chosen, secret) != "visitor" or key_problem(secret):
            return {ui.offer: gr.skip()}
        with self._offers.turn(session_of(page)) as its_turn:
            try:
                with studio.limits.hold("credits", address_of(page)):
                    credits = await studio.credits(secret)
            except StudioError:
                credits = None
            if credits is None or not its_turn():
                return {ui.offer: gr.skip()}
            return {ui.offer: offer(request_from(FormValues(*form)), chosen, "visitor", credits=credits)}

    async def look(self, page: gr.Request, engine: str, key: str, *form) -> AsyncIterator[dict]:
        """A look at the chosen clip: its facts at once, then a still of what will be cut away; the sliders
        follow its length. Meanwhile the clip is fitted, for the prompt is still being written."""
        ui, values = self._ui, FormValues(*form)
        request, framing = request_from(values), framing_from(values)
        if not request.video_url:
            yield self._nothing_known("") | {ui.form.duration: FreeSlider(maximum=LONGEST)}
            return
        clip = EditRequest(video_url=request.video_url)
        if refused := await asyncio.to_thread(self._studio.files.problem, clip, self._who(page).browser):
            yield self._nothing_known(problem_html(refused.message))
            return
        look_at = partial(self._studio.looks.at, request, framing)
        try:
            with (
                self._looks.turn(session_of(page)) as its_turn,
                self._studio.limits.hold("looks", address_of(page)),
            ):
                report = await look_at(clip_report.report_on)
                if its_turn():
                    self._fit_ahead(page, request, framing, engine, key)
                    yield self._told(report, request, framing)
                # An address has no pictures, and would be fetched from a second time.
                if report.seconds and not is_url(request.video_url):
                    report = await look_at(clip_report.pictured_report_on)
                if its_turn():
                    yield {ui.clip_report: report.html, ui.clip_facts: report.facts}
        except StudioError as error:
            yield self._nothing_known(problem_html(error.sentence))

    def _fit_ahead(
        self, page: gr.Request, request: EditRequest, framing: Framing, engine: str, key: str
    ) -> None:
        secret = TICKETS.redeem(key)
        chosen = self._studio.engines.choose(secret, chosen_engine(engine))
        self._studio.ahead.want(self._who(page), request, framing, chosen, payer_of(chosen, secret))

    def _nothing_known(self, said: str) -> dict:
        ui = self._ui
        return {ui.clip_report: said, ui.clip_facts: "", ui.use_settings: gr.Button(visible=False)}

    def _told(self, report: clip_report.ClipReport, request: EditRequest, framing: Framing) -> dict:
        ui = self._ui
        answer: dict[Any, Any] = {ui.clip_report: report.html, ui.clip_facts: report.facts}
        answer[ui.use_settings] = gr.Button(visible=report.made_with is not None)
        if report.ask_about_length:
            answer[ui.folds["framing"]] = gr.Accordion(open=True)
        if report.seconds:
            length = min(max(request.seconds, SHORTEST), report.longest)
            room = max(0.1, round(report.seconds - min(length, report.seconds), 1))
            # A slider needs some way to go, however short the clip is.
            answer[ui.form.duration] = FreeSlider(maximum=max(report.longest, SHORTEST + 1), value=length)
            answer[ui.form.start] = FreeSlider(maximum=room, value=min(framing.start, room))
        return answer

    async def use_settings(self, page: gr.Request, *form) -> dict:
        """Fill prompt and options from what the chosen clip says of the edit that made it, and say what that
        means for the clip. The clip stays, and nothing is started."""
        ui, request, framing = self._ui, request_from(FormValues(*form)), framing_from(FormValues(*form))
        clip = EditRequest(video_url=request.video_url)
        nothing, look_at = {ui.form.prompt: gr.skip()}, self._studio.looks.at
        try:
            if refused := await asyncio.to_thread(self._studio.files.problem, clip, self._who(page).browser):
                raise StudioError(refused.message)
            with self._studio.limits.hold("looks", address_of(page)):
                found = (await look_at(request, framing, clip_report.report_on)).made_with
                if found is None:
                    return nothing
                request = replace(found, video_url=request.video_url)
                report = await look_at(request, framing, clip_report.pictured_report_on)
        except StudioError as error:
            gr.Warning(error.sentence)
            return nothing
        return fill_settings(ui.form, request) | self._told(report, request, framing)

    async def code(self, language: str, *form) -> gr.Code:
        """An update of the code: the edit that the form describes, in `language`."""
        values, name = FormValues(*form), language if language in LANGUAGES else next(iter(LANGUAGES))
        request = request_from(values)
        if request.aspect_ratio == AUTO_RATIO:
            ratio = ASPECT_RATIOS[0]
            if request.video_url:
                with contextlib.suppress(StudioError):
                    ratio = await self._studio.looks.at(request, framing_from(values), clip_report.ratio_of)
            request = request.with_ratio(ratio)
        return gr.Code(snippets(request)[name], language=LANGUAGES[name])

    async def chosen(self, page: gr.Request, *form) -> AsyncIterator[dict]:
        """Another clip was chosen: the stage shows it instead of an example, and then a still of it, for a
        browser that cannot play it."""
        values, stage = FormValues(*form), self._ui.stage
        request = EditRequest(video_url=values.video or "")
        if not values.video or await asyncio.to_thread(
            self._studio.files.problem, request, self._who(page).browser
        ):
            yield {stage: gr.skip()}
            return
        yield {stage: clip_value(values.video)}
        with contextlib.suppress(StudioError), self._studio.limits.hold("looks", address_of(page)):
            poster = await self._studio.looks.at(request, Framing(), clip_report.poster_of)
            yield {stage: clip_value(values.video, poster)}


def first_offer(studio) -> str:
    """The line above the button of a form that nobody has touched."""
    engine = "segmind" if studio.engines.owner_pays else "preview"
    return offer(EditRequest(), engine, payer_of(engine, None))
