"""Every look and every weather: keeps the frame's form, changes the picture, is still on a still scene,
moves where it should."""

import functools
import itertools

import av
import cv2
import numpy as np
import pytest

from modules.preview.effects import regions
from modules.preview.effects.backgrounds import skies
from modules.preview.effects.backgrounds.places import place
from modules.preview.effects.looks import LOOKS
from modules.preview.effects.sky import SkyReplacement, carried_down
from modules.preview.effects.weather import WEATHER
from modules.preview.prompt.plan import Background
from tests.support.render_samples import CLIPS, card

NEURAL = ("oil", "ukiyo_e")
STILL_BOUND = 6.0
"""Mean absolute difference (0..255) of two outputs of one frame 40 ms apart: film grain is the most that
is allowed."""
ASKED_FOR = (
    "cyberpunk winter golden_hour noir watercolour oil ukiyo_e pencil anime pixel_art vintage_film "
    "underwater desert_dust autumn horror claymation paper_cut comic sunset night day vaporwave dreamy "
    "cinematic black_and_white warm cool vivid pastel infrared lego stop_motion cel_shaded blueprint thermal "
    "vhs old_cinema stained_glass mosaic glitch line_neon"
)
BY_NAME = ASKED_FOR.split()[-11:]
APART = 22.0
"""Mean absolute difference (0..255) of one frame under two looks, or without and with one: what nobody
mistakes for the other."""


@functools.cache
def real_frames(name: str) -> list[np.ndarray]:
    with av.open(str(CLIPS / name)) as container:
        frames = [
            frame.to_ndarray(format="bgr24")
            for frame, _ in zip(container.decode(video=0), range(4), strict=False)
        ]
    return [cv2.resize(frame, (480, 270), interpolation=cv2.INTER_AREA) for frame in frames]


def make(name: str, width: int, height: int, samples=(), **options):
    effect = (LOOKS | WEATHER)[name][1](width, height, 25.0, **options)
    effect.prepare(list(samples))
    return effect


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(np.int16) - b).mean())


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


@functools.cache
def under(name: str) -> np.ndarray:
    frames = real_frames("bunny_1280x720.mp4")
    effect = make(name, 480, 270, frames)
    return [effect(frame, k, 2.7 + k / 25) for k, frame in enumerate(frames)][-1]


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


def test_a_calm_dark_trunk_that_reaches_the_top_is_not_a_sky():
    frame = np.random.default_rng(3).integers(90, 220, (270, 480, 3)).astype(np.uint8)
    frame[:200, 120:260] = (86, 96, 116)
    assert regions.SkyMask(480, 270).guess(frame).mean() < 0.01
    frame[:200, 120:260] = (236, 214, 190)
    assert regions.SkyMask(480, 270).guess(frame).mean() > 0.1


def test_a_mask_follows_what_moves_and_ignores_noise():
    before = np.zeros((4, 4), np.float32)
    assert regions.settled(before, before + 1).min() > 0.9
    assert regions.settled(before, before + 0.05).max() < 0.02


def test_a_small_white_sky_is_replaced_and_gets_its_moon():
    frames = real_frames("person_park_1280x720.mp4")
    sky = SkyReplacement(Background("sky", "Moon", scene="moon"), (), 480, 270)
    assert sky.prepare(frames)
    for frame in frames:
        out = sky(frame, 0.0)
    assert frames[-1][:24, 10:60].mean() > 240
    assert out[:24, :90].mean() < 150 and out[:40, :90].max() > 170


def test_the_night_of_a_place_is_blue_and_not_black():
    for name in ("beach", "desert", "meadow", "mountains"):
        shown = place(name, 480, 270, time="night")(0.0)
        blue, _, red = shown.reshape(-1, 3).mean(0)
        assert shown.mean() > 24 and blue > red, name


def test_an_aurora_has_no_seam_and_does_not_jump():
    aurora, views = skies.Aurora(240, 426, 0.7), []
    for seconds in (1.30, 1.34):
        views.append(np.zeros((426, 240, 3), np.uint8))
        aurora(views[-1], seconds)
    assert difference(*views) < 4
    assert np.abs(np.diff(views[0].astype(np.int16), axis=1)).mean((0, 2)).max() < 12


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


def test_the_pixels_of_pixel_art_are_large_enough_for_a_phone():
    assert LOOKS["pixel_art"][1](1280, 720, 25.0).grid[0] <= 160


def test_a_new_sky_leaves_no_stripes_where_its_paint_ends():
    """A camera that tilts shows sky lower than the samples let expect; the picture is carried on there."""
    picture = np.zeros((100, 200, 3), np.float32)
    picture[:, ::2] = 200
    carried = carried_down(picture, 180)
    assert carried.shape == (180, 200, 3)
    assert carried[-10:].std() < 8
