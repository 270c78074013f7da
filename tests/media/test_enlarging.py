"""What becomes of a clip that is smaller than the model takes: enlarged by a good kernel, mildly sharpened,
and the plan says so."""

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import Interpolation, VideoReformatter

from modules.edit.framing import Framing
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.fit.enlarging import crisp
from modules.media.read.clip import probe
from modules.media.read.frame_planes import FrameLayer, planes_of
from tests.support.media_samples import BUNNY, PARK, clip, frame_at

SAYS = "mildly sharpened"
HALO = 6
"""Levels by which an enlarged edge may leave the range of what it lies between."""


def steepness(luma: np.ndarray) -> float:
    return float(np.abs(cv2.Sobel(luma, cv2.CV_32F, 1, 0)).mean())


def halved(path) -> tuple[np.ndarray, av.VideoFrame]:
    """The brightness of a frame as it was, and the frame at half its size as a decoder gives it."""
    whole = np.ascontiguousarray(frame_at(path, 1))
    small = cv2.resize(whole, (whole.shape[1] // 2, whole.shape[0] // 2), interpolation=cv2.INTER_AREA)
    frame = av.VideoFrame.from_ndarray(small, format="rgb24").reformat(format="yuv420p")
    frame.colorspace = 1
    kept = av.VideoFrame.from_ndarray(whole, format="rgb24").reformat(format="yuv420p")
    return planes_of(kept)[0], frame


def bilinear(frame: av.VideoFrame, width: int, height: int) -> np.ndarray:
    plain = VideoReformatter().reformat(
        frame, width=width, height=height, format="yuv420p", interpolation=Interpolation.BILINEAR
    )
    return planes_of(plain)[0].copy()


@pytest.mark.parametrize("path", [BUNNY, PARK], ids=["bunny", "park"])
def test_an_enlarged_picture_is_steeper_and_nearer_to_what_it_was(path):
    was, frame = halved(path)
    height, width = was.shape
    blunt = bilinear(frame, width, height)
    ours = crisp(FrameLayer(width, height).planes(frame)[0], 2.0)
    assert steepness(blunt) * 1.15 < steepness(ours) < steepness(was) * 1.05
    error = [float(((luma.astype(np.float32) - was) ** 2).mean()) for luma in (blunt, ours)]
    assert error[1] < 0.75 * error[0]


def test_a_sharpened_edge_has_no_halo():
    step = np.full((90, 160), 60, np.uint8)
    step[:, 80:] = 180
    soft = cv2.resize(step, (320, 180), interpolation=cv2.INTER_LINEAR)
    sharp = crisp(soft, 2.0)
    assert sharp.min() >= 60 - HALO and sharp.max() <= 180 + HALO
    assert steepness(sharp) >= steepness(soft)
    assert np.abs(np.diff(sharp[90].astype(int))).max() > np.abs(np.diff(soft[90].astype(int))).max()


def test_a_plain_picture_stays_as_it_is():
    plain = np.full((40, 60), 77, np.uint8)
    assert np.array_equal(crisp(plain, 3.0), plain)


def changes(path, ratio="16:9") -> str:
    return " ".join(plan_conform(probe(path), 3, ratio, Framing()).changes)


def test_the_plan_says_what_was_enlarged_and_only_that(tmp_path):
    assert SAYS in changes(clip(tmp_path / "small.mp4", 640, 360, 3.0))
    assert SAYS not in changes(clip(tmp_path / "right.mp4", 1280, 720, 3.0))
    assert SAYS not in changes(clip(tmp_path / "nearly.mp4", 1260, 708, 3.0))
    assert SAYS not in changes(clip(tmp_path / "large.mp4", 2600, 1464, 3.0))


@pytest.mark.parametrize("fit", ["crop", "pad", "leave"])
def test_a_small_clip_is_written_in_the_planned_size(tmp_path, fit):
    source = clip(tmp_path / "a.mp4", 480, 360, 3.0)
    plan = plan_conform(probe(source), 3, "16:9", Framing(fit=fit))
    facts = conform(source, tmp_path / "b.mp4", plan, keep_audio=False)
    assert (facts.width, facts.height) == (plan.width, plan.height)
