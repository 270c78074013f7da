"""The plan: what is changed, what is said about it, and when nothing is."""

import itertools

import pytest

from modules.edit.framing import Framing
from modules.media.fit.conform_plan import plan_conform
from modules.media.read.clip import ClipFacts


def facts(width=1280, height=720, fps=25.0, seconds=5.0, **more) -> ClipFacts:
    known = {
        "rotation": 0,
        "video_codec": "h264",
        "pix_fmt": "yuv420p",
        "audio_codec": "aac",
        "hdr": False,
        "size_bytes": 10 * 2**20,
        "container": "mp4",
    } | more
    return ClipFacts(width=width, height=height, fps=fps, seconds=seconds, **known)


def test_a_clip_that_fits_is_left_alone():
    plan = plan_conform(facts(), 5, "16:9", Framing())
    assert not plan.needed and plan.changes == () and plan.problem is None
    assert (plan.width, plan.height, plan.seconds) == (1280, 720, 5.0)


@pytest.mark.parametrize(
    "odd",
    [
        {"width": 3840, "height": 2160},
        {"width": 640, "height": 360},
        {"seconds": 5.4},
        {"fps": 120.0},
        {"fps": 8.0},
        {"fps": 23.976},
        {"rotation": 90},
        {"video_codec": "hevc"},
        {"pix_fmt": "yuv422p10le"},
        {"container": "webm"},
        {"size_bytes": 201 * 2**20},
        {"hdr": True},
        {"variable_fps": True},
        {"mirrored": True},
        {"broken": "cut short"},
        {"width": 1281},
        {"width": 1400},
    ],
)
def test_each_oddity_alone_asks_for_a_conversion_and_is_said(odd):
    plan = plan_conform(facts(**odd), 5, "16:9", Framing())
    assert plan.needed and plan.changes


def test_the_example_of_the_manual():
    plan = plan_conform(facts(3840, 2160, seconds=61.0), 5, "16:9", Framing())
    assert plan.changes == ("61.0 s -> first 5 s", "3840x2160 -> 2160x1216")


@pytest.mark.parametrize(
    ("shown", "ratio", "fit", "size"),
    [
        ((3840, 2160), "16:9", "crop", (1280, 720)),
        ((1920, 1080), "16:9", "crop", (1280, 720)),
        ((1080, 1920), "9:16", "crop", (720, 1280)),
        ((2000, 2000), "1:1", "crop", (1280, 1280)),
        ((1000, 1000), "1:1", "crop", (1000, 1000)),
        ((1440, 720), "16:9", "leave", (1440, 720)),  # the model's shortest side leaves no room
        ((1920, 804), "16:9", "leave", (1720, 720)),
    ],
)
def test_a_longest_side_is_kept_to_where_the_shortest_leaves_room(shown, ratio, fit, size):
    plan = plan_conform(facts(*shown), 5, ratio, Framing(fit=fit), longest_side=1280)
    assert (plan.width, plan.height) == size
    assert plan.needed == (size != shown) and bool(plan.changes) == plan.needed


def test_every_output_is_inside_the_limits():
    sizes = [
        (320, 240),
        (160, 90),
        (1920, 1080),
        (1080, 1920),
        (3840, 2160),
        (2160, 3840),
        (960, 960),
        (7680, 1000),
        (1000, 7680),
        (721, 721),
        (2159, 2161),
        (719, 1279),
    ]
    for (width, height), ratio, fit, fps in itertools.product(
        sizes,
        ("16:9", "9:16", "1:1"),
        ("crop", "pad", "leave"),
        (1.0, 7.5, 14.985, 23.976, 47.0, 61.0, 239.76),
    ):
        plan = plan_conform(facts(width, height, fps=fps), 5, ratio, Framing(fit=fit))
        assert plan.width % 2 == plan.height % 2 == 0
        assert 720 <= plan.width <= 2160 and 720 <= plan.height <= 2160
        assert 24 <= plan.fps <= 30.15
        x, y, w, h = plan.crop
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
        if fit != "leave":
            a, b = map(int, ratio.split(":"))
            assert plan.width / plan.height == pytest.approx(a / b, rel=0.02)


