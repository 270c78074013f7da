"""Checks which local files a visitor may name as sources.

The address of a clip is free text, and every event of the page can be posted by hand. A path in it would be
read, kept among the files of a job and served from there: the journal, another visitor's clip, the owner's
key in the environment.
"""

from pathlib import Path

from modules.edit.request import EditRequest, Problem, is_url
from modules.jobs.upload_owners import UploadOwners
from modules.media.fetch.url_policy import MAX_URL_CHARACTERS


class LocalFiles:
    """Files inside `folders` may be named, and http(s) addresses, which are checked again when they are
    fetched."""

    def __init__(self, *folders: Path) -> None:
        self._folders = tuple(folder.resolve() for folder in folders)
        self.uploads: UploadOwners | None = None
        """Whose the uploads are; set when their folder is known."""

    def allow(self, *folders: Path | str) -> None:
        """Files in these folders may be named too."""
        self._folders += tuple(Path(folder).resolve() for folder in folders)

    def problem(self, request: EditRequest, browser: str = "") -> Problem | None:
        """The first source of `request` that `browser` may not name, as a problem of its field; None when
        there is none."""
        for source in request.sources():
            if not (
                self.allows(source, browser) if not is_url(source) else len(source) <= MAX_URL_CHARACTERS
            ):
                return Problem(request.field_of(source), _sentence(source))
        return None

    def allows(self, source: str, browser: str = "") -> bool:
        """Whether `source` is a file that `browser` may name. Looks at the disk."""
        path = real_file(source)
        if path is None or not any(path.is_relative_to(folder) for folder in self._folders):
            return False
        return self.uploads is None or self.uploads.may_use(path, browser)


def real_file(name: str) -> Path | None:
    """The file that `name` leads to, None when there is none. Links are followed: what counts is where it
    really is."""
    try:
        path = Path(name).resolve(strict=True)
        return path if path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # RuntimeError: links in a circle
        return None


def _sentence(source: str) -> str:
    if is_url(source):
        return (
            f"This address has more than {MAX_URL_CHARACTERS:,} characters. Nothing was sent. Use a "
            "shorter one, or choose the file here."
        )
    return (
        "This is neither a file that was chosen here nor a web address that begins with https://. Nothing "
        "was sent. Choose the file again, or paste its whole address."
    )
