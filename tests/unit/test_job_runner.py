"""The life of an edit, with a scripted engine: what is sent, what is spent, what the person reads."""

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from modules.jobs.errors import JobError, JournalTrouble, NotYours, StorageTrouble
from modules.jobs.job import Stage
from modules.jobs.steps import CANCELLED
from modules.media.errors import MediaError
from modules.segmind import errors as wire
from tests.unit.jobs_house import KEY, PICTURE, House, eventually, house, report


@pytest.fixture
def made(tmp_path):
    with house(tmp_path) as one:
        yield one


def test_an_edit_goes_from_the_button_to_the_kept_result(made):
    job = made.ended(made.start())
    assert job.stage == Stage.COMPLETED and job.cost_usd == 1.9 and job.message == "Done. It cost $1.90."
    assert open(job.result, "rb").read() == b"an edited video"
    assert list(job.stage_times) == ["PREPARING", "UPLOADING", "SUBMITTING", "QUEUED", "PROCESSING", "SAVING",
                                     "COMPLETED"]
    assert made.engine.submitted[0]["video_url"].startswith("https://storage.test/")
    assert not (made.folder / "jobs" / job.job_id / "work").exists()


def test_start_returns_while_the_work_waits_and_the_job_is_written_down(made):
    made.engine.before_upload.clear()
    job_id = made.start()
    assert made.engine.uploaded == []
    assert made.runner._kit.journal.get(job_id).visitor == "visitor-1"


def test_a_request_with_problems_fails_with_all_of_them_and_sends_nothing(made):
    job = made.ended(made.start(prompt="", duration="99"))
    assert {problem["field"] for problem in job.problems} == {"prompt", "duration"}
    assert made.engine.submitted == [] == made.engine.uploaded


def test_a_bad_clip_is_refused_before_anything_is_uploaded(made):
    made.media.problem = MediaError("This is not a video.", field="video_url")
    job = made.ended(made.start())
    assert (job.stage, job.error) == (Stage.FAILED, "This is not a video.")
    assert job.problems == ({"field": "video_url", "message": "This is not a video."},)
    assert made.engine.uploaded == []


def test_a_bad_picture_is_named_by_its_field(made):
    from modules.edit.request import Element

    def refuse(source, folder):
        raise MediaError("This is not a picture.")

    made.media.picture = refuse
    job = made.ended(made.start(prompt="@Element1", elements=(Element(str(PICTURE)),)))
    assert job.problems[0]["field"].startswith("elements") and job.problems[0]["message"] == "This is not a picture."


def test_a_url_that_needs_no_change_is_sent_untouched(made):
    made.media.needed = False
    made.ended(made.start(video_url="https://example.org/clip.mp4"))
    assert made.engine.submitted[0]["video_url"] == "https://example.org/clip.mp4" and made.engine.uploaded == []


def test_the_same_file_is_uploaded_once(made):
    for _ in range(2):
        made.ended(made.start(image_urls=(str(PICTURE),), prompt="Like @Image1"))
        made.engine.polls = 0
    assert len(made.engine.uploaded) == 2 and len(made.engine.submitted) == 2
    assert made.engine.submitted[0]["image_urls"] == made.engine.submitted[1]["image_urls"]


def test_after_a_failed_edit_its_files_are_sent_again(made):
    made.engine.status_script = [report("FAILED", error="cannot read video_url")]
    assert made.ended(made.start()).stage == Stage.FAILED
    assert made.ended(made.start()).stage == Stage.COMPLETED and len(made.engine.uploaded) == 2


def test_an_edit_can_be_run_again_from_the_kept_sources(made):
    first = made.ended(made.start())
    again = made.runner.start(first.request, first.framing, "visitor-1", KEY, "segmind")
    assert made.ended(again).stage == Stage.COMPLETED


def test_an_unknown_outcome_is_never_sent_again_by_itself(made):
    made.engine.submit_script = [wire.AmbiguousSubmit("The line broke. It may be running.")]
    job = made.ended(made.start(key=None))
    assert (job.stage, job.maybe_billed) == (Stage.UNCERTAIN, True) and len(made.engine.submitted) == 1
    assert made.runner.budget_left() == pytest.approx(10 - 2.1)
    again = made.ended(made.runner.resend(job.job_id, "visitor-1", None))
    assert again.stage == Stage.COMPLETED and len(made.engine.submitted) == 2


