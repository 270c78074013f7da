"""The page, wired. What it looks like is here; what its buttons do is in `handlers.py`."""

from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder

from modules.edit.request import EditRequest, Framing
from modules.secret import TICKETS, redact_logs
from modules.ui import theme
from modules.ui.api import build_api
from modules.ui.compare import build_compare
from modules.ui.fields import ADDRESS, FOLLOW, FRAMING, PROMPT, SETTINGS, access
from modules.ui.form import CLIP_BYTES, FIELDS, clip_value, framing_value, settings_value
from modules.ui.gate import InputGate
from modules.ui.handlers import Handlers, first_offer, tools_value
from modules.ui.panels.examples import MEDIA_FOLDERS, load_examples
from modules.ui.security import SecuredApp, Security, SecurityPolicy, ServedFiles
from modules.ui.upload_guard import UploadGuard
from modules.ui.widgets import (
    QUIET,
    Clip,
    Code,
    Downloads,
    Elements,
    ExampleCards,
    Fields,
    History,
    Pictures,
    Problems,
    ProgressPanel,
    PromptTools,
    Tabs,
    Wipe,
)

TITLE = "Kling O3 video edit"
MASTHEAD = (
    "Edit a video by describing it",
    "Say what should change: the background, a character, the season, the style. Kling O3 keeps the "
    "movement and changes the rest.",
)
PANES = [("edit", "Edit"), ("compare", "Compare"), ("history", "My edits"), ("code", "Code")]
FOLDS = [
    ("engine-panel", "Engine and key"),
    ("clip-details", "Clip details and framing"),
    ("pictures-panel", "Pictures to use"),
    ("options-panel", "Options"),
    ("follow-panel", "Follow a request by its id"),
]
"""Columns that are closed at first, and the buttons that open them."""
_REST = "() => studio.wave({waves})"
"""In the browser alone: what is only looked at, what is folded away and what is behind a tab are built one
after the other when the page can be used, not before."""
WATCH = QUIET | {"trigger_mode": "multiple"}
"""A new watch begins even while an older one is at its last step, such as the contact sheet; the older one
then ends by itself."""


def build_page(studio) -> gr.Blocks:
    """The whole page as one Blocks."""
    examples = load_examples()
    # Served where they lie, without a copy in Gradio's cache. A job's folder has the job's unguessable id as
    # its name.
    kept = studio.data_dir
    gr.set_static_paths([*MEDIA_FOLDERS, kept / "jobs", kept / "page"])
    studio.files.allow(*MEDIA_FOLDERS, get_upload_folder())
    do = Handlers(studio, examples)
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 86400)) as page:
        visitor = gr.BrowserState("", storage_key="studio_visitor", secret="a-label-not-a-secret")
        job_id = gr.State("")
        tabs = Tabs(
            {"open": "edit"},
            panes=PANES,
            folds=FOLDS,
            masthead=[*MASTHEAD, list(studio.notices)],
            elem_id="tabs",
        )
        with _pane("edit"):
            cards = ExampleCards(
                {"examples": [one.card() for one in examples]}, elem_id="examples", visible=False
            )
            with gr.Column(elem_classes=["beside"]):
                with gr.Column(elem_id="form-column", min_width=0):
                    form = _form()
                    run = {
                        "offer": gr.HTML(first_offer(studio), elem_id="offer"),
                        "edit": gr.Button("Edit video", variant="primary", elem_id="edit-button", size="lg"),
                    }
                    run["access"] = _access(studio)
                    source = _details(form)
                with gr.Column(elem_id="stage-column", min_width=0):
                    shown = _stage(examples)
        with _pane("compare"):
            compare = build_compare(studio, form, do.single_flight)
        with _pane("history"):
            history = _history_pane()
        with _pane("code"):
            code = Code(
                {"snippets": []},
                elem_id="code",
                heading={
                    "text": "The same edit as code",
                    "note": (
                        "What the form says now. The key is read from the environment, never written down."
                    ),
                },
            )
        problems = Problems({}, visible=False)

        fields = [form[name] for name in FIELDS]
        watched = [shown["wipe"], shown["progress"], shown["downloads"], run["edit"], problems]

        # Edit: write the job down first, then watch it.
        run["edit"].click(
            do.start, [visitor, run["access"], *fields], [visitor, job_id, problems, run["edit"]], **QUIET
        ).then(do.watch, [visitor, job_id], watched, **WATCH)
        page.load(do.arrive, visitor, [visitor, job_id], **QUIET).then(
            do.watch, [visitor, job_id], watched, **WATCH
        ).then(do.offer, [run["access"], *fields], [run["offer"], problems], **QUIET)

        # What the button will do, whenever something that matters to it changes.
        gr.on(
            [run["access"].change, form["settings"].change, form["images"].change, form["elements"].change],
            do.offer,
            [run["access"], *fields],
            [run["offer"], problems],
            trigger_mode="always_last",
            **QUIET,
        ).then(do.credits, [run["access"], *fields], run["offer"], **WATCH)

        # The clip: a look at it as soon as it is chosen.
        looked = [source, problems, form["framing"]]
        gr.on(
            [
                form["video"].change,
                form["address"].release,
                form["settings"].release,
                form["framing"].release,
            ],
            do.look,
            fields,
            looked,
            trigger_mode="always_last",
            **QUIET,
        )
        cards.act(
            do.example, None, [*fields, form["tools"], shown["wipe"], shown["progress"], problems], **QUIET
        )

        # Actions on jobs, from the progress panel and from My edits.
        acted = [*fields, form["tools"], job_id, tabs, compare["prompts"]]
        shown["progress"].act(
            do.act, [visitor, run["access"], job_id, *fields], acted, trigger_mode="multiple", **QUIET
        ).then(do.watch, [visitor, job_id], watched, **WATCH)
        history["list"].act(
            do.act, [visitor, run["access"], job_id, *fields], acted, trigger_mode="multiple", **QUIET
        ).then(do.history, visitor, history["list"], **QUIET).then(
            do.watch, [visitor, job_id], watched, **WATCH
        )
        history["list"].select(do.history, visitor, history["list"], **QUIET)
        history["request_id"].submit(
            do.follow,
            [visitor, run["access"], history["request_id"]],
            [visitor, job_id, problems, tabs],
            **QUIET,
        ).then(do.watch, [visitor, job_id], watched, **WATCH)
        compare["wire"](visitor, run["access"], fields, problems)
        code.select(do.code, fields, code, **QUIET)
        rest = [block for block in page.blocks.values() if block.visible is False]
        tabs.act(
            None,
            None,
            rest,
            js=_REST.format(waves=[_wave(block) for block in rest]),
            trigger_mode="multiple",
            **QUIET,
        )
        build_api(studio)
    return page


