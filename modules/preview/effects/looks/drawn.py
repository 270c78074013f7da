"""Looks of the hand: watercolour, pencil, anime, comic."""

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
    noise,
    saturation,
    small,
    tinted,
)
from modules.preview.effects.camera_motion import CameraMotion, shifted, tile
from modules.preview.effects.regions import SkyLook
from modules.preview.effects.strokes import hatching, ink, kuwahara, paper, relight


class Watercolour(Effect):
    """Wet patches with dark rims on rough paper that stays white around a ragged border."""

    def setup(self) -> None:
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        low_w, low_h = max(8, w // 2), max(8, h // 2)
        grid_y, grid_x = np.mgrid[:low_h, :low_w].astype(np.float32)
        bend_x = noise(rng, low_w, low_h, 16 * s) * 2.6 * s + noise(rng, low_w, low_h, 5 * s) * 1.0 * s
        bend_y = noise(rng, low_w, low_h, 16 * s) * 2.6 * s + noise(rng, low_w, low_h, 5 * s) * 1.0 * s
        self.bend = cv2.convertMaps(grid_x + bend_x, grid_y + bend_y, cv2.CV_16SC2)
        self.rich = saturation(1.5)
        self.light = curve((0, 0.19), (0.25, 0.42), (0.55, 0.76), (0.8, 0.96), (1, 1))
        self.rim = np.clip(255 - 1.9 * np.clip(np.arange(256) - 5, 0, None), 158, 255).astype(np.uint8)
        pools = clouds(rng, w, h, 150 * s, 4)
        sheet = paper(rng, w, h, (236, 243, 246), 7.5 + 2 * s)
        y, x = np.mgrid[:h, :w].astype(np.float32)
        edge = np.minimum(np.minimum(x, w - 1 - x), np.minimum(y, h - 1 - y)) / min(w, h)
        ragged = (
            edge
            + noise(rng, w, h, 60 * s) * 0.020
            + noise(rng, w, h, 14 * s) * 0.010
            + noise(rng, w, h, 4 * s) * 0.004
        )
        cover = np.clip((ragged - 0.028) / 0.008, 0, 1)
        brim = np.exp(-(((ragged - 0.042) / 0.008) ** 2)) * 0.22
        self.wash = cv2.merge([np.clip((0.86 + 0.14 * pools - brim) * 255, 0, 255).astype(np.uint8)] * 3)
        self.bare = cv2.merge([((1 - cover) * 255).astype(np.uint8)] * 3)
        self.sheet = sheet
        self.granules = cv2.merge([np.clip(noise(rng, w, h, 1.6 * s) * 9 + 9, 0, 255).astype(np.uint8)] * 3)

    def paint(self, frame, seconds):
        low = kuwahara(
            kuwahara(small(frame, 2), max(2, round(4 * self.scale))), max(1, round(2 * self.scale))
        )
        low = cv2.remap(low, *self.bend, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        plane = grey(low)
        rim = cv2.LUT(
            blur(cv2.morphologyEx(plane, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), 0.9), self.rim
        )
        low = grade(cv2.transform(low, self.rich), self.light)
        low = mul(low, cv2.merge([rim] * 3))
        out = mul(fit(low, frame), self.wash)
        out = cv2.add(out, self.granules)
        lines = fit(
            cv2.remap(
                ink(small(frame, 2), 0.8 * self.scale + 0.2, 7, 3),
                *self.bend,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT,
            ),
            frame,
        )
        out = mul(out, cv2.merge([cv2.max(lines, 92), cv2.max(lines, 80), cv2.max(lines, 84)]))
        return mul(cv2.add(out, self.bare), self.sheet)


class Pencil(Effect):
    """Graphite on paper: contour lines, and hatching that crosses where it is dark."""

    def setup(self) -> None:
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        self.sheet = cv2.LUT(paper(rng, w, h, (226, 236, 240), 9), curve((0, 0), (1, 1)))
        band = max(8, round(40 * s))
        self.hatches = [
            cv2.bitwise_not(tile(hatching(rng, w + band, h + band, angle, max(2.4, gap * s)), band))
            for angle, gap in ((42, 4.2), (-34, 4.5), (8, 3.8))
        ]
        self.pan = CameraMotion()
        tone = np.arange(256) / 255
        self.levels = [
            (np.clip((start - tone) / width, 0, 1) * 255).astype(np.uint8)
            for start, width in ((0.74, 0.34), (0.48, 0.26), (0.28, 0.20))
        ]
        self.lead = curves(
            curve((0, 0.15), (0.5, 0.44), (1, 1)),
            curve((0, 0.13), (0.5, 0.42), (1, 1)),
            curve((0, 0.12), (0.5, 0.42), (1, 1)),
        )
        y, x = np.mgrid[:h, :w].astype(np.float32)
        edge = (
            np.minimum(np.minimum(x, w - 1 - x), np.minimum(y, h - 1 - y)) / min(w, h)
            + noise(rng, w, h, 50 * s) * 0.022
        )
        edge += noise(rng, w, h, 7 * s) * 0.012
        self.bare = (np.clip(1 - (edge - 0.015) / 0.06, 0, 1) * 255).astype(np.uint8)

    def paint(self, frame, seconds):
        plane = grey(frame)
        low = kuwahara(small(frame, 2), max(2, round(3 * self.scale)))
        tone = grey(fit(low, frame))
        out, by = np.full_like(plane, 255), self.pan(frame)
        for strokes, level in zip(self.hatches, self.levels, strict=True):
            amount = cv2.LUT(tone, level)
            out = mul(out, cv2.bitwise_not(mul(shifted(strokes, by), amount)))
        inverse = cv2.bitwise_not(plane)
        dodge = cv2.divide(plane, cv2.bitwise_not(blur(inverse, 3.2 * self.scale)), scale=250)
        out = mul(out, cv2.LUT(dodge, curve((0, 0.05), (0.6, 0.35), (0.85, 0.8), (0.97, 1), (1, 1))))
        out = mul(
            mul(out, ink(tone, 1.4 * self.scale, 26, 1)), ink(blur(plane, 0.8), 1.1 * self.scale, 11, 2)
        )
        out = cv2.max(out, self.bare)
        return mul(tinted(out, self.lead), self.sheet)


class Anime(SkyLook):
    """Cel shading under a painted summer sky: flat bright tones, fine lines, heaped clouds."""

    def setup(self) -> None:
        super().setup()
        w, h, s = self.width, self.height, self.scale
        self.rich = saturation(1.5)
        self.lift = curve((0, 0.06), (0.3, 0.40), (0.6, 0.76), (0.85, 0.96), (1, 1))
        x = np.arange(256) / 255
        bands = 7
        stepped = (np.floor(x * bands) + np.clip((x * bands % 1 - 0.5) / 0.16 + 0.5, 0, 1)) / bands
        self.cel = np.clip((0.72 * stepped + 0.28 * x) * 255, 0, 255).astype(np.uint8)
        rise = np.linspace(0, 1, h)[:, None, None] * np.ones((1, w, 1))
        blue = np.array([232, 140, 48]) * (1 - rise) + np.array([250, 226, 170]) * rise
        heap = clouds(self.rng, w, h, 300 * s, 5)
        level = np.clip(0.62 - 0.30 * np.sin(np.linspace(0, 1, h) * 3.0), 0, 1)[:, None]
        body = np.clip((heap - level) / 0.05, 0, 1)[..., None]
        under = np.clip((heap - np.roll(heap, -max(2, round(16 * s)), 0)) * 4 + 0.75, 0, 1)[..., None]
        white = np.array([255, 254, 250]) * under + np.array([246, 214, 186]) * (1 - under)
        self.summer = np.clip(blue * (1 - body) + white * body, 0, 255).astype(np.uint8)

    def paint(self, frame, seconds):
        low = small(frame, 2)
        low = cv2.bilateralFilter(kuwahara(low, max(1, round(2 * self.scale))), 5, 30, 4)
        low = relight(cv2.transform(cv2.LUT(low, self.lift), self.rich), self.cel)
        out = fit(low, frame)
        lines = ink(frame, 0.9 * self.scale, 9, 3)
        if self.sky.there:
            sky = self.sky(frame)
            out = mix(out, cv2.addWeighted(self.summer, 0.9, out, 0.1, 0), sky)
            lines = cv2.max(lines, sky)
        out = mul(out, cv2.merge([cv2.max(lines, 52), cv2.max(lines, 30), cv2.max(lines, 38)]))
        return bloom(out, 190, 26 * self.scale, 0.55)


class Comic(Effect):
    """Print: bold ink, flat colours, dots in the half tones on cream paper."""

    def setup(self) -> None:
        w, h, s = self.width, self.height, self.scale
        self.rich = saturation(2.1)
        x = np.arange(256) / 255
        steps = 4
        hard = (np.floor(x * steps) + np.clip((x * steps % 1 - 0.5) / 0.10 + 0.5, 0, 1)) / steps
        self.flat = np.clip((hard * 0.86 + x * 0.14) * 255, 0, 255).astype(np.uint8)
        self.lift = curve((0, 0.02), (0.25, 0.28), (0.6, 0.78), (1, 1))
        y, x = np.mgrid[:h, :w].astype(np.float32)
        cell = max(4.0, 6.4 * s)
        u, v = (x + y) / 1.4142 / cell, (x - y) / 1.4142 / cell
        self.dots = ((0.5 + 0.25 * np.cos(u * 2 * np.pi) + 0.25 * np.cos(v * 2 * np.pi)) * 255).astype(
            np.uint8
        )
        self.sheet = paper(self.rng, w, h, (222, 238, 246), 4)
        self.half = (np.clip(0.98 - np.abs(np.arange(256) / 255 - 0.40) / 0.32, 0.0, 1) * 150).astype(
            np.uint8
        )
        self.black = np.where(np.arange(256) < 38, 0, np.clip((np.arange(256) - 38) * 22, 0, 255)).astype(
            np.uint8
        )

    def paint(self, frame, seconds):
        low = kuwahara(small(frame, 2), max(2, round(4 * self.scale)))
        tone = fit(grey(low), frame)
        low = relight(cv2.transform(cv2.LUT(low, self.lift), self.rich), self.flat)
        out = fit(low, frame)
        # The dots darken: size grows with how near the tone is to a half tone, printed at three quarters of
        # black.
        dots = cv2.subtract(cv2.add(self.dots, cv2.LUT(tone, self.half)), 250)
        dots = cv2.convertScaleAbs(dots, alpha=9)
        out = mul(
            out,
            cv2.merge(
                [
                    cv2.max(cv2.bitwise_not(dots), 120),
                    cv2.max(cv2.bitwise_not(dots), 96),
                    cv2.max(cv2.bitwise_not(dots), 110),
                ]
            ),
        )
        lines = cv2.min(ink(frame, 1.5 * self.scale, 15, 3), blur(cv2.LUT(tone, self.black), 0.8))
        return mul(mul(out, cv2.merge([lines] * 3)), self.sheet)
