"""The still that shows what a plan cuts away: its pixels, its sentence, and every kind of clip."""

import numpy as np
import pytest
from PIL import Image

from modules.edit.framing import Framing
from modules.media.errors import MediaError
from modules.media.fit import framing_still as module
from modules.media.fit.conform_plan import plan_conform
from modules.media.fit.framing_still import cut_away, framing_sentence, framing_still
from modules.media.fit.sent_stills import sent_strip
from modules.media.read.clip import ClipFacts, probe
from modules.media.read.stills import clip_still
from modules.media.sandbox.pool import MediaWorkers
from tests.support.media_samples import clip, red_square

AS_IT_IS = Framing()


def drawn(source, tmp_path, ratio="16:9", framing=AS_IT_IS, seconds=3):
    """The framing still, the plain still of the same size, and the plan."""
    plan = plan_conform(probe(source), seconds, ratio, framing)
    still = framing_still(str(source), str(tmp_path / "framing.jpg"), plan)
    plain = clip_still(str(source), str(tmp_path / "plain.jpg"))
    shown = Image.open(still)
    same = Image.open(plain).convert("RGB").resize(shown.size)
    return np.asarray(shown, np.float32), np.asarray(same, np.float32), plan


def kept_span(still, plain, axis):
    """First and last row (axis 0) or column (axis 1) that is as light as in the plain picture."""
    light = still.mean((1 - axis, 2)) / plain.mean((1 - axis, 2))
    kept = np.flatnonzero(light > 0.8)
    assert (np.diff(kept) == 1).all()
    return kept[0], kept[-1] + 1


def saturation(pixels):
    return float((pixels.max(-1) - pixels.min(-1)).mean() / pixels.mean())


@pytest.mark.parametrize(("size", "rotation"), [((180, 320), 0), ((320, 180), 90), ((320, 180), 270)])
def test_what_is_cut_from_a_tall_clip_is_dark_and_grey(tmp_path, size, rotation):
    still, plain, _ = drawn(clip(tmp_path / "a.mp4", *size, 3.2, rotation=rotation), tmp_path)
    assert still.shape == (320, 180, 3)
    top, end = kept_span(still, plain, 0)
    assert end - top == pytest.approx(180 * 9 / 16, abs=2)
    kept, whole = still[top + 3 : end - 3, 3:-3], plain[top + 3 : end - 3, 3:-3]
    assert np.abs(kept - whole).mean() < 4
    for rows in (slice(0, max(0, top - 2)), slice(end + 2, 320)):
        if rows.stop - rows.start > 16:
            assert still[rows].mean() / plain[rows].mean() == pytest.approx(0.35, abs=0.05)
            assert saturation(still[rows]) < saturation(plain[rows]) / 2
    line = still[[top, end - 1], 8:-8]
    assert line.mean() > 180 > plain[[top, end - 1], 8:-8].mean()


@pytest.mark.parametrize("at_once", [700e6, 1.0])
def test_the_kept_part_is_where_converting_puts_it(tmp_path, monkeypatch, at_once):
    """Also when only the first second of the chosen part is looked at."""
    monkeypatch.setattr(module, "FOLLOW_PIXELS", at_once)
    still, plain, plan = drawn(clip(tmp_path / "a.mp4", 640, 360, 4), tmp_path, "9:16", seconds=4)
    left, end = kept_span(still, plain, 1)
    assert end - left == pytest.approx(360 * 9 / 16, abs=2)
    assert left < 60  # the square begins at the left edge; the middle would be 219
    # The first of ten frames of 4 s is that of 0.2 s, like the still.
    sent = np.asarray(
        Image.open(sent_strip(tmp_path / "a.mp4", tmp_path / "b.jpg", plan, frames=10, height=320))
    )
    assert red_square(still[:, left:end]) == pytest.approx(red_square(sent[:, :180]), abs=0.04)


def test_the_chosen_start_is_shown(tmp_path):
    still, _, plan = drawn(clip(tmp_path / "a.mp4", 640, 360, 9), tmp_path, framing=Framing(start=6.0))
    assert plan.start == 6.0
    assert red_square(still)[0] == pytest.approx(0.1 + 0.8 * 6.2 / 9, abs=0.03)


def test_nothing_is_drawn_over_a_picture_that_is_kept_whole(tmp_path):
    still, plain, _ = drawn(clip(tmp_path / "a.mp4", 1280, 720, 3), tmp_path)
    assert still.shape == (360, 640, 3) and np.abs(still - plain).mean() < 3


