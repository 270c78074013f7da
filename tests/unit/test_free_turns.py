"""Free edits of a runner: so many at once, in a fair order, with their places told."""

import pytest

from modules.edit.framing import Framing
from modules.jobs.identity import Identity
from modules.jobs.job import Stage
from tests.support.runner_harness import edit, harness
from tests.support.waiting import until


@pytest.fixture
def made(tmp_path):
    narrow = {"beat": 0.1, "look": 0.05, "free_at_once": 1}
    with harness(tmp_path, executor=narrow) as made:
        yield made


def free(made, who: str, number: int = 0) -> str:
    request = edit(prompt=f"{who} {number}")
    return made.runner.start(request, Framing(), who, None, "preview", Identity(who, f"{who}'s address"))


def test_the_places_are_told_and_nobody_waits_behind_a_crowd(made):
    made.engine.before_done.clear()
    crowd = [free(made, "crowd", number) for number in range(6)]
    honest = free(made, "honest")
    assert until(lambda: "1 edit is before it" in made.runner.get(honest).message)
    assert until(lambda: "5 edits are before it" in made.runner.get(crowd[-1]).message)
    paid = made.start()  # waits for no free one
    made.at(paid, Stage.PROCESSING)
    made.engine.before_done.set()
    order = [made.ended(job_id) for job_id in (*crowd, honest)]
    assert all(job.stage == Stage.COMPLETED for job in order)
    begun = sorted(order, key=lambda job: job.stage_times[Stage.UPLOADING])
    assert [job.job_id for job in begun].index(honest) == 2


def test_one_that_is_cancelled_while_it_waits_gives_its_place_away(made):
    made.engine.before_done.clear()
    first, second, third = (free(made, who) for who in ("anna", "ben", "carla"))
    until(lambda: "it is the next" in made.runner.get(second).message)
    made.runner.cancel(second, "ben")
    assert until(lambda: "it is the next" in made.runner.get(third).message)
    made.engine.before_done.set()
    assert made.ended(first).stage == made.ended(third).stage == Stage.COMPLETED
    assert made.runner.get(second).cancelled and len(made.engine.submitted) == 2
