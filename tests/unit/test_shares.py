"""Share links in the journal: who gets one, what it shows, and when it ends."""

import re

import pytest
from sqlalchemy import update

from modules.jobs.errors import JobError
from modules.jobs.job import Stage
from modules.jobs.store.schema import jobs, row_of


@pytest.fixture
def ended(made):
    """A finished job's id."""
    job_id = made.start()
    assert made.ended(job_id).stage == Stage.COMPLETED
    return job_id


def test_a_share_is_128_random_bits_and_no_job_id_and_the_same_one_until_it_is_taken_back(made, ended):
    token = made.runner.sharing.share(ended)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token) and token not in ended and ended not in token
    assert made.runner.sharing.share(ended) == token == made.runner.get(ended).share
    assert made.runner.sharing.job(token).job_id == ended
    assert made.runner.sharing.unshare(ended) is True and made.runner.sharing.unshare(ended) is False
    assert made.runner.sharing.job(token) is None and made.runner.get(ended).share == ""
    assert made.runner.sharing.share(ended) != token


def test_my_edits_lists_it_as_shared(made, ended):
    token = made.runner.sharing.share(ended)
    listed, _ = made.runner.page_of("visitor-1")
    assert [job.share for job in listed] == [token]


def test_only_what_is_finished_and_kept_is_shared(made):
    made.engine.before_done.clear()
    job_id = made.start()
    made.at(job_id, Stage.PROCESSING)
    for unknown in (job_id, "", "x" * 24):
        with pytest.raises(JobError, match="finished edit"):
            made.runner.sharing.share(unknown)
    made.engine.before_done.set()
    assert made.ended(job_id).stage == Stage.COMPLETED
    assert made.runner.sharing.share(job_id)


def test_a_share_ends_with_its_result(made, ended):
    token = made.runner.sharing.share(ended)
    made.runner.forget(ended, "visitor-1")
    assert made.runner.sharing.job(token) is None


def test_what_is_no_token_finds_nothing(made, ended):
    made.runner.sharing.share(ended)
    for token in ("", "x", "%", "' OR 1=1 --", "a" * 22, "é" * 22, ended, None or "\0" * 22):
        assert made.runner.sharing.job(token) is None


def test_a_share_survives_what_is_still_learned_of_the_job(made):
    """The cost of a finished edit may become known later: the row is written again, the share stays."""
    job_id = made.start()
    job = made.ended(job_id)
    token = made.runner.sharing.share(job_id)
    with made.journal.database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(**row_of(job)))
    assert made.runner.sharing.job(token).job_id == job_id
