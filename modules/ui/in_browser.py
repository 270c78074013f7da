"""Events that are answered in the browser, by the functions of `scripts/`."""

import gradio as gr

from modules.ui.compare import MOST as MOST_PROMPTS
from modules.ui.components.base import IN_BROWSER
from modules.ui.form import Form

BEGUN, ENDED = "(...values) => studio.begun(values)", "() => studio.ended()"
"""Around an event that looks at the form, so that the page knows whether one is under way."""


def copy_link(button: gr.Button, form: list) -> None:
    """Copy a link that fills the form as it is now."""
    names = [*Form._fields]
    button.click(inputs=form, js=f"(...values) => studio.copyLink({names}, values)", **IN_BROWSER)


def keep_draft(page: gr.Blocks, drafted: list) -> None:
    """Keep a draft of `drafted`, the form and the prompts to compare, in this tab of the browser. The key is
    never in it."""
    names = [*Form._fields, *(f"compare_{n}" for n in range(1, MOST_PROMPTS + 1))]
    gr.on(
        [one.change for one in drafted],
        inputs=drafted,
        js=f"(...values) => studio.keepDraft({names}, values)",
        **IN_BROWSER,
    )
    page.load(outputs=drafted, js=f"() => studio.draft({names})", **IN_BROWSER)
