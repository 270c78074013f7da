"""Weather in front of the picture: rain, storm, snow, mist, dust. Everything moves by the clock, so any frame
rate shows the same pace."""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.particles import Bubbles, Embers, Fireflies, Leaves, Petals
from modules.preview.effects.pixels import Colour, Picture, Plane


class Sheet:
    """A picture larger than the frame that repeats in both directions; `at` is a view of it, nothing is
    copied."""

    def __init__(self, tile: Plane, width: int, height: int) -> None:
        self.tile, self.width, self.height = tile.shape[:2], width, height
        self.big = np.tile(tile, (2, 2))

    def at(self, x: float, y: float) -> Plane:
        top, left = int(y) % self.tile[0], int(x) % self.tile[1]
        return self.big[top : top + self.height, left : left + self.width]


def _wrapped(size: tuple[int, int], x: int, y: int, margin: int) -> Iterator[tuple[int, int]]:
    """Where to draw at (x, y) of a tile: there, and again at the opposite edges when it is near an edge."""
    width, height = size
    yield x, y
    dx = width if x < margin else -width if x > width - margin else 0
    dy = height if y < margin else -height if y > height - margin else 0
    if dy:
        yield x, y + dy
    if dx:
        yield x + dx, y
    if dx and dy:
        yield x + dx, y + dy


def _lit(frame: Picture, layers: list[Plane], tint: Colour = (1, 1, 1)) -> Picture:
    """The light of several grey layers, tinted in BGR, added to a picture. They are gathered in one plane:
    a third of the work."""
    light = layers[0]
    for layer in layers[1:]:
        light = cv2.add(light, layer)
    shares = [light if share == 1 else cv2.convertScaleAbs(light, alpha=share) for share in tint]
    return cv2.add(frame, cv2.merge(shares))


OVERCAST = px.tone(
    ((0, 0.02), (0.5, 0.43), (1, 0.86)),
    ((0, 0.015), (0.5, 0.41), (1, 0.83)),
    ((0, 0.01), (0.5, 0.39), (1, 0.80)),
)
"""Rain does not fall from a bright sky, and could not be seen before one."""


class Rain(Effect):
    """Three depths of streaks, far ones short and dim.

    `depths`: how many at 1280x720, length in pixels, thickness, light, pixels a second. A streak is longer
    than its way from frame to frame at 25 a second, so that the eye joins them into falling; shorter ones
    twinkle.
    """

    moves = True
    depths = ((480, 48, 0.8, 46, 950), (230, 88, 1.0, 64, 1450), (48, 175, 1.7, 70, 2200))
    slant = -0.13

    def setup(self) -> None:
        self.sheets = []
        s = self.scale
        for count, length, thickness, light, speed in self.depths:
            tile: Plane = np.zeros((self.height, self.width), np.uint8)
            amount = round(count * self.width * self.height / (1280 * 720) / max(0.35, s * s) * 0.9)
            for _ in range(amount):
                long = length * s * self.rng.uniform(0.6, 1.3)
                value = int(light * self.rng.uniform(0.45, 1))
                x, y = int(self.rng.integers(0, self.width)), int(self.rng.integers(0, self.height))
                thick = max(1, round(thickness * s))

                for at_x, at_y in _wrapped((self.width, self.height), x, y, int(long) + 2):
                    end = int(at_x + self.slant * long), int(at_y + long)
                    cv2.line(tile, (at_x, at_y), end, value, thick, cv2.LINE_AA)
            tile = cv2.GaussianBlur(tile, (0, 0), sigmaX=0.55, sigmaY=2.0 * s)
            self.sheets.append((Sheet(tile, self.width, self.height), speed * s))

    def paint(self, frame: Picture, seconds: float) -> Picture:
        return self.streaks(px.grade(frame, OVERCAST), seconds)

    def streaks(self, frame: Picture, seconds: float) -> Picture:
        """The rain alone, for a picture that is dark already."""
        layers = [sheet.at(-seconds * speed * self.slant, -seconds * speed) for sheet, speed in self.sheets]
        return _lit(frame, layers, (1, 0.93, 0.86))


class Storm(Rain):
    """Hard slanting rain under a dark sky, with lightning every few seconds: two soft strokes, far below
    what strobes."""

    depths = ((640, 62, 0.9, 38, 1250), (310, 118, 1.1, 50, 1950), (66, 215, 1.8, 52, 2800))
    slant = -0.34

    def setup(self) -> None:
        super().setup()
        self.dark = px.tone(
            ((0, 0), (0.5, 0.30), (1, 0.78)),
            ((0, 0), (0.5, 0.26), (1, 0.74)),
            ((0, 0), (0.5, 0.23), (1, 0.70)),
        )
        ramp = np.linspace(1, 0.35, self.height, dtype=np.float32)[:, None].repeat(self.width, 1)
        self.glow = px.tint(ramp, (120, 108, 100)).astype(np.uint8)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        frame = px.grade(frame, self.dark)
        since = [(seconds % 4.3) - at for at in (1.2, 1.75)]
        flash = sum(1.25 * (1 - math.exp(-t * 9)) ** 2 * math.exp(-t * 4) for t in since if t > 0)
        if flash > 0.01:
            frame = cv2.addWeighted(frame, 1 + 0.45 * flash, self.glow, 0.52 * flash, 0)
        return self.streaks(frame, seconds)


