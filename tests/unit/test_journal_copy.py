"""The journal's copy on a mounted bucket: what it holds when, and what is brought back from it."""

import errno
import json
import shutil
import sqlite3
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from modules.jobs.errors import JournalTrouble
from modules.jobs.job import Stage
from modules.jobs.opening import open_journal
from modules.jobs.store.database import Database
from modules.jobs.store.journal import Journal
from tests.support.jobs import a_job
from tests.support.mounted import FULL, READ_ONLY, Mount, rows
from tests.support.runner_harness import Engine, harness
from tests.support.waiting import until

REMOTE = "it lies on a mounted bucket"


@pytest.fixture
def data(tmp_path):
    """The mounted bucket."""
    (tmp_path / "bucket").mkdir()
    return tmp_path / "bucket"


@pytest.fixture
def mount():
    return Mount()


def settings(tmp_path, mount, disk="disk", **copying):
    """For a runner with its live journal on `disk`. `every` is long: nothing is copied that is not waited
    for."""
    copying = {"copy": mount.copy, "every": 60.0, "stale_seconds": 60.0, **copying}
    return {"journal_dir": tmp_path / disk, "copying": copying}


@contextmanager
def opened(data, live, mount, *, every=60.0, **copying):
    """The journal alone, without a runner."""
    made = open_journal(
        data,
        "",
        2.0,
        journal_dir=live,
        unfit=lambda folder: REMOTE if folder == data else None,
        copying={"copy": mount.copy, "every": every, "stale_seconds": 60.0, **copying},
    )
    try:
        yield made
    finally:
        mount.open.set()
        made.close()


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


def test_a_new_disk_gets_the_journal_back_follows_the_job_under_its_id_and_keeps_the_budget(
    tmp_path, data, mount
):
    with harness(data, **settings(tmp_path, mount)) as first:
        first.engine.before_done.clear()
        job_id = first.start(key=None)
        first.at(job_id, Stage.PROCESSING)
        left = first.runner.budget_left()
        assert left < 10.0
        first.runner.close()
        shutil.rmtree(tmp_path / "disk")
        engine = Engine()
        with harness(data, engine=engine, **settings(tmp_path, mount, "new disk")) as second:
            assert second.runner.budget_left() == left and second.runner.notice is None
            job = second.ended(job_id)
            assert (job.stage, job.request_id) == (Stage.COMPLETED, "request-0001")
            assert engine.submitted == [] and engine.polls > 0


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


def test_a_change_that_nobody_waits_for_is_copied_soon(data, tmp_path, mount):
    with opened(data, tmp_path / "disk", mount, every=0.05) as made:
        Journal(made.database).create(a_job(), "one")
        until(lambda: rows(data / "journal.sqlite") == [("PREPARING", None)])
        idle, before = mount.begun, beat(data)
        until(lambda: beat(data) > before)  # another round has gone by
        assert mount.begun == idle, "it is copied although nothing has changed"


def beat(data):
    return json.loads((data / "journal.owner.json").read_text())["beat"]


def test_a_large_journal_is_copied_less_often_unless_somebody_waits_or_a_copy_has_failed(
    data, tmp_path, mount
):
    """By a clock that shows ten seconds for each copy: those that nobody waits for then rest for 200."""
    clock = [0.0]

    def slow(source, target):
        clock[0] += 10.0
        mount.copy(source, target)

    def another_round():
        before = beat(data)
        clock[0] += 0.1
        until(lambda: beat(data) > before)

    with opened(data, tmp_path / "disk", mount, every=0.05, copy=slow, monotonic=lambda: clock[0]) as made:
        journal = Journal(made.database)
        until(lambda: mount.written == 1)
        journal.create(a_job(), "one")
        for _ in range(3):
            another_round()
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


def sent(job_id: str = "job-00000001"):
    """A job between its marker and the answer."""
    return a_job(job_id=job_id, stage=Stage.SUBMITTING)


def written_by_an_earlier_start(data, tmp_path, mount, disk, message):
    """The journal on `disk` gets a job with that message. Unless the mount fails, the copy before the last
    one is as the journal was at the start."""
    begun = mount.begun
    with opened(data, tmp_path / disk, mount) as made:
        until(lambda: mount.begun > begun)
        journal = Journal(made.database)
        job = journal.get(a_job().job_id)
        if job is None:
            journal.create(job := a_job(), "one")
        journal.save(job.moved(job.version, message=message), job.version, "one")


def message_of(made):
    return Journal(made.database).get(a_job().job_id).message


