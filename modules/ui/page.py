"""The page: what it shows, and which handler (`editing.py`, `advice.py`, `actions.py`) answers what."""

from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder

from modules.jobs.upload_owners import UploadOwners
from modules.ui.actions import Actions
from modules.ui.adapted import NamedDownload
from modules.ui.advice import Advice, first_offer
from modules.ui.api import build_api
from modules.ui.compare import MOST as MOST_PROMPTS
from modules.ui.compare import Comparison
from modules.ui.components import ComparisonGrid, EditList, ExampleCards, Timeline, Wipe
from modules.ui.components.base import IN_BROWSER, LATEST, QUIET, WATCH
from modules.ui.components.references import References
from modules.ui.credentials import credential_inputs
from modules.ui.editing import Editing
from modules.ui.examples import MEDIA_FOLDERS, Example, load_examples
from modules.ui.form import (
    Form,
    address_input,
    framing_inputs,
    option_inputs,
    prompt_input,
    tools,
    video_input,
)
from modules.ui.in_browser import BEGUN, ENDED, copy_link, keep_draft
from modules.ui.link_preview import NAME
from modules.ui.linked_form import LinkedForms
from modules.ui.masthead import masthead
from modules.ui.single_flight import SingleFlight
from modules.ui.snippets import LANGUAGES
from modules.ui.widgets import FOLDS, Widgets

TABS = {"edit": "Edit", "compare": "Compare", "history": "My edits", "code": "Code"}


def build_page(studio) -> gr.Blocks:
    """The whole page as one Blocks."""
    examples = load_examples()
    # Served where they lie, without a copy in Gradio's cache. A job's folder is named by its unguessable id.
    gr.set_static_paths([*MEDIA_FOLDERS, studio.data_dir / "jobs", studio.data_dir / "page"])
    studio.files.allow(*MEDIA_FOLDERS, get_upload_folder())
    studio.files.uploads = UploadOwners(Path(get_upload_folder()))
    with gr.Blocks(title=NAME, analytics_enabled=False) as page:
        ui = _layout(studio, examples)
        _wire(page, ui, studio, examples)
        build_api(page, studio)
    return page


# -- what it shows


def _layout(studio, examples: list[Example]) -> Widgets:
    named = {
        "visitor": gr.BrowserState("", storage_key="studio_visitor", secret="a-label-not-a-secret"),
        "job_id": gr.State(""),
        "found": gr.State({}),
    }
    named["masthead"] = gr.HTML(masthead(studio.notices), elem_id="masthead", js_on_load=None)
    folds: dict[str, gr.Accordion] = {}
    with gr.Tabs(selected="edit", elem_id="tabs") as tabs:
        with _tab("edit"), gr.Row(elem_id="workbench"):
            with gr.Column(elem_id="form-column", min_width=0):
                shown = _form_column(studio, folds)
            with gr.Column(elem_id="stage-column", min_width=0):
                shown |= _stage_column(examples)
        with _tab("compare"):
            shown |= _compare_tab()
        with _tab("history"):
            shown |= _history_tab(folds)
        with _tab("code"):
            shown |= _code_tab()
    return Widgets(tabs=tabs, folds=folds, **named, **shown)


def _tab(name: str) -> gr.Tab:
    return gr.Tab(TABS[name], id=name, elem_id=f"tab-{name}")


def _fold(folds: dict[str, gr.Accordion], name: str) -> gr.Accordion:
    return folds.setdefault(name, gr.Accordion(FOLDS[name], open=False, elem_id=f"fold-{name}"))


def _form_column(studio, folds: dict[str, gr.Accordion]) -> dict:
    link_note = gr.HTML("", elem_id="link-note", js_on_load=None)
    fields = {"video": video_input(), "video_url": address_input()}
    shown = {"link_note": link_note, "clip_report": gr.HTML("", elem_id="clip-report", js_on_load=None)}
    shown["use_settings"] = gr.Button("Use its settings", visible=False, size="sm", elem_id="use-settings")
    fields["prompt"] = prompt_input()
    shown |= {
        "prompt_tools": tools(),
        "hints": gr.HTML("", elem_id="hints", js_on_load=None),
        "offer": gr.HTML(first_offer(studio), elem_id="offer", js_on_load=None),
        "edit": gr.Button("Edit video", variant="primary", elem_id="edit-button", size="lg"),
        "problems": gr.HTML("", elem_id="problems", js_on_load=None),
    }
    with _fold(folds, "engine"):
        shown |= credential_inputs(studio)
    with _fold(folds, "framing"):
        shown["clip_facts"] = gr.HTML("", elem_id="clip-facts", js_on_load=None)
        fields |= framing_inputs()
    with _fold(folds, "pictures"):
        fields["references"] = References({"images": [], "elements": []}, elem_id="references")
    with _fold(folds, "options"):
        fields |= option_inputs()
    shown["copy_link"] = gr.Button("Copy link to this form", size="sm", elem_id="copy-link")
    return shown | {"form": Form(**fields)}


