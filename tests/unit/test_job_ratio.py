"""The clip's own aspect ratio: settled before anything is sent, and then the job's for good."""

import pytest

from modules.edit.request import AUTO_RATIO
from modules.jobs.job import Stage
from modules.segmind import errors as wire
from tests.support.runner_harness import KEY, harness
from tests.support.waiting import until


@pytest.mark.parametrize(
    ("shown", "ratio"), [((1080, 1920), "9:16"), ((966, 544), "16:9"), ((1080, 1350), "1:1")]
)
def test_the_ratio_of_the_shown_picture_is_what_is_planned_sent_kept_and_seen(made, shown, ratio):
    made.media.shown = shown
    job = made.ended(made.start(aspect_ratio=AUTO_RATIO))
    assert job.stage == Stage.COMPLETED
    assert made.media.planned == ratio == made.engine.submitted[0]["aspect_ratio"]
    assert made.journal.get(job.job_id).request.aspect_ratio == ratio
    assert made.runner.view(job).aspect_ratio == ratio


def test_the_ratio_is_on_the_disk_before_anything_is_uploaded(made):
    made.media.shown = (1080, 1920)
    made.engine.before_upload.clear()
    job_id = made.start(aspect_ratio=AUTO_RATIO)
    until(lambda: made.engine.uploading)
    assert made.journal.get(job_id).request.aspect_ratio == "9:16" and made.engine.submitted == []
    made.engine.before_upload.set()
    made.ended(job_id)


def test_a_chosen_ratio_stays_whatever_the_clip_looks_like(made):
    made.media.shown = (1080, 1920)
    assert made.ended(made.start(aspect_ratio="1:1")).request.aspect_ratio == "1:1"


def test_an_edit_sent_once_more_keeps_the_ratio_of_the_first(made):
    made.media.shown = (1080, 1920)
    made.engine.submit_script = [wire.AmbiguousSubmit("Nobody knows.")]
    first = made.ended(made.start(aspect_ratio=AUTO_RATIO))
    made.media.shown = (1920, 1080)
    again = made.ended(made.runner.resend(first.job_id, "visitor-1", KEY))
    assert (first.stage, first.request.aspect_ratio) == (Stage.UNCERTAIN, "9:16")
    assert [sent["aspect_ratio"] for sent in made.engine.submitted] == ["9:16", "9:16"]
    assert again.request.aspect_ratio == "9:16"


def test_after_a_restart_the_job_goes_on_with_the_ratio_it_had(tmp_path):
    with harness(tmp_path) as made:
        made.media.shown = (1080, 1920)
        made.engine.before_upload.clear()
        job_id = made.start(key=None, aspect_ratio=AUTO_RATIO)
        until(lambda: made.engine.uploading)
    with harness(tmp_path) as after:
        after.media.shown = (1920, 1080)
        job = after.ended(job_id)
    assert after.engine.submitted[0]["aspect_ratio"] == "9:16" == job.request.aspect_ratio


def test_a_clip_at_an_address_gets_its_own_ratio_too(made):
    made.media.shown, made.media.needed = (1080, 1920), False
    job = made.ended(made.start(video_url="https://example.com/clip.mp4", aspect_ratio=AUTO_RATIO))
    assert made.engine.submitted[0]["aspect_ratio"] == "9:16" == job.request.aspect_ratio
