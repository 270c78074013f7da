"""The length of a clip is that of the pictures that can be read, whatever its header says."""

from dataclasses import replace
from itertools import pairwise

import av
import pytest
from PIL import Image

from modules.edit.framing import Framing
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.fit.written import length_problem, readable_facts
from modules.media.read.clip import probe
from tests.support.media_samples import clip, decoded_times, frame_at, pictures, red_square, remuxed
from tests.support.odd_clips import held, interrupted, outlasted, transport_stream, video

LEAVE = Framing(fit="leave")


def written(source, target, seconds=5, framing=LEAVE):
    """What is written of `source`, small, and its plan."""
    plan = plan_conform(probe(source), seconds, "16:9", framing)
    assert plan.problem is None
    return replace(plan, width=160, height=96), conform(
        source, target, replace(plan, width=160, height=96), keep_audio=True
    )


def shown_seconds(path) -> float:
    """From the first picture to the end of the last one, by decoding."""
    times = decoded_times(path)
    return times[-1] - times[0] + min(b - a for a, b in pairwise(times))


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("a.mp4", {}),
        ("a.mov", {}),
        ("a.mkv", {}),
        ("a.webm", {"codec": "libvpx"}),
        ("a.mp4", {"muxing": {"movflags": "frag_keyframe+empty_moov"}}),
    ],
)
def test_a_last_picture_that_is_held_is_held_for_its_own_time(tmp_path, name, more):
    source = held(tmp_path / name, **more)
    assert probe(source).seconds == pytest.approx(6.0, abs=0.05)
    plan, facts = written(source, tmp_path / "out.mp4")
    assert facts.seconds == pytest.approx(5.0, abs=0.01) == plan.seconds
    assert shown_seconds(tmp_path / "out.mp4") == pytest.approx(5.0, abs=0.05)


def test_a_gif_of_slides_shows_each_for_its_own_time(tmp_path):
    slides = [Image.new("RGB", (160, 96), colour) for colour in ("red", "lime", "blue")]
    slides[0].save(
        tmp_path / "a.gif", save_all=True, append_images=slides[1:], duration=[1000, 3000, 2500], loop=0
    )
    assert probe(tmp_path / "a.gif").seconds == pytest.approx(6.5)
    plan, facts = written(tmp_path / "a.gif", tmp_path / "out.mp4", seconds=6)
    assert facts.seconds == pytest.approx(6.0, abs=0.01)
    for moment, channel in ((0.5, 0), (1.5, 1), (3.7, 1), (4.3, 2), (5.9, 2)):
        assert frame_at(tmp_path / "out.mp4", round(moment * plan.fps)).mean((0, 1)).argmax() == channel


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.mov", "a.ts"])
def test_sound_that_goes_on_does_not_make_a_clip_longer(tmp_path, name):
    facts = probe(outlasted(tmp_path / name))
    assert facts.seconds == pytest.approx(2.0, abs=0.05) and facts.broken is None
    assert "2.0 s long" in plan_conform(facts, 5, "16:9", Framing()).problem


@pytest.mark.parametrize("name", ["a.mkv", "a.mov", "a.flv"])
def test_an_interrupted_recording_has_the_length_that_can_be_read(tmp_path, name):
    source = interrupted(tmp_path / name)
    facts = probe(source)
    assert 5 < facts.seconds < 7
    assert f"cut short: {facts.seconds:.1f} s can be read" in facts.broken
    plan, done = written(source, tmp_path / "out.mp4", seconds=5, framing=Framing(start=9.0, fit="leave"))
    assert plan.start == pytest.approx(facts.seconds - 5, abs=0.01)
    assert any("cut short" in note for note in plan.notes)
    assert done.seconds == pytest.approx(5.0, abs=0.01)
    assert shown_seconds(tmp_path / "out.mp4") == pytest.approx(5.0, abs=0.05)


def test_an_interrupted_broadcast_has_the_length_that_can_be_read(tmp_path):
    facts = probe(interrupted(tmp_path / "a.ts"))
    assert 5 < facts.seconds < 7.5


