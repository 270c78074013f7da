"""Keeps a copy of the live journal where it outlives this machine's disk, in a thread of its own.

`keep` waits for a copy that has everything committed before the call; those who wait at the same time share
one. Other changes are copied every few seconds. A copy that fails is logged, told (`notice`) and tried again,
and stops nobody: the live journal has the edit.
"""

import contextlib
import errno
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from modules.jobs.errors import JournalTrouble
from modules.jobs.store.copy_owner import CopyOwner
from modules.jobs.store.journal_merge import merge
from modules.jobs.store.kept_copy import KeptCopy, alone, discard, snapshot

log = logging.getLogger("studio.jobs")

EVERY_SECONDS = 5.0
"""Between copies of what nobody waits for, tries after a failed one, and signs of life."""
PATIENCE_SECONDS = 20.0
"""How long a submit waits for its copy when the last one went well."""
_IN_TROUBLE = 0.1
"""The part of that patience while copies fail or are late: a mount that hangs must not stop all edits."""
_REST = 20.0
"""Copies that nobody waits for take at most one part in so many of the time: a large journal is copied less
often."""
_FAILING = (
    "The copy of this studio's journal cannot be written to its data folder just now ({reason}). Edits go on "
    "and are charged as usual; the copy is tried again every few seconds. If this studio gets a new machine "
    "before that succeeds, it does not know of the latest edits and may send one again. The person who runs "
    "it should look after STUDIO_DATA_DIR."
)
TAKEN = (
    "Another copy of this studio still keeps its journal in the same data folder, and a folder of this "
    "kind can hold one only. Until that one has ended, its edits are not listed here, and those that are "
    "made here are charged as usual and kept apart, as {name}. If this stays, the person who runs this "
    "studio should end one of the two: several copies of a studio need PostgreSQL (DATABASE_URL)."
)
UNREADABLE = (
    "The copy of this studio's journal in its data folder cannot be read just now, so earlier edits are "
    "not listed. Edits that are made here are charged as usual and kept apart, as {name}. It is tried "
    "again every few seconds; the person who runs this studio should look after STUDIO_DATA_DIR."
)


