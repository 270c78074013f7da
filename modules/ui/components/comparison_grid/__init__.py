"""Several results that play in step, each with its prompt, its state and its own link."""

from modules.ui.components.base import OwnComponent


class ComparisonGrid(OwnComponent):
    """Value: `{"cells": [{job_id, prompt, title, message, engine_said, tone, video, name, still}]}`.
    `engine_said`: see `timeline.value`. Events: `resume` with `{ids}`, once when the page opens and this tab
    had a comparison; `act` with `{action: "open", job_id}`."""
