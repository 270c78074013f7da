"""How the ground moves through the picture as the camera does: a similarity from each frame to the first."""

import cv2
import numpy as np

from modules.preview.effects.camera_motion import CameraMotion
from modules.preview.effects.pixels import Field, Picture, Plane
from modules.preview.subject.camera_path import grey_copy, reduction_of
from modules.preview.video.arrays import Matrix

_FAR = 24.0  # pixels of the copy: then the comparison begins anew
_LEAST = 0.12  # pixels of the copy: less is noise
_STILL = 6  # grey levels that nine tenths of the ground may change while the camera stands still
_FEWEST = 12  # points that must agree on a movement


class GroundMotion:
    """Called with every frame in order: the 3x3 matrix from its pixels to those of the first frame.

    Points of the ground are followed from a frame a little earlier, not from the last, so that errors do not
    add up. Where the ground is too smooth for that the whole picture's shift is taken.
    """

    def __init__(self) -> None:
        self._whole = CameraMotion()
        self._shifts: tuple[tuple[int, int], tuple[int, int]] = (0, 0), (0, 0)
        self._anchor: Plane | None = None
        self._points: Field | None = None  # of the anchor
        self._base: Matrix = np.eye(3)  # from the anchor to the first frame, in pixels of the copies
        self._step: Matrix = np.eye(3)  # from the anchor to the last frame

    def __call__(self, frame: Picture, ground: Plane) -> Matrix:
        grey = grey_copy(frame)
        small = cv2.resize(ground, grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
        if self._anchor is None:
            self._begin(grey, small)
        elif not self._still(grey, small):
            self._shifts = self._shifts[1], self._whole(frame)
            step, sure = self._followed(grey)
            if step is None:
                zoom = grey.shape[1] / frame.shape[1]
                right, down = np.subtract(self._shifts[1], self._shifts[0]) * zoom
                step = np.array([[1, 0, right], [0, 1, down], [0, 0, 1]]) @ self._step
            if self._shift(step @ np.linalg.inv(self._step)) > _LEAST:
                self._step = step
            if not sure or self._shift(self._step) > _FAR:
                self._base = self._base @ np.linalg.inv(self._step)
                self._begin(grey, small)
        return reduction_of(frame).full(self._base @ np.linalg.inv(self._step))

    def _begin(self, grey: Plane, ground: Plane) -> None:
        self._anchor, self._step = grey, np.eye(3)
        inner = cv2.erode(cv2.compare(ground, 128, cv2.CMP_GT), np.ones((5, 5), np.uint8))
        self._points = cv2.goodFeaturesToTrack(grey, 200, 0.005, 6, mask=inner)

    def _still(self, grey: Plane, ground: Plane) -> bool:
        if self._anchor is None or self._shift(self._step) > _LEAST:
            return False
        free = cv2.compare(ground, 128, cv2.CMP_GT)
        changed = cv2.bitwise_and(cv2.compare(cv2.absdiff(grey, self._anchor), _STILL, cv2.CMP_GE), free)
        return cv2.countNonZero(changed) < 0.1 * cv2.countNonZero(free)

    def _followed(self, grey: Plane) -> tuple[Matrix | None, bool]:
        """The movement from the anchor to this copy, and whether most of the points still agree on it."""
        if self._points is None or len(self._points) < _FEWEST:
            return None, False
        start = cv2.perspectiveTransform(self._points, self._step).astype(np.float32)
        there, found, _ = cv2.calcOpticalFlowPyrLK(
            self._anchor,
            grey,
            self._points,
            start.copy(),
            winSize=(15, 15),
            maxLevel=2,
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )
        good = found[:, 0] == 1
        if good.sum() < _FEWEST:
            return None, False
        cv2.setRNGSeed(1)
        matrix, inliers = cv2.estimateAffinePartial2D(
            self._points[good], there[good], method=cv2.RANSAC, ransacReprojThreshold=1.5
        )
        agree = 0 if matrix is None else int(inliers.sum())
        if matrix is None or agree < max(_FEWEST, 0.3 * len(self._points)):
            return None, False
        zoom = float(np.hypot(matrix[0, 0], matrix[1, 0]))
        if not 0.8 < zoom < 1.25:
            return None, False
        return np.vstack([matrix, [0, 0, 1]]), agree > 0.55 * len(self._points)

    def _shift(self, step: Matrix) -> float:
        """By how many pixels a movement carries the corners of a copy at most."""
        assert self._anchor is not None
        height, width = self._anchor.shape
        corners: Field = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], float)
        return float(np.abs((step @ corners - corners)[:2]).max())
