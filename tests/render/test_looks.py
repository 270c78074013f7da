"""Every look and every weather: keeps the frame's form, changes the picture, is still on a still scene,
moves where it should."""

import itertools

import cv2
import numpy as np
import pytest

from modules.preview.effects.looks import LOOKS
from modules.preview.effects.weather import WEATHER
from tests.support.look_samples import ASKED_FOR, NEURAL, difference, make, real_frames
from tests.support.render_samples import card

STILL_BOUND = 6.0
"""Mean absolute difference (0..255) of two outputs of one frame 40 ms apart: film grain is the most that
is allowed."""


def test_every_look_that_direction_names_is_there():
    assert set(ASKED_FOR.split()) <= set(LOOKS)
    assert set(WEATHER) == {
        "rain",
        "snow",
        "fog",
        "dust",
        "leaves",
        "petals",
        "fireflies",
        "storm",
        "bubbles",
        "embers",
    }
    assert all(title and title[0].isupper() for title, _ in (LOOKS | WEATHER).values())


@pytest.mark.parametrize("clip", ["city_night_1280x720.mp4", "person_park_1280x720.mp4"])
@pytest.mark.parametrize("name", [*LOOKS, *WEATHER])
def test_a_look_changes_a_real_frame_and_keeps_its_form(name, clip):
    frames = real_frames(clip)
    before = [frame.copy() for frame in frames]
    effect = make(name, 480, 270, frames)
    for index, frame in enumerate(frames):
        out = effect(frame, index, 1 + index / 25)
        assert out.shape == frame.shape and out.dtype == np.uint8
    assert difference(out, frames[-1]) > (0.15 if name in WEATHER else 3)
    assert all(np.array_equal(a, b) for a, b in zip(before, frames, strict=True)), (
        "a look must not change its input"
    )


@pytest.mark.parametrize("name", [*LOOKS, *WEATHER])
def test_a_still_scene_is_still_unless_the_look_moves(name):
    scene = real_frames("person_park_1280x720.mp4")[0]
    effect = make(name, 480, 270, [scene])
    outs = [effect(scene, k, 1 + k / 25) for k in range(8 if name not in NEURAL else 6)]
    steps = [difference(a, b) for a, b in itertools.pairwise(outs[2:])]
    if effect.moves:
        assert max(steps) > 0.02
    else:
        assert max(steps) < STILL_BOUND


@pytest.mark.parametrize("name", [name for name in LOOKS if name not in NEURAL])
def test_the_noise_of_a_camera_does_not_make_a_look_flicker(name):
    """Regions (sky, leaves, palettes) must not jump between frames that differ by noise only."""
    scene, rng = real_frames("person_park_1280x720.mp4")[0], np.random.default_rng(1)
    frames = [np.clip(scene + rng.normal(0, 1.5, scene.shape), 0, 255).astype(np.uint8) for _ in range(6)]
    effect = make(name, 480, 270, frames)
    outs = [effect(frame, k, 1.0) for k, frame in enumerate(frames)]
    jumps = [
        difference(cv2.blur(a, (25, 25)), cv2.blur(b, (25, 25))) for a, b in itertools.pairwise(outs[1:])
    ]
    assert max(jumps) < 2.5


@pytest.mark.parametrize(
    "name", ["cyberpunk", "winter", "pixel_art", "pencil", "vintage_film", "underwater", "vaporwave", "oil"]
)
@pytest.mark.parametrize("size", [(96, 170), (180, 180)], ids=["portrait", "square"])
def test_portrait_and_square_frames(name, size):
    frame = card(*size)
    assert make(name, *size, [frame])(frame, 0, 0.0).shape == frame.shape


@pytest.mark.parametrize("name", [*LOOKS, *WEATHER])
def test_the_smallest_frame_a_render_makes(name):
    frame = card(96, 96)
    out = make(name, 96, 96, [frame])(frame, 0, 0.0)
    assert out.shape == frame.shape and out.dtype == np.uint8


def test_strength_mixes_with_the_picture():
    scene = real_frames("person_park_1280x720.mp4")[0]
    whole, half, none = (
        difference(make("noir", 480, 270, [scene], strength=s)(scene, 0, 0.0), scene) for s in (1.0, 0.5, 0.0)
    )
    assert none == 0 and 0.35 < half / whole < 0.65


@pytest.mark.parametrize("name", ["rain", "snow", "leaves"])
def test_weather_moves_by_the_clock_and_not_by_the_frame(name):
    scene = card(320, 180)
    slow, fast = make(name, 320, 180), make(name, 320, 180)
    for k in range(3):
        fast(scene, k, k / 60)
    assert np.array_equal(slow(scene, 1, 0.5), fast(scene, 30, 0.5))


def test_a_sky_that_was_put_there_is_left_alone():
    scene = real_frames("person_park_1280x720.mp4")[0]
    whole, left = make("anime", 480, 270, [scene]), make("anime", 480, 270, [scene])
    left.sky.leave()
    corner = np.s_[:40, 20:120]
    assert difference(whole(scene, 0, 0.0)[corner], left(scene, 0, 0.0)[corner]) > 10


@pytest.mark.parametrize("name", [name for name in [*LOOKS, *WEATHER] if name not in NEURAL])
def test_no_look_strobes(name):
    """The mean light of a still scene may breathe and flash softly, but not by leaps from frame to frame."""
    scene = cv2.resize(real_frames("person_park_1280x720.mp4")[0], (240, 136))
    effect = make(name, 240, 136, [scene])
    light = [float(effect(scene, k, k / 25).mean()) for k in range(110)]
    leaps = np.abs(np.diff(light))
    assert leaps.max() < 12
    assert (leaps > 6).sum() <= 10


def test_rain_can_be_seen_before_a_bright_sky():
    bright = np.full((270, 480, 3), 250, np.uint8)
    out = make("rain", 480, 270)(bright, 0, 1.0)
    assert out.mean() < 230 and out.std() > 4


def test_rain_streaks_are_longer_than_their_way_from_frame_to_frame():
    assert all(
        length > speed / 25
        for kind in ("rain", "storm")
        for _, length, _, _, speed in WEATHER[kind][1].depths
    )
