"""Free edits and uploads are rationed by person and by address."""

import asyncio

import pytest

from modules.jobs.identity import Identity
from modules.rations import FreeRation, RationUsed, RollingSum, TokenBucket


class Jobs:
    """Begins numbered jobs, which run until they are ended."""

    def __init__(self) -> None:
        self.running: set[str] = set()
        self.begun = 0
        self.now = 0.0

    async def begin(self) -> str:
        await asyncio.sleep(0)
        self.begun += 1
        self.running.add(f"job-{self.begun}")
        return f"job-{self.begun}"

    def ration(self, running: int = 3, hourly: int = 20) -> FreeRation:
        return FreeRation(running, hourly, lambda job: job in self.running, clock=lambda: self.now)


@pytest.fixture
def jobs():
    return Jobs()


def one(number: int = 0, address: str = "home") -> Identity:
    return Identity(f"person-{number}", address, known=True)


def test_a_hundred_calls_at_once_begin_three(jobs):
    ration = jobs.ration()

    async def all_at_once() -> list:
        calls = (ration.begin(one(), jobs.begin) for _ in range(100))
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(all_at_once())
    assert sum(isinstance(answer, RationUsed) for answer in answers) == 97 and jobs.begun == 3
    assert "3 free edits of yours" in str(answers[-1])
    jobs.running.pop()
    assert asyncio.run(ration.begin(one(), jobs.begin)) == "job-4"


def test_other_cookies_of_the_same_address_are_inside_its_share(jobs):
    ration = jobs.ration()
    for number in range(3):
        asyncio.run(ration.begin(one(number), jobs.begin))
    with pytest.raises(RationUsed):
        asyncio.run(ration.begin(one(99), jobs.begin))
    asyncio.run(ration.begin(one(99, "elsewhere"), jobs.begin))


def test_the_twenty_first_of_an_hour_waits_for_the_first_to_be_an_hour_old(jobs):
    ration = jobs.ration()
    for _ in range(20):
        asyncio.run(ration.begin(one(), jobs.begin))
        jobs.running.clear()
        jobs.now += 60
    with pytest.raises(RationUsed, match="next is possible in 40 minutes"):
        asyncio.run(ration.begin(one(), jobs.begin))
    jobs.now += 2400
    asyncio.run(ration.begin(one(), jobs.begin))
    with pytest.raises(RationUsed, match=r"in 1 minute\."):
        asyncio.run(ration.begin(one(), jobs.begin))


def test_the_prompts_of_one_comparison_count_as_one_press(jobs):
    ration, begun = jobs.ration(), []
    for _ in range(4):
        begun.append(asyncio.run(ration.begin(one(), jobs.begin, together=begun)))
    with pytest.raises(RationUsed):
        asyncio.run(ration.begin(one(), jobs.begin))


def test_one_that_could_not_be_begun_does_not_run(jobs):
    ration = jobs.ration(running=1)

    async def fails() -> str:
        raise OSError("no disk")

    for _ in range(3):
        with pytest.raises(OSError, match="no disk"):
            asyncio.run(ration.begin(one(), fails))
    asyncio.run(ration.begin(one(), jobs.begin))


def test_zero_is_no_limit(jobs):
    ration = jobs.ration(0, 0)
    for _ in range(50):
        asyncio.run(ration.begin(one(), jobs.begin))


def test_a_sum_forgets_what_is_old_and_those_who_went():
    now = [0.0]
    total = RollingSum(10.0, clock=lambda: now[0])
    total.add("a", 3)
    now[0] = 6.0
    total.add("a", 4)
    assert total.of("a") == 7 and total.wait_for("a", 4) == 4.0 and total.wait_for("a", 7) == 0.0
    now[0] = 11.0
    assert total.of("a") == 4
    now[0] = 30.0
    assert total.of("a") == 0 and total.wait_for("a", 0) == 0.0
    for number in range(30_000):
        total.add(str(number))
    assert total.of("0") == 0 and total.of("29999") == 1


def test_calls_of_a_key_come_at_once_and_then_one_by_one():
    now = [0.0]
    calls = TokenBucket(3, 0.5, clock=lambda: now[0])
    assert [calls.take("a") for _ in range(4)] == [0, 0, 0, 2.0] and calls.take("b") == 0
    now[0] = 1.0
    assert calls.take("a") == 1.0
    now[0] = 2.0
    assert calls.take("a") == 0 and calls.take("a") == 2.0
    assert [TokenBucket(0, 0).take("a") for _ in range(100)] == [0.0] * 100