def _stage_column(examples: list[Example]) -> dict:
    shown = {"stage": Wipe(examples[0].stage(light=True), elem_id="stage")}
    with gr.Row(elem_id="downloads"):
        shown["video_download"] = NamedDownload("Download the video", visible=False, elem_id="download-video")
        shown["sheet_download"] = NamedDownload(
            "Download a contact sheet", visible=False, elem_id="download-sheet"
        )
    shown["timeline"] = Timeline({}, elem_id="progress")
    cards = {"examples": [one.card() for one in examples]}
    shown["cards"] = ExampleCards(cards, elem_id="examples")
    return shown


def _compare_tab() -> dict:
    gr.Markdown(
        "### Compare prompts\nThe clip and the options of the Edit tab, with up to four prompts side by side."
    )
    with gr.Row(elem_id="compare-prompts"):
        prompts = [
            gr.Textbox(label=f"Prompt {n}", lines=2, max_lines=8, elem_id=f"compare-{n}", min_width=260)
            for n in range(1, MOST_PROMPTS + 1)
        ]
    return {
        "compare_prompts": prompts,
        "compare_offer": gr.HTML("", elem_id="compare-offer", js_on_load=None),
        "compare_button": gr.Button("Edit all", variant="primary", elem_id="compare-button"),
        "compare_problems": gr.HTML("", elem_id="compare-problems", js_on_load=None),
        "compare_grid": ComparisonGrid({"cells": []}, elem_id="compare-grid"),
        "compare_jobs": gr.State([]),
    }


def _history_tab(folds: dict[str, gr.Accordion]) -> dict:
    gr.Markdown(
        "### My edits\nThe edits of this browser. Results are kept for some days: download what you want to "
        "keep."
    )
    shown = {
        "edits_search": gr.Textbox(
            label="Search my edits",
            show_label=False,
            container=False,
            placeholder="Search the prompts",
            elem_id="edits-search",
        ),
        "edits": EditList({"jobs": [], "page": 1, "pages": 1, "total": 0, "search": ""}, elem_id="history"),
        "edits_page": gr.State(1),
    }
    with _fold(folds, "follow"):
        shown["request_id"] = gr.Textbox(
            label="Segmind request id",
            info="From the SDK, another device, or a time-out elsewhere. Records last one hour; your key is "
            "needed (Edit, Engine and key).",
            elem_id="request-id",
        )
        shown["follow"] = gr.Button("Follow it here", elem_id="follow-button")
        shown["follow_problem"] = gr.HTML("", elem_id="follow-problem", js_on_load=None)
    return shown


def _code_tab() -> dict:
    gr.Markdown(
        "### The same edit as code\nWhat the form says now. The key is read from the environment, never "
        "written down."
    )
    names = list(LANGUAGES)
    return {
        "language": gr.Radio(names, value=names[0], label="Language", show_label=False, elem_id="language"),
        "code": gr.Code("", language=LANGUAGES[names[0]], interactive=False, label="Code", elem_id="code"),
    }


# -- which handler answers which event