def test_a_bug_inside_the_submit_counts_as_an_unknown_outcome(made):
    made.engine.submit_script = [ZeroDivisionError("a bug")]
    job = made.ended(made.start())
    assert (job.stage, job.maybe_billed) == (Stage.UNCERTAIN, True)


def test_a_bug_before_the_submit_says_that_nothing_was_spent(made):
    made.media.problem = ZeroDivisionError("a bug")
    job = made.ended(made.start())
    assert job.stage == Stage.FAILED and "Nothing was charged" in job.error


def test_a_refused_submit_gives_the_money_back(made):
    made.engine.submit_script = [wire.BadRequest("No such duration. Nothing was charged.")]
    job = made.ended(made.start(key=None))
    assert job.stage == Stage.FAILED and made.runner.budget_left() == 10.0


def test_a_failed_edit_gives_the_money_back_and_says_why(made):
    made.engine.status_script = [report("FAILED", error="content blocked")]
    job = made.ended(made.start(key=None))
    assert job.stage == Stage.FAILED and "content blocked" in job.error and "Nothing was charged" in job.error
    assert made.runner.budget_left() == 10.0


def test_a_bug_while_polling_does_not_lose_a_paid_job(made):
    made.engine.status_script = [KeyError("a bug"), wire.ServerError("500"), ValueError("another"), report("QUEUED")]
    assert made.ended(made.start()).stage == Stage.COMPLETED and len(made.engine.submitted) == 1


def test_an_answer_without_a_cost_keeps_the_estimate_and_says_so(made):
    made.engine.cost = None
    job = made.ended(made.start(key=None))
    assert (job.cost_usd, job.cost_is_estimate) == (2.1, True) and "estimate" in job.message
    assert made.runner.budget_left() == pytest.approx(7.9)


def test_a_request_that_is_gone_is_expired_after_it_was_asked_thrice(made):
    made.engine.status_script = [wire.NotFound("404")] * 3
    job = made.ended(made.start(key=None))
    assert job.stage == Stage.EXPIRED and job.maybe_billed and "one hour" in job.error
    assert made.runner.budget_left() == pytest.approx(7.9)


def test_a_record_that_could_not_be_asked_for_an_hour_is_expired_truthfully(tmp_path):
    ahead = [0.0]
    first = House(tmp_path, clock=lambda: time.time() + ahead[0])
    first.engine.before_done.clear()
    job_id = first.start(key=None)
    first.at(job_id, Stage.PROCESSING)
    first.runner.close()
    ahead[0] = 3700.0
    first.engine.status_script = [wire.NotReached("No connection.")] * 1000
    with house(tmp_path, engine=first.engine, clock=lambda: time.time() + ahead[0]) as second:
        job = second.ended(job_id)
    assert job.stage == Stage.EXPIRED and "could not be asked" in job.error and job.maybe_billed
    assert second.engine.polls > 3, "one silence is not believed"


def test_an_answer_that_comes_after_the_job_was_given_up_brings_it_back(made):
    made.engine.before_submit.clear()
    job_id = made.start(key=None)
    eventually(lambda: made.engine.submitted)
    journal = made.runner._kit.journal
    here = made.runner._kit.desk.owner
    assert journal.claim(job_id, here, "another replica")  # this process seemed to be dead
    job = journal.get(job_id)
    journal.save(job.moved(time.time(), Stage.UNCERTAIN, maybe_billed=True), job.version, "another replica")
    made.engine.before_submit.set()
    job = eventually(lambda: (now := journal.get(job_id)).stage == Stage.COMPLETED and now)
    assert job.request_id == "request-0001" and not job.maybe_billed and len(made.engine.submitted) == 1


def test_one_404_among_good_answers_is_not_believed(made):
    made.engine.status_script = [wire.NotFound("404"), report("QUEUED"), wire.NotFound("404"), report("PROCESSING")]
    assert made.ended(made.start()).stage == Stage.COMPLETED


