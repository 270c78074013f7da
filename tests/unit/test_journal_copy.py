"""The journal's copy on a mounted bucket: what it holds when, and what is brought back from it."""

import shutil
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from modules.jobs.job import Stage
from modules.jobs.opening import open_journal
from modules.jobs.store.journal import Journal
from tests.support.jobs import a_job
from tests.support.mounted import (
    FULL,
    READ_ONLY,
    REMOTE,
    beat,
    opened,
    rows,
    sent,
    settings,
    written_by_an_earlier_start,
)
from tests.support.runner_harness import Engine, harness
from tests.support.waiting import until


class Watching(Engine):
    """Keeps what the bucket's copy said of the job when it was submitted, and at the first poll."""

    def __init__(self, copy):
        super().__init__()
        self.copy, self.seen = copy, {}

    def submit(self, payload, **options):
        self.seen.setdefault("submit", rows(self.copy))
        return super().submit(payload, **options)

    def status(self, request_id, **options):
        self.seen.setdefault("poll", rows(self.copy))
        return super().status(request_id, **options)


def test_the_copy_holds_the_marker_before_the_submit_and_the_request_id_before_the_next_step(
    tmp_path, data, mount
):
    engine = Watching(data / "journal.sqlite")
    with harness(data, engine=engine, **settings(tmp_path, mount)) as made:
        made.ended(made.start(key=None))
    assert engine.seen == {
        "submit": [("SUBMITTING", None)],
        "poll": [("QUEUED", "request-0001")],
    }
    assert rows(data / "journal.sqlite") == [("COMPLETED", "request-0001")]
    assert rows(data / "journal.sqlite", "usd, state", "spending") == [(1.9, "spent")]
    assert not list(data.glob("journal.sqlite-*")), "SQLite itself has worked on the bucket"


def test_a_share_that_was_taken_back_is_gone_from_the_copy_too(tmp_path, data, mount):
    with harness(data, **settings(tmp_path, mount)) as made:
        job_id = made.start(key=None)
        made.ended(job_id)
        token = made.runner.sharing.share(job_id)
        assert rows(data / "journal.sqlite", "share") == [(token,)]
        made.runner.sharing.unshare(job_id)
        assert rows(data / "journal.sqlite", "share") == [(None,)]


def test_nothing_is_submitted_while_the_copy_of_the_marker_is_being_written(tmp_path, data, mount):
    with harness(data, **settings(tmp_path, mount)) as made:
        until(lambda: mount.written)
        mount.open.clear()
        begun = mount.begun
        job_id = made.start(engine="preview", key=None)
        until(lambda: mount.begun > begun)
        assert made.journal.get(job_id).stage == Stage.SUBMITTING and made.engine.submitted == []
        mount.open.set()
        assert made.ended(job_id).stage == Stage.COMPLETED


@pytest.mark.parametrize(("trouble", "said"), [(FULL, "it is full"), (READ_ONLY, "it is read-only")])
def test_a_copy_that_fails_stops_no_edit_is_told_and_tried_again(tmp_path, data, mount, trouble, said):
    mount.trouble = trouble
    with harness(data, **settings(tmp_path, mount, every=0.05)) as made:
        job = made.ended(made.start(key=None))
        assert (job.stage, job.request_id) == (Stage.COMPLETED, "request-0001")
        assert len(made.engine.submitted) == 1 and mount.written == 0
        assert said in made.runner.notice and "STUDIO_DATA_DIR" in made.runner.notice
        assert not (data / "journal.sqlite").exists()
        mount.trouble = 0
        until(lambda: made.runner.notice is None)
        assert rows(data / "journal.sqlite") == [("COMPLETED", "request-0001")]
    assert [path.name for path in data.glob(".journal*")] == [], "half a copy was left"


def test_a_mount_that_hangs_is_waited_for_only_so_long(tmp_path, data, mount):
    with harness(data, **settings(tmp_path, mount, patience=0.2)) as made:
        until(lambda: mount.written)
        mount.open.clear()
        assert made.ended(made.start(key=None)).stage == Stage.COMPLETED
        assert "does not answer" in made.runner.notice and mount.written == 1
        mount.open.set()
        until(lambda: made.runner.notice is None)


def another_round(data, clock):
    """The next round has begun, so that the one before has ended. `clock`: the seconds that the copier sees;
    it shows that it lives when they have gone on."""
    before = beat(data)
    clock[0] += 0.1
    until(lambda: beat(data) > before)


def test_a_change_that_nobody_waits_for_is_copied_soon(data, tmp_path, mount):
    """By a clock on which a copy takes no time: after one that takes long it rests."""
    clock = [0.0]
    with opened(data, tmp_path / "disk", mount, every=0.05, monotonic=lambda: clock[0]) as made:
        Journal(made.database).create(a_job(), "one")
        until(lambda: rows(data / "journal.sqlite") == [("PREPARING", None)])
        # The change may have come while the first copy was made: then there is a second one.
        for _ in range(2):
            another_round(data, clock)
        copied = mount.begun
        for _ in range(3):
            another_round(data, clock)
        assert mount.begun == copied, "it is copied although nothing has changed"


def test_a_large_journal_is_copied_less_often_unless_somebody_waits_or_a_copy_has_failed(
    data, tmp_path, mount
):
    """By a clock that shows ten seconds for each copy: those that nobody waits for then rest for 200."""
    clock = [0.0]

    def slow(source, target):
        clock[0] += 10.0
        mount.copy(source, target)

    with opened(data, tmp_path / "disk", mount, every=0.05, copy=slow, monotonic=lambda: clock[0]) as made:
        journal = Journal(made.database)
        until(lambda: mount.written == 1)
        journal.create(a_job(), "one")
        for _ in range(3):
            another_round(data, clock)
        assert mount.begun == 1
        clock[0] += 200.0
        until(lambda: rows(data / "journal.sqlite") == [("PREPARING", None)])
        journal.create(sent("job-00000002"), "one")
        assert mount.written == 3
        mount.trouble = FULL
        journal.create(sent("job-00000003"), "one")
        mount.trouble = 0
        until(lambda: len(rows(data / "journal.sqlite")) == 3)


