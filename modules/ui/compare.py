"""Compare: one clip, up to four prompts, one button, one estimate; the results play in step."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import gradio as gr

from modules.address_limits import MOST as SHARES
from modules.checking import CheckedEdit, EditRefused
from modules.edit.errors import StudioError
from modules.edit.file_names import result_name
from modules.edit.price import dollars, estimate
from modules.jobs.identity import Identity
from modules.jobs.job import TERMINAL_STAGES, Job, Stage, payer_of
from modules.secret import TICKETS
from modules.ui.components.base import IN_BROWSER, QUIET, file_value
from modules.ui.components.timeline.value import engine_said, left_undone, title, tone
from modules.ui.editing import chosen_engine
from modules.ui.form import FormValues, framing_from, plain_text, request_from
from modules.ui.messages import allowance_text, problem_html
from modules.ui.single_flight import LatestOnly, SingleFlight
from modules.ui.visitor import address_of, identity_of, session_of
from modules.ui.widgets import Widgets

MOST = 4
_ID_CHARACTERS = 64


class Comparison:
    """The handlers of the Compare tab. `ui`: the page's components, which the answers name."""

    def __init__(self, studio, ui: Widgets, single_flight: SingleFlight) -> None:
        self._studio, self._ui, self._single_flight = studio, ui, single_flight
        self._watches = LatestOnly(SHARES["watches"])

    async def estimate_all(self, page: gr.Request, engine: str, key: str, *values) -> str:
        """The line above the button, as HTML with nothing in it that was typed."""
        chosen, request = _prompts(values[:MOST]), request_from(FormValues(*values[MOST:]))
        secret = TICKETS.redeem(key)
        engine = self._studio.engines.choose(secret, chosen_engine(engine))
        if not chosen:
            return "Write two prompts or more."
        count = f"{len(chosen)} edit{'s' if len(chosen) > 1 else ''}"
        if engine == "preview":
            return f"{count} with the <b>preview engine, free</b>. It is not Kling."
        one = estimate(request, engine).usd
        left = ""
        if payer_of(engine, secret) == "owner":
            found = await self._studio.allowance(identity_of(page, self._studio.identities))
            left = f" {allowance_text(found, time.time())}"
        return (
            f"{count} on Segmind, {len(chosen)} x {dollars(one)} = about "
            f"<b>{dollars(one * len(chosen))}</b>, an estimate. Each is charged by itself.{left}"
        )

    async def start_all(
        self, page: gr.Request, visitor: str, engine: str, key: str, access_code: str, *values
    ) -> dict:
        """Check all of them; when nothing is wrong with any, write all of them down."""
        ui, studio, form = self._ui, self._studio, FormValues(*values[MOST:])
        request, framing, secret = request_from(form), framing_from(form), TICKETS.redeem(key)
        problems, edits, texts = [], [], _prompts(values[:MOST]) or [""]
        who, code = identity_of(page, studio.identities), TICKETS.redeem(access_code)
        for number, text in enumerate(texts):
            try:
                edits.append(
                    await studio.check(
                        replace(request, prompt=text),
                        framing,
                        secret,
                        chosen_engine(engine),
                        key_field="Edit, Engine and key",
                        who=who,
                        access_code=code,
                        edits=0 if number else len(texts),
                    )
                )
            except EditRefused as refused:
                problems += [one.message for one in refused.problems]
        if not studio.visitors.is_ours(visitor):
            problems.append(
                "This page has not finished loading. Nothing was sent. Load it again, then press Edit all."
            )
        if problems:
            return {ui.compare_jobs: [], ui.compare_problems: problem_html(" ".join(dict.fromkeys(problems)))}
        ids, said = await self._single_flight.once(
            (visitor, *(edit.identity for edit in edits)),
            lambda: self._begun(edits, visitor, who),
        )
        return {ui.compare_jobs: ids, ui.compare_problems: problem_html(said)}

    async def _begun(self, edits: list[CheckedEdit], visitor: str, who: Identity) -> tuple[list[str], str]:
        ids: list[str] = []
        try:
            for edit in edits:
                # Kept one by one: those that were begun are told when the next one fails.
                ids.append(await self._studio.start(edit, visitor, who, together=ids))
        except StudioError as error:
            return ids, error.sentence + (f" {len(ids)} of {len(edits)} edits were begun." if ids else "")
        return ids, ""

    def resume(self, event: gr.EventData) -> list[str]:
        """The comparison that this tab of the browser showed before it was loaded again."""
        ids = event._data.get("ids") if isinstance(event._data, dict) else None
        ids = ids if isinstance(ids, list) else []
        return [plain_text(one) for one in ids[:MOST] if isinstance(one, str) and len(one) <= _ID_CHARACTERS]

    async def watch_all(self, page: gr.Request, visitor: str, ids: list[str]) -> AsyncIterator[dict]:
        """Follow all of them until the last one has ended."""
        looks, nothing = self._watched(visitor, ids), {self._ui.compare_button: gr.skip()}
        async with aclosing(
            self._watches.follow(session_of(page), address_of(page), looks, nothing)
        ) as answers:
            async for shown in answers:
                yield shown

    async def _watched(self, visitor: str, ids: list[str]) -> AsyncGenerator[dict, None]:
        ui, studio = self._ui, self._studio
        if not ids:
            yield {ui.compare_button: gr.Button(interactive=True)}
            return
        seen: dict[str, int] = {}
        while True:
            found = [await studio.changed(job_id, seen.get(job_id, -1), 0) for job_id in ids]
            found = [job for job in found if job and job.visitor == visitor]
            versions = {job.job_id: job.version for job in found}
            running = [job for job in found if job.stage not in TERMINAL_STAGES and not job.needs_key]
            if versions != seen or not found:
                seen = versions
                cells = {"cells": [_cell(job) for job in found]}
                yield {ui.compare_grid: cells, ui.compare_button: gr.Button(interactive=not running)}
            if not running:
                return
            # Whichever changes first wakes this watcher; the others are looked at again then.
            waits = [asyncio.ensure_future(studio.changed(job.job_id, seen[job.job_id])) for job in running]
            _, late = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for one in late:
                one.cancel()

    def wire(self, tab: gr.Tab) -> None:
        ui = self._ui
        everything = [*ui.compare_prompts, *ui.form]
        rights = [ui.engine, ui.key]
        shown = [ui.compare_grid, ui.compare_button]
        # In the browser: an answer of the server would come over what was typed meanwhile.
        tab.select(
            inputs=[*ui.compare_prompts, ui.form.prompt],
            outputs=ui.compare_prompts[0],
            js="(...texts) => studio.firstPrompt(texts)",
            **IN_BROWSER,
        )
        gr.on(
            [tab.select, *(one.change for one in ui.compare_prompts)],
            self.estimate_all,
            [*rights, *everything],
            ui.compare_offer,
            trigger_mode="always_last",
            **QUIET,
        )
        ui.compare_button.click(lambda: gr.Button(interactive=False), None, ui.compare_button, **QUIET).then(
            self.start_all,
            [ui.visitor, *rights, ui.access_code, *everything],
            [ui.compare_jobs, ui.compare_problems],
            **QUIET,
        ).then(self.watch_all, [ui.visitor, ui.compare_jobs], shown, **QUIET)
        ui.compare_grid.resume(self.resume, None, ui.compare_jobs, **QUIET).then(
            self.watch_all, [ui.visitor, ui.compare_jobs], shown, **QUIET
        )


def _prompts(texts) -> list[str]:
    """What was typed, without the empty ones."""
    return [text for text in (plain_text(one).strip() for one in texts) if text]


def _cell(job: Job) -> dict:
    done = job.stage == Stage.COMPLETED and job.result
    return {
        "job_id": job.job_id,
        "prompt": job.request.prompt,
        "title": title(job),
        "message": left_undone(job) if done else (job.error or job.message),
        "engine_said": engine_said(job),
        "tone": tone(job),
        "video": file_value(job.result) if done else None,
        "name": result_name(job.request.video_url, job.request.prompt),
        "still": file_value(job.still) if job.still and not done else None,
    }
