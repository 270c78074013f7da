"""What the owner's money is protected by."""

import multiprocessing
import threading

import pytest
from sqlalchemy import text

from modules.jobs.errors import BudgetRefused
from modules.jobs.identity import Identity
from modules.jobs.store.budget import Budget
from modules.jobs.store.database import Database

NOON = 1_700_000_000.0


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / "journal.sqlite")
    yield made
    made.close()


def by(person: str, address: str = "here") -> Identity:
    return Identity(person, address)


def in_transaction(database: Database, work) -> None:
    with database.write() as connection:
        work(connection)


def test_the_cap_holds_however_many_visitors_come(database):
    budget = Budget(database, 10.0, 3, clock=lambda: NOON)
    for number in range(4):
        budget.reserve(f"job-{number}", by(f"visitor-{number}"), 2.1)
    with pytest.raises(BudgetRefused, match=r"\$1\.60 left.*Nothing was spent"):
        budget.reserve("job-4", by("visitor-4"), 2.1)
    assert budget.left() == pytest.approx(1.6)


def test_a_hundred_threads_cannot_pass_the_cap(database):
    budget = Budget(database, 10.0, 3, clock=lambda: NOON)
    outcomes = []

    def try_one(number: int) -> None:
        try:
            budget.reserve(f"job-{number}", by(f"visitor-{number}"), 2.1)
            outcomes.append(True)
        except BudgetRefused:
            outcomes.append(False)

    threads = [threading.Thread(target=try_one, args=(n,)) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(True) == 4 and len(outcomes) == 100


def _spend(path: str, first: int, taken) -> None:
    database = Database(path, busy_seconds=20)
    budget = Budget(database, 10.0, 3, clock=lambda: NOON)
    for number in range(first, first + 6):
        try:
            budget.reserve(f"job-{number}", by(f"visitor-{number}"), 2.1)
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
    budget.reserve("job-1", by("anna"), 2.1)
    in_transaction(database, budget.released("job-1"))
    assert budget.left() == 3.0
    budget.reserve("job-2", by("anna"), 2.1)


def test_the_true_cost_replaces_the_estimate(database):
    budget = Budget(database, 10.0, 3, clock=lambda: NOON)
    budget.reserve("job-1", by("anna"), 2.1)
    in_transaction(database, budget.settled("job-1", 1.75))
    assert budget.left() == pytest.approx(8.25)


def test_an_edit_with_an_unknown_outcome_counts_as_spent_for_good(database):
    budget = Budget(database, 10.0, 3, clock=lambda: NOON)
    budget.reserve("job-1", by("anna"), 2.1)
    in_transaction(database, budget.settled("job-1", None))
    in_transaction(database, budget.released("job-1"))
    assert budget.left() == pytest.approx(7.9)


def test_a_job_that_starts_again_reserves_once(database):
    budget = Budget(database, 10.0, 1, clock=lambda: NOON)
    budget.reserve("job-1", by("anna"), 2.1)
    budget.reserve("job-1", by("anna"), 2.1)
    assert budget.left() == pytest.approx(7.9)


def test_a_visitor_has_a_few_edits_a_day_and_new_ones_tomorrow(database):
    now = [NOON]
    budget = Budget(database, 100.0, 2, clock=lambda: now[0])
    for number in range(2):
        budget.reserve(f"job-{number}", by("anna"), 2.1)
        in_transaction(database, budget.settled(f"job-{number}", 2.1))
    with pytest.raises(BudgetRefused, match=r"made 2 paid edits .* last 24 hours"):
        budget.reserve("job-2", by("anna"), 2.1)
    budget.reserve("job-3", by("ben"), 2.1)
    now[0] += 86400
    budget.reserve("job-4", by("anna"), 2.1)


def test_a_cap_of_zero_refuses_in_words(database):
    assert "used up" in Budget(database, 0.0).allowance(by("anna"), 0.945).refusal


def test_midnight_gives_nothing_twice(database):
    """Ten at 23:59:30 and ten more at 00:00:01 were possible when a calendar day counted."""
    midnight = 1_700_006_400.0
    now = [midnight - 30]
    budget = Budget(database, 10.0, clock=lambda: now[0])
    for number in range(4):
        budget.reserve(f"before-{number}", by(f"visitor-{number}"), 2.1)
    now[0] = midnight + 1
    with pytest.raises(BudgetRefused, match=r"has \$1\.60 left"):
        budget.reserve("after", by("anna"), 2.1)
    now[0] = midnight - 30 + 24 * 3600 - 1
    assert budget.left() == pytest.approx(1.6)
    now[0] += 2
    assert budget.left() == 10.0


def test_another_token_stays_inside_the_allowance_of_the_address(database):
    budget = Budget(database, 100.0, 2, 6, clock=lambda: NOON)
    for number in range(6):
        budget.reserve(f"job-{number}", by(f"invented-{number}", "one address"), 2.1)
    with pytest.raises(BudgetRefused, match=r"6 paid edits .* from your network address.*Nothing was spent"):
        budget.reserve("job-6", by("invented-6", "one address"), 2.1)
    budget.reserve("job-7", by("ben", "another address"), 2.1)


def test_what_is_left_is_told_and_when_it_starts_again(database):
    now = [NOON]
    budget = Budget(database, 10.0, 2, 6, clock=lambda: now[0])
    assert (found := budget.allowance(by("anna"))).edits == 2 and found.again_at is None
    budget.reserve("job-1", by("anna"), 2.1)
    now[0] += 3600
    budget.reserve("job-2", by("anna"), 2.1)
    found = budget.allowance(by("anna"))
    assert (found.edits, found.limit, found.usd) == (0, 2, pytest.approx(5.8))
    assert found.again_at == NOON + 24 * 3600
    assert "possible tomorrow at 22:14 UTC" in found.refusal and "preview engine is free" in found.refusal
    assert budget.allowance(by("ben")).refusal is None


def test_a_budget_that_is_gone_says_when_it_comes_back_and_what_is_free(database):
    now = [NOON]
    budget = Budget(database, 5.0, clock=lambda: now[0])
    budget.reserve("job-1", by("anna"), 2.1)
    now[0] += 600
    budget.reserve("job-2", by("ben"), 2.1)
    found = budget.allowance(by("carla"), 2.1)
    assert found.again_at == NOON + 24 * 3600 and "needs $2.10" in found.refusal
    assert "The preview engine is free meanwhile" in found.refusal
    assert budget.allowance(by("carla"), 6.3).again_at is None  # more than there ever is


def test_costs_above_their_estimates_scale_what_is_reserved(database):
    """$9.45 was reserved and $21.00 booked: ten edits at $0.945 cost $2.10 each."""
    budget, spent = Budget(database, 10.0, clock=lambda: NOON), 0.0
    for number in range(20):
        try:
            budget.reserve(f"job-{number}", by(f"visitor-{number}"), 0.945)
        except BudgetRefused:
            break
        # The cost is too far above the estimate to be believed, so what was reserved is booked.
        in_transaction(database, budget.settled(f"job-{number}", None, seen=2.10))
        spent += 2.10
    assert spent <= 10.0 + 2.10  # the first one, before anything was seen, and no other, is not covered
    assert budget.allowance(by("anna")).scale == pytest.approx(2.10 / 0.945)


def test_a_misread_cost_does_not_close_the_page(database):
    budget = Budget(database, 10.0, clock=lambda: NOON)
    budget.reserve("job-1", by("anna"), 0.945)
    in_transaction(database, budget.settled("job-1", None, seen=210.0))
    assert budget.left() == pytest.approx(9.055)
    budget.reserve("job-2", by("ben"), 2.1)
    assert budget.allowance(by("ben")).scale == 4.0


def test_an_edit_of_an_earlier_version_counts_for_its_whole_day(tmp_path):
    database = Database(tmp_path / "old.sqlite")
    in_transaction(database, lambda connection: connection.execute(text("DROP TABLE spending")))
    old = (
        "CREATE TABLE spending (job_id VARCHAR(64) PRIMARY KEY, day VARCHAR(10) NOT NULL, "
        "visitor VARCHAR(200) NOT NULL, usd DOUBLE NOT NULL, state VARCHAR(16) NOT NULL)"
    )
    in_transaction(database, lambda connection: connection.execute(text(old)))
    row = "INSERT INTO spending VALUES ('job-1', '2023-11-14', 'anna', 2.1, 'spent')"
    in_transaction(database, lambda connection: connection.execute(text(row)))
    database.close()
    database = Database(tmp_path / "old.sqlite")
    now = [NOON]
    budget = Budget(database, 10.0, clock=lambda: now[0])
    assert budget.left() == pytest.approx(7.9)
    now[0] += 24 * 3600  # its day may have ended a moment before midnight
    assert budget.left() == pytest.approx(7.9)
    budget.reserve("job-2", by("ben"), 2.1)
    now[0] += 24 * 3600 - 1
    assert budget.left() == pytest.approx(7.9)
    database.close()
