"""The page, wired. What it looks like is here; what its buttons do is in `handlers.py`."""

from html import escape

import gradio as gr
from gradio.utils import get_upload_folder

from modules.edit.request import ASPECT_RATIOS, DURATIONS
from modules.ui import theme
from modules.ui.api import build_api
from modules.ui.compare import build_compare
from modules.ui.form import FIELDS, GROUPS, clip_value
from modules.ui.handlers import Handlers, tools_value
from modules.ui.panels.examples import FOLDER, load_examples
from modules.ui.widgets import QUIET, Clip, Code, Elements, ExampleCards, History, Pictures, Progress, PromptTools, Wipe

TITLE = "Kling O3 video edit"
WATCH = QUIET | {"trigger_mode": "multiple"}
"""A new watch begins even while an older one is at its last step, such as the contact sheet; the older one then ends by itself."""


def build_page(studio) -> gr.Blocks:
    """The whole page as one Blocks."""
    examples = load_examples()
    # Served where they lie, without a copy in Gradio's cache. A job's folder has the job's unguessable id as its name.
    kept = studio.runner.data_dir
    gr.set_static_paths([FOLDER, kept / "jobs", kept / "page"])
    studio.sources.allow(FOLDER, get_upload_folder())
    do = Handlers(studio, examples)
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 86400)) as page:
        visitor = gr.BrowserState("", storage_key="studio_visitor", secret="a-label-not-a-secret")
        job_id = gr.State("")
        _masthead(studio)
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab("Edit", id="edit"):
                cards = ExampleCards({"examples": [one.card() for one in examples]}, elem_id="examples")
                with gr.Row(equal_height=False):
                    with gr.Column(scale=5, min_width=320):
                        form, problems, source = _form()
                        run, problems["key"] = _run_panel(studio)
                        _details(form, problems, source)
                    with gr.Column(scale=6, min_width=320, elem_id="stage-column"):
                        shown = _stage(examples)
            compare = build_compare(studio, form, do.presses)
            history = _history_tab()
            code = _code_tab()

        fields = [form[name] for name in FIELDS]
        texts = [problems[group] for group in GROUPS]
        watched = [shown["wipe"], shown["progress"], shown["result"], shown["downloads"], shown["sheet"], run["edit"], *texts]

        # Edit: write the job down first, then watch it.
        run["edit"].click(do.start, [visitor, run["key"], run["engine"], *fields], [visitor, job_id, *texts, run["edit"]], **QUIET).then(
            do.watch, [visitor, job_id], watched, **WATCH)
        page.load(do.arrive, visitor, [visitor, job_id], **QUIET).then(do.watch, [visitor, job_id], watched, **WATCH).then(
            do.offer, [run["key"], run["engine"], *fields], [run["offer"], problems["key"]], **QUIET)

        # What the button will do, whenever something that matters to it changes.
        gr.on([run["engine"].change, form["mode"].change, form["duration"].change, form["images"].change, form["elements"].change], do.offer,
              [run["key"], run["engine"], *fields], [run["offer"], problems["key"]], trigger_mode="always_last", **QUIET)
        run["key"].change(do.key_typed, [run["key"], run["engine"]], run["engine"], trigger_mode="always_last", **QUIET).then(
            do.offer, [run["key"], run["engine"], *fields], [run["offer"], problems["key"]], **QUIET)

        # The clip: a look at it as soon as it is chosen.
        looked = [source["card"], problems["clip"], source["strip"], form["start"]]
        gr.on([form["video"].change, form["video_url"].submit, form["video_url"].blur, form["duration"].release,
               form["aspect_ratio"].change, form["fit"].change, form["short"].input, form["start"].release],
              do.look, fields, looked, trigger_mode="always_last", **QUIET)
        cards.act(do.example, None, [*fields, form["tools"], shown["wipe"], shown["progress"], *texts], **QUIET)

        # Actions on jobs, from the progress panel and from My edits.
        acted = [*fields, form["tools"], job_id, tabs, *compare["prompts"]]
        shown["progress"].act(do.act, [visitor, run["key"], job_id, *fields], acted, trigger_mode="multiple", **QUIET).then(do.watch, [visitor, job_id], watched, **WATCH)
        history["list"].act(do.act, [visitor, run["key"], job_id, *fields], acted, trigger_mode="multiple", **QUIET).then(
            do.history, visitor, history["list"], **QUIET).then(do.watch, [visitor, job_id], watched, **WATCH)
        history["tab"].select(do.history, visitor, history["list"], **QUIET)
        history["follow"].click(do.follow, [visitor, run["key"], history["request_id"]], [visitor, job_id, history["problem"], tabs], **QUIET).then(
            do.watch, [visitor, job_id], watched, **WATCH)
        compare["wire"](visitor, run["key"], run["engine"], fields)
        code["tab"].select(do.code, fields, code["shown"], **QUIET)
        build_api(studio)
    return page


