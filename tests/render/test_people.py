"""All people of a clip as tracks: the woman who walks through the park, and the man on the roof."""

import cv2
import numpy as np
import pytest

from modules.preview.prompt.direction import direct
from modules.preview.subject.chosen_people import ChosenPeople
from modules.preview.subject.detection import Box
from modules.preview.subject.people import find_people, moving_boxes, overlap
from modules.preview.subject.selection import choose
from modules.preview.video.decode import open_source
from tests.support.park_people import SECONDS, park
from tests.support.people_tracks import track
from tests.support.render_samples import CLIPS, frames


def inside(mask: np.ndarray, box: Box) -> float:
    """The most of a mask at a quarter of the size within a box."""
    x, y, w, h = (round(side / 4) for side in box.sides)
    return float(mask[y : y + h, x : x + w].max())


def test_both_people_of_the_park_are_found_and_nobody_else():
    assert len(park()) == 2
    woman, man = park()
    assert woman.size > man.size * 0.9 and woman.share > 0.9 > man.share >= 0.3


def test_each_ones_usual_place_is_told_in_shares_of_the_picture():
    woman, man = park()
    assert 0.4 < woman.centre[0] < 0.6 and woman.centre[1] > 0.6
    assert 0.3 < man.centre[0] < 0.42 and man.centre[1] < 0.4


def test_the_woman_travels_from_right_to_left_and_the_man_stays():
    woman, man = park()
    assert woman.travel[0] < -0.6 and woman.travel[1] > 0.3
    assert abs(man.travel[0]) < 0.1 and man.travel[1] < 0.3


def test_a_track_stays_with_its_person_from_sample_to_sample():
    woman, man = park()
    xs = [box.centre[0] / woman.width for box in woman.boxes]
    assert xs == sorted(xs, reverse=True)  # step by step to the left
    assert all(abs(box.centre[0] / man.width - man.centre[0]) < 0.08 for box in man.boxes)


def test_nobody_is_found_where_nobody_is():
    assert find_people([], []) == []
    dunes = frames("dunes_966x544.mp4", 4)
    empty = [np.full_like(dunes[0], 127)] * 4
    assert find_people(empty, [0.0, 1.0, 2.0, 3.0]) == []


def test_a_lit_window_front_is_nobody():
    """The pose network is sure of it, but its mask is unsure in every sample."""
    clip = str(CLIPS / "city_night_1280x720.mp4")
    samples = open_source(clip, seconds=3, aspect_ratio="16:9", mode="std").sampled(whole=True)[4:]
    assert find_people([one.picture for one in samples], [one.seconds for one in samples]) == []


def test_a_chosen_person_is_followed_and_the_other_is_not():
    woman, man = park()
    pictures = frames("person_park_1280x720.mp4", 10)
    followed = ChosenPeople([man], 640, 360)
    for picture, seconds in list(zip(pictures, SECONDS, strict=True))[:3]:
        mask = followed.follow(picture, seconds)
    assert mask.shape == (90, 160)
    assert inside(mask, man.sightings[2].box) > 0.8 and inside(mask, woman.sightings[2].box) < 0.1


def test_a_mover_is_looked_at_and_a_moving_camera_shows_none():
    rng = np.random.default_rng(4)
    place = cv2.GaussianBlur(rng.integers(0, 120, (180, 320, 3), dtype=np.uint8), (0, 0), 4)
    samples = []
    for k in range(6):
        sample = place.copy()
        sample[60:140, 20 + 45 * k : 50 + 45 * k] = 250
        samples.append(sample)
    for k, boxes in enumerate(moving_boxes(samples)):
        assert boxes and overlap(boxes[0], Box(20 + 45 * k, 60, 30, 80)) > 0.8
    panned = [np.roll(rng.integers(0, 255, (180, 320, 3), dtype=np.uint8), 9 * k, 1) for k in range(6)]
    assert not any(moving_boxes(panned)) and not any(moving_boxes(samples[:3]))


@pytest.mark.parametrize(
    ("other", "shared"),
    [(Box(0, 0, 10, 10), 1.0), (Box(5, 0, 10, 10), 0.5), (Box(20, 0, 5, 5), 0.0), (Box(2, 2, 4, 4), 1.0)],
)
def test_overlap_is_by_the_smaller_box(other, shared):
    assert overlap(Box(0, 0, 10, 10), other) == pytest.approx(shared)


def test_the_next_place_goes_on_as_before():
    walker = track([(100, 150), (140, 150), (180, 150)], samples=4)
    assert walker.expected(3)[0].x == pytest.approx(220, abs=2)
    assert {round(region.x) for region in walker.expected(3)[1:2]} == {180}


def test_travel_is_told_in_body_heights_a_second():
    walker = track([(100, 150), (150, 150), (200, 150)], height=100)
    across, pace = walker.travel
    assert across == pytest.approx(100 / 640, abs=0.01) and pace == pytest.approx(0.5, abs=0.03)
    assert track([(100, 150)]).travel == (0.0, 0.0)


def test_a_single_person_is_taken_whatever_the_words_say():
    alone = track([(100, 150)] * 3)
    choice = choose([alone], direct("remove the man on the right in red").who)
    assert choice.tracks == (alone,) and not choice.guessed
