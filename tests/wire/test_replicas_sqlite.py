"""Two studio processes on one data directory with SQLite: no job runs twice, a killed one's jobs go on at
once."""

import time
from collections import Counter

import pytest

from modules.jobs.job import Stage
from tests.support.fake_upstream import FakeUpstream
from tests.support.runner_child import Onlooker, Setting, Studio
from tests.support.waiting import until


@pytest.fixture
def upstream():
    with FakeUpstream(durations=(0.2, 1.0)) as made:
        yield made


def jobs(name: str, count: int) -> tuple:
    return tuple((f"visitor {name}{n}", f"Make it snow, {name}{n}", "segmind", None) for n in range(count))


def test_two_processes_share_a_folder_without_doing_anything_twice(tmp_path, upstream):
    onlooker = Onlooker(tmp_path)
    with (
        Studio(Setting(str(tmp_path), upstream.url, jobs=jobs("a", 6))) as one,
        Studio(Setting(str(tmp_path), upstream.url, jobs=jobs("b", 6))) as two,
    ):
        ids = one.started() + two.started()
        until(lambda: not onlooker.journal.leases.running(), 20)
    assert {job.stage for job in onlooker.jobs(ids)} == {Stage.COMPLETED} and len(ids) == 12
    assert set(Counter(job.payload["prompt"] for job in upstream.accepted).values()) == {1}
    onlooker.close()


def test_a_killed_process_loses_its_jobs_to_the_other_within_seconds(tmp_path, upstream):
    onlooker = Onlooker(tmp_path)
    with (
        Studio(Setting(str(tmp_path), upstream.url, beat=0.3)) as survivor,
        Studio(Setting(str(tmp_path), upstream.url, jobs=jobs("a", 3))) as other,
    ):
        survivor.started()
        ids = other.started()
        until(
            lambda: (
                len(upstream.accepted) == 3
                and all(job.stage in (Stage.QUEUED, Stage.PROCESSING) for job in onlooker.jobs(ids))
            )
        )
        owners = {held.owner for held in onlooker.journal.leases.running()}
        other.kill()
        killed = time.monotonic()
        until(lambda: not owners & {held.owner for held in onlooker.journal.leases.running()})
        print(f"taken over {time.monotonic() - killed:.1f} s after the kill")
        until(lambda: not onlooker.journal.leases.running())
    assert {job.stage for job in onlooker.jobs(ids)} == {Stage.COMPLETED} and len(upstream.accepted) == 3
    onlooker.close()
