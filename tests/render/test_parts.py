"""Looks of one part of the picture: nothing else changes, the colour is the one asked for, and where no part
is found it is said."""

import cv2
import numpy as np
import pytest

from modules.preview.effects.looks import LOOKS
from modules.preview.effects.part_looks import PART_LOOKS
from modules.preview.parts import LookOnPart
from modules.preview.prompt.direction import direct
from modules.preview.prompt.plan import Look
from modules.preview.steps import steps_of
from modules.preview.subject.detection import SubjectMask
from modules.preview.task import RenderTask
from modules.preview.video.decode import open_source
from tests.support import render_samples
from tests.support.render_samples import frames, write_clip

SIZE = (640, 360, 24.0)
COLOURS = {"red": (40, 40, 190), "green": (64, 177, 0), "blue": (190, 90, 30), "purple": (150, 50, 110)}


def picture() -> np.ndarray:
    return frames("bunny_1280x720.mp4", 4)[2]


def oval() -> np.ndarray:
    """A matte with a hard edge."""
    alpha = np.zeros((360, 640), np.uint8)
    cv2.ellipse(alpha, (300, 180), (90, 120), 0, 0, 360, 255, -1)
    return alpha


INSIDE, OUTSIDE = oval() == 255, oval() == 0
RING = (cv2.dilate(oval(), np.ones((7, 7))) > 0) & (cv2.erode(oval(), np.ones((7, 7))) == 0)
FAR = cv2.dilate(oval(), np.ones((121, 121))) == 0


def after(name: str, part: str, colour: tuple[int, int, int] | None = None) -> np.ndarray:
    """The picture with a look on one part of it."""
    makes = (LOOKS | PART_LOOKS)[name][1]
    effect = makes(*SIZE, colour=colour) if colour else makes(*SIZE)
    step = LookOnPart(Look(name, name, part=part, colour=colour), effect)
    step.prepare([picture()], [picture()], [oval()])
    return step(picture(), 0, 0.0, SubjectMask(oval()))


def moved(name: str, part: str, where: np.ndarray) -> np.ndarray:
    return np.abs(after(name, part).astype(int) - picture()).max(2)[where]


@pytest.mark.parametrize(
    "name", ["gold", "silver", "bronze", "marble", "recolour", "pencil", "black_and_white"]
)
def test_a_look_of_the_subject_leaves_all_around_as_it_was(name):
    assert moved(name, "subject", OUTSIDE).max() <= 1
    assert moved(name, "subject", INSIDE).mean() > 8


@pytest.mark.parametrize("name", ["black_and_white", "oil", "winter"])
def test_a_look_of_the_background_leaves_the_subject_as_it_was(name):
    assert moved(name, "background", INSIDE).max() <= 1
    assert moved(name, "background", OUTSIDE).mean() > 5


def test_a_background_without_colour_has_none():
    saturation = cv2.cvtColor(after("black_and_white", "background"), cv2.COLOR_BGR2HSV)[..., 1]
    assert saturation[OUTSIDE].mean() < 6 < saturation[INSIDE].mean()


@pytest.mark.parametrize("name", list(COLOURS))
def test_a_recoloured_subject_has_the_hue_that_was_asked_for(name):
    colour = COLOURS[name]
    asked = int(cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_BGR2HSV)[0, 0, 0])
    hsv = cv2.cvtColor(after("recolour", "subject", colour), cv2.COLOR_BGR2HSV)[INSIDE].astype(int)
    seen = hsv[(hsv[:, 1] > 60) & (hsv[:, 2] > 40)]
    assert len(seen) > 0.5 * len(hsv)
    apart = np.abs(seen[:, 0] - asked)
    assert np.median(np.minimum(apart, 180 - apart)) < 8


def test_a_recoloured_subject_keeps_its_light_and_shade():
    grey = [
        cv2.cvtColor(one, cv2.COLOR_BGR2GRAY)[INSIDE].astype(float)
        for one in (picture(), after("recolour", "subject", COLOURS["blue"]))
    ]
    assert np.corrcoef(*grey)[0, 1] > 0.9


def test_gold_is_yellow_and_marble_is_nearly_white():
    gold = after("gold", "subject")[INSIDE].mean(0)
    marble = after("marble", "subject")[INSIDE].mean(0)
    assert gold[2] > gold[1] > gold[0] + 40
    assert np.ptp(marble) < 25 and marble.min() > 140


