"""Three native components with one thing changed each; every other trait is Gradio's."""

from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData


class ClipInput(gr.Video):
    """`gr.Video` that shows a file as it is.

    Gradio converts what a browser may not play with the machine's ffmpeg, whole and before it answers, each
    time a value is set; the studio reads every format itself and shows its own still instead.
    """

    is_template = True  # the page draws it as gr.Video
    takes_files = True

    def postprocess(self, value: str | Path | None) -> FileData | None:
        return FileData(path=str(value), orig_name=Path(value).name) if value else None

    async def async_move_resource_to_block_cache(self, url_or_file_path: str | Path | None) -> str | None:
        """Addresses are left alone, for the studio's own safe fetching; Gradio would download them."""
        if str(url_or_file_path).startswith(("http://", "https://")):
            return str(url_or_file_path)
        return await super().async_move_resource_to_block_cache(url_or_file_path)


class NamedDownload(gr.DownloadButton):
    """`gr.DownloadButton` for a file that is called otherwise on the visitor's disk than here.

    Its value is a FileData (`file_value(path, name)`); Gradio's own takes a path and downloads under its
    name.
    """

    is_template = True

    def postprocess(self, value: dict | None) -> FileData | None:
        return FileData(path=value["path"], orig_name=value.get("orig_name")) if value else None


class FreeSlider(gr.Slider):
    """`gr.Slider` whose value is not refused by the server.

    The page moves the ends of a slider to the length of the clip. A press while that is on its way carries a value
    of before; Gradio's own slider raises for it, and the press is lost (seen under load). The form's own check
    says what is wrong with a value.
    """

    is_template = True

    def preprocess(self, payload: float) -> float:
        return payload
