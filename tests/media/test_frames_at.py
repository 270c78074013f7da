"""Frames at several moments of a clip: the same as one by one, with the least of decoding."""

from pathlib import Path

import av
import pytest

from modules.media.read import frames
from modules.media.read.frames import frame_at, frames_at
from modules.media.read.opening import opened
from modules.media.read.tracks import picture_stream
from tests.support.media_samples import clip, pictures
from tests.support.odd_clips import held, video

MOMENTS = (0.0, 0.02, 0.5, 0.5, 1.2, 1.96, 5.0, 60.0)
ONE_KEY = {"preset": "ultrafast", "g": "600", "sc_threshold": "0"}
MANY_KEYS = ONE_KEY | {"g": "10"}
KINDS = {
    "one key frame": lambda folder: clip(folder / "a.mp4", 96, 64, 2, options=ONE_KEY),
    "many key frames": lambda folder: clip(folder / "a.mp4", 96, 64, 2, options=MANY_KEYS),
    "frames out of order": lambda folder: clip(folder / "a.mkv", 96, 64, 2, options={"g": "20", "bf": "3"}),
    "no index": lambda folder: clip(folder / "a.ts", 96, 64, 2, options=MANY_KEYS),
    "uneven": lambda folder: clip(folder / "a.mp4", 96, 64, 2, gaps=(0.02, 0.3), options=MANY_KEYS),
    "held": lambda folder: held(folder / "a.mp4"),
    "pictures": lambda folder: clip(folder / "a.avi", 96, 64, 2, codec="mjpeg", pix_fmt="yuvj420p"),
}


def shown(path: Path, moments) -> list[int | None]:
    with opened(path) as container:
        found = frames_at(container, picture_stream(container), moments)
        return [frame and frame.pts for frame in found]


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_those_that_one_by_one_are_found(kind, tmp_path):
    path = KINDS[kind](tmp_path)
    alone = []
    for moment in MOMENTS:
        with opened(path) as container:
            found = frame_at(container, picture_stream(container), moment)
            alone.append(found and found.pts)
    assert shown(path, MOMENTS) == alone
    assert len(set(alone)) >= 3 and None not in alone


@pytest.fixture
def starts(monkeypatch) -> list[float]:
    """The moments from which was decoded."""
    begun, decoded = [], frames.decoded

    def noted(container, stream, start):
        begun.append(start)
        return decoded(container, stream, start)

    monkeypatch.setattr(frames, "decoded", noted)
    return begun


def test_a_clip_with_one_key_frame_is_decoded_once(tmp_path, starts):
    path = clip(tmp_path / "a.mp4", 96, 64, 12, fps=10, options=ONE_KEY)
    found = shown(path, [0.5, 2.0, 4.5, 9.0, 11.0])
    assert len(set(found)) == 5 and starts == [0.5]


def test_what_lies_far_behind_other_key_frames_is_sought(tmp_path, starts):
    path = clip(tmp_path / "a.mp4", 96, 64, 12, fps=10, options=MANY_KEYS)
    shown(path, [0.5, 2.0, 11.0])
    assert starts == [0.5, 11.0]


def test_behind_damage_that_does_not_end_there_may_be_more(tmp_path, monkeypatch):
    """More bad packets in a row than are skipped; a look that begins behind them finds what is there."""
    monkeypatch.setattr(frames, "MAX_BAD_PACKETS", 20)

    def damage(packets: list) -> None:
        for at in range(10, 40):
            spoilt = av.Packet(b"\0\0\0\x05\x65" + b"\xff" * 40)
            spoilt.stream, spoilt.time_base = packets[at].stream, packets[at].time_base
            spoilt.pts, spoilt.dts, spoilt.duration = packets[at].pts, packets[at].dts, packets[at].duration
            packets[at] = spoilt

    path = video(tmp_path / "a.mkv", list(pictures(96, 64, 60)), options=ONE_KEY | {"g": "5"}, change=damage)
    first, last = shown(path, [0.1, 2.2])
    assert first is not None and last is not None and last > 2000
