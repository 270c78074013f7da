"""What the owner's money is protected by."""

import multiprocessing
import threading

import pytest

from modules.jobs.errors import BudgetRefused
from modules.jobs.job import Stage
from modules.jobs.store.budget import Budget
from modules.jobs.store.database import Database
from modules.jobs.store.journal import Journal
from tests.support.jobs import a_job

NOON = 1_700_000_000.0


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / "journal.sqlite")
    yield made
    made.close()


def in_transaction(database: Database, work) -> None:
    with database.write() as connection:
        work(connection)


def test_the_cap_holds_however_many_visitors_come(database):
    budget = Budget(database, 10.0, 3, clock=lambda: NOON)
    for number in range(4):
        budget.reserve(f"job-{number}", f"visitor-{number}", 2.1)
    with pytest.raises(BudgetRefused, match=r"\$1\.60 left.*Nothing was spent"):
        budget.reserve("job-4", "visitor-4", 2.1)
    assert budget.left() == pytest.approx(1.6)


def test_a_hundred_threads_cannot_pass_the_cap(database):
    budget = Budget(database, 10.0, 3, clock=lambda: NOON)
    outcomes = []

    def try_one(number: int) -> None:
        try:
            budget.reserve(f"job-{number}", f"visitor-{number}", 2.1)
            outcomes.append(True)
        except BudgetRefused:
            outcomes.append(False)

    threads = [threading.Thread(target=try_one, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(True) == 4 and len(outcomes) == 40


def _spend(path: str, first: int, taken) -> None:
    database = Database(path, busy_seconds=20)
    budget = Budget(database, 10.0, 3, clock=lambda: NOON)
    for number in range(first, first + 6):
        try:
            budget.reserve(f"job-{number}", f"visitor-{number}", 2.1)
        except BudgetRefused:
            continue
        with taken.get_lock():
            taken.value += 1


def test_processes_cannot_pass_the_cap_either(tmp_path, database):
    context = multiprocessing.get_context("spawn")
    taken = context.Value("i", 0)
    children = [
        context.Process(target=_spend, args=(str(tmp_path / "journal.sqlite"), 100 * n, taken))
        for n in range(3)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert taken.value == 4
    assert Budget(database, 10.0, clock=lambda: NOON).left() == pytest.approx(1.6)


def test_what_a_failed_edit_reserved_is_free_again(database):
    budget = Budget(database, 3.0, 3, clock=lambda: NOON)
    budget.reserve("job-1", "anna", 2.1)
    in_transaction(database, budget.released("job-1"))
    assert budget.left() == 3.0
    budget.reserve("job-2", "anna", 2.1)


def test_the_true_cost_replaces_the_estimate(database):
    budget = Budget(database, 10.0, 3, clock=lambda: NOON)
    budget.reserve("job-1", "anna", 2.1)
    in_transaction(database, budget.settled("job-1", 1.75))
    assert budget.left() == pytest.approx(8.25)


def test_an_edit_with_an_unknown_outcome_counts_as_spent_for_good(database):
    budget = Budget(database, 10.0, 3, clock=lambda: NOON)
    budget.reserve("job-1", "anna", 2.1)
    in_transaction(database, budget.settled("job-1", None))
    in_transaction(database, budget.released("job-1"))
    assert budget.left() == pytest.approx(7.9)


def test_a_job_that_starts_again_reserves_once(database):
    budget = Budget(database, 10.0, 1, clock=lambda: NOON)
    budget.reserve("job-1", "anna", 2.1)
    budget.reserve("job-1", "anna", 2.1)
    assert budget.left() == pytest.approx(7.9)


def test_a_visitor_has_a_few_edits_a_day_and_new_ones_tomorrow(database):
    now = [NOON]
    budget = Budget(database, 100.0, 2, clock=lambda: now[0])
    for number in range(2):
        budget.reserve(f"job-{number}", "anna", 2.1)
        in_transaction(database, budget.settled(f"job-{number}", 2.1))
    with pytest.raises(BudgetRefused, match="today's 2 paid edits"):
        budget.reserve("job-2", "anna", 2.1)
    budget.reserve("job-3", "ben", 2.1)
    now[0] += 86400
    budget.reserve("job-4", "anna", 2.1)


def test_one_paid_edit_of_a_visitor_runs_at_a_time(database):
    budget, journal = Budget(database, 100.0, 5, clock=lambda: NOON), Journal(database)
    running = a_job(job_id="job-1", visitor="anna", payer="owner")
    journal.create(running, "replica")
    budget.reserve("job-1", "anna", 2.1)
    with pytest.raises(BudgetRefused, match="one at a time"):
        budget.reserve("job-2", "anna", 2.1)
    journal.save(running.moved(NOON, Stage.FAILED), 1, "replica", then=budget.released("job-1"))
    budget.reserve("job-2", "anna", 2.1)


def test_a_cap_of_zero_refuses_in_words(database):
    assert "used up" in Budget(database, 0.0).refusal("anna", 0.945)
