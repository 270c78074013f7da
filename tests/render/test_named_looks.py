"""Looks that are asked for by name: each is like no other, and shows what it is known by."""

import cv2
import numpy as np
import pytest

from modules.preview.effects.looks import LOOKS
from tests.support.look_samples import BY_NAME, difference, make, real_frames, under
from tests.support.render_samples import card

APART = 22.0
"""Mean absolute difference (0..255) of one frame under two looks, or without and with one: what nobody
mistakes for the other."""


@pytest.mark.parametrize("name", BY_NAME)
def test_a_look_that_is_asked_for_by_name_is_like_no_other(name):
    likest = min((difference(under(name), under(other)), other) for other in LOOKS if other != name)
    assert likest[0] > APART, likest
    assert difference(under(name), real_frames("bunny_1280x720.mp4")[-1]) > APART


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("size", [(64, 48), (400, 24), (30, 200), (161, 97)], ids=str)
def test_odd_sizes(name, size):
    frame = card(*size)
    effect = make(name, *size, [frame, frame])
    assert all(effect(frame, k, k / 9).shape == frame.shape for k in range(3))


@pytest.mark.parametrize("name", BY_NAME)
def test_a_look_without_samples_goes_by_the_first_frame(name):
    frame = card(160, 90)
    effect = LOOKS[name][1](160, 90, 25.0)
    assert effect(frame, 0, 0.0).shape == frame.shape


@pytest.mark.parametrize("name", BY_NAME)
def test_two_renders_of_a_clip_are_the_same(name):
    frames = real_frames("person_park_1280x720.mp4")
    one, two = make(name, 480, 270, frames), make(name, 480, 270, frames)
    assert all(np.array_equal(one(f, k, k / 25), two(f, k, k / 25)) for k, f in enumerate(frames))


def test_a_brick_has_a_stud_that_is_lit_from_the_upper_left():
    grey = np.full((720, 1280, 3), 150, np.uint8)
    brick = make("lego", 1280, 720, [grey])
    block = brick(grey, 0, 0.0)[: brick.block, : brick.block].mean(-1)
    assert 24 <= brick.block <= 28
    upper_left, lower_right = (block[np.ix_(part, part)].max() for part in (range(4, 9), range(15, 20)))
    darkest = block[14:22, 14:22].min()
    assert upper_left > lower_right + 20 > darkest + 40


def test_bricks_come_in_few_colours_and_one_a_block():
    frames = real_frames("person_park_1280x720.mp4")
    brick = make("lego", 480, 270, frames)
    brick(frames[0], 0, 0.0)
    assert len(brick.plastic) <= brick.colours
    assert 4 < len(np.unique(brick.index)) <= brick.colours


def test_stones_keep_their_tone_and_place():
    frames = real_frames("person_park_1280x720.mp4")
    mosaic = make("mosaic", 480, 270, frames)
    a, b = mosaic(frames[0], 0, 0.0), mosaic(frames[0], 9, 0.4)
    assert np.array_equal(a, b)
    # Between stones lies grout, of one tone wherever it is.
    joints = mosaic.stone_light.max(-1) == 0
    assert 0.05 < joints.mean() < 0.4
    assert a[joints].std() < 0.75 * a.std()


def test_lead_runs_along_what_the_picture_shows():
    frame = np.full((270, 480, 3), (200, 190, 60), np.uint8)
    cv2.circle(frame, (240, 135), 82, (30, 40, 210), -1)
    glass = make("stained_glass", 480, 270, [frame])(frame, 0, 0.0)
    ring = np.zeros((270, 480), np.uint8)
    cv2.circle(ring, (240, 135), 82, 255, 1)
    thick = cv2.dilate(ring, np.ones((7, 7), np.uint8)) > 0
    dark = cv2.erode(glass.max(-1), np.ones((3, 3), np.uint8)) < 70
    assert dark[ring > 0].mean() > 0.85 > 2 * dark[~thick].mean()


def test_panes_are_not_cut_anew_for_noise():
    scene, rng = real_frames("person_park_1280x720.mp4")[0], np.random.default_rng(2)
    glass = make("stained_glass", 480, 270, [scene])
    cuts = []
    for k in range(4):
        glass(np.clip(scene + rng.normal(0, 2.5, scene.shape), 0, 255).astype(np.uint8), k, k / 9)
        cuts.append(glass.label.copy())
    assert (cuts[-1] == cuts[-2]).mean() > 0.97


