"""The copy of a journal in a folder where SQLite itself cannot work: written whole, taken back at a start.

Only whole files are written there, from their beginning to their end, and renamed: what any mounted bucket
can do. The copy bears the journal's own name, so that the folder stays complete: moved to a local disk, it
is used as it is. The copy before it is kept beside it.
"""

import contextlib
import errno
import logging
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system: one process is the only one to copy
    fcntl = None  # type: ignore[assignment]  # the name of a module, here of none

log = logging.getLogger("studio.jobs")

CopyFile = Callable[[Path, Path], None]
_NO_SYNC = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)
_REPLACED = (
    "The copy of this studio's journal was damaged. It was put aside as {name}, and the copy before it is "
    "used: an edit of the last seconds before the restart may be missing from My edits. The person who "
    "runs this studio finds it in Segmind's request history."
)
_LOST = (
    "The copy of this studio's journal was damaged. It was put aside as {name} and a new journal was begun: "
    "earlier edits are not listed. The person who runs this studio may still read their request ids there."
)


def copy_file(source: Path, target: Path) -> None:
    """Write `target` from its beginning to its end. OSError when it is not kept."""
    with source.open("rb") as read, target.open("wb") as written:
        shutil.copyfileobj(read, written, 2**20)
        written.flush()
        try:
            os.fsync(written.fileno())
        except OSError as trouble:
            if trouble.errno not in _NO_SYNC:  # a mount without fsync says at the close what became of it
                raise


class KeptCopy:
    """The copy `name` in `folder`. `copy` writes one file from another, as `copy_file` does."""

    def __init__(self, folder: Path, name: str = "journal.sqlite", *, copy: CopyFile = copy_file) -> None:
        self.path, self.previous = folder / name, folder / f"{name}.previous"
        self._copy = copy

    def put(self, source: Path) -> None:
        """Replace the copy by `source`, a database without a WAL. OSError: the copy is the one before."""
        part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.part")
        try:
            self._copy(source, part)
            if part.stat().st_size != source.stat().st_size:
                raise OSError(errno.EIO, "the copy is not as long as the journal")
            if self.path.exists():
                _beside(self.previous, "-wal").unlink(missing_ok=True)
                os.replace(self.path, self.previous)
                # A WAL of a time in which the journal itself was here belongs to the file it was written for.
                with contextlib.suppress(FileNotFoundError):
                    os.replace(_beside(self.path, "-wal"), _beside(self.previous, "-wal"))
            _beside(self.path, "-shm").unlink(missing_ok=True)
            os.replace(part, self.path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the copy and the one before it."""
        for path in (self.path, self.previous):
            path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what copies that were cut off have left. Only for who alone writes here."""
        with contextlib.suppress(OSError):
            for part in self.path.parent.glob(f".{self.path.name}.*.part"):
                part.unlink(missing_ok=True)

    def fetch(self, target: Path, *, put_aside: bool = True) -> tuple[float | None, str]:
        """Copy the newest sound one to `target`, on the local disk. When its last change was (epoch; 0:
        none), or None without one; and the name of a damaged one that was `put_aside`. OSError when it
        cannot be read.
        """
        damaged = ""
        for copy in (self.path, self.previous):
            if _fetch(copy, target):
                change = newest_change(target)
                if change is not None:
                    return change, damaged
                if put_aside:
                    aside = put_journal_aside(copy, "damaged")
                    damaged = damaged or aside
        discard(target)
        return None, damaged

    def bring_back(self, live: Path) -> str | None:
        """Make `live` the newest journal there is: itself, or the copy. The sentence about a damaged copy.

        A live journal that is kept loses nothing; one that is older than the copy is put aside. OSError
        when the copy cannot be read: then nobody may write over it.
        """
        fetched = _beside(live, ".fetched")
        mine = newest_change(live) if live.exists() else None
        theirs, damaged = self.fetch(fetched)
        if theirs is None:
            return _LOST.format(name=damaged) if damaged and mine is None else None
        if mine is not None and mine >= theirs:
            discard(fetched)
            return None
        if live.exists():
            aside = put_journal_aside(live, "damaged" if mine is None else "older")
            log.error("the journal on this disk is damaged or older than its copy: now %s", aside)
        for tail in ("-wal", "-shm"):
            _beside(live, tail).unlink(missing_ok=True)
        os.replace(fetched, live)
        log.info("the journal was taken from its copy in %s", self.path.parent)
        return _REPLACED.format(name=damaged) if damaged else None


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process of this machine at a time inside the block; `path` is a file on a local disk."""
    with path.open("ab") as handle:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def snapshot(journal: sqlite3.Connection, target: Path) -> None:
    """Write all that is committed in `journal` to the new file `target`, which needs no WAL to be read."""
    discard(target)
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous=OFF")  # read back by this process, or thrown away
        journal.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _fetch(copy: Path, target: Path) -> bool:
    """Copy a database with its WAL to `target` on the local disk. False when there is none."""
    discard(target)
    if not copy.exists():
        return False
    shutil.copyfile(copy, target)
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(_beside(copy, "-wal"), _beside(target, "-wal"))
    return True


def newest_change(path: Path) -> float | None:
    """When a job of this journal was last changed (epoch; 0: none), its WAL folded in. None: damaged.

    An empty file is damaged too: that is what some mounts make of one that could not be sent.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as journal:
            sound = journal.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            if not sound or not journal.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone():
                return None
            journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return float(journal.execute("SELECT max(updated_at) FROM jobs").fetchone()[0] or 0)
    except sqlite3.OperationalError:  # locked, or no access: that says nothing about its content
        raise
    except sqlite3.DatabaseError:
        return None


def put_journal_aside(path: Path, why: str) -> str:
    """Rename a journal and its WAL; its new name. One that cannot be renamed keeps its name."""
    aside = path.with_name(f"{path.name}.{why}-{int(time.time())}")
    try:
        for tail in ("-wal", ""):
            with contextlib.suppress(FileNotFoundError):
                os.replace(_beside(path, tail), _beside(aside, tail))
        _beside(path, "-shm").unlink(missing_ok=True)
    except OSError as trouble:
        log.error("%s cannot be put aside: %s", path, trouble)
        return path.name
    return aside.name


def discard(path: Path) -> None:
    for tail in ("", "-wal", "-shm", "-journal"):
        _beside(path, tail).unlink(missing_ok=True)


def _beside(path: Path, tail: str) -> Path:
    return path.with_name(path.name + tail)
