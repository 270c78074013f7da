"""The database of a journal that is copied: a write that money hangs on returns when the copy has it.

Which writes those are is read off what they write, not asked of who writes them, so that none can forget it:
the marker SUBMITTING, a request id that was not written before, and every change of the budget's spending.
So does a share: one that was taken back must not come back with an older copy.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from modules.jobs.job import Stage
from modules.jobs.store.database import BUSY_SECONDS, Database
from modules.jobs.store.schema import jobs, spending

_NOTED = "money hangs on"


class CopiedDatabase(Database):
    """SQLite at `path`. `keep` waits for a copy of everything that is committed; it raises nothing."""

    def __init__(self, path: Path, keep: Callable[[], object], *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._keep: Callable[[], object] = lambda: None  # what opening writes is in the first copy
        self._copied_ids: set[str] = set()
        super().__init__(path, busy_seconds=busy_seconds)
        for engine in (self._durable, self._light):
            event.listen(engine, "after_execute", self._look)
        self._keep = keep

    @contextmanager
    def write(self, durable: bool = True) -> Iterator[Connection]:
        with super().write(durable) as connection:
            connection.info[_NOTED] = noted = set[str]()
            yield connection
        if noted:
            self._keep()
            self._copied_ids |= noted

    def _look(
        self, connection: Connection, statement: Any, _many: Any, _one: Any, _options: Any, result: Any
    ) -> None:
        """Note what of `statement`, which was just executed, money hangs on."""
        table, noted = getattr(statement, "table", None), connection.info.get(_NOTED)
        if noted is None or table not in (jobs, spending) or not statement.is_dml:
            return
        for row in result.context.compiled_parameters:
            request_id = row.get("request_id")
            if table is spending or row.get("stage") == Stage.SUBMITTING.value or "share" in row:
                noted.add("")
            if request_id and request_id not in self._copied_ids:
                noted.add(request_id)
