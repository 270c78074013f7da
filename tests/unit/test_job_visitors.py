"""Whose edit it is: cancelling, watching, taking up, forgetting."""

import asyncio
import time
from pathlib import Path

import pytest

from modules.jobs.errors import JobError, NotYours
from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from modules.jobs.run.ending import CANCELLED
from modules.jobs.store.budget import Budget
from modules.secret import Secret
from modules.segmind import errors as wire
from tests.support.runner_harness import KEY
from tests.support.waiting import until


def test_a_job_that_was_not_sent_is_really_cancelled(made):
    made.engine.before_upload.clear()
    job_id = made.start(key=None)
    made.at(job_id, Stage.UPLOADING)
    assert made.runner.cancel(job_id, "visitor-1") == CANCELLED
    job = made.ended(job_id)
    made.engine.before_upload.set()
    assert (job.stage, job.cancelled) == (Stage.FAILED, True) and made.runner.allowance(NOBODY).usd == 10.0
    made.runner.close()
    assert made.engine.submitted == []


def test_a_job_that_was_sent_is_not_cancelled_and_the_sentence_says_so(made):
    made.engine.before_done.clear()
    job_id = made.start()
    made.at(job_id, Stage.PROCESSING)
    assert "no cancel" in made.runner.cancel(job_id, "visitor-1")
    made.engine.before_done.set()
    assert made.ended(job_id).stage == Stage.COMPLETED


# Whose job


def test_nobody_touches_another_visitors_job(made):
    job_id = made.start()
    for act in (
        lambda: made.runner.cancel(job_id, "mallory"),
        lambda: made.runner.forget(job_id, "mallory"),
        lambda: made.runner.give_key(job_id, "mallory", KEY),
        lambda: made.runner.resend(job_id, "mallory", KEY),
        lambda: made.runner.cancel("no-such-job", "anna"),
    ):
        with pytest.raises(NotYours):
            act()
    assert made.runner.jobs_of("mallory") == [] and made.runner.newest_running("mallory") is None


def test_my_edits_lists_newest_first_without_the_forgotten(made):
    ids = [made.start() for _ in range(3)]
    for job_id in ids:
        made.ended(job_id)
    made.runner.forget(ids[1], "visitor-1")
    assert [job.job_id for job in made.runner.jobs_of("visitor-1")] == [ids[2], ids[0]]
    assert not (made.folder / "jobs" / ids[1]).exists()


def test_my_edits_come_in_pages_whose_edges_are_kept(made):
    ids = [made.start(prompt=f"Snow {number}") for number in range(3)]
    for job_id in ids:
        made.ended(job_id)
    first, count = made.runner.page_of("visitor-1", "SNOW", 1, 2)
    assert ([job.job_id for job in first], count) == ([ids[2], ids[1]], 3)
    assert Path(first[0].result).is_file()
    for page, size, length in ((0, 2, 2), (-7, 2, 2), (2, 2, 1), (1, 0, 1), (1, 10**30, 3), (10**30, 2, 0)):
        listed, count = made.runner.page_of("visitor-1", "", page, size)
        assert (len(listed), count) == (length, 3)
    assert made.runner.page_of("mallory") == ([], 0) == made.runner.page_of("")


# Following a pasted request id


def test_a_pasted_request_id_is_followed_to_its_result(made):
    job_id = made.runner.follow("  request-0042 ", "visitor-1", KEY)
    job = made.ended(job_id)
    assert job.stage == Stage.COMPLETED and job.resumed and made.engine.submitted == []
    assert made.runner.follow("request-0042", "visitor-1", KEY) == job_id
    assert made.runner.follow("request-0042", "visitor-2", KEY) != job_id


def test_a_pasted_id_may_be_tried_again_with_another_key(made):
    made.engine.status_script = [wire.NotFound("404")] * 3
    first = made.ended(made.runner.follow("request-0042", "visitor-1", KEY))
    assert first.stage == Stage.EXPIRED
    again = made.runner.follow("request-0042", "visitor-1", Secret("SG_fedcba9876543210"))
    assert again != first.job_id and made.ended(again).stage == Stage.COMPLETED


def test_a_pasted_id_on_a_studio_without_a_key_asks_for_one(made):
    made.engine.status_script = [wire.Unauthorized("Segmind did not accept the key.")]
    job_id = made.runner.follow("request-0042", "visitor-1", None)
    until(lambda: made.runner.get(job_id).needs_key)
    made.runner.give_key(job_id, "visitor-1", KEY)
    job = made.ended(job_id)
    assert job.stage == Stage.COMPLETED and job.payer == "visitor"


def test_what_is_no_request_id_is_refused(made):
    for bad in ("", "short", "../../v1/get-user-credits", "two words 1234", "x" * 200):
        with pytest.raises(JobError, match="not a request id"):
            made.runner.follow(bad, "visitor-1", KEY)


def test_an_unknown_pasted_id_ends_with_advice(made):
    made.engine.status_script = [wire.NotFound("404")] * 3
    job = made.ended(made.runner.follow("request-9999", "visitor-1", None))
    assert job.stage == Stage.EXPIRED and "Check the id" in job.error and not job.maybe_billed


# Watching


def test_a_thousand_watchers_of_a_job_cost_no_more_polls_than_one(made):
    made.engine.polls_needed = 6
    job_id = made.start()

    async def watch() -> Stage:
        seen = 0
        while True:
            job = await made.runner.changed(job_id, seen, 10)
            seen = job.version
            if job.terminal:
                return job.stage

    async def all_of_them() -> list[Stage]:
        return await asyncio.gather(*(watch() for _ in range(1000)))

    assert set(asyncio.run(all_of_them())) == {Stage.COMPLETED}
    assert made.engine.polls == 6


def test_a_watcher_of_an_unknown_job_is_told_at_once(made):
    assert asyncio.run(made.runner.changed("no-such-job", 0, 5)) is None


def test_a_watcher_that_saw_everything_waits_for_the_time_out(made):
    job = made.ended(made.start())
    began = time.monotonic()
    assert asyncio.run(made.runner.changed(job.job_id, job.version, 0.2)).version == job.version
    assert time.monotonic() - began >= 0.19


def test_the_remaining_time_is_known_while_it_runs_and_not_after(made):
    made.engine.before_done.clear()
    job_id = made.start()
    assert made.runner.view(made.at(job_id, Stage.PROCESSING)).eta > 0
    made.engine.before_done.set()
    assert made.runner.view(made.ended(job_id)).eta is None


def test_a_cancel_just_before_the_reservation_leaves_no_money_set_aside(made, monkeypatch):
    reserve = Budget.reserve

    def cancelled_first(budget, job_id, *rest):
        made.runner.cancel(job_id, "visitor-1")
        reserve(budget, job_id, *rest)

    monkeypatch.setattr(Budget, "reserve", cancelled_first)
    job = made.ended(made.start(key=None))
    made.runner.close()
    assert job.cancelled and made.runner.allowance(NOBODY).usd == 10.0 and made.engine.submitted == []