class JournalCopy:
    """The copy `kept` of the journal at `live`; `start`, once that exists, begins the copying. Seconds.

    While another journal's writer holds the folder, or the copy there cannot be read, ours is written to
    `apart` (`why_apart` says that it begins so: TAKEN or UNREADABLE). When that is over, the copy's jobs
    and spending are taken into ours, which then is the one that is copied.
    """

    def __init__(
        self,
        live: Path,
        kept: KeptCopy,
        owner: CopyOwner,
        apart: KeptCopy,
        *,
        why_apart: str = "",
        every: float = EVERY_SECONDS,
        patience: float = PATIENCE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._live, self._kept, self._owner, self._apart = live, kept, owner, apart
        self._why_apart = why_apart
        self._every, self._patience, self._monotonic = every, patience, monotonic
        self._changed = threading.Condition()
        self._wanted = self._tried = self._done = 0
        """Counts of requests: made, answered by a copy that went well or not, and by one that went well."""
        self._late = self._closing = self._ended = False
        self._failure: str | None = None
        self._source: sqlite3.Connection | None = None
        self._seen: int | None = None
        self._renewed, self._rest_until = -every, 0.0
        self._left_apart = True
        """A copy may lie apart, also of an earlier run."""
        self._thread = threading.Thread(target=self._rounds, name="journal-copy", daemon=True)

    @property
    def notice(self) -> str | None:
        """What the page must say: the copy cannot be written, or is kept apart."""
        said = []
        if self._why_apart:
            said.append(self._why_apart.format(name=self._apart.path.name))
        failure = self._failure or ("its storage does not answer" if self._late else None)
        if failure:
            said.append(_FAILING.format(reason=failure))
        return " ".join(said) or None

    def start(self) -> None:
        """Begin to copy; the first copy is asked for, not waited for."""
        if self._why_apart == TAKEN:  # its edits are its own, but the day's budget is of both
            with (
                contextlib.suppress(OSError, sqlite3.Error, JournalTrouble),
                self._alone(),
                self._opened() as ours,
            ):
                self._take_in(ours, spending_only=True)
        with self._changed:
            self._wanted += 1
        self._thread.start()

    def keep(self) -> bool:
        """Wait until a copy has all that was committed before. False: not yet, it is tried again."""
        with self._changed:
            self._wanted += 1
            if self._ended:  # the answer to a submit that came after the close: nobody else will copy it
                self._round(True, self._wanted)
                self._leave()
                return self._done >= self._wanted
            mine = self._wanted
            self._changed.notify_all()
            patience = self._patience * (_IN_TROUBLE if self._failure or self._late else 1.0)
            if not self._changed.wait_for(lambda: self._tried >= mine, patience):
                if not self._late:
                    log.error("the copy of the journal is late: the edit goes on without it")
                self._late = True
            return self._done >= mine

    def close(self) -> None:
        """A last copy, waited for as a submit waits."""
        if self._closing:
            return
        self.keep()
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(0 if self._late else self._patience)

    # -- the thread

    def _rounds(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._wanted > self._tried, self._every)
                if self._closing and self._tried >= self._wanted:
                    self._leave()
                    self._ended = True
                    return
                asked, target = self._wanted > self._tried, self._wanted
            self._round(asked, target)

    def _leave(self) -> None:
        if not self._why_apart and not self._failure:
            self._owner.leave()
        if self._source:
            self._source.close()
            self._source = None

    def _round(self, asked: bool, target: int) -> None:
        try:
            brought = self._claim()
            rested = self._monotonic() >= self._rest_until
            if brought or asked or self._failure or (rested and self._version() != self._seen):
                begun = self._monotonic()
                self._copy()
                self._rest_until = begun + _REST * (self._monotonic() - begun)
            failure = None
        except (OSError, sqlite3.Error) as trouble:
            failure = _reason(trouble)
            log.error("the journal could not be copied to %s: %s", self._kept.path.parent, trouble)
        if self._failure and not failure:
            log.info("the copy of the journal is up to date again")
        with self._changed:
            self._failure, self._tried = failure, target
            if not failure:
                self._done, self._late = target, False
            self._changed.notify_all()

    def _claim(self) -> bool:
        """Say that our copy is the one in the folder, unless another's is: then it is kept apart for so long.
        Whether this brought something that must be copied."""
        if self._owner.taken():
            if self._why_apart != TAKEN:
                log.critical(
                    "another studio copies its journal to %s: ours goes to %s",
                    self._kept.path,
                    self._apart.path,
                )
            self._why_apart = TAKEN
            return False
        now = self._monotonic()
        if now - self._renewed >= self._every:
            self._owner.renew()
            self._renewed = now
        if not self._why_apart:
            return False
        try:
            with self._alone():
                self._take_in(self._connection())
        except (OSError, sqlite3.Error, JournalTrouble) as trouble:
            log.error("the copy of the journal in %s cannot be taken in: %s", self._kept.path.parent, trouble)
            self._why_apart = UNREADABLE
            return False
        self._why_apart = ""
        return True

    def _take_in(self, ours: sqlite3.Connection, *, spending_only: bool = False) -> None:
        fetched = self._live.with_name(f".{self._live.name}.{os.getpid()}.fetched")
        try:
            change, _ = self._kept.fetch(fetched, put_aside=not spending_only)
            if change is not None:
                merge(ours, fetched, spending_only=spending_only)
        finally:
            discard(fetched)

    def _copy(self) -> None:
        taken = self._live.with_name(f".{self._live.name}.{os.getpid()}.copying")
        with self._alone():
            seen = self._version()
            try:
                snapshot(self._connection(), taken)
                (self._apart if self._why_apart else self._kept).put(taken)
            finally:
                with contextlib.suppress(OSError):
                    taken.unlink(missing_ok=True)
        self._seen = seen
        if self._why_apart:
            self._left_apart = True
        elif self._left_apart:
            self._apart.remove()
            self._left_apart = False

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        """Processes that share the live journal must not put an older state over a newer one."""
        return alone(self._live.with_name(f"{self._live.name}.copy-lock"))

    def _version(self) -> int:
        """Differs after every commit of another connection."""
        return int(self._connection().execute("PRAGMA data_version").fetchone()[0])

    def _connection(self) -> sqlite3.Connection:
        if self._source is None:
            self._source = sqlite3.connect(self._live, isolation_level=None)
        return self._source

    def _opened(self) -> contextlib.closing[sqlite3.Connection]:
        return contextlib.closing(sqlite3.connect(self._live, isolation_level=None))


def _reason(trouble: Exception) -> str:
    if isinstance(trouble, OSError):
        return {
            errno.ENOSPC: "it is full",
            errno.EDQUOT: "it is full",
            errno.EROFS: "it is read-only",
            errno.EACCES: "access is denied",
            errno.EPERM: "access is denied",
            errno.ENOENT: "it is gone",
            errno.ENOTCONN: "its storage is not connected",
            errno.ETIMEDOUT: "its storage does not answer",
        }.get(trouble.errno or 0, "its storage reports an error")
    return "the journal cannot be read"
