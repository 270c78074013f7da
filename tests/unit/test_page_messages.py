"""What the page says of engines, money and stages."""

import time
from dataclasses import replace

import pytest

from modules.edit.framing import Framing
from modules.edit.request import EditRequest
from modules.jobs.job import Job, Stage
from modules.jobs.store.allowance import Allowance
from modules.jobs.view import view_of
from modules.ui.components.edit_list.value import edits_value, when
from modules.ui.components.timeline.value import progress_value, stage_value
from modules.ui.messages import allowance_text, offer

NOW = 1_800_000_000.0
JOB = Job(
    job_id="a" * 24,
    visitor="v" * 24,
    engine="segmind",
    payer="owner",
    request=EditRequest("Make <b>winter</b>", "/x/clip.mp4"),
    framing=Framing(),
    stage=Stage.PREPARING,
    message="Looking at the clip",
    created_at=NOW,
    stage_times={"PREPARING": NOW},
    estimate_usd=2.1,
)


def test_the_offer_says_who_pays_and_shows_the_sum():
    assert "not Kling" in offer(EditRequest(), "preview", "nobody")
    assert "5 s x $0.42 = $2.10" in offer(EditRequest(), "segmind", "owner")
    assert "Left of its budget" in offer(EditRequest(), "segmind", "owner", left="Left of its budget: $1.")
    assert "charged to your key" in offer(
        EditRequest(), "segmind", "visitor", credits=12.5
    ) and "12.50 credits" in offer(EditRequest(), "segmind", "visitor", credits=12.5)


def test_what_is_left_says_which_limits_hold():
    own_machine = allowance_text(Allowance(7.9, 10.0), NOW)
    assert own_machine == "Left of its budget: $7.90 of $10.00 in 24 hours."
    public = allowance_text(Allowance(7.9, 10.0, edits=1, limit=2), NOW)
    assert "Left for you: 1 of 2 paid edits in 24 hours; for everybody: $7.90 of $10.00" in public
    gone = allowance_text(Allowance(0, 10.0, refusal="The budget <is> used up."), NOW)
    assert gone == "<b>The budget &lt;is&gt; used up.</b>"
    assert "up to 2.2 times their estimate" in allowance_text(Allowance(7.9, 10.0, scale=2.2), NOW)


def test_a_running_job_can_be_left_and_a_sent_one_cannot_be_cancelled():
    value = progress_value(JOB, view_of(JOB, NOW + 3, 210.0))
    assert (
        value["running"] and "close this page" in value["note"] and value["actions"] == [["cancel", "Cancel"]]
    )
    sent = replace(
        JOB,
        stage=Stage.PROCESSING,
        request_id="r",
        stage_times={"PREPARING": NOW, "SUBMITTING": NOW + 1, "QUEUED": NOW + 2, "PROCESSING": NOW + 3},
    )
    assert progress_value(sent, view_of(sent, NOW + 9, 100.0))["actions"] == [["cancel", "Stop watching"]]
    assert [s["state"] for s in progress_value(sent, view_of(sent, NOW + 9, 100.0))["steps"]] == [
        "done",
        "waiting",
        "done",
        "done",
        "now",
        "waiting",
    ]


def test_an_uncertain_job_says_that_it_is_not_sent_again_by_itself():
    lost = replace(
        JOB,
        stage=Stage.UNCERTAIN,
        maybe_billed=True,
        error="Lost.",
        stage_times={"PREPARING": NOW, "SUBMITTING": NOW + 1, "UNCERTAIN": NOW + 2},
    )
    value = progress_value(lost, view_of(lost, NOW + 5, None))
    assert (
        value["tone"] == "bad"
        and "second time" in value["note"]
        and value["actions"][:2]
        == [["look_again", "Check again"], ["resend", "Send it again (charged again)"]]
    )
    still = progress_value(replace(lost, checking=True, message="Asked."), view_of(lost, NOW + 5, None))
    assert still["message"] == "Asked." and still["actions"][0][0] == "resend"


def test_a_job_that_waits_for_its_key_offers_to_go_on():
    unsent = replace(JOB, needs_key=True)
    assert progress_value(unsent, view_of(unsent, NOW, None))["actions"] == [
        ["key", "Go on with my key"],
        ["cancel", "Cancel"],
    ]
    waiting = replace(JOB, stage=Stage.PROCESSING, request_id="r", needs_key=True)
    value = progress_value(waiting, view_of(waiting, NOW, None))
    assert not value["running"] and value["actions"] == [["key", "Go on with my key"]]


def test_the_stage_shows_a_first_look_only_when_the_engine_gave_one(tmp_path):
    clip, still = tmp_path / "clip.jpg", tmp_path / "still.jpg"
    running = replace(JOB, stage=Stage.PROCESSING)
    assert stage_value(replace(running, still=str(clip)), "/b.mp4", str(clip))["still"] is None
    assert stage_value(replace(running, still=str(still)), "/b.mp4", str(still))["still"]["path"] == str(
        still
    )


def test_my_edits_tell_time_as_people_do():
    assert [when(NOW - s, NOW) for s in (1, 300, 7200, 200_000)] == [
        "just now",
        "5 min ago",
        "2 h ago",
        "2 days ago",
    ]
    card = edits_value([JOB], time.time(), page=1, pages=1, total=1, search="")["jobs"][0]
    assert card["prompt"] == "Make <b>winter</b>" and ["forget", "Forget"] not in card["actions"]


@pytest.mark.parametrize(
    ("error", "words", "shown"),
    [
        ("Moderation stopped this edit.", "nsfw", "nsfw"),
        ('Segmind failed. It says: "no clip". Nothing was charged.', "no clip", None),
        ('Segmind failed. It says: "because…".', "because of this and that", "because of this and that"),
        ("The budget is used up.", None, None),
    ],
)
def test_the_engines_own_words_are_shown_unless_the_error_quotes_them_whole(error, words, shown):
    job = replace(JOB, stage=Stage.FAILED, error=error, engine_error=words)
    said = progress_value(job, view_of(job, NOW))["engine_said"]
    assert said == (shown and {"title": "What Segmind said", "text": shown})
