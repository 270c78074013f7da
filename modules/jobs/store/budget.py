"""The daily budget: what this studio may spend of its owner's money.

Every paid edit reserves its estimate before anything is uploaded, in one write transaction that no other
thread, process or replica can share, so that the total of a day never passes the cap. The visitor token is
free to invent: the limits per visitor keep honest visitors fair to each other, the total is what protects the
owner.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Update, func, insert, select, update

from modules.edit.price import dollars
from modules.jobs.errors import BudgetRefused
from modules.jobs.store.database import Database
from modules.jobs.store.schema import jobs, spending

RESERVED, SPENT, RELEASED = "reserved", "spent", "released"


class Budget:
    """`daily_usd` for all visitors together and `visitor_daily` edits a visitor, per UTC day.

    With `visitor_daily` 0 a visitor has no limits of their own, else they also run one paid edit at a time.
    """

    def __init__(
        self,
        database: Database,
        daily_usd: float = 10.0,
        visitor_daily: int = 0,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._daily_usd = daily_usd
        self._visitor_daily = visitor_daily
        self._clock = clock

    def left(self) -> float:
        """Dollars that may still be reserved today. JournalTrouble when the journal cannot be read."""
        with self._database.read() as connection:
            return max(0.0, self._daily_usd - self._spent(connection))

    def refusal(self, visitor: str, usd: float, job_id: str = "") -> str | None:
        """The sentence with which an edit of `usd` would be refused now, or None. Reserves nothing.

        A job that has its reservation already (it starts again after a restart) is not refused.
        """
        with self._database.read() as connection:
            held = (
                job_id
                and connection.execute(select(spending.c.state).where(spending.c.job_id == job_id)).scalar()
            )
            return None if held in (RESERVED, SPENT) else self._refusal(connection, visitor, usd, job_id)

    def reserve(self, job_id: str, visitor: str, usd: float) -> None:
        """Reserve `usd`. A job that starts again after a restart keeps what it had. BudgetRefused says why
        not.

        A job that ended meanwhile (cancelled, taken over) reserves nothing: its end has given back all
        that it had, and nothing would give back more. Its row is locked, so that its end comes wholly
        before or wholly after this.
        """
        with self._database.write() as connection:
            self._database.lock(connection)
            held = connection.execute(select(spending.c.state).where(spending.c.job_id == job_id)).scalar()
            if held in (RESERVED, SPENT):
                return
            running = connection.execute(
                select(jobs.c.running).where(jobs.c.job_id == job_id).with_for_update()
            ).scalar()
            if running is not None and not running:
                raise BudgetRefused("This edit has ended already. Nothing was spent.")
            refusal = self._refusal(connection, visitor, usd, job_id)
            if refusal:
                raise BudgetRefused(refusal)
            if held:
                connection.execute(
                    update(spending)
                    .where(spending.c.job_id == job_id)
                    .values(state=RESERVED, usd=usd, day=self._today())
                )
            else:
                connection.execute(
                    insert(spending).values(
                        job_id=job_id, visitor=visitor, usd=usd, day=self._today(), state=RESERVED
                    )
                )

    def settled(self, job_id: str, cost: float | None) -> Callable[[Connection], None]:
        """For the transaction that learns the cost: `cost` dollars were spent (None: as estimated)."""
        values: dict[str, Any] = {"state": SPENT} if cost is None else {"state": SPENT, "usd": cost}
        return _write(update(spending).where(spending.c.job_id == job_id).values(**values))

    def released(self, job_id: str) -> Callable[[Connection], None]:
        """For the transaction that ends a job of which nothing was billed."""
        reserved = (spending.c.job_id == job_id, spending.c.state == RESERVED)
        return _write(update(spending).where(*reserved).values(state=RELEASED))

    def refunded(self, job_id: str) -> Callable[[Connection], None]:
        """For the transaction that learns that nothing was billed of what had been counted as spent."""
        return _write(update(spending).where(spending.c.job_id == job_id).values(state=RELEASED))

    def reserved_again(self, job_id: str) -> Callable[[Connection], None]:
        """For the transaction that revives a job whose reservation was counted as spent."""
        spent = (spending.c.job_id == job_id, spending.c.state == SPENT)
        return _write(update(spending).where(*spent).values(state=RESERVED))

    def _refusal(self, connection: Connection, visitor: str, usd: float, job_id: str) -> str | None:
        fair = self._unfair(connection, visitor, job_id) if self._visitor_daily else None
        if fair:
            return fair
        left = self._daily_usd - self._spent(connection)
        if usd > left + 1e-9:
            said = (
                "is used up"
                if left < 0.01
                else f"has {dollars(left)} left and this edit needs {dollars(usd)}"
            )
            return (
                f"This studio's budget for today {said}. Nothing was spent. Choose a shorter edit, come "
                "back after midnight UTC, or use your own Segmind key."
            )
        return None

    def _unfair(self, connection: Connection, visitor: str, job_id: str) -> str | None:
        """Why one more edit of this visitor would be unfair to the others, or None."""
        counted = (spending.c.state != RELEASED, spending.c.job_id != job_id)
        running = connection.execute(
            select(func.count())
            .select_from(spending.join(jobs, jobs.c.job_id == spending.c.job_id))
            .where(*counted, spending.c.visitor == visitor, spending.c.state == RESERVED, jobs.c.running)
        ).scalar_one()
        if running:
            return (
                "One of your paid edits is still running, and this studio runs one at a time for each "
                "visitor. Nothing was spent. Wait for it to end, or use your own Segmind key."
            )
        made = connection.execute(
            select(func.count()).where(
                *counted, spending.c.visitor == visitor, spending.c.day == self._today()
            )
        ).scalar_one()
        if made >= self._visitor_daily:
            return (
                f"You have made today's {self._visitor_daily} paid edits of this studio. Nothing was "
                "spent. Come back after midnight UTC, or use your own Segmind key."
            )
        return None

    def _spent(self, connection: Connection) -> float:
        return float(
            connection.execute(
                select(func.coalesce(func.sum(spending.c.usd), 0.0)).where(
                    spending.c.day == self._today(), spending.c.state != RELEASED
                )
            ).scalar_one()
        )

    def _today(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%d")


def _write(statement: Update) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        connection.execute(statement)

    return run
