"""What conforming writes: pixels, timing, sound, and that it appears whole or not at all."""

import av
import numpy as np
import pytest
from PIL import Image

from modules.edit.framing import Framing
from modules.media.errors import MediaError
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.fit.sent_stills import sent_strip
from modules.media.read.clip import probe
from tests.support.conforming import converted, small
from tests.support.media_samples import clip, frame_at, red_square, truncated


def test_the_output_is_what_the_model_documents(tmp_path):
    _plan, facts = converted(
        clip(tmp_path / "a.mkv", 640, 480, 3.2, codec="ffv1", sound=True), tmp_path / "b.mp4", whole=True
    )
    assert (facts.width, facts.height, facts.fps, facts.seconds) == (1280, 720, 25.0, 3.0)
    assert (facts.video_codec, facts.pix_fmt, facts.audio_codec, facts.container) == (
        "h264",
        "yuv420p",
        "aac",
        "mp4",
    )
    data = (tmp_path / "b.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "b.mp4")) as container:
        context = container.streams.video[0].codec_context
        tags = context.colorspace, context.color_primaries, context.color_trc, context.color_range
        assert tags == (1, 1, 1, 1)
        length = container.streams.audio[0].duration * container.streams.audio[0].time_base
        assert float(length) == pytest.approx(3.0, abs=0.05)
    assert not plan_conform(facts, 3, "16:9", Framing()).needed


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation_is_written_into_the_picture(tmp_path, rotation):
    source = clip(tmp_path / "a.mp4", 320, 240, 3, rotation=rotation)
    _, facts = converted(source, tmp_path / "b.mp4", framing=Framing(fit="leave"))
    assert facts.rotation == 0 and (facts.width > facts.height) == (rotation == 180)
    x, y = red_square(frame_at(tmp_path / "b.mp4", 0))
    # The square starts at the left middle of the stored picture.
    wanted = {90: (0.5, 0.1), 180: (0.9, 0.5), 270: (0.5, 0.9)}[rotation]
    assert (x, y) == (pytest.approx(wanted[0], abs=0.05), pytest.approx(wanted[1], abs=0.05))


def test_a_mirrored_clip_is_written_as_players_show_it(tmp_path):
    converted(
        clip(tmp_path / "a.mp4", 320, 240, 3, mirrored=True), tmp_path / "b.mp4", framing=Framing(fit="leave")
    )
    assert red_square(frame_at(tmp_path / "b.mp4", 0))[0] == pytest.approx(0.9, abs=0.05)


def test_colours_survive(tmp_path):
    """A plain patch of each colour keeps its RGB through 709 and 601 sources."""
    source = clip(tmp_path / "a.mp4", 320, 240, 3, options={"preset": "ultrafast", "crf": "10"})
    converted(source, tmp_path / "b.mp4", framing=Framing(fit="leave"), whole=True)
    with av.open(str(source)) as container:
        before = (
            next(container.decode(video=0)).reformat(format="rgb24", src_colorspace="ITU601").to_ndarray()
        )
    with av.open(str(tmp_path / "b.mp4")) as container:
        after = (
            next(container.decode(video=0))
            .reformat(width=320, height=240, format="rgb24", src_colorspace="ITU709")
            .to_ndarray()
        )
    assert np.abs(before.mean((0, 1)) - after.mean((0, 1))).max() < 3


def test_padding_shows_the_whole_picture_over_blur(tmp_path):
    source = clip(tmp_path / "a.mp4", 1280, 720, 3)
    _, facts = converted(source, tmp_path / "b.mp4", ratio="9:16", framing=Framing(fit="pad"), whole=True)
    assert facts.width < facts.height
    picture = frame_at(tmp_path / "b.mp4", 37)
    _x, y = red_square(picture)
    assert y == pytest.approx(0.5, abs=0.02)
    rows = np.abs(np.diff(picture.astype(int), axis=1)).mean((1, 2))
    assert rows[:200].mean() < rows[len(rows) // 2 - 50 : len(rows) // 2 + 50].mean() / 3


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_becomes_ordinary_brightness(tmp_path, transfer):
    source = clip(tmp_path / "a.mp4", 320, 240, 3, pix_fmt="yuv420p10le", transfer=transfer)
    plan, facts = converted(source, tmp_path / "b.mp4", framing=Framing(fit="leave"))
    assert plan.tone_map and not facts.hdr and facts.transfer == 1
    assert 20 < frame_at(tmp_path / "b.mp4", 3).mean() < 220


def test_odd_sizes_and_wide_pixels_are_fitted(tmp_path):
    from fractions import Fraction

    _, facts = converted(
        clip(tmp_path / "a.mkv", 321, 243, 3, codec="ffv1", pix_fmt="yuv444p"),
        tmp_path / "b.mp4",
        framing=Framing(fit="leave"),
        whole=True,
    )
    assert facts.width % 2 == facts.height % 2 == 0 and min(facts.width, facts.height) >= 720
    _, facts = converted(
        clip(tmp_path / "c.mp4", 144, 96, 3, shape=Fraction(4, 3)),
        tmp_path / "d.mp4",
        framing=Framing(fit="leave"),
    )
    assert facts.width / facts.height == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(("ratio", "fit"), [("1:1", "crop"), ("9:16", "pad"), ("16:9", "leave")])
def test_very_long_shapes_are_survived(tmp_path, ratio, fit):
    source = clip(tmp_path / "a.mp4", 1280, 64, 3)
    _, facts = converted(source, tmp_path / "b.mp4", ratio=ratio, framing=Framing(fit=fit), whole=True)
    assert min(facts.width, facts.height) >= 720


def test_a_clip_cut_short_gives_what_can_be_read(tmp_path):
    broken = truncated(tmp_path / "b.mp4", clip(tmp_path / "a.mp4", 320, 240, 8), 0.7)
    _, facts = converted(broken, tmp_path / "c.mp4", seconds=10, framing=Framing(fit="leave"))
    assert facts.broken is None and 3 < facts.seconds < 8


def test_progress_rises_to_one(tmp_path):
    source = clip(tmp_path / "a.mp4", 320, 240, 3.5)
    told = []
    conform(
        source,
        tmp_path / "b.mp4",
        small(plan_conform(probe(source), 3, "16:9", Framing(fit="leave"))),
        keep_audio=False,
        on_progress=told.append,
    )
    assert told[0] == 0.0 and told[-1] == 1.0 and told == sorted(told) and len(told) > 5


def test_an_aborted_conversion_leaves_nothing(tmp_path):
    source = clip(tmp_path / "a.mp4", 320, 240, 3.5)
    out = tmp_path / "out"
    out.mkdir()
    (out / "b.mp4").write_bytes(b"earlier")

    def stop(share):
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        conform(
            source,
            out / "b.mp4",
            small(plan_conform(probe(source), 3, "16:9", Framing(fit="leave"))),
            keep_audio=False,
            on_progress=stop,
        )
    assert [path.name for path in out.iterdir()] == ["b.mp4"] and (out / "b.mp4").read_bytes() == b"earlier"


def test_a_problem_is_not_converted(tmp_path):
    source = clip(tmp_path / "a.mp4", 160, 90, 1)
    with pytest.raises(MediaError, match="needs 3 s"):
        conform(
            source, tmp_path / "b.mp4", plan_conform(probe(source), 3, "16:9", Framing()), keep_audio=False
        )
    assert not (tmp_path / "b.mp4").exists()


def test_the_strip_shows_what_will_be_sent(tmp_path):
    """Six stills drawn before converting are the frames that converting then writes."""
    source = clip(tmp_path / "a.mp4", 640, 360, 5)
    plan = small(plan_conform(probe(source), 4, "9:16", Framing(start=0.5)))
    sent_strip(source, tmp_path / "s.jpg", plan, frames=4, height=160)
    conform(source, tmp_path / "b.mp4", plan, keep_audio=False)
    strip = np.asarray(Image.open(tmp_path / "s.jpg"))
    width = (strip.shape[1] - 9) // 4
    assert width == 90
    for number in range(4):
        still = strip[:, number * (width + 3) : number * (width + 3) + width]
        wanted = red_square(frame_at(tmp_path / "b.mp4", int((number + 0.5) * 25)))
        assert red_square(still) == (pytest.approx(wanted[0], abs=0.03), pytest.approx(wanted[1], abs=0.03))
