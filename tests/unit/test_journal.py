"""The journal: what is written stays, and only the holder of a lease may write."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modules.jobs.build import build_runner
from modules.jobs.errors import JournalTrouble, LeaseLost
from modules.jobs.job import Stage
from modules.jobs.replicas.leases import Replica
from modules.jobs.store.database import Database, postgres_url
from modules.jobs.store.journal import Journal
from tests.support.jobs import a_job
from tests.support.runner_harness import KEY, Engine, harness
from tests.support.scripted_media import Media

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / "journal.sqlite", busy_seconds=0.2)
    yield made
    made.close()


@pytest.fixture
def journal(database):
    return Journal(database)


def test_a_job_is_read_back_as_it_was_written(journal):
    job = a_job(plan={"summary": "Snow"})
    journal.create(job, "one")
    assert journal.get(job.job_id) == job
    assert journal.get("nobody") is None


def test_a_write_over_an_older_version_is_refused(journal):
    job = a_job()
    journal.create(job, "one")
    journal.save(job.moved(1, message="first"), 1, "one")
    with pytest.raises(LeaseLost):
        journal.save(job.moved(1, message="second"), 1, "one")
    assert journal.get(job.job_id).message == "first"


def test_who_lost_the_lease_cannot_write(journal):
    job = a_job()
    journal.create(job, "one")
    assert journal.leases.claim(job.job_id, "one", "two")
    with pytest.raises(LeaseLost):
        journal.save(job.moved(1, message="I was asleep"), 1, "one")


def test_only_one_of_two_claimers_gets_the_job(journal):
    journal.create(a_job(), "one")
    assert [journal.leases.claim("job-00000001", "one", name) for name in ("two", "three")] == [True, False]


def test_a_cancelled_job_cannot_get_its_submitting_marker(journal):
    job = a_job(stage=Stage.UPLOADING)
    journal.create(job, "one")
    assert journal.ask_cancel(job.job_id)
    assert not journal.save(job.moved(1, Stage.SUBMITTING), 1, "one", unless_cancelled=True)
    assert journal.get(job.job_id).stage == Stage.UPLOADING


def test_a_job_with_its_marker_cannot_be_cancelled(journal):
    job = a_job(stage=Stage.UPLOADING)
    journal.create(job, "one")
    assert journal.save(job.moved(1, Stage.SUBMITTING), 1, "one", unless_cancelled=True)
    assert not journal.ask_cancel(job.job_id)


def test_a_late_request_id_brings_an_uncertain_job_back(journal):
    job = a_job(stage=Stage.SUBMITTING)
    journal.create(job, "one")
    journal.leases.claim(job.job_id, "one", "two")
    journal.save(job.moved(1, Stage.UNCERTAIN, maybe_billed=True), 1, "two")
    revived = journal.rescue(
        job.job_id, "request-1", lambda found: found.moved(2, Stage.QUEUED, request_id="request-1"), "one"
    )
    assert revived.stage == Stage.QUEUED
    assert journal.get(job.job_id).request_id == "request-1"
    assert journal.rescue(job.job_id, "request-2", lambda found: found, "one") is None


def test_durations_of_the_last_fifty_jobs_of_a_kind_are_learned_from_and_none_older_than_two_weeks(journal):
    now = time.time()

    def finished(number: int, age: float, took: float) -> None:
        facts = {"job_id": f"job-{number:08d}", "stage": Stage.COMPLETED, "metrics": {"total_time": took}}
        journal.create(a_job(created_at=now - age, **facts), "one")

    kind = ("segmind", a_job().request.mode, a_job().request.seconds)
    finished(1, 14 * 86400 + 60, 900.0)
    assert journal.took(*kind) == []
    for number in range(2, 62):
        finished(number, 86400.0 - number, 100.0 + number)
    assert journal.took(*kind) == [100.0 + number for number in range(61, 11, -1)]
    assert journal.took("segmind", "another mode", 5) == []


def test_the_key_is_nowhere_in_the_data_directory(tmp_path):
    with harness(tmp_path) as made:
        made.ended(made.start(key=KEY))
        everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY.reveal().encode() not in everything and b"Make it snow" in everything


def test_a_locked_database_says_so(database, tmp_path):
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalTrouble, match="database is locked"):
        Journal(database).create(a_job(), "one")
    other.execute("ROLLBACK")
    Journal(database).create(a_job(), "one")


def test_a_studio_starts_while_another_process_writes(tmp_path):
    Database(tmp_path / "journal.sqlite").close()
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with harness(tmp_path, busy_seconds=0.2) as made:
        assert made.runner.notice is None and made.runner.jobs_of("anna") == []
        other.execute("ROLLBACK")
        made.ended(made.start())


def test_an_unusable_journal_file_is_replaced_for_this_run_and_said_aloud(tmp_path):
    (tmp_path / "journal.sqlite").mkdir()
    with harness(tmp_path) as made:
        assert "STUDIO_DATA_DIR" in made.runner.notice
        assert made.ended(made.start()).stage == Stage.COMPLETED


def test_a_damaged_journal_is_put_aside_and_the_studio_starts(tmp_path):
    (tmp_path / "journal.sqlite").write_bytes(b"this was a database once" * 400)
    runner = build_runner(tmp_path, Engine(), Media(), Engine().upload)
    assert "damaged" in runner.notice and runner.jobs_of("anna") == []
    assert [path.name for path in tmp_path.glob("journal.sqlite.damaged-*")]
    runner.close()


def test_the_usual_spellings_of_a_postgres_address_are_understood():
    for address in (
        "postgres://u:p@db/name?sslmode=require",
        "postgresql://u:p@db/name?sslmode=require&channel_binding=x",
        "postgresql+psycopg://u:p@db/name?sslmode=require",
    ):
        url, arguments = postgres_url(address)
        assert url.drivername == "postgresql+pg8000" and not url.query and "ssl_context" in arguments
    assert postgres_url("postgres://u:p@db/name")[1] == {}


def test_a_living_process_is_told_from_a_dead_one(tmp_path):
    one, two = Replica(tmp_path, one_host=True), Replica(tmp_path, one_host=True)
    assert two.alive(one.id) and one.alive(two.id) and two.alive(two.id)
    one.close()
    assert two.alive(one.id) is False
    assert two.alive("another-host.0.1.2") is False
    two.close()


def test_another_hosts_process_cannot_be_judged_by_a_shared_folder(tmp_path):
    here = Replica(tmp_path, one_host=False)
    assert here.alive("another-host.0.1.2") is None
    here.close()


def test_without_file_locks_the_end_of_the_lease_decides(tmp_path, monkeypatch):
    monkeypatch.setattr("modules.jobs.replicas.leases.fcntl", None)
    here = Replica(tmp_path, one_host=True)
    assert here.alive(here.id) and here.alive("another.0.1.2") is None and here.alive(None) is False
    here.close()


def ended_without_a_word(folder: Path) -> str:
    """The id of a replica whose process has ended as by a kill."""
    script = (
        "import os, pathlib, sys\n"
        "from modules.jobs.replicas.leases import Replica\n"
        "replica = Replica(pathlib.Path(sys.argv[1]), one_host=True)\n"
        "print(replica.id, flush=True)\n"
        "os._exit(9)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, str(folder)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 9, ended.stderr
    return ended.stdout.strip()


def test_dead_replicas_leave_no_files_behind(tmp_path):
    here = Replica(tmp_path, one_host=True)
    gone = ended_without_a_word(tmp_path)
    assert here.alive(gone) is False
    here.tidy({gone})
    assert (tmp_path / f"{gone}.lock").exists()
    here.tidy(set())
    assert [path.stem for path in tmp_path.glob("*.lock")] == [here.id]
    here.close()
