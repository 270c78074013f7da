"""Finding and following the subject, on the example clips."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from modules.preview.subject.clean_plate import fill, still_clean_plate
from modules.preview.subject.colour_matte import RimRefiner
from modules.preview.subject.detection import Box, detect_subject
from modules.preview.subject.matte import Matte
from modules.preview.subject.moving_plate import MovingCleanPlate
from modules.preview.subject.separation import compare_with_plate, separate_moving
from tests.support.render_samples import frames

CLIPS = Path(__file__).parents[2] / "examples" / "clips"


def followed(name: str, long_side: int = 640):
    samples = frames(name, 8, long_side)
    matte = Matte(samples[0].shape[1], samples[0].shape[0])
    return matte, matte.prepare(samples), samples


@pytest.mark.parametrize("name", ["person_walk_720x1280.mp4", "bird_960x960.mp4", "bunny_1280x720.mp4"])
def test_a_subject_in_the_middle_is_followed(name):
    matte, kind, samples = followed(name)
    assert kind == ("salient" if "bunny" in name else "person")
    share = np.mean([(matte(f) > 128).mean() for f in samples[2:6]])
    assert 0.01 < share < 0.6


def test_both_small_people_of_a_wide_shot_are_found():
    matte, kind, samples = followed("person_park_1280x720.mp4", 1280)
    assert kind == "person"
    alpha = matte(samples[0])
    assert 0.003 < (alpha > 128).mean() < 0.1
    assert (alpha[:, 320:640] > 128).mean() > 0.01 and (alpha[:, 960:1230] > 128).mean() > 0.01  # both people


def test_no_subject_is_made_up_where_there_is_none():
    """The scenes that find nobody in the city and in smaller dunes say so in test_scene."""
    matte, kind, samples = followed("dunes_966x544.mp4", 966)
    assert kind == "none" and not matte(samples[0]).any()


def test_a_still_picture_has_a_still_matte():
    matte, _, samples = followed("bird_960x960.mp4")
    alphas = [matte(samples[3]).astype(int) for _ in range(6)]
    assert np.abs(alphas[-1] - alphas[-2]).mean() < 0.5


def test_a_walker_is_cut_out_without_the_scenery_above_and_beside_her():
    matte, _, samples = followed("person_walk_720x1280.mp4", 1280)
    alphas = [matte(sample) for sample in samples[:2]]
    assert all((alpha[:600] > 60).mean() < 0.005 for alpha in alphas)  # trees and houses
    assert all(0.03 < (alpha > 128).mean() < 0.09 for alpha in alphas)


def test_the_unsure_rim_is_decided_by_the_colours_on_both_sides():
    rng = np.random.default_rng(3)
    picture = np.full((120, 120, 3), (40, 200, 220), np.uint8)
    picture[30:90, 40:80] = (160, 80, 60)
    picture = np.clip(picture + rng.integers(-6, 7, picture.shape), 0, 255).astype(np.uint8)
    rough = np.zeros((120, 120), np.float32)
    rough[30:90, 38:42], rough[30:90, 42:82] = 0.4, 1.0  # too narrow on the left, too wide on the right
    rough[30:90, 78:82] = 0.7
    decided = RimRefiner()(rough, picture)
    assert decided[35:85, 41].min() > 0.7 and decided[35:85, 81].max() < 0.3


def test_specks_and_bands_are_not_subjects():
    window = (0, 0, 256, 256)
    speck, band = np.zeros((256, 256), np.float32), np.zeros((256, 256), np.float32)
    speck[100:110, 100:110] = 0.99
    band[140:230] = 0.99
    assert detect_subject(speck, window) is None and detect_subject(band, window) is None
    figure = np.zeros((256, 256), np.float32)
    figure[60:240, 90:160] = 0.99
    assert detect_subject(figure, window).box == Box(90, 60, 70, 180)


def test_the_place_behind_a_passer_by_is_put_together_from_samples():
    rng = np.random.default_rng(1)
    place = rng.integers(0, 255, (90, 160, 3), dtype=np.uint8)
    samples, mattes = [], []
    for k in range(6):
        sample, alpha = place.copy(), np.zeros((90, 160), np.uint8)
        sample[30:80, 10 + 22 * k : 26 + 22 * k] = (0, 0, 255)
        alpha[30:80, 10 + 22 * k : 26 + 22 * k] = 255
        samples.append(sample)
        mattes.append(alpha)
    plate, seen = still_clean_plate(samples, mattes)
    assert seen.all() and np.array_equal(plate, place)


def test_a_moving_camera_gives_no_still_place():
    rng = np.random.default_rng(2)
    empty = np.zeros((90, 160), np.uint8)
    assert (
        still_clean_plate([rng.integers(0, 255, (90, 160, 3), dtype=np.uint8) for _ in range(5)], [empty] * 5)
        is None
    )


def panned(count: int, step: int) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Frames of a camera that follows a red box to the right, their mattes, and the same places without
    the box."""
    rng = np.random.default_rng(4)
    wall = cv2.GaussianBlur(
        rng.integers(0, 255, (240, 320 + count * step + 40, 3), dtype=np.uint8), (0, 0), 1.5
    )
    wall = cv2.normalize(wall, None, 0, 255, cv2.NORM_MINMAX)
    samples, mattes, places = [], [], []
    for k in range(count):
        place = wall[:, k * step : k * step + 320].copy()
        sample, alpha = place.copy(), np.zeros((240, 320), np.uint8)
        sample[90:200, 140:180] = (0, 0, 255)
        alpha[90:200, 140:180] = 255
        for pictures, one in ((samples, sample), (mattes, alpha), (places, place)):
            pictures.append(one)
    return samples, mattes, places


