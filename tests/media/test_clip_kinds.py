"""Clips whose pictures are stored in another way than they are shown, and what a file tells beside them."""

import io
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from modules.edit.framing import Framing
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.read.clip import probe
from tests.support.media_samples import BUNNY, audio_packets, clip, frame_at, remuxed
from tests.support.odd_clips import combing, red_box, turned_midway, video, with_square, woven

LEAVE = Framing(fit="leave")


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_a_woven_clip_is_deinterlaced_and_that_is_said(tmp_path, name):
    source = woven(tmp_path / name)
    plan = plan_conform(probe(source), 3, "16:9", Framing(fit="leave", short="loop"))
    assert plan.fields == "tff" and "deinterlaced" in "".join(plan.changes)
    conform(source, tmp_path / "out.mp4", replace(plan, width=640, height=480), keep_audio=False)
    assert combing(frame_at(source, 20)) > 200 > 10 * combing(frame_at(tmp_path / "out.mp4", 20))


def test_a_clip_that_only_says_that_it_is_interlaced_is_deinterlaced(tmp_path):
    drawn = [with_square(640, 480)] * 30
    options = {"preset": "ultrafast", "x264-params": "interlaced=1:tff=1"}
    facts = probe(video(tmp_path / "a.mp4", drawn, options=options))
    assert facts.fields == "flagged" and plan_conform(facts, 3, "16:9", Framing(short="slow")).fields


def test_whole_pictures_are_left_whole(tmp_path):
    assert probe(clip(tmp_path / "a.mp4", 640, 480, 1)).fields == ""
    assert probe(BUNNY).fields == ""


def test_wide_pixels_are_made_square(tmp_path):
    source = clip(tmp_path / "a.mp4", 1440, 1080, 3, shape=Fraction(4, 3))
    plan = plan_conform(probe(source), 3, "16:9", Framing())
    assert (
        plan.needed and "pixels 4:3 -> square" in plan.changes and (plan.width, plan.height) == (1920, 1080)
    )
    conform(source, tmp_path / "out.mp4", replace(plan, width=320, height=180), keep_audio=False)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert (container.streams.video[0].sample_aspect_ratio or 1) == 1


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("a.mov", "qtrle", "argb"),
        ("b.mov", "prores_ks", "yuva444p10le"),
        ("c.mov", "png", "rgba"),
        ("d.webm", "libvpx-vp9", "yuva420p"),
        ("e.webm", "libvpx", "yuva420p"),
    ],
)
def test_what_is_transparent_becomes_white_whatever_lies_under_it(tmp_path, name, codec, pix_fmt):
    picture = np.zeros((96, 160, 4), np.uint8)
    picture[..., :3] = np.random.default_rng(1).integers(0, 255, (96, 160, 3))
    picture[32:64, 64:96] = (240, 30, 30, 255)
    options = {"auto-alt-ref": "0"} if "vpx" in codec else {}
    source = video(tmp_path / name, [picture] * 80, codec=codec, pix_fmt=pix_fmt, options=options)
    plan = plan_conform(probe(source), 3, "16:9", LEAVE)
    assert "what is transparent -> white" in plan.changes
    conform(source, tmp_path / "out.mp4", replace(plan, width=160, height=96), keep_audio=False)
    shown = frame_at(tmp_path / "out.mp4", 10).astype(int)
    assert shown[4:26, 4:60].min() > 235
    assert abs(shown[40:56, 72:88].mean((0, 1)) - (240, 30, 30)).max() < 12


@pytest.mark.parametrize(
    ("name", "codec"), [("a.webm", "libvpx"), ("a.ts", "libx264"), ("a.mkv", "libvpx-vp9")]
)
@pytest.mark.parametrize("fit", ["crop", "pad", "leave"])
def test_a_clip_that_changes_its_size_squeezes_nothing(tmp_path, name, codec, fit):
    source = turned_midway(tmp_path / name, codec)
    plan = plan_conform(probe(source), 3, "16:9", Framing(fit=fit))
    done = conform(source, tmp_path / "out.mp4", replace(plan, width=640, height=360), keep_audio=False)
    assert done.seconds == pytest.approx(3.0, abs=0.05)
    for index in (5, 45, 55, 70):
        width, height = red_box(frame_at(tmp_path / "out.mp4", index))
        assert width == pytest.approx(height, abs=4), (index, width, height)


def test_the_part_after_a_change_of_size_can_be_chosen_too(tmp_path):
    source = turned_midway(tmp_path / "a.ts")
    plan = plan_conform(probe(source), 3, "16:9", Framing(start=1.0))
    conform(source, tmp_path / "out.mp4", replace(plan, width=640, height=360), keep_audio=False)
    width, height = red_box(frame_at(tmp_path / "out.mp4", 60))
    assert width == pytest.approx(height, abs=4)


