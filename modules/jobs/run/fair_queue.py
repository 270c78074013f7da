"""A fair queue: so many jobs have a turn at once; the others wait, round robin by address, and within an
address by person.

First in, first out would let one visitor with hundreds of edits keep everybody else waiting. Addresses go
before persons, because persons are easier to invent.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

from modules.jobs.identity import Identity


class _Waiting(NamedTuple):
    job_id: str
    begin: Callable[[], object]


_Persons = OrderedDict[str, deque[_Waiting]]


class FairQueue:
    """`width` turns at a time. Safe for many threads; `begin` is called without the lock, and is quick."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lock = threading.Lock()
        self._addresses: OrderedDict[str, _Persons] = OrderedDict()
        self._turns: set[str] = set()

    def put(self, job_id: str, who: Identity, begin: Callable[[], object]) -> None:
        """Call `begin()` when it is the job's turn: at once while there is room, and for one that has its
        turn already."""
        with self._lock:
            if job_id not in self._turns:
                persons = self._addresses.setdefault(who.address, OrderedDict())
                persons.setdefault(who.person, deque()).append(_Waiting(job_id, begin))
                ready = self._next()
            else:
                ready = [_Waiting(job_id, begin)]
        for one in ready:
            one.begin()

    def leave(self, job_id: str) -> None:
        """The job has ended, or waits no longer: its turn is the next one's."""
        with self._lock:
            if job_id in self._turns:
                self._turns.discard(job_id)
            else:
                self._withdraw(job_id)
            ready = self._next()
        for one in ready:
            one.begin()

    def places(self) -> dict[str, int]:
        """The waiting jobs by id, each with the number of those that have their turn before it."""
        with self._lock:
            # Each address as the list of its jobs in their order, then one of each address by turns.
            addresses = [list(_by_turns(list(persons.values()))) for persons in self._addresses.values()]
        return {one.job_id: place for place, one in enumerate(_by_turns(addresses))}

    def _next(self) -> list[_Waiting]:
        """Those whose turn it is now."""
        ready = []
        while self._addresses and len(self._turns) < self._width:
            address, persons = self._addresses.popitem(last=False)
            person, jobs = persons.popitem(last=False)
            ready.append(jobs.popleft())
            self._turns.add(ready[-1].job_id)
            if jobs:
                persons[person] = jobs
            if persons:
                self._addresses[address] = persons
        return ready

    def _withdraw(self, job_id: str) -> None:
        for address, persons in self._addresses.items():
            for person, jobs in persons.items():
                for one in jobs:
                    if one.job_id == job_id:
                        jobs.remove(one)
                        if not jobs:
                            del persons[person]
                        if not persons:
                            del self._addresses[address]
                        return


def _by_turns(rows: Sequence[Iterable[_Waiting]]) -> Iterator[_Waiting]:
    """The first of each row, then the second of each, and so on."""
    return (one for one in chain.from_iterable(zip_longest(*rows)) if one is not None)


def waiting_sentence(place: int) -> str:
    """What is said of a job before which `place` others have their turn."""
    before = "it is the next" if not place else f"{place} edit{' is' if place == 1 else 's are'} before it"
    return f"Waiting for its turn: {before}"
