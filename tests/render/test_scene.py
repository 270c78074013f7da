"""Plans carried out on the example clips: backgrounds, skies, characters, and what happens when there is
nobody."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from modules.preview import photographs
from modules.preview.effects.backgrounds import backdrop
from modules.preview.effects.backgrounds.fitting import fit, usual_box
from modules.preview.effects.backgrounds.foreground import with_foreground
from modules.preview.effects.backgrounds.places import PAINTED, place
from modules.preview.prompt import lexicon
from modules.preview.prompt.direction import direct
from modules.preview.prompt.plan import Background
from modules.preview.scene import Scene
from modules.preview.subject.character import Character
from modules.preview.subject.detection import Box, SubjectMask
from modules.preview.subject.networks import Segmentation
from modules.preview.subject.replacement import CharacterCompositor
from modules.preview.subject_search import find_subject
from modules.preview.video.compositing import contact_shadow, light_wrap
from modules.preview.video.decode import TimedPicture
from tests.support.render_samples import frames

REFS = Path(__file__).parents[2] / "examples" / "refs"
SCENES = {concept.scene for _, concept in [*lexicon.SCENES, *lexicon.LOOKS] if concept.scene}
ASTRONAUT, COFFEE, MOUNTAINS = (
    str(REFS / "astronaut_512x512.png"),
    str(REFS / "coffee_600x400.png"),
    str(REFS / "mountains_picosdeeuropa.jpg"),
)


def staged(prompt, clip, images=(), elements=(), long_side=640):
    samples = frames(clip, 8, long_side)
    plan = direct(prompt, images=len(images), elements=len(elements))
    scene = Scene(
        plan,
        images=images,
        elements=elements,
        width=samples[0].shape[1],
        height=samples[0].shape[0],
        fps=25.0,
    )
    width, height = scene.width, scene.height
    timed = [TimedPicture(sample, k, k * 0.5) for k, sample in enumerate(samples)]
    plan, matte = find_subject(scene.survey(plan, samples), timed, width, height)
    plan = scene.prepare(plan, samples, matte)
    for index in range(
        10
    ):  # the same frame again, as in a clip that stands still, until a character has come in fully
        before = samples[4].copy()
        mask = matte.segment(samples[4], 2.0 + index / 25) if scene.asks_for_matte else None
        after = scene(samples[4], index, index / 25, mask)
        assert np.array_equal(before, samples[4])
    return plan, before, after


def changed(before, after) -> float:
    return float((np.abs(before.astype(int) - after).max(2) > 25).mean())


def test_a_painted_background_leaves_the_subject():
    plan, before, after = staged("change the background to space", "bird_960x960.mp4")
    assert plan.background.scene == "space" and plan.fallbacks == ()
    middle = np.s_[250:420, 230:340]
    assert changed(before, after) > 0.5 and np.abs(before[middle].astype(int) - after[middle]).mean() < 60


def test_a_picture_becomes_the_background():
    plan, before, after = staged(
        "Replace the background with @Image1", "person_walk_720x1280.mp4", images=(MOUNTAINS,)
    )
    assert plan.background.image == 1 and changed(before, after) > 0.6


def test_without_a_subject_the_whole_frame_is_restyled_and_said():
    plan, before, after = staged("change the background to a snowy mountain", "city_night_1280x720.mp4")
    assert (
        plan.background is None
        and [k.name for k in plan.looks] == ["winter"]
        and "No person" in plan.fallbacks[0]
    )
    assert np.array_equal(before, after)


def test_a_picture_without_a_subject_becomes_the_style():
    plan, *_ = staged("Replace the background with @Image1", "dunes_966x544.mp4", images=(MOUNTAINS,))
    assert plan.background is None and plan.looks[0].image == 1


@pytest.mark.parametrize("prompt", ["replace the bird with @Element1", "let @Element1 stand beside the bird"])
def test_an_element_takes_part(prompt):
    plan, before, after = staged(prompt, "bird_960x960.mp4", elements=((ASTRONAUT, ()),))
    orange = (after[..., 2].astype(int) - after[..., 0] > 70).mean() - (
        before[..., 2].astype(int) - before[..., 0] > 70
    ).mean()
    assert plan.subject is not None and orange > 0.02


def test_a_thing_without_a_person_is_cut_out_too():
    _, before, after = staged(
        "replace the bird with @Element1", "bird_960x960.mp4", elements=((COFFEE, (COFFEE,)),)
    )
    assert changed(before, after) > 0.1


def test_an_uneven_walk_turns_a_character_once_and_standing_turns_it_back():
    character = Character(COFFEE, (COFFEE,), Segmentation())
    assert character.view is not None and character.towards(0.0) is character.front
    walking = [character.towards(speed) for speed in (0.06, 0.03, 0.05, 0.03, 0.06, 0.021)]
    assert all(view is walking[0] for view in walking) and walking[0] is not character.front
    back = character.towards(-0.06)
    assert np.array_equal(back, walking[0][:, ::-1])
    standing = [character.towards(speed) for speed in (0.0, 0.03, 0.05)]
    assert all(view is character.front for view in standing)


def test_reference_pictures_that_are_of_no_use_are_named(tmp_path):
    whole = str(tmp_path / "whole.png")  # as the cup is, but the lower edge cuts the others
    picture = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((80, 40, 220, 260), fill=(200, 60, 40, 255))
    picture.save(whole)
    character = Character(COFFEE, (ASTRONAUT, whole, ASTRONAUT), Segmentation())
    assert character.view is not None and character.unused == 2
    plan, _, _ = staged(
        "replace the bird with @Element1", "bird_960x960.mp4", elements=((COFFEE, (ASTRONAUT,)),)
    )
    assert any("1 of the reference pictures was not used" in sentence for sentence in plan.fallbacks)


def test_a_character_shows_its_other_view_while_the_subject_walks():
    shown = []

    class Watched(Character):
        """Notes each view it shows."""

        def towards(self, speed):
            shown.append(super().towards(speed))
            return shown[-1]

    character = Watched(COFFEE, (COFFEE,), Segmentation())
    compositor = CharacterCompositor(character, "replace", 320, 180, 25.0)
    compositor.clean_plate = np.full((180, 320, 3), 128, np.uint8)
    for k in range(40):
        left = 40 + 3 * min(k, 20)
        alpha = np.zeros((180, 320), np.uint8)
        alpha[60:160, left : left + 40] = 255
        after = compositor(
            compositor.clean_plate, SubjectMask(alpha, Box(left, 60, 40, 100), (0, 0, 320, 180)), k / 25
        )
        assert (
            np.abs(after.astype(int) - 128).max(2) > 25
        ).mean() > 0.02  # from the first frame on: it is the still
    assert len(shown) == 40 and shown[0] is character.front
    assert shown[20] is Character.towards(character, 1.0) is not character.front
    assert sum(now is not before for before, now in itertools.pairwise(shown)) <= 2


def test_an_element_with_nobody_to_replace_is_placed_and_said():
    plan, before, after = staged(
        "replace the man with @Element1", "dunes_966x544.mp4", elements=((ASTRONAUT, ()),)
    )
    assert "placed" in plan.fallbacks[0] and changed(before, after) > 0.03


def test_a_sky_is_replaced_and_the_ground_stays():
    plan, before, after = staged("replace the sky with stars", "dunes_966x544.mp4")
    assert plan.background.kind == "sky" and after[:60].mean() < 0.7 * before[:60].mean()


def test_a_clip_without_sky_says_so():
    noise = [np.random.default_rng(k).integers(0, 255, (180, 320, 3), dtype=np.uint8) for k in range(4)]
    plan = direct("replace the sky with stars")
    scene = Scene(plan, width=320, height=180)
    assert "sky" in scene.survey(plan, noise).fallbacks[0] and not scene.needed


def test_a_plan_without_scene_passes_frames_through():
    plan = direct("make it rain")
    scene = Scene(plan, width=64, height=48)
    frame = np.zeros((48, 64, 3), np.uint8)
    scene.prepare(plan, [frame] * 3, None)
    assert scene(frame, 0, 0.0) is frame


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


def test_the_plan_names_the_author_of_a_photograph_that_is_used():
    plan, *_ = staged("put her in a forest", "person_walk_720x1280.mp4")
    assert any("Aitzol Berasategi, CC BY 4.0" in sentence for sentence in plan.to_json()["understood"])
    plan, *_ = staged("put her in a forest", "city_night_1280x720.mp4")
    assert plan.background is None and not any("Berasategi" in sentence for sentence in plan.understood)


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
