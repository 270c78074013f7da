"""The answer to a request for a file: uploads and results are strangers' files, and none runs as a page here.

A file says what it is by its content. What is no media is given to be saved; and should a browser open one as
a page all the same (an SVG, a document that somebody calls a clip), its policy lets it run nothing, load
nothing and act in no name: it is sandboxed, and what is no media has not even this site's origin.
"""

import contextlib
from pathlib import Path

from starlette.responses import FileResponse

from modules.media.read.file_types import FileType, type_named, type_of

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox"
)
"""Styles, pictures and media: of those a browser builds the page on which it shows a file by itself."""
_MEDIA_POLICY = f"{_POLICY} allow-same-origin"
"""The page that a browser builds for a clip asks for it as from this site. Nothing runs there either."""


def answer_with(path: Path) -> FileResponse:
    """The file at `path`: shown when it is media, else to be saved under its name."""
    kind = _media_type(path)
    # A name here would win over the one that the page's download links give.
    return FileResponse(
        path,
        media_type=kind.media_type if kind else "application/octet-stream",
        filename=None if kind else path.name,
        headers={"Content-Security-Policy": _MEDIA_POLICY if kind else _POLICY},
    )


def _media_type(path: Path) -> FileType | None:
    """What the file is, by its content as far as that is known: a phone's clip may be called anything."""
    with contextlib.suppress(OSError):
        return type_of(path) or type_named(path)
    return type_named(path)
