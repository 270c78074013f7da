"""Looks of what is before the camera's sensor: an image intensifier for the night, a lens that is tilted."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.pixels import Picture
from modules.preview.effects.strokes import full_range

_PHOSPHOR = ((0.0, (4, 14, 2)), (0.35, (26, 96, 18)), (0.7, (70, 214, 84)), (1.0, (206, 255, 214)))
"""Green phosphor, from dark to bright."""


class NightVision(Effect):
    """What night vision goggles show: amplified light as green phosphor, grain, and the tube's round edge."""

    moves = True
    spread: px.Table | None = None

    def setup(self) -> None:
        w, h, s = self.width, self.height, self.scale
        self.green = px.gradient_map(*_PHOSPHOR)
        self.gain = px.curve((0, 0.05), (0.15, 0.34), (0.45, 0.66), (0.8, 0.9), (1, 1))
        self.grain = px.Grain(self.rng, w, h, 15.0, max(1.0, 1.3 * s), 6)
        far = px.away_from(w, h, w / 2, h / 2) / (0.5 * float(np.hypot(w, h)))
        tube = np.clip((0.9 - far) / 0.16, 0, 1) * (1 - 0.35 * far**2)
        self.tube = px.merged(px.to8(255 * tube))
        lines = np.where(np.arange(h) % max(2, round(3 * s)) == 0, 222, 255).astype(np.uint8)
        self.lines = np.repeat(lines[:, None], w, 1)

    def prepare(self, samples: list[Picture]) -> None:
        self.spread = full_range([px.merged(px.grey(sample)) for sample in samples])

    def paint(self, frame: Picture, seconds: float) -> Picture:
        plane = px.grey(frame)
        if self.spread is not None:
            plane = cv2.LUT(plane, self.spread)
        plane = cv2.LUT(plane, self.gain)
        glow = px.fit(px.blur(px.reduced(plane, 4), 4 * self.scale), plane)
        plane = self.grain(cv2.addWeighted(plane, 0.82, glow, 0.3, 0), seconds)
        plane = px.mul(plane, self.lines)
        return px.mul(cv2.LUT(px.merged(plane), self.green), self.tube)


class TiltShift(Effect):
    """A place as a miniature: a sharp band across the middle, blurred more and more above and below it, in
    the bright colours of a model."""

    def setup(self) -> None:
        w, h = self.width, self.height
        away = np.abs(np.linspace(0, 1, h, dtype=np.float32) - 0.58)
        soft = np.clip((away - 0.10) / 0.16, 0, 1)
        far = np.clip((away - 0.24) / 0.18, 0, 1)
        self.soft, self.far = (np.repeat(px.to8(255 * share)[:, None], w, 1) for share in (soft, far))
        self.rich = px.saturation(1.65)
        self.tone = px.curve((0, 0.0), (0.25, 0.22), (0.6, 0.7), (1, 1))

    def paint(self, frame: Picture, seconds: float) -> Picture:
        out = cv2.LUT(cv2.transform(frame, self.rich), self.tone)
        half, quarter = px.reduced(out, 2), px.reduced(out, 4)
        blurred = px.fit(px.blur(half, 2.6 * self.scale), out)
        more = px.fit(px.blur(quarter, 3.6 * self.scale), out)
        return px.mix(px.mix(out, blurred, self.soft), more, self.far)
