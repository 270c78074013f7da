"""People in wide shots: found anywhere in the picture, then followed, with a soft mask of each.

The selfie network sees a person only when they fill the picture. The pose network looks at a square region,
says how sure it is that a person stands there, draws its mask, and names the region where to look in the next
frame: so it finds small people by trying a few regions once, and follows them at the price of one region a
frame. It often takes upright cartoon animals, too. Weights: MediaPipe pose_landmark_lite, 256x256, 13 ms a
region on one core; see weights/README.md.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from modules.preview.subject import networks
from modules.preview.video.arrays import Matrix, Picture, Soft, square

SIDE = 256
BODY, HIP, REACH = 33, 33, 34
"""Landmarks 0..32 are the body's; 33 and 34 mark the centre and the rim of the region for the next frame."""
MARGIN = 1.25
"""The next region is this much wider than the person's reach (MediaPipe's own value)."""
SCAN_SIDES = (0.9, 0.6)
"""Region sides tried, as shares of the picture's short side, large ones first."""
SCAN_STEP = 0.5
MOST_STEPS = 9
"""Along one axis: a ribbon of a picture would otherwise have thousands."""
SURE, LOST = 0.9, 0.5
"""Pose scores that take up a person, and below which one is doubted."""
AMBIGUOUS, INSIDE, SEEN = 0.38, 0.7, 0.7
"""True people have crisp masks (0.05-0.37 of the mask's area is grey, false ones 0.4-2.7), hold their own
landmarks, and most landmarks are seen. Measured on people, bird, rabbit, dunes and a city without people."""
GIVE_UP_AFTER = 8
"""Doubtful frames after which a person is given up."""


@dataclass(frozen=True)
class Region:
    """A square of the picture: centre and side in pixels."""

    x: float
    y: float
    side: float

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


@dataclass(frozen=True)
class TrackedPerson:
    """A followed person: the region to look at next, and what was seen last."""

    region: Region
    seen: Seen
    doubts: int = 0
    drift: tuple[float, float] = (0.0, 0.0)


