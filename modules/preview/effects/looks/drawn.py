"""Looks of the hand: watercolour, pencil, anime, comic."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.camera_motion import CameraMotion, shifted, tile
from modules.preview.effects.looks.gradings import GRADINGS, Grade
from modules.preview.effects.pixels import Field, Picture, Plane
from modules.preview.effects.regions import SkyLook
from modules.preview.effects.strokes import hatching, ink, kuwahara, paper, relight

_LEVELS = np.arange(256) / 255


def _from_the_edge(width: int, height: int) -> Field:
    """How far each pixel lies from the nearest edge, as a share of the shorter side."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.asarray(
        np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y)) / min(width, height)
    )


def _stepped(steps: int, soft: float, share: float) -> Plane:
    """A table that makes flat tones: `share` of it in `steps` with edges `soft` of a step wide."""
    x = _LEVELS
    hard = (np.floor(x * steps) + np.clip((x * steps % 1 - 0.5) / soft + 0.5, 0, 1)) / steps
    return px.to8((share * hard + (1 - share) * x) * 255)


def _inked(out: Picture, lines: Plane, *floors: int) -> Picture:
    """Lines laid over a picture; `floors` keep them from black, by channel."""
    return px.mul(out, cv2.merge([px.at_least(lines, floor) for floor in floors]))


