"""The names of downloads: telling, and good on every system."""

import random
import re
import unicodedata

import pytest

from modules.edit.file_names import LONGEST, kept_name, result_name


@pytest.mark.parametrize(
    ("clip", "prompt", "name"),
    [
        ("dog park.MOV", "Make it a snowy winter evening, keep the dog", "dog-park-snowy-winter-evening.mp4"),
        ("/srv/up/IMG_1234.mov", "turn the sky into fire", "img-1234-sky-fire.mp4"),
        ("C:\\clips\\Beach.mp4", "Film noir!", "beach-film-noir.mp4"),
        ("https://example.com/a/dunes.mp4?key=SECRET#x", "snow", "dunes-snow.mp4"),
        ("dunes.mp4", "Put @Element1 on the dunes at night", "dunes-night.mp4"),
        ("видео.mp4", "Зима", "видео-зима.mp4"),
        ("空.mp4", "把背景换成海滩", "空-把背景换成海滩.mp4"),
        ("clip.mp4", "don't change the man; it's raining", "clip-raining.mp4"),
        ("clip.mp4", "keep the dog", "clip-dog.mp4"),
        ("cafe\u0301.mp4", "", "caf\u00e9.mp4"),
        ("", "make it", "edit.mp4"),
        ("", "", "edit.mp4"),
        ("../..", "...", "edit.mp4"),
        ("-.-", '--- <>:"/\\|?*', "edit.mp4"),
        ("con.mp4", "", "edit-con.mp4"),
        ("", "LPT1", "edit-lpt1.mp4"),
        ("\u3164.mp4", "\u202e\u200b\ufe0f", "edit.mp4"),
    ],
)
def test_a_name_says_which_clip_and_what_became_of_it(clip, prompt, name):
    assert result_name(clip, prompt) == name


@pytest.mark.parametrize(
    ("suffix", "ending"),
    [(".PNG", ".png"), ("png", ".mp4"), ("", ".mp4"), ("./../x", ".mp4"), (".m4v", ".m4v")],
)
def test_the_suffix_is_one(suffix, ending):
    assert result_name("a.mov", "snow", suffix) == "a-snow" + ending


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("Rabbit 1280x720.MP4", "rabbit-1280x720.mp4"),
        ("/tmp/x/<script>alert(1)</script>.html", "script.mp4"),
        ("..", "file.mp4"),
        ("aux.mp4", "file-aux.mp4"),
        ("é" * 300 + ".mp4", "é" * LONGEST + ".mp4"),
    ],
)
def test_a_visitors_file_keeps_its_name_and_nothing_but_it(source, name):
    assert kept_name(source, ".mp4") == name


def test_a_long_name_is_cut_at_a_word_and_still_has_words_of_both():
    words = "extraordinarily colourful hand-painted watercolour impressionist masterpiece exhibition"
    stem = result_name("a very long name of a holiday clip in Spain.mp4", words).removesuffix(".mp4")
    assert stem == "a-very-long-name-of-a-extraordinarily-colourful-hand-painted"
    assert len(result_name("夜" * 300, "雪" * 300).encode()) <= 210
    assert len(result_name("x" * 300, "y" * 300)) <= LONGEST + 4


def test_whatever_comes_in_a_good_name_comes_out():
    chance = random.Random(7)
    pool = (
        [chr(code) for code in range(0x250)]
        + list("\u202e\u2066\u200f\u200b\ufeff\u3164\u0301\ufe0f\ud800\U0001f600\u05d0\u0915\u094d雪🏴／：＊")
        + ["con", "nul", "../", "..\\", "keep ", "@Image1 ", "https://", ".mp4", " ", "-"]
    )
    for _ in range(3000):
        clip, prompt = ("".join(chance.choices(pool, k=chance.randrange(40))) for _ in range(2))
        name = result_name(clip, prompt)
        stem = name.removesuffix(".mp4")
        assert (
            name.endswith(".mp4") and 0 < len(stem) <= LONGEST and stem == unicodedata.normalize("NFC", stem)
        )
        assert (
            not re.search(r"[<>:\"/\\|?*\s.]", stem)
            and stem[0] != "-"
            and stem[-1] != "-"
            and "--" not in stem
        )
        assert all(unicodedata.category(char)[0] in "LMN" for char in stem.replace("-", ""))
        assert not re.fullmatch(r"con|prn|aux|nul|(com|lpt)[0-9¹²³]", stem)
