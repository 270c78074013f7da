"""The daily budget: what this studio may spend of its owner's money.

Every paid edit reserves its estimate before anything is uploaded, in one write transaction that no other
thread, process or replica can share, so that the total of 24 hours never passes the cap. Costs that were seen
above their estimates scale what later edits reserve: the cap is one of money, not of estimates.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, and_, func, insert, or_, select, update

from modules.jobs.errors import BudgetRefused
from modules.jobs.identity import NOBODY, Identity
from modules.jobs.store.allowance import WINDOW_SECONDS, Allowance, Limits, Reserved, allowance
from modules.jobs.store.database import Database
from modules.jobs.store.schema import jobs, spending

RESERVED, SPENT, RELEASED = "reserved", "spent", "released"
LEARNED_FROM = 10
"""Of the last costs, the one that was furthest above its estimate scales the next reservations."""
MOST_SCALE = 4.0
"""No cost scales by more: a misread one must not close the page. It is twice what is believed of a cost."""


class Budget:
    """`daily_usd` for everybody together, `person_daily` and `address_daily` paid edits of a person and of an
    address (0: no limit), in any 24 hours."""

    def __init__(
        self,
        database: Database,
        daily_usd: float = 10.0,
        person_daily: int = 0,
        address_daily: int = 0,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._limits = Limits(daily_usd, person_daily, address_daily)
        self._clock = clock

    def left(self) -> float:
        """Dollars that may still be reserved now. JournalTrouble when the journal cannot be read."""
        return self.allowance(NOBODY).usd

    def totals(self) -> dict[str, float]:
        """Dollars of the last 24 hours by state (reserved, spent), and the `limit`. JournalTrouble when the
        journal cannot be read."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(spending.c.state, func.sum(spending.c.usd))
                .where(_recent(self._clock()), spending.c.state != RELEASED)
                .group_by(spending.c.state)
            ).all()
        summed = {state: float(usd) for state, usd in rows}
        return {RESERVED: 0.0, SPENT: 0.0, **summed, "limit": self._limits.daily_usd}

    def allowance(
        self, who: Identity, usd: float = 0.0, job_id: str = "", pending: Mapping[str, Identity] | None = None
    ) -> Allowance:
        """What is left for `who`, and whether an edit whose estimate is `usd` may be begun (0: any). Reserves
        nothing. A job that has its reservation already (it starts again after a restart) is not refused.

        `pending`: jobs that are about to reserve, by id; they count as edits, not yet as dollars.
        """
        with self._database.read() as connection:
            found = self._allowance(connection, who, usd, job_id, pending or {})
            held = job_id and _state(connection, job_id)
        return replace(found, refusal=None) if held in (RESERVED, SPENT) else found

    def reserve(self, job_id: str, who: Identity, usd: float) -> None:
        """Reserve for an estimate of `usd`. A job that starts again after a restart keeps what it had.
        BudgetRefused says why not.

        A job that ended meanwhile (cancelled, taken over) reserves nothing: its end has given back all
        that it had, and nothing would give back more. Its row is locked, so that its end comes wholly
        before or wholly after this.
        """
        with self._database.write() as connection:
            self._database.lock(connection)
            held = _state(connection, job_id)
            if held in (RESERVED, SPENT):
                return
            running = connection.execute(
                select(jobs.c.running).where(jobs.c.job_id == job_id).with_for_update()
            ).scalar()
            if running is not None and not running:
                raise BudgetRefused("This edit has ended already. Nothing was spent.")
            found = self._allowance(connection, who, usd, job_id)
            if found.refusal:
                raise BudgetRefused(found.refusal)
            now = self._clock()
            row = {
                "job_id": job_id,
                "visitor": who.person,
                "address": who.address,
                "day": _day(now),
                "reserved_at": now,
                "estimate": usd,
                "usd": usd * found.scale,
                "state": RESERVED,
            }
            write = update(spending).where(spending.c.job_id == job_id) if held else insert(spending)
            connection.execute(write.values(**row))

    def settled(
        self, job_id: str, cost: float | None, seen: float | None = None
    ) -> Callable[[Connection], None]:
        """For the transaction that learns the cost: `cost` dollars were spent (None: what was reserved).
        `seen`: what the answer said, when that is not believed; it scales later estimates all the same."""
        values: dict[str, Any] = {"state": SPENT}
        if cost is not None:
            values["usd"] = cost
        if (told := cost if seen is None else seen) is not None:
            values["cost"] = told
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

    def _allowance(
        self,
        connection: Connection,
        who: Identity,
        usd: float,
        job_id: str,
        pending: Mapping[str, Identity] = MappingProxyType({}),
    ) -> Allowance:
        now, scale = self._clock(), _scale(connection)
        rows = _counted(connection, now, job_id)
        rows |= {
            one: Reserved(0, its.person, its.address, now) for one, its in pending.items() if one not in rows
        }
        counted = list(rows.values())
        return replace(allowance(counted, self._limits, who, now, usd * scale), scale=scale)


def _state(connection: Connection, job_id: str) -> str | None:
    return connection.execute(select(spending.c.state).where(spending.c.job_id == job_id)).scalar()


def _counted(connection: Connection, now: float, but: str) -> dict[str, Reserved]:
    """What was reserved in the last 24 hours and not released, of everybody, by job, without
    `but`."""
    rows = connection.execute(
        select(spending).where(_recent(now), spending.c.state != RELEASED, spending.c.job_id != but)
    ).mappings()
    return {
        row["job_id"]: Reserved(
            row["usd"],
            row["visitor"],
            row["address"],
            row["reserved_at"] if row["reserved_at"] is not None else _end_of(row["day"]),
        )
        for row in rows
    }


def _recent(now: float) -> ColumnElement[bool]:
    """What was reserved in the last 24 hours."""
    since = now - WINDOW_SECONDS
    # An earlier version of the studio wrote the day only; its whole day counts.
    return or_(
        spending.c.reserved_at > since,
        and_(spending.c.reserved_at.is_(None), spending.c.day >= _day(since)),
    )


def _scale(connection: Connection) -> float:
    """How many times its estimate an edit may cost, by the last costs that were seen; 1 when none was above
    it."""
    seen = connection.execute(
        select(spending.c.cost, spending.c.estimate)
        .where(spending.c.cost.is_not(None), spending.c.estimate > 0)
        .order_by(spending.c.reserved_at.desc())
        .limit(LEARNED_FROM)
    ).all()
    return min(MOST_SCALE, max([1.0, *(float(cost) / float(estimate) for cost, estimate in seen)]))


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _end_of(day: str) -> float:
    return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() + WINDOW_SECONDS


def _write(statement: Update) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        connection.execute(statement)

    return run
