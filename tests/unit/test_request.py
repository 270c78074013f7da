"""The request: nine parameters, what is wrong with them, and the payload."""

import json

import pytest

from modules.edit.framing import Framing
from modules.edit.price import dollars, estimate
from modules.edit.references import references_in, spelled_for_the_model
from modules.edit.request import AUTO_RATIO, DURATIONS, EditRequest, Element

GOOD = EditRequest(prompt="Make it winter", video_url="https://example.com/clip.mp4")


def fields(request):
    return [problem.field for problem in request.problems()]


def test_the_defaults_are_the_models_own():
    body = GOOD.payload()
    assert body == {
        "prompt": "Make it winter",
        "video_url": "https://example.com/clip.mp4",
        "aspect_ratio": "16:9",
        "duration": "5",
        "keep_audio": False,
        "mode": "pro",
        "shot_type": "customize",
    }
    assert isinstance(body["duration"], str) and GOOD.problems() == []


def test_everything_wrong_is_listed_at_once():
    bad = EditRequest(duration="99", mode="fast", aspect_ratio="4:3", shot_type=" ", elements=(Element(),))
    assert fields(bad) == [
        "prompt",
        "video_url",
        "duration",
        "aspect_ratio",
        "mode",
        "shot_type",
        "elements[0]",
    ]


@pytest.mark.parametrize(
    "prompt", ["put @Element2 there", "@image1", "@Element0 waves", "@Image 3", "@ELEMENT_9"]
)
def test_a_reference_to_what_is_not_given_is_named(prompt):
    request = EditRequest(prompt=prompt, video_url="x.mp4", elements=(Element("a.png"),))
    assert fields(request) == ["prompt"]


def test_references_that_are_given_are_fine_and_spelled_as_the_model_wants():
    request = EditRequest(
        prompt="@image 1 behind @element1",
        video_url="x.mp4",
        elements=(Element("a.png"),),
        image_urls=("b.png",),
    )
    assert request.problems() == []
    assert request.payload()["prompt"] == "@Image1 behind @Element1"
    assert [r.name for r in references_in("mail me@element1.com or @Element12")] == [
        "@Element1",
        "@Element12",
    ]
    assert spelled_for_the_model("nothing here") == "nothing here"


@pytest.mark.parametrize(("length", "ok"), [(2500, True), (2501, False)])
def test_the_prompt_ends_where_the_model_stops_reading(length, ok):
    assert (fields(EditRequest(prompt="a" * length, video_url="x")) == []) is ok


def test_limits_of_elements_and_references():
    many = EditRequest(prompt="x", video_url="x", elements=tuple(Element("a.png") for _ in range(11)))
    assert "elements" in fields(many)
    views = EditRequest(prompt="x", video_url="x", elements=(Element("a.png", ("1", "2", "3", "4")),))
    assert fields(views) == ["elements[0]"]


def test_what_other_sellers_refuse_is_a_warning_only():
    crowded = EditRequest(
        prompt="@Element1",
        video_url="x",
        elements=(Element("a", ("f",)), Element("b")),
        image_urls=("c", "d", "e"),
    )
    assert crowded.problems() == []
    assert {w.field for w in crowded.warnings()} == {"image_urls", "elements[1]", "prompt"}


def test_sources_are_replaced_everywhere_and_named_by_their_field():
    request = EditRequest(
        prompt="x", video_url="/a.mp4", image_urls=("/b.png",), elements=(Element("/b.png", ("/c.png",)),)
    )
    assert request.sources() == ("/a.mp4", "/b.png", "/c.png")
    sent = request.with_sources({"/a.mp4": "https://h/a", "/b.png": "https://h/b", "/c.png": "https://h/c"})
    assert sent.payload()["elements"] == [
        {"frontal_image_url": "https://h/b", "reference_image_urls": ["https://h/c"]}
    ]
    assert sent.payload()["image_urls"] == ["https://h/b"]
    assert [request.field_of(s) for s in request.sources()] == ["video_url", "image_urls", "elements[0]"]


def test_a_request_survives_json():
    request = EditRequest(
        prompt="ü \u2028 \U0001f600",
        video_url="v",
        image_urls=("a",),
        elements=(Element("f", ("r",)),),
        keep_audio=True,
        duration="15",
    )
    assert EditRequest.from_json(json.loads(json.dumps(request.to_json()))) == request
    framing = Framing(1.5, "pad", "loop")
    assert Framing.from_json(json.loads(json.dumps(framing.to_json()))) == framing


def test_prices_meet_both_ends_of_the_models_page():
    assert estimate(EditRequest(mode="std", duration="3")).usd == 0.945
    assert estimate(EditRequest(mode="pro", duration="15")).usd == 6.30
    assert estimate(EditRequest(duration="5")).arithmetic == "5 s x $0.42 = $2.10"
    assert estimate(EditRequest(), "preview").usd == 0
    assert dollars(0.945) == "$0.945" and dollars(6.3) == "$6.30"
    assert [estimate(EditRequest(duration=d)).seconds for d in DURATIONS] == list(range(3, 16))


def test_the_clips_own_ratio_may_be_asked_for_but_is_never_sent():
    draft = EditRequest(prompt="x", video_url="x", aspect_ratio=AUTO_RATIO)
    assert draft.problems() == [] and EditRequest.from_json(draft.to_json()) == draft
    with pytest.raises(ValueError, match="aspect ratio"):
        draft.payload()
    assert draft.with_ratio("9:16").payload()["aspect_ratio"] == "9:16"
    assert GOOD.with_ratio("9:16") == GOOD