def _wire(page: gr.Blocks, ui: Widgets, studio, examples: list[Example]) -> None:
    flights = SingleFlight()
    editing, advice = Editing(studio, ui, flights, LinkedForms(studio, ui, examples)), Advice(studio, ui)
    actions, comparison = Actions(studio, ui, examples, flights), Comparison(studio, ui, flights)
    form, who, rights = [*ui.form], [ui.engine, ui.key], [ui.engine, ui.key, ui.access_code]
    watched = [ui.stage, ui.timeline, ui.video_download, ui.sheet_download, ui.edit, ui.problems, ui.found]
    watched += ui.folds.values()

    def watch(event):
        """Follow the job that an event has chosen."""
        return event.then(editing.watch, [ui.visitor, ui.job_id], watched, **WATCH)

    # Edit: write the job down first, then watch it. What is wrong is said beside the button and at its field.
    pressed = [ui.visitor, ui.job_id, ui.edit, ui.problems, ui.found, *ui.folds.values()]
    start = ui.edit.click(editing.start, [ui.visitor, *rights, *form], pressed, **QUIET)
    start.then(js="() => studio.showProblem()", **IN_BROWSER)
    # Last of all, with no look under way: the end of any event takes Gradio's messages at the fields away.
    watch(start).then(advice.left, [*who, *form], ui.offer, **WATCH).then(
        lambda *_: None,
        [ui.found, ui.key, ui.access_code, *form],
        validator=editing.beside_fields,
        js="(...values) => studio.onceQuiet(values)",
        **QUIET,
    )
    filled = [*form, ui.prompt_tools]
    told = [ui.visitor, ui.job_id, ui.masthead, ui.link_note, ui.stage, *filled]
    arrived = page.load(editing.arrive, ui.visitor, told, **QUIET)
    arrived.then(js="() => studio.linkRead()", **IN_BROWSER)
    watch(arrived)

    if studio.engines.owner_pays:  # what is left of the owner's money
        page.load(advice.left, [*who, *form], ui.offer, **QUIET)

    # What the button will do, whenever something that matters to it changes.
    ui.key.change(advice.choose_engine, [ui.key, ui.engine], ui.engine, **LATEST)
    matters = [ui.engine, ui.key, ui.form.mode, ui.form.duration, ui.form.references, ui.form.prompt]
    gr.on(
        [one.change for one in matters],
        advice.offer,
        [*who, *form],
        [ui.offer, ui.hints],
        js=BEGUN,
        **LATEST,
    ).then(advice.credits, [*who, *form], ui.offer, **WATCH).then(js=ENDED, **IN_BROWSER)

    # The clip: a look at it as soon as it is chosen.
    looked = [
        ui.clip_report,
        ui.use_settings,
        ui.clip_facts,
        ui.folds["framing"],
        ui.form.duration,
        ui.form.start,
    ]
    gr.on(
        [
            ui.form.video.change,
            ui.form.video_url.blur,
            ui.form.video_url.submit,
            ui.form.aspect_ratio.input,
            ui.form.duration.release,
            ui.form.start.release,
            ui.form.fit.input,
            ui.form.short.input,
        ],
        advice.look,
        [*who, *form],
        looked,
        js=BEGUN,
        **LATEST,
    ).then(js=ENDED, **IN_BROWSER)
    ui.use_settings.click(advice.use_settings, form, [*form, *looked[:4]], js=BEGUN, **QUIET).then(
        js=ENDED, **IN_BROWSER
    )
    ui.form.video.upload(advice.chosen, form, ui.stage, js=BEGUN, **LATEST).then(js=ENDED, **IN_BROWSER)
    ui.cards.act(actions.example, None, [*filled, ui.stage, ui.timeline, ui.problems, ui.found], **QUIET)

    # Actions on jobs, from the timeline and from My edits.
    acted = [*filled, ui.job_id, ui.tabs, *ui.compare_prompts]
    asked = [ui.visitor, ui.key, ui.access_code, ui.job_id]
    edits = {"fn": actions.edits, "inputs": [ui.visitor, ui.edits_search, ui.edits_page]}
    edits |= {"outputs": [ui.edits, ui.edits_page]} | LATEST
    watch(ui.timeline.act(actions.act, asked, acted, **WATCH))
    watch(ui.edits.act(actions.act, asked, acted, **WATCH).then(**edits))
    watch(ui.compare_grid.act(actions.act, asked, acted, **WATCH))
    ui.edits.turn(actions.turn, None, ui.edits_page, **QUIET).then(**edits)
    # Not `input`: Gradio sends that for keys alone, not for what is pasted, dictated or typed on a phone.
    ui.edits_search.change(lambda: 1, None, ui.edits_page, **LATEST).then(**edits)
    gr.on(
        [ui.follow.click, ui.request_id.submit],
        actions.follow,
        [ui.visitor, ui.key, ui.request_id],
        [ui.visitor, ui.job_id, ui.follow_problem, ui.tabs],
        **QUIET,
    ).then(editing.watch, [ui.visitor, ui.job_id], watched, **WATCH)

    # Tabs: their addresses, and what they show when they are opened.
    ui.tabs.change(js="() => studio.tabShown()", **IN_BROWSER)
    tab = {one.id: one for one in ui.tabs.children}
    tab["history"].select(**edits)
    comparison.wire(tab["compare"])
    gr.on([tab["code"].select, ui.language.change], advice.code, [ui.language, *form], ui.code, **LATEST)
    copy_link(ui.copy_link, form)
    keep_draft(page, [*ui.form, *ui.compare_prompts])
