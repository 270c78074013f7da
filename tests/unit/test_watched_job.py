"""A look at a job is one for all who watch it, until it is another job or too old."""

import asyncio
from dataclasses import replace

from modules.ui.watched_job import FRESH_SECONDS, JobLooks
from tests.support.jobs import a_job
from tests.support.manual_clock import ManualClock


def test_watchers_of_a_version_share_one_look():
    looks, job = JobLooks(ManualClock()), a_job()
    look = looks.at(job)
    assert looks.at(replace(job)) is look
    assert looks.at(replace(job, version=job.version + 1)) is not look
    assert looks.at(a_job(job_id="job-00000002")).job.job_id == "job-00000002"


def test_who_comes_later_is_told_how_long_it_has_taken_by_then():
    clock = ManualClock()
    looks, job = JobLooks(clock), a_job()
    look = looks.at(job)
    clock.advance(FRESH_SECONDS)
    assert looks.at(job) is not look


def test_an_answer_is_made_once_for_each_kind():
    look, made = JobLooks().at(a_job()), []

    def values() -> dict:
        made.append(1)
        return {}

    assert look.answer("moved", values) is look.answer("moved", values)
    assert look.answer("same", values) is not look.answer("moved", values)
    assert len(made) == 2


def test_a_hundred_watchers_cost_one_contact_sheet():
    made = []

    async def make(job) -> str:
        made.append(job.job_id)
        await asyncio.sleep(0)
        return "sheet.png"

    async def watch() -> list:
        look = JobLooks().at(a_job())
        return await asyncio.gather(*(look.sheet(make) for _ in range(100)))

    assert asyncio.run(watch()) == ["sheet.png"] * 100 and len(made) == 1
