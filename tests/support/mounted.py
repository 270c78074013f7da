"""A mounted bucket as a folder of the test: what lies there, and writing that fails, hangs, or is counted."""

import contextlib
import errno
import json
import os
import sqlite3
import threading
from pathlib import Path

from modules.jobs.job import Stage
from modules.jobs.opening import open_journal
from modules.jobs.store.journal import Journal
from modules.jobs.store.kept_copy import copy_file
from tests.support.jobs import a_job
from tests.support.waiting import until


def rows(copy: Path, columns: str = "stage, request_id", table: str = "jobs") -> list[tuple]:
    """What a copy holds, read without a lock and without a WAL, as from a bucket; between the two renames
    of a new one, what the copy before it holds. Nothing while there is none."""
    for path in (copy, copy.with_name(f"{copy.name}.previous")):
        with contextlib.suppress(FileNotFoundError):
            taken = path.read_bytes()
            with contextlib.closing(sqlite3.connect(":memory:")) as journal:
                journal.deserialize(taken)
                return journal.execute(f"SELECT {columns} FROM {table} ORDER BY rowid").fetchall()
    return []


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
REMOTE = "it lies on a mounted bucket"


def settings(tmp_path, mount, disk="disk", **copying):
    """For a runner with its live journal on `disk`. `every` is long: nothing is copied that is not waited
    for."""
    copying = {"copy": mount.copy, "every": 60.0, "stale_seconds": 60.0, **copying}
    return {"journal_dir": tmp_path / disk, "copying": copying}


@contextlib.contextmanager
def opened(data, live, mount, *, every=60.0, **copying):
    """The journal alone, without a runner."""
    made = open_journal(
        data,
        "",
        2.0,
        journal_dir=live,
        unfit=lambda folder: REMOTE if folder == data else None,
        copying={"copy": mount.copy, "every": every, "stale_seconds": 60.0, **copying},
    )
    try:
        yield made
    finally:
        mount.open.set()
        made.close()


def beat(data):
    """When the journal whose copy lies there has last shown that it lives."""
    return json.loads((data / "journal.owner.json").read_text())["beat"]


def sent(job_id: str = "job-00000001"):
    """A job between its marker and the answer."""
    return a_job(job_id=job_id, stage=Stage.SUBMITTING)


def written_by_an_earlier_start(data, tmp_path, mount, disk, message):
    """The journal on `disk` gets a job with that message. Unless the mount fails, the copy before the last
    one is as the journal was at the start."""
    begun = mount.begun
    with opened(data, tmp_path / disk, mount) as made:
        until(lambda: mount.begun > begun)
        journal = Journal(made.database)
        job = journal.get(a_job().job_id)
        if job is None:
            journal.create(job := a_job(), "one")
        journal.save(job.moved(job.version, message=message), job.version, "one")


def message_of(made):
    """What the job of `written_by_an_earlier_start` says."""
    return Journal(made.database).get(a_job().job_id).message
