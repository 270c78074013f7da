"""Time and sound of a fitted clip: the part that was chosen, its pace, and the sound to it."""

import av
import numpy as np
import pytest

from modules.edit.framing import Framing
from modules.media.read.clip import probe
from tests.support.conforming import converted
from tests.support.media_samples import (
    BUNNY,
    PARK,
    audio_packets,
    clip,
    decoded_times,
    frame_at,
    red_square,
    remuxed,
)


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
