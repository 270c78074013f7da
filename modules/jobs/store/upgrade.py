"""The upgrade of a journal that an earlier version of the studio wrote."""

import json

from sqlalchemy import Connection, bindparam, select, text, update

from modules.jobs.store.schema import jobs, search_text


def add_search_text(connection: Connection) -> None:
    """Add the column `searched` to `jobs` and fill it from the rows, inside the caller's transaction.

    Copies of the studio that are still of the earlier version go on writing without it; those rows are listed
    and not found by a search.
    """
    connection.execute(text("ALTER TABLE jobs ADD COLUMN searched TEXT"))
    rows = connection.execute(select(jobs.c.job_id, jobs.c.request_id, jobs.c.body)).all()
    filled = [
        {"row": job_id, "said": search_text(_prompt(body), request_id, job_id)}
        for job_id, request_id, body in rows
    ]
    if filled:
        fill = update(jobs).where(jobs.c.job_id == bindparam("row")).values(searched=bindparam("said"))
        connection.execute(fill, filled)


def _prompt(body: str) -> str:
    try:
        return str(json.loads(body)["request"]["prompt"])
    except (ValueError, KeyError, TypeError):  # a row that cannot be read is no reason to lose the others
        return ""
