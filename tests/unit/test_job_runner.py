"""The life of an edit, with a scripted engine: what is sent, what is spent, what the person reads."""

import time
from pathlib import Path

import pytest

from modules.jobs.errors import JournalTrouble
from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from modules.jobs.run.poll_schedule import PollSchedule
from modules.media.errors import MediaError
from modules.segmind import errors as wire
from tests.support.runner_harness import KEY, harness, report
from tests.support.scripted_media import PICTURE
from tests.support.waiting import until


def test_an_edit_goes_from_the_button_to_the_kept_result(made):
    job = made.ended(made.start())
    assert job.stage == Stage.COMPLETED and job.cost_usd == 1.9 and job.message == "Done. It cost $1.90."
    assert Path(job.result).read_bytes() == b"an edited video"
    assert list(job.stage_times) == [
        "PREPARING",
        "UPLOADING",
        "SUBMITTING",
        "QUEUED",
        "PROCESSING",
        "SAVING",
        "COMPLETED",
    ]
    assert made.engine.submitted[0]["video_url"].startswith("https://storage.test/")
    assert not (made.folder / "jobs" / job.job_id / "work").exists()


def test_start_returns_while_the_work_waits_and_the_job_is_written_down(made):
    made.engine.before_upload.clear()
    job_id = made.start()
    assert made.journal.get(job_id).visitor == "visitor-1"
    until(lambda: made.engine.uploading)
    assert made.engine.uploaded == [] == made.engine.submitted
    assert made.journal.get(job_id).stage == Stage.UPLOADING
    made.engine.before_upload.set()
    assert made.ended(job_id).stage == Stage.COMPLETED


def test_a_bad_clip_is_refused_before_anything_is_uploaded(made):
    made.media.problem = MediaError("This is not a video.", field="video_url")
    job = made.ended(made.start())
    assert (job.stage, job.error) == (Stage.FAILED, "This is not a video.")
    assert job.problems == ({"field": "video_url", "message": "This is not a video."},)
    assert made.engine.uploading == []


def test_a_bad_picture_is_named_by_its_field(made):
    from modules.edit.request import Element

    def refuse(source, folder):
        raise MediaError("This is not a picture.")

    made.media.picture = refuse
    job = made.ended(made.start(prompt="@Element1", elements=(Element(str(PICTURE)),)))
    assert (
        job.problems[0]["field"].startswith("elements")
        and job.problems[0]["message"] == "This is not a picture."
    )


def test_a_clip_at_an_address_is_sent_as_it_was_measured_here(made):
    """Its server could show another one to the engine, and what a phone wrote into it stays here."""
    made.media.needed = False
    made.ended(made.start(video_url="https://example.org/clip.mp4"))
    assert made.engine.submitted[0]["video_url"] == "https://storage.test/1.mp4"


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
    assert made.runner.allowance(NOBODY).usd == pytest.approx(10 - 2.1)
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
    assert job.stage == Stage.FAILED and made.runner.allowance(NOBODY).usd == 10.0


def test_a_failed_edit_gives_the_money_back_and_says_why(made):
    made.engine.status_script = [report("FAILED", error="content blocked")]
    job = made.ended(made.start(key=None))
    assert job.stage == Stage.FAILED and job.error.startswith("Moderation stopped this edit")
    assert "Nothing was charged" in job.error and job.engine_error == "content blocked"
    assert made.runner.allowance(NOBODY).usd == 10.0


def test_a_bug_while_polling_does_not_lose_a_paid_job(made):
    made.engine.status_script = [
        KeyError("a bug"),
        wire.ServerError("500"),
        ValueError("another"),
        report("QUEUED"),
    ]
    assert made.ended(made.start()).stage == Stage.COMPLETED and len(made.engine.submitted) == 1


def test_an_answer_without_a_cost_keeps_the_estimate_and_says_so(made):
    made.engine.cost = None
    job = made.ended(made.start(key=None))
    assert (job.cost_usd, job.cost_is_estimate) == (2.1, True) and "estimate" in job.message
    assert made.runner.allowance(NOBODY).usd == pytest.approx(7.9)