def test_a_preview_that_lost_its_request_is_asked_once_more(made):
    made.engine.status_script = [wire.NotFound("404")]
    job = made.ended(made.start(engine="preview", key=None))
    assert job.stage == Stage.COMPLETED and len(made.engine.submitted) == 2
    made.engine.polls, made.engine.status_script = 0, [wire.NotFound("404"), wire.NotFound("404")]
    assert made.ended(made.start(engine="preview", key=None)).stage == Stage.FAILED


def test_a_preview_costs_nothing_and_touches_no_budget(made):
    job = made.ended(made.start(engine="preview", key=None))
    assert (job.payer, job.cost_usd, job.estimate_usd) == ("nobody", 0.0, 0.0)
    assert made.runner.budget_left() == 10.0


def test_a_result_that_cannot_be_copied_is_named_with_its_address(made):
    made.engine.download_script = [wire.DownloadFailed("The copy broke.")] * 8
    job = made.ended(made.start())
    assert job.stage == Stage.COMPLETED and job.result is None
    assert "https://files.test/out.mp4" in job.message and job.cost_usd == 1.9


def test_a_copy_that_breaks_is_tried_again(made):
    made.engine.download_script = [wire.DownloadFailed("The copy broke."), OSError(28, "No space left on device")]
    assert made.ended(made.start()).result


def test_a_rejected_key_is_asked_for_again_and_the_edit_goes_on(made):
    made.engine.status_script = [wire.Unauthorized("Segmind did not accept the key.")]
    job_id = made.start()
    job = eventually(lambda: (found := made.runner.get(job_id)).needs_key and found)
    assert job.request_id and "Enter your key" in job.message
    made.runner.give_key(job_id, "visitor-1", KEY)
    assert made.ended(job_id).stage == Stage.COMPLETED and len(made.engine.submitted) == 1


# Cancelling

def test_a_job_that_was_not_sent_is_really_cancelled(made):
    made.engine.before_upload.clear()
    job_id = made.start(key=None)
    made.at(job_id, Stage.UPLOADING)
    assert made.runner.cancel(job_id, "visitor-1") == CANCELLED
    job = made.ended(job_id)
    made.engine.before_upload.set()
    assert (job.stage, job.cancelled) == (Stage.FAILED, True) and made.runner.budget_left() == 10.0
    made.runner.close()
    assert made.engine.submitted == []


def test_a_job_that_was_sent_is_not_cancelled_and_the_sentence_says_so(made):
    made.engine.before_done.clear()
    job_id = made.start()
    made.at(job_id, Stage.PROCESSING)
    assert "no cancel" in made.runner.cancel(job_id, "visitor-1")
    made.engine.before_done.set()
    assert made.ended(job_id).stage == Stage.COMPLETED


# Whose job

def test_nobody_touches_another_visitors_job(made):
    job_id = made.start()
    for act in (lambda: made.runner.cancel(job_id, "mallory"), lambda: made.runner.forget(job_id, "mallory"),
                lambda: made.runner.give_key(job_id, "mallory", KEY),
                lambda: made.runner.resend(job_id, "mallory", KEY), lambda: made.runner.cancel("no-such-job", "anna")):
        with pytest.raises(NotYours):
            act()
    assert made.runner.jobs_of("mallory") == [] and made.runner.newest_running("mallory") is None


def test_my_edits_lists_newest_first_without_the_forgotten(made):
    ids = [made.start() for _ in range(3)]
    for job_id in ids:
        made.ended(job_id)
    made.runner.forget(ids[1], "visitor-1")
    assert [job.job_id for job in made.runner.jobs_of("visitor-1")] == [ids[2], ids[0]]
    assert not (made.folder / "jobs" / ids[1]).exists()


# Following a pasted request id

def test_a_pasted_request_id_is_followed_to_its_result(made):
    job_id = made.runner.follow("  request-0042 ", "visitor-1", KEY)
    job = made.ended(job_id)
    assert job.stage == Stage.COMPLETED and job.resumed and made.engine.submitted == []
    assert made.runner.follow("request-0042", "visitor-1", KEY) == job_id
    assert made.runner.follow("request-0042", "visitor-2", KEY) != job_id