def launch(page: gr.Blocks, studio, *, share: bool = False, **options) -> tuple:
    """Serve the page behind `security.py`'s middleware."""
    settings = studio.settings
    redact_logs()
    page.queue(default_concurrency_limit=None, max_size=2000, api_open=False)
    policy = SecurityPolicy(
        settings.allowed_origins, settings.frame_ancestors, theme.scripts(), settings.on_a_space
    )
    uploads = UploadGuard(Path(get_upload_folder()), most_bytes=CLIP_BYTES, quota=settings.max_disk_gb * 1e9)
    studio.every(60.0, uploads.sweep)
    kept = studio.data_dir
    served = ServedFiles(Path(get_upload_folder()), *MEDIA_FOLDERS, kept / "jobs", kept / "page")
    gate = InputGate(page, TICKETS)
    app = SecuredApp(lambda inner: Security(inner, policy, gate, uploads, served, studio.limits), policy)
    return page.launch(
        server_name=settings.server_name,
        server_port=settings.server_port,
        share=share,
        max_threads=1000,
        ssr_mode=False,
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        max_file_size="200mb",
        theme=theme.theme(),
        css=theme.css(),
        head=theme.head(),
        state_session_capacity=1000,
        _app=app,
        **options,
    )


# What is not visible at first is built when the page can be used already (`_REST`); `studio.css` keeps its
# place free.


def _wave(block) -> int:
    """In which turn it is built: what is seen at once, what is folded away, what is behind a tab."""
    return 0 if not isinstance(block, gr.Column) else 1 if "folded" in block.elem_classes else 2


def _pane(name: str) -> gr.Column:
    """What a tab shows. All but the first are built late."""
    return gr.Column(elem_id=f"pane-{name}", elem_classes=["pane"], visible=name == PANES[0][0])


def _fold(name: str) -> gr.Column:
    """One of `FOLDS`."""
    return gr.Column(elem_id=name, elem_classes=["folded"], visible=False)


def _form() -> dict:
    form = {}
    form["video"] = Clip(
        clip_value(None),
        elem_id="clip",
        heading={
            "text": "1. Choose a clip",
            "note": "An example from above, or your own: 3 seconds or longer, up to 200 MB.",
        },
    )
    form["address"] = Fields({"video_url": ""}, fields=ADDRESS, problem="clip")
    form["prompt"] = Fields({"prompt": ""}, fields=PROMPT, heading={"text": "2. Describe the change"})
    form["tools"] = PromptTools(tools_value(), elem_id="prompt-tools", visible=False)
    return form


def _details(form: dict) -> gr.HTML:
    """What most visitors never need to open. Returns where the clip's facts are shown."""
    with _fold("clip-details"):
        facts = gr.HTML("", elem_id="clip-card")
        form["framing"] = Fields(framing_value(Framing()), fields=FRAMING)
    with _fold("pictures-panel"):
        form["images"] = Pictures(
            {"pictures": []},
            elem_id="images",
            heading={
                "text": "Images",
                "note": "A place, a style or a thing. Write @Image1 in the prompt to use the first one.",
            },
        )
        form["elements"] = Elements(
            {"elements": []},
            elem_id="elements",
            heading={
                "text": "Elements",
                "note": "A character or thing that should look the same throughout: one front view, and up "
                "to three more. "
                "Write @Element1 to use it.",
            },
        )
    with _fold("options-panel"):
        form["settings"] = Fields(
            settings_value(EditRequest()), fields=SETTINGS, elem_id="settings", problem="options"
        )
    return facts


def _access(studio) -> Fields:
    owner = studio.engines.owner_pays
    with _fold("engine-panel"):
        chosen = Fields(
            {"engine": "segmind" if owner else "preview", "key": ""},
            fields=access(owner),
            elem_id="access",
            problem="key",
        )
        chosen.secret = "key"  # for the middleware, which never lets it through as it came
        return chosen


def _stage(examples) -> dict:
    return {
        "wipe": Wipe(examples[0].stage(light=True), elem_id="stage", visible=False),
        "downloads": Downloads({}, elem_id="downloads", visible=False),
        "progress": ProgressPanel({}, elem_id="progress", visible=False),
    }


def _history_pane() -> dict:
    cards = History(
        {"jobs": []},
        elem_id="history",
        heading={
            "text": "My edits",
            "note": (
                "The edits of this browser. Results are kept for some days: download what you want to keep."
            ),
        },
    )
    with _fold("follow-panel"):
        request_id = Fields({"request_id": ""}, fields=FOLLOW, problem="follow", button="Follow it here")
    return {"list": cards, "request_id": request_id}
