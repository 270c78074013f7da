"""Share links: a random token in the row of a finished job, by which anybody may see its result.

The token is no job id: who has the link can see the result and nothing else, and a link that was taken back
says nothing any more. It lives in the database, so every replica knows it, and ends with the result.
"""

import re
import secrets

from sqlalchemy import Connection, select, update

from modules.jobs.job import Job, Stage
from modules.jobs.store.database import Database
from modules.jobs.store.schema import job_of, jobs

TOKEN_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_SHAREABLE = (jobs.c.stage == Stage.COMPLETED.value, ~jobs.c.hidden, ~jobs.c.swept)


class Shares:
    """All methods may raise JournalTrouble."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def publish(self, job_id: str) -> str | None:
        """The token of the job's share, made when it has none; 22 characters of the URL-safe alphabet. None
        for a job that is not known, has not ended COMPLETED, was forgotten or whose files were removed."""
        of_job = (jobs.c.job_id == job_id, *_SHAREABLE)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._database.write() as connection:
            unshared = update(jobs).where(*of_job, jobs.c.share.is_(None)).values(share=token)
            if connection.execute(unshared).rowcount == 1:
                return token
            return self._token(connection, *of_job)

    def withdraw(self, job_id: str) -> bool:
        """Take the share of a job back, for good: a later one has another token. False when there was
        none."""
        with self._database.write() as connection:
            shared = update(jobs).where(jobs.c.job_id == job_id, jobs.c.share.is_not(None))
            return connection.execute(shared.values(share=None)).rowcount == 1

    def job(self, token: str) -> Job | None:
        """The job that is shared under `token`; None for one that is unknown, was taken back, or whose result
        is gone."""
        if not _TOKEN.fullmatch(token):
            return None
        with self._database.read() as connection:
            found = connection.execute(select(jobs).where(jobs.c.share == token, *_SHAREABLE))
            row = found.mappings().first()
        return job_of(row) if row else None

    def _token(self, connection: Connection, *where: object) -> str | None:
        return connection.execute(select(jobs.c.share).where(*where)).scalar_one_or_none()  # type: ignore[arg-type]