def test_a_pasted_id_may_be_tried_again_with_another_key(made):
    made.engine.status_script = [wire.NotFound("404")] * 3
    first = made.ended(made.runner.follow("request-0042", "visitor-1", KEY))
    assert first.stage == Stage.EXPIRED
    again = made.runner.follow("request-0042", "visitor-1", "SG_fedcba9876543210")
    assert again != first.job_id and made.ended(again).stage == Stage.COMPLETED


def test_a_pasted_id_on_a_studio_without_a_key_asks_for_one(made):
    made.engine.status_script = [wire.Unauthorized("Segmind did not accept the key.")]
    job_id = made.runner.follow("request-0042", "visitor-1", None)
    eventually(lambda: made.runner.get(job_id).needs_key)
    made.runner.give_key(job_id, "visitor-1", KEY)
    job = made.ended(job_id)
    assert job.stage == Stage.COMPLETED and job.payer == "visitor"


def test_what_is_no_request_id_is_refused(made):
    for bad in ("", "short", "../../v1/get-user-credits", "two words 1234", "x" * 200):
        with pytest.raises(JobError, match="not a request id"):
            made.runner.follow(bad, "visitor-1", KEY)


def test_an_unknown_pasted_id_ends_with_advice(made):
    made.engine.status_script = [wire.NotFound("404")] * 3
    job = made.ended(made.runner.follow("request-9999", "visitor-1", None))
    assert job.stage == Stage.EXPIRED and "Check the id" in job.error and not job.maybe_billed


# Watching

def test_a_thousand_watchers_of_a_job_cost_no_more_polls_than_one(made):
    made.engine.polls_needed = 6
    job_id = made.start()

    async def watch() -> Stage:
        seen = 0
        while True:
            job = await made.runner.changed(job_id, seen, 10)
            seen = job.version
            if job.terminal:
                return job.stage

    async def all_of_them() -> list[Stage]:
        return await asyncio.gather(*(watch() for _ in range(1000)))

    assert set(asyncio.run(all_of_them())) == {Stage.COMPLETED}
    assert made.engine.polls == 6


def test_a_watcher_of_an_unknown_job_is_told_at_once(made):
    assert made.runner.wait_change("no-such-job", 0, 5) is None


def test_a_watcher_that_saw_everything_waits_for_the_time_out(made):
    job = made.ended(made.start())
    began = time.monotonic()
    assert made.runner.wait_change(job.job_id, job.version, 0.2).version == job.version
    assert time.monotonic() - began >= 0.19


def test_the_remaining_time_is_known_while_it_runs_and_not_after(made):
    made.engine.before_done.clear()
    job_id = made.start()
    assert made.runner.eta(made.at(job_id, Stage.PROCESSING)) > 0
    made.engine.before_done.set()
    assert made.runner.eta(made.ended(job_id)) is None


# Trouble with the machine

def test_a_job_that_cannot_be_written_down_is_not_started(tmp_path):
    with house(tmp_path, busy_seconds=0.2) as made:
        other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(JournalTrouble, match="locked"):
                made.start()
        finally:
            other.close()
        assert made.engine.submitted == []
        made.ended(made.start())


def test_a_full_disk_stops_an_edit_before_it_is_sent(made):
    made.runner._kit.storage._disk_usage = lambda _: type("Usage", (), {"free": 1000})()
    job = made.ended(made.start())
    assert job.stage == Stage.FAILED and "disk is full" in job.error and made.engine.submitted == []


def test_a_journal_that_fails_after_the_submit_does_not_lose_the_request(made, monkeypatch):
    journal, saved = made.runner._kit.journal, made.runner._kit.journal.save
    broken = []

    def save(job, *args, **kw):
        if job.stage in (Stage.QUEUED, Stage.PROCESSING) and len(broken) < 3:
            broken.append(job.stage)
            raise JournalTrouble("The disk is full.")
        return saved(job, *args, **kw)

    monkeypatch.setattr(journal, "save", save)
    job = made.ended(made.start())
    assert broken and job.stage == Stage.COMPLETED and journal.get(job.job_id).request_id == "request-0001"
    assert len(made.engine.submitted) == 1


