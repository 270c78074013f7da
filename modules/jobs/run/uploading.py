"""One file onto an engine's storage, unless it is there already."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules.jobs.run.context import JobContext
from modules.media.digest import sha256_of
from modules.media.read.file_types import type_named, type_of


def upload_once(
    context: JobContext,
    engine: str,
    client: Any,
    path: Path,
    on_progress: Callable[[int, int], None] | None = None,
) -> str:
    """The address of the file on the storage of `engine`. `on_progress(done, total)` counts bytes. Raises
    StudioError."""
    digest, kind = sha256_of(path), content_type(str(path))
    # A storage serves a file as the type that it was uploaded with, so that one belongs to the address.
    place = f"{engine} {client.storage_url} {kind}" + (f" {context.place}" if engine == "preview" else "")
    known = context.uploads.find(digest, place)
    if known is None:
        known = context.upload(client, path, kind, on_progress=on_progress)
        context.uploads.keep(digest, place, known, engine)
    return known


def content_type(path: str) -> str:
    """The media type of a file by its content; its name may say anything, or nothing."""
    found = type_of(path) or type_named(path)
    return found.media_type if found else "application/octet-stream"
