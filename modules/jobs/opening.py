"""Opening the journal: where it lives, from where it is brought back, and what is said when that goes wrong.

On PostgreSQL: nothing of this. On a local disk: in the data folder. When the data folder is one on which
SQLite cannot work (a mounted bucket, a network file system), or STUDIO_JOURNAL_DIR names another folder:
there, or in a private folder of the system's temporary folder, and a copy of it is kept in the data folder.
"""

import contextlib
import hashlib
import logging
import os
import sqlite3
import stat
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modules.jobs.errors import JournalTrouble
from modules.jobs.storage import release_reserved_space
from modules.jobs.store.copied_database import CopiedDatabase
from modules.jobs.store.copy_owner import STALE_SECONDS, CopyOwner, identity
from modules.jobs.store.database import Database
from modules.jobs.store.journal_copy import TAKEN, UNREADABLE, JournalCopy
from modules.jobs.store.kept_copy import KeptCopy, alone, copy_file, put_journal_aside
from modules.secret import Secret

log = logging.getLogger("studio.jobs")

NAME = "journal.sqlite"
_DAMAGED = (
    "The journal of this studio was damaged. It was put aside as {name} and a new one was begun: earlier "
    "edits are not listed. The person who runs this studio may still read their request ids there."
)
_UNUSABLE = (
    "STUDIO_JOURNAL_DIR cannot be used ({reason}), so the journal is kept in {folder}. The person who runs "
    "this studio should correct it."
)

Unfit = Callable[[Path], str | None]


@dataclass(frozen=True)
class OpenedJournal:
    """`folder`: where the live journal is, and with it whatever needs file locks."""

    database: Database
    folder: Path
    copy: JournalCopy | None
    said: str | None

    def notice(self) -> str | None:
        """What the page must say of the journal now."""
        return " ".join(filter(None, (self.said, self.copy.notice if self.copy else None))) or None

    def close(self) -> None:
        """A last copy, then the database."""
        if self.copy:
            self.copy.close()
        self.database.close()


def open_journal(
    data_dir: Path,
    url: str | Secret,
    busy_seconds: float,
    *,
    journal_dir: Path | None,
    unfit: Unfit,
    copying: Mapping[str, Any],
) -> OpenedJournal:
    """The journal of `data_dir`, which exists. JournalTrouble when it cannot be opened.

    `copying` may set `every`, `patience`, `stale_seconds` and `copy` (see JournalCopy, CopyOwner, KeptCopy).
    """
    if url:
        return OpenedJournal(Database(data_dir / NAME, url, busy_seconds=busy_seconds), data_dir, None, None)
    folder, said = _live_folder(data_dir, journal_dir, unfit)
    if _same(folder, data_dir):
        return open_at(folder, busy_seconds, said)
    log.info("the journal is kept in %s, and a copy of it in %s", folder, data_dir)
    copy, damaged = _copied(data_dir, folder / NAME, dict(copying))

    def opened(path: Path) -> Database:
        return CopiedDatabase(path, copy.keep, busy_seconds=busy_seconds)

    database, also_damaged = _open(folder / NAME, opened)
    copy.start()
    return OpenedJournal(database, folder, copy, _joined(said, damaged, also_damaged))


def open_at(folder: Path, busy_seconds: float, said: str | None = None) -> OpenedJournal:
    """A journal on the local disk, without a copy. JournalTrouble when it cannot be opened."""
    database, damaged = _open(folder / NAME, lambda path: Database(path, busy_seconds=busy_seconds))
    return OpenedJournal(database, folder, None, _joined(said, damaged))


def _live_folder(data_dir: Path, wanted: Path | None, unfit: Unfit) -> tuple[Path, str | None]:
    """Where the live journal belongs, and what is wrong with the folder that was wanted."""
    why = None
    if wanted and not _same(wanted, data_dir):
        try:
            wanted.mkdir(parents=True, exist_ok=True)
            why = unfit(wanted) if os.access(wanted, os.W_OK) else "it cannot be written"
        except OSError:
            why = "it cannot be made"
        if why is None:
            return wanted, None
    reason = unfit(data_dir)
    if reason:
        log.info("SQLite cannot work in the data folder: %s", reason)
    folder = _private_folder(data_dir) if reason else data_dir
    return folder, why and _UNUSABLE.format(reason=why, folder=folder)


def _private_folder(data_dir: Path) -> Path:
    """A folder on this machine's disk for the journal of `data_dir`: the same at every start, ours alone."""
    named = hashlib.sha256(os.path.realpath(data_dir).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"studio-journal-{named}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == getattr(os, "geteuid", int)()
        if ours and not found.st_mode & 0o022:
            return folder
    except OSError as trouble:
        log.error("%s cannot be used: %s", folder, trouble)
    return Path(tempfile.mkdtemp(prefix="studio-journal-"))


def _copied(data_dir: Path, live: Path, options: dict[str, Any]) -> tuple[JournalCopy, str | None]:
    """The copy of `live`, after that was brought back from it; what is to be said of a damaged one."""
    copy, stale = options.pop("copy", copy_file), options.pop("stale_seconds", STALE_SECONDS)
    kept = KeptCopy(data_dir, NAME, copy=copy)
    why_apart, damaged = "", None
    with alone(live.with_name(f"{NAME}.copy-lock")):
        mine = identity(live)
        owner = CopyOwner(data_dir, mine, stale_seconds=stale)
        try:
            if owner.taken():
                why_apart = TAKEN
                if live.exists():  # the other has gone on from its copy: these jobs are in its hands
                    log.error("the journal on this disk is put aside as %s", put_journal_aside(live, "older"))
            else:
                with contextlib.suppress(OSError):  # what cannot be written is told by the first copy
                    owner.renew()
                    kept.tidy()
                damaged = kept.bring_back(live)
        except (OSError, sqlite3.Error) as trouble:
            log.error("the copy of the journal in %s cannot be read: %s", data_dir, trouble)
            why_apart = UNREADABLE
    apart = KeptCopy(data_dir, f"journal.apart-{mine}.sqlite", copy=copy)
    return JournalCopy(live, kept, owner, apart, why_apart=why_apart, **options), damaged


def _open(path: Path, opened: Callable[[Path], Database]) -> tuple[Database, str | None]:
    try:
        return opened(path), None
    except JournalTrouble as trouble:
        cause = getattr(trouble.__cause__, "orig", None)
        if type(cause) is not sqlite3.DatabaseError:  # locked or full is OperationalError: not damage
            if release_reserved_space(path.parent):
                return _open(path, opened)
            raise
        aside = path.with_name(f"{path.name}.damaged-{int(time.time())}")
        path.rename(aside)
        for tail in ("-wal", "-shm"):
            path.with_name(path.name + tail).unlink(missing_ok=True)
        return opened(path), _DAMAGED.format(name=aside.name)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _joined(*said: str | None) -> str | None:
    return " ".join(filter(None, said)) or None
