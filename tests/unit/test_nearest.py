"""The shape and the length of the model that are nearest to a clip."""

import pytest

from modules.edit.nearest import longest_duration, nearest_ratio
from modules.edit.request import ASPECT_RATIOS, DURATIONS


@pytest.mark.parametrize(
    ("size", "ratio"),
    [
        ((1920, 1080), "16:9"),
        ((1080, 1920), "9:16"),
        ((1000, 1000), "1:1"),
        ((640, 480), "16:9"),
        ((480, 640), "9:16"),
        ((1438, 1080), "16:9"),
        ((5, 4), "1:1"),
        ((1080, 1350), "1:1"),
        ((2560, 1080), "16:9"),
        ((1500, 1000), "16:9"),
        ((1000, 1500), "9:16"),
    ],
)
def test_a_picture_gets_the_ratio_nearest_to_it(size, ratio):
    assert nearest_ratio(*size) == ratio


@pytest.mark.parametrize(("width", "height"), [(1.34, 1), (1.33, 1), (5, 4), (2, 1), (3, 2)])
def test_a_picture_and_the_same_on_its_side_are_judged_alike(width, height):
    turned = {"16:9": "9:16", "9:16": "16:9", "1:1": "1:1"}
    assert nearest_ratio(height, width) == turned[nearest_ratio(width, height)]


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (-1, 5), (float("nan"), 5)])
def test_what_has_no_sides_has_no_ratio(width, height):
    with pytest.raises(ValueError, match="no shape"):
        nearest_ratio(width, height)


@pytest.mark.parametrize(
    ("clip", "longest"),
    [(0.0, 3), (2.4, 3), (3.0, 3), (4.84, 4), (4.86, 5), (5.0, 5), (9.99, 10), (15.0, 15), (3600.0, 15)],
)
def test_the_longest_length_is_one_that_the_clip_fills(clip, longest):
    assert longest_duration(clip) == longest
    assert str(longest) in DURATIONS


def test_every_ratio_is_its_own_nearest():
    for name in ASPECT_RATIOS:
        width, height = map(int, name.split(":"))
        assert nearest_ratio(width, height) == name
