"""The pose network: whether a person stands in a square region of a frame, their mask, and the region to look
at next.

MediaPipe pose_landmark_lite, 256x256, 12 ms a region on one core, 5 ms without the mask; see
weights/README.md.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from modules.preview.subject import networks
from modules.preview.subject.detection import Box
from modules.preview.subject.look_memory import Answer, recalled
from modules.preview.video.arrays import Matrix, Picture, Soft, square

SIDE = 256
BODY, HIP, REACH = 33, 33, 34
"""Landmarks 0..32 are the body's; 33 and 34 mark the centre and the rim of the region for the next frame."""
MARGIN = 1.25
"""The next region is this much wider than the person's reach (MediaPipe's own value)."""
SURE, LOST = 0.9, 0.5
"""Pose scores that take up a person, and below which one is doubted."""
_NO_MASK = np.zeros((SIDE, SIDE), np.float32)
AMBIGUOUS, INSIDE, SEEN = 0.38, 0.7, 0.7
"""True people have crisp masks (0.05-0.37 of the mask's area is grey, false ones 0.4-2.7), hold their own
landmarks, and most landmarks are seen. Measured on people, bird, rabbit, dunes and a city without people."""


@dataclass(frozen=True)
class Region:
    """A square of the picture: centre and side in pixels."""

    x: float
    y: float
    side: float

    @classmethod
    def around(cls, box: Box, wider: float = 1.3) -> "Region":
        return cls(*box.centre, wider * max(box.w, box.h))

    def matrix(self) -> Matrix:
        """From the picture to the network's square."""
        zoom = SIDE / self.side
        return np.array(
            [[zoom, 0, SIDE / 2 - self.x * zoom], [0, zoom, SIDE / 2 - self.y * zoom]], np.float32
        )

    def near(self, other: "Region") -> bool:
        apart = float(np.hypot(self.x - other.x, self.y - other.y))
        return apart < 0.3 * min(self.side, other.side) and 0.5 < self.side / other.side < 2

    def moved(self, x: float, y: float) -> "Region":
        return Region(self.x + x, self.y + y, self.side)

    def towards(self, other: "Region", share: float) -> "Region":
        pairs = ((self.x, other.x), (self.y, other.y), (self.side, other.side))
        return Region(*(mine + (its - mine) * share for mine, its in pairs))


@dataclass(frozen=True)
class Seen:
    """What the network saw in a region: `mask` 256x256, `next` the region for the next frame, `crisp` whether
    it all looks like one person."""

    region: Region
    score: float
    mask: Soft
    next: Region
    crisp: bool

    @property
    def box(self) -> Box:
        """Of the person's mask, in the frame's pixels; without a size when there is none."""
        rows, columns = np.where(self.mask > 0.5)
        if not len(rows):
            return Box(self.region.x, self.region.y, 0.0, 0.0)
        zoom = self.region.side / SIDE
        left = self.region.x + (columns.min() - SIDE / 2) * zoom
        top = self.region.y + (rows.min() - SIDE / 2) * zoom
        return Box(float(left), float(top), float(np.ptp(columns) + 1) * zoom, float(np.ptp(rows) + 1) * zoom)

    def placed(self, size: tuple[int, int], width: int, height: int) -> Soft:
        """The mask in a copy, `size` (width, height), of a frame of `width` x `height`."""
        reduce = np.diag(np.array([size[0] / width, size[1] / height, 1], np.float32))
        back = cv2.invertAffineTransform(self.region.matrix())
        matrix = (reduce @ np.vstack([back, [0, 0, 1]]))[:2]
        return cv2.warpAffine(self.mask, matrix, size, flags=cv2.INTER_LINEAR)