def launch(page: gr.Blocks, studio, *, share: bool = False, **options) -> tuple:
    """Serve the page. Files are served from Gradio's own cache, the examples, and the folders of jobs only."""
    settings = studio.settings
    page.queue(default_concurrency_limit=None, max_size=2000)
    return page.launch(
        server_name=settings.server_name, server_port=settings.server_port, share=share, max_threads=1000, ssr_mode=False,
        run_history=False, enable_monitoring=False, footer_links=[], max_file_size="200mb", theme=theme.theme(), css=theme.css(),
        head=theme.head(), **options)


def _title(text: str, note: str = "") -> None:
    gr.HTML(f"<h2>{text}</h2>" + (f"<p>{note}</p>" if note else ""), elem_classes=["panel-title"])


def _problem(group: str) -> gr.HTML:
    return gr.HTML("", elem_id=f"problem-{group}", elem_classes=["problem"])


def _masthead(studio) -> None:
    notices = "".join(f"<p class='notice'>{escape(text)}</p>" for text in studio.notices)
    gr.HTML("<h1>Edit a video by describing it</h1><p>Say what should change: the background, a character, the season, the style. "
            f"Kling O3 keeps the movement and changes the rest.</p>{notices}", elem_id="masthead")


def _form() -> tuple[dict, dict, dict]:
    form, problems, source = {}, {}, {}
    _title("1. Choose a clip", "An example from above, or your own: 3 seconds or longer, up to 200 MB.")
    form["video"] = Clip(clip_value(None), elem_id="clip")
    form["video_url"] = gr.Textbox(label="Address of a clip", show_label=False, container=False, placeholder="or paste its address: https://…/clip.mp4", elem_id="clip-url", max_lines=1)
    problems["clip"] = _problem("clip")
    _title("2. Describe the change")
    form["prompt"] = gr.Textbox(label="Prompt", show_label=False, lines=3, max_lines=10, elem_id="prompt", container=False,
                                placeholder="For example: turn the street into a snowy winter evening, keep the people as they are")
    form["tools"] = PromptTools(tools_value(), elem_id="prompt-tools")
    problems["prompt"] = _problem("prompt")
    return form, problems, source