def test_a_statues_light_is_measured_on_the_part_alone():
    """The same subject on a black and on a white ground is the same gold."""
    shown = []
    for ground in (0, 255):
        one = picture()
        one[OUTSIDE] = ground
        step = LookOnPart(Look("gold", "Gold", part="subject"), PART_LOOKS["gold"][1](*SIZE))
        step.prepare([one], [one], [oval()])
        shown.append(step(one, 0, 0.0, SubjectMask(oval())))
    core = cv2.erode(oval(), np.ones((41, 41))) == 255
    assert np.abs(shown[0].astype(int) - shown[1])[core].mean() < 4


def test_an_outline_is_bright_along_the_edge_and_nowhere_else():
    drawn = after("neon_outline", "subject", COLOURS["green"]).astype(int)
    edge, far = drawn[RING].mean(0), drawn[FAR].mean(0)
    assert edge.max() > 150 and edge.argmax() == 1
    assert far.mean() < picture()[FAR].mean() < edge.mean()
    assert (drawn.astype(int) - picture())[RING].mean() > 20


def test_an_outline_without_a_subject_draws_nothing():
    step = LookOnPart(Look("neon_outline", "Neon", part="subject"), PART_LOOKS["neon_outline"][1](*SIZE))
    step.prepare([picture()], [], [])
    bare = step(picture(), 0, 0.0, None)
    assert (bare.astype(int) - picture()).max() <= 1


@pytest.fixture
def empty_clip(tmp_path, monkeypatch):
    """A clip with nobody and nothing in it."""

    def wall(width: int, height: int, shift: int = 0) -> np.ndarray:
        return np.full((height, width, 3), (120, 140, 150), np.uint8)

    monkeypatch.setattr(render_samples, "card", wall)
    return write_clip(tmp_path / "wall.mp4", 640, 360)


def planned(clip, prompt: str):
    task = RenderTask(str(clip), "", "", {"prompt": prompt})
    return steps_of(task, open_source(str(clip), seconds=3, aspect_ratio="16:9", mode="std"))


def test_a_look_of_a_subject_that_is_not_there_is_left_out_and_said_and_the_rest_is_done(empty_clip):
    plan, matte, steps = planned(empty_clip, "turn the man into a golden statue. make it rain")
    assert plan.looks == () and len(steps) == 1 and matte is None
    assert plan.weather == ("rain",) and "rain" in plan.summary.casefold()
    assert len(plan.fallbacks) == 1 and "gold was not done" in plan.fallbacks[0]
    assert not any("gold" in sentence.casefold() for sentence in (*plan.understood, plan.summary))


def test_a_look_of_the_background_is_laid_over_all_where_nobody_is_and_said(empty_clip):
    plan, matte, steps = planned(empty_clip, "turn only the background black and white")
    assert [(look.name, look.part) for look in plan.looks] == [("black_and_white", None)]
    assert len(steps) == 1 and not isinstance(steps[0], LookOnPart) and matte is None
    assert "whole frame" in plan.fallbacks[0]
    assert plan.understood == ("Restyles the whole frame: Black and white.",)


def test_a_look_of_the_sky_leaves_the_ground_as_it_was():
    samples = frames("dunes_966x544.mp4", 4)
    height, width = samples[0].shape[:2]
    step = LookOnPart(Look("pencil", "Pencil", part="sky"), LOOKS["pencil"][1](width, height, 24.0))
    assert step.prepare(samples, [], [])
    change = np.abs(step(samples[3], 0, 0.0).astype(int) - samples[3]).max(2)
    assert change[: height // 5].mean() > 20 and change[-height // 4 :].max() <= 1


def test_a_look_of_a_sky_that_is_not_there_is_left_out_and_said(tmp_path, monkeypatch):
    def leaves(width: int, height: int, shift: int = 0) -> np.ndarray:
        return np.random.default_rng(3).integers(0, 255, (height, width, 3), dtype=np.uint8)

    monkeypatch.setattr(render_samples, "card", leaves)
    clip = write_clip(tmp_path / "leaves.mp4", 640, 360)
    plan, _, steps = planned(clip, "make only the sky black and white")
    assert not steps and plan.looks == () and "No sky" in plan.fallbacks[0]


def test_an_unknown_look_is_left_out_and_said(empty_clip, monkeypatch):
    monkeypatch.delitem(LOOKS, "pencil")
    plan, _, steps = planned(empty_clip, "pencil sketch")
    assert steps == [] and "not among this engine's" in plan.fallbacks[0]


def test_every_look_of_a_part_that_a_prompt_can_name_exists():
    for prompt in ("golden statue", "statue of marble", "neon outline around the man", "make the dog red"):
        (look,) = direct(prompt).looks
        assert look.name in PART_LOOKS and look.part == "subject"
