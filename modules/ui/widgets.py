"""The components of the page by name, for the handlers: what they read and what they answer."""

from dataclasses import dataclass, field

import gradio as gr

from modules.ui.components import ComparisonGrid, EditList, ExampleCards, PromptTools, Timeline, Wipe
from modules.ui.form import Form


@dataclass
class Widgets:
    """One page. `folds`: the closed sections, by the name that FOLDS gives them. `found`: what is wrong with
    the form by component, kept for the messages beside the fields."""

    masthead: gr.HTML
    visitor: gr.BrowserState
    job_id: gr.State
    found: gr.State
    tabs: gr.Tabs
    form: Form
    engine: gr.Radio
    key: gr.Textbox
    access_code: gr.Textbox
    offer: gr.HTML
    edit: gr.Button
    link_note: gr.HTML
    copy_link: gr.Button
    problems: gr.HTML
    prompt_tools: PromptTools
    clip_report: gr.HTML
    clip_facts: gr.HTML
    use_settings: gr.Button
    hints: gr.HTML
    cards: ExampleCards
    stage: Wipe
    timeline: Timeline
    video_download: gr.DownloadButton
    sheet_download: gr.DownloadButton
    folds: dict[str, gr.Accordion] = field(default_factory=dict)
    compare_prompts: list[gr.Textbox] = field(default_factory=list)
    compare_offer: gr.HTML | None = None
    compare_problems: gr.HTML | None = None
    compare_button: gr.Button | None = None
    compare_grid: ComparisonGrid | None = None
    compare_jobs: gr.State | None = None
    edits: EditList | None = None
    edits_search: gr.Textbox | None = None
    edits_page: gr.State | None = None
    request_id: gr.Textbox | None = None
    follow: gr.Button | None = None
    follow_problem: gr.HTML | None = None
    language: gr.Radio | None = None
    code: gr.Code | None = None


FOLDS = {
    "engine": "Engine and key",
    "framing": "Clip details and framing",
    "pictures": "Pictures to use",
    "options": "Options",
    "follow": "Follow a request by its id",
}
"""The closed sections of the page and their labels."""
FOLD_OF = {
    "key": "engine",
    "access_code": "engine",
    "start": "framing",
    "fit": "framing",
    "short": "framing",
    "references": "pictures",
    "mode": "options",
    "aspect_ratio": "options",
    "duration": "options",
    "keep_audio": "options",
    "shot_type": "options",
}
"""In which of FOLDS a component stands; those that are not named stand open."""
