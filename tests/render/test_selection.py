"""Which of several people the words mean: on a real clip, and on people made by hand."""

from dataclasses import replace

import pytest

from modules.preview.prompt.direction import direct
from modules.preview.prompt.plan import Plan, Who
from modules.preview.subject.selection import choose, describe, place_of, wears
from modules.preview.subject_search import find_subject, needs_subject
from modules.preview.video.decode import TimedPicture
from tests.support.park_people import SECONDS, park
from tests.support.people_tracks import standing, walking
from tests.support.render_samples import frames

RED, BLUE, WHITE, BLACK = (30, 30, 200), (190, 90, 30), (172, 176, 180), (20, 18, 22)


def chosen(prompt: str, *tracks):
    return choose(list(tracks), direct(prompt).who)


@pytest.mark.parametrize(
    ("prompt", "woman"),
    [
        ("remove the walking woman", True),
        ("remove the person who walks", True),
        ("remove the standing man", False),
        ("remove the man on the roof", False),
        ("remove the person on the left", False),
        ("remove the person on the right", True),
        ("remove the taller person", True),
        ("remove the man on the left who is standing", False),
        ("entferne die gehende Frau", True),
        ("quita al hombre de la izquierda", False),
        ("去掉左边的人", False),
    ],
)
def test_each_word_chooses_the_right_one_in_the_park(prompt, woman):
    choice = choose(park(), direct(prompt).who)
    assert choice.tracks == (park()[0 if woman else 1],) and not choice.guessed


def test_what_was_taken_is_called_by_what_was_seen():
    assert chosen("remove the walking woman", *park()).title == "the person who walks from right to left"
    assert chosen("remove the standing man", *park()).title == "the person who stays on the left"


def test_a_choice_by_nothing_is_a_guess_of_the_largest():
    small, large = standing(100, height=80), standing(500, height=160)
    choice = chosen("remove the man", small, large)
    assert choice.tracks == (large,) and choice.guessed


def test_the_plan_says_that_it_guessed_and_how_to_choose():
    samples = [
        TimedPicture(picture, round(seconds * 1000), seconds)
        for picture, seconds in zip(frames("person_park_1280x720.mp4", 10), SECONDS, strict=True)
    ]
    plan, matte = find_subject(direct("remove the person"), samples, 640, 360)
    assert matte is not None and matte.several == 2
    (guess,) = plan.fallbacks
    assert "2 people" in guess and "do not tell them apart" in guess and matte.taken in guess
    assert any(matte.taken in sentence for sentence in plan.found)


def test_colours_choose_by_clothes():
    red, blue = standing(100, wears=RED), standing(500, wears=BLUE)
    assert chosen("remove the woman in red", red, blue).tracks == (red,)
    assert chosen("remove the woman in blue", red, blue).tracks == (blue,)


def test_white_and_black_are_told_by_their_light_as_it_is_filmed():
    white, black, red = (standing(x, wears=w) for x, w in ((100, WHITE), (300, BLACK), (500, RED)))
    for prompt, meant in (("remove the man in white", white), ("remove the man in black", black)):
        choice = chosen(prompt, red, white, black)
        assert choice.tracks == (meant,) and not choice.guessed
    assert wears(red, BLACK) == 0.0 == wears(red, (245, 245, 245))


def test_a_colour_that_nobody_wears_is_a_guess_of_the_largest():
    small, large = standing(100, wears=RED, height=90), standing(500, wears=BLUE, height=140)
    small.colours[0][0] = (60, 205, 245)  # a speck of it is not worn
    choice = chosen("remove the man in yellow", small, large)
    assert choice.guessed and choice.tracks == (large,)


@pytest.mark.parametrize(
    ("words", "at"),
    [("on the left", 0), ("in the middle", 1), ("on the right", 2), ("who is nearest", 1), ("far away", 0)],
)
def test_places_and_sizes_choose_among_three(words, at):
    three = (standing(80, height=60), standing(330, height=150), standing(580, height=100))
    choice = chosen(f"remove the person {words}", *three)
    assert choice.tracks == (three[at],) and not choice.guessed


def test_two_words_together_choose_the_one_who_fits_both():
    left, right = standing(80, wears=RED), standing(580, wears=RED)
    middle = standing(330, wears=BLUE)
    assert chosen("remove the man in red on the right", left, middle, right).tracks == (right,)


def test_words_that_fit_two_alike_are_a_guess():
    one, two = standing(80, wears=RED), standing(580, wears=RED)
    assert chosen("remove the man in red", one, two, standing(330, wears=BLUE)).guessed


def test_everyone_is_all_who_were_found_and_no_more_is_claimed():
    three = (standing(80), standing(330), walking(500, 600))
    choice = chosen("remove everyone", *three)
    assert choice.tracks == three and not choice.guessed
    assert choice.title == "the 3 people who were found"


def test_everyone_with_a_word_is_all_whom_it_fits():
    left, also_left, right = standing(60), standing(150), standing(580)
    choice = chosen("remove the men on the left", left, also_left, right)
    assert choice.tracks == (left, also_left)
    assert choice.title == "2 of the 3 people who were found"


def test_the_ways_are_described_as_they_were_measured():
    alone = standing(580)
    assert describe(walking(100, 500), [alone]) == "the person who walks from left to right"
    assert describe(walking(500, 100), [alone]) == "the person who walks from right to left"
    assert describe(alone, [alone]) == "the person on the right"
    assert describe(alone, [alone, standing(60)]) == "the person who stays on the right"
    assert [place_of(x) for x in (0.1, 0.5, 0.9)] == ["on the left", "in the middle", "on the right"]


def test_a_plan_that_needs_no_subject_looks_for_none():
    assert find_subject(direct("make it rain"), [], 640, 360) == (direct("make it rain"), None)
    assert not needs_subject(Plan()) and not needs_subject(direct("replace the sky with stars"))
    for prompt in ("remove the man", "blur the background", "turn the man into gold", "put her on Mars"):
        assert needs_subject(direct(prompt))


def test_the_words_order_does_not_matter():
    left, right = standing(80, height=80), standing(580, height=120)
    who = Who("person", "man", place="left")
    assert choose([left, right], who).tracks == choose([right, left], who).tracks == (left,)
    assert choose([right, left], replace(who, place="right")).tracks == (right,)
