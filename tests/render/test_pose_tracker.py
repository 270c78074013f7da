"""Figures in wide shots are found where they stand, followed as they walk, and not imagined where there
are none."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from modules.preview.subject.pose_tracker import PoseTracker

CLIPS = Path(__file__).parents[2] / "examples" / "clips"


def frames(name: str, count: int = 1, skip: int = 0) -> list[np.ndarray]:
    clip = cv2.VideoCapture(str(CLIPS / name))
    found = [clip.read()[1] for _ in range(skip + count)]
    clip.release()
    return found[skip:]


def tracker_for(frame: np.ndarray) -> PoseTracker:
    return PoseTracker(frame.shape[1], frame.shape[0])


def test_two_small_people_are_both_found_where_they_stand():
    (frame,) = frames("person_park_1280x720.mp4")
    tracker = tracker_for(frame)
    assert tracker.find(frame) == 2
    centres = sorted(x + w / 2 for x, y, w, h in map(tracker.box, tracker.people))
    assert centres[0] == pytest.approx(465, abs=50)
    assert centres[1] == pytest.approx(1095, abs=60)


def test_a_mask_covers_the_person_and_little_else():
    (frame,) = frames("person_walk_720x1280.mp4", skip=40)
    tracker = tracker_for(frame)
    assert tracker.find(frame) >= 1
    mask = tracker.mask()
    assert mask.shape == (320, 180)
    assert mask[225:255, 92:104].mean() > 0.7  # her trunk
    assert mask[:150].mean() < 0.05  # trees and sky
    assert 0.03 < mask.mean() < 0.12


def test_a_walking_person_is_followed():
    walk = frames("person_walk_720x1280.mp4", count=24)
    tracker = PoseTracker(720, 1280, most=1)
    assert tracker.find(walk[0]) == 1
    covered = [tracker.follow(frame).mean() for frame in walk[::2]]
    assert min(covered) > 0.6 * max(covered)


def test_a_figure_that_is_not_looked_at_in_a_frame_keeps_its_mask_in_place():
    (frame,) = frames("person_walk_720x1280.mp4", skip=40)
    tracker = PoseTracker(720, 1280, most=1, stride=3)
    assert tracker.find_at(frame, [(250, 670, 260, 530)]) == 1
    first = tracker.mask()
    assert np.abs(tracker.follow(frame) - first).mean() < 0.002


def test_no_figure_is_seen_in_a_city_or_in_dunes():
    for name in ("city_night_1280x720.mp4", "dunes_966x544.mp4"):
        (frame,) = frames(name)
        tracker = tracker_for(frame)
        assert tracker.find(frame) == 0
        assert not tracker.follow(frame).any()


@pytest.mark.parametrize("size", [(16, 16), (2, 200), (640, 34)])
def test_odd_sizes_are_searched_without_harm(size):
    frame = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    tracker = tracker_for(frame)
    tracker.find(frame)
    assert tracker.follow(frame).shape == (max(1, size[1] // 4), max(1, size[0] // 4))


def test_a_walker_is_followed_through_frames_that_lie_far_apart():
    seen = frames("person_park_1280x720.mp4", count=136)[::15]
    tracker = PoseTracker(1280, 720, most=1)
    assert tracker.find_at(seen[0], [(1030, 440, 150, 260)]) == 1
    centres = []
    for frame in seen:
        assert tracker.follow_far(frame).any()
        x, _, width, _ = tracker.box(tracker.people[0])
        centres.append(x + width / 2)
    assert centres[0] == pytest.approx(1095, abs=60) and centres[-1] < 300 and max(np.diff(centres)) < 20
