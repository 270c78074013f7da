"""Looks of film stock and colour grades."""

import math

import cv2
import numpy as np

from modules.preview.effects.base import (
    Effect,
    Grain,
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
from modules.preview.effects.regions import greenery


class VintageFilm(Effect):
    """A home movie: faded warm stock, gate weave, scratches, dust, a flickering lamp and rounded corners."""

    moves = True

    def setup(self) -> None:
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        self.stock = curves(
            curve((0, 0.16), (0.3, 0.28), (0.7, 0.56), (1, 0.74)),
            curve((0, 0.09), (0.3, 0.30), (0.7, 0.69), (1, 0.91)),
            curve((0, 0.11), (0.3, 0.38), (0.7, 0.80), (1, 0.99)),
        )
        self.faded = saturation(0.66)
        y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
        reach = 1.0 - 0.055 * min(w, h) / np.array([w, h])
        corner = 0.13
        span = np.array([w, h]) / min(w, h)
        qx, qy = (
            np.abs(x) * span[0] - (reach[0] * span[0] - corner),
            np.abs(y) * span[1] - (reach[1] * span[1] - corner),
        )
        outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0)) + np.minimum(np.maximum(qx, qy), 0) - corner
        gate = np.clip(0.5 - outside / 0.012, 0, 1)
        self.gate = mul(vignette(w, h, 0.62, 0.25), cv2.merge([(gate * 255).astype(np.uint8)] * 3))
        self.grain = Grain(rng, w, h, 5.2, 1.0, 6)
        leak = clouds(rng, w // 4, h // 4, w / 5, 2) ** 2 * np.linspace(1, 0, w // 4)[None] ** 2.2
        leak = cv2.resize(leak.astype(np.float32), (w, h))
        self.leak = np.clip(np.dstack([leak * 26, leak * 92, leak * 190]), 0, 255).astype(np.uint8)
        self.marks = []
        for _ in range(7):
            mark = np.zeros((h, w), np.uint8)
            for _ in range(int(rng.integers(2, 8))):
                x0, y0 = int(rng.integers(0, w)), int(rng.integers(0, h))
                if rng.random() < 0.35:
                    points = np.cumsum(rng.normal(0, 7 * s, (9, 2)), 0) + (x0, y0)
                    cv2.polylines(mark, [points.astype(np.int32)], False, 190, 1, cv2.LINE_AA)
                else:
                    cv2.circle(
                        mark,
                        (x0, y0),
                        max(1, int(rng.uniform(0.8, 3.4) * s)),
                        int(rng.integers(120, 230)),
                        -1,
                        cv2.LINE_AA,
                    )
            self.marks.append(cv2.merge([blur(mark, 0.6)] * 3))

    def paint(self, frame, seconds):
        beat = int(seconds * 12)
        dice = np.random.default_rng(beat)
        weave_x = math.sin(seconds * 7.1) * 0.9 + dice.normal(0, 0.25)
        weave_y = math.sin(seconds * 5.3) * 0.7 + dice.normal(0, 0.3)
        move = np.array([[1, 0, weave_x * self.scale], [0, 1, weave_y * self.scale]], np.float32)
        out = cv2.warpAffine(frame, move, (self.width, self.height), borderMode=cv2.BORDER_REPLICATE)
        out = cv2.LUT(
            cv2.transform(
                cv2.addWeighted(out, 0.7, fit(blur(small(out, 2), 1.2 * self.scale), out), 0.3, 0), self.faded
            ),
            self.stock,
        )
        out = screen(out, self.leak)
        lamp = 1 + 0.018 * math.sin(seconds * 6.1) + 0.010 * dice.normal()
        out = cv2.convertScaleAbs(self.grain(out, seconds), alpha=lamp)
        if dice.random() < 0.6:
            mark = self.marks[int(dice.integers(len(self.marks)))]
            out = cv2.add(out, mark) if dice.random() < 0.5 else cv2.subtract(out, mark)
        slow = np.random.default_rng(int(seconds * 2.3) + 99)
        for _ in range(int(slow.integers(1, 3))):
            x = int(slow.uniform(0.05, 0.95) * self.width + math.sin(seconds * 9) * 2)
            cv2.line(out, (x, 0), (x, self.height), (150, 200, 214), 1, cv2.LINE_AA)
        return mul(out, self.gate)


class Dreamy(Effect):
    """A soft focus filter: highlights swim, shadows lift to lilac."""

    def setup(self) -> None:
        self.tone = curves(
            curve((0, 0.10), (0.5, 0.50), (1, 0.96)),
            curve((0, 0.04), (0.5, 0.43), (1, 0.93)),
            curve((0, 0.08), (0.5, 0.50), (1, 0.97)),
        )
        self.soft = saturation(0.92)
        w, h = self.width, self.height
        y, x = np.mgrid[:h, :w].astype(np.float32)
        veil = np.zeros((h, w, 3), np.float32)
        for cx, cy, r, colour in (
            (0.12, 0.15, 0.5, (92, 44, 84)),
            (0.9, 0.3, 0.55, (34, 54, 96)),
            (0.5, 1.05, 0.5, (84, 36, 54)),
        ):
            d = np.hypot(x - w * cx, y - h * cy) / min(w, h)
            veil += np.exp(-((d / r) ** 2))[..., None] * np.array(colour)
        for _ in range(20):
            cx, cy, r = self.rng.uniform(0, w), self.rng.uniform(0, h), self.rng.uniform(10, 46) * self.scale
            d = np.hypot(x - cx, y - cy) / r
            veil += (
                (np.clip((1 - d) * 9, 0, 1) * (0.55 + 0.45 * np.clip(d, 0, 1)))[..., None]
                * np.array((36, 42, 50))
                * self.rng.uniform(0.35, 1)
            )
        self.veil = np.clip(blur(veil, 1.2), 0, 255).astype(np.uint8)

    def paint(self, frame, seconds):
        out = grade(cv2.transform(frame, self.soft), self.tone)
        wide = fit(blur(small(out, 4), 7 * self.scale), out)
        out = cv2.addWeighted(out, 0.58, screen(out, wide), 0.42, 0)
        out = cv2.addWeighted(out, 0.85, wide, 0.15, 0)
        return screen(out, self.veil)


class Infrared(Effect):
    """False-colour film: leaves turn crimson and pink, skies deep teal."""

    def setup(self) -> None:
        self.swap = np.array([[0.70, 0.36, -0.06], [0.30, 0.62, 0.06], [-0.10, 0.30, 0.80]], np.float32)
        self.rose = curves(
            curve((0, 0.05), (0.5, 0.46), (1, 0.93)),
            curve((0, 0.0), (0.5, 0.20), (1, 0.84)),
            curve((0, 0.10), (0.35, 0.62), (0.7, 0.92), (1, 1)),
        )
        self.hard = curves(
            curve((0, 0.04), (0.5, 0.52), (1, 1)),
            curve((0, 0.01), (0.5, 0.49), (1, 0.98)),
            curve((0, 0), (0.5, 0.44), (1, 0.97)),
        )
        self.shade = vignette(self.width, self.height, 0.3)

    def paint(self, frame, seconds):
        base = grade(cv2.transform(frame, self.swap), self.hard)
        leaf = tinted(grey(frame), self.rose)
        out = mix(base, leaf, greenery(frame))
        return mul(bloom(out, 150, 26 * self.scale, 0.45, (0.9, 0.7, 1)), self.shade)


class Grade(Effect):
    """A colour grade from a few numbers; each subclass is one look."""

    rich = 1.0
    tint = (1.0, 1.0, 1.0)
    blue = green = red = ((0.0, 0.0), (1.0, 1.0))
    shading = 0.0
    glow = 0.0
    grain_sigma = 0.0

    def setup(self) -> None:
        self.matrix = saturation(self.rich, self.tint)
        self.tone = curves(curve(*self.blue), curve(*self.green), curve(*self.red))
        self.shade = vignette(self.width, self.height, self.shading) if self.shading else None
        self.grain = Grain(self.rng, self.width, self.height, self.grain_sigma) if self.grain_sigma else None

    def paint(self, frame, seconds):
        out = grade(cv2.transform(frame, self.matrix), self.tone)
        if self.glow:
            out = bloom(out, 165, 24 * self.scale, self.glow)
        if self.grain:
            out = self.grain(out, seconds)
        return out if self.shade is None else mul(out, self.shade)


class Cinematic(Grade):
    rich, shading, glow = 0.96, 0.30, 0.22
    blue = ((0, 0.045), (0.25, 0.235), (0.6, 0.54), (1, 0.93))
    green = ((0, 0.02), (0.25, 0.215), (0.6, 0.60), (1, 0.975))
    red = ((0, 0.01), (0.25, 0.185), (0.6, 0.645), (1, 1))


class BlackAndWhite(Grade):
    rich, shading = 0.0, 0.22
    blue = green = red = ((0, 0.01), (0.25, 0.20), (0.6, 0.66), (1, 1))


class Sepia(Grade):
    rich, shading = 0.06, 0.4
    blue = ((0, 0.06), (0.5, 0.34), (1, 0.76))
    green = ((0, 0.07), (0.5, 0.45), (1, 0.92))
    red = ((0, 0.10), (0.5, 0.58), (1, 1))


class Warm(Grade):
    rich, glow = 1.08, 0.15
    blue = ((0, 0.01), (0.5, 0.40), (1, 0.84))
    green = ((0, 0.01), (0.5, 0.505), (1, 0.975))
    red = ((0, 0.02), (0.5, 0.58), (1, 1))


class Cool(Grade):
    rich, glow = 0.94, 0.12
    blue = ((0, 0.05), (0.5, 0.60), (1, 1))
    green = ((0, 0.02), (0.5, 0.51), (1, 0.985))
    red = ((0, 0.0), (0.5, 0.41), (1, 0.90))


class Vivid(Grade):
    rich, glow = 1.55, 0.12
    blue = green = red = ((0, 0), (0.25, 0.20), (0.7, 0.78), (1, 1))


class Pastel(Grade):
    rich, glow = 0.72, 0.2
    blue = ((0, 0.30), (0.5, 0.68), (1, 0.99))
    green = ((0, 0.27), (0.5, 0.66), (1, 0.985))
    red = ((0, 0.29), (0.5, 0.70), (1, 1))