def test_who_moves_before_a_steady_camera_is_warm():
    ground = np.random.default_rng(4).integers(90, 110, (180, 320, 3)).astype(np.uint8)
    frames = [ground.copy() for _ in range(6)]
    for k, frame in enumerate(frames):
        frame[60:120, 30 + 40 * k : 60 + 40 * k] = 20
    thermal = make("thermal", 320, 180, frames)
    out = thermal(frames[2], 0, 0.0)
    assert out[80:100, 120:135].mean() > out[80:100, 250:270].mean() + 40


def test_the_recorder_shows_the_time_and_tears_the_last_lines():
    scene = cv2.resize(real_frames("person_park_1280x720.mp4")[0], (640, 360))
    vhs = make("vhs", 640, 360, [scene])
    early, late = vhs(scene, 0, 1.0), vhs(scene, 0, 7.0)
    words = np.s_[10:60, 430:630]
    assert (early[words].min(-1) > 225).mean() > 0.03
    assert difference(early[words], late[words]) > 8
    torn, kept = (difference(early[part], scene[part]) for part in (np.s_[-14:], np.s_[120:200]))
    assert torn > 1.3 * kept


@pytest.mark.parametrize("seconds", [0.0, 0.7, 1.9, 2.8, 4.3])
def test_a_glitch_shows_at_any_moment(seconds):
    scene = real_frames("bunny_1280x720.mp4")[0]
    out = make("glitch", 480, 270, [scene])(scene, 0, seconds)
    assert (np.abs(out.astype(np.int16) - scene).max(-1) > 40).mean() > 0.12


def test_neon_lines_glow_in_the_dark():
    out = under("line_neon")
    lit = out.max(-1) > 150
    assert 0.04 < lit.mean() < 0.5 and np.percentile(out.max(-1), 25) < 60
    assert (out.max(-1).astype(int) - out.min(-1))[lit].mean() > 90


def test_a_blueprint_is_white_on_blue():
    blue, red = under("blueprint")[..., 0], under("blueprint")[..., 2]
    paper = red < 90
    assert paper.mean() > 0.5 and (blue[paper] > red[paper] + 60).mean() > 0.95
    assert (red > 200).mean() > 0.02


def test_a_cel_shaded_picture_is_flat_with_black_outlines():
    frames = real_frames("bunny_1280x720.mp4")
    shaded = under("cel_shaded")
    inner = cv2.erode(shaded.max(-1), np.ones((3, 3), np.uint8))
    assert 0.04 < (inner < 40).mean() < 0.35

    def calm(picture):
        return (np.abs(np.diff(picture.astype(np.int16), axis=1)).max(-1) < 2).mean()

    assert calm(shaded) > 2 * calm(frames[-1])


def test_old_cinema_has_no_colour_of_its_own_and_round_corners():
    out = under("old_cinema").astype(int)
    assert out[:4, :4].max() < 12 and (out[..., 2] - out[..., 0]).max() < 40


@pytest.mark.parametrize("name", ["stop_motion", "lego", "old_cinema"])
def test_looks_of_hands_and_cranks_hold_their_pictures(name):
    frames = real_frames("person_park_1280x720.mp4")
    held = make(name, 480, 270, frames)
    assert np.array_equal(held(frames[0], 0, 0.0), held(frames[3], 1, 0.05))
    assert not np.array_equal(held(frames[0], 1, 0.05), held(frames[3], 3, 0.13))


def test_claymation_moves_on_twelves():
    frames = real_frames("person_park_1280x720.mp4")
    clay = make("claymation", 480, 270, frames)
    assert np.array_equal(clay(frames[0], 0, 0.0), clay(frames[3], 1, 0.04))
    assert not np.array_equal(clay(frames[0], 1, 0.04), clay(frames[3], 3, 0.12))


def test_the_pixels_of_pixel_art_are_large_enough_for_a_phone():
    assert LOOKS["pixel_art"][1](1280, 720, 25.0).grid[0] <= 160
