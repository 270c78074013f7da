"""Who watches a job is told of what lasts, and of its end at once."""

import asyncio
from types import SimpleNamespace

import pytest

from modules import job_access
from modules.job_access import JobAccess
from modules.jobs.hub import Hub
from modules.jobs.job import Job, Stage
from modules.jobs.lookup import JobLookup
from modules.visitors import VisitorTokens
from tests.support.jobs import a_job


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def access(hub) -> JobAccess:
    """Over a job that runs in this process."""
    active = SimpleNamespace(job=a_job(stage=Stage.PROCESSING, version=1))
    executor = SimpleNamespace(
        active=lambda job_id: active, replication=SimpleNamespace(bring=lambda job: None)
    )
    context = SimpleNamespace(storage=SimpleNamespace(located=lambda path: path))
    return JobAccess(JobLookup(context, hub, executor), VisitorTokens(b"a secret of thirty-two bytes ..."))


def told(access: JobAccess, hub: Hub, stages, *, calm: bool, each: bool) -> list[Stage]:
    """What a watcher hears while the job goes through `stages`; `each`: it goes on when it was heard."""
    heard: list[Stage] = []

    def hear(job: Job) -> None:
        heard.append(job.stage)

    async def watch() -> None:
        async for job in access.watch(a_job().job_id, calm=calm):
            hear(job)

    async def go_through() -> None:
        watching = asyncio.ensure_future(watch())
        for version, stage in enumerate(stages, start=2):
            while hub.waiting == 0 or (each and len(heard) < version - 1):
                await asyncio.sleep(0)
            hub.publish(a_job(stage=stage, version=version))
        await asyncio.wait_for(watching, 20)

    asyncio.run(go_through())
    return heard


TO_THE_END = (Stage.SAVING, Stage.SAVING, Stage.COMPLETED)


def test_a_calm_watcher_does_not_hear_of_a_saving_that_passes(access, hub, monkeypatch):
    monkeypatch.setattr(job_access, "PASSING_SECONDS", 60.0)
    assert told(access, hub, TO_THE_END, calm=True, each=False) == [Stage.PROCESSING, Stage.COMPLETED]


def test_it_hears_of_one_that_lasts(access, hub, monkeypatch):
    monkeypatch.setattr(job_access, "PASSING_SECONDS", 0.02)
    assert told(access, hub, TO_THE_END, calm=True, each=True) == [Stage.PROCESSING, *TO_THE_END]


def test_others_hear_of_every_change(access, hub):
    assert told(access, hub, TO_THE_END, calm=False, each=True) == [Stage.PROCESSING, *TO_THE_END]