def test_the_newer_of_the_journal_on_this_disk_and_its_copy_is_used(data, tmp_path, mount):
    written_by_an_earlier_start(data, tmp_path, mount, "one", "first")
    written_by_an_earlier_start(data, tmp_path, mount, "two", "second")
    with opened(data, tmp_path / "one", mount) as made:
        assert message_of(made) == "second" and made.notice() is None
    assert len(list((tmp_path / "one").glob("journal.sqlite.older-*"))) == 1
    mount.trouble = FULL
    written_by_an_earlier_start(data, tmp_path, mount, "one", "third, which has no copy")
    mount.trouble = 0
    with opened(data, tmp_path / "one", mount) as made:
        assert message_of(made) == "third, which has no copy"
    with opened(data, tmp_path / "new", mount) as made:
        assert message_of(made) == "third, which has no copy"


@pytest.mark.parametrize("damage", [b"", b"this was a database once" * 400, "torn"])
def test_a_damaged_copy_is_put_aside_and_the_one_before_it_used(data, tmp_path, mount, damage):
    written_by_an_earlier_start(data, tmp_path, mount, "one", "first")
    written_by_an_earlier_start(data, tmp_path, mount, "one", "second")
    copy = data / "journal.sqlite"
    copy.write_bytes(copy.read_bytes()[:6000] if damage == "torn" else damage)
    with opened(data, tmp_path / "new", mount) as made:
        assert message_of(made) == "first"
        assert "damaged" in made.notice() and "the copy before it is used" in made.notice()
    assert len(list(data.glob("journal.sqlite.damaged-*"))) == 1
    assert rows(copy, "count(*)") == [(1,)]


def test_when_every_copy_is_damaged_a_new_journal_is_begun_and_that_is_said(data, tmp_path, mount):
    written_by_an_earlier_start(data, tmp_path, mount, "one", "first")
    for path in (data / "journal.sqlite", data / "journal.sqlite.previous"):
        path.write_bytes(b"this was a database once" * 400)
    with opened(data, tmp_path / "new", mount) as made:
        assert Journal(made.database).get(a_job().job_id) is None
        assert "a new journal was begun" in made.notice()
    assert len(list(data.glob("*.damaged-*"))) == 2


def test_a_damaged_journal_on_this_disk_is_replaced_by_its_copy(data, tmp_path, mount):
    written_by_an_earlier_start(data, tmp_path, mount, "one", "first")
    live = tmp_path / "one" / "journal.sqlite"
    live.write_bytes(b"this was a database once" * 400)
    with opened(data, tmp_path / "one", mount) as made:
        assert message_of(made) == "first" and made.notice() is None
    assert len(list(live.parent.glob("journal.sqlite.damaged-*"))) == 1


def test_a_journal_that_lay_on_the_bucket_itself_is_taken_over_with_its_wal(data, tmp_path, mount):
    """As an earlier version left it, killed before its WAL was folded in."""
    database = Database(data / "journal.sqlite")
    Journal(database).create(a_job(), "one")
    (tmp_path / "killed").mkdir()
    for tail in ("", "-wal", "-shm"):
        shutil.copy(data / f"journal.sqlite{tail}", tmp_path / "killed")
    database.close()
    for path in (tmp_path / "killed").iterdir():
        shutil.copy(path, data)
    with opened(data, tmp_path / "disk", mount) as made:
        assert message_of(made) == "Looking"
        until(lambda: mount.written)
    assert rows(data / "journal.sqlite") == [("PREPARING", None)]
    assert not list(data.glob("journal.sqlite-*"))


def test_two_studios_do_not_write_over_each_others_copy_and_the_second_takes_over(data, tmp_path, mount):
    with opened(data, tmp_path / "two", mount, every=0.05) as warm:  # so that it has a journal of its own
        assert warm.notice() is None
    shutil.rmtree(tmp_path / "two")
    with opened(data, tmp_path / "one", mount, every=0.05) as first:
        Journal(first.database).create(a_job(job_id="job-of-the-first"), "one")
        until(lambda: rows(data / "journal.sqlite", "job_id") == [("job-of-the-first",)])
        with opened(data, tmp_path / "two", Mount(), every=0.05) as second:
            assert "DATABASE_URL" in second.notice() and "journal.apart-" in second.notice()
            journal = Journal(second.database)
            job = sent("job-of-the-second")
            journal.create(job, "two")
            journal.save(job.moved(1, Stage.QUEUED, request_id="request-2"), 1, "two")
            (apart,) = data.glob("journal.apart-*.sqlite")
            assert rows(apart, "job_id, request_id") == [("job-of-the-second", "request-2")]
            assert rows(data / "journal.sqlite", "job_id") == [("job-of-the-first",)]
            assert first.notice() is None
            first.close()
            until(lambda: second.notice() is None)
            assert all(map(journal.get, ("job-of-the-first", "job-of-the-second")))
            until(lambda: len(rows(data / "journal.sqlite")) == 2)
            until(lambda: not list(data.glob("journal.apart-*")))


