"""Which browsers uploaded a file: nobody else may see it or name it as a source.

The same content lies at the same path whoever uploads it, so a file may have several owners. They are empty
files beside it, which last as long as it does and survive a restart. A program has no cookie; what it uploads
is open to whoever knows the path, which holds the SHA-256 of the content.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path

_OWNER, _ANYBODY = ".owner-", "anybody"


class UploadOwners:
    """The owners of the files in `folder`, each of which lies in a folder of its own there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def note(self, paths: Iterable[str], browser: str) -> None:
        """`browser` (see `Identity`; "" for a program) has uploaded these files."""
        for path in paths:
            place = Path(path).resolve().parent
            if place != self._folder and place.is_relative_to(self._folder):
                with contextlib.suppress(OSError):
                    (place / f"{_OWNER}{browser or _ANYBODY}").touch()

    def may_use(self, path: Path, browser: str) -> bool:
        """Whether `browser` may see the real file `path`: one that is no upload, is anybody's or its own."""
        if not path.is_relative_to(self._folder):
            return True
        owners = {one.name.removeprefix(_OWNER) for one in path.parent.glob(f"{_OWNER}*")}
        return not owners or not owners.isdisjoint({browser, _ANYBODY})
