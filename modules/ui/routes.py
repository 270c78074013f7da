"""The routes of our own, beside those of Gradio: answered by the same app, behind the same middleware.

All are GET (and HEAD). An answer may bring a content security policy of its own, which then replaces that of
Gradio's page; what it does not say of who may embed it is added.
"""

from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from modules.ui.examples import FOLDER
from modules.ui.link_preview import PAGE_PICTURE
from modules.ui.operations import operations
from modules.ui.share_page.routes import SharePages


def own_routes(studio) -> list[Route]:
    """The routes of `studio`, in the order in which they are tried."""
    picture = Route(f"/{PAGE_PICTURE}", partial(_file, FOLDER / "og.jpg"), methods=["GET"])
    return [picture, *SharePages(studio).routes(), *operations(studio)]


async def _file(path: Path, _request: Request) -> Response:
    return FileResponse(path, headers={"Cache-Control": "public, max-age=86400"})
