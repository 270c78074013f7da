"""Looks of season and hour: winter, golden hour."""

import math

import cv2
import numpy as np

from modules.preview.effects.base import (
    bloom,
    blur,
    curve,
    curves,
    fit,
    grade,
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
from modules.preview.effects.regions import SkyLook, greenery
from modules.preview.effects.weather import Snow


class Winter(SkyLook):
    """Snow lies on what faces up and on what is green, the air is cold and pale, and it is snowing."""

    moves = True
    weather = "snow"

    def setup(self) -> None:
        super().setup()
        w, h = self.width, self.height
        self.cold = curves(
            curve((0, 0.11), (0.25, 0.34), (0.5, 0.63), (1, 1)),
            curve((0, 0.05), (0.25, 0.25), (0.5, 0.55), (1, 0.985)),
            curve((0, 0.03), (0.25, 0.19), (0.5, 0.47), (1, 0.96)),
        )
        self.pale = saturation(0.42)
        self.white = curves(
            curve((0, 0.30), (0.25, 0.66), (0.55, 0.92), (1, 1)),
            curve((0, 0.24), (0.25, 0.60), (0.55, 0.89), (1, 1)),
            curve((0, 0.20), (0.25, 0.55), (0.55, 0.86), (1, 0.99)),
        )
        rows = np.linspace(0, 1, h)[:, None]
        self.lie = ((0.30 + 0.70 * np.clip((rows - 0.25) / 0.5, 0, 1)) * 255).astype(np.uint8).repeat(w, 1)
        rise = rows**1.3
        self.sky_colour = (
            np.dstack([206 + 26 * rise, 194 + 30 * rise, 184 + 32 * rise]).astype(np.uint8).repeat(w, 1)
        )
        self.mist = cv2.merge(
            [(34 * np.exp(-(((rows - 0.38) / 0.22) ** 2))).astype(np.uint8).repeat(w, 1)] * 3
        )
        self.snow = Snow(w, h, self.fps)
        self.shade = vignette(w, h, 0.22)

    def paint(self, frame, seconds):
        low = grey(small(frame, 2))
        soft = blur(low, 1.2)
        facing = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3)
        ledges = level(np.maximum(facing, 0), 2.4, 26)
        ledges = fit(blur(cv2.dilate(ledges, np.ones((3, 1), np.uint8), anchor=(0, 0)), 1.0), frame)
        cover = cv2.max(
            mul(cv2.LUT(greenery(frame), curve((0, 0), (0.5, 0.8), (1, 1))), self.lie),
            cv2.convertScaleAbs(ledges, alpha=0.85),
        )
        cold = grade(cv2.transform(frame, self.pale), self.cold)
        white = tinted(grey(frame), self.white)
        out = mix(cold, white, cover)
        out = self.with_sky(out, frame, self.sky_colour, 0.85)
        out = cv2.add(out, self.mist)
        if self.weather_on:
            out = self.snow.paint(out, seconds)
        return mul(out, self.shade)


class GoldenHour(SkyLook):
    """A low sun from the upper right: amber light, long warm flare, teal kept in the shadows."""

    def setup(self) -> None:
        super().setup()
        w, h = self.width, self.height
        self.warm = curves(
            curve((0, 0.035), (0.3, 0.19), (0.6, 0.42), (1, 0.74)),
            curve((0, 0.02), (0.3, 0.235), (0.6, 0.54), (1, 0.915)),
            curve((0, 0.025), (0.3, 0.33), (0.6, 0.72), (1, 1)),
        )
        self.rich = saturation(1.22)
        y, x = np.mgrid[:h, :w].astype(np.float32)
        away = np.hypot(x - w * 0.82, (y - h * 0.12)) / math.hypot(w, h)
        wide, core = np.exp(-((away / 0.42) ** 2)), np.exp(-((away / 0.13) ** 2))
        self.sun = np.clip(
            np.dstack([wide * 26 + core * 70, wide * 74 + core * 110, wide * 122 + core * 120]), 0, 255
        ).astype(np.uint8)
        rise = np.linspace(0, 1, h, dtype=np.float32)[:, None].repeat(w, 1)
        glow = np.clip(1 - away / 0.75, 0, 1) ** 1.5
        t = np.clip(rise * 1.35 + glow * 0.35, 0, 1)[..., None]
        high, low = np.array([150, 132, 138], np.float32), np.array([92, 176, 255], np.float32)
        self.evening = np.clip(high * (1 - t) + low * t + glow[..., None] * (30, 50, 40), 0, 255).astype(
            np.uint8
        )
        self.shade = vignette(w, h, 0.40)

    def paint(self, frame, seconds):
        out = grade(cv2.transform(frame, self.rich), self.warm)
        out = self.with_sky(out, frame, self.evening, 0.68, 0.38)
        out = bloom(out, 140, 34 * self.scale, 0.75, (0.55, 0.85, 1.1))
        return mul(screen(out, self.sun), self.shade)
