"""Whom the words of a prompt mean, and what they ask of that one alone."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from modules.preview.prompt.direction import direct
from modules.preview.prompt.plan import Who
from modules.preview.prompt.wording import reworded
from tests.support.direction_table import mismatch


def hue_and_light(colour: tuple[int, int, int]) -> tuple[int, float]:
    hue = cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_BGR2HSV)[0, 0, 0]
    return int(hue), sum(colour) / 3


def painted(prompt: str) -> tuple[int, int, int]:
    (look,) = direct(prompt).looks
    assert look.name == "recolour" and look.part == "subject" and look.colour is not None
    return look.colour


def test_a_prompt_without_a_subject_means_nobody_in_particular():
    assert direct("make it rain").who == Who() and not Who().chooses


@pytest.mark.parametrize("word", ["left", "right", "middle", "standing", "taller", "red"])
def test_every_word_of_choice_tells_one_from_another(word):
    assert direct(f"remove the {word} man").who.chooses
    assert not direct("remove the man").who.chooses


def test_the_noun_is_the_prompts_own_and_a_pronoun_is_none():
    assert direct("remove the golden retriever").who.noun == "golden retriever"
    assert direct("remove her").who.noun == "" and direct("remove her").who.kind == "person"
    assert direct("去掉女人").who.noun == "女人"


def test_a_later_clause_fills_in_the_noun_but_does_not_choose_another():
    who = direct("remove the one on the left, the woman. The man on the right stays in the rain").who
    assert who.place == "left" and who.noun == "woman"
    first = direct("turn the man on the left into gold and the man on the right into marble").who
    assert first.place == "left"


def test_a_way_from_side_to_side_is_no_place():
    assert direct("remove the man who walks from right to left").who.place is None


def test_what_somebody_is_to_do_in_a_new_place_chooses_nobody():
    assert direct("let her walk through a forest").who.action is None
    assert direct("put the man who walks in a forest").who.action == "moves"


def test_the_side_of_a_picture_that_joins_is_not_the_subjects():
    plan = direct("place @Element1 to the left of the man", elements=1)
    assert plan.who.place is None and plan.subject is not None and plan.subject.side == "left"


def test_a_shade_keeps_the_hue_and_changes_the_light():
    hue, plain = hue_and_light(painted("make the bird blue"))
    bright_hue, _ = hue_and_light(painted("make the bird bright blue"))
    dark_hue, dark = hue_and_light(painted("make the bird dark blue"))
    light_hue, light = hue_and_light(painted("make the bird light blue"))
    assert max(abs(other - hue) for other in (bright_hue, dark_hue, light_hue)) <= 6
    assert dark < plain < light


def test_bright_is_more_colourful_not_only_lighter():
    plain, bright = painted("make the bird red"), painted("make the bird bright red")
    assert np.ptp(bright) > np.ptp(plain)


def test_the_colour_that_is_worn_is_not_the_colour_that_is_painted():
    plan = direct("make the man in red blue")
    assert plan.who.colour_name == "red" and [look.title for look in plan.looks] == ["blue"]
    outlined = direct("outline the man in green")
    assert outlined.who.colour is None and outlined.looks[0].colour is not None


def test_who_is_to_stay_is_not_the_one_who_goes():
    plan = direct("remove the woman but keep the man")
    assert plan.subject is not None and plan.who.noun == "woman"
    assert "Keeps the man as filmed." in plan.understood
    assert "Keeps the subject as filmed." not in plan.understood


def test_the_same_one_cannot_go_and_stay():
    assert direct("remove the man, keep the man as he is").subject is None
    assert direct("don't remove the man").subject is None


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("turn the left woman into marble and the right man into gold", "the first (asked for: man)"),
        ("remove the dog and make the man red", "the first (asked for: man)"),
        ("keep the man, remove everyone else", "everybody but one"),
    ],
)
def test_what_is_asked_of_several_at_once_is_said_to_be_too_much(prompt, said):
    assert said in " ".join(direct(prompt).cannot)


def test_one_subject_that_is_called_by_two_names_is_no_second_one():
    for prompt in ("make the person red, make the man glow", "remove the walker, remove the woman"):
        assert not any("first" in sentence for sentence in direct(prompt).cannot)


def test_a_look_that_was_left_out_is_no_longer_promised():
    plan = direct("turn the man into gold, make the sky red")
    assert "Turns the subject into gold." in plan.understood and "gold" in plan.summary
    without = reworded(plan.fell_back("Nobody was found.", looks=()))
    assert not any("gold" in sentence for sentence in (*without.understood, without.summary))
    assert any("red sky" in sentence for sentence in without.understood)
    assert reworded(plan) == plan


def test_a_colour_is_not_a_swap_for_an_element():
    assert direct("让兔子变成亮红色", elements=1).subject is None
    assert direct("turn him into stone", elements=1).subject is None


@pytest.mark.parametrize(
    "prompt",
    [
        "the the the man man red in in in wearing wearing",
        "left right middle top bottom all both everyone except except",
        "除了除了除了红红红的的的人",
        "in red in blue in green in black who which that qui que",
        "except",
        "only. just. but. and and and the man",
        "remove remove not not the man in the red red red coat coat",
    ],
)
def test_heaped_words_of_choice_do_no_harm(prompt):
    plan = direct(prompt, images=1, elements=1)
    assert plan.summary and plan.to_json()["engine"] == "preview"


def test_the_table_notices_a_wrong_subject_part_or_colour():
    plan = direct("make the man on the left bright red")
    right = "recolour=bright_red who=person place=left"
    assert mismatch(plan, right) is None
    for wrong in (
        right.replace("left", "right"),
        right.replace("person", "thing"),
        right.replace("bright_red", "red"),
        f"{right} everyone",
        f"{right} worn=red",
        "part=background:recolour who=person place=left",
    ):
        assert mismatch(plan, wrong) is not None
    assert mismatch(replace(plan, looks=()), right) is not None
