"""How a camera moves over a clip: similarity transforms between frames, found on small grey copies."""

import cv2
import numpy as np

from modules.preview.video.arrays import Mask, Matrix, Picture, Plane
from modules.preview.video.prefetch import spread
from modules.preview.video.scaling import Reduction

_COPY_SIDE = 400  # long side of the copies by which the movement is found
_STILL_LEVELS = 6  # grey levels that nine tenths of a picture may change while the camera stands still
_STANDS = 0.006  # of the width: less is the error of the measurement
_FEWEST_INLIERS = 25  # points that must agree on a movement


def reduction_of(picture: Picture | Plane) -> Reduction:
    """From a frame to its copy."""
    return Reduction.of(picture, _COPY_SIDE)


def grey_copy(frame: Picture) -> Plane:
    return cv2.cvtColor(reduction_of(frame)(frame), cv2.COLOR_BGR2GRAY)


def camera_movement(
    old: Plane, new: Plane, hidden: Plane | None = None, guess: Matrix | None = None
) -> Matrix | None:
    """How the camera moved between two grey pictures: the 3x3 similarity from `new`'s pixels to `old`'s, None
    when no one movement explains them.

    `hidden` (of any size) marks what moves by itself in `new`. With a `guess` near the truth it is quick
    (optical flow); without, `new` may be far away (ORB features).
    """
    free = None
    if hidden is not None:
        hidden = cv2.resize(hidden, new.shape[::-1], interpolation=cv2.INTER_NEAREST)
        free = cv2.bitwise_not(cv2.threshold(hidden, 20, 255, cv2.THRESH_BINARY)[1])
    if guess is None:
        orb = cv2.ORB_create(700, fastThreshold=8)
        (points, marks), (others, theirs) = orb.detectAndCompute(new, free), orb.detectAndCompute(old, None)
        if marks is None or theirs is None:
            return None
        pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(marks, theirs)
        here = np.array([points[p.queryIdx].pt for p in pairs], np.float32)
        there = np.array([others[p.trainIdx].pt for p in pairs], np.float32)
    else:
        here = cv2.goodFeaturesToTrack(new, 160, 0.01, 8, mask=free)
        if here is None:
            return None
        start = cv2.perspectiveTransform(here, guess).astype(np.float32)
        there, found, _ = cv2.calcOpticalFlowPyrLK(
            new, old, here, start, winSize=(15, 15), maxLevel=2, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
        )
        here, there = here[found[:, 0] == 1][:, 0], there[found[:, 0] == 1][:, 0]
    if len(here) < _FEWEST_INLIERS:
        return None
    cv2.setRNGSeed(1)
    matrix, inliers = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=2.0 if guess is None else 1.0
    )
    if matrix is None or inliers.sum() < max(_FEWEST_INLIERS, 0.2 * len(here)):
        return None
    zoom = np.hypot(matrix[0, 0], matrix[1, 0])
    return np.vstack([matrix, [0, 0, 1]]) if 0.7 < zoom < 1.4 else None


def camera_path(samples: list[Picture], masks: list[Plane]) -> list[Matrix]:
    """3x3 per sample, from its pixels to those of the first one; ends before the first that does not
    match. `masks`: what moves by itself."""
    greys = spread(grey_copy, samples)
    poses: list[Matrix] = [np.eye(3)] if samples else []
    for sample, step in zip(samples[1:], spread(_step, greys, greys[1:], masks[1:]), strict=True):
        if step is None:
            break
        poses.append(poses[-1] @ reduction_of(sample).full(step))
    return poses


def _step(old: Plane, new: Plane, mask: Plane) -> Matrix | None:
    """The movement between the copies of two samples; none at all where next to nothing changed."""
    free: Mask = cv2.resize(mask, new.shape[::-1], interpolation=cv2.INTER_NEAREST) < 20
    if free.any() and np.percentile(cv2.absdiff(old, new)[free], 90) < _STILL_LEVELS:
        return np.eye(3)
    step = camera_movement(old, new, mask)
    finer = None if step is None else camera_movement(old, new, mask, step)
    return step if finer is None else finer


def camera_stands(poses: list[Matrix], count: int, width: int) -> bool:
    """Whether the path of `count` samples of a width in pixels is that of a camera that stands still. A
    path that ends early says nothing against it: a scene without points to hold on to."""
    if len(poses) < max(2, count):
        return True
    apart = max(float(np.hypot(*pose[:2, 2])) for pose in poses)
    zoom = max(abs(float(np.hypot(pose[0, 0], pose[1, 0])) - 1) for pose in poses)
    return apart < _STANDS * width and zoom < _STANDS
