"""Another ground: found, covered or flooded, followed, and said to be missing."""

import cv2
import numpy as np
import pytest

from modules.preview.effects.ground import GroundReplacement
from modules.preview.effects.ground_mask import GroundMask
from modules.preview.prompt.direction import direct
from modules.preview.scene import Scene
from modules.preview.subject_search import find_subject
from modules.preview.video.decode import TimedPicture
from tests.support.render_samples import frames

KINDS = ("meadow", "snow", "water", "sand", "leaves", "lava")
WIDTH, HEIGHT, HORIZON = 480, 270, 120


def land(shift: int = 0, count: int = 8) -> list[np.ndarray]:
    """Sand with stones below a plain sky; the camera pans by `shift` pixels a frame."""
    rng = np.random.default_rng(3)
    wide = WIDTH + abs(shift) * count + 8
    picture = np.zeros((HEIGHT, wide, 3), np.uint8)
    picture[:HORIZON] = (214, 190, 168)
    picture[HORIZON:] = (92, 150, 196)
    for _ in range(400):
        x, y = rng.integers(0, wide), rng.integers(HORIZON + 8, HEIGHT)
        tone = int(rng.integers(-30, 30))
        cv2.circle(picture, (int(x), int(y)), 3, (92 + tone, 150 + tone, 196 + tone), -1, cv2.LINE_AA)
    picture = cv2.GaussianBlur(picture, (0, 0), 1)
    return [picture[:, abs(shift) * k : abs(shift) * k + WIDTH].copy() for k in range(count)]


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_the_ground_is_changed_and_the_subject_is_not(kind):
    clip = land()
    subject = np.zeros((HEIGHT, WIDTH), np.uint8)
    subject[140:240, 200:260] = 255
    for frame in clip:
        frame[subject > 0] = (60, 40, 150)
    ground = GroundReplacement(kind, WIDTH, HEIGHT)
    assert ground.find(clip) and ground.prepare(clip, [subject] * len(clip))
    before = clip[0].copy()
    after = ground(clip[0], 0.0, subject)
    assert np.array_equal(before, clip[0])
    assert apart(after[180:, :180], before[180:, :180]) > 15
    assert np.array_equal(after[subject > 0], before[subject > 0])
    assert apart(after[:60], before[:60]) < 60  # the sky is tinted, not replaced


def test_the_mask_ends_at_the_horizon_and_leaves_out_what_stands_there():
    clip = land()
    for frame in clip:
        frame[60:190, 320:380] = (40, 44, 60)
    mask = GroundMask(WIDTH, HEIGHT)
    assert mask.prepare(clip) and abs(mask.far - HORIZON / HEIGHT) < 0.08
    found = mask(clip[0])
    assert found[:100].mean() < 5 and found[200:, :300].mean() > 225 and found[70:170, 330:370].mean() < 25


@pytest.mark.parametrize("kind", ["meadow", "snow", "sand", "leaves", "lava"])
def test_a_still_scene_does_not_flicker(kind):
    clip = land()
    ground = GroundReplacement(kind, WIDTH, HEIGHT)
    assert ground.prepare(clip)
    first = ground(clip[0], 0.0)
    for k in range(1, 5):
        noisy = cv2.add(clip[0], np.random.default_rng(k).integers(0, 4, clip[0].shape, np.uint8))
        assert apart(ground(noisy, k / 25), first) < 3


def test_grass_moves_along_with_a_camera_that_pans():
    clip = land(shift=6, count=16)
    ground = GroundReplacement("meadow", WIDTH, HEIGHT)
    assert ground.prepare(clip[::2])
    done = [ground(frame, k / 25) for k, frame in enumerate(clip)]
    low = [cv2.cvtColor(frame[180:], cv2.COLOR_BGR2GRAY).astype(np.float32) for frame in done]
    window = cv2.createHanningWindow(low[0].shape[::-1], cv2.CV_32F)
    (right, down), _ = cv2.phaseCorrelate(low[5].copy(), low[13].copy(), window)
    assert abs(right + 48) < 2.5 and abs(down) < 1.5


def test_water_ripples_and_mirrors_what_stands_in_it():
    clip = land()
    subject = np.zeros((HEIGHT, WIDTH), np.uint8)
    subject[110:180, 220:260] = 255
    for frame in clip:
        frame[subject > 0] = (20, 20, 220)
    ground = GroundReplacement("water", WIDTH, HEIGHT)
    assert ground.find(clip) and ground.prepare(clip, [subject] * len(clip))
    one, two = (ground(clip[0], seconds, subject) for seconds in (0.0, 1.0))
    red = one[..., 2].astype(int) - one[..., 1]
    assert red[190:215, 225:255].mean() > red[190:215, 60:90].mean() + 25
    spot = np.s_[185:230, 210:270]
    assert apart(one[spot], two[spot]) > 1 and np.array_equal(one[subject > 0], two[subject > 0])


def planned(prompt, clip):
    samples = frames(clip, 8, 640)
    scene = Scene(direct(prompt), samples[0].shape[1], samples[0].shape[0])
    timed = [TimedPicture(sample, k, k * 0.5) for k, sample in enumerate(samples)]
    plan, matte = find_subject(scene.survey(scene.plan, samples), timed, scene.width, scene.height)
    plan = scene.prepare(plan, samples, matte)
    return plan, scene, samples


def test_a_desert_becomes_a_meadow_below_its_own_sky():
    plan, scene, samples = planned("turn the desert into a green meadow", "dunes_966x544.mp4")
    assert plan.background.kind == "ground" and plan.background.scene == "meadow" and not plan.fallbacks
    after = [scene(sample, k, float(k)) for k, sample in enumerate(samples)][-1]
    low, high = after[300:].reshape(-1, 3).mean(0), after[:60].reshape(-1, 3).mean(0)
    assert low[1] > low[2] + 30 and low[1] > low[0] + 30 and abs(high[1] - high[2]) < 45


@pytest.mark.parametrize(
    ("prompt", "look", "said"),
    [
        ("cover the street with snow", ["winter"], "No ground"),
        ("turn the street into a meadow", ["vivid"], "No ground"),
        ("the street is flooded", [], "left dry"),
    ],
)
def test_a_clip_without_ground_says_so(prompt, look, said):
    plan, scene, samples = planned(prompt, "city_night_1280x720.mp4")
    assert plan.background is None and [one.name for one in plan.looks] == look and said in plan.fallbacks[0]
    assert not scene.needed and np.array_equal(scene(samples[0], 0, 0.0), samples[0])


def test_the_plan_says_what_becomes_of_the_ground_and_of_the_rest():
    plan = direct("turn the desert into a meadow")
    assert plan.understood == (
        "Turns the ground into a meadow, with a sky to suit, and leaves the rest as filmed.",
    )
    assert plan.summary == "Ground: a meadow."
    both = direct("turn the desert into a meadow, replace the sky with stars")
    assert both.background.kind == "sky" and any("not both" in sentence for sentence in both.cannot)