def test_a_request_that_is_gone_is_expired_after_it_was_asked_thrice(made):
    made.engine.status_script = [wire.NotFound("404")] * 3
    job = made.ended(made.start(key=None))
    assert job.stage == Stage.EXPIRED and job.maybe_billed and "one hour" in job.error
    assert made.runner.allowance(NOBODY).usd == pytest.approx(7.9)


def test_a_record_that_could_not_be_asked_for_an_hour_is_expired_truthfully(tmp_path):
    ahead = [0.0]
    clock = {"clock": lambda: time.time() + ahead[0]}
    with harness(tmp_path, **clock) as first:
        first.engine.before_done.clear()
        job_id = first.start(key=None)
        first.at(job_id, Stage.PROCESSING)
        first.runner.close()
    ahead[0] = 3700.0
    first.engine.status_script = [wire.NotReached("No connection.")] * 1000
    first.engine.history_script = [wire.NotReached("No connection.")] * 1000
    with harness(tmp_path, engine=first.engine, patience=0.001, **clock) as second:
        job = second.ended(job_id)
    assert job.stage == Stage.EXPIRED and "could not be asked" in job.error and job.maybe_billed
    assert second.engine.polls > 3, "one silence is not believed"


def test_an_answer_that_comes_after_the_job_was_given_up_brings_it_back(tmp_path):
    # No heartbeat: it would look for the other replica, which does not exist, and take the job back.
    with harness(tmp_path, executor={"beat": 600.0, "look": 0.1}) as made:
        made.engine.before_submit.clear()
        job_id = made.start(key=None)
        until(lambda: made.engine.submitted)
        (held,) = made.journal.leases.running()  # this process seemed to be dead
        assert made.journal.leases.claim(job_id, held.owner, "another replica")
        given_up = held.job.moved(time.time(), Stage.UNCERTAIN, maybe_billed=True)
        made.journal.save(given_up, held.job.version, "another replica")
        made.engine.before_submit.set()
        job = until(lambda: (now := made.journal.get(job_id)).stage == Stage.COMPLETED and now)
        assert job.request_id == "request-0001" and not job.maybe_billed and len(made.engine.submitted) == 1


def test_one_404_among_good_answers_is_not_believed(made):
    made.engine.status_script = [
        wire.NotFound("404"),
        report("QUEUED"),
        wire.NotFound("404"),
        report("PROCESSING"),
    ]
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
    assert made.runner.allowance(NOBODY).usd == 10.0


def test_a_copy_that_breaks_is_tried_again(made):
    made.engine.download_script = [
        wire.DownloadFailed("The copy broke."),
        OSError(28, "No space left on device"),
    ]
    assert made.ended(made.start()).result


def test_a_rejected_key_is_asked_for_again_and_the_edit_goes_on(made):
    made.engine.status_script = [wire.Unauthorized("Segmind did not accept the key.")]
    job_id = made.start()
    job = until(lambda: (found := made.runner.get(job_id)).needs_key and found)
    assert job.request_id and "Enter your key" in job.message
    made.runner.give_key(job_id, "visitor-1", KEY)
    assert made.ended(job_id).stage == Stage.COMPLETED and len(made.engine.submitted) == 1


@pytest.mark.parametrize("trouble", [JournalTrouble("It cannot be read just now."), KeyError("a bug")])
def test_an_accepted_edit_is_followed_whatever_goes_wrong_just_then(tmp_path, trouble):
    asked = []

    def history(*kind) -> list[float]:
        asked.append(kind)
        if len(asked) < 4:
            raise trouble
        return []

    with harness(tmp_path, schedule=PollSchedule(history, scale=0.005)) as made:
        job = made.ended(made.start(key=None))
    assert job.stage == Stage.COMPLETED and job.charged == "actual" and len(made.engine.submitted) == 1
