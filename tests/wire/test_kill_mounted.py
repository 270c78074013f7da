"""kill -9 of a process whose data folder is a mounted bucket, and its disk is gone with it."""

import shutil

import pytest

from modules.jobs.job import Stage
from tests.support.fake_upstream import FakeUpstream
from tests.support.mounted import rows
from tests.support.runner_child import Onlooker, Setting, Studio
from tests.support.waiting import until

JOBS = (("anna", "Make it snow", "segmind", None),)
ENDS = {
    # Whether it was sent cannot be known, and this upstream's history does not show it: told, not repeated.
    "after:SUBMITTING": (("SUBMITTING", False), Stage.UNCERTAIN, 0),
    "before:QUEUED": (("SUBMITTING", False), Stage.UNCERTAIN, 1),
    "after:QUEUED": (("QUEUED", True), Stage.COMPLETED, 1),
}
"""Where the process is killed: what the bucket's copy says then (stage, with a request id), the stage after
the restart, and how often the edit was submitted in all."""


@pytest.fixture
def upstream():
    with FakeUpstream(durations=(0.1, 600.0)) as made:
        yield made


@pytest.mark.parametrize("point", ENDS)
def test_an_edit_survives_a_kill_and_the_loss_of_the_disk(tmp_path, upstream, point):
    data, disks = tmp_path / "bucket", [str(tmp_path / "first"), str(tmp_path / "second")]
    setting = Setting(str(data), upstream.url, beat=0.3, disk=disks[0], jobs=JOBS, die=point)
    with Studio(setting) as first:
        (job_id,) = first.started()
        until(lambda: not first.process.is_alive())
    ((stage, request_id, kept_id),) = rows(data / "journal.sqlite", "stage, request_id, job_id")
    assert rows(data / "journal.sqlite", "job_id, state", "spending") == [(job_id, "reserved")]
    shutil.rmtree(disks[0])
    with Studio(Setting(str(data), upstream.url, beat=0.3, disk=disks[1])) as second:
        assert second.started() == []
        onlooker = Onlooker(tmp_path / "second")
        try:
            taken = until(lambda: onlooker.journal.get(job_id))
            if request_id:
                assert taken.request_id == request_id
                upstream.finish(request_id)
            job = until(lambda: (now := onlooker.journal.get(job_id)).terminal and now)
        finally:
            onlooker.close()
        second.close()
    assert kept_id == job_id and ((stage, bool(request_id)), job.stage, upstream.submits) == ENDS[point]
    assert rows(data / "journal.sqlite") == [(job.stage.value, job.request_id)]
    assert rows(data / "journal.sqlite", "state", "spending") == [("spent",)]
