"""Health: the journal that does not answer, the runner that hangs or was closed, and a flood of questions."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.health import Health, HealthCheck
from modules.jobs.errors import JournalTrouble
from modules.jobs.run.delay_queue import DelayQueue
from modules.jobs.store.job_leases import JobLeases
from modules.version import version
from tests.support.runner_harness import RunnerHarness, harness
from tests.support.waiting import until


def asked(made: RunnerHarness) -> Health:
    """What is told now, by a check that has nothing told before."""
    check = HealthCheck(made.runner.vitals)
    try:
        return asyncio.run(check.now())
    finally:
        check.close()


@contextlib.contextmanager
def journal_without_jobs(folder: Path) -> Iterator[None]:
    """Nothing can be read from the journal meanwhile."""
    with contextlib.closing(sqlite3.connect(folder / "journal.sqlite", timeout=10)) as other:
        other.execute("ALTER TABLE jobs RENAME TO lost")
        yield
        other.execute("ALTER TABLE lost RENAME TO jobs")


def test_a_studio_that_works_is_well_and_says_what_it_has_to_do(made):
    made.engine.before_done.clear()
    for _ in range(2):
        made.at(made.start(), "PROCESSING")
    health = asked(made)
    assert health.well and health.told() == {
        "status": "ok",
        "journal": "ok",
        "runner": "ok",
        "queue": {"waiting": 0, "running": 2},
        "version": version(),
    }
    assert version().count(".") == 2


def test_free_edits_that_wait_for_their_turn_are_told_apart(tmp_path):
    with harness(tmp_path, executor={"beat": 0.1, "look": 0.1, "free_at_once": 1}) as made:
        made.engine.before_done.clear()
        jobs = [made.start(engine="preview", key=None) for _ in range(3)]
        made.at(jobs[0], "PROCESSING")
        health = asked(made)
        assert (health.waiting, health.running) == (2, 1)


def test_a_journal_that_does_not_answer_is_told_until_it_does(made):
    with journal_without_jobs(made.folder):
        health = asked(made)
        assert (health.journal, health.runner, health.well) == ("silent", "ok", False)
    assert asked(made).well


def test_a_runner_that_hangs_is_told_until_it_goes_on(tmp_path, monkeypatch):
    ahead, gate, hangs, running = [0.0], threading.Event(), threading.Event(), JobLeases.running

    def hang(journal):
        hangs.set()
        gate.wait(30)
        return running(journal)

    with harness(tmp_path, monotonic=lambda: ahead[0]) as made:
        monkeypatch.setattr(JobLeases, "running", hang)
        assert hangs.wait(10)
        ahead[0] = 29.0
        assert asked(made).well
        ahead[0] = 31.0
        assert asked(made).runner == "stalled" and not asked(made).well
        gate.set()
        assert until(lambda: asked(made).well)


def test_a_queue_of_steps_that_hangs_is_late():
    now, gate, hangs = [0.0], threading.Event(), threading.Event()
    queue = DelayQueue(lambda: now[0])

    def hang() -> None:
        hangs.set()
        gate.wait(30)

    queue.put(0.0, hang)
    assert hangs.wait(10) and queue.overdue == 0.0
    queue.put(5.0, lambda: None)
    now[0] = 45.0
    assert queue.overdue == 40.0
    gate.set()
    assert until(lambda: queue.overdue == 0.0) is True
    queue.close()


def test_a_runner_that_was_closed_is_told(tmp_path):
    with harness(tmp_path) as made:
        made.runner.close()
        assert asked(made).runner == "stopped"


class Signs:
    """Vital signs whose journal answers when `gate` is open. `asked` counts the questions to it."""

    def __init__(self) -> None:
        self.gate, self.asked, self.fails = threading.Event(), 0, False
        self.gate.set()

    def ask_journal(self) -> None:
        self.asked += 1
        self.gate.wait(30)
        if self.fails:
            raise JournalTrouble("The journal is away.")

    def silent(self) -> float:
        return 0.0

    def queue(self) -> tuple[int, int]:
        return 0, 0


@pytest.fixture
def signs() -> Iterator[Signs]:
    made = Signs()
    yield made
    made.gate.set()


async def many(check: HealthCheck, number: int) -> list[Health]:
    return await asyncio.gather(*(check.now() for _ in range(number)))


def test_a_flood_of_questions_is_one_to_the_journal(signs):
    check = HealthCheck(signs, fresh=60.0)

    async def flood() -> list[Health]:
        return await many(check, 300) + await many(check, 300)

    told = asyncio.run(flood())
    assert len(told) == 600 and all(one.well for one in told) and signs.asked == 1


def test_what_was_told_is_soon_told_anew(signs):
    check = HealthCheck(signs, fresh=0.0)

    async def twice() -> tuple[Health, Health]:
        first = await check.now()
        signs.fails = True
        return first, await check.now()

    before, after = asyncio.run(twice())
    assert before.well and after.journal == "silent"


def test_a_journal_that_hangs_is_given_up_and_asked_by_one_thread_only(signs):
    signs.gate.clear()
    check = HealthCheck(signs, fresh=0.0, patience=0.05)

    async def thrice() -> list[Health]:
        return [await check.now() for _ in range(3)]

    assert [one.journal for one in asyncio.run(thrice())] == ["silent"] * 3
    assert signs.asked == 1


def test_who_goes_away_does_not_end_the_look_of_the_others(signs):
    signs.gate.clear()
    check = HealthCheck(signs, fresh=60.0)

    async def first_goes_away() -> Health:
        first = asyncio.ensure_future(check.now())
        second = asyncio.ensure_future(check.now())
        await asyncio.sleep(0)
        first.cancel()
        signs.gate.set()
        return await second

    assert asyncio.run(first_goes_away()).well
