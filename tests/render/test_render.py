"""The render: what comes out has the time, size, colour, turn and sound that it should have."""

import av
import numpy as np
import pytest

from modules.preview.errors import RenderError
from modules.preview.render import render
from modules.preview.steps import steps_of
from modules.preview.task import RenderTask
from tests.support.render_samples import CLIPS, write_clip


def run(tmp_path, clip, prompt="a warm grade", *, calls=None, images=(), elements=(), **payload):
    calls = {} if calls is None else calls
    payload = {"prompt": prompt, "duration": "3", "aspect_ratio": "16:9", "mode": "pro", **payload}
    task = RenderTask(
        str(clip), str(tmp_path / "out.mp4"), str(tmp_path / "still.jpg"), payload, images, elements
    )
    return render(
        task,
        on_progress=lambda *a: calls.setdefault("progress", []).append(a),
        on_plan=lambda p: calls.setdefault("plan", []).append(p),
        on_still=lambda p: calls.setdefault("still", []).append(p),
    )


def frames_of(path):
    with av.open(str(path)) as container:
        return [(float(f.pts * f.time_base), f) for f in container.decode(video=0)]


def sound_of(path, until=99.0):
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return [
            bytes(p)
            for p in container.demux(stream)
            if p.pts is not None and float(p.pts * p.time_base) < until
        ]


def test_a_render_reports_its_plan_a_still_and_its_progress(tmp_path):
    calls = {}
    report = run(tmp_path, write_clip(tmp_path / "in.mp4", 320, 180), calls=calls)
    assert report.frames == 12 and (report.width, report.height) == (320, 180)
    assert calls["plan"] == [report.plan] and report.plan["engine"] == "preview" and report.plan["looks"]
    assert (
        calls["still"] == [str(tmp_path / "still.jpg")]
        and (tmp_path / "still.jpg").read_bytes()[:2] == b"\xff\xd8"
    )
    assert calls["progress"][0][0] == 0 and calls["progress"][-1] == (12, 12)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mp4", "out.mp4", "still.jpg"]


def test_the_video_is_bt709_h264_that_starts_fast(tmp_path):
    run(tmp_path, write_clip(tmp_path / "in.mp4", 320, 180))
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "out.mp4")) as container:
        codec = container.streams.video[0].codec_context
        assert (
            codec.name,
            codec.pix_fmt,
            codec.colorspace,
            codec.color_primaries,
            codec.color_trc,
            codec.color_range,
        ) == ("h264", "yuv420p", 1, 1, 1, 1)


@pytest.mark.parametrize("matrix", [1, 6], ids=["bt709", "bt601"])
def test_colours_survive_the_way_through(tmp_path, matrix):
    from modules.preview.video.decode import open_source
    from modules.preview.video.encode import Writer

    clip = write_clip(tmp_path / "in.mp4", 320, 180, matrix=matrix)
    source = open_source(str(clip), seconds=3, aspect_ratio="16:9", mode="pro")
    with Writer(source, tmp_path / "out.mp4", keep_audio=False) as writer:
        for timed in source.frames():
            writer.put(timed)
    before = next(iter(source.frames())).picture
    again = open_source(str(tmp_path / "out.mp4"), seconds=3, aspect_ratio="16:9", mode="pro")
    after = next(iter(again.frames())).picture
    drift = np.abs(before.reshape(-1, 3).mean(0) - after.reshape(-1, 3).mean(0))
    assert drift.max() < 2.5  # what x264 leaves; a wrong matrix moves the red block by more than ten
    red = before[80:100, 85:130].reshape(-1, 3).mean(0)
    assert np.abs(red - (30, 30, 200)).max() < 8


def test_the_trim_is_the_duration(tmp_path):
    report = run(tmp_path, write_clip(tmp_path / "in.mp4", 160, 90, seconds=4.5), duration="3")
    assert report.frames == 36 and abs(report.seconds - 3) < 0.05
    assert len(frames_of(tmp_path / "out.mp4")) == 36


@pytest.mark.parametrize(
    ("size", "ratio", "expected"),
    [
        ((320, 180), "9:16", 9 / 16),
        ((320, 180), "1:1", 1),
        ((180, 320), "16:9", 16 / 9),
        ((240, 240), "9:16", 9 / 16),
    ],
)
def test_the_shape_is_the_one_that_was_asked_for(tmp_path, size, ratio, expected):
    report = run(tmp_path, write_clip(tmp_path / "in.mp4", *size, seconds=0.4), aspect_ratio=ratio)
    assert abs(report.width / report.height / expected - 1) < 0.03
    assert report.width % 2 == report.height % 2 == 0
    assert frames_of(tmp_path / "out.mp4")[0][1].width == report.width


@pytest.mark.parametrize("size", [(16, 16), (2000, 1000), (33, 57), (641, 361)])
def test_odd_and_extreme_sizes_render(tmp_path, size):
    report = run(tmp_path, write_clip(tmp_path / "in.mp4", *size, seconds=0.25), "cyberpunk in the snow")
    assert max(report.width, report.height) <= 1280 and report.width % 2 == report.height % 2 == 0


def test_a_wide_giant_is_scaled_down(tmp_path):
    report = run(tmp_path, write_clip(tmp_path / "in.mp4", 2600, 1300, seconds=0.1, fps=20))
    assert (report.width, report.height) == (1280, 720)


