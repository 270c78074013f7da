"""The page's own widgets: gr.HTML subclasses whose DOM is built by `assets/*.js`.

Values are plain JSON. Files inside them are FileData dicts (`file_value`), which Gradio checks on the way in (only what
was uploaded) and serves on the way out. Nothing from a visitor ever goes through an HTML template.
"""

from pathlib import Path
from typing import Any

import gradio as gr

from gradio.events import Dependency

class Widget(gr.HTML):
    """A gr.HTML that hands its element to `studio.mount(name, …)`. Events: `act` (with data) and `change`."""

    name = ""

    def __init__(self, value: dict | None = None, **options: Any) -> None:
        script = (f"studio.mount('{self.name}', {{element, props, trigger, watch, upload}}); /* 'act' 'change' */")
        super().__init__(value=value, html_template="", js_on_load=script, apply_default_css=False,
                         elem_classes=["studio", *options.pop("elem_classes", [])], **options)

    def preprocess(self, payload: Any) -> Any:
        return payload

    def postprocess(self, value: Any) -> Any:
        return value

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def example_payload(self) -> Any:
        return None

    def example_value(self) -> Any:
        return None
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class Wipe(Widget):
    """Original and edit behind one line: `{before, after, still, poster, caption, state, audio}`."""

    name = "wipe"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class Pictures(Widget):
    """Reference images in order: `{"pictures": [FileData]}`."""

    name = "pictures"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class Elements(Widget):
    """Up to ten element cards: `{"elements": [{"name", "frontal": FileData | None, "references": [FileData]}]}`."""

    name = "elements"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class PromptTools(Widget):
    """Chips, starters, count and warnings under the prompt: `{"limit", "starters"}`."""

    name = "prompt"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class Progress(Widget):
    """One job's stages, see `panels/progress.py` for its value."""

    name = "progress"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class ExampleCards(Widget):
    """`{"examples": [{"id", "title", "kind", "poster", "preview"}]}`; `act` carries the id."""

    name = "examples"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class History(Widget):
    """`{"jobs": […]}`; `act` carries `action` and `job_id`."""

    name = "history"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class Grid(Widget):
    """Results side by side, playing in step: `{"cells": […]}`."""

    name = "grid"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


def file_value(path: str | Path | None) -> dict | None:
    """A FileData dict for a local file, or None."""
    return None if not path else {"path": str(path), "meta": {"_type": "gradio.FileData"}}


def uploaded_path(value: Any) -> str:
    """The path or URL inside a FileData dict that came from the page, or `""`."""
    return str(value.get("path") or "") if isinstance(value, dict) else ""