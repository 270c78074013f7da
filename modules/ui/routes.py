"""The routes of our own, beside those of Gradio: answered by the same app, behind the same middleware.

All are GET (and HEAD). An answer may bring a content security policy of its own, which then replaces that of
Gradio's page; what it does not say of who may embed it is added.
"""

from starlette.routing import Route

from modules.ui.operations import operations


def own_routes(studio) -> list[Route]:
    """The routes of `studio`, in the order in which they are tried."""
    return [*operations(studio)]
