"""The clean plate of a moving camera: what other frames show of the place that a subject hides in one."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from modules.preview.subject.camera_path import camera_movement, camera_path, grey_copy, reduction_of
from modules.preview.subject.clean_plate import fill, hidden_by, usual_share
from modules.preview.video.arrays import Matrix, Picture, Plane, Rect, square

_KEPT_VIEWS = 10  # past frames kept for what they show
_KEEP_EVERY = 0.05  # of the width: how far the camera moves before another frame is kept
# Of the long side, round the subject: not taken for the place behind, for mattes miss a hand now and then.
_MARGIN = 0.03


@dataclass(frozen=True)
class View:
    """A frame kept for what it shows: `hidden` is 255 where the subject stands; `pose` 3x3 from its pixels
    to those of the first frame."""

    picture: Picture
    grey: Plane
    hidden: Plane
    pose: Matrix


class MovingCleanPlate:
    """What a moving camera saw of the place before and, by the samples, after each frame. `of` the
    samples, then `behind` with every frame in order."""

    def __init__(self, views: list[View], kept: int) -> None:
        self._ahead, self._kept = views, kept
        self._past: list[View] = []
        self._pose: Matrix = np.eye(3)
        self.share_seen = 1.0  # of what the subject hides, what another sample shows
        self.step = 0.0  # by how many pixels the camera moved to the right in the last frame

    @classmethod
    def of(
        cls,
        samples: list[Picture],
        alphas: list[Plane],
        poses: list[Matrix] | None = None,
        lasting: list[Plane] | None = None,
        kept: int = _KEPT_VIEWS,
        least: float = 0.5,
    ) -> "MovingCleanPlate | None":
        """None when the camera's path is not found, or less than the share `least` of what the subject hides
        is seen in other samples.

        `poses` as `camera_path` gives them and `lasting` (255 where a sample shows the place for sure), if
        known. `kept`: how many of the frames to come are kept for what they show.
        """
        masks = [_hidden(alpha) for alpha in alphas]
        if lasting is not None:
            masks = [
                cv2.min(mask, cv2.compare(sure, 128, cv2.CMP_LT))
                for mask, sure in zip(masks, lasting, strict=True)
            ]
        poses = camera_path(samples, masks) if poses is None else poses
        if len(poses) < 3:
            return None
        views = [
            View(s, grey_copy(s), mask, pose) for s, mask, pose in zip(samples, masks, poses, strict=False)
        ]
        plate = cls(views, kept)
        plate.share_seen = float(np.mean([plate._share_seen(view) for view in views]))
        return plate if plate.share_seen > least else None

    def _share_seen(self, view: View) -> float:
        """The share of what a view's subject hides that another view shows."""
        remaining = view.hidden
        whole = max(1, cv2.countNonZero(remaining))
        for other in self._ahead:
            if other is not view:
                gap = _missing(other, view.pose, (0, 0, *remaining.shape[::-1]))
                remaining = cv2.bitwise_and(remaining, gap)
        return 1 - cv2.countNonZero(remaining) / whole

    def unseen(self, mattes: Sequence[Plane]) -> float:
        """Of the frame, what a subject of these mattes usually hides and no sample shows."""
        return (1 - self.share_seen) * usual_share(mattes)

    def behind(self, frame: Picture, alpha: Plane, cover: Plane, spot: Rect) -> Picture:
        """The place in `spot` where `cover` (of that size) is not 0. `alpha` is the frame's matte."""
        x, y, w, h = spot
        columns, rows = np.flatnonzero(cover.any(0)), np.flatnonzero(cover.any(1))
        if not len(rows):
            self._follow(frame, alpha)
            return frame[y : y + h, x : x + w]
        beside = (columns[-1] - columns[0]) // 2 + 16  # what is filled in comes from there
        left, top = int(max(0, columns[0] - beside)), int(max(0, rows[0] - 16))
        part = np.s_[top : rows[-1] + 16, left : columns[-1] + beside]
        narrow = cover[part]
        found, missing = self.seen(frame, alpha, narrow, (x + left, y + top, *narrow.shape[::-1]))
        if cv2.countNonZero(missing):
            found = fill(found, cv2.dilate(missing, square(5)))
        result = frame[y : y + h, x : x + w].copy()
        result[part] = found
        return result

    def seen(self, frame: Picture, alpha: Plane, cover: Plane, spot: Rect) -> tuple[Picture, Plane]:
        """As `behind`, with what no other frame shows left as it is: it is 255 in the second picture."""
        self._follow(frame, alpha)
        x, y, w, h = spot
        shown = frame[y : y + h, x : x + w]
        found, missing = shown.copy(), cv2.threshold(cover, 0, 255, cv2.THRESH_BINARY)[1]
        wanted = cv2.countNonZero(missing)
        ring = cv2.bitwise_and(cv2.bitwise_not(missing), cv2.dilate(missing, square(31)))
        for view in sorted([*self._past, *self._ahead], key=lambda view: self._distance(view.pose)):
            gap = _missing(view, self._pose, spot)
            gives = cv2.bitwise_and(missing, cv2.bitwise_not(gap))
            if cv2.countNonZero(gives) < 0.02 * wanted:
                continue
            matrix = _between(view, self._pose, (x, y))
            seen = cv2.warpAffine(view.picture, matrix, (w, h), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            both = cv2.bitwise_and(ring, cv2.bitwise_not(gap))
            if cv2.countNonZero(both) > 200:  # the light may have changed meanwhile
                now, then, there = (np.ascontiguousarray(a[::4, ::4]) for a in (shown, seen, both))
                change = np.subtract(cv2.mean(now, there), cv2.mean(then, there))
                if np.abs(change).max() > 0.7:
                    seen = cv2.add(seen, tuple(np.clip(change, -25, 25)))
            cv2.copyTo(seen, gives, found)
            missing = cv2.bitwise_and(missing, gap)
            if cv2.countNonZero(missing) < 0.01 * wanted:
                break
        return found, missing

    def _follow(self, frame: Picture, alpha: Plane) -> None:
        """Find the pose of the next frame, and keep the frame when the camera has moved on enough."""
        grey, hidden, was = grey_copy(frame), _hidden(alpha), self._pose
        reduction = reduction_of(frame)
        nearest = sorted(self._ahead, key=lambda view: self._distance(view.pose))[:1]
        for anchor in nearest + self._past[:-2:-1]:
            # measured from a kept frame, not from the one before: errors do not add up
            guess = reduction.small(np.linalg.inv(anchor.pose) @ self._pose)
            step = camera_movement(anchor.grey, grey, hidden, guess)
            if step is not None:
                self._pose = anchor.pose @ reduction.full(step)
                break
        self.step = float((self._pose - was)[0, 2])
        if self._kept and (
            not self._past or self._distance(self._past[-1].pose) > _KEEP_EVERY * frame.shape[1]
        ):
            self._past = [*self._past, View(frame.copy(), grey, hidden, self._pose)][-self._kept :]

    def _distance(self, pose: Matrix) -> float:
        """In pixels, from the present pose to another one."""
        return float(np.hypot(*(pose - self._pose)[:2, 2]))


def _hidden(alpha: Plane) -> Plane:
    return hidden_by(alpha, round(_MARGIN * max(alpha.shape[:2])))


def _between(view: View, pose: Matrix, corner: tuple[int, int]) -> Matrix:
    """2x3: from pixels of a window of the frame with this pose to the view's."""
    offset = np.array([[1, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1]], np.float64)
    matrix: Matrix = (np.linalg.inv(view.pose) @ pose @ offset)[:2]
    return matrix


def _missing(view: View, pose: Matrix, window: Rect) -> Plane:
    """255 where a window of a frame with this pose shows what the view hides or does not reach."""
    return cv2.warpAffine(
        view.hidden,
        _between(view, pose, window[:2]),
        window[2:],
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderValue=255,
    )
