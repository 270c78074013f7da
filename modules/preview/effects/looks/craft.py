"""Looks of material: pixel art, claymation, cut paper. The last two move on twelves a second, as their
animators would."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.looks.gradings import GRADINGS, Grade
from modules.preview.effects.pixels import Picture, Plane
from modules.preview.effects.strokes import full_range, index_of, kuwahara, nearest_table, palette, paper

_BAYER = px.f32([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 0.47
"""Ordered dither: thresholds of a 4 x 4 block, about -0.5..0.5."""


class OnTwos(Grade):
    """A look that is painted `rate` times a second and held between."""

    rate = 12.0
    held: tuple[int, Picture] | None = None

    def hold(self, frame: Picture, seconds: float) -> Picture:
        raise NotImplementedError

    def paint(self, frame: Picture, seconds: float) -> Picture:
        beat = int(seconds * self.rate + 1e-6)
        if self.held is None or self.held[0] != beat:
            self.held = (beat, self.hold(frame, seconds))
        return self.held[1].copy()


class FullRange(OnTwos):
    """A look on twos whose materials need all tones: those of the clip are spread, as far as its samples
    reach, by `most` at most."""

    spread: px.Table | None = None
    most = 1.7

    def prepare(self, samples: list[Picture]) -> None:
        self.spread = full_range(samples, self.most)

    def small(self, frame: Picture, size: tuple[int, int]) -> Picture:
        """The frame at `size` (width, height), with its tones spread."""
        if self.spread is None:
            self.prepare([frame])
        return cv2.LUT(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), self.spread)


class PixelArt(Grade):
    """A handheld console's picture: large pixels, a palette of two dozen taken from the clip, ordered
    dither."""

    grading = GRADINGS["pixel_art"]
    colours = 22
    prepared = False

    def setup(self) -> None:
        super().setup()
        self.pixel = max(4, round(12 * self.scale))
        self.grid = columns, rows = max(8, self.width // self.pixel), max(8, self.height // self.pixel)
        dither = np.tile(_BAYER, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns] * 13
        self.plus, self.minus = px.merged(px.to8(dither)), px.merged(px.to8(-dither))
        face = np.full((self.pixel, self.pixel), 255, np.uint8)
        face[-1, :] = face[:, -1] = 236
        self.tiles = px.merged(np.tile(face, (rows, columns)))

    def prepare(self, samples: list[Picture]) -> None:
        tones = palette([self.graded(sample) for sample in samples], self.colours)
        middle = tones.mean(0)
        self.tones = px.to8((tones - middle) * 1.12 + middle)
        self.table = nearest_table(self.tones)
        self.prepared = True

    def paint(self, frame: Picture, seconds: float) -> Picture:
        if not self.prepared:
            self.prepare([frame])
        low = self.graded(cv2.resize(frame, self.grid, interpolation=cv2.INTER_AREA))
        crisp = cv2.addWeighted(low, 1.5, px.blur(low, 1.0), -0.5, 0)
        drawn = self.tones[index_of(cv2.subtract(cv2.add(crisp, self.plus), self.minus), self.table)]
        size = self.grid[0] * self.pixel, self.grid[1] * self.pixel
        big = px.mul(cv2.resize(drawn, size, interpolation=cv2.INTER_NEAREST), self.tiles)
        return cv2.resize(big, (self.width, self.height), interpolation=cv2.INTER_NEAREST)


class Claymation(OnTwos):
    """Plasticine: rounded coloured lumps with a soft shine and the prints of fingers."""

    grading = GRADINGS["claymation"]
    lumps: px.Field | None = None

    def setup(self) -> None:
        super().setup()
        s, rng = self.scale, self.rng
        size = max(8, self.width // 2), max(8, self.height // 2)
        swirl = px.smooth_noise(rng, *size, 46 * s) * 30
        prints = np.sin(swirl + px.smooth_noise(rng, *size, 90 * s) * 22)
        prints = prints * np.clip(px.smooth_noise(rng, *size, 60 * s) * 2.4, 0, 1)
        touch = prints * 0.9 + px.smooth_noise(rng, *size, 9 * s) * 2.0
        self.touch = (touch + px.smooth_noise(rng, *size, 30 * s) * 9).astype(np.float32)

    def hold(self, frame: Picture, seconds: float) -> Picture:
        s = self.scale
        low = kuwahara(kuwahara(px.reduced(frame, 2), max(2, round(4 * s))), max(2, round(3 * s)))
        low = px.blur(cv2.medianBlur(low, 5), 0.9 * s)
        body = self.graded(low).astype(np.float32)
        facing = self._facing(low)
        lit = cv2.multiply(body, px.merged(np.clip(0.40 + 0.98 * facing, 0, 1.5)))
        shine = px.blur(np.clip(facing - 0.72, 0, 1) ** 1.5, 1.4 * s) * 210
        out = px.to8(lit + shine[..., None])
        out = cv2.resize(out, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        return px.mul(out, self.shade)

    def _facing(self, low: Picture) -> px.Field:
        """How much each place faces the lamp: the picture's own light as lumps, rounded over at edges, and
        the maker's fingers."""
        s, plane = self.scale, px.grey(low)
        light = plane.astype(np.float32)
        bulge = px.blur(light, 2.0 * s) * 0.35 + px.blur(light, 5.5 * s) * 0.9
        edge = cv2.morphologyEx(plane, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).astype(np.float32)
        bulge = bulge - px.blur(edge, 2.2 * s) * 1.6
        # Which patch a calm place falls into is chance, and would make it boil: there lumps give way slowly.
        # What moves takes its own along.
        change = bulge - (bulge if self.lumps is None else self.lumps)
        self.lumps = bulge - change * np.clip(0.6 - np.abs(change) / 24, 0, 1)
        bulge = self.lumps + self.touch
        dx = cv2.Sobel(bulge, cv2.CV_32F, 1, 0, ksize=3) / 8 / s
        dy = cv2.Sobel(bulge, cv2.CV_32F, 0, 1, ksize=3) / 8 / s
        slope = 1 / np.sqrt(1 + (dx * 0.16) ** 2 + (dy * 0.16) ** 2)
        facing = (-dx * 0.10 * -0.55 - dy * 0.10 * -0.65) * -1
        return np.asarray(np.clip((0.60 + facing) * slope, 0.18, 1.25))


