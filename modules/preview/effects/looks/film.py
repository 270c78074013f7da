"""Looks of film stock: a home movie, early cinema, a soft focus filter, infrared film."""

import math

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.looks.gradings import GRADINGS, Grade
from modules.preview.effects.pixels import Picture, Plane
from modules.preview.effects.regions import greenery
from modules.preview.effects.strokes import full_range


def _gate(w: int, h: int, border: float = 0.055, corner: float = 0.13, soft: float = 0.012) -> Plane:
    """The projector's window: 255 inside, round at the corners."""
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    reach = 1.0 - border * min(w, h) / np.array([w, h])
    span = np.array([w, h]) / min(w, h)
    qx = np.abs(x) * span[0] - (reach[0] * span[0] - corner)
    qy = np.abs(y) * span[1] - (reach[1] * span[1] - corner)
    outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0)) + np.minimum(np.maximum(qx, qy), 0) - corner
    return np.asarray((np.clip(0.5 - outside / soft, 0, 1) * 255).astype(np.uint8))


def _mark(w: int, h: int, s: float, rng: np.random.Generator, most: int = 8, size: float = 1.0) -> Plane:
    """Hairs and specks on one frame of the film."""
    mark = np.zeros((h, w), np.uint8)
    for _ in range(int(rng.integers(2, most))):
        spot = (int(rng.integers(0, w)), int(rng.integers(0, h)))
        if rng.random() < 0.35:
            points = np.cumsum(rng.normal(0, 7 * s, (9, 2)), 0) + spot
            cv2.polylines(mark, [points.astype(np.int32)], False, 190, max(1, round(size)), cv2.LINE_AA)
        else:
            radius = max(1, int(rng.uniform(0.8, 3.4) * s * size))
            cv2.circle(mark, spot, radius, int(rng.integers(120, 230)), -1, cv2.LINE_AA)
    return mark


