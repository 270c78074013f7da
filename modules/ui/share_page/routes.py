"""The routes of a shared edit: its page and the files on it, by its token. Everything else of the job stays
where it is."""

import asyncio
import contextlib
from collections import OrderedDict
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from modules.edit.errors import StudioError
from modules.jobs.job import Job
from modules.ui.file_answer import answer_with
from modules.ui.share_page import page
from modules.ui.site_address import site_address

_MOST_SIZES = 1000
_FILE_SECONDS = 300
"""How long a browser keeps a video or picture without asking again: a share may be taken back."""


class SharePages:
    """The answers. `studio` knows the shares and draws the picture that previews of a link show."""

    def __init__(self, studio) -> None:
        self._studio = studio
        self._sizes: OrderedDict[str, tuple[int, int] | None] = OrderedDict()

    def routes(self) -> list[Route]:
        return [
            Route("/share/{token}", self.show, methods=["GET"]),
            Route("/share/{token}/", self.without_slash, methods=["GET"]),
            Route("/share/{token}/{name}", self.file, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page of a share; a friendly 404 for a token that is not known, or not any more."""
        token = request.path_params["token"]
        job = await self._shared(token)
        if job is None:
            return _document(page.gone_page(), 404)
        if not job.result:
            coming = self._studio.sharing.is_coming(job)
            return _document(page.gone_page(coming=coming), 503 if coming else 404)
        shared = page.SharedEdit(
            token,
            job,
            site_address(request),
            original=bool(job.before),
            poster=bool(job.still),
            size=await self._size(job),
        )
        return _document(page.share_page(shared, embedded="embed" in request.query_params))

    async def without_slash(self, request: Request) -> Response:
        """To the page itself, below which its files are; relative, because a proxy may have a prefix."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"../{quote(request.path_params['token'], safe='')}{query}", 308)

    async def file(self, request: Request) -> Response:
        """A file of a share."""
        job = await self._shared(request.path_params["token"])
        found = await self._path(job, request.path_params["name"]) if job else None
        if found is None:
            return PlainTextResponse("There is no such file here, or not any more.", 404)
        answer = await asyncio.to_thread(answer_with, Path(found))
        answer.headers["Cache-Control"] = f"private, max-age={_FILE_SECONDS}"
        answer.headers["X-Robots-Tag"] = "noindex"
        return answer

    async def _shared(self, token: str) -> Job | None:
        with contextlib.suppress(StudioError):
            return await self._studio.sharing.shared(token)
        return None

    async def _path(self, job: Job, name: str) -> str | None:
        if name == page.PICTURE:
            with contextlib.suppress(StudioError):
                return await self._studio.looks.share_picture_of(job)
            return None
        return {page.ORIGINAL: job.before, page.EDITED: job.result, page.POSTER: job.still}.get(name)

    async def _size(self, job: Job) -> tuple[int, int] | None:
        """Of the edited video, for sites that play it in their own frame."""
        if job.job_id not in self._sizes:
            size = None
            with contextlib.suppress(StudioError):
                size = await self._studio.looks.size_of(job.result)
            self._sizes[job.job_id] = size
            while len(self._sizes) > _MOST_SIZES:
                self._sizes.popitem(last=False)
        return self._sizes[job.job_id]


def _document(text: str, status: int = 200) -> HTMLResponse:
    headers = {
        "Content-Security-Policy": page.content_security(),
        "Cache-Control": "no-cache",
        "X-Robots-Tag": "noindex",
    }
    if status == 503:
        headers["Retry-After"] = "5"
    return HTMLResponse(text, status, headers)