def test_enlarging_is_said_and_shrinking_is_not_called_so():
    assert any("enlarged" in change for change in plan_conform(facts(640, 360), 5, "16:9", Framing()).changes)
    assert not any(
        "enlarged" in change for change in plan_conform(facts(3840, 2160), 5, "16:9", Framing()).changes
    )


def test_the_chosen_start_is_kept_or_moved_aloud():
    plan = plan_conform(facts(seconds=20.0), 5, "16:9", Framing(start=7.0))
    assert (plan.start, plan.seconds) == (7.0, 5.0) and "5 s from 7.0 s" in plan.changes[0]
    moved = plan_conform(facts(seconds=20.0), 5, "16:9", Framing(start=18.0))
    assert moved.start == 15.0 and "moved" in moved.notes[0]


def test_no_more_whole_seconds_are_planned_than_the_clip_has():
    plan = plan_conform(facts(seconds=3.6), 5, "16:9", Framing(start=0.4))
    assert (plan.start, plan.seconds) == (0.4, 3.0) and "3 s from 0.4 s" in plan.changes[0]
    assert "the model gets 3 s, not 5 s" in plan.notes[0]


@pytest.mark.parametrize("seconds", [2.96, 4.0, 4.9])
def test_a_clip_that_nearly_fills_a_whole_second_keeps_its_length(seconds):
    plan = plan_conform(facts(seconds=seconds), 10, "16:9", Framing(start=2.0))
    assert not plan.needed and plan.seconds == seconds and plan.start == 0.0
    assert f"the model gets {round(seconds)} s, not 10 s" in plan.notes[0]


def test_a_short_clip_asks_then_slows_or_loops():
    short = facts(seconds=1.5)
    asked = plan_conform(short, 5, "16:9", Framing())
    assert "Slow it down, loop it" in asked.problem
    slow = plan_conform(short, 5, "16:9", Framing(short="slow"))
    assert slow.problem is None and slow.speed == 0.5 and slow.seconds == 3.0
    loop = plan_conform(short, 5, "16:9", Framing(short="loop"))
    assert loop.problem is None and loop.loops == 4 and loop.seconds == 5.0 and loop.loop_seconds == 1.5


def test_odd_rates_become_even_multiples_or_shares():
    rates = {
        8.0: 24.0,
        10.0: 30.0,
        12.0: 24.0,
        15.0: 30.0,
        23.976: 24.0,
        60.0: 30.0,
        60.1: 30.0,
        59.94: 29.97,
        50.0: 25.0,
        48.0: 24.0,
        47.952: 24.0,
        120.0: 30.0,
        240.0: 30.0,
        100.0: 25.0,
        40.0: 30.0,
    }
    for source, target in rates.items():
        assert plan_conform(facts(fps=source), 5, "16:9", Framing()).fps == target
    assert plan_conform(facts(fps=29.97), 5, "16:9", Framing()).fps == 29.97


def test_padding_keeps_the_whole_picture_and_names_the_sides():
    plan = plan_conform(facts(), 5, "9:16", Framing(fit="pad"))
    assert plan.pad and plan.crop == (0, 0, 1280, 720) and plan.width < plan.height
    assert any("above and below" in change for change in plan.changes)
    assert not plan_conform(facts(), 5, "16:9", Framing(fit="pad")).pad


def test_leaving_the_frame_changes_no_shape():
    plan = plan_conform(facts(1080, 1350), 5, "16:9", Framing(fit="leave"))
    assert not plan.needed and (plan.width, plan.height) == (1080, 1350)


@pytest.mark.parametrize(
    ("shown", "ratio"), [((1280, 720), "16:9"), ((720, 1280), "9:16"), ((1080, 1350), "1:1")]
)
@pytest.mark.parametrize("fit", ["crop", "pad", "leave"])
def test_the_clips_own_ratio_is_the_nearest_that_the_model_takes(shown, ratio, fit):
    clip = facts(*shown)
    assert plan_conform(clip, 5, "auto", Framing(fit=fit)) == plan_conform(clip, 5, ratio, Framing(fit=fit))
