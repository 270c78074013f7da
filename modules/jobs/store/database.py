"""Opening the journal's database and its two kinds of transaction.

SQLite in WAL by default. A write that money hangs on is durable (synchronous FULL: it is on the disk when it
returns); a progress note is not (NORMAL: it survives a kill of the process, though not a power cut).
Postgres through pg8000, whose licence (BSD) lets the project ship it.
"""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from modules.jobs.errors import JournalTrouble
from modules.jobs.store.schema import metadata
from modules.jobs.store.upgrade import add_columns, missing_columns
from modules.secret import Secret

BUSY_SECONDS = 5.0
"""How long a write waits for another process's write before it gives up with a sentence."""
_WRITE_LOCK = 0x5EED_0ED1
"""Any constant: the key of the Postgres advisory lock that makes budget decisions one at a time."""
# Parameters hold visitors' tokens and prompts: they stay out of error messages, and so out of logs.
_POOL = {"pool_size": 8, "max_overflow": 24, "pool_timeout": 20, "hide_parameters": True}


class Database:
    """`url`: None or empty for SQLite at `path`; else a Postgres address in any of its usual spellings."""

    def __init__(
        self, path: Path, url: str | Secret | None = None, *, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        self.is_sqlite = not url
        self._one_writer = threading.Lock()
        if not url:
            self._durable = _sqlite(path, "FULL", busy_seconds)
            self._light = _sqlite(path, "NORMAL", busy_seconds)
        else:
            self._durable = self._light = _postgres(Secret(url).reveal())
        with self.read() as connection:
            complete = not missing_columns(connection)
        if not complete:  # an existing journal is opened even while nothing can be written
            with self.write() as connection:
                self.lock(connection)
                metadata.create_all(connection)
                add_columns(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction. JournalTrouble when the database cannot be read."""
        with _as_trouble("read"), self._light.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, durable: bool = True) -> Iterator[Connection]:
        """A write transaction that is committed at the end of the block. JournalTrouble when it cannot be."""
        if not self.is_sqlite:
            with _as_trouble("written"), self._durable.connect() as connection, connection.begin():
                if not durable:
                    connection.execute(text("SET LOCAL synchronous_commit TO OFF"))
                yield connection
            return
        engine = self._durable if durable else self._light
        # SQLite lets one writer in at a time; threads of one process queue here instead of polling for the
        # lock.
        with _as_trouble("written"), self._one_writer, engine.connect() as connection:
            connection = connection.execution_options(immediate=True)
            with connection.begin():
                yield connection

    def lock(self, connection: Connection) -> None:
        """Make this write transaction the only one deciding, across processes and replicas.

        SQLite's write transactions are BEGIN IMMEDIATE and therefore alone already.
        """
        if not self.is_sqlite:
            connection.execute(select(func.pg_advisory_xact_lock(_WRITE_LOCK)))

    def now(self, connection: Connection) -> float:
        """Epoch seconds by the database's clock, which all replicas share."""
        if self.is_sqlite:
            return time.time()
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    def close(self) -> None:
        self._durable.dispose()
        self._light.dispose()


def _sqlite(path: Path, synchronous: str, busy_seconds: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        **_POOL,
        connect_args={"isolation_level": None, "timeout": busy_seconds, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _settings(raw: Any, _record: object) -> None:
        raw.execute(f"PRAGMA busy_timeout={int(busy_seconds * 1000)}")
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute(f"PRAGMA synchronous={synchronous}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def postgres_url(address: str) -> tuple[URL, dict[str, Any]]:
    """The address for the pg8000 driver, and its connect arguments. Takes postgres://, postgresql://,
    +driver."""
    url = make_url(
        address.replace("postgres://", "postgresql://", 1) if address.startswith("postgres://") else address
    )
    query = dict(url.query)
    mode = query.pop("sslmode", "")
    arguments: dict[str, Any] = {}
    if mode in ("require", "verify-ca", "verify-full"):
        context = ssl.create_default_context()
        if mode == "require":  # encrypted, but the certificate is not checked: what libpq's "require" means
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        arguments["ssl_context"] = context
    # libpq parameters that hosts put into the address and pg8000 does not know.
    for name in ("channel_binding", "connect_timeout", "target_session_attrs", "options", "pgbouncer"):
        query.pop(name, None)
    return url.set(drivername="postgresql+pg8000", query=query), arguments


def _postgres(address: str) -> Engine:
    url, arguments = postgres_url(address)
    # The time-out is the socket's: a replica cut off from the database must notice it within its lease.
    return create_engine(
        url, **_POOL, pool_pre_ping=True, pool_recycle=900, connect_args={"timeout": 8, **arguments}
    )


@contextmanager
def _as_trouble(what: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as trouble:
        raise JournalTrouble(
            f"The studio's journal cannot be {what} just now ({_reason(trouble)}). Please try again in a "
            "minute."
        ) from trouble


def _reason(trouble: Exception) -> str:
    said = str(getattr(trouble, "orig", None) or trouble).lower()
    for sign, reason in (
        ("locked", "the database is locked"),
        ("full", "the disk is full"),
        ("readonly", "the folder is read-only"),
        ("read-only", "the folder is read-only"),
        ("unable to open", "its file cannot be opened"),
        ("disk i/o", "the disk reports an error"),
        ("not a database", "its file is damaged"),
        ("malformed", "its file is damaged"),
        ("connect", "the database cannot be reached"),
        ("network", "the database cannot be reached"),
        ("time", "the database does not answer"),
    ):
        if sign in said:
            return reason
    return "the database refused"
