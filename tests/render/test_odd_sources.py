"""Clips that reach the preview engine without having been fitted: their sound and their size may be odd."""

import pytest

from modules.preview.video.decode import open_source
from modules.preview.video.encode import Writer
from tests.support.odd_clips import red_box, turned_midway, undecodable_first_sound


@pytest.mark.parametrize(("name", "codec"), [("a.webm", "libvpx"), ("a.mkv", "libvpx-vp9")])
def test_a_clip_that_changes_its_size_is_not_squeezed(tmp_path, name, codec):
    path = turned_midway(tmp_path / name, codec)
    source = open_source(str(path), seconds=4, aspect_ratio="16:9", mode="std")
    sizes = []
    for timed in source.frames():
        assert timed.picture.shape[:2] == (source.height, source.width)
        sizes.append(red_box(timed.picture[..., ::-1]))
    assert len(sizes) > 90 and all(abs(width - height) <= 4 for width, height in sizes)


def test_sound_of_a_kind_that_nobody_knows_is_passed_over(tmp_path):
    path = undecodable_first_sound(tmp_path / "a.mp4")
    source = open_source(str(path), seconds=3, aspect_ratio="16:9", mode="std")
    assert source.audio_problem == ""
    with Writer(source, tmp_path / "out.mp4", keep_audio=True):
        pass
