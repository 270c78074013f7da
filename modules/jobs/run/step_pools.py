"""The threads in which steps run: a pool for each kind of waiting, and a fair queue for free edits."""

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

from modules.edit.request import is_url
from modules.jobs.errors import LeaseLost
from modules.jobs.job import Job
from modules.jobs.run.active_job import ActiveJob, JobWriter, Stopped
from modules.jobs.run.fair_queue import FairQueue, waiting_sentence
from modules.jobs.run.next_step import Step

FREE_AT_ONCE = max(1, (os.cpu_count() or 2) // 2) + 2
"""The engine renders on half of the cores; meanwhile one edit is fitted and one is fetched."""

_MOST_TOLD = 20
"""Places told in one round, of those that come next: each is a write."""


class StepPools:
    """Threads are few: `senders` prepare and submit, `askers` poll, `savers` copy results. `free_at_once`:
    free edits between their beginning and their end (0: as many as keep this machine's engine busy)."""

    def __init__(self, senders: int = 12, askers: int = 6, savers: int = 4, free_at_once: int = 0) -> None:
        self._senders = ThreadPoolExecutor(senders, thread_name_prefix="send")
        # An address may answer for minutes, byte by byte: those who wait for one hold up no clip that is
        # here.
        self._far_senders = ThreadPoolExecutor(senders, thread_name_prefix="send-far")
        self._askers = ThreadPoolExecutor(askers, thread_name_prefix="ask")
        # The history may keep its asker waiting for the key's turn: no poll waits behind it.
        self.lookers = ThreadPoolExecutor(3, thread_name_prefix="look")
        self.savers = ThreadPoolExecutor(savers, thread_name_prefix="save")
        self.turns = FairQueue(free_at_once or FREE_AT_ONCE)

    def run(self, step: Step, job: Job, work: Callable[[], None]) -> None:
        """Do `work` in a thread for `step`; the first one of a free edit when it is its turn. RuntimeError
        when the pools are closed."""
        begin: Callable[[], object] = partial(self._of(step, job).submit, work)
        if step == Step.SUBMIT and job.engine == "preview":
            self.turns.put(job.job_id, job.who, begin)
        else:
            begin()

    def tell_places(self, writer: JobWriter, active_of: Callable[[str], ActiveJob | None]) -> None:
        """Write into the messages of waiting jobs how many have their turn before them."""
        told = 0
        for job_id, place in self.turns.places().items():
            active, sentence = active_of(job_id), waiting_sentence(place)
            if active is None or active.job.message == sentence or told >= _MOST_TOLD:
                continue
            with contextlib.suppress(Stopped, LeaseLost):
                writer.change(active, message=sentence, durable=False)
            told += 1

    def close(self) -> None:
        """What waits is dropped, what runs goes on."""
        for pool in (self._senders, self._far_senders, self._askers, self.lookers, self.savers):
            pool.shutdown(wait=False, cancel_futures=True)

    def _of(self, step: Step, job: Job) -> Executor:
        if step == Step.POLL:
            return self._askers
        if step in (Step.CHECK, Step.LOOK_UP, Step.LEARN_COST):
            return self.lookers
        if step == Step.SAVE:
            return self.savers
        afar = any(map(is_url, job.request.sources()))
        return self._far_senders if afar and step == Step.SUBMIT else self._senders
