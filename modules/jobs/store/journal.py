"""The journal: the durable record of every job. Written before anything is done, read back after a restart.

Every write by a runner is conditional on its lease and on the version it last wrote: a process that was
stalled while another took its job over cannot overwrite anything.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from modules.jobs.errors import LeaseLost, RequestTaken
from modules.jobs.job import UNSENT_STAGES, Job, Stage
from modules.jobs.store.database import Database
from modules.jobs.store.job_leases import LEASE_SECONDS, JobLeases, parts
from modules.jobs.store.schema import job_of, jobs, row_of, search_words, uploads

_RIVAL_SECONDS = 86400.0
LEARNED_SECONDS = 14 * 86400.0
"""How long a finished job's duration is learned from: last month's pace says little of today's."""


class Journal:
    """All methods may raise JournalTrouble; those of a runner also LeaseLost."""

    def __init__(self, database: Database, lease_seconds: float = LEASE_SECONDS) -> None:
        self.database, self.lease_seconds = database, lease_seconds
        self.leases = JobLeases(database, lease_seconds)

    # -- written by the runner of a job

    def create(self, job: Job, owner: str, *, then: Callable[[Connection], None] | None = None) -> None:
        """Write a new job, leased to `owner`. `then` runs in the same transaction."""
        with self.database.write() as connection:
            now = self.database.now(connection)
            leased = None if job.over or job.needs_key else owner
            connection.execute(
                insert(jobs).values(
                    **row_of(job),
                    updated_at=now,
                    hidden=job.hidden,
                    cancel_asked=False,
                    swept=False,
                    lease_owner=leased,
                    lease_until=now + self.lease_seconds if leased else None,
                )
            )
            if then:
                then(connection)

    def save(
        self,
        job: Job,
        seen: int,
        owner: str,
        *,
        durable: bool = True,
        unless_cancelled: bool = False,
        then: Callable[[Connection], None] | None = None,
    ) -> bool:
        """Write `job` over version `seen`. False when `unless_cancelled` and somebody asked to cancel it.

        A job that ended, or that waits for a key, gives its lease back. LeaseLost when it is not ours any
        more.
        """
        with self.database.write(durable) as connection:
            now = self.database.now(connection)
            release = {"lease_owner": None, "lease_until": None} if job.over or job.needs_key else {}
            mine = (jobs.c.job_id == job.job_id, jobs.c.version == seen, jobs.c.lease_owner == owner)
            wanted = (~jobs.c.cancel_asked,) if unless_cancelled else ()
            done = connection.execute(
                update(jobs).where(*mine, *wanted).values(**row_of(job), updated_at=now, **release)
            )
            if done.rowcount != 1:
                if (
                    unless_cancelled
                    and connection.execute(select(jobs.c.job_id).where(*mine, jobs.c.cancel_asked)).first()
                ):
                    return False
                raise LeaseLost("This edit goes on in another copy of the studio.")
            if then:
                then(connection)
            return True

    def rescue(self, job_id: str, request_id: str, revive: Callable[[Job], Job], owner: str) -> Job | None:
        """Keep a request id that turned up after the job was given up as UNCERTAIN. The revived job, or
        None."""
        with self.database.write() as connection:
            row = connection.execute(select(jobs).where(jobs.c.job_id == job_id)).mappings().first()
            if (
                row is None
                or row["request_id"]
                or row["stage"] not in (Stage.UNCERTAIN.value, Stage.SUBMITTING.value)
            ):
                return None
            job = revive(job_of(row))
            connection.execute(
                update(jobs)
                .where(jobs.c.job_id == job_id, jobs.c.version == row["version"])
                .values(
                    **row_of(job),
                    updated_at=self.database.now(connection),
                    lease_owner=owner,
                    lease_until=self.database.now(connection) + self.lease_seconds,
                )
            )
            return job

    def reopen(self, job: Job, seen: int, owner: str) -> bool:
        """Write `job` over version `seen` of one that is over, and lease it to `owner`. False when it is not
        over any more, or has changed."""
        with self.database.write() as connection:
            now = self.database.now(connection)
            over = (jobs.c.job_id == job.job_id, jobs.c.version == seen, ~jobs.c.running)
            done = connection.execute(
                update(jobs)
                .where(*over)
                .values(
                    **row_of(job), updated_at=now, lease_owner=owner, lease_until=now + self.lease_seconds
                )
            )
            return done.rowcount == 1

    def claimed(self, request_ids: Iterable[str], job_id: str) -> set[str]:
        """Those of the requests that other jobs have sent; a job that merely follows one has not."""
        with self.database.read() as connection:
            return self._claimed(connection, list(request_ids), job_id)

    def claiming(self, request_id: str, job_id: str) -> Callable[[Connection], None]:
        """For the transaction that gives a job its request id: raises RequestTaken when another job has
        it."""

        def check(connection: Connection) -> None:
            self.database.lock(connection)
            if self._claimed(connection, [request_id], job_id):
                raise RequestTaken(request_id)

        return check

    def _claimed(self, connection: Connection, request_ids: list[str], job_id: str) -> set[str]:
        taken = set()
        for part in parts(request_ids):
            others = select(jobs).where(jobs.c.request_id.in_(part), jobs.c.job_id != job_id)
            found = map(job_of, connection.execute(others).mappings())
            taken |= {job.request_id for job in found if job.request_id and not job.resumed}
        return taken

    def doubtful(self, since: float) -> list[Job]:
        """The jobs created since then (epoch) that ended UNCERTAIN."""
        uncertain = (jobs.c.stage == Stage.UNCERTAIN.value, ~jobs.c.running, jobs.c.created_at >= since)
        with self.database.read() as connection:
            return [job_of(row) for row in connection.execute(select(jobs).where(*uncertain)).mappings()]

    def rivals(self, job: Job) -> list[Job]:
        """Other jobs that send, or sent, the same clip and prompt for the same payer and have no request
        id: a row of the request history may be theirs."""
        sent = job.payload or {}
        without_id: list[ColumnElement[bool]] = [
            jobs.c.request_id.is_(None),
            jobs.c.stage.in_([Stage.SUBMITTING.value, Stage.UNCERTAIN.value]),
            jobs.c.engine == job.engine,
            jobs.c.payer == job.payer,
            jobs.c.job_id != job.job_id,
            jobs.c.created_at > job.created_at - _RIVAL_SECONDS,
        ]
        if job.payer == "visitor":  # another visitor's key is of another account
            without_id.append(jobs.c.visitor == job.visitor)
        with self.database.read() as connection:
            found = [job_of(row) for row in connection.execute(select(jobs).where(*without_id)).mappings()]
        same = ("video_url", "prompt")
        return [one for one in found if all((one.payload or {}).get(n) == sent.get(n) for n in same)]

    # -- read, or written, by anybody

    def get(self, job_id: str) -> Job | None:
        with self.database.read() as connection:
            row = connection.execute(select(jobs).where(jobs.c.job_id == job_id)).mappings().first()
        return job_of(row) if row else None

    def of_visitor(self, visitor: str, limit: int = 50, *, running_only: bool = False) -> list[Job]:
        """The visitor's jobs that were not forgotten, newest first."""
        where = [jobs.c.visitor == visitor, ~jobs.c.hidden, *([jobs.c.running] if running_only else [])]
        with self.database.read() as connection:
            rows = (
                connection.execute(select(jobs).where(*where).order_by(jobs.c.created_at.desc()).limit(limit))
                .mappings()
                .all()
            )
        return [job_of(row) for row in rows]

    def page_of(self, visitor: str, search: str, page: int, size: int) -> tuple[list[Job], int]:
        """The `size` jobs on `page` (from 1) of the visitor's, newest first, and how many there are in all.

        Only those with every word of `search` in their prompt, request id or job id, in any case.
        """
        where = [jobs.c.visitor == visitor, ~jobs.c.hidden]
        where += [jobs.c.searched.contains(word, autoescape=True) for word in search_words(search)]
        newest_first = select(jobs).where(*where).order_by(jobs.c.created_at.desc(), jobs.c.job_id)
        with self.database.read() as connection:
            count = connection.execute(select(func.count()).select_from(jobs).where(*where)).scalar_one()
            found = connection.execute(newest_first.offset((page - 1) * size).limit(size)).mappings().all()
        return [job_of(row) for row in found], count

    def by_request(self, visitor: str, request_id: str) -> Job | None:
        """The visitor's own job with that request id, unless it was forgotten."""
        with self.database.read() as connection:
            row = (
                connection.execute(
                    select(jobs)
                    .where(jobs.c.request_id == request_id, jobs.c.visitor == visitor, ~jobs.c.hidden)
                    .order_by(jobs.c.created_at.desc())
                )
                .mappings()
                .first()
            )
        return job_of(row) if row else None

    def newer(self, seen: dict[str, int]) -> list[Job]:
        """Those of the jobs `seen` (id -> version) that have another version now."""
        changed = []
        with self.database.read() as connection:
            for part in parts(list(seen)):
                known = connection.execute(
                    select(jobs.c.job_id, jobs.c.version).where(jobs.c.job_id.in_(part))
                ).all()
                moved = [job_id for job_id, version in known if version > seen[job_id]]
                if moved:
                    rows = connection.execute(select(jobs).where(jobs.c.job_id.in_(moved))).mappings()
                    changed += [job_of(row) for row in rows]
        return changed

    def ask_cancel(self, job_id: str) -> bool:
        """True when the job had not begun to submit: its SUBMITTING marker can then never be written."""
        with self.database.write() as connection:
            done = connection.execute(
                update(jobs)
                .where(jobs.c.job_id == job_id, jobs.c.stage.in_([stage.value for stage in UNSENT_STAGES]))
                .values(cancel_asked=True)
            )
            return done.rowcount == 1

    def hide(self, job_id: str) -> None:
        with self.database.write() as connection:
            connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(hidden=True))

    def took(self, engine: str, mode: str, seconds: int, limit: int = 50) -> list[float]:
        """Seconds that the latest finished jobs of that kind needed, newest first; none that was begun more
        than LEARNED_SECONDS ago."""
        with self.database.read() as connection:
            since = self.database.now(connection) - LEARNED_SECONDS
            return list(
                connection.execute(
                    select(jobs.c.took)
                    .where(
                        jobs.c.engine == engine,
                        jobs.c.mode == mode,
                        jobs.c.seconds == seconds,
                        jobs.c.took.is_not(None),
                        jobs.c.created_at >= since,
                    )
                    .order_by(jobs.c.created_at.desc())
                    .limit(limit)
                ).scalars()
            )

    # -- files

    def sweepable(self) -> list[tuple[str, float, bool, bool]]:
        """(job_id, ended or created at, hidden, swept) of every ended job, oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(jobs.c.job_id, jobs.c.updated_at, jobs.c.hidden, jobs.c.swept)
                .where(~jobs.c.running)
                .order_by(jobs.c.updated_at)
            ).all()
        return [tuple(row) for row in rows]

    def note_swept(self, job_ids: list[str]) -> None:
        with self.database.write(durable=False) as connection:
            for part in parts(job_ids):
                connection.execute(update(jobs).where(jobs.c.job_id.in_(part)).values(swept=True))

    def prune(self, before: float) -> None:
        """Forget ended jobs older than `before` (epoch), and addresses of uploads that are over."""
        with self.database.write(durable=False) as connection:
            connection.execute(delete(jobs).where(~jobs.c.running, jobs.c.updated_at < before))
            connection.execute(delete(uploads).where(uploads.c.expires_at < self.database.now(connection)))
