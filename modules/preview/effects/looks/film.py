"""Looks of film stock: a home movie, a soft focus filter, infrared film."""

import math

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.looks.gradings import GRADINGS, Grade
from modules.preview.effects.pixels import Picture, Plane
from modules.preview.effects.regions import greenery


class VintageFilm(Grade):
    """A home movie: faded warm stock, gate weave, scratches, dust, a flickering lamp and rounded corners."""

    moves = True
    grading = GRADINGS["vintage_film"]

    def setup(self) -> None:
        super().setup()
        w, h, rng = self.width, self.height, self.rng
        self.gate = px.mul(self.shade, px.merged(self._gate()))
        self.grain = px.Grain(rng, w, h, 5.2, 1.0, 6)
        leak = px.tiling_noise(rng, w // 4, h // 4, w / 5, 2) ** 2 * np.linspace(1, 0, w // 4)[None] ** 2.2
        self.leak = px.to8(px.tint(cv2.resize(leak.astype(np.float32), (w, h)), (26, 92, 190)))
        self.marks = [px.merged(px.blur(self._mark(), 0.6)) for _ in range(7)]

    def _gate(self) -> Plane:
        """The projector's window: 255 inside, round at the corners."""
        w, h, corner = self.width, self.height, 0.13
        y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
        reach = 1.0 - 0.055 * min(w, h) / np.array([w, h])
        span = np.array([w, h]) / min(w, h)
        qx = np.abs(x) * span[0] - (reach[0] * span[0] - corner)
        qy = np.abs(y) * span[1] - (reach[1] * span[1] - corner)
        outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0)) + np.minimum(np.maximum(qx, qy), 0) - corner
        return np.asarray((np.clip(0.5 - outside / 0.012, 0, 1) * 255).astype(np.uint8))

    def _mark(self) -> Plane:
        """Hairs and specks on one frame of the film."""
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        mark = np.zeros((h, w), np.uint8)
        for _ in range(int(rng.integers(2, 8))):
            spot = (int(rng.integers(0, w)), int(rng.integers(0, h)))
            if rng.random() < 0.35:
                points = np.cumsum(rng.normal(0, 7 * s, (9, 2)), 0) + spot
                cv2.polylines(mark, [points.astype(np.int32)], False, 190, 1, cv2.LINE_AA)
            else:
                radius = max(1, int(rng.uniform(0.8, 3.4) * s))
                cv2.circle(mark, spot, radius, int(rng.integers(120, 230)), -1, cv2.LINE_AA)
        return mark

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
