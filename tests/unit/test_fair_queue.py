"""Turns are given round robin by address, and within an address by person."""

import threading

from modules.jobs.identity import Identity
from modules.jobs.run.fair_queue import FairQueue
from tests.support.waiting import until


class Queue:
    """A queue whose turns are noted in order."""

    def __init__(self, width: int = 1) -> None:
        self.order: list[str] = []
        self.queue = FairQueue(width)

    def put(self, job_id: str, person: str = "anna", address: str = "home") -> None:
        self.queue.put(job_id, Identity(person, address), lambda: self.order.append(job_id))

    def run_all(self) -> list[str]:
        ended = 0
        while ended < len(self.order):
            self.queue.leave(self.order[ended])
            ended += 1
        return self.order


def test_somebody_with_hundreds_of_edits_keeps_nobody_waiting():
    made = Queue()
    for number in range(405):
        made.put(f"crowd-{number}", "crowd", "crowd's")
    made.put("honest", "honest", "honest's")
    assert made.queue.places()["honest"] == 1
    assert made.run_all().index("honest") == 2 and len(made.order) == 406


def test_invented_persons_share_the_turn_of_their_address():
    made = Queue()
    for number in range(100):
        made.put(f"crowd-{number}", f"invented-{number}", "crowd's")
    for number in range(3):
        made.put(f"honest-{number}", "honest", "honest's")
    order = made.run_all()
    assert [order.index(f"honest-{number}") for number in range(3)] == [2, 4, 6]


def test_persons_of_one_address_take_turns():
    made = Queue()
    for number in range(3):
        made.put(f"anna-{number}", "anna")
    for number in range(3):
        made.put(f"ben-{number}", "ben")
    places = made.queue.places()
    assert made.run_all() == ["anna-0", "anna-1", "ben-0", "anna-2", "ben-1", "ben-2"]
    assert sorted(places, key=places.__getitem__) == made.order[1:]


def test_so_many_have_a_turn_at_once_and_one_that_has_it_begins_again_at_once():
    made = Queue(width=2)
    for number in range(4):
        made.put(str(number), f"person-{number}")
    assert made.order == ["0", "1"] and made.queue.places() == {"2": 0, "3": 1}
    made.put("0", "person-0")
    assert made.order == ["0", "1", "0"]


def test_one_that_is_withdrawn_is_passed_over():
    made = Queue()
    for job_id in "abc":
        made.put(job_id)
    made.queue.leave("b")
    made.queue.leave("unknown")
    assert made.queue.places() == {"c": 0}
    assert made.run_all() == ["a", "c"] and made.queue.places() == {}


def test_the_places_told_are_the_order_that_comes():
    made = Queue()
    for number in range(60):
        made.put(str(number), f"person-{number % 7}", f"address-{number % 3}")
    places = made.queue.places()
    assert made.run_all()[1:] == sorted(places, key=places.__getitem__)


def test_threads_lose_and_double_nothing():
    made, lock = Queue(width=3), threading.Lock()
    ended: list[str] = []

    def finish(job_id: str) -> None:
        with lock:
            ended.append(job_id)
        made.queue.leave(job_id)

    def begin(job_id: str) -> None:
        threading.Thread(target=finish, args=(job_id,)).start()

    def put(first: int) -> None:
        for number in range(first, first + 50):
            job_id = str(number)
            made.queue.put(job_id, Identity(str(number % 5), str(first)), lambda job_id=job_id: begin(job_id))

    threads = [threading.Thread(target=put, args=(first,)) for first in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: len(ended) == 400)
    assert sorted(map(int, ended)) == list(range(400))
