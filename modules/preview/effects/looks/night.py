"""Looks of the dark: cyberpunk, noir, horror, vaporwave."""

import math

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.looks.gradings import GRADINGS, SkyGrade
from modules.preview.effects.pixels import Paint, Picture
from modules.preview.effects.regions import SkyLook
from modules.preview.effects.weather import Rain, Veil


class Cyberpunk(SkyLook):
    """A neon night in the rain: indigo shadows, glowing magenta and cyan edges, a wet ground that mirrors
    them."""

    moves = True
    weather = "rain"

    def setup(self) -> None:
        super().setup()
        w, h = self.width, self.height
        self.dark = px.curve((0, 0), (0.3, 0.10), (0.62, 0.36), (0.85, 0.68), (1, 0.92))
        self.tones = px.gradient_map(
            (0, (26, 6, 8)),
            (0.22, (92, 20, 40)),
            (0.5, (196, 46, 150)),
            (0.76, (236, 170, 70)),
            (1, (255, 246, 214)),
        )
        self.rich = px.saturation(1.35, (1.08, 0.92, 1.0))
        self.shade = px.vignette(w, h, 0.55)
        self.rain = Rain(w, h, self.fps)
        self.shift = max(1, round(2 * self.scale))
        haze = np.clip(np.linspace(0, 1, h)[:, None] * 1.5, 0, 1) ** 1.6
        sky = np.dstack([88 + 132 * haze, 20 + 26 * haze, 46 + 128 * haze])
        self.night_sky = sky.astype(np.uint8).repeat(w, 1)
        low_w, low_h = max(8, w // 2), max(8, h // 2)
        x, y = np.linspace(0, 1, low_w)[None, :], np.linspace(0, 1, low_h)[:, None]
        t = np.clip(0.5 + 0.5 * np.sin((x * 1.35 + y * 0.35) * 2 * math.pi), 0, 1)[..., None]
        self.neon = (t * np.array([255, 40, 225]) + (1 - t) * np.array([255, 225, 10])).astype(np.uint8)
        # The wet ground: how much of it mirrors, how much stays, and where its rows lie.
        self.ground = int(h * 0.36) // 2 * 2
        ramp = np.linspace(0, 1, self.ground)[:, None] ** 0.8 * 0.62
        self.wet = px.merged((ramp * 255).astype(np.uint8).repeat(w, 1))
        self.dry = cv2.bitwise_not(px.merged((ramp * 0.5 * 255).astype(np.uint8).repeat(w, 1)))
        low_k = max(4, self.ground // 2)
        self.grid = np.mgrid[:low_k, :low_w].astype(np.float32)
        self.depth = np.linspace(0.25, 1, low_k, dtype=np.float32)[:, None]

    def paint(self, frame: Picture, seconds: float) -> Picture:
        dark = cv2.LUT(frame, self.dark)
        toned = px.tinted(px.grey(dark), self.tones)
        out = cv2.addWeighted(cv2.transform(dark, self.rich), 0.48, toned, 0.66, 0)
        out = self.with_sky(out, frame, self.night_sky, 0.94, 0.10)
        out = cv2.add(out, px.fit(self._glow(out, frame, seconds), frame))
        self._mirror(out, seconds)
        if self.weather_on:
            out = self.rain.streaks(out, seconds)
        return px.mul(px.fringe(out, self.shift), self.shade)

    def _glow(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        """Edges as neon lines, their glow, and the bloom of the lights: gathered at half size."""
        plane = px.blur(px.grey(px.reduced(frame, 2)), 1.1)
        steep = cv2.magnitude(cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1))
        lit = px.mul(self.neon, px.merged(px.fit(px.level(steep, 1.0, 34), self.neon)))
        pulse = 0.92 + 0.06 * math.sin(seconds * 5.3) + 0.05 * math.sin(seconds * 13.7)
        wide = px.fit(px.blur(px.reduced(lit, 4), 2.4 * self.scale), lit)
        glow = cv2.addWeighted(lit, 0.42 * pulse, wide, 1.3 * pulse, 0)
        lights = px.blur(px.darker(px.reduced(out, 8), (145, 145, 145, 0)), 2.75 * self.scale)
        return cv2.addWeighted(glow, 1, px.fit(lights, glow), 1.15, 0)

    def _mirror(self, out: Picture, seconds: float) -> None:
        """What stands on the wet ground, rippled upside down in it; in place."""
        h, k, s = self.height, self.ground, self.scale
        rows, columns = self.grid
        size = (self.grid.shape[2], self.grid.shape[1])
        mirror = cv2.resize(out[h - 2 * k : h - k], size, interpolation=cv2.INTER_AREA)
        mirror = cv2.GaussianBlur(mirror[::-1], (0, 0), sigmaX=1.0, sigmaY=5 * s)
        ripple = 2.6 * np.sin(rows[:, :1] / (3.4 * s) + seconds * 5)
        ripple = (ripple + 1.6 * np.sin(rows[:, :1] / (1.9 * s) - seconds * 7.3)) * self.depth
        x = columns + ripple * s
        mirror = cv2.remap(mirror, x, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        kept = px.mul(out[h - k :], self.dry)
        out[h - k :] = cv2.add(kept, px.mul(cv2.resize(mirror, (self.width, k)), self.wet))


class Noir(Effect):
    """Black and white of hard light: deep blacks, glowing whites, a lamp's pool in the middle, a little
    grain."""

    def setup(self) -> None:
        self.hard = px.curve((0, 0), (0.18, 0.04), (0.42, 0.34), (0.66, 0.74), (0.88, 0.97), (1, 1))
        self.red = px.f32([[0.05, 0.42, 0.53]])
        self.shade = px.vignette(self.width, self.height, 0.88, 0.22)[..., 0]
        self.grain = px.Grain(self.rng, self.width, self.height, 3.4, 0.8)
        self.warm = px.tone(((0, 0.03), (1, 0.985)), ((0, 0.022), (1, 0.99)), ((0, 0.022), (1, 1)))

    def paint(self, frame: Picture, seconds: float) -> Picture:
        plain = cv2.transform(frame, self.red)
        wide = px.blur(px.reduced(plain, 8), 6 * self.scale)
        lifted = cv2.addWeighted(plain, 1.45, px.fit(wide, plain), -0.45, 0)
        hard = px.mul(cv2.LUT(lifted, self.hard), self.shade)
        halo = px.fit(px.blur(px.darker(px.reduced(hard, 4), 120), 5 * self.scale), plain)
        hard = cv2.addWeighted(hard, 1, halo, 0.55, 0)
        return px.tinted(self.grain(hard, seconds), self.warm)


class Horror(SkyGrade):
    """A sick green dark that closes in: crawling mist, failing light, and only reds keep their colour."""

    moves = True
    grading = GRADINGS["horror"]
    sky_share = 0.82

    def setup(self) -> None:
        super().setup()
        self.blood = px.tone(((0, 0), (1, 0.20)), ((0, 0), (1, 0.12)), ((0, 0.05), (0.5, 0.50), (1, 0.86)))
        self.veil = HorrorVeil(self.width, self.height, self.fps)

    def sky_picture(self) -> Paint:
        stops = [(0, (16, 18, 14)), (0.5, (44, 56, 44)), (1, (88, 108, 92))]
        return px.gradient(self.width, self.height, stops)

    def recolour(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        out = super().recolour(out, frame, seconds)
        blue, green, red = cv2.split(px.reduced(frame, 2))
        redness = px.at_most(px.level(cv2.subtract(red, cv2.max(blue, green)), 3.2, 150), 200)
        out = px.mix(out, cv2.LUT(frame, self.blood), px.fit(px.blur(redness, 1), px.grey(out)))
        return self.veil.paint(out, seconds)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        # The light sinks and comes back; trembling faster than a few times a second would strobe.
        fail = (
            1
            - 0.10 * (0.5 + 0.5 * math.sin(seconds * 2.3))
            - 0.24 * max(0.0, math.sin(seconds * 1.31 + 1)) ** 10
            - 0.02 * math.sin(seconds * 11)
        )
        return cv2.convertScaleAbs(super().paint(frame, seconds), alpha=1.12 * fail)


class HorrorVeil(Veil):
    """Green mist that lies low, in thick and thin places."""

    density = ((0, 0.0), (0.45, 0.16), (1, 0.52))
    contrast = 0.85
    colour = (112, 128, 112)


class Vaporwave(SkyLook):
    """Pink and cyan, a striped sun on the horizon, a glowing grid that rolls towards you, tape lines."""

    moves = True

    def setup(self) -> None:
        super().setup()
        w, h = self.width, self.height
        self.tones = px.gradient_map(
            (0, (72, 12, 46)),
            (0.3, (170, 44, 120)),
            (0.55, (200, 110, 250)),
            (0.78, (236, 214, 150)),
            (1, (255, 250, 226)),
        )
        self.rich = px.saturation(1.1)
        self.picture = px.to8(self._sunset(0.25 * min(w, h), w * 0.5, h * 0.36))
        # The grid on the floor: depth, lanes and line width by row.
        k = self.floor = int(h * 0.30)
        y, x = np.mgrid[:k, :w].astype(np.float32)
        self.deep = 1 / (y / k * 0.92 + 0.08)
        self.lanes = np.abs(((x - w * 0.5) / w * self.deep * 5.2) % 1 - 0.5)
        self.fade = np.clip(y / k * 2.2, 0, 1)
        self.under = px.merged(((1 - 0.45 * self.fade) * 255).astype(np.uint8))
        self.width_of = 0.020 + 0.012 * self.deep
        self.scan = np.full((h, w, 3), 255, np.uint8)
        self.scan[:: max(2, round(3 * self.scale))] = 212

    def _sunset(self, r: float, cx: float, cy: float) -> Paint:
        """The sky with a sun of radius `r` at cx, cy, cut by stripes in its lower half."""
        w, h = self.width, self.height
        stops = [(0, (116, 22, 64)), (0.35, (172, 48, 168)), (0.62, (150, 122, 255)), (1, (190, 200, 255))]
        y = np.mgrid[:h, :w].astype(np.float32)[0]
        away = px.away_from(w, h, cx, cy)
        self.halo = px.to8(px.tint(px.bell(away, 1.9 * r), (70, 36, 96)))
        gap = ((y - cy) / r % 0.19) < 0.012 + 0.10 * np.clip((y - cy) / r, 0, 1)
        disc = np.clip(r - away + 0.5, 0, 1) * np.where((y > cy) & gap, 0, 1)
        disc = px.blur(disc.astype(np.float32), 0.7)[..., None]
        t = np.clip((y - cy + r) / (2 * r), 0, 1)
        sun = np.dstack([80 + 110 * t, 236 - 140 * t, 255 - 4 * t])
        return px.gradient(w, h, stops) * (1 - disc) + sun * disc

    def paint(self, frame: Picture, seconds: float) -> Picture:
        toned = px.tinted(px.grey(frame), self.tones)
        out = cv2.addWeighted(toned, 0.70, cv2.transform(frame, self.rich), 0.34, 0)
        out = px.screen(self.with_sky(out, frame, self.picture, 0.92), self.halo)
        along = np.abs((self.deep[:, :1] * 2.4 + seconds * 0.9) % 1 - 0.5)
        line = np.maximum(
            px.bell(0.5 - along, self.width_of[:, :1] * 0.9), px.bell(0.5 - self.lanes, self.width_of)
        )
        light = (line * self.fade * 255).astype(np.uint8)
        light = cv2.max(light, cv2.convertScaleAbs(px.blur(light, 5 * self.scale), alpha=0.9))
        pink = cv2.merge(
            [light, cv2.convertScaleAbs(light, alpha=0.55), cv2.convertScaleAbs(light, alpha=0.96)]
        )
        out[-self.floor :] = px.screen(px.mul(out[-self.floor :], self.under), pink)
        out = px.mul(px.bloom(out, 150, 18 * self.scale, 0.6, (1.1, 0.7, 1.1)), self.scan)
        return px.fringe(out, max(1, round(2.5 * self.scale)))
