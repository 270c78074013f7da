"""The base of the page's own components: a `gr.HTML` whose JavaScript lies beside its Python and its CSS.

Gradio runs the text of `<folder>/<folder>.js` when the component appears, with `element`, `props`, `trigger`,
`watch` and `upload` in scope (Gradio guide "Custom HTML components"). Values are plain JSON. Files inside
them are FileData dicts (`file_value`), which Gradio checks on the way in (only what was uploaded) and serves
on the way out. The DOM is built by script with text nodes; nothing from a visitor goes through an HTML
template.
"""

import inspect
from pathlib import Path
from typing import Any

import gradio as gr

QUIET = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
"""For every event of the page: no entry in the API, no spinner, as many at once as there are visitors."""
IN_BROWSER: dict[str, Any] = {"fn": None, "api_visibility": "private", "show_progress": "hidden"}
"""For every event that a script of the page answers."""
WATCH = QUIET | {"trigger_mode": "multiple"}
"""A new watch begins even while an older one is at its last step, such as the contact sheet; the older one
then ends by itself."""
LATEST = QUIET | {"trigger_mode": "always_last"}


class OwnComponent(gr.HTML):
    """A component whose JavaScript and CSS are files beside the module that defines it.

    Events are named in quotes in its script (`trigger('act', …)`); Gradio finds them there.
    """

    takes_files = False
    """Whether its value may hold files; the middleware refuses them elsewhere."""

    def __init__(self, value: Any = None, **options: Any) -> None:
        super().__init__(
            value=value,
            html_template="",
            js_on_load=self.script(),
            apply_default_css=False,
            elem_classes=["studio", *options.pop("elem_classes", [])],
            **options,
        )

    @classmethod
    def folder(cls) -> Path:
        """Where the class is defined."""
        return Path(inspect.getfile(cls)).parent

    @classmethod
    def script(cls) -> str:
        return (cls.folder() / f"{cls.folder().name}.js").read_text("utf-8")

    @classmethod
    def styles(cls) -> str:
        return (cls.folder() / f"{cls.folder().name}.css").read_text("utf-8")

    def preprocess(self, payload: Any) -> Any:
        return payload

    def postprocess(self, value: Any) -> Any:
        return value

    async def async_move_resource_to_block_cache(self, url_or_file_path: Any) -> str | None:
        """Addresses are left alone, for the studio's own safe fetching; Gradio would download them."""
        if str(url_or_file_path).startswith(("http://", "https://")):
            return str(url_or_file_path)
        return await super().async_move_resource_to_block_cache(url_or_file_path)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def example_payload(self) -> Any:
        return None

    def example_value(self) -> Any:
        return None


def file_value(path: str | Path | None, name: str | None = None) -> dict | None:
    """A FileData dict for a local file, or None. `name` is what a download of it is called."""
    if not path:
        return None
    value = {"path": str(path), "meta": {"_type": "gradio.FileData"}}
    return value | {"orig_name": name} if name else value


def uploaded_path(value: Any) -> str:
    """The path or URL inside a FileData dict that came from the page, or `""`."""
    return str(value.get("path") or "") if isinstance(value, dict) else ""
