"""What a prompt becomes. The table was written from what editors' users write, before the lexicon was
tuned to it."""

import gc
import time

import pytest

from modules.preview.prompt.direction import direct
from modules.preview.prompt.plan import Plan
from tests.support.direction_table import mismatch, rows


def looks(plan):
    return {look.name for look in plan.looks}


def test_a_snowy_mountain_behind_the_subject_is_not_a_winter_look():
    plan = direct("Change the background to a snowy mountain at sunset")
    assert plan.background.scene == "mountains_snow" and plan.looks == () and plan.weather == ()
    assert "sunset" in plan.background.title


def test_an_unknown_prompt_says_so_and_stays_mild():
    plan = direct("asdf qwer zxcv")
    assert [look.name for look in plan.looks] == ["cinematic"] and plan.looks[0].strength <= 0.5
    assert plan.not_understood == ("asdf", "qwer", "zxcv") and "Nothing" in plan.summary


def seconds(prompt: str) -> float:
    """The processor time of one reading. Without the collector: it would look through all that the other
    tests of this process have left."""
    gc.collect()
    gc.disable()
    try:
        began = time.thread_time()
        direct(prompt, images=3, elements=2)
        return time.thread_time() - began
    finally:
        gc.enable()


@pytest.fixture(scope="module")
def plain_seconds() -> float:
    seconds("warm up")
    return seconds("replace the street with a snowy beach at night, keep the dog, " * 165)


@pytest.mark.parametrize(
    "hostile",
    [
        "a" * 10_000,
        "no " * 3_300,
        "@Element" * 1_250,
        "😀\u200b\x00\x07" * 2_500,
        "(((((a+)+)+)+)+)$" * 600,
        "rain, " * 1_600,
        "雪" * 10_000,
        "sand " * 2_000,
        "the street under " * 600,
        "ा" * 10_000,
    ],
)
def test_hostile_prompts_take_about_as_long_as_plain_ones_of_their_length(hostile, plain_seconds):
    assert seconds(hostile) < 15 * plain_seconds


@pytest.mark.parametrize(("prompt", "parts"), rows())
def test_a_prompt_becomes_the_plan_an_editor_would_expect(prompt, parts):
    assert mismatch(direct(prompt, images=1, elements=1), parts) is None


def test_strength_words_change_the_strength():
    assert (
        direct("slightly warmer").looks[0].strength
        < direct("warmer").looks[0].strength
        < direct("very warm").looks[0].strength
    )


def test_a_reference_that_was_not_given_is_said():
    plan = direct("replace the background with @Image3", images=1)
    assert plan.background is None and "@Image3" in plan.cannot[0]


def test_an_element_without_its_name_replaces_the_subject():
    assert direct("replace the man with an astronaut", elements=1).subject.element == 1
    plan = direct("replace the man with an astronaut")
    assert plan.subject is None and "@Element1" in " ".join(plan.cannot)


def test_a_refusal_is_said_and_wins_over_a_look_that_brings_it():
    plan = direct("cyberpunk, but without rain")
    assert plan.weather == () and any("rain" in s for s in plan.understood)


def test_a_place_that_is_missing_is_named_as_it_is_written():
    for prompt, named in (
        ("put her in london", "of London."),
        ("change the background to an office", "of an office."),
    ):
        plan = direct(prompt)
        assert plan.background is None and any(named in sentence for sentence in plan.cannot)


def test_the_plan_goes_over_the_wire():
    body = direct("on Mars, in the style of @Image1", images=1).to_json()
    assert (
        body["engine"] == "preview"
        and body["background"]["scene"] == "mars"
        and body["looks"][0]["image"] == 1
    )


def test_a_night_sky_brings_the_night_so_that_it_is_not_darkened_twice():
    plan = direct("Replace the sky with stars and make it a moonlit night")
    assert plan.background.scene == "stars" and looks(plan) == set()
    assert looks(direct("Replace the sky with a sunset and make it film noir")) == {"noir"}
    assert "full moon" in direct("a huge full moon in the sky").background.title


def test_what_is_to_be_kept_is_said_once_however_often_it_is_asked_for():
    prompt = "keep the person as they are, snow, keep the dog, keep the subject unchanged"
    plan = direct(prompt)
    assert plan.understood == ("Adds falling snow.", "Keeps the subject as filmed.") and plan.keep_subject
    many = direct(
        "keep the man, keep the street and the light, snow, keep the dog, keep the beach, keep the light"
    )
    assert many.understood[-1] == "Keeps the subject, the light, the street and the beach as filmed."
    assert sum("as filmed" in sentence for sentence in many.understood) == 1


@pytest.mark.parametrize(
    "prompt",
    [
        "replace the man with @Element1, add a hat, add a hat, foo, Foo bar, foo",
        "replace the sky with @Image9, @Image9 as the sky, remove the sky, no rain, remove the rain",
        "snow, snow. Film noir, film noir! blur the background, keep the face, keep the face",
        "in a kitchen, put her in a kitchen, replace the man with an astronaut, and with an astronaut",
    ],
)
def test_no_sentence_and_no_word_of_a_plan_stands_there_twice(prompt):
    plan = direct(f"{prompt}. {prompt}", images=1, elements=1)
    for said in (plan.understood, plan.cannot, plan.not_understood):
        assert len(set(said)) == len(said)
    assert plan.understood or plan.cannot


def test_what_was_done_instead_is_said_once():
    plan = (
        Plan()
        .fell_back("The subject was not found.")
        .fell_back("No sky.")
        .fell_back("The subject was not found.")
    )
    assert plan.fallbacks == ("The subject was not found.", "No sky.")


def test_a_look_by_name_is_called_by_its_name():
    plan = direct("Paint it as stained glass at night")
    assert [look.title for look in plan.looks] == ["Stained glass", "Night"]
    assert plan.understood[0] == "Restyles the whole frame: Stained glass."