def test_a_mount_that_keeps_half_a_file_without_a_word_is_found_out(data, tmp_path, mount):
    def halved(source, target):
        target.write_bytes(source.read_bytes()[: source.stat().st_size // 2])

    with opened(data, tmp_path / "disk", mount, copy=halved) as made:
        Journal(made.database).create(sent(), "one")
        assert "its storage reports an error" in made.notice()
    assert not (data / "journal.sqlite").exists()


def test_fifty_submits_at_once_share_a_few_copies(data, tmp_path, mount):
    """Each is told that its copy is there, and it is."""
    with opened(data, tmp_path / "disk", mount) as made:
        until(lambda: mount.written)
        journal = Journal(made.database)
        ids = [f"job-{number:08d}" for number in range(50)]
        for job_id in ids:
            journal.create(sent(job_id), "one")
        copies = mount.written
        mount.open.clear()

        def accepted(job_id: str) -> bool:
            job = sent(job_id).moved(2, Stage.QUEUED, request_id=f"request-{job_id}")
            journal.save(job, 1, "one")
            return f"request-{job_id}" in [request_id for _, request_id in rows(data / "journal.sqlite")]

        with ThreadPoolExecutor(50) as pool:
            told = [pool.submit(accepted, job_id) for job_id in ids]
            until(lambda: all(journal.get(job_id).request_id for job_id in ids))
            assert not any(one.done() for one in told)
            mount.open.set()
            assert all(one.result(30) for one in told)
        assert mount.written - copies <= 5


def test_a_light_note_is_not_waited_for_but_an_id_that_comes_with_one_is(data, tmp_path, mount):
    """A request id whose first write failed is written with whatever comes next."""
    with opened(data, tmp_path / "disk", mount) as made:
        until(lambda: mount.written)
        journal, job = Journal(made.database), a_job()
        copies = mount.written
        journal.create(job, "one")
        journal.save(job.moved(1, message="a note"), 1, "one", durable=False)
        assert mount.begun == copies
        kept = job.moved(1, message="a note").moved(2, message="another", request_id="request-1")
        journal.save(kept, 2, "one", durable=False)
        assert mount.written == copies + 1 and rows(data / "journal.sqlite") == [("PREPARING", "request-1")]
        journal.save(kept.moved(3, message="a third"), 3, "one", durable=False)
        assert mount.written == copies + 1


def test_an_answer_that_comes_after_the_close_is_copied_too(data, tmp_path, mount):
    with opened(data, tmp_path / "disk", mount) as made:
        journal = Journal(made.database)
        journal.create(sent(), "one")
    journal.save(sent().moved(1, Stage.QUEUED, request_id="request-1"), 1, "one")
    assert rows(data / "journal.sqlite") == [("QUEUED", "request-1")]
    made.database.close()
    assert not (data / "journal.owner.json").exists()


def test_the_live_journal_is_in_a_private_folder_of_its_own_when_none_was_named(
    data, tmp_path, mount, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    places = []
    for _ in range(2):
        with opened(data, None, mount) as made:
            places.append(made.folder)
            assert made.folder.parent == tmp_path / "temporary" and made.folder.stat().st_mode & 0o077 == 0
    assert places[0] == places[1]


def linked(folder, trap):
    folder.symlink_to(trap)


def open_to_all(folder, trap):
    folder.mkdir()
    folder.chmod(0o777)


@pytest.mark.parametrize("made_by_another", [linked, open_to_all])
def test_a_private_folder_that_others_can_write_is_not_used(
    data, tmp_path, mount, monkeypatch, made_by_another
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with opened(data, None, mount) as made:
        expected = made.folder
    shutil.rmtree(expected)
    (tmp_path / "trap").mkdir()
    made_by_another(expected, tmp_path / "trap")
    with opened(data, None, mount) as made:
        assert made.folder.resolve() != expected.resolve()
    assert list((tmp_path / "trap").iterdir()) == [] == list(expected.iterdir())


def test_on_a_local_disk_there_is_no_copy_and_with_a_named_folder_there_always_is(tmp_path, data):
    def open_(journal_dir):
        return open_journal(data, "", 2.0, journal_dir=journal_dir, unfit=lambda _: None, copying={})

    for journal_dir in (None, data):
        made = open_(journal_dir)
        assert made.folder == data and made.copy is None and made.notice() is None
        made.close()
    made = open_(tmp_path / "disk")
    assert made.folder == tmp_path / "disk" and made.copy
    made.close()
    assert rows(data / "journal.sqlite") == []


def test_a_named_folder_that_cannot_be_used_is_told(tmp_path, data):
    (tmp_path / "file").write_text("not a folder")
    for wanted in (tmp_path / "file", tmp_path / "share"):
        made = open_journal(
            data,
            "",
            2.0,
            journal_dir=wanted,
            unfit=lambda folder: REMOTE if folder.name == "share" else None,
            copying={},
        )
        assert made.folder == data and "STUDIO_JOURNAL_DIR cannot be used" in made.notice()
        made.close()


def test_a_copy_is_one_file_that_sqlite_reads_by_itself(data, tmp_path, mount):
    written_by_an_earlier_start(data, tmp_path, mount, "one", "first")
    shutil.copy(data / "journal.sqlite", tmp_path / "moved.sqlite")
    with sqlite3.connect(tmp_path / "moved.sqlite") as journal:
        assert journal.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