class Snow(Effect):
    """Flakes at four depths, the nearest large, soft and fast."""

    moves = True
    depths = ((1100, 0.9, 130, 62), (420, 1.7, 165, 105), (120, 3.1, 185, 165), (22, 7.0, 120, 270))

    def setup(self) -> None:
        self.sheets = []
        s = self.scale
        for count, radius, light, speed in self.depths:
            tile: Plane = np.zeros((self.height, self.width), np.uint8)
            for _ in range(round(count * self.width * self.height / (1280 * 720) / max(0.35, s * s))):
                size = max(0.6, radius * s * self.rng.uniform(0.65, 1.3))
                value = int(light * self.rng.uniform(0.55, 1))
                x, y = int(self.rng.integers(0, self.width)), int(self.rng.integers(0, self.height))

                for at_x, at_y in _wrapped((self.width, self.height), x, y, int(size) + 3):
                    cv2.circle(tile, (at_x * 16, at_y * 16), int(size * 16), value, -1, cv2.LINE_AA, 4)
            tile = px.blur(tile, 0.45 + radius * s * (0.30 if radius < 5 else 0.55))
            self.sheets.append((Sheet(tile, self.width, self.height), speed * s, self.rng.uniform(0, 6)))

    def paint(self, frame: Picture, seconds: float) -> Picture:
        layers = []
        for sheet, speed, phase in self.sheets:
            sway = math.sin(seconds * 0.9 + phase) * speed * 0.22 + seconds * speed * 0.16
            layers.append(sheet.at(-sway, -seconds * speed))
        return _lit(frame, layers)


class Veil(Effect):
    """A drifting layer of mist in one colour; subclasses choose it, and how thick it lies from top to
    bottom."""

    moves = True
    colour = (226, 222, 216)
    density = ((0.0, 0.18), (0.45, 0.55), (1.0, 0.42))
    drift = 26.0
    cell = 0.45
    contrast = 0.55

    def setup(self) -> None:
        self.factor = 4
        low_w, low_h = max(8, self.width // 4), max(8, self.height // 4)
        field = px.tiling_noise(self.rng, low_w * 2, low_h, low_w * self.cell)
        self.field = np.concatenate([field, field[:, : low_w + 8]], 1).astype(np.float32)
        places, amounts = zip(*self.density, strict=True)
        rows = np.interp(np.linspace(0, 1, low_h), places, amounts).astype(np.float32)
        self.rows = rows[:, None].repeat(low_w, 1)
        self.flat = np.full((self.height, self.width, 3), self.colour, np.uint8)
        self.low = (low_w, low_h)

    def mist(self, seconds: float) -> Plane:
        """How opaque the veil is, 0..255, one plane of the frame's size."""
        low_w, low_h = self.low
        total = np.zeros((low_h, low_w), np.float32)
        for pace, share in ((1.0, 0.6), (-0.55, 0.4)):
            x = (seconds * self.drift * pace / self.factor) % (low_w * 2)
            move = np.array([[1, 0, -(x % 1)], [0, 1, 0]], np.float32)
            part = self.field[:, int(x) : int(x) + low_w + 2]
            total += cv2.warpAffine(part, move, (low_w, low_h), borderMode=cv2.BORDER_REPLICATE) * share
        alpha = self.rows * (1 - self.contrast + 2 * self.contrast * total)
        return cv2.resize(px.to8(alpha * 255), (self.width, self.height), interpolation=cv2.INTER_LINEAR)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        alpha = cv2.merge([self.mist(seconds)] * 3)
        return cv2.add(px.mul(frame, cv2.bitwise_not(alpha)), px.mul(self.flat, alpha))


class Fog(Veil):
    """Pale mist, thickest in the middle distance."""

    density = ((0.0, 0.40), (0.45, 0.74), (1.0, 0.50))


class Dust(Veil):
    """Blown sand: a warm haze with fast grains in it."""

    colour = (112, 164, 208)
    density = ((0.0, 0.34), (0.5, 0.50), (1.0, 0.62))
    drift = 190.0
    cell = 0.3

    def setup(self) -> None:
        super().setup()
        tile: Plane = np.zeros((self.height, self.width), np.uint8)
        for _ in range(round(1300 * self.width * self.height / (1280 * 720))):
            x, y = int(self.rng.integers(0, self.width)), int(self.rng.integers(0, self.height))
            long = int(self.rng.uniform(2, 9) * self.scale)
            value = int(self.rng.uniform(8, 58) * self.rng.uniform(0.3, 1))
            cv2.line(tile, (x, y), (x + long, y + int(long * 0.12)), value, 1, cv2.LINE_AA)
        tile = px.blur(tile, 0.6)
        self.grains = Sheet(tile, self.width, self.height)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        frame = super().paint(frame, seconds)
        sway = math.sin(seconds * 2.1) * 14
        layer = self.grains.at(-seconds * 900 * self.scale, sway - seconds * 90 * self.scale)
        return _lit(frame, [layer], (0.55, 0.8, 1))


WEATHER: dict[str, tuple[str, type[Effect]]] = {
    "rain": ("Rain", Rain),
    "snow": ("Snow", Snow),
    "fog": ("Fog", Fog),
    "dust": ("Blowing dust", Dust),
    "leaves": ("Falling leaves", Leaves),
    "petals": ("Falling petals", Petals),
    "fireflies": ("Fireflies", Fireflies),
    "storm": ("Thunderstorm", Storm),
    "bubbles": ("Rising bubbles", Bubbles),
    "embers": ("Rising embers", Embers),
}
"""Every overlay: name -> (title, class)."""
