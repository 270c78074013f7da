"""YUV pictures to BGR and back: near enough to the truth that nobody sees it, whatever the tags say."""

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from modules.preview.video import planes

COLOURS = [
    (0, 0, 0),
    (255, 255, 255),
    (128, 128, 128),
    (0, 0, 255),
    (0, 255, 0),
    (255, 0, 0),
    (40, 180, 220),
    (200, 90, 30),
]


def field() -> np.ndarray:
    """Patches of the colours, BGR, 32x64."""
    return np.concatenate([np.full((32, 8, 3), colour, np.uint8) for colour in COLOURS], 1)


def middles(picture: np.ndarray) -> np.ndarray:
    return picture[16, 4::8].astype(int)


def test_there_and_back_keeps_every_colour():
    back = planes.bgr(planes.yuv(field()), 64, 32)
    assert np.abs(middles(back) - middles(field())).max() <= 3


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("hd", [False, True])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p"])
def test_the_tags_of_a_picture_are_believed(hd, full, pixels):
    matrix = Colorspace.ITU709 if hd else Colorspace.ITU601
    source = av.VideoFrame.from_ndarray(field(), format="bgr24").reformat(
        format=pixels, dst_colorspace=matrix, dst_color_range=ColorRange.JPEG if full else ColorRange.MPEG
    )
    source.colorspace, source.color_range = matrix, ColorRange.JPEG if full else ColorRange.MPEG
    assert np.abs(middles(planes.bgr(source, 64, 32)) - middles(field())).max() <= 6


def test_odd_sizes_and_other_kinds_are_converted_too():
    odd = av.VideoFrame.from_ndarray(np.full((33, 65, 3), (30, 160, 90), np.uint8), format="rgb24")
    assert np.abs(planes.bgr(odd, 65, 33)[10, 10].astype(int) - (90, 160, 30)).max() <= 2
    assert planes.bgr(odd, 32, 16).shape == (16, 32, 3)


def test_what_is_written_is_tagged():
    coded = planes.yuv(field())
    assert (coded.format.name, coded.colorspace, coded.color_range) == (
        "yuv420p",
        Colorspace.ITU709,
        ColorRange.MPEG,
    )
    assert coded.to_ndarray()[16, 12] == 235  # white, limited range
