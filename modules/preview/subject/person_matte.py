"""The matte of small people: found once and followed, their masks steadied in time and led by the picture's
edges."""

import cv2
import numpy as np

from modules.preview.subject.chosen_people import ChosenPeople
from modules.preview.subject.colour_matte import RimRefiner
from modules.preview.subject.detection import Box, SubjectMask
from modules.preview.subject.guided_filter import TemporalFilter, guided
from modules.preview.subject.people import PersonTrack
from modules.preview.subject.pose_network import Seen
from modules.preview.subject.pose_tracker import PoseTracker
from modules.preview.subject.selection import place_of
from modules.preview.subject.separation import compare_with_plate
from modules.preview.video.arrays import Mask, Picture, Plane, Soft, disc
from modules.preview.video.scaling import shrunk

_MARGIN = 8  # quarter-size pixels round the masks


class PersonMatte:
    """`find` once with samples, or give the `chosen` tracks; then call with every frame in order."""

    def __init__(self, width: int, height: int, most: int, chosen: tuple[PersonTrack, ...] = ()) -> None:
        self.width, self.height, self.most = width, height, most
        self.box: Box | None = None
        self.lost = 0
        self.confirmed: dict[int, Seen] = {}
        """What `find_at` saw, by the sample's number."""
        self._chosen = chosen
        self._followed = ChosenPeople(chosen, width, height) if chosen else None
        self._tracker = PoseTracker(width, height, most=most, stride=3)
        self._refine_rim = RimRefiner()
        self._fresh = bool(chosen)
        self._steady = TemporalFilter(0.45, 16)
        self._plate: tuple[Picture, Mask] | None = None
        self._area = 0.0  # of the mask, usually

    def compare_with(self, plate: Picture, known: Mask) -> None:
        """The place without people at full size, and where it is known: what looks like it is not theirs."""
        size = (max(1, self.width // 4), max(1, self.height // 4))
        seen = cv2.resize(known.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 200
        self._plate = shrunk(plate, size), seen

    @property
    def title(self) -> str:
        """What to call those who were found."""
        people = self._tracker.people
        if len(people) != 1:
            return f"the {len(people)} people" if people else "the people"
        return f"the person {place_of(people[0].seen.box.centre[0] / self.width)}"

    def find_at(self, samples: list[Picture], boxes: list[Box | None]) -> bool:
        """Whether whole people stand at the boxes of most samples: those that have one, looked at near
        begin, middle and end."""
        known = {k: box.sides for k, box in enumerate(boxes) if box is not None}
        places = list(known)
        looked = sorted({places[0], places[len(places) // 2], places[-1]})
        self.confirmed = {}
        for k in reversed(looked):  # the first one last: from there it is followed
            if self._tracker.find_at(samples[k], [known[k]]):
                self.confirmed[k] = self._tracker.people[0].seen
        self._fresh = looked[0] == 0 and bool(self._tracker.people)
        return len(self.confirmed) * 2 > len(looked)

    def find(self, samples: list[Picture]) -> bool:
        """Whether somebody stands in the first sample, or else in the middle one; the first is taken for
        the clip's first frame."""
        self._fresh = self._tracker.find(samples[0]) > 0
        return self._fresh or (len(samples) > 1 and self._tracker.find(samples[len(samples) // 2]) > 0)

    def sample_mattes(self, samples: list[Picture]) -> list[Plane]:
        """Rough mattes of the samples, for the place behind and the light; the following is not disturbed.

        Empty where nobody is found. The whole picture is only searched when most samples would be empty
        otherwise: it takes long.
        """
        tracker = PoseTracker(self.width, self.height, most=self.most)
        tracker.people = list(self._tracker.people)
        raw = [tracker.follow_far(sample) for sample in samples]
        if sum(one.any() for one in raw) * 2 <= len(raw):
            for k, sample in enumerate(samples):
                if not raw[k].any():
                    tracker.find(sample)
                    raw[k] = tracker.mask()
        return [self._enlarged(one) for one in raw]

    def first_matte(self) -> Plane:
        return self._enlarged(self._tracker.mask())

    def chosen_mattes(self, samples: list[Picture]) -> list[Plane]:
        """Rough mattes of the samples by the chosen tracks' sightings; empty where none of them is seen."""
        size = (max(1, self.width // 4), max(1, self.height // 4))
        rough = []
        for k in range(len(samples)):
            seen = [track.sightings[k] for track in self._chosen if k in track.sightings]
            masks = [one.placed(size, self.width, self.height) for one in seen]
            rough.append(self._enlarged(np.maximum.reduce(masks or [np.zeros(size[::-1], np.float32)])))
        return rough

    def _enlarged(self, mask: Soft) -> Plane:
        return cv2.resize(cv2.convertScaleAbs(mask, alpha=255), (self.width, self.height))

    def _raw(self, frame: Picture, seconds: float) -> Soft:
        if self._followed is not None:
            return self._followed.follow(frame, seconds)
        if not self._fresh:
            self._tracker.find(frame)
            self._fresh = True
        self._tracker.stride = 2 if self.most == 1 else 3 if len(self._tracker.people) > 1 else 1
        return self._tracker.follow(frame)

    def _not_lost(self, raw: Soft, small: Picture) -> Soft:
        """The mask, or where the pose network has lost its person (in a jump, behind a flare) what differs
        from the empty place about there, if it is as large as they were."""
        area = float((raw > 0.5).sum())
        if area > 20 or self.box is None or self._plate is None:
            self._area = 0.8 * self._area + 0.2 * area if self._area else area
            return raw
        zoom = small.shape[1] / self.width
        (x, y), reach = self.box.centre, 1.3 * max(self.box.w, self.box.h)
        x0, x1 = int(max(0, (x - reach) * zoom)), int((x + reach) * zoom)
        y0, y1 = int(max(0, (y - reach) * zoom)), int((y + reach) * zoom)
        part = np.s_[y0:y1, x0:x1]
        apart = cv2.GaussianBlur(cv2.absdiff(small[part], self._plate[0][part]), (0, 0), 1).max(2)
        other = (apart > np.median(apart) + 22).astype(np.uint8)
        other = cv2.morphologyEx(cv2.morphologyEx(other, cv2.MORPH_OPEN, disc(3)), cv2.MORPH_CLOSE, disc(7))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(other)
        sizes = stats[1:, cv2.CC_STAT_AREA]
        if count < 2 or not 0.35 * self._area < sizes.max() < 2.2 * self._area:
            return raw
        found = (labels == 1 + int(sizes.argmax())).astype(np.uint8)
        result = np.zeros_like(raw)
        result[part] = cv2.GaussianBlur(cv2.dilate(found, disc(3)).astype(np.float32), (0, 0), 1)
        rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
        seen = Box(*(v / zoom for v in (x0 + columns[0], y0 + rows[0], np.ptp(columns), np.ptp(rows))))
        self.box = self.box.towards(seen, 0.5)
        return result

    def __call__(self, frame: Picture, seconds: float = 0.0) -> SubjectMask:
        raw = self._raw(frame, seconds)
        small = shrunk(frame, raw.shape[::-1])
        if self._chosen and self._plate is not None:
            raw = self._not_lost(raw, small)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        raw = self._refine_rim(raw, small)
        if self._plate is not None:
            raw = compare_with_plate(raw, small, *self._plate)
        raw = self._steady(raw, grey)
        alpha = np.zeros((self.height, self.width), np.uint8)
        rows, columns = np.flatnonzero(raw.max(1) > 0.05), np.flatnonzero(raw.max(0) > 0.05)
        if not len(rows):
            self.lost += 1
            return SubjectMask(alpha, self.box, None, self.lost)
        self.lost = 0
        y0, y1 = max(0, rows[0] - _MARGIN), min(raw.shape[0], rows[-1] + 1 + _MARGIN)
        x0, x1 = max(0, columns[0] - _MARGIN), min(raw.shape[1], columns[-1] + 1 + _MARGIN)
        sx, sy = self.width / raw.shape[1], self.height / raw.shape[0]
        left, top, right, bottom = int(x0 * sx), int(y0 * sy), int(x1 * sx), int(y1 * sy)
        view = frame[top:bottom, left:right]
        alpha[top:bottom, left:right] = guided(
            raw[y0:y1, x0:x1], grey[y0:y1, x0:x1], view, 1, 1e-3, fine=False
        )
        people = self._followed.people if self._followed is not None else self._tracker.people
        if people:
            seen = people[0].seen.box
            if seen.h > 0:
                self.box = seen if self.box is None else self.box.towards(seen, 0.3)
        return SubjectMask(alpha, self.box, (left, top, right - left, bottom - top), 0)
