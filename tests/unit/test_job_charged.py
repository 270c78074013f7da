"""What is said of a job's cost is true at every end."""

import pytest

from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from modules.jobs.view import refusal, view_of
from modules.media.errors import MediaError
from modules.secret import Secret
from modules.segmind import errors as wire
from tests.support.jobs import a_job
from tests.support.runner_harness import report

PAID = {"estimate_usd": 2.1}


@pytest.mark.parametrize(
    ("facts", "charged"),
    [
        ({"stage": Stage.PREPARING}, "estimate"),
        ({"stage": Stage.PROCESSING, "request_id": "r"}, "estimate"),
        ({"stage": Stage.SAVING, "cost_usd": 1.9}, "actual"),
        ({"stage": Stage.COMPLETED, "cost_usd": 1.9}, "actual"),
        ({"stage": Stage.COMPLETED, "cost_usd": 2.1, "cost_is_estimate": True}, "estimate"),
        ({"stage": Stage.COMPLETED, "resumed": True, "estimate_usd": 0.0}, "unknown"),
        ({"stage": Stage.PROCESSING, "resumed": True, "estimate_usd": 0.0}, "unknown"),
        ({"stage": Stage.FAILED}, "nothing"),
        ({"stage": Stage.FAILED, "request_id": "r"}, "nothing"),
        ({"stage": Stage.FAILED, "maybe_billed": True}, "unknown"),
        ({"stage": Stage.UNCERTAIN, "maybe_billed": True}, "unknown"),
        ({"stage": Stage.EXPIRED, "maybe_billed": True}, "unknown"),
        ({"stage": Stage.EXPIRED, "resumed": True}, "unknown"),
        ({"stage": Stage.COMPLETED, "payer": "nobody", "engine": "preview", "cost_usd": 0.0}, "nothing"),
        ({"stage": Stage.PROCESSING, "payer": "nobody", "engine": "preview"}, "nothing"),
    ],
)
@pytest.mark.parametrize("payer", ["visitor", "owner"])
def test_every_stage_says_what_is_known_of_the_cost(payer, facts, charged):
    job = a_job(**{"payer": payer, **PAID, **facts})
    assert job.charged == charged == view_of(job, 200.0).charged


def test_an_edit_that_was_never_begun_cost_nothing():
    assert refusal([], "segmind").charged == "nothing"


@pytest.mark.parametrize("key", [None, Secret("SG_0123456789abcdef")], ids=["owner", "visitor"])
def test_a_failed_edit_costs_nothing_wherever_it_failed(made, key):
    made.media.problem = MediaError("This is not a video.")
    before = made.ended(made.start(key=key))
    made.media.problem = None
    made.engine.submit_script = [wire.BadRequest("No such duration.")]
    refused = made.ended(made.start(key=key))
    made.engine.status_script = [report("FAILED", error="content blocked")]
    upstream = made.ended(made.start(key=key))
    assert {job.stage for job in (before, refused, upstream)} == {Stage.FAILED}
    assert [job.charged for job in (before, refused, upstream)] == ["nothing"] * 3
    assert upstream.request_id and not refused.request_id
    assert made.runner.allowance(NOBODY).usd == 10.0


def test_an_unknown_outcome_has_an_unknown_cost(made):
    made.engine.submit_script = [wire.AmbiguousSubmit("The line broke.")]
    assert made.ended(made.start()).charged == "unknown"


def test_a_finished_edit_says_the_cost_of_the_answer_or_else_the_estimate(made):
    assert made.ended(made.start()).charged == "actual"
    made.engine.cost = None
    assert made.ended(made.start()).charged == "estimate"
    assert made.ended(made.start(engine="preview", key=None)).charged == "nothing"
