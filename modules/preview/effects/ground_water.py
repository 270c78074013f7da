"""Water over the ground: what stands above and in it is mirrored, bent by ripples."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.backgrounds import brush
from modules.preview.effects.pixels import Field, Picture, Plane, f32

_DEEP = f32((112, 92, 52))
_TINT = f32((1.03, 0.97, 0.88))
_SKY = f32((214, 204, 192))
_GLINT = f32((70, 66, 60))


class Flood:
    """Called with a frame, its ground, the light on it, the camera's pose and a time: the water, and where it
    is. Works at half size."""

    def __init__(self, width: int, height: int, level: float, hills: bool, pale: bool) -> None:
        """`level`: the row (share of the height) of the far shore in the first frame. `hills`: the ground rises
        behind it. `pale`: the clip shows no sky, so one is to be seen in the water only."""
        self._w, self._h = max(8, width // 2), max(8, height // 2)
        self._level, self._hills, self._pale = level, hills, pale
        self._columns = np.arange(self._w, dtype=np.float32)[None].repeat(self._h, 0)
        self._rows = np.arange(self._h, dtype=np.float32)[:, None].repeat(self._w, 1)
        self._unit = min(self._w, self._h) / 360
        rows = int(1.3 * self._h)
        self._waves = [self._plane(seed, rows, size) for seed, size in ((41, 34.0), (43, 50.0))]

    def _plane(self, seed: int, rows: int, cell: float) -> Field:
        """Waves from the far shore on: strong ones everywhere, as a distant shore glitters too."""
        waves = brush.ground_map(self._w, rows, seed, cell * self._unit, 3)
        return np.asarray(waves / (cv2.blur(waves.std(1, keepdims=True), (1, 9)) + 0.03) * 0.5)

    def __call__(
        self, frame: Picture, ground: Plane, light: Plane, pose: Field, seconds: float
    ) -> tuple[Picture, Plane]:
        w, h = self._w, self._h
        small = cv2.resize(frame, (w, h), interpolation=cv2.INTER_AREA)
        mask = cv2.resize(ground, (w, h), interpolation=cv2.INTER_AREA)
        shore = self._level * h - float(pose[1, 2]) / 2
        if self._hills:
            relief = cv2.resize(px.blur(light, 3).astype(np.float32) - 160, (w, h)) * (0.0016 * h)
            over = (self._rows - shore - relief) / (0.008 * h)
            mask = px.mul(mask, px.to8(np.clip(over, 0, 1) * 255))
        top = int(np.clip(shore, 0, 0.9 * h))
        depth = np.clip((np.arange(h, dtype=np.float32) - top) / (h - top), 0, 1)[:, None]
        bend = (0.6 + 9.0 * depth**1.2) * self._unit
        shift, drift = int(seconds * 9), int(pose[0, 2] / 2)
        one, two = (
            np.vstack([np.zeros((top, w), np.float32), np.roll(waves[: h - top], by - drift, 1)])
            for waves, by in zip(self._waves, (shift, -shift), strict=True)
        )
        ripple = one + two
        row, high = self._mirror(mask)
        mirrored = cv2.remap(
            small,
            self._columns + (one - two) * bend * 0.5,
            (row + ripple * bend).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        ).astype(np.float32)
        if self._pale:
            mirrored += (_SKY - mirrored) * (0.75 * high)[..., None]
        below = small.astype(np.float32) * 0.35 + _DEEP * 0.65
        share = np.clip(0.90 - 0.42 * depth + 0.10 * ripple, 0, 1)[..., None]
        water = mirrored * _TINT * share + below * (1 - share)
        water += (np.clip(ripple - 1.25, 0, 1) * (bend > 1))[..., None] * _GLINT
        size = frame.shape[1::-1]
        return cv2.resize(px.to8(water), size), cv2.min(cv2.resize(mask, size), ground)

    def _mirror(self, mask: Plane) -> tuple[Field, Field]:
        """The row that each place of the water shows, and how high above the far shore that is (0..1).

        Mirrored at the lowest point above it that is not water; past the top of what stands there, at the
        water's far edge.
        """
        wet, rows = mask > 110, self._rows
        foot = np.maximum.accumulate(np.where(wet, -1, rows), 0)
        near = 2 * foot - rows
        far = np.where(wet.any(0), np.argmax(wet, 0), np.median(np.argmax(wet, 0))).astype(np.float32)
        far = cv2.blur(cv2.medianBlur(far[None], 5), (self._w // 8 | 1, 1))
        fit = np.minimum(1, 0.92 * far / np.maximum(1, self._h - far))
        behind = far - (rows - far) * fit
        index = np.clip(near, 0, self._h - 1).astype(np.intp)
        past = np.take_along_axis(wet, index, 0) | (near < 0)
        high = np.where(past, np.clip(1 - behind / np.maximum(1, far), 0, 1), 0)
        return np.where(past, behind, near).astype(np.float32), high.astype(np.float32)
