"""Files of jobs: taken, kept for a while, swept, never half-written."""

import errno
import os
from types import SimpleNamespace

import pytest

from modules.jobs import storage as storage_module
from modules.jobs.errors import StorageTrouble
from modules.jobs.job import Stage
from modules.jobs.storage import SOURCE_GRACE_SECONDS, Storage, as_trouble, open_data_dir
from modules.jobs.store.database import Database
from modules.jobs.store.journal import Journal
from tests.support.jobs import a_job

DAY = 86400.0


@pytest.fixture
def journal(tmp_path):
    database = Database(tmp_path / "journal.sqlite")
    yield Journal(database)
    database.close()


def kept_job(
    journal: Journal, storage: Storage, job_id: str, *, size: int = 1000, ended: bool = True
) -> None:
    stage = Stage.COMPLETED if ended else Stage.PROCESSING
    journal.create(a_job(job_id=job_id, stage=stage), "one")
    (storage.folder(job_id) / "result.mp4").write_bytes(bytes(size))
    (storage.folder(job_id, "sources") / "clip.mp4").write_bytes(b"clip")
    (storage.folder(job_id, "work") / "clip.mp4").write_bytes(b"work")


def later(seconds: float):
    import time

    now = time.time()
    return lambda: now + seconds


def test_results_go_after_their_days_and_the_row_says_so(tmp_path, journal):
    storage = Storage(tmp_path, result_days=7, clock=later(8 * DAY))
    kept_job(journal, storage, "job-old-1")
    assert storage.sweep(journal) == ["job-old-1"]
    assert not (tmp_path / "jobs" / "job-old-1").exists()
    assert journal.sweepable()[0][3]


def test_sources_stay_for_running_again_and_then_go_before_the_result(tmp_path, journal):
    storage = Storage(tmp_path)
    kept_job(journal, storage, "job-new-1")
    assert storage.sweep(journal) == []
    assert (tmp_path / "jobs/job-new-1/sources/clip.mp4").exists()
    assert not (tmp_path / "jobs/job-new-1/work").exists()
    Storage(tmp_path, clock=later(SOURCE_GRACE_SECONDS + 60)).sweep(journal)
    assert not (tmp_path / "jobs/job-new-1/sources").exists()
    assert (tmp_path / "jobs/job-new-1/result.mp4").exists()


def test_a_full_quota_takes_the_oldest_first_and_never_a_running_job(tmp_path, journal):
    storage = Storage(tmp_path, max_gb=2500e-9)
    kept_job(journal, storage, "running-1", size=5000, ended=False)
    for number in range(4):
        kept_job(journal, storage, f"job-{number}-0001")
    assert storage.sweep(journal) == ["job-0-0001", "job-1-0001"]
    assert (tmp_path / "jobs/running-1/result.mp4").exists() and (
        tmp_path / "jobs/running-1/work/clip.mp4"
    ).exists()


def test_a_forgotten_job_leaves_no_files(tmp_path, journal):
    storage = Storage(tmp_path)
    kept_job(journal, storage, "job-gone-1")
    journal.hide("job-gone-1")
    assert storage.sweep(journal) == ["job-gone-1"]


def test_a_source_is_linked_rather_than_copied(tmp_path):
    source = tmp_path / "upload.mp4"
    source.write_bytes(b"clip")
    taken = Storage(tmp_path).take("job-0001", source)
    assert os.path.samefile(taken, source)
    assert Storage(tmp_path).take("job-0001", taken) == taken


def test_a_vanished_upload_is_told_in_a_sentence(tmp_path):
    with pytest.raises(StorageTrouble, match="choose it again"):
        Storage(tmp_path).take("job-0001", tmp_path / "never.mp4")


def test_a_full_disk_is_noticed_before_anything_is_written(tmp_path):
    storage = Storage(tmp_path, disk_usage=lambda _: SimpleNamespace(free=10 * 2**20))
    with pytest.raises(StorageTrouble, match="disk is full"):
        storage.need(1)


def test_an_id_that_is_a_path_opens_no_folder(tmp_path):
    for bad in ("../../etc", "a/b", "", "x" * 100):
        with pytest.raises(StorageTrouble):
            Storage(tmp_path).folder(bad)
    Storage(tmp_path).remove("../..")
    assert tmp_path.exists()


def test_an_unusable_data_directory_is_replaced_and_said_aloud(tmp_path):
    file_in_the_way = tmp_path / "data"
    file_in_the_way.write_text("not a folder")
    folder, notice = open_data_dir(file_in_the_way)
    assert folder.is_dir() and folder != file_in_the_way
    assert "will be lost" in notice and "STUDIO_DATA_DIR" in notice
    assert open_data_dir(tmp_path / "fine") == (tmp_path / "fine", None)


def test_a_full_disk_is_no_reason_to_leave_the_jobs_behind(tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    folder, notice = open_data_dir(tmp_path)
    assert folder == tmp_path and "disk is full" in notice


def test_each_failed_write_has_its_own_sentence():
    said = {as_trouble(OSError(code, "x")).sentence for code in (errno.ENOSPC, errno.EROFS, errno.EIO)}
    assert len(said) == 3


def test_a_result_that_is_not_here_is_no_path(tmp_path):
    storage = Storage(tmp_path)
    assert storage.located("jobs/x/result.mp4") is None and storage.located(None) is None
    (storage.folder("job-0001") / "result.mp4").write_bytes(b"x")
    assert storage.located(storage.relative(storage.folder("job-0001") / "result.mp4"))
    assert storage_module.MARGIN_BYTES > 0
