"""Water that moves: rows that shimmer sideways with glints on them, light under the surface."""

import cv2
import numpy as np
from numpy.typing import ArrayLike

from modules.preview.effects.backgrounds import brush
from modules.preview.effects.pixels import Colour, Field, Picture, bell, f32, merged, mul, tint, to8


class Shimmer:
    """Bends the rows `top`..`bottom` (shares of the height) sideways, more towards the viewer, and lets
    glints run over them."""

    def __init__(
        self,
        w: int,
        h: int,
        top: float,
        bottom: float,
        *,
        seed: int = 4,
        reach: float = 5.0,
        glints: Colour = (255, 250, 235),
        glint: float = 0.5,
        centre: float | None = None,
    ) -> None:
        self._y0, self._y1, self._w = int(h * top), int(h * bottom), w
        rows = self._y1 - self._y0
        self._near = np.linspace(0.15, 1, rows, dtype=np.float32)[:, None]
        self._x = np.repeat(np.arange(w, dtype=np.float32)[None], rows, 0)
        self._y = np.repeat(np.arange(rows, dtype=np.float32)[:, None], w, 1)
        self._reach = reach * w / 1280
        half = (rows // 2, w // 2)
        self._a, self._b = (self._waves(half, seed + k, w / size) for k, size in enumerate((46, 60)))
        self._b = np.ascontiguousarray(self._b[:, ::-1])
        self._table = to8((np.arange(256, dtype=np.float32) - 92) * 5.5 * glint)
        mask = np.ones(half, np.float32) * np.linspace(1.0, 0.75, half[0], dtype=np.float32)[:, None]
        if centre is not None:
            across = np.arange(half[1]) / half[1] - centre
            mask *= 0.12 + 0.95 * bell(across, 0.05 + 0.12 * np.linspace(0, 1, half[0])[:, None]).astype(
                np.float32
            )
        self._tint = to8(f32(glints) / 255 * mask[..., None] * 255)

    @staticmethod
    def _waves(size: tuple[int, int], seed: int, near: float) -> Field:
        """Waves on the water, rows and columns as `size`: as strong far away as near, for a distant sea
        glitters too."""
        far = np.linspace(1, 0, size[0], dtype=np.float32)[:, None] ** 2
        waves = brush.ground_map(size[1], size[0], seed, near, 3)
        waves = waves + 0.2 * far * brush.noise(size[1], size[0], 2.6, 2, seed, 5.0)
        spread = cv2.blur(waves.std(1, keepdims=True), (1, 9)) + 0.03
        return to8((waves / spread * 0.42 + 1) * 110)

    def __call__(self, frame: Picture, seconds: float) -> None:
        part = frame[self._y0 : self._y1]
        bend = self._reach * self._near * np.sin(self._near * 34 - seconds * 2.2)
        bend = bend + self._reach * 0.5 * np.sin(self._near * 83 + seconds * 3.1)
        bent = cv2.remap(part, self._x + bend, self._y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        step = int(seconds * 16)
        both = cv2.multiply(np.roll(self._a, step, 1), np.roll(self._b, -step, 1), scale=1 / 190)
        light = mul(merged(cv2.LUT(both, self._table)), self._tint)
        frame[self._y0 : self._y1] = cv2.add(bent, cv2.resize(light, (self._w, self._y1 - self._y0)))


class Rays:
    """Shafts of light from above that sway, for water and for woods."""

    def __init__(
        self,
        w: int,
        h: int,
        colour: ArrayLike,
        strength: float,
        lean: float = 0.25,
        seed: int = 2,
        speed: float = 0.35,
    ) -> None:
        self._size, self._speed = (w, h), speed
        self._fw, self._fh = w // 8, h // 8
        self._line = np.clip(brush.noise(self._fw * 2, 1, self._fw / 6, 3, seed)[0], 0, 1.2).astype(
            np.float32
        )
        y, x = np.mgrid[0 : self._fh, 0 : self._fw].astype(np.float32)
        self._at = x - lean * y * (1 + (x / self._fw - 0.5))
        self._fade = tint(np.clip(1 - y / (self._fh * 0.85), 0, 1) ** 1.1, colour) * strength

    def __call__(self, frame: Picture, seconds: float) -> None:
        n = len(self._line)
        near = self._line[np.mod(self._at + seconds * 4 * self._speed, n).astype(int) % n]
        far = self._line[np.mod(self._at * 1.7 - seconds * 6 * self._speed + 40, n).astype(int) % n]
        light = to8(cv2.blur(near * (0.6 + 0.6 * far), (5, 3))[..., None] * self._fade)
        cv2.add(frame, cv2.resize(light, self._size, interpolation=cv2.INTER_CUBIC), dst=frame)
