"""Looks of elsewhere: underwater, desert dust."""

import math

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.looks.gradings import GRADINGS, Grade, SkyGrade
from modules.preview.effects.particles import Bubbles
from modules.preview.effects.pixels import Field, Paint, Picture
from modules.preview.effects.regions import greenery
from modules.preview.effects.weather import Dust


class Underwater(Grade):
    """Blue-green depth that thickens downwards, a net of light on everything, rays from above, bubbles."""

    moves = True
    weather, overlay = "bubbles", Bubbles
    grading = GRADINGS["underwater"]

    def setup(self) -> None:
        super().setup()
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        rows = np.linspace(0, 1, h)[:, None]
        self.clear = px.merged(((0.74 - 0.34 * rows) * 255).astype(np.uint8).repeat(w, 1))
        water = np.dstack([206 - 124 * rows, 168 - 112 * rows, 60 - 46 * rows]).repeat(w, 1)
        self.water = (water * (1 - self.clear.astype(np.float32) / 255)).astype(np.uint8)
        self.low = low_w, low_h = max(8, w // 3), max(8, h // 3)
        # A net of light: thin ridges where two smooth fields cross zero, each field drifting on its own.
        self.fields = [np.tile(px.tiling_noise(rng, low_w, low_h, 22 * s, 2), (2, 2)) for _ in range(2)]
        y, x = np.mgrid[:low_h, :low_w].astype(np.float32)
        self.angle = np.arctan2(x - low_w * 0.38, y + low_h * 0.55)
        self.down = np.clip(1.08 - y / low_h, 0, 1) ** 1.2
        self.reach = (0.25 + 0.75 * np.clip((y / low_h - 0.25) / 0.75, 0, 1)).astype(np.float32)
        self.full = np.mgrid[:h, :w].astype(np.float32)

    def _window(self, field: Field, x: float, y: float) -> Field:
        """The tile moved by x, y, at the small size."""
        low_w, low_h = self.low
        x, y = x % low_w, y % low_h
        part = field[int(y) : int(y) + low_h, int(x) : int(x) + low_w]
        move = px.f32([[1, 0, -(x % 1)], [0, 1, -(y % 1)]])
        return cv2.warpAffine(part, move, self.low, borderMode=cv2.BORDER_REPLICATE)

    def bend(self, frame: Picture, seconds: float) -> Picture:
        s, (rows, columns) = self.scale, self.full
        sway = (2.2 * s) * np.sin(rows[:, :1] / (34 * s) + seconds * 1.7)
        sway = sway + (1.3 * s) * np.sin(rows[:, :1] / (15 * s) - seconds * 2.3)
        heave = (1.6 * s) * np.sin(columns[:1] / (44 * s) + seconds * 1.4)
        x, y = columns + sway, rows + heave
        return cv2.remap(frame, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)

    def recolour(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        s, t, size = self.scale, seconds, (self.width, self.height)
        a = self._window(self.fields[0], t * 16 * s, t * 7 * s)
        b = self._window(self.fields[1], -t * 12 * s, t * 10 * s)
        apart = cv2.absdiff(a, b)
        net = (0.55 * px.bell(apart, 0.06) + 0.45 * px.bell(apart, 0.17)) * self.reach
        caustic = px.blur(cv2.resize(px.to8(net * 78), size, interpolation=cv2.INTER_LINEAR), 0.8)
        tone = px.fit(px.grey(px.reduced(frame, 4)), out)
        caustic = px.mul(caustic, cv2.convertScaleAbs(tone, alpha=0.75, beta=64))
        out = cv2.add(out, cv2.merge([caustic, caustic, cv2.convertScaleAbs(caustic, alpha=0.62)]))
        out = cv2.add(px.mul(out, self.clear), self.water)
        rays = 0.5 + 0.5 * np.sin(self.angle * 34 + math.sin(t * 0.35) * 2.2 + t * 0.25)
        rays = rays * (0.5 + 0.5 * np.sin(self.angle * 13 - t * 0.45)) * self.down
        shafts = cv2.resize(px.to8(rays * 110), size, interpolation=cv2.INTER_LINEAR)
        return px.screen(out, cv2.merge([shafts, shafts, cv2.convertScaleAbs(shafts, alpha=0.55)]))


class DesertDust(SkyGrade):
    """Heat and blown sand: everything turns ochre, the sun is a pale disc, the air shimmers."""

    moves = True
    weather, overlay = "dust", Dust
    grading = GRADINGS["desert_dust"]
    sky_share = 0.86

    def sky_picture(self) -> Paint:
        w, h = self.width, self.height
        self.sand = px.tone(
            ((0, 0.09), (0.4, 0.30), (1, 0.66)),
            ((0, 0.12), (0.4, 0.48), (1, 0.87)),
            ((0, 0.16), (0.4, 0.62), (1, 1)),
        )
        self.full = np.mgrid[:h, :w].astype(np.float32)
        self.heat = np.clip((np.linspace(0, 1, h, dtype=np.float32)[:, None] - 0.25) * 2, 0.15, 1)
        away = px.away_from(w, h, w * 0.7, h * 0.2) / min(w, h)
        disc = np.clip((0.062 - away) / 0.006, 0, 1)
        t = (self.full[0] / h)[..., None]
        sky = np.array((92, 142, 192)) * (1 - t) + np.array((128, 186, 226)) * t
        return np.asarray(
            sky + px.tint(px.bell(away, 0.24) * 60, (0.7, 0.9, 1.0)) + px.tint(disc, (70, 60, 40))
        )

    def bend(self, frame: Picture, seconds: float) -> Picture:
        s, (rows, columns) = self.scale, self.full
        shimmer = (1.1 * s) * np.sin(rows[:, :1] / (6.5 * s) - seconds * 7) * self.heat
        shimmer = shimmer + (0.7 * s) * np.sin(rows[:, :1] / (3.1 * s) + seconds * 11) * self.heat
        return cv2.remap(frame, columns + shimmer, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def recolour(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        out = px.mix(out, px.tinted(px.grey(frame), self.sand), greenery(frame))
        return super().recolour(out, frame, seconds)
