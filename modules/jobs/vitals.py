"""Vital signs of the job runner: whether it works, how much it has to do, what it has spent. For operators.

Nothing here names a job, a visitor or an address.
"""

import math
from collections import Counter

from sqlalchemy import select

from modules.jobs.hub import Hub
from modules.jobs.job import Stage
from modules.jobs.run.context import JobContext
from modules.jobs.run.executor import JobExecutor
from modules.jobs.store.schema import jobs


class Vitals:
    """All but `ask_journal`, `spending` and `disk` answer from memory, at once."""

    def __init__(self, context: JobContext, hub: Hub, executor: JobExecutor) -> None:
        self._context, self._hub, self._executor = context, hub, executor

    def silent(self) -> float:
        """Seconds since the thread of the runner that is silent for longest has done something; infinite when
        the runner was closed."""
        return math.inf if self._context.closing.is_set() else self._executor.silent()

    def queue(self) -> tuple[int, int]:
        """How many edits of this process wait for their turn, and how many are being worked at."""
        waiting = self._executor.waiting()
        running = sum(not job.over for job in self._executor.in_hand())
        return waiting, max(0, running - waiting)

    def stages(self) -> dict[tuple[str, Stage], int]:
        """How many edits this process has in hand, by engine and stage."""
        return Counter((job.engine, job.stage) for job in self._executor.in_hand())

    def watchers(self) -> int:
        """How many pages and programs wait for news of an edit now."""
        return self._hub.waiting

    def ask_journal(self) -> None:
        """JournalTrouble when the journal does not answer."""
        with self._context.journal.database.read() as connection:
            connection.execute(select(jobs.c.job_id).limit(1)).first()

    def spending(self) -> dict[str, float]:
        """Dollars of the owner's money in the last 24 hours: `reserved`, `spent`, and the `limit`.
        JournalTrouble as it comes."""
        return self._context.budget.totals()

    def disk(self) -> tuple[int, int]:
        """Bytes used and free on the file system of the data folder. OSError as it comes."""
        return self._context.storage.disk()