def look(frame: Picture, region: Region) -> Seen:
    """What stands in a region of a BGR frame; it may reach over the frame's edges."""
    told = _asked(frame, region, networks.POSE)
    if not told:
        return _nobody(region)
    mask = told[2].astype(np.float32) if told[2].size else _NO_MASK
    landmarks = told[0]
    return Seen(
        region, float(told[1][0]), mask, _next(frame, region, landmarks), _crisp(landmarks[:BODY], mask)
    )


def glance(frame: Picture, region: Region) -> Seen:
    """As `look`, without the mask, in two fifths of the time."""
    told = _asked(frame, region, networks.POSE_SCORE)
    if not told:
        return _nobody(region)
    return Seen(region, float(told[1][0]), _NO_MASK, _next(frame, region, told[0]), False)


def _nobody(region: Region) -> Seen:
    return Seen(region, 0.0, _NO_MASK, region, False)


def _asked(frame: Picture, region: Region, network: str) -> Answer:
    view = cv2.warpAffine(frame, region.matrix(), (SIDE, SIDE), flags=cv2.INTER_AREA)
    return recalled(network, (view,), partial(_told, network, view))


def _next(frame: Picture, region: Region, landmarks: NDArray[np.float32]) -> Region:
    """The region that the landmarks name for the next look."""
    zoom = region.side / SIDE
    hip, reach = landmarks[HIP, :2], landmarks[REACH, :2]
    widest = 2.5 * max(frame.shape[:2])
    side = float(np.clip(2 * MARGIN * np.hypot(*(reach - hip)) * zoom, 24, widest))
    return Region(
        region.x + float(hip[0] - SIDE / 2) * zoom, region.y + float(hip[1] - SIDE / 2) * zoom, side
    )


def _told(network: str, view: Picture) -> Answer:
    """(landmarks n x 5, score, mask), the mask in half precision, and empty where nobody is."""
    told = networks.run(network, view, (SIDE, SIDE))
    if not told:
        return ()
    landmarks, score, *rest = told
    mask = np.zeros((0, 0), np.float16)
    if rest and float(score.ravel()[0]) >= LOST:
        logits = rest[0]
        mask = (1 / (1 + np.exp(-np.clip(logits[0, ..., 0], -30, 30)))).astype(np.float16)
    return landmarks.reshape(-1, 5), score.ravel(), mask


def settled(frame: Picture, seen: Seen) -> Seen | None:
    """The sure sight of the person that a first, off-centre look found: what each look names is looked at
    until it holds still. None when there is nobody."""
    for closer in (glance, look):
        if seen.score < LOST:
            return None
        seen = closer(frame, seen.next)
    return seen if seen.score >= SURE and seen.crisp else None


def settled_each(
    pool: ThreadPoolExecutor, frame: Picture, firsts: Iterable[Seen], known: Iterable[Region] = ()
) -> Iterator[tuple[Seen, Callable[[], Seen | None]]]:
    """Each first look with what gives its `settled` one. Those that name places apart from each other, and
    from what is `known`, are begun at once."""
    regions, begun = list(known), []
    for first in firsts:
        coming = None
        if first.score >= LOST and not any(first.next.near(region) for region in regions):
            regions.append(first.next)
            coming = pool.submit(settled, frame, first)
        begun.append((first, coming.result if coming else partial(settled, frame, first)))
    return iter(begun)


def _crisp(body: NDArray[np.float32], mask: Soft) -> bool:
    solid = mask > 0.5
    area = int(solid.sum())
    if area < 0.03 * mask.size:
        return False
    grey = np.count_nonzero((mask > 0.1) & (mask < 0.9)) / area
    seen = 1 / (1 + np.exp(-np.clip(body[:, 3], -30, 30)))
    at = np.clip(np.rint(body[:, :2]).astype(int), 0, SIDE - 1)[seen > 0.6]
    if grey > AMBIGUOUS or float(seen.mean()) < SEEN or not len(at):
        return False
    near = cv2.dilate(solid.astype(np.uint8), square(9))
    return float(near[at[:, 1], at[:, 0]].mean()) > INSIDE
