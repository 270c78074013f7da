"""Two studio processes on one real PostgreSQL; one is killed, the other takes its edits over."""

import asyncio
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from modules.edit.framing import Framing
from modules.edit.request import EditRequest
from modules.jobs.errors import BudgetRefused
from modules.jobs.identity import Identity
from modules.jobs.job import Stage
from modules.jobs.store.budget import Budget
from modules.jobs.store.database import Database
from tests.support.fake_upstream import FakeUpstream
from tests.support.postgres import Postgres
from tests.support.runner_child import KEY, Onlooker, Setting, Studio, open_runner
from tests.support.scripted_media import CLIP
from tests.support.upstream_faults import slow
from tests.support.waiting import until

TAKE_OVER_SECONDS = 10.0


@pytest.fixture(scope="module")
def server():
    with Postgres() as made:
        yield made


@pytest.fixture
def upstream():
    with FakeUpstream(durations=(0.1, 600.0)) as made:
        yield made


def finish_all(upstream: FakeUpstream) -> None:
    for job in upstream.accepted:
        upstream.finish(job.id)


def watched_to_the_end(runner, job_id: str, versions: list) -> Stage:
    """Follows the job as a page does, here, wherever it runs."""

    async def watch() -> Stage:
        seen = -1
        while True:
            job = await runner.changed(job_id, seen, 5)
            if job.version != seen:
                seen = job.version
                versions.append((time.monotonic(), job.stage))
            if job.terminal:
                return job.stage

    return asyncio.run(watch())


@pytest.mark.timeout(120)
@pytest.mark.parametrize("shared", [True, False], ids=["shared data directory", "separate data directories"])
def test_a_killed_replicas_edits_go_on_in_the_other(tmp_path, server, upstream, shared):
    database_url = server.new_database()
    here, there = tmp_path / "here", tmp_path / ("here" if shared else "there")
    jobs = (("anna", "Make it snow", "segmind", None), ("ben", "Make it rain", "segmind", None))
    quick = {"beat": 0.3, "lease": 2.0}
    runner = open_runner(Setting(str(here), upstream.url, database_url, **quick))
    runner.recover()
    try:
        with Studio(Setting(str(there), upstream.url, database_url, jobs=jobs, **quick)) as other:
            job_ids = other.started()
            until(
                lambda: (
                    len(upstream.accepted) == 2
                    and all(runner.get(job_id).stage == Stage.PROCESSING for job_id in job_ids)
                )
            )
            versions: list = []
            watcher = threading.Thread(target=watched_to_the_end, args=(runner, job_ids[0], versions))
            watcher.start()
            until(lambda: versions)
            other.kill()
            killed = time.monotonic()
        until(lambda: all(map(runner.is_running, job_ids)), TAKE_OVER_SECONDS)
        taken_over = time.monotonic() - killed
        finish_all(upstream)
        watcher.join(30)
        assert versions[-1][1] == Stage.COMPLETED
        for job_id in job_ids:
            job = until(lambda job_id=job_id: (now := runner.get(job_id)).terminal and now)
            assert job.stage == Stage.COMPLETED and Path(job.result).read_bytes() == upstream.video
        assert Counter(job.payload["prompt"] for job in upstream.accepted) == {
            "Make it snow": 1,
            "Make it rain": 1,
        }
        print(
            f"taken over {taken_over:.1f} s after the kill ({'shared' if shared else 'separate'} data "
            "directories)"
        )
        assert taken_over < TAKE_OVER_SECONDS
    finally:
        runner.close()


def test_a_replica_killed_inside_the_submit_leaves_an_uncertain_job_not_a_second_one(
    tmp_path, server, upstream
):
    database_url = server.new_database()
    with Studio(
        Setting(
            str(tmp_path),
            upstream.url,
            database_url,
            die="before:QUEUED",
            jobs=(("anna", "Make it snow", "segmind", None),),
        )
    ) as other:
        job_id = other.started()[0]
        until(lambda: not other.process.is_alive())
    runner = open_runner(Setting(str(tmp_path), upstream.url, database_url, beat=0.3))
    try:
        until(lambda: runner.get(job_id).stage == Stage.UNCERTAIN)
        assert upstream.submits == 1
    finally:
        runner.close()


def test_an_edit_begun_here_can_be_cancelled_there(tmp_path, server, upstream):
    upstream.always("upload", slow(1.0))
    database_url = server.new_database()
    setting = Setting(str(tmp_path), upstream.url, database_url, beat=0.3)
    with Studio(
        Setting(str(tmp_path), upstream.url, database_url, jobs=(("anna", "Make it snow", "segmind", KEY),))
    ) as other:
        job_id = other.started()[0]
        runner = open_runner(setting)
        try:
            until(lambda: runner.get(job_id).stage == Stage.UPLOADING)
            assert "Nothing was spent" in runner.cancel(job_id, "anna")
            job = until(lambda: (now := runner.get(job_id)).terminal and now)
            assert job.cancelled and upstream.submits == 0
        finally:
            runner.close()


def test_a_closed_replica_hands_its_edits_over_at_once(tmp_path, server, upstream):
    database_url = server.new_database()
    first = open_runner(Setting(str(tmp_path / "one"), upstream.url, database_url))
    second = open_runner(Setting(str(tmp_path / "two"), upstream.url, database_url))
    try:
        job_id = first.start(
            EditRequest(prompt="Make it snow", video_url=str(CLIP)), Framing(), "anna", None, "segmind"
        )
        until(lambda: first.get(job_id).stage == Stage.PROCESSING)
        first.close()
        finish_all(upstream)
        assert second.recover() == 1
        job = until(lambda: (now := second.get(job_id)).terminal and now)
        assert job.stage == Stage.COMPLETED and upstream.submits == 1
    finally:
        second.close()


def test_a_database_that_restarts_while_edits_run_loses_nothing(tmp_path, server, upstream):
    database_url = server.new_database()
    runner = open_runner(Setting(str(tmp_path), upstream.url, database_url, beat=0.3))
    onlooker = Onlooker(tmp_path, database_url)
    try:
        request = EditRequest(prompt="Make it snow", video_url=str(CLIP))
        job_id = runner.start(request, Framing(), "anna", None, "segmind")
        until(lambda: runner.get(job_id).stage == Stage.PROCESSING)
        server.stop()
        finish_all(upstream)
        until(lambda: runner.get(job_id).stage == Stage.COMPLETED)  # in memory: the job goes on
        server.start()
        job = until(lambda: (now := onlooker.journal.get(job_id)).terminal and now)
        assert job.stage == Stage.COMPLETED and upstream.submits == 1
    finally:
        onlooker.close()
        runner.close()


def test_replicas_share_one_budget(tmp_path, server):
    database_url = server.new_database()
    databases = [Database(tmp_path / "unused", database_url) for _ in range(3)]
    outcomes = []

    def spend(number: int) -> None:
        try:
            Budget(databases[number % 3], 10.0, 3).reserve(
                f"job-{number}", Identity(f"visitor-{number}"), 2.1
            )
            outcomes.append(True)
        except BudgetRefused:
            outcomes.append(False)

    threads = [threading.Thread(target=spend, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count(True), outcomes.count(False)) == (4, 20)
    for database in databases:
        database.close()
