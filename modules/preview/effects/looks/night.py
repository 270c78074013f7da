"""Looks of the dark: cyberpunk, noir."""

import math

import cv2
import numpy as np

from modules.preview.effects.base import (
    Effect,
    Grain,
    blur,
    curve,
    curves,
    fit,
    fringe,
    gradient_map,
    grey,
    level,
    mul,
    saturation,
    small,
    tinted,
    vignette,
)
from modules.preview.effects.regions import SkyLook
from modules.preview.effects.weather import Rain


class Cyberpunk(SkyLook):
    """A neon night in the rain: indigo shadows, glowing magenta and cyan edges, a wet ground that mirrors
    them."""

    moves = True
    weather = "rain"

    def setup(self) -> None:
        super().setup()
        w, h, s = self.width, self.height, self.scale
        self.dark = curve((0, 0), (0.3, 0.10), (0.62, 0.36), (0.85, 0.68), (1, 0.92))
        self.tones = gradient_map(
            (0, (26, 6, 8)),
            (0.22, (92, 20, 40)),
            (0.5, (196, 46, 150)),
            (0.76, (236, 170, 70)),
            (1, (255, 246, 214)),
        )
        self.rich = saturation(1.35, (1.08, 0.92, 1.0))
        self.shade = vignette(w, h, 0.55)
        low_w, low_h = max(8, w // 2), max(8, h // 2)
        x = np.linspace(0, 1, low_w)[None, :]
        y = np.linspace(0, 1, low_h)[:, None]
        t = np.clip(0.5 + 0.5 * np.sin((x * 1.35 + y * 0.35) * 2 * math.pi), 0, 1)[..., None]
        self.neon = (t * np.array([255, 40, 225]) + (1 - t) * np.array([255, 225, 10])).astype(np.uint8)
        rise = np.linspace(0, 1, h)[:, None]
        haze = np.clip(rise * 1.5, 0, 1) ** 1.6
        self.night_sky = (
            (np.dstack([88 + 132 * haze, 20 + 26 * haze, 46 + 128 * haze])).astype(np.uint8).repeat(w, 1)
        )
        self.ground = int(h * 0.36) // 2 * 2
        k = self.ground
        ramp = np.linspace(0, 1, k)[:, None] ** 0.8 * 0.62
        self.wet = cv2.merge([(ramp * 255).astype(np.uint8).repeat(w, 1)] * 3)
        self.dry = cv2.bitwise_not(cv2.merge([(ramp * 0.5 * 255).astype(np.uint8).repeat(w, 1)] * 3))
        low_k = max(4, k // 2)
        self.grid = np.mgrid[:low_k, :low_w].astype(np.float32)
        self.depth = np.linspace(0.25, 1, low_k, dtype=np.float32)[:, None]
        self.rain = Rain(w, h, self.fps)
        self.shift = max(1, round(2 * s))

    def paint(self, frame, seconds):
        h, k = self.height, self.ground
        dark = cv2.LUT(frame, self.dark)
        toned = tinted(grey(dark), self.tones)
        out = cv2.addWeighted(cv2.transform(dark, self.rich), 0.48, toned, 0.66, 0)
        out = self.with_sky(out, frame, self.night_sky, 0.94, 0.10)
        edges = blur(grey(small(frame, 2)), 1.1)
        edges = level(
            cv2.magnitude(cv2.Sobel(edges, cv2.CV_32F, 1, 0), cv2.Sobel(edges, cv2.CV_32F, 0, 1)), 1.0, 34
        )
        lit = mul(self.neon, cv2.merge([fit(edges, self.neon)] * 3))
        pulse = 0.92 + 0.06 * math.sin(seconds * 5.3) + 0.05 * math.sin(seconds * 13.7)
        # Lines, their glow and the bloom of the lights are gathered at half size and added at once.
        glow = cv2.addWeighted(
            lit, 0.42 * pulse, fit(blur(small(lit, 4), 2.4 * self.scale), lit), 1.3 * pulse, 0
        )
        lights = blur(cv2.subtract(small(out, 8), (145, 145, 145, 0)), 2.75 * self.scale)
        out = cv2.add(out, fit(cv2.addWeighted(glow, 1, fit(lights, glow), 1.15, 0), frame))
        mirror = cv2.resize(
            out[h - 2 * k : h - k], (self.grid.shape[2], self.grid.shape[1]), interpolation=cv2.INTER_AREA
        )
        mirror = cv2.GaussianBlur(mirror[::-1], (0, 0), sigmaX=1.0, sigmaY=5 * self.scale)
        rows, columns = self.grid
        ripple = (
            2.6 * np.sin(rows[:, :1] / (3.4 * self.scale) + seconds * 5)
            + 1.6 * np.sin(rows[:, :1] / (1.9 * self.scale) - seconds * 7.3)
        ) * self.depth
        mirror = cv2.remap(
            mirror, columns + ripple * self.scale, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        floor = out[h - k :]
        out[h - k :] = cv2.add(mul(floor, self.dry), mul(cv2.resize(mirror, (self.width, k)), self.wet))
        if self.weather_on:
            out = self.rain.streaks(out, seconds)
        return mul(fringe(out, self.shift), self.shade)


class Noir(Effect):
    """Black and white of hard light: deep blacks, glowing whites, a lamp's pool in the middle, a little
    grain."""

    def setup(self) -> None:
        self.hard = curve((0, 0), (0.18, 0.04), (0.42, 0.34), (0.66, 0.74), (0.88, 0.97), (1, 1))
        self.red = np.array([[0.05, 0.42, 0.53]], np.float32)
        self.shade = vignette(self.width, self.height, 0.88, 0.22)[..., 0]
        self.grain = Grain(self.rng, self.width, self.height, 3.4, 0.8)
        self.local = cv2.createCLAHE(1.6, (4, 4))
        self.warm = curves(
            curve((0, 0.03), (1, 0.985)), curve((0, 0.022), (1, 0.99)), curve((0, 0.022), (1, 1))
        )

    def paint(self, frame, seconds):
        plain = cv2.transform(frame, self.red)
        wide = blur(small(plain, 8), 6 * self.scale)
        lifted = cv2.addWeighted(plain, 1.45, fit(wide, plain), -0.45, 0)
        hard = mul(cv2.LUT(lifted, self.hard), self.shade)
        halo = fit(blur(cv2.subtract(small(hard, 4), 120), 5 * self.scale), plain)
        hard = cv2.addWeighted(hard, 1, halo, 0.55, 0)
        return tinted(self.grain(hard, seconds), self.warm)
