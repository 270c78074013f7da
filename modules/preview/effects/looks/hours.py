"""Looks of the hour: sunset, night, day, and two nights of the imagination: horror, vaporwave."""

import math

import cv2
import numpy as np

from modules.preview.effects.base import (
    bloom,
    blur,
    clouds,
    curve,
    curves,
    fit,
    fringe,
    grade,
    gradient_map,
    grey,
    level,
    mix,
    mul,
    saturation,
    screen,
    small,
    tinted,
    vignette,
)
from modules.preview.effects.regions import SkyLook
from modules.preview.effects.weather import Veil


def _rows(width: int, height: int, *stops: tuple[float, tuple[int, int, int]]) -> np.ndarray:
    """A vertical gradient, float32 BGR."""
    at = np.linspace(0, 1, height)
    line = np.stack([np.interp(at, [s[0] for s in stops], [s[1][k] for s in stops]) for k in range(3)], -1)
    return line[:, None].repeat(width, 1).astype(np.float32)


class Sunset(SkyLook):
    """A burning sky over ground that is almost a silhouette, its lit clouds from violet to gold."""

    def setup(self) -> None:
        super().setup()
        w, h, s = self.width, self.height, self.scale
        sky = _rows(
            w,
            h,
            (0, (112, 52, 74)),
            (0.22, (128, 64, 160)),
            (0.42, (96, 92, 232)),
            (0.60, (70, 150, 255)),
            (0.8, (120, 212, 255)),
        )
        y, x = np.mgrid[:h, :w].astype(np.float32)
        band = cv2.resize(clouds(self.rng, max(8, w // 3), max(8, h // 2), 120 * s, 5), (w, h * 3))[h : 2 * h]
        body = np.clip((band - 0.48) / 0.35, 0, 1)[..., None] * np.clip(1.15 - y / h, 0, 1)[..., None]
        lit = _rows(w, h, (0, (120, 66, 120)), (0.3, (120, 110, 250)), (0.6, (120, 190, 255)))
        away = np.hypot(x - w * 0.5, (y - h * 0.60)) / min(w, h)
        sky = (
            sky * (1 - body * 0.55)
            + lit * body * 0.55
            + np.exp(-((away / 0.5) ** 2))[..., None] * np.array((20, 46, 50))
        )
        self.picture = np.clip(sky, 0, 255).astype(np.uint8)
        glow = np.exp(-((away / 0.55) ** 2))
        self.light = np.clip(np.dstack([glow * 26, glow * 66, glow * 118]), 0, 255).astype(np.uint8)
        self.ground = curves(
            curve((0, 0.06), (0.3, 0.15), (0.7, 0.34), (1, 0.66)),
            curve((0, 0.01), (0.3, 0.14), (0.7, 0.44), (1, 0.84)),
            curve((0, 0.03), (0.3, 0.24), (0.7, 0.72), (1, 1)),
        )
        self.rich = saturation(1.1)
        self.shade = vignette(w, h, 0.42)

    def paint(self, frame, seconds):
        out = grade(cv2.transform(frame, self.rich), self.ground)
        out = self.with_sky(out, frame, self.picture, 0.84)
        out = screen(bloom(out, 150, 30 * self.scale, 0.6, (0.6, 0.8, 1.1)), self.light)
        return mul(out, self.shade)


class Night(SkyLook):
    """Moonlight: blue and dim, with stars and a moon where the sky is, while lamps and windows keep their
    warmth."""

    def setup(self) -> None:
        super().setup()
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        self.dim = curves(
            curve((0, 0.045), (0.4, 0.27), (0.8, 0.58), (1, 0.84)),
            curve((0, 0.018), (0.4, 0.165), (0.8, 0.41), (1, 0.69)),
            curve((0, 0.006), (0.4, 0.11), (0.8, 0.31), (1, 0.59)),
        )
        self.faded = saturation(0.42)
        sky = _rows(w, h, (0, (40, 14, 6)), (0.5, (84, 38, 18)), (1, (128, 74, 44)))
        y, x = np.mgrid[:h, :w].astype(np.float32)
        haze = clouds(rng, w, h, 260 * s, 4)
        sky += (np.clip(haze - 0.5, 0, 1) * 60)[..., None] * np.array((1.0, 0.8, 0.62))
        stars = np.zeros((h, w), np.float32)
        for _ in range(round(420 * w * h / (1280 * 720))):
            px, py = int(rng.integers(1, w - 1)), int(rng.integers(1, h - 1))
            bright = rng.uniform(0, 1) ** 4
            stars[py, px] = 120 + 135 * bright
            if bright > 0.55:
                stars[py - 1 : py + 2, px] = np.maximum(stars[py - 1 : py + 2, px], 120)
                stars[py, px - 1 : px + 2] = np.maximum(stars[py, px - 1 : px + 2], 120)
        stars = np.maximum(stars, blur(stars, 1.2 * s) * 3) * np.clip(1.2 - y / h, 0, 1)
        sky += stars[..., None] * np.array((1.0, 0.96, 0.9))
        mx, my, r = w * 0.80, h * 0.17, 0.052 * min(w, h)
        away = np.hypot(x - mx, y - my)
        disc = np.clip(r - away + 0.5, 0, 1)
        crater = clouds(rng, w, h, r * 1.1, 3)
        sky = sky * (1 - disc[..., None]) + disc[..., None] * (
            np.array((232, 240, 244)) * (0.78 + 0.22 * crater[..., None])
        )
        self.halo = np.clip(
            np.exp(-((away / (4.2 * r)) ** 2))[..., None] * np.array((74, 56, 40)), 0, 255
        ).astype(np.uint8)
        self.picture = np.clip(sky, 0, 255).astype(np.uint8)
        self.lamp = curves(
            curve((0, 0), (0.2, 0.05), (0.6, 0.34), (1, 0.62)),
            curve((0, 0), (0.2, 0.14), (0.6, 0.62), (1, 0.88)),
            curve((0, 0), (0.2, 0.24), (0.6, 0.86), (1, 1)),
        )
        self.shade = vignette(w, h, 0.5)

    def paint(self, frame, seconds):
        out = grade(cv2.transform(frame, self.faded), self.dim)
        # A lamp is bright and small: much brighter than the place around it.
        plane = grey(frame)
        around = fit(blur(small(plane, 8), 4 * self.scale), plane)
        lit = level(cv2.min(cv2.subtract(plane, around), cv2.subtract(plane, 128)), 3.0, 40)
        if self.sky.there:
            sky = self.sky(frame)
            lit = mul(lit, cv2.bitwise_not(sky))
            out = mix(out, cv2.addWeighted(self.picture, 0.94, out, 0.10, 0), sky)
            out = screen(out, self.halo)
        lamps = mul(tinted(lit, self.lamp), cv2.add(frame, 60))
        out = screen(out, lamps)
        return mul(
            bloom(screen(out, fit(blur(small(lamps, 4), 5 * self.scale), out)), 170, 20 * self.scale, 0.5),
            self.shade,
        )


class Day(SkyLook):
    """Clear noon: open shadows, white light, a blue sky with fair-weather clouds."""

    def setup(self) -> None:
        super().setup()
        w, h, s = self.width, self.height, self.scale
        self.open = curves(
            curve((0, 0.03), (0.25, 0.34), (0.6, 0.72), (1, 1)),
            curve((0, 0.03), (0.25, 0.36), (0.6, 0.74), (1, 1)),
            curve((0, 0.03), (0.25, 0.36), (0.6, 0.75), (1, 1)),
        )
        self.rich = saturation(1.18)
        sky = _rows(w, h, (0, (214, 132, 58)), (0.5, (236, 186, 124)), (1, (246, 226, 200)))
        heap = clouds(self.rng, w, h, 230 * s, 5)
        body = (np.clip((heap - 0.5) / 0.32, 0, 1) ** 1.3)[..., None] * 0.92
        under = np.clip((heap - np.roll(heap, -max(2, round(14 * s)), 0)) * 2.4 + 0.8, 0.4, 1)[..., None]
        self.picture = np.clip(
            sky * (1 - body) + np.array((252, 250, 247)) * (0.72 + 0.28 * under) * body, 0, 255
        ).astype(np.uint8)

    def paint(self, frame, seconds):
        out = grade(cv2.transform(frame, self.rich), self.open)
        return bloom(self.with_sky(out, frame, self.picture, 0.9), 200, 20 * self.scale, 0.25)


class Horror(SkyLook):
    """A sick green dark that closes in: crawling mist, failing light, and only reds keep their colour."""

    moves = True

    def setup(self) -> None:
        super().setup()
        w, h = self.width, self.height
        self.sick = curves(
            curve((0, 0.02), (0.35, 0.17), (0.7, 0.46), (1, 0.76)),
            curve((0, 0.02), (0.35, 0.21), (0.7, 0.56), (1, 0.88)),
            curve((0, 0.01), (0.35, 0.15), (0.7, 0.45), (1, 0.78)),
        )
        self.drained = saturation(0.28, (0.95, 1.06, 0.92))
        self.blood = curves(
            curve((0, 0), (1, 0.20)), curve((0, 0), (1, 0.12)), curve((0, 0.05), (0.5, 0.50), (1, 0.86))
        )
        self.picture = np.clip(
            _rows(w, h, (0, (16, 18, 14)), (0.5, (44, 56, 44)), (1, (88, 108, 92))), 0, 255
        ).astype(np.uint8)
        self.shade = vignette(w, h, 0.94, 0.24)
        self.veil = Veil(w, h, self.fps)
        rows = np.interp(np.linspace(0, 1, self.veil.low[1]), [0, 0.45, 1], [0.0, 0.16, 0.52]).astype(
            np.float32
        )[:, None]
        self.veil.rows = rows.repeat(self.veil.low[0], 1)
        self.veil.contrast = 0.85
        self.veil.flat[:] = (112, 128, 112)

    def paint(self, frame, seconds):
        out = grade(cv2.transform(frame, self.drained), self.sick)
        out = self.with_sky(out, frame, self.picture, 0.82)
        blue, green, red = cv2.split(small(frame, 2))
        redness = level(cv2.subtract(red, cv2.max(blue, green)), 3.2, 150)
        out = mix(out, cv2.LUT(frame, self.blood), fit(blur(cv2.min(redness, 200), 1), grey(out)))
        out = self.veil.paint(out, seconds)
        # The light sinks and comes back; trembling faster than a few times a second would strobe.
        fail = (
            1
            - 0.10 * (0.5 + 0.5 * math.sin(seconds * 2.3))
            - 0.24 * max(0.0, math.sin(seconds * 1.31 + 1)) ** 10
            - 0.02 * math.sin(seconds * 11)
        )
        return cv2.convertScaleAbs(mul(out, self.shade), alpha=1.12 * fail)


class Vaporwave(SkyLook):
    """Pink and cyan, a striped sun on the horizon, a glowing grid that rolls towards you, tape lines."""

    moves = True

    def setup(self) -> None:
        super().setup()
        w, h, s = self.width, self.height, self.scale
        self.tones = gradient_map(
            (0, (72, 12, 46)),
            (0.3, (170, 44, 120)),
            (0.55, (200, 110, 250)),
            (0.78, (236, 214, 150)),
            (1, (255, 250, 226)),
        )
        self.rich = saturation(1.1)
        sky = _rows(
            w, h, (0, (116, 22, 64)), (0.35, (172, 48, 168)), (0.62, (150, 122, 255)), (1, (190, 200, 255))
        )
        y, x = np.mgrid[:h, :w].astype(np.float32)
        r = 0.25 * min(w, h)
        cx, cy = w * 0.5, h * 0.36
        away = np.hypot(x - cx, y - cy)
        disc = np.clip(r - away + 0.5, 0, 1)
        t = np.clip((y - cy + r) / (2 * r), 0, 1)
        gap = ((y - cy) / r % 0.19) < 0.012 + 0.10 * np.clip((y - cy) / r, 0, 1)
        disc = disc * np.where((y > cy) & gap, 0, 1)
        disc = blur(disc.astype(np.float32), 0.7)[..., None]
        sun = np.dstack([80 + 110 * t, 236 - 140 * t, 255 - 4 * t])
        sky = sky * (1 - disc) + sun * disc
        self.picture = np.clip(sky, 0, 255).astype(np.uint8)
        self.halo = np.clip(
            np.exp(-((away / (1.9 * r)) ** 2))[..., None] * np.array((70, 36, 96)), 0, 255
        ).astype(np.uint8)
        self.floor = int(h * 0.30)
        k = self.floor
        yy, xx = np.mgrid[:k, :w].astype(np.float32)
        self.deep = 1 / (yy / k * 0.92 + 0.08)
        self.lanes = np.abs(((xx - cx) / w * self.deep * 5.2) % 1 - 0.5)
        self.fade = np.clip(yy / k * 2.2, 0, 1)
        self.under = cv2.merge([((1 - 0.45 * self.fade) * 255).astype(np.uint8)] * 3)
        self.width_of = 0.020 + 0.012 * self.deep
        self.scan = np.full((h, w, 3), 255, np.uint8)
        self.scan[:: max(2, round(3 * s))] = 212

    def paint(self, frame, seconds):
        toned = tinted(grey(frame), self.tones)
        out = cv2.addWeighted(toned, 0.70, cv2.transform(frame, self.rich), 0.34, 0)
        out = screen(self.with_sky(out, frame, self.picture, 0.92), self.halo)
        k = self.floor
        along = np.abs((self.deep[:, :1] * 2.4 + seconds * 0.9) % 1 - 0.5)
        line = (
            np.maximum(
                np.exp(-(((0.5 - along) / (self.width_of[:, :1] * 0.9)) ** 2)),
                np.exp(-(((0.5 - self.lanes) / self.width_of) ** 2)),
            )
            * self.fade
        )
        light = (line * 255).astype(np.uint8)
        light = cv2.max(light, cv2.convertScaleAbs(blur(light, 5 * self.scale), alpha=0.9))
        part = mul(out[-k:], self.under)
        tint = cv2.merge(
            [light, cv2.convertScaleAbs(light, alpha=0.55), cv2.convertScaleAbs(light, alpha=0.96)]
        )
        out[-k:] = screen(part, tint)
        out = mul(bloom(out, 150, 18 * self.scale, 0.6, (1.1, 0.7, 1.1)), self.scan)
        return fringe(out, max(1, round(2.5 * self.scale)))
