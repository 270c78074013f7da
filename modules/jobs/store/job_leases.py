"""Leases of jobs in the journal: which process carries a running job, and which jobs nobody carries.

A process renews its leases while it lives; one that is over may be taken, by one claimer only. Times are the
database's, which all replicas share.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, update

from modules.jobs.job import Job, Stage
from modules.jobs.store.database import Database
from modules.jobs.store.schema import job_of, jobs

LEASE_SECONDS = 10.0
"""A lease that was not renewed for this long is over. Renewed every 3 s; with a look every 3 s, a dead
replica's jobs go on elsewhere after 7 to 13 s."""


@dataclass(frozen=True)
class Held:
    """A running job as recovery sees it. `expired`: the lease is over by the database's clock."""

    job: Job
    owner: str | None
    expired: bool
    cancel_asked: bool


class JobLeases:
    """All methods may raise JournalTrouble. `owner`: the id of a process, see `Replica`."""

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database, self._lease_seconds = database, lease_seconds

    def renew(self, owner: str, job_ids: Iterable[str]) -> set[str]:
        """Extend our leases; the ids that are still ours."""
        wanted, kept = list(job_ids), set[str]()
        if not wanted:
            return kept
        with self._database.write(durable=False) as connection:
            until = self._database.now(connection) + self._lease_seconds
            for part in parts(wanted):
                mine = (jobs.c.lease_owner == owner, jobs.c.job_id.in_(part))
                connection.execute(update(jobs).where(*mine).values(lease_until=until))
                kept |= set(connection.execute(select(jobs.c.job_id).where(*mine)).scalars())
        return kept

    def claim(self, job_id: str, was: str | None, owner: str) -> bool:
        """Take the lease that `was` holds (None: nobody). True when we have it; only one claimer ever
        does."""
        with self._database.write() as connection:
            before = jobs.c.lease_owner.is_(None) if was is None else jobs.c.lease_owner == was
            done = connection.execute(
                update(jobs)
                .where(jobs.c.job_id == job_id, jobs.c.running, before)
                .values(lease_owner=owner, lease_until=self._database.now(connection) + self._lease_seconds)
            )
            return done.rowcount == 1

    def release(self, owner: str) -> None:
        """Give all our leases back, save of jobs whose submit has no answer yet."""
        with self._database.write() as connection:
            connection.execute(
                update(jobs)
                .where(jobs.c.lease_owner == owner, jobs.c.stage != Stage.SUBMITTING.value)
                .values(lease_owner=None, lease_until=None)
            )

    def running(self) -> list[Held]:
        """Every job that has not ended."""
        with self._database.read() as connection:
            now = self._database.now(connection)
            rows = (
                connection.execute(select(jobs).where(jobs.c.running).order_by(jobs.c.created_at))
                .mappings()
                .all()
            )
        return [
            Held(job_of(row), row["lease_owner"], (row["lease_until"] or 0.0) < now, row["cancel_asked"])
            for row in rows
        ]


def parts(ids: list[str], size: int = 400) -> Iterable[list[str]]:
    """`ids` in pieces that fit into one statement."""
    return (ids[at : at + size] for at in range(0, len(ids), size))
