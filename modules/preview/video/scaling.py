"""Making pictures smaller, quickly."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from modules.preview.video.arrays import Matrix, Picture


def area_resize(picture: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """To `size` (width, height), each pixel the average of those it covers."""
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def shrunk(frame: Picture, size: tuple[int, int]) -> Picture:
    """Averaged down to `size` (width, height). Exact halves come first: OpenCV takes them several times
    quicker than other shares."""
    height, width = frame.shape[:2]
    while width % 2 == 0 and height % 2 == 0 and width // 2 >= size[0] and height // 2 >= size[1]:
        width, height = width // 2, height // 2
        frame = area_resize(frame, (width, height))
    return frame if (width, height) == size else area_resize(frame, size)


@dataclass(frozen=True)
class Reduction:
    """From pictures of `width` x `height` to copies whose long side is `long` pixels; movements (3x3) can
    be told in the pixels of either."""

    width: int
    height: int
    long: int

    @classmethod
    def of(cls, picture: Picture, long: int) -> "Reduction":
        return cls(picture.shape[1], picture.shape[0], long)

    @property
    def size(self) -> tuple[int, int]:
        zoom = self.long / max(self.width, self.height)
        return max(8, round(self.width * zoom)), max(8, round(self.height * zoom))

    def __call__(self, picture: Picture) -> Picture:
        return shrunk(picture, self.size)

    def small(self, movement: Matrix) -> Matrix:
        """A movement told in the pictures' pixels, in the copies'."""
        return self._scale @ movement @ np.linalg.inv(self._scale)

    def full(self, movement: Matrix) -> Matrix:
        """A movement told in the copies' pixels, in the pictures'."""
        return np.linalg.inv(self._scale) @ movement @ self._scale

    @property
    def _scale(self) -> Matrix:
        width, height = self.size
        return np.diag([width / self.width, height / self.height, 1.0])
