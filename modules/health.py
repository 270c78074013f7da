"""The health of the studio: whether its journal answers and its runner works, for whoever starts it again."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from modules.jobs.errors import JournalTrouble
from modules.jobs.vitals import Vitals
from modules.recent import Recent
from modules.version import version

FRESH_SECONDS = 1.0
"""Looked at no more often than this, however often it is asked for."""
JOURNAL_SECONDS = 3.0
"""How long the journal may take to answer. A write of another replica holds up no read."""
SILENT_SECONDS = 30.0
"""The runner's threads come by every few seconds. A journal that is away holds one up for 20 s at most."""


@dataclass(frozen=True)
class Health:
    """Numbers and words only: nothing of a visitor, a file or a key. The queue is this process's."""

    journal: str
    """`ok` or `silent`."""
    runner: str
    """`ok`, `stalled` or `stopped`."""
    waiting: int
    running: int
    version: str

    @property
    def well(self) -> bool:
        return self.journal == self.runner == "ok"

    def told(self) -> dict[str, Any]:
        """As JSON."""
        queue = {"waiting": self.waiting, "running": self.running}
        word = "ok" if self.well else "failing"
        return {
            "status": word,
            "journal": self.journal,
            "runner": self.runner,
            "queue": queue,
            "version": self.version,
        }


class HealthCheck:
    """Looks when it is asked, once a second at most. The journal is asked in a thread of its own, by one at a
    time, and waited for JOURNAL_SECONDS: one that hangs holds up neither the page nor other answers."""

    def __init__(
        self, vitals: Vitals, *, fresh: float = FRESH_SECONDS, patience: float = JOURNAL_SECONDS
    ) -> None:
        self._vitals, self._patience = vitals, patience
        self._version = version()
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._asked: Future[bool] | None = None
        self._recent = Recent(self._look, fresh)

    async def now(self) -> Health:
        """As it is, or was a second ago."""
        return await self._recent.value()

    def close(self) -> None:
        self._asker.shutdown(wait=False, cancel_futures=True)

    async def _look(self) -> Health:
        journal = "ok" if await self._journal_answers() else "silent"
        silent = self._vitals.silent()
        runner = "ok" if silent <= SILENT_SECONDS else "stalled" if silent < float("inf") else "stopped"
        return Health(journal, runner, *self._vitals.queue(), self._version)

    async def _journal_answers(self) -> bool:
        if self._asked is None or self._asked.done():
            try:
                self._asked = self._asker.submit(self._ask)
            except RuntimeError:  # the studio is closed
                return False
        answer = asyncio.wrap_future(self._asked)
        await asyncio.wait({answer}, timeout=self._patience)
        return answer.done() and answer.result()

    def _ask(self) -> bool:
        try:
            self._vitals.ask_journal()
        except JournalTrouble:
            return False
        return True
