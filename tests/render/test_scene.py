"""Plans carried out on the example clips: backgrounds, skies, characters, and what happens when there is
nobody."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from modules.preview.prompt.direction import direct
from modules.preview.scene import Scene
from modules.preview.subject.character import Character
from modules.preview.subject.detection import Box, SubjectMask
from modules.preview.subject.networks import Segmentation
from modules.preview.subject.replacement import CharacterCompositor
from modules.preview.subject_search import find_subject
from modules.preview.video.decode import TimedPicture
from tests.support.render_samples import frames

REFS = Path(__file__).parents[2] / "examples" / "refs"
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


def test_the_plan_names_the_author_of_a_photograph_that_is_used():
    plan, *_ = staged("put her in a forest", "person_walk_720x1280.mp4")
    assert any("Aitzol Berasategi, CC BY 4.0" in sentence for sentence in plan.to_json()["understood"])
    plan, *_ = staged("put her in a forest", "city_night_1280x720.mp4")
    assert plan.background is None and not any("Berasategi" in sentence for sentence in plan.understood)
