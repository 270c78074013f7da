"""This browser's edits as cards with buttons. gr.Dataset has neither pictures with actions nor an undo."""

from modules.ui.components.base import OwnComponent


class EditList(OwnComponent):
    """Value: what `value.edits_value` gives: `{jobs: […], page, pages, total, search}`. Events: `act` with
    `{action, job_id}`, and `turn` with `{page}`. "Forget" waits ten seconds for an undo before it
    triggers."""
