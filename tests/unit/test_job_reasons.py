"""A job that failed upstream: what it says, at which field, and what is kept of the engine's own words."""

import pytest

from modules.edit.request import Element
from modules.jobs.job import Stage
from modules.jobs.store.schema import job_of, row_of
from modules.jobs.view import view_of
from modules.segmind.sentences import from_answer
from tests.support.jobs import a_job
from tests.support.runner_harness import KEY, report
from tests.support.scripted_media import PICTURE

LOCATED = {
    "detail": [
        {"loc": ["body", "video_url"], "msg": "Field required"},
        {"loc": ["body", "elements", 0, "frontal_image_url"], "msg": "not found"},
    ]
}
FIELDS = ["video_url", "elements[0].frontal_image_url"]
PICTURE_TEXT = "Image pixel is invalid"


def ended(made, error: object, **changes):
    made.engine.status_script = [report("FAILED", error=error)]
    return made.ended(made.start(**changes))


def fields(job) -> list[str]:
    return [one["field"] for one in job.problems]


def test_a_known_text_says_meaning_money_and_what_to_do(made):
    job = ended(made, "Failure to pass the risk control system")
    assert job.stage == Stage.FAILED and job.error.startswith("Moderation stopped this edit")
    assert "Nothing was charged. The same request may pass another time" in job.error
    assert job.engine_error == "Failure to pass the risk control system" and job.problems == ()


def test_a_list_of_reasons_is_told_at_each_field(made):
    job = ended(made, LOCATED)
    assert fields(job) == FIELDS and "of the clip" in job.problems[0]["message"]
    assert job.engine_error == "video_url: Field required; elements[0].frontal_image_url: not found"
    seen = view_of(job, job.created_at)
    assert [one.field for one in seen.problems] == ["video", "elements[0].frontal_image"]
    assert seen.engine_error == job.engine_error


def test_a_refused_submit_is_told_at_each_field_too(made):
    made.engine.submit_script = [from_answer(400, LOCATED, engine="Segmind")]
    job = made.ended(made.start())
    assert (job.stage, fields(job)) == (Stage.FAILED, FIELDS)
    assert job.engine_error and "refused the request" in job.error and not job.maybe_billed


def test_a_result_that_says_failed_is_told_at_each_field_too(made):
    made.engine.result_script = [from_answer(422, LOCATED, engine="Segmind")]
    job = made.ended(made.start())
    assert (job.stage, fields(job)) == (Stage.FAILED, FIELDS)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"image_urls": (str(PICTURE),), "prompt": "Like @Image1"}, ["image_urls"]),
        ({"elements": (Element(str(PICTURE)),), "prompt": "With @Element1"}, ["elements"]),
        ({}, []),
    ],
    ids=["image", "element", "none"],
)
def test_a_text_about_a_picture_belongs_to_a_picture_of_the_edit(made, given, field):
    assert fields(ended(made, PICTURE_TEXT, **given)) == field


def test_an_address_in_a_text_names_its_field(made):
    made.engine.before_done.clear()
    job_id = made.start(
        elements=(Element(str(PICTURE), ("https://example.org/side.jpg",)),), prompt="With @Element1"
    )
    made.at(job_id, "PROCESSING")
    side = made.engine.submitted[0]["elements"][0]["reference_image_urls"][0]
    text = f"failed to download media from the provided url {side}"
    made.engine.status_script = [report("FAILED", error=text)]
    assert fields(made.ended(job_id)) == ["elements[0]"]
    made.engine.before_done.set()
    assert fields(ended(made, "failed to download media from the provided url")) == ["video_url"]


def test_what_the_answer_says_of_a_field_stays_there_whatever_address_it_names(made):
    side = "https://example.org/side.jpg"
    located = [
        {"loc": ["body", "prompt"], "msg": "Too long"},
        {"loc": ["body", "video_url"], "msg": f"Not {side}"},
    ]
    job = ended(made, located, elements=(Element(str(PICTURE), (side,)),), prompt="With @Element1")
    assert fields(job) == ["prompt", "video_url"]


def test_the_words_of_the_engine_are_kept_whole(made):
    long = "because " * 300
    job = ended(made, long)
    assert "because…" in job.error and job.engine_error == long.strip()
    assert made.journal.get(job.job_id).engine_error == job.engine_error


def test_the_owners_account_is_not_told_to_a_visitor(made):
    told = "Insufficient credits: 0.31 left"
    assert ended(made, told, key=None).engine_error is None
    assert ended(made, told, key=KEY).engine_error == told


def test_a_row_of_an_earlier_version_has_no_words():
    row = row_of(a_job(engine_error="No."))
    assert job_of({**row, "hidden": False, "swept": False}).engine_error == "No."
    row["body"] = row["body"].replace('"engine_error": "No.", ', "")
    assert "engine_error" not in row["body"]
    assert job_of({**row, "hidden": False, "swept": False}).engine_error is None