class Watercolour(Grade):
    """Wet patches with dark rims on rough paper that stays white around a ragged border."""

    grading = GRADINGS["watercolour"]

    def setup(self) -> None:
        super().setup()
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        low_w, low_h = max(8, w // 2), max(8, h // 2)
        grid_y, grid_x = np.mgrid[:low_h, :low_w].astype(np.float32)
        bend_x, bend_y = (
            px.smooth_noise(rng, low_w, low_h, 16 * s) * 2.6 * s
            + px.smooth_noise(rng, low_w, low_h, 5 * s) * 1.0 * s
            for _ in range(2)
        )
        self.bent = cv2.convertMaps(grid_x + bend_x, grid_y + bend_y, cv2.CV_16SC2)
        self.rim = np.clip(255 - 1.9 * np.clip(np.arange(256) - 5, 0, None), 158, 255).astype(np.uint8)
        pools = px.tiling_noise(rng, w, h, 150 * s, 4)
        self.sheet = paper(rng, w, h, (236, 243, 246), 7.5 + 2 * s)
        ragged = _from_the_edge(w, h)
        for cell, amount in ((60, 0.020), (14, 0.010), (4, 0.004)):
            ragged = ragged + px.smooth_noise(rng, w, h, cell * s) * amount
        cover = np.clip((ragged - 0.028) / 0.008, 0, 1)
        brim = px.bell(ragged - 0.042, 0.008) * 0.22
        self.wash = px.merged(px.to8((0.86 + 0.14 * pools - brim) * 255))
        self.bare = px.merged(((1 - cover) * 255).astype(np.uint8))
        self.granules = px.merged(px.to8(px.smooth_noise(rng, w, h, 1.6 * s) * 9 + 9))

    def _wavering(self, picture: Picture) -> Picture:
        x, y = self.bent
        return cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        s, half = self.scale, px.reduced(frame, 2)
        low = self._wavering(kuwahara(kuwahara(half, max(2, round(4 * s))), max(1, round(2 * s))))
        edge = cv2.morphologyEx(px.grey(low), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        rim = cv2.LUT(px.blur(edge, 0.9), self.rim)
        low = px.mul(self.graded(low), px.merged(rim))
        out = cv2.add(px.mul(px.fit(low, frame), self.wash), self.granules)
        lines = px.fit(self._wavering(ink(half, 0.8 * s + 0.2, 7, 3)), frame)
        return px.mul(cv2.add(_inked(out, lines, 92, 80, 84), self.bare), self.sheet)


class InkWash(Watercolour):
    """Ink on rice paper: washes in greys of one black ink, and paper where it is light."""

    def setup(self) -> None:
        super().setup()
        self.ink = px.gradient_map(
            (0.0, (34, 30, 30)),
            (0.3, (104, 98, 96)),
            (0.62, (206, 206, 204)),
            (0.8, (236, 242, 244)),
            (1.0, (240, 247, 250)),
        )

    def paint(self, frame: Picture, seconds: float) -> Picture:
        return cv2.LUT(px.merged(px.grey(super().paint(frame, seconds))), self.ink)


class Pencil(Effect):
    """Graphite on paper: contour lines, and hatching that crosses where it is dark."""

    def setup(self) -> None:
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        self.sheet = cv2.LUT(paper(rng, w, h, (226, 236, 240), 9), px.curve((0, 0), (1, 1)))
        band = max(8, round(40 * s))
        self.hatches = [
            cv2.bitwise_not(tile(hatching(rng, w + band, h + band, angle, max(2.4, gap * s)), band))
            for angle, gap in ((42, 4.2), (-34, 4.5), (8, 3.8))
        ]
        self.pan = CameraMotion()
        self.levels = [
            (np.clip((start - _LEVELS) / width, 0, 1) * 255).astype(np.uint8)
            for start, width in ((0.74, 0.34), (0.48, 0.26), (0.28, 0.20))
        ]
        self.contour = px.curve((0, 0.05), (0.6, 0.35), (0.85, 0.8), (0.97, 1), (1, 1))
        self.lead = px.tone(
            ((0, 0.15), (0.5, 0.44), (1, 1)),
            ((0, 0.13), (0.5, 0.42), (1, 1)),
            ((0, 0.12), (0.5, 0.42), (1, 1)),
        )
        edge = _from_the_edge(w, h) + px.smooth_noise(rng, w, h, 50 * s) * 0.022
        edge += px.smooth_noise(rng, w, h, 7 * s) * 0.012
        self.bare = (np.clip(1 - (edge - 0.015) / 0.06, 0, 1) * 255).astype(np.uint8)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        s, plane = self.scale, px.grey(frame)
        tone = px.grey(px.fit(kuwahara(px.reduced(frame, 2), max(2, round(3 * s))), frame))
        out, by = np.full_like(plane, 255), self.pan(frame)
        for strokes, level in zip(self.hatches, self.levels, strict=True):
            out = px.mul(out, cv2.bitwise_not(px.mul(shifted(strokes, by), cv2.LUT(tone, level))))
        around = cv2.bitwise_not(px.blur(cv2.bitwise_not(plane), 3.2 * s))
        out = px.mul(out, cv2.LUT(cv2.divide(plane, around, scale=250), self.contour))
        out = px.mul(px.mul(out, ink(tone, 1.4 * s, 26, 1)), ink(px.blur(plane, 0.8), 1.1 * s, 11, 2))
        return px.mul(px.tinted(cv2.max(out, self.bare), self.lead), self.sheet)


class Anime(SkyLook):
    """Cel shading under a painted summer sky: flat bright tones, fine lines, heaped clouds."""

    def setup(self) -> None:
        super().setup()
        w, h, s = self.width, self.height, self.scale
        self.rich = px.saturation(1.5)
        self.lift = px.curve((0, 0.06), (0.3, 0.40), (0.6, 0.76), (0.85, 0.96), (1, 1))
        self.cel = _stepped(7, 0.16, 0.72)
        rise = np.linspace(0, 1, h)[:, None, None] * np.ones((1, w, 1))
        blue = np.array([232, 140, 48]) * (1 - rise) + np.array([250, 226, 170]) * rise
        heap = px.tiling_noise(self.rng, w, h, 300 * s, 5)
        level = np.clip(0.62 - 0.30 * np.sin(np.linspace(0, 1, h) * 3.0), 0, 1)[:, None]
        body = np.clip((heap - level) / 0.05, 0, 1)[..., None]
        under = np.clip((heap - np.roll(heap, -max(2, round(16 * s)), 0)) * 4 + 0.75, 0, 1)[..., None]
        white = np.array([255, 254, 250]) * under + np.array([246, 214, 186]) * (1 - under)
        self.summer = px.to8(blue * (1 - body) + white * body)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        low = kuwahara(px.reduced(frame, 2), max(1, round(2 * self.scale)))
        low = cv2.bilateralFilter(low, 5, 30, 4)
        out = px.fit(relight(cv2.transform(cv2.LUT(low, self.lift), self.rich), self.cel), frame)
        lines = ink(frame, 0.9 * self.scale, 9, 3)
        if self.sky.there:
            sky = self.sky(frame)
            out = px.mix(out, cv2.addWeighted(self.summer, 0.9, out, 0.1, 0), sky)
            lines = cv2.max(lines, sky)
        return px.bloom(_inked(out, lines, 52, 30, 38), 190, 26 * self.scale, 0.55)


class Comic(Effect):
    """Print: bold ink, flat colours, dots in the half tones on cream paper."""

    def setup(self) -> None:
        w, h = self.width, self.height
        self.rich = px.saturation(2.1)
        self.flat = _stepped(4, 0.10, 0.86)
        self.lift = px.curve((0, 0.02), (0.25, 0.28), (0.6, 0.78), (1, 1))
        y, x = np.mgrid[:h, :w].astype(np.float32)
        cell = max(4.0, 6.4 * self.scale)
        u, v = (x + y) / 1.4142 / cell, (x - y) / 1.4142 / cell
        dots = 0.5 + 0.25 * np.cos(u * 2 * np.pi) + 0.25 * np.cos(v * 2 * np.pi)
        self.dots = (dots * 255).astype(np.uint8)
        self.sheet = paper(self.rng, w, h, (222, 238, 246), 4)
        self.half = (np.clip(0.98 - np.abs(_LEVELS - 0.40) / 0.32, 0.0, 1) * 150).astype(np.uint8)
        self.black = px.to8((np.arange(256) - 38) * 22)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        low = kuwahara(px.reduced(frame, 2), max(2, round(4 * self.scale)))
        tone = px.fit(px.grey(low), frame)
        out = px.fit(relight(cv2.transform(cv2.LUT(low, self.lift), self.rich), self.flat), frame)
        # The dots darken: size grows with how near the tone is to a half tone, printed at three quarters of
        # black.
        dots = px.darker(cv2.add(self.dots, cv2.LUT(tone, self.half)), 250)
        out = _inked(out, cv2.bitwise_not(cv2.convertScaleAbs(dots, alpha=9)), 120, 96, 110)
        lines = cv2.min(ink(frame, 1.5 * self.scale, 15, 3), px.blur(cv2.LUT(tone, self.black), 0.8))
        return px.mul(px.mul(out, px.merged(lines)), self.sheet)
