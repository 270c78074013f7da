"""Which tracks of a file are the clip, and what becomes of sound that is unusual."""

from dataclasses import replace

import av
import numpy as np
import pytest

from modules.edit.framing import Framing
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.read.clip import probe
from tests.support.media_samples import clip, truncated
from tests.support.odd_clips import (
    changing_layout,
    tracks,
    undecodable_first_sound,
    unknown_sound,
    video,
    with_square,
)


def conformed(source, target, *, needed=True):
    plan = plan_conform(probe(source), 3, "16:9", Framing(fit="leave"))
    if needed:
        plan = replace(plan, needed=True, width=160, height=96)
    return plan, conform(source, target, plan, keep_audio=True)


@pytest.mark.parametrize("container", ["mp4", "mkv", "mov"])
@pytest.mark.parametrize("size", [(640, 640), (64, 64)])
@pytest.mark.parametrize("cover_first", [True, False])
def test_a_track_of_one_picture_is_a_cover_whatever_its_size_place_and_mark(
    tmp_path, container, size, cover_first
):
    film = clip(tmp_path / "film.mp4", 160, 96, 3.2, sound=True)
    cover = video(tmp_path / "cover.mov", [with_square(*size)], codec="mjpeg", pix_fmt="yuvj420p")
    taken = [(film, "video"), (cover, "video")][:: -1 if cover_first else 1]
    source = tracks(
        tmp_path / f"a.{container}", [*taken, (film, "audio")], defaults=[cover_first, not cover_first, True]
    )
    facts = probe(source)
    assert (facts.width, facts.height, facts.video_codec) == (160, 96, "h264")
    assert facts.seconds == pytest.approx(3.2, abs=0.05)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_of_two_films_the_default_one_is_taken_then_the_longer(tmp_path, container):
    short = clip(tmp_path / "short.mp4", 320, 192, 3.0)
    long = clip(tmp_path / "long.mp4", 160, 96, 4.0)
    both = [(short, "video"), (long, "video")]
    marked = tracks(tmp_path / f"a.{container}", both, defaults=[True, False])
    assert probe(marked).width == 320
    alike = tracks(tmp_path / f"b.{container}", both, defaults=[True, True])
    assert probe(alike).width == 160


def test_the_first_sound_track_that_can_be_decoded_is_used_and_that_is_said(tmp_path):
    source = undecodable_first_sound(tmp_path / "a.mp4")
    facts = probe(source)
    assert facts.audio_codec == "aac" and "next one is used" in facts.sound_note
    plan, done = conformed(source, tmp_path / "out.mp4")
    assert done.audio_codec == "aac" and facts.sound_note in plan.notes


def test_a_clip_whose_sound_cannot_be_decoded_goes_without_it_and_that_is_said(tmp_path):
    source = clip(tmp_path / "a.mp4", 160, 96, 3.2, sound=True)
    (tmp_path / "b.mp4").write_bytes(unknown_sound(source.read_bytes()))
    facts = probe(tmp_path / "b.mp4")
    assert facts.audio_codec is None and "without sound" in facts.sound_note and facts.broken is None
    _, done = conformed(tmp_path / "b.mp4", tmp_path / "out.mp4")
    assert done.audio_codec is None and done.seconds == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("container", ["mkv", "mp4"])
def test_rubbish_in_a_sound_track_never_stops_the_pictures(tmp_path, container):
    """The packets are there, and none of them is sound."""
    source, rng = clip(tmp_path / "a.mp4", 160, 96, 3.2, sound=True), np.random.default_rng(4)
    with av.open(str(source)) as reading, av.open(str(tmp_path / f"b.{container}"), "w") as output:
        streams = {s.index: output.add_stream_from_template(s) for s in reading.streams}
        for packet in reading.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                packet.update(b"\x21" + rng.bytes(packet.size - 1))
            packet.stream = streams[packet.stream_index]
            output.mux(packet)
    _, done = conformed(tmp_path / f"b.{container}", tmp_path / "out.mp4")
    assert done.seconds == pytest.approx(3.0, abs=0.05)


def test_sound_that_changes_its_layout_is_kept(tmp_path):
    source = changing_layout(tmp_path / "a.ts")
    _, done = conformed(source, tmp_path / "out.mp4")
    assert done.audio_codec == "aac"
    with av.open(str(tmp_path / "out.mp4")) as container:
        heard = [abs(frame.to_ndarray()).mean() for frame in container.decode(audio=0)]
    assert len(heard) > 130 and min(heard[5:85]) > 0.02 and min(heard[100:135]) > 0.02


def test_a_cut_sound_track_leaves_the_rest_silent(tmp_path):
    whole = clip(tmp_path / "a.mp4", 160, 96, 6, sound=True)
    source = truncated(tmp_path / "b.mp4", whole, 0.9)
    _, done = conformed(source, tmp_path / "out.mp4")
    assert done.seconds == pytest.approx(3.0, abs=0.05)
