"""Water over the ground: what stands above and in it is mirrored, bent by ripples."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.backgrounds import brush
from modules.preview.effects.pixels import Field, Picture, Plane, f32

_DEEP = f32((112, 92, 52))
_TINT = f32((1.03, 0.97, 0.88))


class Flood:
    """Called with a frame, its ground, the camera's pose and a time: the frame with water for ground. Works
    at half size."""

    def __init__(self, width: int, height: int, horizon: float) -> None:
        self._w, self._h = max(8, width // 2), max(8, height // 2)
        w, h = self._w, self._h
        self._columns = np.arange(w, dtype=np.float32)[None].repeat(h, 0)
        self._rows = np.arange(h, dtype=np.float32)[:, None].repeat(w, 1)
        top = int(h * min(0.85, horizon))
        self._top = top
        unit = min(w, h) / 360
        self._waves = [self._plane(seed, size * unit, top) for seed, size in ((41, 34.0), (43, 50.0))]
        depth = np.clip((np.arange(h, dtype=np.float32) - top) / max(1, h - top), 0, 1)[:, None]
        self._bend = (0.6 + 9.0 * depth**1.2) * unit
        self._clear = 0.90 - 0.42 * depth  # how much it mirrors: more far away

    def _plane(self, seed: int, cell: float, top: int) -> Field:
        waves = brush.ground_map(self._w, self._h - top, seed, cell, 3)
        waves = waves / (cv2.blur(waves.std(1, keepdims=True), (1, 9)) + 0.03) * 0.5
        return np.vstack([np.repeat(waves[:1], top, 0), waves]).astype(np.float32)

    def __call__(self, frame: Picture, ground: Plane, pose: Field, seconds: float) -> Picture:
        w, h = self._w, self._h
        small = cv2.resize(frame, (w, h), interpolation=cv2.INTER_AREA)
        mask = cv2.resize(ground, (w, h), interpolation=cv2.INTER_AREA)
        shift = int(seconds * 9)
        one = np.roll(self._waves[0], shift - int(pose[0, 2] / 2), 1)
        two = np.roll(self._waves[1], -shift - int(pose[0, 2] / 2), 1)
        ripple = one + two
        y = self._mirror(mask) + ripple * self._bend
        x = self._columns + (one - two) * self._bend * 0.5
        mirrored = cv2.remap(small, x, y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        below = small.astype(np.float32) * 0.35 + _DEEP * 0.65
        share = np.clip(self._clear + 0.10 * ripple, 0, 1)[..., None]
        water = mirrored * _TINT * share + below * (1 - share)
        glint = np.clip(ripple - 1.25, 0, 1)[..., None] * f32((70, 66, 60)) * (self._bend > 1)[..., None]
        return cv2.resize(px.to8(water + glint), (frame.shape[1], frame.shape[0]))

    def _mirror(self, mask: Plane) -> Field:
        """The row that each place of the water shows: mirrored at the lowest point above it that is not water;
        past the top of what stands there, at the water's far edge."""
        wet = mask > 110
        rows = self._rows
        foot = np.maximum.accumulate(np.where(wet, -1, rows), 0)
        near = 2 * foot - rows
        far = np.where(wet.any(0), np.argmax(wet, 0), self._h - 1).astype(np.float32)[None]
        far = cv2.blur(cv2.medianBlur(far.astype(np.uint8 if self._h < 256 else np.float32), 5), (31, 1)).astype(np.float32)
        fit = np.minimum(1, 0.92 * far / np.maximum(1, self._h - far))
        behind = far - (rows - far) * fit
        index = np.clip(near, 0, self._h - 1).astype(np.intp)
        into_water = np.take_along_axis(wet, index, 0) | (near < 0)
        return np.where(into_water, behind, near).astype(np.float32)
