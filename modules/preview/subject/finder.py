"""Looking for the subject in one frame: in the whole of it, else in tiles where things move."""

import cv2
import numpy as np

from modules.preview.subject.detection import (
    LIKELY,
    NET_SIDE,
    Box,
    Detection,
    detect_in_tiles,
    detect_subject,
    difference_from,
    motion_within,
)
from modules.preview.subject.networks import Segmentation
from modules.preview.video.arrays import Picture, Plane, Rect, Soft
from modules.preview.video.scaling import area_resize


class SubjectFinder:
    """`median` is what the samples usually show (90x160), once known. `tiled`: the subject was only found in
    tiles, for it is small. `usual_motion`: how much it usually differs from the median."""

    def __init__(self, width: int, height: int, network: Segmentation) -> None:
        self.width, self.height, self.network = width, height, network
        self.median: Picture | None = None
        self.tiled = False
        self.usual_motion = 0.0

    def in_whole(self, frame: Picture) -> Detection | None:
        """What the network sees in the whole frame, where a second look at it agrees."""
        small = area_resize(frame, (NET_SIDE, NET_SIDE))
        first = self.network.square(small)
        if self.width > self.height * 1.2:
            second = cv2.resize(self.network.wide(frame), (NET_SIDE, NET_SIDE))
        else:
            second = self.network.square(small[:, ::-1])[:, ::-1]
        both, either = np.minimum(first, second) > LIKELY, np.maximum(first, second) > LIKELY
        found = detect_subject(first, (0, 0, self.width, self.height))
        return found if both.sum() / max(1, either.sum()) > 0.35 else None

    def in_tiles(self, frame: Picture) -> Detection | None:
        """The best detection among square tiles, those where things move first."""
        return detect_in_tiles(frame, self._motion(frame), self.network.square, 0.4 * self.usual_motion)

    def find(self, frame: Picture) -> Detection | None:
        """In the way that the samples' subject was found, then in tiles."""
        return (None if self.tiled else self.in_whole(frame)) or self.in_tiles(frame)

    def motion_at(self, frame: Picture, box: Box) -> float:
        return motion_within(self._motion(frame), box.sides, self.width, self.height)

    def rough_matte(self, frame: Picture) -> Plane:
        """Of one frame out of order; empty where nothing is found."""
        alpha = np.zeros((self.height, self.width), np.uint8)
        found = self.in_tiles(frame) if self.tiled else self.in_whole(frame)
        if found is not None:
            x, y, w, h = self.window_around(found.box)
            view = frame[y : y + h, x : x + w]
            raw = self.network.square(area_resize(view, (NET_SIDE, NET_SIDE)))
            alpha[y : y + h, x : x + w] = cv2.convertScaleAbs(cv2.resize(raw, (w, h)), alpha=255)
        return alpha

    def window_around(self, box: Box | None) -> Rect:
        """A window round the box: square inside the frame, or the whole frame when that is not larger by
        much."""
        short = min(self.width, self.height)
        if box is None or (not self.tiled and (box.w > 0.8 * short or box.h > 1.05 * short)):
            return 0, 0, self.width, self.height
        side = int(max((1.75 if self.tiled else 2.0) * max(box.w, box.h), 0.3 * short))
        side = min(side, self.width, self.height)
        x, y = box.centre
        left = int(np.clip(x - side / 2, 0, self.width - side))
        return left, int(np.clip(y - side / 2, 0, self.height - side)), side, side

    def _motion(self, frame: Picture) -> Soft:
        """Where this frame differs from what the samples usually show, 90x160; even when there is nothing
        to compare."""
        return (
            np.full((90, 160), 0.5, np.float32)
            if self.median is None
            else difference_from(frame, self.median)
        )