def test_damage_that_shows_only_in_decoding_is_found_before_anything_is_sent(tmp_path):
    whole = clip(tmp_path / "a.mp4", 160, 96, 10, options={"bf": "0"})
    data = whole.read_bytes()
    kept = int(len(data) * 0.4)
    (tmp_path / "b.mp4").write_bytes(data[:kept] + bytes(len(data) - kept))
    facts = probe(tmp_path / "b.mp4")
    plan, done = written(tmp_path / "b.mp4", tmp_path / "out.mp4", seconds=10)
    assert done.seconds < 6 and "can be read" in length_problem(plan, done)
    rest = readable_facts(facts, plan, done)
    assert rest.seconds == pytest.approx(done.seconds, abs=0.01) and "damaged" in rest.broken


def test_what_was_written_as_planned_may_be_sent(tmp_path):
    plan, done = written(clip(tmp_path / "a.mp4", 160, 96, 4), tmp_path / "out.mp4", seconds=4)
    assert length_problem(plan, done) is None


@pytest.mark.parametrize("start", [0.0, 1.0, 5.0, 7.0])
def test_two_joined_broadcasts_are_one_clip(tmp_path, start):
    """The second counts from its own beginning, before or after the end of the first."""
    one = transport_stream(tmp_path / "one.ts")
    other = remuxed(tmp_path / "other.ts", tmp_path / "one.mp4", later=1000 if start else 0)
    (tmp_path / "a.ts").write_bytes(one.read_bytes() + other.read_bytes())
    assert probe(tmp_path / "a.ts").seconds == pytest.approx(12.0, abs=0.1)
    _, facts = written(tmp_path / "a.ts", tmp_path / "b.mp4", framing=Framing(start=start, fit="leave"))
    assert facts.seconds == pytest.approx(5.0, abs=0.05) and facts.audio_codec == "aac"
    for index in (0, 60, 124):
        wanted = red_square(frame_at(tmp_path / "one.mp4", round(start * 25 + index) % 150))[0]
        assert red_square(frame_at(tmp_path / "b.mp4", index))[0] == pytest.approx(wanted, abs=0.02)


def test_a_broadcast_that_begins_between_key_frames_begins_at_its_first_whole_picture(tmp_path):
    data = transport_stream(tmp_path / "one.ts", 8.0).read_bytes()
    with av.open(str(tmp_path / "one.ts")) as container:
        later = next(p.pos for p in container.demux(video=0) if p.pts and p.pts * p.time_base > 2.6)
    # 57 bytes more: inside a packet, too.
    (tmp_path / "a.ts").write_bytes(data[later + 57 :])
    facts = probe(tmp_path / "a.ts")
    assert facts.late > 0.5 and facts.seconds == pytest.approx(4.0, abs=0.05)
    plan, done = written(tmp_path / "a.ts", tmp_path / "out.mp4", seconds=4)
    assert "first whole picture" in "".join(plan.changes) and done.seconds == pytest.approx(4.0, abs=0.05)
    for index in (0, 30, 90):
        wanted = red_square(frame_at(tmp_path / "one.mp4", 100 + index))[0]
        assert red_square(frame_at(tmp_path / "out.mp4", index))[0] == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video", "libx265"])
def test_the_first_key_frame_may_come_late(tmp_path, codec):
    """Until it comes nothing says how large the picture is."""
    options = {
        "libx264": {"preset": "ultrafast", "g": "250", "sc_threshold": "0"},
        "mpeg2video": {"g": "250", "sc_threshold": "1000000000"},
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:keyint=250:scenecut=0:pools=1"},
    }[codec]
    whole = video(tmp_path / "one.ts", list(pictures(160, 96, 350)), codec=codec, options=options)
    data = whole.read_bytes()
    with av.open(str(whole)) as container:
        later = [p.pos for p in container.demux(video=0) if p.pos is not None][12]
    (tmp_path / "a.ts").write_bytes(data[later:])
    facts = probe(tmp_path / "a.ts")
    assert facts.late > 8 and facts.seconds == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize("cut", [1, 100, 187])
def test_a_broadcast_that_begins_inside_a_packet_is_read(tmp_path, cut):
    data = transport_stream(tmp_path / "one.ts").read_bytes()
    (tmp_path / "a.ts").write_bytes(data[cut:])
    assert probe(tmp_path / "a.ts").seconds == pytest.approx(6.0, abs=0.05)