def test_a_moving_camera_shows_in_other_frames_what_the_subject_hides():
    samples, mattes, places = panned(46, 6)
    moving = MovingCleanPlate.of(samples[::9], mattes[::9])
    for k in range(12):
        behind = moving.behind(samples[k], mattes[k], mattes[k][80:210, 130:190], (130, 80, 60, 130))
        assert np.abs(behind.astype(int) - places[k][80:210, 130:190]).mean() < 12


def test_without_common_points_no_travel_is_made_up():
    rng = np.random.default_rng(5)
    assert (
        MovingCleanPlate.of(
            [rng.integers(0, 255, (120, 160, 3), dtype=np.uint8) for _ in range(5)],
            [np.zeros((120, 160), np.uint8)] * 5,
        )
        is None
    )


def test_what_nobody_saw_is_filled_with_the_texture_beside_it():
    rows = np.repeat(np.random.default_rng(6).integers(0, 255, (120, 1, 3), dtype=np.uint8), 200, 1)
    hole = np.zeros((120, 200), np.uint8)
    hole[30:100, 80:120] = 255
    filled = fill(cv2.bitwise_and(rows, cv2.merge([cv2.bitwise_not(hole)] * 3)), hole)
    assert np.abs(filled[35:95, 84:116].astype(int) - rows[35:95, 84:116]).mean() < 2


def test_a_ragged_hole_leaves_nothing_of_itself_in_the_filling():
    grey = np.full((160, 240, 3), 90, np.uint8)
    hole = np.zeros((160, 240), np.uint8)
    for row in range(40, 120):
        hole[row, 90 + 17 * (row // 8 % 2) : 150 + 23 * (row // 6 % 2)] = 255
    grey[hole > 0] = 255
    assert np.abs(fill(grey, hole).astype(int) - 90).max() < 6


def test_what_stands_still_in_every_sample_is_not_taken_along_with_a_moving_subject():
    rng = np.random.default_rng(7)
    place = cv2.GaussianBlur(rng.integers(0, 120, (180, 320, 3), dtype=np.uint8), (0, 0), 3)
    place[100:160, 20:90] = (150, 150, 150)  # a rock of the subject's colour
    samples, rough = [], []
    for k in range(7):
        sample, alpha = place.copy(), np.zeros((180, 320), np.uint8)
        left = 60 + 30 * k
        sample[40:160, left : left + 60] = (165, 160, 158)
        alpha[40:160, left : left + 60] = 255
        alpha[100:160, 20:90] = 255
        samples.append(sample)
        rough.append(alpha)
    clean, lasting = separate_moving(samples, rough, [np.eye(3)] * 7)
    for k in (2, 4, 6):
        assert (clean[k][105:155, 25:85] > 128).mean() < 0.1 and (
            lasting[k][105:155, 25:85] > 128
        ).mean() > 0.9
        assert (clean[k][50:150, 70 + 30 * k : 110 + 30 * k] > 128).mean() > 0.9


def test_a_subject_that_hardly_moves_is_left_as_it_was_found():
    still = np.random.default_rng(8).integers(0, 255, (180, 320, 3), dtype=np.uint8)
    alpha = np.zeros((180, 320), np.uint8)
    alpha[40:170, 120:200] = 255
    assert separate_moving([still] * 6, [alpha] * 6, [np.eye(3)] * 6) is None


def test_a_wing_that_reaches_far_out_of_the_networks_answer_is_kept():
    empty = np.full((256, 256, 3), (200, 150, 120), np.uint8)
    small, raw = empty.copy(), np.zeros((256, 256), np.float32)
    small[80:230, 100:150] = (90, 70, 90)
    small[100:120, 150:230] = (150, 110, 150)  # the wing
    small[20:40, 10:40] = (90, 70, 90)  # something else
    raw[80:230, 100:150] = 0.98
    both = compare_with_plate(raw, small, empty, np.ones((256, 256), bool))
    assert both[104:116, 155:225].min() > 0.7 and both[20:40, 10:40].max() < 0.1