class PoseTracker:
    """Finds and follows up to `most` people in BGR frames of one size. `stride` 2 looks at each person in
    every other frame only."""

    def __init__(self, width: int, height: int, *, most: int = 2, stride: int = 1) -> None:
        self.width, self.height, self.most, self.stride = width, height, most, max(1, stride)
        self.people: list[TrackedPerson] = []
        self._seeds = [seed for side in SCAN_SIDES for seed in self._grid(side)]
        self._turn = 0

    def find(self, frame: Picture) -> int:
        """Look everywhere, for large people first, until `most` are found (at 1280x720 at most 26
        regions, and three looks at each hit, a quarter of a second). Returns how many are followed now."""
        self.people = []
        with ThreadPoolExecutor(2) as pool:
            for side in SCAN_SIDES:
                for seen in pool.map(lambda seed: self._look(frame, seed), self._grid(side)):
                    self._take_up(frame, seen)
                if len(self.people) >= self.most:
                    break
        return len(self.people)

    def find_at(self, frame: Picture, boxes: Iterable[tuple[float, float, float, float]]) -> int:
        """Look only where something stands already: `boxes` of (left, top, width, height) in pixels.
        Returns how many are followed now."""
        self.people = []
        for left, top, width, height in boxes:
            self._take_up(
                frame, self._look(frame, Region(left + width / 2, top + height / 2, 1.3 * max(width, height)))
            )
        return len(self.people)

    def follow(self, frame: Picture) -> Soft:
        """The mask of all people, at a quarter of the frame's size (rounded down). Call with frames in order.

        While fewer than `most` are followed, one more region is tried in every eighth frame, so that who
        walks in later is found.
        """
        self._turn += 1
        kept = []
        for index, person in enumerate(self.people):
            if (self._turn + index) % self.stride:
                seen = replace(person.seen, region=person.seen.region.moved(*person.drift))
                kept.append(replace(person, region=person.region.moved(*person.drift), seen=seen))
                continue
            person = self._look_again(frame, person)
            if person.doubts <= GIVE_UP_AFTER and not any(person.region.near(other.region) for other in kept):
                kept.append(person)
        self.people = kept
        if len(self.people) < self.most and self._turn % 8 == 0:
            self._take_up(frame, self._look(frame, self._seeds[self._turn // 8 % len(self._seeds)]))
        return self.mask()

    def follow_far(self, frame: Picture) -> Soft:
        """As `follow`, for frames that lie far apart: a person is looked for where it would be if it went
        on as before, where it was, and on both sides of that."""
        self.people = [self._look_far(frame, person) for person in self.people]
        return self.mask()

    def _look_far(self, frame: Picture, person: TrackedPerson) -> TrackedPerson:
        here, (x, y), passed = person.region, person.drift, person.doubts + 1
        aside = 0.45 * here.side
        for right, down in ((x * passed, y * passed), (0.0, 0.0), (-aside, 0.0), (aside, 0.0)):
            seen = self._look(frame, here.moved(right, down))
            if seen.score < SURE:
                continue
            off_centre = np.hypot(seen.next.x - seen.region.x, seen.next.y - seen.region.y)
            if off_centre > 0.15 * here.side:  # limbs are missed
                seen = self._look(frame, seen.next)
            drift = (seen.next.x - here.x) / passed, (seen.next.y - here.y) / passed
            return TrackedPerson(seen.next, seen, 0, drift)
        return replace(person, doubts=passed)

    def mask(self) -> Soft:
        """The masks as last seen, together."""
        width, height = max(1, self.width // 4), max(1, self.height // 4)
        total = np.zeros((height, width), np.float32)
        quarter = np.diag(np.array([width / self.width, height / self.height, 1], np.float32))
        for person in self.people:
            if person.doubts:
                continue
            back = cv2.invertAffineTransform(person.seen.region.matrix())
            matrix = (quarter @ np.vstack([back, [0, 0, 1]]))[:2]
            placed = cv2.warpAffine(person.seen.mask, matrix, (width, height), flags=cv2.INTER_LINEAR)
            np.maximum(total, placed, out=total)
        return total

    def box(self, person: TrackedPerson) -> tuple[float, float, float, float]:
        """left, top, width, height of a person's mask in the frame's pixels."""
        rows, columns = np.where(person.seen.mask > 0.5)
        if not len(rows):
            return person.region.x, person.region.y, 0.0, 0.0
        zoom = person.seen.region.side / SIDE
        left = person.seen.region.x + (columns.min() - SIDE / 2) * zoom
        top = person.seen.region.y + (rows.min() - SIDE / 2) * zoom
        return float(left), float(top), float(np.ptp(columns) + 1) * zoom, float(np.ptp(rows) + 1) * zoom

    def _grid(self, share: float) -> list[Region]:
        side = share * min(self.width, self.height)
        return [
            Region(x, y, side) for y in self._steps(self.height, side) for x in self._steps(self.width, side)
        ]

    @staticmethod
    def _steps(length: int, side: float) -> Iterable[float]:
        """Centres from edge to edge; a person may be cut by the edge, so the outer ones reach over it."""
        inner = 0.35 * side
        count = int(np.ceil((length - 2 * inner) / (SCAN_STEP * side))) + 1
        return np.linspace(inner, length - inner, min(MOST_STEPS, max(1, count)))

    def _take_up(self, frame: Picture, seen: Seen) -> None:
        """Follow the person of a first look if there is one, and it is not followed yet."""
        for _ in range(2):  # the first look is off centre: what it names is looked at until it holds still
            if seen.score < LOST or self._known(seen):
                return
            seen = self._look(frame, seen.next)
        if seen.score < SURE or not seen.crisp or self._known(seen):
            return
        self.people.append(TrackedPerson(seen.next, seen))
        self.people.sort(key=lambda person: -float(person.seen.mask.sum()) * person.region.side**2)
        del self.people[self.most :]

    def _known(self, seen: Seen) -> bool:
        return any(seen.next.near(person.region) for person in self.people)

    def _look_again(self, frame: Picture, person: TrackedPerson) -> TrackedPerson:
        seen = self._look(frame, person.region)
        if seen.score < LOST:
            return replace(person, doubts=person.doubts + 1, drift=(0.0, 0.0))
        # The size changes slowly and trembles, the place changes fast: both follow at their own pace.
        region = replace(
            person.region.towards(seen.next, 0.7), side=person.region.towards(seen.next, 0.2).side
        )
        drift = (region.x - person.region.x) / self.stride, (region.y - person.region.y) / self.stride
        return TrackedPerson(region, seen, 0, drift)

    def _look(self, frame: Picture, region: Region) -> Seen:
        square = cv2.warpAffine(frame, region.matrix(), (SIDE, SIDE), flags=cv2.INTER_AREA)
        told = networks.run(networks.POSE, square, (SIDE, SIDE))
        if not told:
            return Seen(region, 0.0, np.zeros((SIDE, SIDE), np.float32), region, False)
        landmarks, score, logits = told
        landmarks = landmarks.reshape(-1, 5)
        mask = (1 / (1 + np.exp(-np.clip(logits[0, ..., 0], -30, 30)))).astype(np.float32, copy=False)
        zoom = region.side / SIDE
        hip, reach = landmarks[HIP, :2], landmarks[REACH, :2]
        side = float(
            np.clip(2 * MARGIN * np.hypot(*(reach - hip)) * zoom, 24, 2.5 * max(self.width, self.height))
        )
        following = Region(
            region.x + float(hip[0] - SIDE / 2) * zoom, region.y + float(hip[1] - SIDE / 2) * zoom, side
        )
        return Seen(region, float(score.ravel()[0]), mask, following, self._crisp(landmarks[:BODY], mask))

    @staticmethod
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
