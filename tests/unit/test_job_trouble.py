"""Trouble with the machine: disk, journal, clock, restarts, crowds."""

import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from modules.jobs.errors import JobError, JournalTrouble, NotYours
from modules.jobs.job import Stage
from modules.jobs.store.journal import Journal
from modules.segmind import errors as wire
from tests.support.runner_harness import KEY, harness, report
from tests.support.waiting import until


def test_a_job_that_cannot_be_written_down_is_not_started(tmp_path):
    with harness(tmp_path, busy_seconds=0.2) as made:
        other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(JournalTrouble, match="locked"):
                made.start()
        finally:
            other.close()
        assert made.engine.submitted == []
        made.ended(made.start())


def test_a_full_disk_stops_an_edit_before_it_is_sent(tmp_path):
    with harness(tmp_path, disk_usage=lambda _: SimpleNamespace(free=1000)) as made:
        job = made.ended(made.start())
    assert job.stage == Stage.FAILED and "disk is full" in job.error and made.engine.submitted == []


def test_a_journal_that_fails_after_the_submit_does_not_lose_the_request(made, monkeypatch):
    saved, broken = Journal.save, []

    def save(journal, job, *args, **kw):
        if job.stage in (Stage.QUEUED, Stage.PROCESSING) and len(broken) < 3:
            broken.append(job.stage)
            raise JournalTrouble("The disk is full.")
        return saved(journal, job, *args, **kw)

    monkeypatch.setattr(Journal, "save", save)
    job = made.ended(made.start())
    assert len(broken) == 3 and job.stage == Stage.COMPLETED
    assert made.journal.get(job.job_id).request_id == "request-0001"
    assert len(made.engine.submitted) == 1


def test_a_journal_that_fails_at_the_marker_means_nothing_is_sent(made, monkeypatch):
    saved = Journal.save

    def save(journal, job, *args, **kw):
        if job.stage == Stage.SUBMITTING:
            raise JournalTrouble("The journal cannot be written just now.")
        return saved(journal, job, *args, **kw)

    monkeypatch.setattr(Journal, "save", save)
    job = made.ended(made.start())
    assert job.stage == Stage.FAILED and made.engine.submitted == []


def test_a_clock_that_jumps_an_hour_expires_nothing(tmp_path):
    ahead = [0.0]
    with harness(tmp_path, clock=lambda: time.time() + ahead[0]) as made:
        made.engine.before_done.clear()
        job_id = made.start()
        made.at(job_id, Stage.PROCESSING)
        ahead[0] = 7200.0
        made.engine.status_script = [wire.ServerError("500"), wire.NotFound("404"), report("PROCESSING")]
        made.engine.before_done.set()
        assert made.ended(job_id).stage == Stage.COMPLETED
        ahead[0] = -7200.0
        assert made.runner.view(made.runner.get(job_id)).elapsed >= 0


def test_closing_while_an_edit_runs_leaves_it_to_the_next_start(tmp_path):
    with harness(tmp_path) as first:
        first.engine.before_done.clear()
        job_id = first.start(key=None)
        first.at(job_id, Stage.PROCESSING)
        first.runner.close()
    with harness(tmp_path, engine=first.engine) as second:
        second.engine.before_done.set()
        assert second.ended(job_id).stage == Stage.COMPLETED and len(second.engine.submitted) == 1


def test_after_a_restart_a_visitors_own_job_waits_for_the_key(tmp_path):
    with harness(tmp_path) as first:
        first.engine.before_done.clear()
        job_id = first.start(key=KEY)
        first.at(job_id, Stage.PROCESSING)
        first.runner.close()
    with harness(tmp_path, engine=first.engine) as second:
        first.engine.before_done.clear()
        job = second.runner.get(job_id)
        assert (
            job.needs_key and job.request_id == "request-0001" and job.message == "Enter your key to go on."
        )
        with pytest.raises(JobError):
            second.runner.give_key(job_id, "visitor-1", "")
        second.engine.before_done.set()
        second.runner.give_key(job_id, "visitor-1", KEY)
        assert second.ended(job_id).stage == Stage.COMPLETED and len(second.engine.submitted) == 1


def test_an_unknown_engine_is_not_taken_for_a_paid_one(made):
    with pytest.raises(JobError, match="no engine called"):
        made.start(engine="something", key=None)


def test_jobs_without_a_visitor_are_nobodys(made):
    job_id = made.start(visitor="", key=None, engine="preview")
    assert made.runner.jobs_of("") == [] and made.runner.newest_running("") is None
    with pytest.raises(NotYours):
        made.runner.cancel(job_id, "")
    assert made.ended(job_id).stage == Stage.COMPLETED


def test_a_full_disk_gives_up_old_results_first(tmp_path):
    ahead, kept = [0.0], []

    def usage(_):
        return SimpleNamespace(free=1000 if any(path.exists() for path in kept) else 10**9)

    with harness(tmp_path, disk_usage=usage, clock=lambda: time.time() + ahead[0]) as made:
        old = made.ended(made.start())
        ahead[0] = 7200.0
        kept.append(Path(old.result))
        made.engine.polls = 0
        assert made.ended(made.start()).stage == Stage.COMPLETED
        assert made.runner.get(old.job_id).swept


def test_too_many_edits_at_once_are_refused_in_words(made, monkeypatch):
    monkeypatch.setattr("modules.jobs.runner.MAX_RUNNING", 0)
    with pytest.raises(JobError, match="as many edits as it can"):
        made.start()


def test_a_result_kept_by_another_replica_is_copied_here_when_it_is_asked_for(made):
    job = made.ended(made.start())
    (made.folder / "jobs" / job.job_id / "result.mp4").unlink()
    made.runner.get(job.job_id)
    assert until(lambda: made.runner.get(job.job_id).result)


def test_a_swept_result_stays_away(tmp_path):
    ahead = [0.0]
    one_saver = {"beat": 0.1, "look": 0.1, "savers": 1}
    with harness(tmp_path, result_days=1.0, clock=lambda: time.time() + ahead[0], executor=one_saver) as made:
        job = made.ended(made.start())
        ahead[0] = 2 * 86400.0  # its address is still public then
        made.runner.recover()  # which sweeps
        until(lambda: made.journal.get(job.job_id).swept)
        found = made.runner.get(job.job_id)
        assert found.swept and found.result is None
        made.engine.polls = 0
        after = made.ended(made.start())  # copied behind whatever that look may have begun
    assert [target.parent.name for target in made.engine.downloaded] == [job.job_id, after.job_id]


def test_an_upload_that_vanished_is_told_in_a_sentence(made):
    job = made.ended(made.start(video_url="/nowhere/clip.mp4"))
    assert job.stage == Stage.FAILED and "choose it again" in job.error
    assert [problem["field"] for problem in job.problems] == ["video_url"]
    assert made.engine.uploading == [] == made.engine.submitted
