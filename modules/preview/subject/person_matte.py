"""The matte of small people: found once and followed, their masks steadied in time and led by the picture's
edges."""

import cv2
import numpy as np

from modules.preview.subject.colour_matte import RimRefiner
from modules.preview.subject.detection import Box
from modules.preview.subject.guided_filter import TemporalFilter, guided
from modules.preview.subject.pose_tracker import PoseTracker
from modules.preview.video.arrays import Picture, Plane, Rect, Soft
from modules.preview.video.scaling import shrunk

_MARGIN = 8  # quarter-size pixels round the masks


class PersonMatte:
    """`find` once with samples, then call with every frame in order: alpha of the frame's size. `spot` bounds
    what is not empty."""

    def __init__(self, width: int, height: int, most: int) -> None:
        self.width, self.height, self.most = width, height, most
        self.box: Box | None = None
        self.spot: Rect | None = None
        self.lost = 0
        self._tracker = PoseTracker(width, height, most=most, stride=3)
        self._refine_rim = RimRefiner()
        self._fresh = False
        self._steady = TemporalFilter(0.45, 16)

    def find_at(self, samples: list[Picture], boxes: list[Box | None]) -> bool:
        """Whether whole people stand at the boxes of most samples: those that have one, looked at near
        begin, middle and end."""
        known = {k: box.sides for k, box in enumerate(boxes) if box is not None}
        places = list(known)
        looked = sorted({places[0], places[len(places) // 2], places[-1]})
        hits = 0
        for k in reversed(looked):  # the first one last: from there it is followed
            hits += self._tracker.find_at(samples[k], [known[k]]) > 0
        self._fresh = looked[0] == 0 and bool(self._tracker.people)
        return hits * 2 > len(looked)

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

    def _enlarged(self, mask: Soft) -> Plane:
        return cv2.resize(cv2.convertScaleAbs(mask, alpha=255), (self.width, self.height))

    def __call__(self, frame: Picture) -> Plane:
        if not self._fresh:
            self._tracker.find(frame)
            self._fresh = True
        self._tracker.stride = 2 if self.most == 1 else 3 if len(self._tracker.people) > 1 else 1
        raw = self._tracker.follow(frame)
        small = shrunk(frame, raw.shape[::-1])
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        raw = self._steady(self._refine_rim(raw, small), grey)
        alpha = np.zeros((self.height, self.width), np.uint8)
        rows, columns = np.flatnonzero(raw.max(1) > 0.05), np.flatnonzero(raw.max(0) > 0.05)
        if not len(rows):
            self.lost += 1
            self.spot = None
            return alpha
        self.lost = 0
        y0, y1 = max(0, rows[0] - _MARGIN), min(raw.shape[0], rows[-1] + 1 + _MARGIN)
        x0, x1 = max(0, columns[0] - _MARGIN), min(raw.shape[1], columns[-1] + 1 + _MARGIN)
        sx, sy = self.width / raw.shape[1], self.height / raw.shape[0]
        left, top, right, bottom = int(x0 * sx), int(y0 * sy), int(x1 * sx), int(y1 * sy)
        self.spot = (left, top, right - left, bottom - top)
        view = frame[top:bottom, left:right]
        alpha[top:bottom, left:right] = guided(
            raw[y0:y1, x0:x1], grey[y0:y1, x0:x1], view, 1, 1e-3, fine=False
        )
        if self._tracker.people:
            seen = Box(*self._tracker.box(self._tracker.people[0]))
            if seen.h > 0:
                self.box = seen if self.box is None else self.box.towards(seen, 0.3)
        return alpha
