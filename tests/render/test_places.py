"""Places that are put behind a subject: photographs and paintings, in any shape, at any hour."""

import re
from pathlib import Path

import numpy as np
import pytest

from modules.preview import photographs
from modules.preview.effects.backgrounds import backdrop
from modules.preview.effects.backgrounds.fitting import fit, usual_box
from modules.preview.effects.backgrounds.foreground import with_foreground
from modules.preview.effects.backgrounds.places import PAINTED, place
from modules.preview.prompt import lexicon
from modules.preview.prompt.direction import direct
from modules.preview.prompt.plan import Background
from modules.preview.subject.detection import Box
from modules.preview.video.compositing import contact_shadow, light_wrap

SCENES = {concept.scene for _, concept in [*lexicon.SCENES, *lexicon.LOOKS] if concept.scene}


@pytest.mark.parametrize("name", sorted(SCENES))
def test_every_place_fills_any_shape_and_lives(name):
    for width, height in ((320, 180), (180, 320)):
        shown = place(name, width, height)
        first, later = shown(0.0), shown(1.3)
        assert first.shape == (height, width, 3) and first.dtype == np.uint8 and first.std() > 3
        assert name == "studio" or not np.array_equal(first, later)


def test_a_place_is_a_photograph_or_a_painting_and_never_both():
    assert SCENES == photographs.SCENES | PAINTED and not photographs.SCENES & PAINTED
    assert set(lexicon.LOOK_OF_SCENE) == SCENES


def test_every_photograph_is_there_used_and_credited():
    folder = Path(photographs.path_of("SOURCES.md")).parent
    files = {picture.file for picture in photographs.PHOTOGRAPHS}
    assert files == {path.name for path in folder.glob("*.jpg")}
    rows = dict(re.findall(r"^\| `(\w+\.jpg)` \|(.*)$", (folder / "SOURCES.md").read_text(), re.MULTILINE))
    assert set(rows) == files
    for picture in photographs.PHOTOGRAPHS:
        named = picture.credit or ""
        assert not named or named.startswith(photographs.CREDIT)
        assert ("CC BY 4.0" in rows[picture.file]) == ("CC BY 4.0" in named)
        assert ("MIT" in rows[picture.file]) == ("MIT" in named)
        if "CC BY" in named:
            assert "Aitzol Berasategi" in named and "Aitzol Berasategi" in rows[picture.file]


BOXES = {"far": Box(140, 60, 30, 70), "near": Box(100, 20, 90, 145), "bust": Box(80, 40, 160, 140)}


@pytest.mark.parametrize("picture", photographs.PHOTOGRAPHS, ids=lambda picture: picture.file)
@pytest.mark.parametrize("shape", [(320, 180), (180, 320), (240, 240)], ids=str)
def test_a_photograph_fills_the_frame_with_its_ground_under_the_feet(picture, shape):
    width, height = shape
    source, fitted = with_foreground(np.zeros((900, 1600, 3), np.uint8), picture, None)
    rows, columns = source.shape[:2]
    for name, box in BOXES.items():
        box = Box(box.x * width / 320, box.y * height / 180, box.w * width / 320, box.h * height / 180)
        crop = fit(fitted, (columns, rows), shape, box)
        assert crop.x >= -0.01 and crop.x + width / crop.scale <= columns + 0.01
        assert crop.y >= -0.01 and crop.y + height / crop.scale <= rows + 0.01
        assert crop.scale <= 1.61 * max(width / columns, height / rows)
        if name == "bust":
            assert crop.horizon < height * 0.85
        elif fitted.ground is not None:
            ground = (fitted.ground * rows - crop.y) * crop.scale
            assert crop.horizon < box.y + box.h and (ground <= box.y + box.h or name == "far")


def test_of_several_figures_the_one_farthest_back_stands_on_the_ground():
    matte = np.zeros((180, 320), np.uint8)
    matte[20:80, 60:80] = matte[90:170, 200:230] = 255
    matte[2:4, 2:4] = 255
    box = usual_box([matte, matte, np.zeros_like(matte)])
    assert (box.x, box.y, box.w, box.h) == (60, 20, 170, 60) and usual_box([matte * 0]) is None


@pytest.mark.parametrize("name", ["beach", "mountains", "desert", "meadow", "mountains_snow", "city"])
def test_the_hour_and_the_season_change_a_photograph(name):
    plain, day, sunset, night, snowed = (
        place(name, 320, 180, **asked)(0.0).reshape(-1, 3).mean(0)
        for asked in ({}, {"time": "day"}, {"time": "sunset"}, {"time": "night"}, {"snow": True})
    )
    assert night.mean() < 0.7 * day.mean() and night.mean() > 20
    assert sunset[2] / sunset[0] > 1.15 * day[2] / day[0]
    assert (snowed - plain).any() == (name != "mountains_snow")
    assert name in ("mountains_snow", "city") or snowed[0] / snowed[2] > plain[0] / plain[2]


def test_the_leaves_of_a_forest_turn_in_autumn():
    plan = direct("change the background to an autumn forest")
    assert plan.background.title == "a forest in autumn" and plan.extra["background"]["autumn"]
    summer, autumn = (
        place("forest", 320, 180, autumn=turned)(0.0)[..., 1:].astype(int) for turned in (False, True)
    )
    assert (autumn[..., 1] - autumn[..., 0]).mean() > (summer[..., 1] - summer[..., 0]).mean() + 8


def test_northern_lights_are_in_the_sky_of_the_snowy_mountains_only():
    shown = place("aurora", 320, 180, time="night")
    first, later = (shown(seconds).astype(int) for seconds in (0.0, 2.0))
    assert first[:25, ..., 1].mean() > 1.2 * first[:25, ..., 2].mean()
    assert np.abs(first[:25] - later[:25]).mean() > 2 * np.abs(first[130:] - later[130:]).mean()


def test_no_hour_comes_into_a_cave():
    plan = direct("put him in a cave at night")
    assert plan.background.scene == "cave" and "night" not in plan.background.title
    assert np.array_equal(place("cave", 320, 180)(0.0), place("cave", 320, 180, time="night", snow=True)(0.0))


def test_a_shadow_falls_away_from_the_light():
    box = Box(130, 40, 40, 100)
    for light in (-1, 1):
        frame = np.full((180, 320, 3), 200, np.uint8)
        contact_shadow(frame, box, 0.5, light=light)
        left, right = (200 - frame[:, part].astype(int) for part in (np.s_[:150], np.s_[150:]))
        assert (left.sum() - right.sum()) * light > 0
        lit = light_wrap(np.full_like(frame, 120), frame, np.full((180, 320), 255, np.uint8), light=light)
        assert (int(lit[90, 310, 0]) - int(lit[90, 10, 0])) * light > 5


def test_the_ground_under_the_feet_rests_while_the_distance_moves():
    shown = place("desert", 320, 180).fitted(Box(120, 50, 40, 110))
    first, later = shown(0.0), shown(4.0)
    feet, distance = (
        np.abs(first[rows].astype(int) - later[rows]).mean() for rows in (np.s_[158:162], np.s_[70:100])
    )
    assert feet < 0.5 * distance


def test_a_plain_colour_for_keying_is_flat():
    frame = backdrop(Background("plain", "plain green", colour=(64, 177, 0)), {}, (), 64, 36)(0.0)
    assert (frame == (64, 177, 0)).all()
