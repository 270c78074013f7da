"""A mounted bucket as a folder of the test: what lies there, and writing that fails, hangs, or is counted."""

import contextlib
import errno
import os
import sqlite3
import threading
from pathlib import Path

from modules.jobs.store.kept_copy import copy_file


def rows(copy: Path, columns: str = "stage, request_id", table: str = "jobs") -> list[tuple]:
    """What a copy holds, read without a lock and without a WAL, as from a bucket. Nothing while there is
    none."""
    if not copy.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro&immutable=1", uri=True)) as journal:
        return journal.execute(f"SELECT {columns} FROM {table} ORDER BY rowid").fetchall()


class Mount:
    """Writes copies as `copy_file` does. `open` lets them through; `trouble` is an errno that they fail
    with."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.trouble = 0
        self.begun = self.written = 0

    def copy(self, source: Path, target: Path) -> None:
        self.begun += 1
        assert self.open.wait(30), "the test has left the mount closed"
        if self.trouble:
            # What a full disk leaves: half a file, and an error.
            target.write_bytes(source.read_bytes()[:4096])
            raise OSError(self.trouble, os.strerror(self.trouble))
        copy_file(source, target)
        self.written += 1


FULL, READ_ONLY = errno.ENOSPC, errno.EROFS
