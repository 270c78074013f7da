"""References in prompts, in all the spellings that visitors bring."""

import pytest

from modules.edit.references import all_references_in, references_in, spelled_for_the_model
from modules.edit.request import EditRequest, Element

ONE = {"Element": 1, "Image": 1}
THREE = {"Element": 3, "Image": 3}


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("put @image2 there", "put @Image2 there"),
        ("put @Image 2 there", "put @Image2 there"),
        ("put @Image\u00a02 there", "put @Image2 there"),
        ("put @Image\u20092 there", "put @Image2 there"),
        ("put @Image-2 there", "put @Image2 there"),
        ("put @Image_2 there", "put @Image2 there"),
        ("put @\u0130mage2 there", "put @Image2 there"),
        ("put @\u0131mage2 there", "put @Image2 there"),
        ("put \uff20\uff29mage\uff12 there", "put @Image2 there"),
        ("put @Im\u200bage\u200d2\ufeff there", "put @Image2\ufeff there"),
        ("put <<<image_2>>> there", "put @Image2 there"),
        ("put <<< Element_2 >>> there", "put @Element2 there"),
        ("@ELEMENT3 waves", "@Element3 waves"),
        ("in @Video1 make it snow", "in the video make it snow"),
        ("in <<<video_1>>> make it snow", "in the video make it snow"),
        ("in @video make it snow", "in the video make it snow"),
    ],
)
def test_what_is_clear_is_sent_in_the_models_own_spelling(typed, sent):
    assert spelled_for_the_model(typed, THREE) == sent


@pytest.mark.parametrize(
    "typed",
    [
        "nothing here",
        "\u00bd of the frame, caf\u00e9, \ufb01ne \uff21",
        "\U0001f469\u200d\U0001f469\u200d\U0001f467 stays a family",
        "write to me@image.com",
        "@images of snow, @imagery, @image-like",
        "@Image1234",
        "an image 1 without the sign",
        "@Image\n1. first do this",
    ],
)
def test_what_is_no_reference_is_sent_as_it_was_typed(typed):
    assert spelled_for_the_model(typed, THREE) == typed


def test_an_only_picture_needs_no_number():
    assert spelled_for_the_model("@image behind @element", ONE) == "@Image1 behind @Element1"
    assert spelled_for_the_model("@image behind", THREE) == "@image behind"
    assert spelled_for_the_model("@image behind", {}) == "@image behind"


def test_places_are_those_of_the_prompt_as_typed():
    prompt = "put \uff20I\u200bmage\uff11 and @\u0130mage2 in"
    assert [prompt[one.start : one.end] for one in references_in(prompt)] == [
        "\uff20I\u200bmage\uff11",
        "@\u0130mage2",
    ]
    assert [one.name for one in all_references_in("@Video2, @image, @Element1")] == [
        "@Video2",
        "@Image",
        "@Element1",
    ]


@pytest.mark.parametrize(
    ("prompt", "images", "said"),
    [
        ("@image in the back", 2, "Say which: @Image1 to @Image2"),
        ("@image in the back", 0, "no image is given"),
        ("like @Video2", 0, "one clip only"),
        ("@image in the back", 1, ""),
        ("like @Video1", 0, ""),
    ],
)
def test_what_is_not_clear_is_said_before_the_press_and_refuses_nothing(prompt, images, said):
    request = EditRequest(prompt=prompt, video_url="x.mp4", image_urls=("a.png", "b.png")[:images])
    assert request.problems() == []
    told = " ".join(one.message for one in request.warnings() if "does not mention" not in one.message)
    assert said in told if said else told == ""


def test_a_reference_by_any_spelling_counts_as_a_mention():
    request = EditRequest(
        prompt="\uff20image in <<<element_1>>>",
        video_url="x",
        image_urls=("a",),
        elements=(Element("b", ("c",)),),
    )
    assert request.warnings() == [] and request.problems() == []
    assert request.payload()["prompt"] == "@Image1 in @Element1"


def test_what_other_sellers_refuse_is_said():
    request = EditRequest(prompt="@Element1", video_url="x", duration="12", elements=(Element("a.png"),))
    said = {one.field: one.message for one in request.warnings()}
    assert (
        "at most 10" in said["duration"] and "use the front view as its reference too" in said["elements[0]"]
    )


def test_1300_emoji_are_1300_characters():
    assert EditRequest(prompt="\U0001f600" * 1300, video_url="x").problems() == []
    assert [one.field for one in EditRequest(prompt="\U0001f600" * 2501, video_url="x").problems()] == [
        "prompt"
    ]


def test_a_prompt_of_a_million_characters_costs_little():
    assert len(references_in("\u00e9@Image1 " * 200_000)) < 20_000
