"""People in wide shots: found anywhere in the picture, then followed, with a soft mask of each.

The selfie network sees a person only when they fill the picture. The pose network looks at a square region,
says how sure it is that a person stands there, draws its mask, and names the region where to look in the next
frame: so it finds small people by trying a few regions once, and follows them at the price of one region a
frame. It often takes upright cartoon animals, too.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from modules.preview.subject.detection import Box
from modules.preview.subject.pose_network import LOST, SURE, Region, Seen, glance, look, settled, settled_each
from modules.preview.video.arrays import Picture, Soft

SCAN_SIDES = (0.9, 0.6)
"""Region sides tried, as shares of the picture's short side, large ones first."""
SCAN_STEP = 0.5
MOST_STEPS = 9
"""Along one axis: a ribbon of a picture would otherwise have thousands."""
_FAR_BEHIND = 0.6
"""Of the height of who is followed: an onlooker far behind is not taken up in the middle of a clip."""
GIVE_UP_AFTER = 8
"""Doubtful frames after which a person is given up."""
KEPT_IN_DOUBT = 3
"""Doubtful frames in which a person's last mask still stands: a missed look would else be a flicker."""


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
        self.searches = True  # for more people while fewer than `most` are followed
        self._seeds = [seed for side in SCAN_SIDES for seed in self.grid(side)]
        self._turn = 0

    def find(self, frame: Picture) -> int:
        """Look everywhere, for large people first, until `most` are found (at 1280x720 at most 26
        regions, and three looks at each hit, a quarter of a second). Returns how many are followed now."""
        self.people = []
        with ThreadPoolExecutor(2) as pool:
            for side in SCAN_SIDES:
                firsts = pool.map(partial(glance, frame), self.grid(side))
                known = [person.region for person in self.people]
                for seen, settle in settled_each(pool, frame, firsts, known):
                    self._take_up(seen, settle)
                if len(self.people) >= self.most:
                    break
        return len(self.people)

    def find_at(self, frame: Picture, boxes: Iterable[tuple[float, float, float, float]]) -> int:
        """Look only where something stands already: `boxes` of (left, top, width, height) in pixels.
        Returns how many are followed now."""
        self.people = []
        for left, top, width, height in boxes:
            self._look_up(frame, Region.around(Box(left, top, width, height)))
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
        if self.searches and len(self.people) < self.most and self._turn % 8 == 0:
            self._look_up(frame, self._seeds[self._turn // 8 % len(self._seeds)], later=True)
        return self.mask()

    def follow_far(self, frame: Picture) -> Soft:
        """As `follow`, for frames that lie far apart: a person is looked for where it would be if it went
        on as before, where it was, and on both sides of that."""
        with ThreadPoolExecutor(2) as pool:
            self.people = list(pool.map(partial(self._look_far, frame), self.people))
        return self.mask()

    def _look_far(self, frame: Picture, person: TrackedPerson) -> TrackedPerson:
        here, (x, y), passed = person.region, person.drift, person.doubts + 1
        aside = 0.45 * here.side
        for right, down in ((x * passed, y * passed), (0.0, 0.0), (-aside, 0.0), (aside, 0.0)):
            seen = glance(frame, here.moved(right, down))
            if seen.score < SURE:
                continue
            off_centre = np.hypot(seen.next.x - seen.region.x, seen.next.y - seen.region.y)
            # Off its centre limbs are missed.
            seen = look(frame, seen.next if off_centre > 0.15 * here.side else seen.region)
            drift = (seen.next.x - here.x) / passed, (seen.next.y - here.y) / passed
            return TrackedPerson(seen.next, seen, 0, drift)
        return replace(person, doubts=passed)

    def mask(self) -> Soft:
        """The masks as last seen, together."""
        width, height = max(1, self.width // 4), max(1, self.height // 4)
        total = np.zeros((height, width), np.float32)
        for person in self.people:
            if person.doubts > KEPT_IN_DOUBT:
                continue
            placed = person.seen.placed((width, height), self.width, self.height)
            np.maximum(total, placed, out=total)
        return total

    def box(self, person: TrackedPerson) -> tuple[float, float, float, float]:
        """left, top, width, height of a person's mask in the frame's pixels."""
        return person.seen.box.sides

    def grid(self, share: float) -> list[Region]:
        """Regions of a side (share of the picture's short one) that cover the picture."""
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

    def _look_up(self, frame: Picture, region: Region, later: bool = False) -> None:
        seen = glance(frame, region)
        self._take_up(seen, partial(settled, frame, seen), later)

    def _take_up(self, seen: Seen, settle: Callable[[], Seen | None], later: bool = False) -> None:
        """Follow the person of a first look if there is one who is not followed yet, by what it settles at;
        `later` nobody who is much smaller than those who are."""
        if self._known(seen):
            return
        sure = settle()
        if sure is None or self._known(sure):
            return
        seen = sure
        if later and any(seen.box.h < _FAR_BEHIND * person.seen.box.h for person in self.people):
            return
        self.people.append(TrackedPerson(seen.next, seen))
        self.people.sort(key=lambda person: -float(person.seen.mask.sum()) * person.region.side**2)
        del self.people[self.most :]

    def _known(self, seen: Seen) -> bool:
        return any(seen.next.near(person.region) for person in self.people)

    def _look_again(self, frame: Picture, person: TrackedPerson) -> TrackedPerson:
        seen = look(frame, person.region)
        if seen.score < LOST:
            return replace(person, doubts=person.doubts + 1, drift=(0.0, 0.0))
        # The size changes slowly and trembles, the place changes fast: both follow at their own pace.
        region = replace(
            person.region.towards(seen.next, 0.7), side=person.region.towards(seen.next, 0.2).side
        )
        drift = (region.x - person.region.x) / self.stride, (region.y - person.region.y) / self.stride
        return TrackedPerson(region, seen, 0, drift)