def test_std_is_smaller_than_pro(tmp_path):
    clip = write_clip(tmp_path / "in.mp4", 1280, 720, seconds=0.25)
    assert run(tmp_path, clip, mode="std").width == 960
    assert run(tmp_path, clip, mode="pro").width == 1280


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_clip_comes_out_upright(tmp_path, rotation):
    from modules.preview.video.decode import open_source

    clip = write_clip(tmp_path / "in.mp4", 320, 180, seconds=0.4, rotation=rotation)
    source = open_source(str(clip), seconds=3, aspect_ratio="", mode="pro")
    picture = next(iter(source.frames())).picture
    plain = next(
        iter(
            open_source(
                str(write_clip(tmp_path / "plain.mp4", 320, 180, seconds=0.4)),
                seconds=3,
                aspect_ratio="",
                mode="pro",
            ).frames()
        )
    ).picture
    expected = np.rot90(plain, k=-rotation // 90)
    assert picture.shape == expected.shape
    assert np.abs(picture.astype(int) - expected).mean() < 4


def test_a_variable_rate_keeps_its_times(tmp_path):
    times = [0, 40, 80, 300, 340, 700, 1000, 1033]
    run(tmp_path, write_clip(tmp_path / "in.mp4", 160, 90, times=times))
    assert [round(at * 1000) for at, _ in frames_of(tmp_path / "out.mp4")] == times


def test_kept_sound_is_the_same_to_the_bit(tmp_path):
    clip = write_clip(tmp_path / "in.mp4", 160, 90, seconds=1.5, sound=True)
    run(tmp_path, clip, keep_audio=True)
    assert sound_of(tmp_path / "out.mp4") == sound_of(clip)
    assert frames_of(tmp_path / "out.mp4")[0][0] == 0


def test_kept_sound_ends_with_the_trim(tmp_path):
    clip = write_clip(tmp_path / "in.mp4", 160, 90, seconds=4.2, sound=True)
    run(tmp_path, clip, keep_audio=True, duration="3")
    kept = sound_of(tmp_path / "out.mp4")
    assert kept == sound_of(clip)[: len(kept)] and abs(len(kept) * 1024 / 48000 - 3) < 0.06


def test_sound_that_is_not_asked_for_is_left_out(tmp_path):
    run(tmp_path, write_clip(tmp_path / "in.mp4", 160, 90, sound=True), keep_audio=False)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


def test_a_silent_clip_with_keep_audio_is_just_silent(tmp_path):
    assert run(tmp_path, write_clip(tmp_path / "in.mp4", 160, 90), keep_audio=True).frames == 12


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 40])
def test_a_file_that_is_no_video_is_refused_in_a_sentence(tmp_path, content):
    (tmp_path / "in.mp4").write_bytes(content)
    with pytest.raises(RenderError, match="cannot be decoded") as caught:
        run(tmp_path, tmp_path / "in.mp4")
    assert caught.value.field == "video_url"
    assert not (tmp_path / "out.mp4").exists()


def test_a_clip_cut_short_is_rendered_as_far_as_it_goes(tmp_path):
    """Its index comes first in the file, so what is there can be read."""
    whole = (CLIPS / "bunny_1280x720.mp4").read_bytes()
    assert whole.index(b"moov") < whole.index(b"mdat")
    (tmp_path / "in.mp4").write_bytes(whole[: len(whole) // 3])
    report = run(tmp_path, tmp_path / "in.mp4", mode="std")
    assert report.frames == len(frames_of(tmp_path / "out.mp4")) == 29
    assert not [p for p in tmp_path.iterdir() if ".part" in p.name]


def test_a_clip_cut_short_before_its_index_is_refused(tmp_path):
    whole = write_clip(tmp_path / "whole.mp4", 320, 180).read_bytes()
    assert whole.index(b"mdat") < whole.index(b"moov")
    (tmp_path / "in.mp4").write_bytes(whole[:900])
    with pytest.raises(RenderError, match="cannot be decoded"):
        run(tmp_path, tmp_path / "in.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mp4", "whole.mp4"]


def test_a_failing_look_leaves_nothing_behind(tmp_path, monkeypatch):
    from modules.preview.effects.looks import film

    def fail(self, frame, seconds):
        if seconds > 0.5:
            raise MemoryError
        return frame

    monkeypatch.setattr(film.Grade, "paint", fail)
    with pytest.raises(MemoryError):
        run(tmp_path, write_clip(tmp_path / "in.mp4", 160, 90))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mp4", "still.jpg"]


def test_a_picture_can_be_the_style(tmp_path):
    report = run(
        tmp_path,
        write_clip(tmp_path / "in.mp4", 160, 90, seconds=0.3),
        "Restyle it in the style of @Image1",
        images=(str(CLIPS.parent / "refs" / "coffee_600x400.png"),),
    )
    assert any(look.get("image") == 1 for look in report.plan["looks"]) and report.frames


@pytest.mark.parametrize(
    ("prompt", "overlays", "own"),
    [
        ("cyberpunk night with rain", [], True),
        ("cyberpunk night, no rain", [], False),
        ("make it winter", [], True),
        ("winter without snow", [], False),
        ("noche cyberpunk sin lluvia", [], False),
        ("film noir with rain", ["Rain"], None),
        ("cyberpunk night in a thunderstorm", ["Storm"], False),
    ],
)
def test_a_weather_is_drawn_once_and_not_when_refused(prompt, overlays, own, tmp_path):
    from modules.preview.effects.weather import WEATHER
    from modules.preview.video.decode import open_source

    clip = write_clip(tmp_path / "in.mp4", 160, 90, seconds=0.2)
    source = open_source(str(clip), seconds=3, aspect_ratio="16:9", mode="pro")
    task = RenderTask(str(clip), "", "", {"prompt": prompt})
    _, _, steps = steps_of(task, source)
    kinds = {kind for _, kind in WEATHER.values()}
    assert [type(s).__name__ for s in steps if type(s) in kinds] == overlays
    assert [s.weather_on for s in steps if getattr(s, "weather", None)] == ([] if own is None else [own])
