"""What a plan promised, measured on the frames that came out: said when it holds, and when it does not."""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from modules.preview.checks import ResultChecks
from modules.preview.prompt.direction import direct
from modules.preview.prompt.plan import Plan
from modules.preview.subject.detection import Box, SubjectMask
from tests.support.render_samples import CLIPS, frames

MASKS = Path(__file__).parents[1] / "bench" / "subject_masks"
GONE, STILL, UNCHANGED = "no longer found", "still seen", "hardly be told"
BESIDE = np.array([[1, 0, 14], [0, 1, 3]], np.float32)
"""A little to the right: a copy of somebody that is no longer exactly in their place."""


@lru_cache(maxsize=1)
def park() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A frame of the park at 640x360, the mask of the woman in it, and the same place without her."""
    video = cv2.VideoCapture(str(CLIPS / "person_park_1280x720.mp4"))
    video.set(cv2.CAP_PROP_POS_FRAMES, 61)
    picture = cv2.resize(video.read()[1], (640, 360), interpolation=cv2.INTER_AREA)
    mask = cv2.imread(str(MASKS / "person_park_1280x720_61_woman.png"), cv2.IMREAD_GRAYSCALE)
    place = np.median(np.stack(frames("person_park_1280x720.mp4", 9)), 0).astype(np.uint8)
    near = cv2.dilate(mask, np.ones((9, 9))) > 0
    return picture, mask, np.where(near[..., None], place, picture)


def subject(alpha: np.ndarray, lost: int = 0) -> SubjectMask:
    x, y, w, h = cv2.boundingRect((alpha > 127).astype(np.uint8))
    return SubjectMask(alpha, Box(float(x), float(y), float(w), float(h)), None, lost)


def measured(prompt: str | Plan, *shown: tuple[np.ndarray, np.ndarray, SubjectMask | None]) -> Plan:
    """The plan after these frames: (before, after, mask)."""
    plan = direct(prompt, images=1, elements=1) if isinstance(prompt, str) else prompt
    checks = ResultChecks(plan, len(shown))
    for index, (before, after, mask) in enumerate(shown):
        checks.take(index, before, after, mask)
    return checks.verdict(plan)


def said(plan: Plan) -> str:
    return " ".join((*plan.understood, *plan.found, *plan.fallbacks, plan.summary))


def test_somebody_who_was_taken_out_and_is_still_there_is_said():
    picture, mask, _ = park()
    plan = measured("remove the woman", *[(picture, picture, subject(mask))] * 3)
    assert STILL in plan.fallbacks[0] and "100 %" in plan.fallbacks[0] and plan.found == ()
    assert plan.summary == "Subject could not be taken out."


def test_somebody_who_is_gone_is_said_to_be_gone_with_the_count():
    picture, mask, empty = park()
    plan = measured("remove the woman", *[(picture, empty, subject(mask))] * 3)
    assert plan.fallbacks == () and plan.summary == direct("remove the woman").summary
    (sentence,) = plan.found
    assert GONE in sentence and "3 frames" in sentence and "in 3 of them" in sentence


def test_half_taken_out_is_called_partly():
    picture, mask, empty = park()
    frames_ = [(picture, empty, subject(mask))] * 3 + [(picture, picture, subject(mask))]
    plan = measured("remove the woman", *frames_)
    assert "25 %" in plan.fallbacks[0] and plan.summary == "Subject only partly taken out."
    assert GONE not in said(plan)


def test_a_ghost_of_somebody_is_still_there():
    picture, mask, empty = park()
    ghost = cv2.addWeighted(cv2.warpAffine(picture, BESIDE, (640, 360)), 0.75, empty, 0.25, 0)
    near = cv2.dilate(mask, np.ones((25, 45))) > 0
    plan = measured("remove the woman", (picture, np.where(near[..., None], ghost, empty), subject(mask)))
    assert STILL in said(plan) and GONE not in said(plan)


def test_of_two_who_were_taken_out_the_one_who_is_still_there_counts():
    picture, mask, empty = park()
    man = cv2.imread(str(MASKS / "person_park_1280x720_61_man.png"), cv2.IMREAD_GRAYSCALE)
    both = cv2.max(mask, man)
    only_hers = SubjectMask(both, subject(mask).box)  # the box is that of the first
    plan = measured("remove everyone", (picture, empty, only_hers))
    assert STILL in said(plan) and GONE not in said(plan)


def test_somebody_who_was_not_followed_but_is_to_be_seen_is_said():
    picture, mask, _ = park()
    lost = SubjectMask(np.zeros_like(mask), subject(mask).box, None, 4)
    assert STILL in said(measured("remove the woman", (picture, picture, lost)))


@pytest.mark.parametrize("mask", [None, SubjectMask(np.zeros((360, 640), np.uint8))], ids=["none", "empty"])
def test_where_nobody_was_looked_for_nothing_is_claimed(mask):
    picture, _, empty = park()
    plan = measured("remove the woman", (picture, empty, mask))
    assert plan == direct("remove the woman", images=1, elements=1)


def test_an_animal_is_looked_for_as_well():
    picture = frames("bird_960x960.mp4", 3)[0]
    alpha = np.zeros(picture.shape[:2], np.uint8)
    truth = cv2.imread(str(MASKS / "bird_960x960_2.png"), cv2.IMREAD_GRAYSCALE)
    alpha[truth > 127] = 255
    sky = cv2.inpaint(picture, cv2.dilate(alpha, np.ones((15, 15))), 3, cv2.INPAINT_TELEA)
    assert STILL in said(measured("remove the bird", (picture, picture, subject(alpha))))
    assert GONE in said(measured("remove the bird", (picture, sky, subject(alpha))))


@pytest.mark.parametrize("prompt", ["oil painting", "make it rain", "replace the sky with stars"])
def test_a_look_that_moved_nothing_is_said(prompt):
    picture, _, _ = park()
    plan = measured(prompt, *[(picture, picture, None)] * 3)
    assert UNCHANGED in plan.fallbacks[0] and plan.found == ()


def test_a_look_that_moved_the_picture_claims_no_more():
    picture, _, _ = park()
    plan = measured("oil painting", *[(picture, 255 - picture, None)] * 3)
    assert plan == direct("oil painting", images=1, elements=1)


@pytest.mark.parametrize(
    ("prompt", "inside"),
    [("turn only the background black and white", False), ("turn the woman into gold", True)],
)
def test_a_look_of_a_part_has_to_move_that_part(prompt, inside):
    picture, mask, _ = park()
    big = cv2.dilate(mask, np.ones((31, 31)))
    elsewhere = np.where((big > 0)[..., None] != inside, 255 - picture, picture)
    there = np.where((big > 0)[..., None] == inside, 255 - picture, picture)
    assert UNCHANGED in said(measured(prompt, (picture, elsewhere, subject(big))))
    assert UNCHANGED not in said(measured(prompt, (picture, there, subject(big))))


def test_a_subject_that_lost_its_light_before_a_new_background_is_said():
    picture, mask, _ = park()
    big = cv2.dilate(mask, np.ones((41, 41)))
    plate = np.full_like(picture, (200, 120, 40))
    kept = np.where((big > 0)[..., None], picture, plate)
    spoilt = np.where((big > 0)[..., None], 255 - picture, plate)
    assert "did not keep its light" not in said(measured("put her on Mars", (picture, kept, subject(big))))
    assert "did not keep its light" in said(measured("put her on Mars", (picture, spoilt, subject(big))))


def test_a_clip_that_is_kept_as_it_is_is_not_measured():
    picture, _, _ = park()
    plan = direct("keep the person unchanged")
    assert measured(plan, (picture, picture, None)) == plan


def test_a_long_clip_is_looked_at_here_and_there():
    picture, mask, empty = park()
    plan = direct("remove the woman")
    checks = ResultChecks(plan, 200)
    for index in range(40):
        checks.take(index, picture, empty, subject(mask))
    (sentence,) = checks.verdict(plan).found
    assert "in 4 frames" in sentence
