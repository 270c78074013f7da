"""Looks of material: pixel art, claymation, cut paper. The last two move on twelves a second, as their
animators would."""

import cv2
import numpy as np

from modules.preview.effects.base import (
    Effect,
    blur,
    curve,
    grade,
    grey,
    mul,
    noise,
    saturation,
    small,
    vignette,
)
from modules.preview.effects.strokes import index_of, kuwahara, nearest_table, palette, paper


class OnTwos(Effect):
    """A look that is painted `rate` times a second and held between."""

    rate = 12.0
    held: tuple[int, np.ndarray] | None = None

    def hold(self, frame: np.ndarray, seconds: float) -> np.ndarray:
        raise NotImplementedError

    def paint(self, frame, seconds):
        beat = int(seconds * self.rate + 1e-6)
        if self.held is None or self.held[0] != beat:
            self.held = (beat, self.hold(frame, seconds))
        return self.held[1].copy()


class PixelArt(Effect):
    """A handheld console's picture: large pixels, a palette of two dozen taken from the clip, ordered
    dither."""

    colours = 28

    def setup(self) -> None:
        self.pixel = max(4, round(9 * self.scale))
        self.grid = (max(8, self.width // self.pixel), max(8, self.height // self.pixel))
        bayer = (
            np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16 - 0.47
        )
        columns, rows = self.grid
        tiled = np.tile(bayer, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns] * 13
        self.plus = cv2.merge([np.clip(tiled, 0, 255).astype(np.uint8)] * 3)
        self.minus = cv2.merge([np.clip(-tiled, 0, 255).astype(np.uint8)] * 3)
        self.rich = saturation(1.28)
        self.lift = curve((0, 0), (0.3, 0.30), (0.65, 0.72), (1, 1))
        self.table = self.tones = None
        face = np.full((self.pixel, self.pixel), 255, np.uint8)
        face[-1, :] = face[:, -1] = 236
        self.tiles = cv2.merge([np.tile(face, (rows, columns))] * 3)

    def ready(self, frame: np.ndarray) -> np.ndarray:
        return grade(cv2.transform(frame, self.rich), self.lift)

    def prepare(self, samples) -> None:
        tones = palette([self.ready(s) for s in samples], self.colours)
        middle = tones.mean(0)
        self.tones = np.clip((tones - middle) * 1.12 + middle, 0, 255).astype(np.uint8)
        self.table = nearest_table(self.tones)

    def paint(self, frame, seconds):
        if self.table is None:
            self.prepare([frame])
        low = self.ready(cv2.resize(frame, self.grid, interpolation=cv2.INTER_AREA))
        crisp = cv2.addWeighted(low, 1.5, blur(low, 1.0), -0.5, 0)
        drawn = self.tones[index_of(cv2.subtract(cv2.add(crisp, self.plus), self.minus), self.table)]
        big = cv2.resize(
            drawn, (self.grid[0] * self.pixel, self.grid[1] * self.pixel), interpolation=cv2.INTER_NEAREST
        )
        return cv2.resize(mul(big, self.tiles), (self.width, self.height), interpolation=cv2.INTER_NEAREST)


class Claymation(OnTwos):
    """Plasticine: rounded coloured lumps with a soft shine and the prints of fingers."""

    lumps: np.ndarray | None = None

    def setup(self) -> None:
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        self.rich = saturation(1.55)
        self.lift = curve((0, 0.08), (0.3, 0.44), (0.6, 0.78), (1, 0.98))
        low_w, low_h = max(8, w // 2), max(8, h // 2)
        swirl = noise(rng, low_w, low_h, 46 * s)
        prints = np.sin(swirl * 30 + noise(rng, low_w, low_h, 90 * s) * 22) * np.clip(
            noise(rng, low_w, low_h, 60 * s) * 2.4, 0, 1
        )
        self.touch = (
            prints * 0.9 + noise(rng, low_w, low_h, 9 * s) * 2.0 + noise(rng, low_w, low_h, 30 * s) * 9
        ).astype(np.float32)
        self.shade = vignette(w, h, 0.22)

    def hold(self, frame, seconds):
        s = self.scale
        low = kuwahara(kuwahara(small(frame, 2), max(2, round(4 * s))), max(2, round(3 * s)))
        low = blur(cv2.medianBlur(low, 5), 0.9 * s)
        body = grade(cv2.transform(low, self.rich), self.lift)
        plane = grey(low).astype(np.float32)
        # Lumps: the picture's own light, rounded over at edges, and the maker's fingers.
        bulge = blur(plane, 2.0 * s) * 0.35 + blur(plane, 5.5 * s) * 0.9
        edge = cv2.morphologyEx(grey(low), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).astype(np.float32)
        bulge = bulge - blur(edge, 2.2 * s) * 1.6
        # Which patch a calm place falls into is chance, and would make it boil: there lumps give way slowly.
        # What moves takes its own along.
        change = bulge - (bulge if self.lumps is None else self.lumps)
        self.lumps = bulge - change * np.clip(0.6 - np.abs(change) / 24, 0, 1)
        bulge = self.lumps + self.touch
        dx = cv2.Sobel(bulge, cv2.CV_32F, 1, 0, ksize=3) / 8 / s
        dy = cv2.Sobel(bulge, cv2.CV_32F, 0, 1, ksize=3) / 8 / s
        slope = 1 / np.sqrt(1 + (dx * 0.16) ** 2 + (dy * 0.16) ** 2)
        facing = (-dx * 0.10 * -0.55 - dy * 0.10 * -0.65) * -1
        facing = np.clip((0.60 + facing) * slope, 0.18, 1.25)
        lit = cv2.multiply(body.astype(np.float32), cv2.merge([np.clip(0.40 + 0.98 * facing, 0, 1.5)] * 3))
        shine = blur(np.clip(facing - 0.72, 0, 1) ** 1.5, 1.4 * s) * 210
        out = np.clip(lit + shine[..., None], 0, 255).astype(np.uint8)
        return mul(cv2.resize(out, (self.width, self.height), interpolation=cv2.INTER_CUBIC), self.shade)


class PaperCut(OnTwos):
    """Sheets of coloured card laid over one another, each with its fibre, its lit edge and its shadow."""

    colours = 15

    def setup(self) -> None:
        w, h = self.width, self.height
        self.sheet = paper(self.rng, w, h, (246, 248, 250), 7)
        self.rich = saturation(1.8)
        self.lift = curve((0, 0.06), (0.3, 0.34), (0.65, 0.76), (1, 0.99))
        self.table = None

    def prepare(self, samples) -> None:
        flat = [blur(s, 3 * self.scale) for s in samples]
        tones = palette(flat, self.colours)
        self.table = nearest_table(tones)
        card = grade(cv2.transform(tones.astype(np.uint8)[None], self.rich), self.lift)[0]
        self.card = np.ascontiguousarray(card)
        # Bright is far and lies below, dark is near and lies on top.
        self.rank = np.linspace(255, 0, len(tones)).astype(np.uint8)

    def hold(self, frame, seconds):
        if self.table is None:
            self.prepare([frame])
        s = self.scale
        low = kuwahara(kuwahara(small(frame, 2), max(2, round(3 * s))), max(2, round(2.5 * s)))
        index = cv2.medianBlur(index_of(blur(low, 1.0 * s), self.table), 5)
        full = cv2.resize(
            index * (255 // len(self.rank)), (self.width, self.height), interpolation=cv2.INTER_NEAREST
        ) // (255 // len(self.rank))
        full = cv2.medianBlur(full, 7 if s > 0.6 else 5)
        out = self.card[full]
        height = self.rank[full]
        shift = max(1, round(5 * s))
        move = np.array([[1, 0, shift], [0, 1, shift]], np.float32)
        thrown = cv2.warpAffine(height, move, (self.width, self.height), borderMode=cv2.BORDER_REPLICATE)
        shadow = blur(cv2.subtract(thrown, height), 3.2 * s)
        shadow = cv2.LUT(shadow, np.clip(255 - 2.6 * np.arange(256), 96, 255).astype(np.uint8))
        one = max(1, round(1.4 * s))
        back = cv2.warpAffine(
            height,
            np.array([[1, 0, one], [0, 1, one]], np.float32),
            (self.width, self.height),
            borderMode=cv2.BORDER_REPLICATE,
        )
        rim = cv2.min(cv2.convertScaleAbs(cv2.subtract(height, back), alpha=3), 62)
        out = cv2.add(mul(out, cv2.merge([shadow] * 3)), cv2.merge([rim] * 3))
        return mul(out, self.sheet)
