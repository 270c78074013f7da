"""Water over the ground: what stands above and in it is mirrored, bent by ripples."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.backgrounds import brush
from modules.preview.effects.pixels import Field, Picture, Plane

_DEEP = (112, 92, 52)
_SKY = (214, 204, 192)
_TINT = px.curves(*(px.curve((0, 0), (1, min(1, share))) for share in (1.0, 0.95, 0.86)))


class Flood:
    """Called with a frame, its ground, the light on it, the camera's pose and a time. Works at half size."""

    def __init__(self, width: int, height: int, level: float, hills: bool, pale: bool) -> None:
        """`level`: the row (share of the height) of the far shore in the first frame. `hills`: the ground
        rises behind it. `pale`: the clip shows no sky, so one is to be seen in the water only."""
        self._w, self._h = max(8, width // 2), max(8, height // 2)
        self._level, self._hills, self._pale = level, hills, pale
        self._columns = np.arange(self._w, dtype=np.float32)[None].repeat(self._h, 0)
        self._rows = np.arange(self._h, dtype=np.float32)[:, None].repeat(self._w, 1)
        self._unit = min(self._w, self._h) / 360
        rows = int(1.3 * self._h)
        self._waves = [self._plane(seed, rows, size) for seed, size in ((41, 40.0), (43, 58.0))]

    def _plane(self, seed: int, rows: int, cell: float) -> Field:
        """Waves from the far shore on: strong ones everywhere, as a distant shore glitters too."""
        near = cell * self._unit * rows / (self._h * max(0.15, 1 - self._level))
        band = self._w // 8
        waves = brush.ground_map(self._w + band, rows, seed, near, 3)
        fade = np.linspace(0, 1, band, dtype=np.float32)[None]  # the sides meet
        waves[:, :band] = waves[:, :band] * fade + waves[:, -band:] * (1 - fade)
        waves = waves[:, : self._w]
        return np.asarray(waves / (cv2.blur(waves.std(1, keepdims=True), (1, 9)) + 0.006) * 0.5)

    def __call__(
        self, frame: Picture, ground: Plane, light: Plane, pose: Field, seconds: float
    ) -> tuple[Picture, Plane]:
        """The water, and where it is: full size, of the frame's rows from the first one that is flooded."""
        w, h = self._w, self._h
        mask = cv2.resize(ground, (w, h), interpolation=cv2.INTER_AREA)
        shore = self._level * h - float(pose[1, 2]) / 2
        if self._hills:
            relief = cv2.resize(px.blur(light, 3).astype(np.float32) - 160, (w, h)) * (0.0016 * h)
            over = (self._rows - shore - relief) * (255 / (0.008 * h))
            mask = px.mul(mask, px.to8(over))
        top = min(h - 2, cv2.boundingRect(mask)[1])
        mask = mask[top:]
        small = cv2.resize(frame, (w, h), interpolation=cv2.INTER_AREA)
        row, high = self._mirror(mask, top)
        one, two = self._ripples(int(np.clip(shore, 0, 0.9 * h)), top, seconds, int(pose[0, 2] / 2))
        ripple = one + two
        depth = np.clip((self._rows[top:, :1] - shore) / (h - min(shore, 0.9 * h)), 0, 1)
        bend = (0.8 + 9.0 * depth**1.1) * self._unit
        mirrored = cv2.remap(
            small,
            self._columns[top:] + (one - two) * (0.5 * bend),
            row + ripple * bend,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        if self._pale:
            mirrored = px.mix(mirrored, np.full_like(mirrored, _SKY), px.to8(high * 190))
        below = cv2.addWeighted(small[top:], 0.35, np.full_like(mirrored, _DEEP), 0.65, 0)
        share = px.to8(230 - 107 * depth + 25 * ripple)
        water = px.mix(below, px.grade(mirrored, _TINT), share)
        glint = px.to8((ripple - 1.25) * 70 * (bend > 1))
        water = cv2.add(water, px.merged(glint))
        rows = len(ground) - 2 * top
        size = frame.shape[1], rows
        return cv2.resize(water, size), cv2.min(cv2.resize(mask, size), ground[2 * top :])

    def _ripples(self, shore: int, top: int, seconds: float, drift: int) -> tuple[Field, Field]:
        """Two fields of waves, one running to the right and one to the left, of the rows from `top` on."""
        above, start = max(0, shore - top), max(0, top - shore)
        rows, shift = self._h - top - above, int(seconds * 9)
        still = np.zeros((above, self._w), np.float32)
        one, two = (
            np.vstack([still, np.roll(waves[start : start + rows], by - drift, 1)])
            for waves, by in zip(self._waves, (shift, -shift), strict=True)
        )
        return one, two

    def _mirror(self, mask: Plane, top: int) -> tuple[Field, Field]:
        """The row that each place of the water shows, and how high above the far shore that is (0..1).

        Mirrored at the lowest point above it that is not water; past the top of what stands there, at the
        water's far edge. `mask` begins at the row `top`.
        """
        wet, rows = cv2.medianBlur(mask, 7) > 110, self._rows[top:]
        foot = np.maximum.accumulate(np.where(wet, np.float32(top), rows), 0)
        near = 2 * foot - rows
        any_wet = wet.any(0)
        first = np.argmax(wet, 0).astype(np.float32) + top
        far = np.where(any_wet, first, np.median(first[any_wet]) if any_wet.any() else top)
        far = cv2.blur(cv2.medianBlur(far[None].astype(np.float32), 5), (self._w // 8 | 1, 1))
        fit = np.minimum(1, 0.92 * far / np.maximum(1, self._h - far))
        behind = far - (rows - far) * fit
        index = np.clip(near - top, 0, len(mask) - 1).astype(np.int32)
        flat = index * self._w + np.arange(self._w, dtype=np.int32)[None]
        past = (wet.ravel()[flat] & (near >= top)) | (near < 0)
        high = np.where(past, 1 - behind / np.maximum(1, far), 0)
        return np.where(past, behind, near), high
