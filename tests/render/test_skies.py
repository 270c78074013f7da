"""Skies and places that are put behind a picture, and where a sky is."""

import numpy as np

from modules.preview.effects import regions
from modules.preview.effects.backgrounds import skies
from modules.preview.effects.backgrounds.places import place
from modules.preview.effects.sky import SkyReplacement, carried_down
from modules.preview.prompt.plan import Background
from tests.support.look_samples import difference, real_frames


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


def test_a_new_sky_leaves_no_stripes_where_its_paint_ends():
    """A camera that tilts shows sky lower than the samples let expect; the picture is carried on there."""
    picture = np.zeros((100, 200, 3), np.float32)
    picture[:, ::2] = 200
    carried = carried_down(picture, 180)
    assert carried.shape == (180, 200, 3)
    assert carried[-10:].std() < 8
