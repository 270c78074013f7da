"""Output frames: each source frame scaled, turned upright, and cropped or padded to the plan's size; mildly
sharpened where that enlarges it."""

from dataclasses import replace

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from modules.media.fit.conform_plan import ConformPlan
from modules.media.fit.crop_tracking import MIDDLE, CropPath
from modules.media.fit.crop_window import CropWindow
from modules.media.fit.enlarging import ENLARGED, crisp
from modules.media.read.frame_planes import FrameLayer, Plane, Planes, frame_from
from modules.media.read.shape import shown_size, turn_of

_SAME = 4  # px by which a crop may differ and still be the plan's own


class Framer:
    """Makes output frames of one clip. A clip may change its size on the way (a call that was turned, a
    channel that changes its format): each size is fitted by its own shape, so that nothing is squeezed."""

    def __init__(self, plan: ConformPlan, stream: VideoStream, path: CropPath = MIDDLE) -> None:
        self._plan, self._stream, self._path = plan, stream, path
        self._fittings: dict[tuple[int, int], _Fitting] = {}

    def moving(self, source: VideoFrame) -> bool:
        """Whether the crop of `source` differs from moment to moment."""
        return self._path.moves and self._fitting(source).moving

    def make(self, source: VideoFrame, moment: float = 0.0) -> VideoFrame:
        """`source` as it is sent at `moment`, in seconds from the plan's start. A size that was not planned
        for is cropped in its middle, not along the path."""
        fitting = self._fitting(source)
        centre = self._path.at(moment) if fitting.planned else (0.5, 0.5)
        return fitting.make(source, centre, glides=self.moving(source))

    def _fitting(self, source: VideoFrame) -> "_Fitting":
        shown = shown_size(self._stream, source)
        if shown not in self._fittings:
            self._fittings[shown] = _Fitting(*_fitted(self._plan, shown), shown)
        return self._fittings[shown]


def _fitted(plan: ConformPlan, shown: tuple[int, int]) -> tuple[ConformPlan, bool]:
    """The plan for pictures of another size than it was made for; and whether it needed no change."""
    width, height = shown
    ratio = plan.width / plan.height
    crop_w, crop_h = min(width, round(height * ratio)), min(height, round(width / ratio))
    fits = plan.crop[2] <= width + _SAME and plan.crop[3] <= height + _SAME
    touches = abs(plan.crop[2] - width) <= _SAME or abs(plan.crop[3] - height) <= _SAME
    if plan.pad or (fits and touches and abs(plan.crop[2] / plan.crop[3] / ratio - 1) < 0.05):
        return plan, True
    if plan.fit == "leave":
        return replace(plan, pad=True, crop=(0, 0, width, height)), False
    return replace(plan, crop=((width - crop_w) // 2, (height - crop_h) // 2, crop_w, crop_h)), False


class _Fitting:
    """Frames of one shown size."""

    def __init__(self, plan: ConformPlan, planned: bool, shown: tuple[int, int]) -> None:
        self._plan, self.planned = plan, planned
        width, height = shown
        if plan.pad:
            scale = min(plan.width / width, plan.height / height)
            self._scaled = (_even_down(width * scale), _even_down(height * scale))
        else:
            scale = max(plan.width / plan.crop[2], plan.height / plan.crop[3])
            self._scaled = (
                max(plan.width, _even_up(width * scale)),
                max(plan.height, _even_up(height * scale)),
            )
        self._zoom = scale
        self._whole = self._scaled == (plan.width, plan.height)
        self.moving = planned and not plan.pad and not self._whole
        self._layer = FrameLayer(*self._scaled, tone_map=plan.tone_map)
        self._window = CropWindow(self._scaled, plan.width, plan.height, tone_map=plan.tone_map)

    def make(self, source: VideoFrame, centre: tuple[float, float], *, glides: bool) -> VideoFrame:
        plan, turn = self._plan, turn_of(source)
        enlarged = self._zoom > ENLARGED
        if self._whole and not (enlarged or turn.transpose or turn.flip_x or turn.flip_y):
            frame = self._layer.frame(source)
            frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range = 1, 1, 1, 1
            return frame
        if plan.pad or self._whole:
            planes = self._layer.planes(source)
        else:
            planes = self._window.planes(source, centre, between=glides)
        if enlarged:
            planes = crisp(planes[0], self._zoom), *planes[1:]
        if plan.pad and not self._whole:
            planes = _padded(planes, plan.width, plan.height)
        return frame_from(planes)


def _padded(planes: Planes, width: int, height: int) -> Planes:
    """The picture in the middle of a frame, over a blurred and darkened enlargement of itself."""

    def padded(plane: Plane, shrink: int) -> Plane:
        w, h = width // shrink, height // shrink
        small_w, small_h = max(4, w // 16), max(4, h // 16)
        ph, pw = plane.shape
        cover = max(small_w / pw, small_h / ph)
        size = max(small_w, round(pw * cover)), max(small_h, round(ph * cover))
        small = cv2.resize(np.ascontiguousarray(plane), size, interpolation=cv2.INTER_AREA)
        y, x = (small.shape[0] - small_h) // 2, (small.shape[1] - small_w) // 2
        small = cv2.GaussianBlur(small[y : y + small_h, x : x + small_w], (0, 0), 2.2 if shrink == 1 else 1.6)
        back = cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC).astype(np.float32)
        rest = 16.0 if shrink == 1 else 128.0  # black, or no colour
        out: Plane = ((back - rest) * 0.65 + rest).clip(0, 255).astype(np.uint8)
        top, left = (h - ph) // 2, (w - pw) // 2
        out[top : top + ph, left : left + pw] = plane
        return out

    return padded(planes[0], 1), padded(planes[1], 2), padded(planes[2], 2)


def _even_up(value: float) -> int:
    return -(-int(value + 0.999) // 2) * 2


def _even_down(value: float) -> int:
    return max(2, int(value + 0.001) // 2 * 2)
