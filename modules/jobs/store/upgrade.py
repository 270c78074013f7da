"""The upgrade of a journal that an earlier version of the studio wrote."""

import json

from sqlalchemy import Connection, bindparam, inspect, select, text, update

from modules.jobs.store.schema import jobs, metadata, search_text


def missing_columns(connection: Connection) -> list[tuple[str, str]]:
    """`(table, column)` of what an existing database has not got; all of a table that it has not got."""
    found = inspect(connection)
    there = set(found.get_table_names())
    return [
        (table.name, column.name)
        for table in metadata.sorted_tables
        for known in [
            {one["name"] for one in found.get_columns(table.name)} if table.name in there else set()
        ]
        for column in table.columns
        if column.name not in known
    ]


def add_columns(connection: Connection) -> None:
    """Add the columns that an existing database has not got, inside the caller's transaction.

    Copies of the studio that are still of the earlier version go on writing without them. Rows without
    `searched` are listed and not found by a search; reservations without a time count for their whole day.
    """
    missing = missing_columns(connection)
    for table, column in missing:
        kind = metadata.tables[table].columns[column].type.compile(connection.dialect)
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column} {kind}"))
    for known in metadata.sorted_tables:
        new = {column for name, column in missing if name == known.name}
        for index in known.indexes:
            if new.intersection(index.columns.keys()):
                index.create(connection, checkfirst=True)
    if (jobs.name, jobs.c.searched.name) in missing:
        _fill_search_text(connection)


def _fill_search_text(connection: Connection) -> None:
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
