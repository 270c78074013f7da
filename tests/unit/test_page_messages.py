"""What the page says of engines, money and stages, and how the form becomes a request."""

import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from modules.checking import key_problem
from modules.edit.framing import Framing
from modules.edit.request import EditRequest, Element, Problem
from modules.jobs.job import Job, Stage
from modules.jobs.store.allowance import Allowance
from modules.jobs.view import view_of
from modules.secret import TICKETS, Secret
from modules.ui.actions import Actions
from modules.ui.components.edit_list.value import edits_value, when
from modules.ui.components.timeline.value import progress_value, stage_value
from modules.ui.editing import chosen_engine, problem_list
from modules.ui.form import (
    Form,
    FormValues,
    by_component,
    fill,
    framing_from,
    references_value,
    request_from,
)
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


def filled(request: EditRequest, framing: Framing) -> FormValues:
    """What the form holds after `fill`."""
    updates = fill(Form(*Form._fields), request, framing)
    return FormValues(**{name: getattr(value, "value", value) for name, value in updates.items()})


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
    framing = Framing(72.5, "pad", "loop")
    assert request_from(filled(request, framing)) == request
    assert framing_from(filled(request, framing)) == framing
    remote = replace(request, video_url="https://example.com/clip.mp4")
    assert request_from(filled(remote, framing)) == remote


def test_values_and_components_are_in_the_same_order():
    assert FormValues._fields == Form._fields


def test_a_half_filled_form_is_no_exception():
    assert request_from(FormValues(*[None] * len(FormValues._fields))).problems()
    elements = [None, "x", {"frontal": "no", "references": 7}]
    odd = FormValues(references={"images": [None, {"x": 1}, "no"], "elements": elements}, duration=5.0)
    request = request_from(odd)
    assert request.image_urls == () and request.duration == "5" and request.elements == (Element(),)


@pytest.mark.parametrize("entry", FormValues._fields)
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
        {"images": [{"path": 3}], "elements": [{"frontal": {"path": []}, "references": [{"path": {}}]}]},
        "\ud800",
    ],
)
def test_whatever_a_browser_sends_is_a_request(entry, value):
    form = FormValues()._replace(**{entry: value})
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
        (None, Secret()),
        ([3], Secret()),
        ({"key": "SG_0123456789abcdef"}, Secret()),
        (" SG_0123456789abcdef ", Secret("SG_0123456789abcdef")),
    ],
)
def test_a_key_is_a_text(value, found):
    assert TICKETS.redeem(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("preview", "preview"),
        ("segmind", "segmind"),
        (None, None),
        ("x", None),
        ([3], None),
        ({"a": 1}, None),
    ],
)
def test_an_engine_is_one_of_two(value, found):
    assert chosen_engine(value) == found


def test_pictures_that_are_gone_are_left_out_of_the_form():
    gone = EditRequest(image_urls=("", "/a.png"), elements=(Element("", ("",)),))
    assert references_value(gone, ["Anna"]) == {
        "images": [{"path": "/a.png", "meta": {"_type": "gradio.FileData"}}],
        "elements": [{"name": "Anna", "frontal": None, "references": []}],
    }


def test_problems_stand_where_they_belong():
    texts = by_component(
        [
            Problem("prompt", "A."),
            Problem("elements[3]", "B."),
            {"field": "video_url", "message": "C."},
            {"field": None, "message": "D."},
            Problem("image_urls[0]", "E."),
            Problem("api_key", "F."),
            Problem("shot_type", "G."),
        ]
    )
    assert texts == {
        "prompt": "A.",
        "references": "B. E.",
        "video": "C. D.",
        "key": "F.",
        "shot_type": "G.",
    }


def test_what_is_wrong_is_said_as_text():
    assert problem_list({}) == ""
    assert "Nothing was sent" in problem_list({"mode": "No."})
    assert "Nothing was sent" not in problem_list({"mode": "No."}, sent=True)
    said = problem_list({"mode": "mode is “<script>1</script>”."})
    assert "<script" not in said and 'data-field="mode">mode is “&lt;script&gt;' in said


@pytest.mark.parametrize(
    ("data", "page"),
    [
        ({"page": 3}, 3),
        *(({"page": odd}, 1) for odd in (0, -1, 10**9, 1.5, "2", None, [2], {"page": 2})),
        *((odd, 1) for odd in (None, [], "2", {})),
    ],
)
def test_a_page_of_the_list_is_a_number(data, page):
    assert Actions(None, None, [], None).turn(SimpleNamespace(_data=data)) == page


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