def test_a_journal_that_fails_at_the_marker_means_nothing_is_sent(made, monkeypatch):
    journal, saved = made.runner._kit.journal, made.runner._kit.journal.save

    def save(job, *args, **kw):
        if job.stage == Stage.SUBMITTING:
            raise JournalTrouble("The journal cannot be written just now.")
        return saved(job, *args, **kw)

    monkeypatch.setattr(journal, "save", save)
    job = made.ended(made.start())
    assert job.stage == Stage.FAILED and made.engine.submitted == []


def test_a_clock_that_jumps_an_hour_expires_nothing(tmp_path):
    ahead = [0.0]
    with house(tmp_path, clock=lambda: time.time() + ahead[0]) as made:
        made.engine.before_done.clear()
        job_id = made.start()
        made.at(job_id, Stage.PROCESSING)
        ahead[0] = 7200.0
        made.engine.status_script = [wire.ServerError("500"), wire.NotFound("404"), report("PROCESSING")]
        made.engine.before_done.set()
        assert made.ended(job_id).stage == Stage.COMPLETED
        ahead[0] = -7200.0
        assert made.runner.get(job_id).public(made.runner._kit.clock())["elapsed"] >= 0


def test_closing_while_an_edit_runs_leaves_it_to_the_next_start(tmp_path):
    first = House(tmp_path)
    first.runner.recover()
    first.engine.before_done.clear()
    job_id = first.start(key=None)
    first.at(job_id, Stage.PROCESSING)
    first.runner.close()
    with house(tmp_path, engine=first.engine) as second:
        second.engine.before_done.set()
        assert second.ended(job_id).stage == Stage.COMPLETED and len(second.engine.submitted) == 1


def test_after_a_restart_a_visitors_own_job_waits_for_the_key(tmp_path):
    first = House(tmp_path)
    first.engine.before_done.clear()
    job_id = first.start(key=KEY)
    first.at(job_id, Stage.PROCESSING)
    first.runner.close()
    with house(tmp_path, engine=first.engine) as second:
        job = second.runner.get(job_id)
        assert job.needs_key and job.request_id == "request-0001" and job.message == "Enter your key to go on."
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


def test_a_full_disk_gives_up_old_results_first(made):
    old = made.ended(made.start())
    storage = made.runner._kit.storage
    storage._clock = lambda: time.time() + 7200
    storage._disk_usage = lambda _: type("Usage", (), {"free": 1000 if Path(old.result).exists() else 10**9})()
    made.engine.polls = 0
    assert made.ended(made.start()).stage == Stage.COMPLETED
    assert made.runner.get(old.job_id).swept


def test_too_many_edits_at_once_are_refused_in_words(made, monkeypatch):
    monkeypatch.setattr("modules.jobs.runner.MAX_RUNNING", 0)
    with pytest.raises(JobError, match="as many edits as it can"):
        made.start()


def test_a_second_paid_edit_of_the_same_visitor_waits_outside(made):
    made.engine.before_done.clear()
    first = made.start(key=None)
    made.at(first, Stage.PROCESSING)
    refused = made.ended(made.start(key=None))
    assert refused.stage == Stage.FAILED and "one at a time" in refused.error
    own = made.start(key=KEY)
    made.at(own, Stage.PROCESSING)
    made.engine.before_done.set()
    assert made.ended(own).stage == made.ended(first).stage == Stage.COMPLETED


def test_a_result_kept_by_another_replica_is_copied_here_when_it_is_asked_for(made):
    job = made.ended(made.start())
    (made.folder / "jobs" / job.job_id / "result.mp4").unlink()
    made.runner.get(job.job_id)
    assert eventually(lambda: made.runner.get(job.job_id).result)


def test_a_swept_result_stays_away(made):
    job = made.ended(made.start())
    made.runner._kit.storage._result_seconds = -1.0
    assert made.runner._kit.storage.sweep(made.runner._kit.journal) == [job.job_id]
    job = made.runner.get(job.job_id)
    assert job.swept and job.result is None and made.engine.download_script == []


def test_an_upload_that_vanished_is_told_in_a_sentence(made):
    job = made.ended(made.start(video_url="/nowhere/clip.mp4"))
    assert job.stage == Stage.FAILED and "choose it again" in job.error
    assert isinstance(StorageTrouble("x"), JobError)
