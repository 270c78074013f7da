"""The page's own widgets: gr.HTML subclasses whose DOM is built by `assets/*.js`.

Values are plain JSON. Files inside them are FileData dicts (`file_value`), which Gradio checks on the way in
(only what was uploaded) and serves on the way out. Nothing from a visitor ever goes through an HTML template.
"""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

QUIET = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
"""For every event of the page: no entry in the API, no spinner, as many at once as there are visitors."""


class Widget(gr.HTML):
    """A gr.HTML that hands its element to `studio.mount(name, …)`. Events: `act` (with data) and `change`.

    Files in its value are checked by Gradio to be uploads; addresses are left alone, for our own safe
    fetching.
    """

    name = ""
    takes_files = False
    """Whether its value may hold files; the middleware refuses them elsewhere."""
    secret: str | None = None
    """The entry of its value that is a key; "" when all of it is."""

    def __init__(self, value: dict | None = None, **options: Any) -> None:
        script = (
            f"studio.mount('{self.name}', {{element, props, trigger, watch, upload}}); /* 'act' 'change' */"
        )
        super().__init__(
            value=value,
            html_template="",
            js_on_load=script,
            apply_default_css=False,
            elem_classes=["studio", *options.pop("elem_classes", [])],
            **options,
        )

    def preprocess(self, payload: Any) -> Any:
        return payload

    def postprocess(self, value: Any) -> Any:
        return value

    async def async_move_resource_to_block_cache(self, url_or_file_path: Any) -> str | None:
        if str(url_or_file_path).startswith(("http://", "https://")):
            return str(url_or_file_path)
        return await super().async_move_resource_to_block_cache(url_or_file_path)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def example_payload(self) -> Any:
        return None

    def example_value(self) -> Any:
        return None


class Fields(Widget):
    """Plain form fields, `{name: value}`. `fields` describes them, see `assets/fields.js`; `opens` is the
    pane whose opening triggers `select`, `problem` the group of problems shown under them, `button` the
    label of one that triggers `submit`, as Enter does."""

    name = "fields"

    def __init__(
        self,
        value: dict | None = None,
        *,
        fields: list[dict] = (),
        opens: str = "",
        problem: str = "",
        button: str = "",
        **options: Any,
    ) -> None:
        super().__init__(value, fields=list(fields), opens=opens, problem=problem, button=button, **options)


class Problems(Widget):
    """What is wrong with the form, `{group: sentence}`: each is shown at `#problem-<group>`. Groups that
    are not named stay as they are."""

    name = "problems"


class Tabs(Widget):
    """Which pane is open: `{"open": name}`. `panes`: pairs of name and label, for columns with the id
    `pane-<name>`; `folds`: pairs of id and label, for columns that a button above them opens and closes;
    `masthead`: what stands above it all, a title, a sentence and a list of notices."""

    name = "tabs"

    def __init__(
        self,
        value: dict | None = None,
        *,
        panes: list[tuple[str, str]] = (),
        folds: list[tuple[str, str]] = (),
        masthead: list = ("", "", ()),
        **options: Any,
    ) -> None:
        super().__init__(
            value,
            panes=[list(pair) for pair in panes],
            folds=[list(pair) for pair in folds],
            masthead=list(masthead),
            **options,
        )


class Downloads(Widget):
    """Files to take home: `{"video": FileData | None, "sheet": FileData | None, "name"}`."""

    name = "downloads"


class Wipe(Widget):
    """Original and edit behind one line: `{before, after, still, poster, caption, state, audio}`."""

    name = "wipe"


class Clip(Widget):
    """The clip: `{"clip": FileData | None, "limit": bytes}`. Much lighter than gr.Video, whose player
    alone is 156 KB."""

    name = "clip"
    takes_files = True


class Code(Widget):
    """The same edit in several languages: `{"snippets": [[language, text]]}`."""

    name = "code"


class Pictures(Widget):
    """Reference images in order: `{"pictures": [FileData]}`."""

    name = "pictures"
    takes_files = True


class Elements(Widget):
    """Up to ten element cards: `{"elements": [{"name", "frontal": FileData | None, "references":
    [FileData]}]}`."""

    name = "elements"
    takes_files = True


class PromptTools(Widget):
    """Chips, starters, count and warnings under the prompt: `{"limit", "starters"}`."""

    name = "prompt"


class ProgressPanel(Widget):
    """One job's stages, see `panels/progress.py` for its value."""

    name = "progress"


class ExampleCards(Widget):
    """`{"examples": [{"id", "title", "kind", "poster", "preview"}]}`; `act` carries the id."""

    name = "examples"


class History(Widget):
    """`{"jobs": […]}`; `act` carries `action` and `job_id`."""

    name = "history"


class Grid(Widget):
    """Results side by side, playing in step: `{"cells": […]}`."""

    name = "grid"


class VideoFile(Widget):
    """The video of an API answer: a path here, a FileData there, as with gr.Video, but without loading its
    player."""

    def postprocess(self, value: str | None) -> dict | None:
        return file_value(value)

    def api_info(self) -> dict[str, Any]:
        return FileData.model_json_schema()


class Word(Widget):
    """A text in an API call."""

    def api_info(self) -> dict[str, Any]:
        return {"type": "string"}


class Flag(Widget):
    """Yes or no in an API call."""

    def api_info(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Json(Widget):
    """Any JSON in an API call, files included."""

    takes_files = True

    def api_info(self) -> dict[str, Any]:
        return {"type": {}, "description": "any valid json"}


def file_value(path: str | Path | None) -> dict | None:
    """A FileData dict for a local file, or None."""
    return None if not path else {"path": str(path), "meta": {"_type": "gradio.FileData"}}


def uploaded_path(value: Any) -> str:
    """The path or URL inside a FileData dict that came from the page, or `""`."""
    return str(value.get("path") or "") if isinstance(value, dict) else ""
