"""What a prompt becomes. The table was written from what editors' users write, before the lexicon was tuned to it."""

import time

import pytest

from modules.preview.direction import direct


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


@pytest.mark.parametrize("hostile", ["a" * 10_000, "no " * 3_300, "@Element" * 1_250, "😀\u200b\x00\x07" * 2_500, "(((((a+)+)+)+)+)$" * 600, "rain, " * 1_600, "雪" * 10_000, "ा" * 10_000])
def test_hostile_prompts_are_read_in_milliseconds(hostile):
    direct("warm up")
    started = time.perf_counter()
    direct(hostile, images=3, elements=2)
    assert time.perf_counter() - started < 0.5
