"""Looks of the hour: sunset, golden hour, night, day."""

import math

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.looks.gradings import GRADINGS, SkyGrade
from modules.preview.effects.pixels import Field, Paint, Picture


class Sunset(SkyGrade):
    """A burning sky over ground that is almost a silhouette, its lit clouds from violet to gold."""

    grading = GRADINGS["sunset"]
    sky_share = 0.84

    def sky_picture(self) -> Paint:
        w, h, s = self.width, self.height, self.scale
        sky = px.gradient(
            w,
            h,
            [
                (0, (112, 52, 74)),
                (0.22, (128, 64, 160)),
                (0.42, (96, 92, 232)),
                (0.60, (70, 150, 255)),
                (0.8, (120, 212, 255)),
            ],
        )
        heap = px.tiling_noise(self.rng, max(8, w // 3), max(8, h // 2), 120 * s, 5)
        band = cv2.resize(heap, (w, h * 3))[h : 2 * h]
        rows = np.arange(h, dtype=np.float32)[:, None]
        body = np.clip((band - 0.48) / 0.35, 0, 1)[..., None] * np.clip(1.15 - rows / h, 0, 1)[..., None]
        lit = px.gradient(w, h, [(0, (120, 66, 120)), (0.3, (120, 110, 250)), (0.6, (120, 190, 255))])
        away = px.away_from(w, h, w * 0.5, h * 0.60) / min(w, h)
        self.glow = px.to8(px.tint(px.bell(away, 0.55), (26, 66, 118)))
        return np.asarray(
            sky * (1 - body * 0.55) + lit * body * 0.55 + px.tint(px.bell(away, 0.5), (20, 46, 50))
        )

    def light(self, out: Picture, seconds: float) -> Picture:
        return px.screen(out, self.glow)


class GoldenHour(SkyGrade):
    """A low sun from the upper right: amber light, long warm flare, teal kept in the shadows."""

    grading = GRADINGS["golden_hour"]
    sky_share, sky_kept = 0.68, 0.38

    def sky_picture(self) -> Paint:
        w, h = self.width, self.height
        away = px.away_from(w, h, w * 0.82, h * 0.12) / math.hypot(w, h)
        self.sun = px.to8(
            px.tint(px.bell(away, 0.42), (26, 74, 122)) + px.tint(px.bell(away, 0.13), (70, 110, 120))
        )
        rise = np.linspace(0, 1, h, dtype=np.float32)[:, None].repeat(w, 1)
        glow = np.clip(1 - away / 0.75, 0, 1) ** 1.5
        t = np.clip(rise * 1.35 + glow * 0.35, 0, 1)[..., None]
        high, low = px.f32((150, 132, 138)), px.f32((92, 176, 255))
        return high * (1 - t) + low * t + glow[..., None] * (30, 50, 40)

    def light(self, out: Picture, seconds: float) -> Picture:
        return px.screen(out, self.sun)


class Night(SkyGrade):
    """Moonlight: blue and dim, with stars and a moon where the sky is, while lamps and windows keep their
    warmth."""

    grading = GRADINGS["night"]

    def sky_picture(self) -> Paint:
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        self.lamp = px.tone(
            ((0, 0), (0.2, 0.05), (0.6, 0.34), (1, 0.62)),
            ((0, 0), (0.2, 0.14), (0.6, 0.62), (1, 0.88)),
            ((0, 0), (0.2, 0.24), (0.6, 0.86), (1, 1)),
        )
        sky = px.gradient(w, h, [(0, (40, 14, 6)), (0.5, (84, 38, 18)), (1, (128, 74, 44))])
        haze = px.tiling_noise(rng, w, h, 260 * s, 4)
        sky += px.tint(np.clip(haze - 0.5, 0, 1) * 60, (1.0, 0.8, 0.62))
        sky += px.tint(self._stars(), (1.0, 0.96, 0.9))
        r = 0.052 * min(w, h)
        away = px.away_from(w, h, w * 0.80, h * 0.17)
        disc = np.clip(r - away + 0.5, 0, 1)[..., None]
        crater = px.tiling_noise(rng, w, h, r * 1.1, 3)
        self.halo = px.to8(px.tint(px.bell(away, 4.2 * r), (74, 56, 40)))
        return sky * (1 - disc) + disc * px.tint(0.78 + 0.22 * crater, (232, 240, 244))

    def _stars(self) -> Field:
        w, h, rng = self.width, self.height, self.rng
        stars = np.zeros((h, w), np.float32)
        for _ in range(round(420 * w * h / (1280 * 720))):
            x, y = int(rng.integers(1, w - 1)), int(rng.integers(1, h - 1))
            bright = rng.uniform(0, 1) ** 4
            stars[y, x] = 120 + 135 * bright
            if bright > 0.55:
                stars[y - 1 : y + 2, x] = np.maximum(stars[y - 1 : y + 2, x], 120)
                stars[y, x - 1 : x + 2] = np.maximum(stars[y, x - 1 : x + 2], 120)
        rows = np.arange(h, dtype=np.float32)[:, None]
        return np.asarray(
            np.maximum(stars, px.blur(stars, 1.2 * self.scale) * 3) * np.clip(1.2 - rows / h, 0, 1)
        )

    def recolour(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        # A lamp is bright and small: much brighter than the place around it.
        plane = px.grey(frame)
        around = px.fit(px.blur(px.reduced(plane, 8), 4 * self.scale), plane)
        lit = px.level(cv2.min(cv2.subtract(plane, around), px.darker(plane, 128)), 3.0, 40)
        if self.sky.there:
            sky = self.sky(frame)
            lit = px.mul(lit, cv2.bitwise_not(sky))
            out = px.mix(out, cv2.addWeighted(self.picture, 0.94, out, 0.10, 0), sky)
            out = px.screen(out, self.halo)
        lamps = px.mul(px.tinted(lit, self.lamp), px.lighter(frame, 60))
        wide = px.fit(px.blur(px.reduced(lamps, 4), 5 * self.scale), out)
        return px.screen(px.screen(out, lamps), wide)


class Day(SkyGrade):
    """Clear noon: open shadows, white light, a blue sky with fair-weather clouds."""

    grading = GRADINGS["day"]

    def sky_picture(self) -> Paint:
        w, h, s = self.width, self.height, self.scale
        sky = px.gradient(w, h, [(0, (214, 132, 58)), (0.5, (236, 186, 124)), (1, (246, 226, 200))])
        heap = px.tiling_noise(self.rng, w, h, 230 * s, 5)
        body = (np.clip((heap - 0.5) / 0.32, 0, 1) ** 1.3)[..., None] * 0.92
        under = np.clip((heap - np.roll(heap, -max(2, round(14 * s)), 0)) * 2.4 + 0.8, 0.4, 1)[..., None]
        return np.asarray(sky * (1 - body) + px.f32((252, 250, 247)) * (0.72 + 0.28 * under) * body)
