"""Who asks: the session and the network address of an event."""

import gradio as gr


def session_of(page: gr.Request | None) -> str | None:
    """Gradio's session of the page; None for a call of the API."""
    return getattr(page, "session_hash", None)


def address_of(page: gr.Request | None) -> str:
    """The network address of the visitor, as the middleware found it."""
    return getattr(getattr(page, "client", None), "host", None) or "unknown"
