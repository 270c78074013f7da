"""The journal's copy at a start: what is brought back, and who may write to the bucket."""

import errno
import shutil
import threading
import time

import pytest

from modules.jobs.errors import JournalTrouble
from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from modules.jobs.store.copy_owner import CopyOwner
from modules.jobs.store.database import Database
from modules.jobs.store.journal import Journal
from tests.support.jobs import a_job
from tests.support.mounted import (
    FULL,
    Mount,
    message_of,
    opened,
    rows,
    sent,
    settings,
    written_by_an_earlier_start,
)
from tests.support.runner_harness import Engine, harness
from tests.support.waiting import until


def test_a_new_disk_gets_the_journal_back_follows_the_job_under_its_id_and_keeps_the_budget(
    tmp_path, data, mount
):
    with harness(data, **settings(tmp_path, mount)) as first:
        first.engine.before_done.clear()
        job_id = first.start(key=None)
        first.at(job_id, Stage.PROCESSING)
        left = first.runner.allowance(NOBODY).usd
        assert left < 10.0
        first.runner.close()
        shutil.rmtree(tmp_path / "disk")
        engine = Engine()
        with harness(data, engine=engine, **settings(tmp_path, mount, "new disk")) as second:
            assert second.runner.allowance(NOBODY).usd == left and second.runner.notice is None
            job = second.ended(job_id)
            assert (job.stage, job.request_id) == (Stage.COMPLETED, "request-0001")
            assert engine.submitted == [] and engine.polls > 0


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
    CopyOwner(data, "the killed one").renew()
    with opened(data, tmp_path / "new", mount, every=0.05) as made:
        assert "DATABASE_URL" in made.notice()
        assert Journal(made.database).get(a_job().job_id) is None
        CopyOwner(data, "the killed one", clock=lambda: time.time() - 61.0).renew()
        until(lambda: made.notice() is None)
        assert message_of(made) == "first"


def test_a_studio_beside_another_counts_what_that_has_spent(tmp_path, data, mount):
    with harness(data, **settings(tmp_path, mount)) as first:
        first.ended(first.start(key=None))
        left = first.runner.allowance(NOBODY).usd
        with harness(data, **settings(tmp_path, Mount(), "two")) as second:
            assert "DATABASE_URL" in second.runner.notice
            assert second.runner.allowance(NOBODY).usd == left < 10.0
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