class VintageFilm(Grade):
    """A home movie: faded warm stock, gate weave, scratches, dust, a flickering lamp and rounded corners."""

    moves = True
    grading = GRADINGS["vintage_film"]

    def setup(self) -> None:
        super().setup()
        w, h, rng = self.width, self.height, self.rng
        self.gate = px.mul(self.shade, px.merged(_gate(w, h)))
        self.grain = px.Grain(rng, w, h, 5.2, 1.0, 6)
        leak = px.tiling_noise(rng, w // 4, h // 4, w / 5, 2) ** 2 * np.linspace(1, 0, w // 4)[None] ** 2.2
        self.leak = px.to8(px.tint(cv2.resize(leak.astype(np.float32), (w, h)), (26, 92, 190)))
        self.marks = [px.merged(px.blur(_mark(w, h, self.scale, rng), 0.6)) for _ in range(7)]

    def paint(self, frame: Picture, seconds: float) -> Picture:
        dice = np.random.default_rng(int(seconds * 12))
        weave_x = math.sin(seconds * 7.1) * 0.9 + dice.normal(0, 0.25)
        weave_y = math.sin(seconds * 5.3) * 0.7 + dice.normal(0, 0.3)
        move = px.f32([[1, 0, weave_x * self.scale], [0, 1, weave_y * self.scale]])
        out = cv2.warpAffine(frame, move, (self.width, self.height), borderMode=cv2.BORDER_REPLICATE)
        soft = px.fit(px.blur(px.reduced(out, 2), 1.2 * self.scale), out)
        out = px.screen(self.graded(cv2.addWeighted(out, 0.7, soft, 0.3, 0)), self.leak)
        lamp = 1 + 0.018 * math.sin(seconds * 6.1) + 0.010 * dice.normal()
        out = cv2.convertScaleAbs(self.grain(out, seconds), alpha=lamp)
        if dice.random() < 0.6:
            mark = self.marks[int(dice.integers(len(self.marks)))]
            out = cv2.add(out, mark) if dice.random() < 0.5 else cv2.subtract(out, mark)
        slow = np.random.default_rng(int(seconds * 2.3) + 99)
        for _ in range(int(slow.integers(1, 3))):
            x = int(slow.uniform(0.05, 0.95) * self.width + math.sin(seconds * 9) * 2)
            cv2.line(out, (x, 0), (x, self.height), (150, 200, 214), 1, cv2.LINE_AA)
        return px.mul(out, self.gate)


class OldCinema(Grade):
    """A reel from the first years of cinema: hand-cranked, hard greys, scratches, dust, the gate's round
    corners."""

    moves = True
    grading = GRADINGS["old_cinema"]
    rate = 16.0
    held: tuple[int, Picture] | None = None
    spread: px.Table | None = None

    def setup(self) -> None:
        super().setup()
        w, h, rng = self.width, self.height, self.rng
        self.gate = px.merged(px.mul(px.vignette(w, h, 0.8, 0.2)[..., 0], _gate(w, h, 0.085, 0.22, 0.03)))
        self.grain = px.Grain(rng, w, h, 11.0, 1.1, 6)
        self.marks = [px.blur(_mark(w, h, self.scale, rng, 16, 2.0), 0.7) for _ in range(8)]
        stain = px.smooth_noise(rng, w, h, 130 * self.scale) * 9
        self.stain = px.to8(248 + stain)
        # The early emulsion saw blue as white and red as black.
        self.emulsion = px.f32([[0.52, 0.44, 0.04]])
        self.tones = px.curve((0, 0.03), (0.22, 0.17), (0.5, 0.58), (0.75, 0.92), (1, 1))

    def paint(self, frame: Picture, seconds: float) -> Picture:
        beat = int(seconds * self.rate + 1e-6)
        if self.held is None or self.held[0] != beat:
            self.held = (beat, self._projected(frame, beat))
        return self.held[1].copy()

    def prepare(self, samples: list[Picture]) -> None:
        self.spread = full_range([px.merged(cv2.transform(sample, self.emulsion)) for sample in samples])

    def _projected(self, frame: Picture, beat: int) -> Picture:
        w, h, s = self.width, self.height, self.scale
        dice = np.random.default_rng(beat)
        at = beat / self.rate
        plane = cv2.transform(frame, self.emulsion)
        if self.spread is not None:
            plane = cv2.LUT(plane, self.spread)
        plane = cv2.LUT(plane, self.tones)
        weave = dice.normal(0, 0.9) + math.sin(at * 7.1) * 1.4, dice.normal(0, 1.0) + math.sin(at * 5.3) * 1.6
        move = px.f32([[1, 0, weave[0] * s], [0, 1, weave[1] * s]])
        plane = cv2.warpAffine(plane, move, (w, h), borderMode=cv2.BORDER_REPLICATE)
        soft = px.fit(px.blur(px.reduced(plane, 2), 1.3 * s), plane)
        glow = px.fit(px.blur(px.reduced(plane, 4), 5 * s), plane)
        plane = cv2.addWeighted(cv2.addWeighted(plane, 0.35, soft, 0.65, 0), 0.86, glow, 0.2, 0)
        lamp = 1 + 0.035 * math.sin(at * 11) + float(np.clip(dice.normal(0, 0.016), -0.03, 0.03))
        plane = cv2.convertScaleAbs(px.mul(plane, self.stain), alpha=lamp)
        plane = self.grain(plane, at)
        for add in (True, False):
            if dice.random() < 0.85:
                mark = np.roll(self.marks[int(dice.integers(len(self.marks)))], int(dice.integers(w)), 1)
                plane = cv2.add(plane, mark) if add else cv2.subtract(plane, mark)
        self._scratch(plane, at, dice)
        return px.mul(px.tinted(plane, self.tone), self.gate)

    def _scratch(self, plane: Plane, at: float, dice: np.random.Generator) -> None:
        """Upright scratches, some that stay for a while and some of one frame."""
        w, h, s = self.width, self.height, self.scale
        slow = np.random.default_rng(int(at * 1.7) + 99)
        places = [(slow.uniform(0.1, 0.9) * w + math.sin(at * 6 + k) * 3 * s, True) for k in range(3)]
        places += [(dice.uniform(0.05, 0.95) * w, False) for _ in range(int(dice.integers(0, 4)))]
        for x, whole in places:
            top, long = (0, h) if whole else (int(dice.integers(0, h)), int(h * dice.uniform(0.2, 0.7)))
            light = 232 if slow.random() < 0.65 else 14
            wide = max(1, round(dice.uniform(0.7, 2.2) * s))
            lean = dice.normal(0, 2) * s
            cv2.line(plane, (int(x), top), (int(x + lean), top + long), light, wide, cv2.LINE_AA)


class Dreamy(Grade):
    """A soft focus filter: highlights swim, shadows lift to lilac."""

    grading = GRADINGS["dreamy"]

    def setup(self) -> None:
        super().setup()
        w, h, rng = self.width, self.height, self.rng
        veil = np.zeros((h, w, 3), np.float32)
        for cx, cy, r, colour in (
            (0.12, 0.15, 0.5, (92, 44, 84)),
            (0.9, 0.3, 0.55, (34, 54, 96)),
            (0.5, 1.05, 0.5, (84, 36, 54)),
        ):
            veil += px.tint(px.bell(px.away_from(w, h, w * cx, h * cy) / min(w, h), r), colour)
        for _ in range(20):
            cx, cy, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(10, 46) * self.scale
            d = px.away_from(w, h, cx, cy) / r
            spot = np.clip((1 - d) * 9, 0, 1) * (0.55 + 0.45 * np.clip(d, 0, 1))
            veil += px.tint(spot, (36, 42, 50)) * rng.uniform(0.35, 1)
        self.veil = px.to8(px.blur(veil, 1.2))

    def light(self, out: Picture, seconds: float) -> Picture:
        wide = px.fit(px.blur(px.reduced(out, 4), 7 * self.scale), out)
        out = cv2.addWeighted(out, 0.58, px.screen(out, wide), 0.42, 0)
        return px.screen(cv2.addWeighted(out, 0.85, wide, 0.15, 0), self.veil)


class Infrared(Grade):
    """False-colour film: leaves turn crimson and pink, skies deep teal."""

    grading = GRADINGS["infrared"]

    def setup(self) -> None:
        super().setup()
        self.matrix = px.f32([[0.70, 0.36, -0.06], [0.30, 0.62, 0.06], [-0.10, 0.30, 0.80]])
        self.rose = px.tone(
            ((0, 0.05), (0.5, 0.46), (1, 0.93)),
            ((0, 0.0), (0.5, 0.20), (1, 0.84)),
            ((0, 0.10), (0.35, 0.62), (0.7, 0.92), (1, 1)),
        )

    def recolour(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        return px.mix(out, px.tinted(px.grey(frame), self.rose), greenery(frame))
