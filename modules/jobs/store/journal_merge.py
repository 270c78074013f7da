"""Takes the jobs and the spending of another journal into a live one: what another studio has left."""

import contextlib
import sqlite3
from pathlib import Path

from sqlalchemy import Table

from modules.jobs.store.database import Database
from modules.jobs.store.schema import jobs, spending

_SPENDING = """
    INSERT OR REPLACE INTO main.spending ({columns}) SELECT {columns} FROM other.spending AS theirs
    WHERE NOT EXISTS (
        SELECT 1 FROM main.jobs AS mine JOIN other.jobs AS told ON told.job_id = mine.job_id
        WHERE mine.job_id = theirs.job_id AND mine.version > told.version
    )
"""
_JOBS = """
    INSERT INTO main.jobs ({columns}) SELECT {columns} FROM other.jobs WHERE true
    ON CONFLICT (job_id) DO UPDATE SET {changes} WHERE excluded.version > jobs.version
"""


def merge(journal: sqlite3.Connection, other: Path, *, spending_only: bool = False) -> None:
    """Add all of the SQLite journal `other` to `journal`, in one transaction. Of a job that both have, the
    later version counts, and its spending. `other` may be of an earlier version of the studio; it is
    brought up to date.

    sqlite3.Error or JournalTrouble when it cannot be done: then nothing was added.
    """
    Database(other).close()
    journal.execute("ATTACH ? AS other", (str(other),))
    try:
        journal.execute("BEGIN IMMEDIATE")
        try:
            journal.execute(_SPENDING.format(columns=_columns(spending)))
            if not spending_only:
                changes = ", ".join(f"{column.name} = excluded.{column.name}" for column in jobs.columns)
                journal.execute(_JOBS.format(columns=_columns(jobs), changes=changes))
            journal.execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                journal.execute("ROLLBACK")
            raise
    finally:
        journal.execute("DETACH other")


def _columns(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)
