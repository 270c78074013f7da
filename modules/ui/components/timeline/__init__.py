"""The stages of a job as a timeline with running seconds. Gradio's progress bar knows one stage and no
end."""

from modules.ui.components.base import OwnComponent


class Timeline(OwnComponent):
    """One job: what is happening, for how long, what it cost, and what can be done now.

    Value: `{}` (hidden) or what `value.progress_value` gives. Event `act` with `{action, job_id}`: a button
    was pressed.
    """
