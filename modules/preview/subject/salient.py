"""The salient object of any kind: found in samples by agreement, and followed from frame to frame.

The network (U2-Net-p) is too slow for every frame: it looks at key frames, at a window round the object,
and its answer is carried to the frames between by optical flow.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from modules.preview.subject.detection import LIKELY, NET_SIDE, Box, Detection
from modules.preview.subject.networks import salience
from modules.preview.video.arrays import Mask, Picture, Plane, Rect, Soft, square

KEY_EVERY = 6
"""Frames from key frame to key frame: about 0.2 s."""
KEY_SIDE = 128
"""Side of the pictures that the network is given of a window: there it sees as much as at 192 of the
frame."""
_MOST_LOOKS = 6
_AGREE = 0.6
"""Of the samples that must show the object."""
_SHARES = (0.004, 0.62)
"""Of the picture, what an object may fill."""
_SURE = 0.75
"""The mean answer inside an object."""
_GREY = 0.55
"""The area of unsure answers that an object may have, by its own."""


@dataclass(frozen=True)
class SalientObject:
    """What the samples agree on: for each sample looked at its number, a box in pixels and a rough matte."""

    numbers: tuple[int, ...]
    boxes: tuple[Box, ...]
    mattes: tuple[Soft, ...]

    @property
    def centre(self) -> float:
        """The usual place across, as a share of the width that the boxes are told in."""
        return float(np.median([box.centre[0] for box in self.boxes]))


def looked_at(count: int) -> list[int]:
    """The numbers of those samples, of `count`, that the network is shown."""
    return sorted({round(at) for at in np.linspace(0, count - 1, min(_MOST_LOOKS, count))})


def find_salient(samples: Sequence[Picture], place: str | None = None) -> SalientObject | None:
    """The object that stands out in most samples (BGR frames of one size); None when they do not agree on
    one.

    `place` (left, right, middle) chooses when there are several.
    """
    if not samples:
        return None
    height, width = samples[0].shape[:2]
    numbers = looked_at(len(samples))
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda k: salience(samples[k]), numbers))
    window = (0, 0, width, height)
    found = [(k, detect_salient(raw, window, place)) for k, raw in zip(numbers, answers, strict=True)]
    hits = [(k, one) for k, one in found if one is not None]
    if len(hits) < max(1, _AGREE * len(numbers)) or not _keeps(hits):
        return None
    mattes = tuple(cv2.resize(one.mask, (NET_SIDE, NET_SIDE)) for _, one in hits)
    return SalientObject(tuple(k for k, _ in hits), tuple(one.box for _, one in hits), mattes)


def _keeps(hits: list[tuple[int, Detection]]) -> bool:
    """Whether it may be one thing that moves and turns: its area does not jump, and its way is one."""
    areas = np.array([float((one.mask > LIKELY).mean()) for _, one in hits])
    jumps = [max(a, b) / max(1e-6, min(a, b)) for a, b in pairwise(areas)]
    if jumps and float(np.median(jumps)) > 2.5:
        return False
    sides = [np.hypot(one.box.w, one.box.h) for _, one in hits]
    ways = [np.hypot(*np.subtract(a.box.centre, b.box.centre)) for (_, a), (_, b) in pairwise(hits)]
    return not ways or float(np.median(ways)) < 0.8 * float(np.median(sides))


def detect_salient(raw: Soft, window: Rect, place: str | None = None) -> Detection | None:
    """The object that an answer of the network shows, if it is one: sure, of a middling size, mostly in one
    piece, and no band from side to side. `mask` is the answer within it; `window` the part of the frame."""
    height, width = raw.shape
    solid = (raw > LIKELY).astype(np.uint8)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(solid)
    if count < 2:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA].astype(np.float64)
    large = 1 + np.flatnonzero(areas > max(0.25 * areas.max(), _SHARES[0] * raw.size))
    if not len(large):
        return None
    top = 1 + int(areas.argmax())
    if place in ("left", "right", "middle") and len(large) > 1:
        across = centres[large, 0] / width
        order = {"left": across, "right": -across, "middle": np.abs(across - 0.5)}[place]
        top = int(large[int(order.argmin())])
    x, y, w, h, area = (int(v) for v in stats[top])
    share = area / raw.size
    part: Mask = labels == top
    unsure = int(((raw > 0.2) & (raw < 0.8)).sum())
    edges = (x <= 1) + (y <= 1) + (x + w >= width - 1) + (y + h >= height - 1)
    across_all = x <= 1 and x + w >= width - 1
    if (
        not _SHARES[0] < share < _SHARES[1]
        or float(raw[part].mean()) < _SURE
        or unsure > _GREY * area + 0.004 * raw.size
        or (place is None and area < 0.6 * areas.sum())
        or edges >= 3
        or (across_all and h < 0.75 * height)
        or (edges == 2 and share > 0.45)
    ):
        return None
    sx, sy = window[2] / width, window[3] / height
    near = cv2.dilate(part.astype(np.uint8), square(5))
    mask = (raw * near).astype(np.float32)
    return Detection(
        float(raw[part].mean()), Box(window[0] + x * sx, window[1] + y * sy, w * sx, h * sy), mask
    )


class SalientSource:
    """The object's probability in the window of each frame, 256x256: from the network at key frames,
    carried by optical flow between. `lost` counts key frames without it."""

    def __init__(self) -> None:
        self.last: Soft | None = None
        self.lost = 0
        self._grey: Plane | None = None
        self._turn = 0
        self._flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)

    def __call__(self, small: Picture, grey: Plane) -> Soft:
        """Of a window at 256x256, BGR and grey."""
        carried = self._carried(grey)
        raw = carried
        if carried is None or self._turn % KEY_EVERY == 0:
            raw = self._looked(small, carried)
        self._turn += 1
        self.last, self._grey = raw, grey
        assert raw is not None
        return raw

    def look(self, small: Picture) -> Soft:
        """What the network says of a window, at its size."""
        return cv2.resize(salience(small, KEY_SIDE), small.shape[1::-1])

    def _looked(self, small: Picture, carried: Soft | None) -> Soft:
        raw = self.look(small)
        if carried is None:
            self.lost = 0 if float(raw.max()) > LIKELY else self.lost + 1
            return raw
        raw = _of_the_same(raw, carried)
        if float(raw.max()) < LIKELY:
            self.lost += 1
            return carried * np.float32(0.8)
        self.lost = 0
        return (raw * 0.75 + carried * 0.25).astype(np.float32)

    def _carried(self, grey: Plane) -> Soft | None:
        if self.last is None or self._grey is None:
            return None
        flow = self._flow.calc(grey, self._grey, None)
        rows, columns = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]].astype(np.float32)
        return cv2.remap(self.last, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR)

    def move(self, old: Rect, new: Rect) -> None:
        """What was seen through one window, as seen through another."""
        if self.last is not None and self._grey is not None:
            size = self.last.shape[1]
            zoom_x, zoom_y = old[2] / new[2], old[3] / new[3]
            right, down = (old[0] - new[0]) * size / new[2], (old[1] - new[1]) * size / new[3]
            matrix = np.array([[zoom_x, 0, right], [0, zoom_y, down]], np.float32)
            self.last = cv2.warpAffine(self.last, matrix, (size, size))
            self._grey = cv2.warpAffine(self._grey, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)

    def forget(self) -> None:
        self.last = self._grey = None
        self._turn = 0


def _of_the_same(raw: Soft, carried: Soft) -> Soft:
    """The parts of a new answer that hang together with what was followed so far."""
    solid = (raw > 0.35).astype(np.uint8)
    count, labels = cv2.connectedComponents(solid)
    inside = np.bincount(labels[carried > LIKELY].ravel(), minlength=count)
    sizes = np.bincount(labels.ravel(), minlength=count)
    keep = inside > np.maximum(12, 0.12 * sizes)
    keep[0] = False
    near = cv2.dilate(keep[labels].astype(np.uint8), square(7))
    return (raw * near).astype(np.float32)


class SalientFinder:
    """Looks for the object in one whole frame; the counterpart of `SubjectFinder`."""

    tiled = False

    def __init__(self, width: int, height: int, place: str | None = None) -> None:
        self.width, self.height, self._place = width, height, place

    def find(self, frame: Picture) -> Detection | None:
        return detect_salient(salience(frame), (0, 0, self.width, self.height), self._place)

    def window_around(self, box: Box | None) -> Rect:
        """A window round the box with room to move, or the whole frame when that is hardly larger."""
        if box is None:
            return 0, 0, self.width, self.height
        w = int(min(self.width, max(1.5 * box.w, 0.9 * box.h, 0.2 * self.width)))
        h = int(min(self.height, max(1.5 * box.h, 0.9 * box.w, 0.2 * self.height)))
        x, y = box.centre
        left = int(np.clip(x - w / 2, 0, self.width - w))
        return left, int(np.clip(y - h / 2, 0, self.height - h)), w, h


def enlarged(matte: Soft, width: int, height: int) -> Plane:
    """A rough matte (0..1) at a frame's size, uint8."""
    return cv2.resize(cv2.convertScaleAbs(matte, alpha=255), (width, height))