GPS = {
    "com.apple.quicktime.location.ISO6709": "+52.5200+013.4050+034.000/",
    "com.apple.quicktime.model": "Telephone 9",
    "location": "+52.5200+013.4050/",
    "comment": "at home",
}


@pytest.mark.parametrize(
    ("name", "flags"),
    [("a.mp4", "use_metadata_tags"), ("a.mov", "use_metadata_tags+faststart"), ("a.mov", "faststart")],
)
@pytest.mark.parametrize("keep_audio", [True, False])
def test_a_phone_clip_that_fits_is_sent_without_what_the_phone_wrote_into_it(
    tmp_path, name, flags, keep_audio
):
    source = tmp_path / name
    with (
        av.open(str(BUNNY)) as reading,
        av.open(str(source), "w", options={"movflags": flags}) as output,
    ):
        output.metadata.update(GPS)
        streams = {s.index: output.add_stream_from_template(s) for s in reading.streams}
        for target in streams.values():
            target.metadata.update({"title": "Telephone 9", "handler_name": "Telephone 9"})
        for packet in reading.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                output.mux(packet)
    assert b"+52.5200" in source.read_bytes()
    plan = plan_conform(probe(source), 5, "16:9", Framing())
    plan = replace(plan, needed=False, seconds=5.28)
    conform(source, tmp_path / "out.mp4", plan, keep_audio=keep_audio)
    sent = (tmp_path / "out.mp4").read_bytes()
    for told in (b"+52.5200", b"Telephone", b"at home"):
        assert told not in sent
    with av.open(str(source)) as before, av.open(str(tmp_path / "out.mp4")) as after:
        pairs = [[bytes(p) for p in c.demux(video=0) if p.size] for c in (before, after)]
    assert pairs[0] == pairs[1]
    if keep_audio:
        taken = audio_packets(tmp_path / "out.mp4")
        assert len(taken) > 200 and taken == audio_packets(source)[: len(taken)]


def test_pictures_that_an_edit_list_hides_stay_hidden(tmp_path):
    """A phone that trims a clip keeps what was cut away in the file."""
    source = clip(tmp_path / "a.mp4", 160, 96, 5, options={"bf": "0", "g": "125"})
    data = bytearray(remuxed(tmp_path / "b.mp4", source, options={"movflags": "+faststart"}).read_bytes())
    at = data.index(b"elst") + 8
    scale = int.from_bytes(data[data.index(b"mdhd") + 16 : data.index(b"mdhd") + 20], "big")
    movie = int.from_bytes(data[data.index(b"mvhd") + 16 : data.index(b"mvhd") + 20], "big")
    data[at + 4 : at + 12] = (3 * movie).to_bytes(4, "big") + (2 * scale).to_bytes(4, "big")
    (tmp_path / "b.mp4").write_bytes(data)
    facts = probe(tmp_path / "b.mp4")
    assert facts.seconds == pytest.approx(3.0, abs=0.1)
    plan = replace(plan_conform(facts, 3, "16:9", LEAVE), needed=False, width=160, height=96)
    done = conform(tmp_path / "b.mp4", tmp_path / "out.mp4", plan, keep_audio=False)
    assert done.seconds == pytest.approx(3.0, abs=0.05)
    assert np.abs(frame_at(tmp_path / "out.mp4", 0).astype(int) - frame_at(source, 50)).mean() < 6


def test_a_copy_that_cannot_be_decoded_is_encoded_as_far_as_it_can_be_read(tmp_path):
    whole = clip(tmp_path / "a.mp4", 160, 96, 5, options={"bf": "0"})
    data = whole.read_bytes()
    (tmp_path / "b.mp4").write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    plan = replace(plan_conform(probe(whole), 5, "16:9", LEAVE), needed=False, width=160, height=96)
    assert conform(tmp_path / "b.mp4", tmp_path / "out.mp4", plan, keep_audio=False).seconds < 4.5


@pytest.mark.parametrize(
    ("fps", "out"),
    [(60, 30), (50, 25), (60.1, 30), (59.94, 29.97), (120, 30), (48, 24), (47.952, 24), (30, 30)],
)
def test_a_high_rate_is_halved_evenly(tmp_path, fps, out):
    source = clip(tmp_path / "a.mp4", 160, 96, 3.2, fps)
    plan = plan_conform(probe(source), 3, "16:9", LEAVE)
    assert plan.fps == pytest.approx(out, abs=0.011)
    conform(source, tmp_path / "out.mp4", replace(plan, width=160, height=96), keep_audio=False)
    with av.open(io.BytesIO((tmp_path / "out.mp4").read_bytes())) as container:
        assert float(container.streams.video[0].average_rate) == pytest.approx(out, abs=0.02)
