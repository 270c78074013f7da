"""Text on pictures: every script has letters, runs its own way, and stays inside its column."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from modules.media.read.lettering import draw_text, line_height, lines_of
from modules.media.read.stills import contact_sheet
from tests.support.media_samples import clip

PAPER, INK = (255, 255, 255), (0, 0, 0)
WITHOUT_FONT = "क"  # Devanagari: in none of the fonts, so it is drawn as the box


def picture_of(text, width=600, size=30, limit=6):
    """Ink (0..255) of the text in a column of `width` px with 100 px of paper on both sides."""
    lines = lines_of(text, width, size, limit)
    sheet = Image.new("RGB", (width + 200, line_height(size) * max(1, len(lines))), PAPER)
    draw_text(ImageDraw.Draw(sheet), (100, 0), lines, size, INK, width)
    return 255 - np.asarray(sheet.convert("L"), np.int16)


SCRIPTS = {
    "Latin": "éßÄçñøŁőşĐœžẽ€£—„“…",
    "Greek": "ΑΒΓΔάέήίόύώςψ",
    "Cyrillic": "АБЖЩЫЭЮЯёїґўћ",
    "Hebrew": "אבגדהוזחטיכלמנסעפצקרשתםןץףך",
    "Arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأإةىپچژگ؟،٣",
    "Chinese": "把背景换成下雪的冬天龍體學，。",
    "Japanese": "背景あいうアイウをん「」ー",
    "Korean": "배경을눈내리는겨울한글뷁",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_letter_is_drawn_and_not_as_a_box(script):
    box = picture_of(WITHOUT_FONT)
    pictures = [picture_of(letter) for letter in SCRIPTS[script]]
    assert box.sum() > 0 and all(picture.sum() > 0 for picture in pictures)
    ink_of_box = box[:, box.any(axis=0)]
    for letter, picture in zip(SCRIPTS[script], pictures, strict=True):
        assert not np.array_equal(picture[:, picture.any(axis=0)], ink_of_box), letter
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


@pytest.mark.parametrize(
    ("text", "from_left_to_right"),
    [
        ("سلام", "\ufee1\ufefc\ufeb3"),  # meem alone, lam with alef, seen at the beginning
        ("بيت", "\ufe96\ufef4\ufe91"),
        ("دار", "\ufead\ufe8d\ufea9"),  # three letters that join to nothing after them
        ("می\u200cخواهم", "\ufee2\ufeeb\ufe8d\ufeee\ufea7\ufbfd\ufee3"),  # Persian: yeh does not join to kheh
        ("بَيت", "\ufe96\ufef4\ufe91\u064e"),  # a mark stays on its letter
        ("مَّد", "\ufeaa\ufee3\u064e\u0651"),  # two marks on one letter keep their order
        ("لَا", "\ufefb\u064e"),  # a mark between lam and alef parts neither
        ("الله", "\ufeea\ufee0\ufedf\ufe8d"),  # four letters, not the one character that few fonts draw
        ("کتاب ۲۵ (گربه)", "(\ufeea\ufe91\ufeae\ufb94) ۲۵ \ufe8f\ufe8e\ufe98\ufb90"),
        ("«دار» [۱]", "[۱] «\ufead\ufe8d\ufea9»"),
        ("دار (Kling O3) دار", "\ufead\ufe8d\ufea9 (Kling O3) \ufead\ufe8d\ufea9"),
        ("דג (Kling O3) @Image1!", "!Image1@ (Kling O3) גד"),  # brackets stay a pair
        ("the [דג] 12", "the [גד] 12"),
        ("דג 3 < 4", "4 > 3 גד"),
        ("say دَار 12 now", "say 12 \ufead\ufe8d\ufea9\u064e now"),
        ("שלום", "םולש"),
        ("שָׁלוֹם", "םו\u05b9לש\u05b8\u05c1"),
        ("x\u0302 שָם", "x\u0302 םש\u05b8"),  # marks of both directions in one line
        ("x\u0302שָ", "x\u0302ש\u05b8"),
        ("שלום (עולם) 25.5", "25.5 (םלוע) םולש"),
        ("שלום @Image1!", "!Image1@ םולש"),
        ("say שלום עולם now", "say םלוע םולש now"),
        ("سعر 12 و 13-14", "14-13 \ufeed 12 \ufeae\ufecc\ufeb3"),
        ("plain text, 5 %", "plain text, 5 %"),
    ],
)
def test_characters_stand_in_the_order_in_which_they_are_seen(text, from_left_to_right):
    """Checked against GNU FriBidi 1.0."""
    assert [line.text for line in lines_of(text, 900, 30)] == [from_left_to_right]


def test_arabic_letters_touch():
    """Joined letters have no gap of paper between them; the same letters apart have."""

    def gaps(text):
        inked = np.flatnonzero(picture_of(text).any(axis=0))
        return int((np.diff(inked) > 1).sum())

    assert gaps("سبيتنمع") == 0 and gaps("\u200c".join("سبيتنمع")) > 0


def test_a_right_to_left_text_stands_at_the_right():
    hebrew, latin = (np.flatnonzero(picture_of(text).any(axis=0)) for text in ("שלום", "Peace"))
    assert hebrew[-1] > 690 and hebrew[0] > 500
    assert latin[0] < 110 and latin[-1] < 300


LONG = {
    "Chinese": "把背景换成下雪的冬天，人物保持不变。" * 12,
    "Japanese": "背景を雪の降る冬にして、人物はそのまま「きれい」に。" * 9,
    "Korean": "배경을 눈 내리는 겨울로 바꾸고 인물은 그대로 두세요 " * 8,
    "one word": "x" * 400,
    "one Arabic word": "سلام" * 90,
    "Hebrew": "הפוך את הרקע לחורף מושלג ואל תשנה את האדם " * 8,
    "kerning": "AVAVToTaWa" * 40,
    "mixed": "make it 冬 зима שלום سلام 12 € " * 12,
    "marks": "a\u0301\u0302\u0303" * 300,
    "boxes": "🎬क" * 90,
}


@pytest.mark.parametrize("kind", LONG)
def test_no_line_leaves_its_column(kind):
    lines = lines_of(LONG[kind], 600, 30, limit=50)
    assert len(lines) > 2 and all(line.width <= 600 for line in lines)
    assert all(line.width > 300 for line in lines[:-1])
    ink = picture_of(LONG[kind], limit=50)
    assert ink[:, 100:700].any() and not ink[:, :98].any() and not ink[:, 702:].any()


def test_kerning_that_widens_a_line_is_counted():
    room = sum(lines_of(letter, 600, 30)[0].width for letter in "-J")
    assert all(line.width <= room for line in lines_of("-J" * 20, room, 30, limit=50))


@pytest.mark.parametrize("kind", LONG)
def test_a_long_text_ends_in_an_ellipsis(kind):
    lines = lines_of(LONG[kind], 600, 30, limit=2)
    assert len(lines) == 2 and all(line.width <= 600 for line in lines)
    assert lines[-1].text.startswith("…") if lines[-1].right_to_left else lines[-1].text.endswith("…")


@pytest.mark.parametrize("kind", ["Chinese", "Japanese", "Korean", "one word", "kerning"])
def test_breaking_loses_nothing(kind):
    lines = lines_of(LONG[kind], 600, 30, limit=50)
    assert "".join(line.text for line in lines).replace(" ", "") == LONG[kind].replace(" ", "")


def test_lines_break_where_readers_expect_it():
    for kind in ("Chinese", "Japanese"):
        for width in range(300, 700, 30):
            lines = [line.text for line in lines_of(LONG[kind], width, 30, limit=90)]
            assert not [line for line in lines if line[0] in "、。，」" or line[-1] in "「"]
    words = set(LONG["Korean"].split())
    assert all(set(line.text.split()) <= words for line in lines_of(LONG["Korean"], 500, 30, limit=50))


@pytest.mark.parametrize("text", ["", "  \n\t ", "\u202e\u2066\u200d\ufeff\x00"])
def test_a_text_of_nothing_has_no_line(text):
    assert lines_of(text, 600, 30) == []


def test_control_characters_turn_nothing_round():
    assert [line.text for line in lines_of("pay \u202e5$\u202c\n now\x07", 600, 30)] == ["pay 5$ now"]


def test_a_hostile_text_is_cut_and_does_not_stack_marks():
    assert len(lines_of("a" + "\u0301" * 100_000, 600, 30)) == 1
    assert len(lines_of("漢" * 200_000, 600, 30)) == 6
    sheet = Image.new("L", (200, 200), 255)
    draw_text(ImageDraw.Draw(sheet), (20, 100), lines_of("e" + "\u0302" * 60, 100, 30), 30, 0, 100)
    assert np.flatnonzero(np.asarray(sheet).min(axis=1) < 128)[0] > 85


def test_a_narrow_sheet_keeps_its_margins_whatever_the_prompt(tmp_path):
    tall = clip(tmp_path / "a.mp4", 72, 128, 1)
    for number, text in enumerate(["x" * 400, LONG["Chinese"], LONG["Hebrew"], LONG["one Arabic word"]]):
        path = contact_sheet(tall, tall, tmp_path / f"{number}.png", [text, text])
        sheet = np.asarray(Image.open(path).convert("RGB"), np.int16)
        ground = sheet[0, 0]
        head = np.abs(sheet[: -2 * 220 - 100] - ground).max(-1) > 24
        assert head[:, 48:-48].any(axis=1).sum() > 100
        assert not head[:, :46].any() and not head[:, -46:].any()