def test_a_studio_that_is_still_reading_the_copy_has_the_folder_already(data, tmp_path, mount, monkeypatch):
    written_by_an_earlier_start(data, tmp_path, mount, "one", "first")
    copyfile, told = shutil.copyfile, []

    def meanwhile(source, target, **options):
        if not told:
            told.append("")
            with opened(data, tmp_path / "two", Mount()) as second:
                told.append(second.notice())
        return copyfile(source, target, **options)

    monkeypatch.setattr(shutil, "copyfile", meanwhile)
    with opened(data, tmp_path / "new", mount) as made:
        assert "DATABASE_URL" in told[1]
        assert message_of(made) == "first" and made.notice() is None


def test_processes_of_one_machine_share_the_live_journal_and_its_copy(data, tmp_path, mount):
    with opened(data, tmp_path / "disk", mount) as one, opened(data, tmp_path / "disk", mount) as two:
        for made, name in ((one, "job-of-one"), (two, "job-of-two"), (one, "another-of-one")):
            Journal(made.database).create(sent(name), "somebody")
            assert made.notice() is None and rows(data / "journal.sqlite", "job_id")[-1] == (name,)
    assert len(rows(data / "journal.sqlite")) == 3


def test_a_studio_whose_predecessor_was_killed_takes_over_when_that_gives_no_sign_of_life(
    data, tmp_path, mount
):
    written_by_an_earlier_start(data, tmp_path, mount, "one", "first")
    (data / "journal.owner.json").write_text(json.dumps({"journal": "killed", "beat": time.time()}))
    with opened(data, tmp_path / "new", mount, every=0.05, stale_seconds=1.0) as made:
        assert "DATABASE_URL" in made.notice()
        assert Journal(made.database).get(a_job().job_id) is None
        until(lambda: made.notice() is None)
        assert message_of(made) == "first"


def test_a_studio_beside_another_counts_what_that_has_spent(tmp_path, data, mount):
    with harness(data, **settings(tmp_path, mount)) as first:
        first.ended(first.start(key=None))
        left = first.runner.budget_left()
        with harness(data, **settings(tmp_path, Mount(), "two")) as second:
            assert "DATABASE_URL" in second.runner.notice
            assert second.runner.budget_left() == left < 10.0
            assert second.runner.jobs_of("visitor-1") == []


@pytest.fixture
def unreadable(data, monkeypatch):
    """While it is set, nothing can be read from the bucket."""
    copyfile, broken = shutil.copyfile, threading.Event()

    def read(source, target, **options):
        if broken.is_set() and source.parent == data:
            raise OSError(errno.EIO, "Input/output error")
        return copyfile(source, target, **options)

    monkeypatch.setattr(shutil, "copyfile", read)
    return broken


def test_a_copy_that_cannot_be_read_is_not_written_over_and_tried_again(data, tmp_path, mount, unreadable):
    written_by_an_earlier_start(data, tmp_path, mount, "one", "first")
    before = (data / "journal.sqlite").read_bytes()
    unreadable.set()
    with opened(data, tmp_path / "new", mount, every=0.05) as made:
        assert "cannot be read" in made.notice()
        Journal(made.database).create(a_job(job_id="job-00000002"), "one")
        until(lambda: [rows(path) for path in data.glob("journal.apart-*.sqlite")] == [[("PREPARING", None)]])
        assert (data / "journal.sqlite").read_bytes() == before
        unreadable.clear()
        until(lambda: made.notice() is None)
        until(lambda: len(rows(data / "journal.sqlite")) == 2)


def test_of_a_job_that_both_journals_have_the_later_version_counts(data, tmp_path, mount, unreadable):
    def message_after_taking_in_the_copy() -> str:
        unreadable.set()
        with opened(data, tmp_path / "one", mount, every=0.05) as made:
            assert "cannot be read" in made.notice()
            unreadable.clear()
            until(lambda: made.notice() is None)
            return message_of(made)

    written_by_an_earlier_start(data, tmp_path, mount, "one", "first")
    mount.trouble = FULL
    written_by_an_earlier_start(data, tmp_path, mount, "one", "second, which has no copy")
    mount.trouble = 0
    assert message_after_taking_in_the_copy() == "second, which has no copy"
    written_by_an_earlier_start(data, tmp_path, mount, "two", "third")
    assert message_after_taking_in_the_copy() == "third"


def test_a_live_journal_that_cannot_be_opened_falls_back_as_ever(tmp_path, data, mount):
    (tmp_path / "disk" / "journal.sqlite").mkdir(parents=True)
    with pytest.raises(JournalTrouble), opened(data, tmp_path / "disk", mount):
        pass


def test_a_copy_is_one_file_that_sqlite_reads_by_itself(data, tmp_path, mount):
    written_by_an_earlier_start(data, tmp_path, mount, "one", "first")
    shutil.copy(data / "journal.sqlite", tmp_path / "moved.sqlite")
    with sqlite3.connect(tmp_path / "moved.sqlite") as journal:
        assert journal.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