def _details(form: dict, problems: dict, source: dict) -> None:
    """What most visitors never need to open."""
    with gr.Accordion("Clip details and framing", open=False, elem_id="clip-details"):
        source["card"] = gr.HTML("", elem_id="clip-card")
        source["strip"] = gr.HTML("", elem_id="clip-strip")
        form["start"] = gr.Slider(0, 60, value=0, step=0.1, label="Start at (seconds)", interactive=True, elem_id="start")
        form["fit"] = gr.Radio([("Crop, keep the subject", "crop"), ("Add blurred edges", "pad"), ("Leave as it is", "leave")], value="crop",
                               label="When the shape does not match the aspect ratio", elem_id="fit")
        form["short"] = gr.Radio([("Ask me", "ask"), ("Slow it down", "slow"), ("Loop it", "loop")], value="ask",
                                 label="When the clip is shorter than 3 seconds", elem_id="short")
    with gr.Accordion("Pictures to use", open=False, elem_id="pictures-panel"):
        _title("Images", "A place, a style or a thing. Write @Image1 in the prompt to use the first one.")
        form["images"] = Pictures({"pictures": []}, elem_id="images")
        problems["images"] = _problem("images")
        _title("Elements", "A character or thing that should look the same throughout: one front view, and up to three more. Write @Element1 to use it.")
        form["elements"] = Elements({"elements": []}, elem_id="elements")
        problems["elements"] = _problem("elements")
    with gr.Accordion("Options", open=False, elem_id="options-panel"):
        with gr.Row():
            form["mode"] = gr.Radio([("Pro, better", "pro"), ("Standard, faster and cheaper", "std")], value="pro", label="Quality", elem_id="mode")
            form["aspect_ratio"] = gr.Radio([("16:9 wide", "16:9"), ("9:16 tall", "9:16"), ("1:1 square", "1:1")], value=ASPECT_RATIOS[0],
                                            label="Aspect ratio", elem_id="aspect-ratio")
        form["duration"] = gr.Slider(int(DURATIONS[0]), int(DURATIONS[-1]), value=5, step=1, label="Duration (seconds)", elem_id="duration",
                                     info="How much of the clip is edited. The price follows it.")
        with gr.Row():
            form["keep_audio"] = gr.Checkbox(False, label="Keep the sound of the clip", elem_id="keep-audio")
            form["shot_type"] = gr.Textbox("customize", label="Shot type", max_lines=1, elem_id="shot-type",
                                           info="The model's own setting; “customize” follows the prompt.")
        problems["options"] = _problem("options")


def _run_panel(studio) -> tuple[dict, gr.HTML]:
    owner = studio.engines.owner_pays
    run = {"offer": gr.HTML("", elem_id="offer")}
    run["edit"] = gr.Button("Edit video", variant="primary", elem_id="edit-button", size="lg")
    with gr.Accordion("Engine and key", open=False, elem_id="engine-panel"):
        run["engine"] = gr.Radio([("Preview engine, free", "preview"), ("Kling O3 on Segmind", "segmind")], label="Engine",
                                 value="segmind" if owner else "preview", elem_id="engine")
        run["key"] = gr.Textbox("", label="Your Segmind key" + (" (optional: this page has one)" if owner else ""), type="password",
                                placeholder="SG_…", elem_id="key", max_lines=1,
                                info="Used for your edits only and kept in memory only, until they are done. Never stored, never logged.")
        problem = _problem("key")
    return run, problem


def _stage(examples) -> dict:
    shown = {"wipe": Wipe(examples[0].stage(light=True), elem_id="stage")}
    with gr.Row(visible=False, elem_id="downloads") as shown["downloads"]:
        shown["result"] = gr.DownloadButton("Download the video", elem_id="download", size="md", variant="secondary")
        shown["sheet"] = gr.DownloadButton("Download a contact sheet", elem_id="sheet", size="md", variant="secondary")
    shown["progress"] = Progress({}, elem_id="progress")
    return shown


def _history_tab() -> dict:
    with gr.Tab("My edits", id="history") as tab:
        _title("My edits", "The edits of this browser. Results are kept for some days: download what you want to keep.")
        cards = History({"jobs": []}, elem_id="history")
        with gr.Accordion("Follow a request by its id", open=False, elem_id="follow-panel"):
            request_id = gr.Textbox(label="Segmind request id", elem_id="request-id", max_lines=1,
                                    info="From the SDK, another device, or a time-out elsewhere. Records last one hour; your key is needed (Edit, Engine and key).")
            follow = gr.Button("Follow it here", elem_id="follow-button", size="sm")
            problem = _problem("follow")
    return {"tab": tab, "list": cards, "request_id": request_id, "follow": follow, "problem": problem}


def _code_tab() -> dict:
    with gr.Tab("Code", id="code") as tab:
        _title("The same edit as code", "What the form says now. The key is read from the environment, never written down.")
        shown = Code({"snippets": []}, elem_id="code")
    return {"tab": tab, "shown": shown}