def test_blurred_edges_are_shown_in_the_shape_that_is_sent(tmp_path):
    still, _, plan = drawn(clip(tmp_path / "a.mp4", 640, 360, 3), tmp_path, "9:16", Framing(fit="pad"))
    height, width = still.shape[:2]
    assert height == 640 and width / height == pytest.approx(plan.width / plan.height, abs=0.005)
    picture = round(width * 9 / 16)
    top = (height - picture) // 2
    detail = np.abs(np.diff(still, axis=1)).mean((1, 2))
    assert detail[: top - 8].mean() < detail[top + 8 : top + picture - 8].mean() / 3
    assert red_square(still)[1] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("a.mov", "prores_ks", "yuv422p10le"),
        ("a.mp4", "libx265", "yuv420p"),
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.mpg", "mpeg2video", "yuv420p"),
        ("a.gif", "gif", "bgr8"),
        ("a.mkv", "ffv1", "yuv420p"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
    ],
)
def test_every_kind_of_clip_is_shown(tmp_path, name, codec, pix_fmt):
    source = clip(tmp_path / name, 144, 256, 3, codec=codec, pix_fmt=pix_fmt)
    still, plain, _ = drawn(source, tmp_path)
    top, end = kept_span(still, plain, 0)
    assert end - top == pytest.approx(81, abs=2)


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_shown_at_ordinary_brightness(tmp_path, transfer):
    source = clip(tmp_path / "a.mp4", 144, 256, 3, pix_fmt="yuv420p10le", transfer=transfer)
    still, plain, plan = drawn(source, tmp_path)
    sent = np.asarray(Image.open(sent_strip(source, tmp_path / "b.jpg", plan, frames=1, height=80)))
    top, end = kept_span(still, plain, 0)
    assert still[top + 2 : end - 2].mean() == pytest.approx(sent.mean(), rel=0.1)


def test_a_still_of_a_large_clip_is_reduced_and_a_small_one_is_not_enlarged(tmp_path):
    large = clip(tmp_path / "a.mp4", 1080, 1920, 0.2)
    assert Image.open(clip_still(str(large), str(tmp_path / "a.jpg"))).size == (540, 960)
    small = clip(tmp_path / "b.avi", 160, 96, 0.4, codec="mpeg4")
    assert Image.open(clip_still(str(small), str(tmp_path / "b.jpg"))).size == (160, 96)


def test_stills_are_drawn_in_a_worker(tmp_path):
    source = clip(tmp_path / "a.avi", 180, 320, 3, codec="mpeg4")
    plan = plan_conform(probe(source), 3, "16:9", Framing())
    targets = str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg")
    with MediaWorkers(max_workers=1) as workers:
        assert workers.run(framing_still, str(source), targets[0], plan) == targets[0]
        assert workers.run(clip_still, str(source), targets[1]) == targets[1]
    assert [Image.open(target).format for target in targets] == ["JPEG", "JPEG"]


def test_what_is_no_clip_leaves_no_still(tmp_path):
    plan = plan_conform(facts(180, 320), 3, "16:9", Framing())
    (tmp_path / "a.mp4").write_bytes(b"no video at all" * 99)
    for draw in (lambda *names: framing_still(*names, plan), clip_still):
        with pytest.raises(MediaError):
            draw(str(tmp_path / "a.mp4"), str(tmp_path / "a.jpg"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def facts(width, height):
    return ClipFacts(width, height, 30.0, 5.0, 0, "h264", "yuv420p", None, False, 1000, "mp4")


CUT = "of the picture is cut away: the clip is"


@pytest.mark.parametrize(
    ("size", "ratio", "fit", "share", "sentence"),
    [
        ((1080, 1920), "16:9", "crop", 0.684, f"68 % {CUT} tall (9:16) and the edit is 16:9 wide."),
        ((1920, 1080), "1:1", "crop", 0.4375, f"44 % {CUT} wide (16:9) and the edit is 1:1 square."),
        ((1440, 1080), "16:9", "crop", 0.25, f"25 % {CUT} 4:3 and the edit is 16:9."),
        ((1920, 817), "16:9", "crop", 0.244, f"24 % {CUT} 21:9 and the edit is 16:9."),
        (
            (1280, 64),
            "1:1",
            "leave",
            0.85,
            f"85 % {CUT} 20:1, and the longest shape that the model takes is 3:1.",
        ),
        ((1080, 1920), "16:9", "pad", 0.0, "Blurred edges fill the frame; nothing is cut away."),
        ((1920, 1080), "16:9", "crop", 0.0, ""),
        ((1920, 1080), "16:9", "pad", 0.0, ""),
        ((1920, 1088), "16:9", "crop", 0.0, ""),
        ((1080, 1920), "16:9", "leave", 0.0, ""),
    ],
)
def test_the_share_that_is_cut_away_is_said(size, ratio, fit, share, sentence):
    clip_facts = facts(*size)
    plan = plan_conform(clip_facts, 5, ratio, Framing(fit=fit))
    assert cut_away(clip_facts, plan) == pytest.approx(share, abs=0.002)
    assert framing_sentence(clip_facts, plan) == sentence
