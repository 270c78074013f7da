"""A crop keeps the one thing that a drawn clip shows: where a ground is rough, where the thing rests far from
the middle, and where it is all that moves before plain colour."""

import cv2
import numpy as np
import pytest

from modules.edit.framing import Framing
from modules.media.fit.conform_plan import plan_conform
from modules.media.fit.crop_tracking import follow
from modules.media.fit.interest_maps import focus, motion, stands_out, surrounded
from modules.media.read.clip import probe
from tests.support.odd_clips import video

FPS, SECONDS = 12, 3
ROUGH = np.random.default_rng(1).integers(30, 180, (640, 640, 3), np.uint8)


def kite(moment):
    """High above striped grass, before plain sky."""
    picture = np.full((360, 480, 3), (170, 205, 230), np.uint8)
    picture[260:] = (80, 150, 70)
    for x in range(0, 480, 12):
        cv2.line(picture, (x, 360), (x + 3, 260 + x * 7 % 20), (60, 120, 50), 1)
    x, y = int(240 + 130 * np.sin(moment * 1.3)), int(110 + 35 * np.cos(moment * 2.2))
    cv2.fillPoly(picture, [np.array([[x, y - 55], [x + 35, y], [x, y + 60], [x - 35, y]])], (220, 60, 40))
    cv2.line(picture, (x, y + 60), (235, 350), (60, 60, 60), 1)
    return picture, (x - 35, y - 55, x + 35, y + 60)


def balloon(_):
    """At rest near the top of a tall picture; the ground below is rough."""
    picture = np.full((640, 360, 3), (190, 200, 210), np.uint8)
    picture[450:] = ROUGH[:190, :360]
    cv2.circle(picture, (180, 110), 65, (30, 120, 40), -1)
    return picture, (115, 45, 245, 175)


def ball(moment):
    """Across plain colour: nothing tells whether it moves or the camera does."""
    picture = np.full((360, 640, 3), (180, 190, 200), np.uint8)
    x = int(75 + 160 * moment)
    cv2.circle(picture, (x, 150), 30, (220, 60, 40), -1)
    return picture, (x - 30, 120, x + 30, 180)


def pan(moment):
    """The camera moves over rough ground; the ball moves against it."""
    shift = int(60 * moment)
    picture = np.ascontiguousarray(cv2.GaussianBlur(ROUGH, (0, 0), 2)[:360, shift : shift + 426])
    x = int(100 + 45 * moment)
    cv2.circle(picture, (x, 230), 40, (220, 30, 30), -1)
    return picture, (x - 40, 190, x + 40, 270)


@pytest.mark.parametrize(
    ("scene", "ratio"),
    [(kite, "16:9"), (kite, "1:1"), (balloon, "16:9"), (balloon, "1:1"), (ball, "9:16"), (pan, "9:16")],
)
def test_the_thing_stays_in_view(tmp_path, scene, ratio):
    pictures, boxes = zip(*[scene(index / FPS) for index in range(FPS * SECONDS)], strict=True)
    source = video(tmp_path / "a.mp4", pictures, fps=FPS)
    facts = probe(source)
    plan = plan_conform(facts, SECONDS, ratio, Framing())
    path = follow(source, plan)
    # As large as the plan's crop, in pixels of the picture that is shown.
    wide, high = plan.crop[2], plan.crop[3]
    seen = []
    for index, (left, top, right, bottom) in enumerate(boxes):
        x, y = path.at(index / FPS)
        begin_x = min(max(x * facts.width - wide / 2, 0), facts.width - wide)
        begin_y = min(max(y * facts.height - high / 2, 0), facts.height - high)
        across = min(right, begin_x + wide) - max(left, begin_x)
        down = min(bottom, begin_y + high) - max(top, begin_y)
        seen.append(max(0, across) * max(0, down) / ((right - left) * (bottom - top)))
    assert np.mean(seen) > 0.95 and min(seen) > 0.6


def test_what_is_enclosed_counts_and_what_reaches_the_rim_does_not():
    plane = np.full((90, 160), 100, np.float32)
    plane[60:] = 200  # ground
    plane[20:35, 30:50] = 220
    found = surrounded((plane, np.full_like(plane, 128), np.full_like(plane, 128)))
    assert found[20:35, 30:50].sum() > 0.7 * found.sum() > 0
    assert found[75].max() == 0


@pytest.mark.parametrize("value", [0.0, 128.0, 255.0])
def test_a_plain_picture_says_nothing(value):
    plane = np.full((16, 160), value, np.float32)
    colours = plane, plane, plane
    for found in (stands_out(colours), focus(plane), surrounded(colours), motion(plane, plane)):
        assert found.shape == plane.shape and np.isfinite(found).all() and found.max() < 1e-3
