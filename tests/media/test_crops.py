"""Crops: that they follow the subject, glide, and show the pixels that they say, whatever the clip is."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from modules.edit.framing import Framing
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.fit.crop_tracking import CropPath, follow
from modules.media.fit.framer import Framer
from modules.media.fit.subject_samples import subject_samples
from modules.media.read.clip import probe
from modules.media.read.frame_planes import FrameLayer, planes_of
from modules.media.read.frames import decoded
from modules.media.read.opening import opened
from modules.media.read.tracks import picture_stream
from tests.support.media_samples import PARK, clip, frame_at, red_square


def test_a_crop_follows_the_subject(tmp_path):
    """The square travels from edge to edge; a third of the width still holds it nearly all the time."""
    source = clip(tmp_path / "a.mp4", 640, 360, 4)
    plan = replace(plan_conform(probe(source), 4, "9:16", Framing()), width=180, height=320)
    path = follow(source, plan)
    assert path.moves and path.at(0.4)[0] < 0.4 and path.at(3.6)[0] > 0.6
    conform(source, tmp_path / "b.mp4", plan, keep_audio=False)
    places = [red_square(frame_at(tmp_path / "b.mp4", index))[0] for index in range(10, 90, 8)]
    assert all(0.05 < place < 0.95 for place in places)


@pytest.fixture(scope="module")
def walkers_path():
    return follow(PARK, plan_conform(probe(PARK), 5, "9:16", Framing()))


def test_the_walker_of_the_example_stays_in_a_tall_crop(walkers_path):
    walker = {0.5: 0.80, 2.5: 0.53, 3.5: 0.42}  # seen by eye, share of the width
    assert all(abs(walkers_path.at(moment)[0] - place) < 0.14 for moment, place in walker.items())


def test_a_crop_glides(walkers_path):
    steps = np.diff([walkers_path.at(i / 30)[0] for i in range(150)])
    assert np.abs(steps).max() < 0.012 and np.abs(np.diff(steps)).max() < 0.006


def test_a_path_is_held_at_its_ends_and_straight_between():
    path = CropPath((0.0, 2.0), ((0.2, 0.5), (0.6, 0.5)))
    assert path.at(-1) == (0.2, 0.5) and path.at(9) == (0.6, 0.5) and path.at(1.0)[0] == pytest.approx(0.4)


def often(path, **other):
    """A square that travels from edge to edge in 4 s, with a key frame each second, as phones write them."""
    return clip(path, 640, 360, 4, options={"preset": "ultrafast", "crf": "30", "g": "25"}, **other)


def test_a_crop_of_a_clip_with_many_key_frames_follows_as_well(tmp_path):
    source, seldom = often(tmp_path / "a.mp4"), clip(tmp_path / "b.mp4", 640, 360, 4)
    plan = plan_conform(probe(source), 4, "9:16", Framing())
    near_keys, everywhere = follow(source, plan), follow(seldom, plan)
    for moment in np.arange(0.2, 4, 0.2):
        # The last key frame is looked at 0.2 s long, and what moves on from there is not seen any more.
        assert near_keys.at(moment)[0] == pytest.approx(everywhere.at(moment)[0], abs=0.1)


@pytest.mark.parametrize(("start", "keys"), [(0.0, 4), (0.9, 3), (2.0, 0)])
def test_only_frames_near_key_frames_are_looked_at_where_there_are_enough(tmp_path, start, keys):
    with opened(often(tmp_path / "a.mp4")) as container:
        moments = [
            now for now, _ in subject_samples(container, picture_stream(container), start, 4.0 - start)
        ]
    assert moments == sorted(moments) and moments[0] >= -0.05
    if keys:
        gaps = np.diff(moments)
        assert len(moments) == 2 * keys and np.allclose(gaps[::2], 0.2, atol=0.05)
    else:  # two seconds have too few of them
        assert len(moments) == pytest.approx(2 / 0.2, abs=1)


KINDS = {
    "as stored": {},
    "turned": {"rotation": 90},
    "turned the other way": {"rotation": 270},
    "upside down": {"rotation": 180},
    "mirrored": {"mirrored": True},
    "four full colours": {"pix_fmt": "yuv444p"},
    "ten bits": {"pix_fmt": "yuv420p10le", "codec": "libx265"},
    "RGB": {"pix_fmt": "rgb24", "codec": "qtrle"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("centre", [(0.5, 0.5), (0.313, 0.313), (0.0, 0.0), (1.0, 1.0)])
def test_a_crop_shows_what_it_would_show_of_the_whole_scaled_picture(tmp_path, kind, centre):
    """Only the part that is kept is scaled; nobody sees that."""
    source = clip(tmp_path / "a.mov", 720, 402, 0.2, **KINDS[kind])
    tall = KINDS[kind].get("rotation") in (90, 270)
    plan = plan_conform(
        probe(source), 3, "1:1" if kind == "mirrored" else "16:9" if tall else "9:16", Framing()
    )
    plan = replace(plan, problem=None)
    # A path that moves, so that the window may lie between pixels.
    path = CropPath((0.0, 1.0), (centre, (centre[0], centre[1] + 1e-9)))
    with opened(source) as container:
        stream = picture_stream(container)
        _, frame = next(islice(decoded(container, stream, 0.0), 2, None))
        made = planes_of(Framer(plan, stream, path).make(frame, 0.0))
        zoom = max(plan.width / plan.crop[2], plan.height / plan.crop[3])
        shown = (402, 720) if tall else (720, 402)
        size = [
            max(out, int(np.ceil(side * zoom / 2)) * 2)
            for side, out in zip(shown, (plan.width, plan.height), strict=True)
        ]
        whole = FrameLayer(*size).planes(frame)
    left = min(max(centre[0] * size[0] - plan.width / 2, 0), size[0] - plan.width)
    top = min(max(centre[1] * size[1] - plan.height / 2, 0), size[1] - plan.height)
    for shrink, plane, part in zip((1, 2, 2), whole, made, strict=True):
        x, y = round(left / shrink), round(top / shrink)
        height, width = part.shape
        expected = plane[y : y + height, x : x + width].astype(int)[8:-8, 8:-8]
        got = part[8:-8, 8:-8].astype(int)
        # Sharpening changes edges; half a pixel of the window's place changes little of a soft picture.
        assert np.abs(got - expected).mean() < 1.2
        assert abs(got.mean() - expected.mean()) < 0.3
