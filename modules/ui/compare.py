"""Compare: one clip, up to four prompts, one button, one estimate; the results play in step."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import gradio as gr

from modules.address_limits import MOST as SHARES
from modules.checking import EditRefused
from modules.edit.errors import StudioError
from modules.edit.price import dollars, estimate
from modules.jobs.job import TERMINAL_STAGES, Stage
from modules.ui.fields import prompts as prompt_fields
from modules.ui.form import access as access_of
from modules.ui.form import framing_from, named, plain_text, request_from
from modules.ui.handlers import address_of, session_of
from modules.ui.panels.progress import title, tone
from modules.ui.single_flight import LatestOnly, SingleFlight
from modules.ui.widgets import QUIET, Fields, Grid, file_value

MOST = 4


def build_compare(studio, form: dict, single_flight: SingleFlight) -> dict:
    """The pane. `wire(visitor, access, fields, problems)` connects it once the rest of the page is there."""
    prompts = Fields(
        {},
        fields=prompt_fields(MOST),
        opens="compare",
        problem="compare",
        elem_id="compare-prompts",
        heading={
            "text": "Compare prompts",
            "note": "The clip and the options of the Edit tab, with up to four prompts side by side.",
        },
    )
    offer = gr.HTML("", elem_id="compare-offer")
    go = gr.Button("Edit all", variant="primary", elem_id="compare-button")
    grid = Grid({"cells": []}, elem_id="compare-grid")
    jobs = gr.State([])
    watches = LatestOnly(SHARES["watches"])

    async def estimate_all(access, typed, *values):
        (key, wanted), chosen, request = access_of(access), _texts(typed), request_from(named(values))
        engine = studio.engines.choose(key, wanted)
        if not chosen:
            return "Write two prompts or more."
        if engine == "preview":
            return f"{len(chosen)} edits with the <b>preview engine, free</b>. It is not Kling."
        one = estimate(request, engine).usd
        return (
            f"{len(chosen)} edits on Segmind, {len(chosen)} x {dollars(one)} = about "
            f"<b>{dollars(one * len(chosen))}</b>, an estimate. Each is charged by itself."
        )

    async def start_all(page: gr.Request, visitor, access, typed, *values):
        (key, wanted), chosen, form = access_of(access), _texts(typed), named(values)
        request, framing = request_from(form), framing_from(form)
        problems, edits = [], []
        for text in chosen or [""]:
            try:
                one = replace(request, prompt=text)
                edits.append(await studio.check(one, framing, key, wanted, key_field="Edit, Engine and key"))
            except EditRefused as refused:
                problems += [problem.message for problem in refused.problems]
        if not studio.visitors.is_ours(visitor):
            problems.append(
                "This page has not finished loading. Nothing was sent. Load it again, then press Edit all."
            )
        if problems:
            return [], {"compare": " ".join(dict.fromkeys(problems))}
        return await single_flight.once(
            (visitor, *(edit.identity for edit in edits)), lambda: begin(edits, visitor, address_of(page))
        )

    async def begin(edits, visitor, address):
        ids = []
        try:
            for edit in edits:
                # Kept one by one: those that were begun are told when the next one fails.
                ids.append(await studio.start(edit, visitor, address))  # noqa: PERF401
        except StudioError as error:
            begun = f" {len(ids)} of {len(edits)} edits were begun." if ids else ""
            return ids, {"compare": error.sentence + begun}
        return ids, {"compare": ""}

    async def watch_all(page: gr.Request, visitor, ids):
        with watches.turn(session_of(page), address_of(page)) as turn:
            async with aclosing(_watched(visitor, ids)) as looks, aclosing(turn.until_over(looks)) as answers:
                async for shown in answers:
                    yield shown
            if not turn():
                yield gr.skip(), gr.skip()

    async def _watched(visitor, ids):
        if not ids:
            yield gr.skip(), gr.Button(interactive=True)
            return
        seen: dict[str, int] = {}
        while True:
            found = [await studio.changed(job_id, seen.get(job_id, -1), 0) for job_id in ids]
            found = [job for job in found if job and job.visitor == visitor]
            versions = {job.job_id: job.version for job in found}
            running = [job for job in found if job.stage not in TERMINAL_STAGES and not job.needs_key]
            if versions != seen:
                seen = versions
                yield {"cells": [_cell(job) for job in found]}, gr.Button(interactive=not running)
            if not running:
                return
            # Whichever changes first wakes this watcher; the others are looked at again then.
            waits = [asyncio.ensure_future(studio.changed(job.job_id, seen[job.job_id])) for job in running]
            _, late = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for one in late:
                one.cancel()

    def _texts(typed):
        return list(filter(None, map(str.strip, _kept(typed).values())))

    def begun_with(typed, first):
        """The comparison begins with the prompt of the edit."""
        return _kept(typed) if _texts(typed) else {"prompt_1": named([first])["prompt"]}

    def _kept(typed):
        """What was typed, of known names and as text only."""
        typed = typed if isinstance(typed, dict) else {}
        return {name: plain_text(typed.get(name)) for name in (f"prompt_{n}" for n in range(1, MOST + 1))}

    def _cell(job):
        done = job.stage == Stage.COMPLETED and job.result
        return {
            "prompt": job.request.prompt,
            "title": title(job),
            "message": "" if done else (job.error or job.message),
            "tone": tone(job),
            "video": file_value(job.result) if done else None,
            "still": file_value(job.still) if job.still and not done else None,
        }

    def wire(visitor, access, fields, problems):
        everything = [access, prompts, *fields]
        prompts.select(begun_with, [prompts, form["prompt"]], prompts, **QUIET).then(
            estimate_all, everything, offer, **QUIET
        )
        prompts.change(estimate_all, everything, offer, trigger_mode="always_last", **QUIET)
        go.click(lambda: gr.Button(interactive=False), None, go, **QUIET).then(
            start_all, [visitor, *everything], [jobs, problems], **QUIET
        ).then(watch_all, [visitor, jobs], [grid, go], **QUIET)

    return {"prompts": prompts, "wire": wire}
