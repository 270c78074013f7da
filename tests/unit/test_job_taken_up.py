"""Which jobs of a process that is gone another one goes on with, and which of them end."""

import pytest

from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from tests.support.runner_harness import RunnerHarness, harness
from tests.support.waiting import until


@pytest.fixture
def left(tmp_path):
    """Leaves a job of a process that ended at `stage`; its id."""

    def leave(stage: Stage, **start) -> str:
        made = RunnerHarness(tmp_path)
        gate = made.engine.before_upload if stage == Stage.UPLOADING else made.engine.before_done
        gate.clear()
        job_id = made.start(key=None, **start)
        made.at(job_id, stage)
        if stage == Stage.UPLOADING:
            until(lambda: made.engine.uploading)
        made.runner.close()
        made._database.close()
        gate.set()
        return job_id

    return leave


@pytest.mark.parametrize("stage", [Stage.UPLOADING, Stage.PROCESSING])
def test_jobs_of_others_are_left_alone(tmp_path, left, stage):
    job_id = left(stage)
    with harness(tmp_path, takes_up=lambda job: job.visitor != "visitor-1") as made:
        mine = made.start("visitor-2")
        made.ended(mine)
        assert made.runner.get(job_id).stage == stage
    with harness(tmp_path) as made:
        assert made.ended(job_id).stage == Stage.COMPLETED


def test_what_was_not_sent_ends_and_nothing_is_spent(tmp_path, left):
    job_id = left(Stage.UPLOADING)
    with harness(tmp_path, withdraws=lambda job: True) as made:
        job = made.ended(job_id)
        assert (job.stage, job.cancelled, job.charged) == (Stage.FAILED, True, "nothing")
        assert made.engine.submitted == [] and made.runner.allowance(NOBODY).usd == 10.0


def test_what_was_sent_goes_on(tmp_path, left):
    job_id = left(Stage.PROCESSING)
    with harness(tmp_path, withdraws=lambda job: True) as made:
        assert made.ended(job_id).stage == Stage.COMPLETED
        assert made.engine.submitted == []


def test_a_free_one_ends_even_when_it_was_sent(tmp_path, left):
    job_id = left(Stage.PROCESSING, engine="preview")
    with harness(tmp_path, withdraws=lambda job: True) as made:
        assert made.ended(job_id).stage == Stage.FAILED
        assert made.engine.submitted == [] == made.engine.uploaded


def test_a_free_job_ends_with_its_engine_and_a_paid_one_does_not(tmp_path):
    with harness(tmp_path) as made:
        made.engine.before_done.clear()
        free, paid = made.start(engine="preview"), made.start()
        for job_id in (free, paid):
            made.at(job_id, Stage.PROCESSING)
            made.runner.end_free(job_id, "visitor-1", "The engine ended.")
        assert made.ended(free).error == "The engine ended."
        assert made.runner.get(paid).stage == Stage.PROCESSING
