"""What the page says of engines, money and stages, and how the form becomes a request."""

import time
from dataclasses import replace

import pytest

from modules.checking import key_problem
from modules.edit.request import EditRequest, Element, Framing, Problem
from modules.jobs.job import Job, Stage
from modules.jobs.view import view_of
from modules.secret import Secret
from modules.ui.form import (
    FIELDS,
    GROUPS,
    access,
    elements_value,
    framing_from,
    named,
    pictures_value,
    problems_by_group,
    request_from,
)
from modules.ui.handlers import fill
from modules.ui.messages import offer
from modules.ui.panels.history import history_value, when
from modules.ui.panels.progress import progress_value, stage_value

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


def test_the_form_and_a_request_are_the_same_thing():
    request = EditRequest(
        "Make it winter",
        "/x/clip.mp4",
        "9:16",
        "7",
        (Element("/a.png", ("/b.png",)),),
        ("/c.png",),
        True,
        "std",
        "customize",
    )
    assert request_from(named(fill(request, Framing()))) == request
    remote = replace(request, video_url="https://example.com/clip.mp4")
    assert request_from(named(fill(remote, Framing()))) == remote


def test_half_filled_widgets_are_no_exception():
    assert request_from(named([None] * len(FIELDS))).problems()
    odd = named(
        [
            {"pictures": [None, {"x": 1}, "no"]},
            {"elements": [None, "x", {"frontal": "no", "references": 7}]},
            {"duration": 5.0},
            "text",
            3,
        ]
    )
    request = request_from(odd)
    assert request.image_urls == () and request.duration == "5" and request.elements == (Element(),)


@pytest.mark.parametrize(
    "entry",
    [
        "prompt",
        "clip",
        "video_url",
        "mode",
        "duration",
        "aspect_ratio",
        "keep_audio",
        "shot_type",
        "pictures",
        "elements",
        "start",
        "fit",
        "short",
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -1,
        1e400,
        float("nan"),
        "x" * 10,
        [],
        [1, None],
        {},
        {"path": 3},
        {"clip": {"clip": 1}},
        "\ud800",
    ],
)
def test_whatever_a_browser_sends_is_a_request(entry, value):
    form = named([{entry: value, "nobody": 1}])
    assert isinstance(request_from(form).problems(), list)
    framing = framing_from(form)
    assert (
        framing.start >= 0
        and framing.fit in ("crop", "pad", "leave")
        and framing.short in ("ask", "slow", "loop")
    )


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, (Secret(), None)),
        ("x", (Secret(), None)),
        ({"engine": [3], "key": None}, (Secret(), None)),
        ({"engine": "segmind", "key": " SG_0123456789abcdef "}, (Secret("SG_0123456789abcdef"), "segmind")),
    ],
)
def test_the_engine_and_the_key_are_read_from_their_fields(value, found):
    assert access(value) == found


def test_pictures_that_are_gone_are_left_out_of_the_form():
    assert pictures_value(["", "/a.png"])["pictures"] == [
        {"path": "/a.png", "meta": {"_type": "gradio.FileData"}}
    ]
    assert elements_value([Element("", ("",))])["elements"][0] == {
        "name": "",
        "frontal": None,
        "references": [],
    }


def test_problems_stand_where_they_belong():
    texts = problems_by_group(
        [
            Problem("prompt", "A."),
            Problem("elements[3]", "B."),
            {"field": "video_url", "message": "C."},
            {"field": None, "message": "D."},
        ]
    )
    assert texts == {
        "prompt": "A.",
        "clip": "C. D.",
        "images": "",
        "elements": "B.",
        "options": "",
        "key": "",
    } and set(texts) == set(GROUPS)


@pytest.mark.parametrize(
    ("key", "fine"),
    [
        ("", True),
        ("SG_0123456789abcdef", True),
        ("SG_0123", False),
        ("Bearer x", False),
        ("SG_0123456789abcdeg", False),
    ],
)
def test_keys_are_checked_by_their_form(key, fine):
    assert (key_problem(Secret(key)) is None) is fine


def test_the_offer_says_who_pays_and_shows_the_sum():
    assert "not Kling" in offer(EditRequest(), "preview", "nobody")
    assert "5 s x $0.42 = $2.10" in offer(EditRequest(), "segmind", "owner", left_today=7.9, cap=10)
    assert "$7.90 of today" in offer(EditRequest(), "segmind", "owner", left_today=7.9, cap=10)
    assert "charged to your key" in offer(
        EditRequest(), "segmind", "visitor", credits=12.5
    ) and "12.50 credits" in offer(EditRequest(), "segmind", "visitor", credits=12.5)


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
        and value["actions"][0] == ["resend", "Send it again (charged again)"]
    )


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


def test_history_tells_time_as_people_do():
    assert [when(NOW - s, NOW) for s in (1, 300, 7200, 200_000)] == [
        "just now",
        "5 min ago",
        "2 h ago",
        "2 days ago",
    ]
    card = history_value([JOB], time.time())["jobs"][0]
    assert card["prompt"] == "Make <b>winter</b>" and ["forget", "Forget"] not in card["actions"]
