"""Two videos kept in step behind one line: the original and its edit. Gradio's video player shows one."""

from modules.ui.components.base import OwnComponent, file_value


class Wipe(OwnComponent):
    """Original and edit behind a line that a mouse, a finger or the arrow keys move.

    Value: None, or `{before, after, still, poster}` (FileData or None: the two videos, a first picture of the
    edit, a picture of the clip), `caption` (text), `state` (`example`, `clip`, `running` or `result`) and
    `audio` (whether the edit has sound). A clip's value that has a `poster` comes late: it is taken only
    while that clip is still shown. No events.
    """


def clip_value(path: str, poster: str | None = None) -> dict:
    """The value that shows a chosen clip before anything is made of it."""
    return {
        "before": file_value(path),
        "after": None,
        "still": None,
        "poster": file_value(poster),
        "caption": "Your clip. The edit will appear here beside it.",
        "state": "clip",
        "audio": False,
    }
