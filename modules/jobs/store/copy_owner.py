"""Whose copy lies in a folder: a small file beside the copy that its writer renews while it lives.

Two journals must not be copied over each other. File locks cannot tell that on such a folder, so a beat
does: a writer that has not renewed it for STALE_SECONDS is gone. Both clocks are taken to differ by less
than that.
"""

import contextlib
import json
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

STALE_SECONDS = 20.0


def identity(journal: Path) -> str:
    """The name of the journal at this path, made at its first use and kept beside it: all processes that
    share the journal have one name, and a new disk gives a new one. Where it cannot be kept it is for this
    run."""
    kept, new = journal.with_name(f"{journal.name}.id"), secrets.token_hex(8)
    try:
        with contextlib.suppress(FileExistsError), kept.open("x", encoding="ascii") as made:
            made.write(new)
        return kept.read_text(encoding="ascii") or new
    except OSError:
        return new


class CopyOwner:
    """The file in `folder` that names the journal whose copy lies there; `mine` is the name of ours."""

    def __init__(
        self,
        folder: Path,
        mine: str,
        *,
        stale_seconds: float = STALE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.stale_seconds = stale_seconds
        self._path, self._mine = folder / "journal.owner.json", mine
        self._clock = clock

    def taken(self) -> bool:
        """Whether another journal's writer has renewed the file lately. OSError when that cannot be read."""
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            name, beat = str(told["journal"]), float(told["beat"])
        except FileNotFoundError:
            return False
        except (ValueError, TypeError, KeyError):  # torn: it is written anew by whoever writes here
            return False
        return name != self._mine and abs(self._clock() - beat) < self.stale_seconds

    def renew(self) -> None:
        """Say that ours is the copy here. OSError when it cannot be written."""
        part = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}.part")
        try:
            part.write_text(json.dumps({"journal": self._mine, "beat": self._clock()}), encoding="utf-8")
            os.replace(part, self._path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def leave(self) -> None:
        """The copy is complete and its writer ends: the next one need not wait."""
        with contextlib.suppress(OSError):
            if not self.taken():
                self._path.unlink(missing_ok=True)