class PaperCut(OnTwos):
    """Sheets of coloured card laid over one another, each with its fibre, its lit edge and its shadow."""

    grading = GRADINGS["paper_cut"]
    colours = 15
    prepared = False

    def setup(self) -> None:
        super().setup()
        self.sheet = paper(self.rng, self.width, self.height, (246, 248, 250), 7)
        self.dark = np.clip(255 - 2.6 * np.arange(256), 96, 255).astype(np.uint8)

    def prepare(self, samples: list[Picture]) -> None:
        tones = palette([px.blur(sample, 3 * self.scale) for sample in samples], self.colours)
        self.table, self.prepared = nearest_table(tones), True
        self.card = np.ascontiguousarray(self.graded(tones.astype(np.uint8)[None])[0])
        # Bright is far and lies below, dark is near and lies on top.
        self.rank = np.linspace(255, 0, len(tones)).astype(np.uint8)

    def hold(self, frame: Picture, seconds: float) -> Picture:
        if not self.prepared:
            self.prepare([frame])
        s, size, step = self.scale, (self.width, self.height), 255 // len(self.rank)
        low = kuwahara(kuwahara(px.reduced(frame, 2), max(2, round(3 * s))), max(2, round(2.5 * s)))
        index = cv2.medianBlur(index_of(px.blur(low, 1.0 * s), self.table), 5)
        full = cv2.resize(index * step, size, interpolation=cv2.INTER_NEAREST) // step
        full = cv2.medianBlur(full, 7 if s > 0.6 else 5)
        height = self.rank[full]
        thrown = cv2.subtract(self._moved(height, max(1, round(5 * s))), height)
        shadow = cv2.LUT(px.blur(thrown, 3.2 * s), self.dark)
        edge = cv2.subtract(height, self._moved(height, max(1, round(1.4 * s))))
        rim = px.at_most(cv2.convertScaleAbs(edge, alpha=3), 62)
        return px.mul(cv2.add(px.mul(self.card[full], px.merged(shadow)), px.merged(rim)), self.sheet)

    def _moved(self, plane: Plane, by: int) -> Plane:
        move = px.f32([[1, 0, by], [0, 1, by]])
        return cv2.warpAffine(plane, move, (self.width, self.height), borderMode=cv2.BORDER_REPLICATE)
