"""Files under unguessable names: uploads, results and stills. Public to whoever knows the name, for seven
days."""

import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Collection
from pathlib import Path

from modules.media.read.file_types import (
    FLV,
    HEAD_BYTES,
    M4A,
    MPEG,
    MPEG_TS,
    FileType,
    sniff,
    type_named,
)

_NAME = re.compile(r"[A-Za-z0-9_-]{32}\.[a-z0-9]{3,4}")
_NOT_TAKEN = (FLV, MPEG, MPEG_TS, M4A)
INCOMING_HOURS = 6.0
"""An upload that has not finished by then was abandoned; 200 MB take minutes on a slow line."""
MAX_FILE_BYTES = 200 * 2**20
"""Of one uploaded or fetched file: the limit that other sellers of the model state for a clip."""


class FileStore:
    """A folder of files. Their age counts from `adopt`; `lifetime` in seconds, `max_bytes` for all of them
    together."""

    def __init__(
        self, folder: Path, lifetime: float, max_bytes: int, clock: Callable[[], float] = time.time
    ) -> None:
        self.folder = folder
        self.incoming = folder / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)
        self._lifetime = lifetime
        self._max_bytes = max_bytes
        self._clock = clock

    def new_name(self, extension: str) -> str:
        """A fresh name: 192 random bits and the extension."""
        return f"{secrets.token_urlsafe(24)}.{extension}"

    def new_incoming(self) -> Path:
        """Where a file may be written until it is adopted; swept when it is forgotten there."""
        return self.incoming / secrets.token_hex(16)

    def adopt(self, path: Path, name: str) -> Path:
        """Take `path` into the store under `name`, at once and whole."""
        now = self._clock()
        os.utime(path, (now, now))
        target = self.folder / name
        os.replace(path, target)
        return target

    def find(self, name: str) -> Path | None:
        """The file of that name, or None when it is unknown or past its lifetime."""
        if not _NAME.fullmatch(name):
            return None
        path = self.folder / name
        try:
            age = self._clock() - path.stat().st_mtime
        except OSError:
            return None
        return path if age < self._lifetime else None

    def held(self, name: str) -> Path | None:
        """The file of that name while it lies on disk, its age aside: what a request was accepted with
        stays usable."""
        path = self.folder / name
        return path if _NAME.fullmatch(name) and path.is_file() else None

    def sweep(self, keep: Collection[str] = ()) -> int:
        """Remove what is past its lifetime, then the oldest while all is too much; never a name in `keep`.

        Returns how many files went.
        """
        now = self._clock()
        found = _listed(self.folder)
        left = self._max_bytes - sum(size for _, size, _ in found)
        gone = [path for born, _, path in _listed(self.incoming) if now - born >= INCOMING_HOURS * 3600]
        for born, size, path in found:
            if path.name not in keep and (now - born >= self._lifetime or left < 0):
                gone.append(path)
                left += size
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)


def _listed(folder: Path) -> list[tuple[float, int, Path]]:
    """Time, size and path of every file in the folder, the oldest first."""
    found = []
    for path in folder.iterdir():
        try:
            facts = path.stat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(facts.st_mode):
            found.append((facts.st_mtime, facts.st_size, path))
    return sorted(found)


def media_type_of(name: str) -> str:
    """The media type under which the store serves `name`; its extension was chosen from its content."""
    found = type_named(name)
    return found.media_type if found else "application/octet-stream"


def type_of(path: Path) -> FileType | None:
    """What the file is, by content; None for what the engine does not take."""
    with open(path, "rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    return None if found in _NOT_TAKEN else found
