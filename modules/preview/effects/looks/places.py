"""Looks of elsewhere: underwater, desert dust, autumn."""

import math

import cv2
import numpy as np

from modules.preview.effects.base import (
    Effect,
    bloom,
    blur,
    clouds,
    curve,
    curves,
    fit,
    grade,
    grey,
    mix,
    mul,
    saturation,
    screen,
    small,
    tinted,
    vignette,
)
from modules.preview.effects.camera_motion import CameraMotion, shifted
from modules.preview.effects.particles import Bubbles, Leaves
from modules.preview.effects.regions import SkyLook, greenery
from modules.preview.effects.weather import Dust


class Underwater(Effect):
    """Blue-green depth that thickens downwards, a net of light on everything, rays from above, bubbles."""

    moves = True
    weather = "bubbles"

    def setup(self) -> None:
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        self.wet = curves(
            curve((0, 0.16), (0.4, 0.46), (1, 0.98)),
            curve((0, 0.09), (0.4, 0.36), (1, 0.90)),
            curve((0, 0.0), (0.4, 0.11), (1, 0.52)),
        )
        self.soft = saturation(0.62)
        rows = np.linspace(0, 1, h)[:, None]
        self.clear = cv2.merge([((0.74 - 0.34 * rows) * 255).astype(np.uint8).repeat(w, 1)] * 3)
        water = np.dstack([206 - 124 * rows, 168 - 112 * rows, 60 - 46 * rows]).repeat(w, 1)
        self.water = (water * (1 - self.clear.astype(np.float32) / 255)).astype(np.uint8)
        low_w, low_h = max(8, w // 3), max(8, h // 3)
        self.low = (low_w, low_h)
        # A net of light: thin ridges where two smooth fields cross zero, each field drifting on its own.
        self.fields = []
        for _ in range(2):
            field = clouds(rng, low_w, low_h, 22 * s, 2)
            self.fields.append(np.tile(field, (2, 2)).astype(np.float32))
        y, x = np.mgrid[:low_h, :low_w].astype(np.float32)
        self.grid = (x, y)
        angle = np.arctan2(x - low_w * 0.38, y + low_h * 0.55)
        self.angle = angle
        self.down = np.clip(1.08 - y / low_h, 0, 1) ** 1.2
        self.reach = (0.25 + 0.75 * np.clip((y / low_h - 0.25) / 0.75, 0, 1)).astype(np.float32)
        self.wave_y = np.arange(h, dtype=np.float32)[:, None]
        self.full = np.mgrid[:h, :w].astype(np.float32)
        self.bubbles = Bubbles(w, h, self.fps)
        self.shade = vignette(w, h, 0.5)

    def window(self, field: np.ndarray, x: float, y: float) -> np.ndarray:
        low_w, low_h = self.low
        x, y = x % low_w, y % low_h
        part = field[int(y) : int(y) + low_h, int(x) : int(x) + low_w]
        return cv2.warpAffine(
            part,
            np.array([[1, 0, -(x % 1)], [0, 1, -(y % 1)]], np.float32),
            self.low,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def paint(self, frame, seconds):
        s, t = self.scale, seconds
        rows, columns = self.full
        sway = (2.2 * s) * np.sin(rows[:, :1] / (34 * s) + t * 1.7) + (1.3 * s) * np.sin(
            rows[:, :1] / (15 * s) - t * 2.3
        )
        heave = (1.6 * s) * np.sin(columns[:1] / (44 * s) + t * 1.4)
        out = cv2.remap(frame, columns + sway, rows + heave, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        tone = fit(grey(small(out, 4)), out)
        out = grade(cv2.transform(out, self.soft), self.wet)
        a = self.window(self.fields[0], t * 16 * s, t * 7 * s)
        b = self.window(self.fields[1], -t * 12 * s, t * 10 * s)
        apart = cv2.absdiff(a, b)
        net = (0.55 * np.exp(-((apart / 0.06) ** 2)) + 0.45 * np.exp(-((apart / 0.17) ** 2))) * self.reach
        rays = 0.5 + 0.5 * np.sin(self.angle * 34 + math.sin(t * 0.35) * 2.2 + t * 0.25)
        rays = rays * (0.5 + 0.5 * np.sin(self.angle * 13 - t * 0.45)) * self.down
        caustic = cv2.resize(
            np.clip(net * 78, 0, 255).astype(np.uint8),
            (self.width, self.height),
            interpolation=cv2.INTER_LINEAR,
        )
        caustic = mul(blur(caustic, 0.8), cv2.convertScaleAbs(tone, alpha=0.75, beta=64))
        out = cv2.add(out, cv2.merge([caustic, caustic, cv2.convertScaleAbs(caustic, alpha=0.62)]))
        out = cv2.add(mul(out, self.clear), self.water)
        shafts = cv2.resize(
            np.clip(rays * 110, 0, 255).astype(np.uint8),
            (self.width, self.height),
            interpolation=cv2.INTER_LINEAR,
        )
        out = screen(out, cv2.merge([shafts, shafts, cv2.convertScaleAbs(shafts, alpha=0.55)]))
        if self.weather_on:
            out = self.bubbles.paint(out, seconds)
        return mul(out, self.shade)


class DesertDust(SkyLook):
    """Heat and blown sand: everything turns ochre, the sun is a pale disc, the air shimmers."""

    moves = True
    weather = "dust"

    def setup(self) -> None:
        super().setup()
        w, h = self.width, self.height
        self.ochre = curves(
            curve((0, 0.07), (0.4, 0.24), (1, 0.66)),
            curve((0, 0.08), (0.4, 0.37), (1, 0.86)),
            curve((0, 0.11), (0.4, 0.52), (1, 1)),
        )
        self.dry = saturation(0.50)
        self.sand = curves(
            curve((0, 0.09), (0.4, 0.30), (1, 0.66)),
            curve((0, 0.12), (0.4, 0.48), (1, 0.87)),
            curve((0, 0.16), (0.4, 0.62), (1, 1)),
        )
        y, x = np.mgrid[:h, :w].astype(np.float32)
        away = np.hypot(x - w * 0.7, y - h * 0.2) / min(w, h)
        disc = np.clip((0.062 - away) / 0.006, 0, 1)
        t = (y / h)[..., None]
        sky = np.array((92, 142, 192)) * (1 - t) + np.array((128, 186, 226)) * t
        sky += (np.exp(-((away / 0.24) ** 2)) * 60)[..., None] * np.array((0.7, 0.9, 1.0)) + disc[
            ..., None
        ] * np.array((70, 60, 40))
        self.picture = np.clip(sky, 0, 255).astype(np.uint8)
        self.full = np.mgrid[:h, :w].astype(np.float32)
        self.heat = np.clip((np.linspace(0, 1, h, dtype=np.float32)[:, None] - 0.25) * 2, 0.15, 1)
        self.dust = Dust(w, h, self.fps)
        self.shade = vignette(w, h, 0.4)

    def paint(self, frame, seconds):
        rows, columns = self.full
        s = self.scale
        shimmer = (1.1 * s) * np.sin(rows[:, :1] / (6.5 * s) - seconds * 7) * self.heat + (0.7 * s) * np.sin(
            rows[:, :1] / (3.1 * s) + seconds * 11
        ) * self.heat
        frame = cv2.remap(frame, columns + shimmer, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        out = grade(cv2.transform(frame, self.dry), self.ochre)
        out = mix(out, tinted(grey(frame), self.sand), greenery(frame))
        out = self.with_sky(out, frame, self.picture, 0.86)
        if self.weather_on:
            out = self.dust.paint(out, seconds)
        return mul(out, self.shade)


class Autumn(SkyLook):
    """Leaves turn gold, orange and red, tree by tree; low soft light; some are falling."""

    moves = True
    weather = "leaves"

    def setup(self) -> None:
        super().setup()
        w, h, s = self.width, self.height, self.scale
        self.turn = []
        for blue, green, red in (
            ((0.0, 0.06, 0.22), (0.02, 0.44, 0.90), (0.06, 0.84, 1.0)),
            ((0.01, 0.05, 0.20), (0.01, 0.24, 0.74), (0.07, 0.74, 1.0)),
        ):
            self.turn.append(
                curves(
                    curve((0, blue[0]), (0.5, blue[1]), (1, blue[2])),
                    curve((0, green[0]), (0.5, green[1]), (1, green[2])),
                    curve((0, red[0]), (0.45, red[1]), (1, red[2])),
                )
            )
        tree = clouds(self.rng, w, h, 130 * s, 3)
        self.tree = (np.clip((tree - 0.42) / 0.22, 0, 1) * 255).astype(np.uint8)
        self.pan = CameraMotion()
        self.warm = curves(
            curve((0, 0.03), (0.5, 0.43), (1, 0.86)),
            curve((0, 0.015), (0.5, 0.49), (1, 0.96)),
            curve((0, 0.03), (0.5, 0.57), (1, 1)),
        )
        self.rich = saturation(1.06)
        rise = np.linspace(0, 1, h)[:, None, None]
        self.picture = (
            (np.array((196, 186, 176)) * (1 - rise) + np.array((176, 214, 240)) * rise)
            .repeat(w, 1)
            .astype(np.uint8)
        )
        self.leaves = Leaves(w, h, self.fps)
        self.shade = vignette(w, h, 0.34)

    def paint(self, frame, seconds):
        tone = cv2.merge([grey(frame)] * 3)
        foliage = mix(
            cv2.LUT(tone, self.turn[0]), cv2.LUT(tone, self.turn[1]), shifted(self.tree, self.pan(frame))
        )
        out = grade(cv2.transform(frame, self.rich), self.warm)
        out = mix(out, cv2.addWeighted(foliage, 0.88, out, 0.14, 0), greenery(frame))
        out = self.with_sky(out, frame, self.picture, 0.55)
        out = bloom(out, 160, 26 * self.scale, 0.4, (0.6, 0.85, 1.05))
        out = mul(out, self.shade)
        return self.leaves.paint(out, seconds) if self.weather_on else out
