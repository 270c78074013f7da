"""What conforming writes: pixels, timing, sound, and that it appears whole or not at all."""

from dataclasses import replace

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
from tests.support.media_samples import (
    BUNNY,
    PARK,
    audio_packets,
    clip,
    decoded_times,
    frame_at,
    red_square,
    remuxed,
    truncated,
)

AS_IT_IS = Framing()


def small(plan):
    """The same plan with a quarter of the width and height. The size that the model wants is the plan's
    business, and encoding it most of the time."""
    return replace(plan, width=plan.width // 8 * 2, height=plan.height // 8 * 2)


def converted(src, dst, seconds=3, ratio="16:9", framing=AS_IT_IS, keep_audio=True, whole=False):
    """`whole`: in the size that is sent; otherwise `small`."""
    plan = plan_conform(probe(src), seconds, ratio, framing)
    plan = plan if whole else small(plan)
    return plan, conform(src, dst, plan, keep_audio=keep_audio)


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


def test_the_part_that_was_chosen_is_the_part_that_is_sent(tmp_path):
    source = clip(tmp_path / "a.mp4", 320, 240, 8)
    converted(source, tmp_path / "b.mp4", framing=Framing(start=4.0, fit="leave"))
    wanted = red_square(frame_at(source, 100))[0]
    assert red_square(frame_at(tmp_path / "b.mp4", 0))[0] == pytest.approx(wanted, abs=0.01)


@pytest.fixture(scope="module")
def six_seconds(tmp_path_factory):
    """With sound, frames that refer to later ones, and key frames two seconds apart."""
    options = {"preset": "veryfast", "bf": "2", "g": "50"}
    return clip(tmp_path_factory.mktemp("six") / "a.mp4", 160, 96, 6, sound=True, options=options)


@pytest.mark.parametrize(
    ("name", "options", "later"),
    [
        ("fragmented.mp4", {"movflags": "frag_keyframe+empty_moov"}, 0),
        ("crumbs.mp4", {"movflags": "frag_every_frame"}, 0),
        ("late.mp4", {}, 0.7),
        ("late.ts", {}, 1.7),
        ("late.mkv", {}, 1.7),
        ("live.mkv", {"live": "1"}, 0),
    ],
)
def test_the_right_part_is_found_whatever_the_container_says_about_time(
    tmp_path, six_seconds, name, options, later
):
    odd = remuxed(tmp_path / name, six_seconds, options=options, later=later)
    assert probe(odd).seconds == pytest.approx(6, abs=0.05)
    _, facts = converted(odd, tmp_path / "b.mp4", seconds=4, framing=Framing(start=1.0, fit="leave"))
    assert facts.seconds == pytest.approx(4, abs=0.05) and facts.audio_codec == "aac"
    for index in (0, 99):
        wanted = red_square(frame_at(six_seconds, 25 + index))[0]
        assert red_square(frame_at(tmp_path / "b.mp4", index))[0] == pytest.approx(wanted, abs=0.015)


def test_uneven_timing_keeps_its_pace(tmp_path):
    """Frames that stood long still stand long: the square is where a player would show it at each moment."""
    source = clip(tmp_path / "a.mp4", 320, 240, 4, gaps=[0.02, 0.02, 0.08])
    plan, facts = converted(source, tmp_path / "b.mp4", framing=Framing(fit="leave"))
    assert not facts.variable_fps and facts.fps == plan.fps
    times = decoded_times(source)
    for index in (10, 31, 62):
        moment = index / plan.fps
        shown = max(i for i, t in enumerate(times) if t <= moment + 0.0005)
        assert red_square(frame_at(tmp_path / "b.mp4", index))[0] == pytest.approx(
            red_square(frame_at(source, shown))[0], abs=0.006
        )


@pytest.mark.parametrize(("fps", "out"), [(8, 24), (120, 30)])
def test_slow_and_fast_rates_keep_the_length(tmp_path, fps, out):
    _, facts = converted(clip(tmp_path / "a.mp4", 160, 90, 3.2, fps), tmp_path / "b.mp4")
    assert facts.fps == out and facts.seconds == pytest.approx(3.0, abs=0.05)


def test_sound_is_copied_bit_for_bit_when_nothing_is_retimed(tmp_path):
    converted(BUNNY, tmp_path / "b.mp4")
    taken, whole = audio_packets(tmp_path / "b.mp4"), audio_packets(BUNNY)
    assert len(taken) > 100 and taken == whole[: len(taken)]
    converted(BUNNY, tmp_path / "c.mp4", framing=Framing(start=1.5))
    later = audio_packets(tmp_path / "c.mp4")
    first = whole.index(later[0])
    assert first > 10 and later == whole[first : first + len(later)]


def test_sound_is_left_out_when_it_is_not_wanted(tmp_path):
    _, facts = converted(BUNNY, tmp_path / "b.mp4", keep_audio=False)
    assert facts.audio_codec is None
    plan, facts = converted(PARK, tmp_path / "c.mp4", seconds=5, keep_audio=False)
    assert not plan.needed and facts.audio_codec is None and facts.frames == probe(PARK).frames


def test_a_clip_that_fits_is_copied_packet_for_packet(tmp_path):
    plan, _ = converted(PARK, tmp_path / "b.mp4", seconds=5)
    assert not plan.needed and picture_packets(tmp_path / "b.mp4") == picture_packets(PARK)


def picture_packets(path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_short_clip_is_slowed_with_its_sound(tmp_path):
    source = clip(tmp_path / "a.mp4", 320, 240, 1.5, sound=True)
    _, facts = converted(source, tmp_path / "b.mp4", framing=Framing(short="slow", fit="leave"))
    assert facts.seconds == pytest.approx(3.0, abs=0.05) and facts.audio_codec == "aac"
    half = red_square(frame_at(source, 18))[0]
    assert red_square(frame_at(tmp_path / "b.mp4", 36))[0] == pytest.approx(half, abs=0.03)
    assert pitch(tmp_path / "b.mp4") == pytest.approx(440, abs=15)


def test_a_short_clip_is_looped_with_its_sound(tmp_path):
    source = clip(tmp_path / "a.mp4", 320, 240, 1.2, sound=True)
    _, facts = converted(source, tmp_path / "b.mp4", seconds=4, framing=Framing(short="loop", fit="leave"))
    assert facts.seconds == pytest.approx(4.0, abs=0.05) and facts.audio_codec == "aac"
    first, again = frame_at(tmp_path / "b.mp4", 5), frame_at(tmp_path / "b.mp4", 35)
    assert red_square(first)[0] == pytest.approx(red_square(again)[0], abs=0.02)


def pitch(path) -> float:
    """Strongest frequency of the middle second, in Hz."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    wave = np.concatenate(frames)
    middle = wave[len(wave) // 3 :][:48000]
    return float(np.abs(np.fft.rfft(middle)).argmax() * 48000 / len(middle))


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
