"""Painted skies and what lives in them: clouds that drift, stars that twinkle, an aurora that waves."""

import math

import cv2
import numpy as np

from modules.preview.backgrounds import brush

_DAY = [(0, (205, 130, 62)), (0.55, (235, 190, 135)), (1, (246, 228, 205))]
_SUNSET = [(0, (110, 58, 62)), (0.35, (140, 88, 150)), (0.62, (100, 122, 235)), (0.85, (90, 175, 252)), (1, (150, 215, 255))]
_NIGHT = [(0, (30, 12, 8)), (0.6, (66, 34, 20)), (1, (105, 66, 40))]


def sky(w: int, h: int, time: str | None, seed: int = 3, clouds: float = 0.8, horizon: float = 1.0) -> np.ndarray:
    """A sky for `day`, `sunset` or `night`; the gradient ends at `horizon` (share of the height)."""
    rows = max(2, int(h * horizon))
    stops = {"sunset": _SUNSET, "night": _NIGHT}.get(time or "day", _DAY)
    picture = brush.gradient(w, rows, stops)
    if rows < h:
        picture = np.vstack([picture, np.repeat(picture[-1:], h - rows, 0)])
    if time == "night":
        add_stars(picture, seed, 0.0011)
    if time == "sunset":
        over_sun(picture, w * 0.66, rows * 0.9, max(w, h) * 0.028)
    if clouds:
        add_clouds(picture, rows, time or "day", seed, clouds)
    return picture


def over_sun(picture: np.ndarray, x: float, y: float, radius: float) -> None:
    h, w = picture.shape[:2]
    picture += brush.glow(w, h, x, y, radius * 11, 1.1)[..., None] * np.float32([40, 95, 130])
    brush.over(picture, (205, 245, 255), np.clip(brush.glow(w, h, x, y, radius * 1.15, 6) * 1.4, 0, 1))


def add_clouds(picture: np.ndarray, rows: int, time: str, seed: int, amount: float) -> None:
    h, w = picture.shape[:2]
    field = brush.noise(w, rows, w / 3.2, 6, seed, 2.4)
    low = np.linspace(-0.15, 0.35, rows, dtype=np.float32)[:, None]
    cover = np.clip((field + low * 0.6 - 0.28 + 0.25 * (amount - 0.8)) * 2.4, 0, 1)
    shade = np.clip(0.55 + 0.9 * (field - np.roll(field, int(rows * 0.05) + 1, 0)), 0, 1)[..., None]
    lit, dark = {"sunset": ((150, 190, 255), (120, 80, 120)), "night": ((92, 62, 48), (44, 26, 18))}.get(time, ((255, 253, 250), (222, 205, 190)))
    colour = np.float32(dark) + (np.float32(lit) - np.float32(dark)) * shade
    brush.over(picture[:rows], colour, cover * 0.85)


def add_stars(picture: np.ndarray, seed: int, density: float, limit: float = 1.0) -> None:
    h, w = picture.shape[:2]
    rng = np.random.default_rng(seed)
    for _ in range(int(w * h * density)):
        x, y = int(rng.integers(0, w)), int(rng.integers(0, max(1, int(h * limit))))
        light = 60 + 195 * rng.random() ** 4
        tint = np.float32([1, 0.95, 0.88] if rng.random() < 0.6 else [0.82, 0.92, 1])
        picture[y, x] += tint * light
        if light > 170 and 1 < x < w - 2 and 1 < y < h - 2:
            picture[y - 1:y + 2, x - 1:x + 2] += tint * light * 0.32


class Twinkle:
    """A few bright stars that pulse, each in its own time."""

    def __init__(self, w: int, h: int, count: int, seed: int, limit: float = 0.6) -> None:
        rng = np.random.default_rng(seed)
        self._spots = [(int(rng.integers(3, w - 4)), int(rng.integers(3, max(5, int(h * limit) - 4))), rng.uniform(0.6, 2.6), rng.uniform(0, 6.3)) for _ in range(count)]
        y, x = np.mgrid[-3:4, -3:4].astype(np.float32)
        self._shape = (np.exp(-(x * x + y * y) / 1.3) + 0.35 * np.exp(-np.abs(x) * 1.1) * (y == 0) + 0.35 * np.exp(-np.abs(y) * 1.1) * (x == 0))[..., None] * np.float32([1, 0.96, 0.9])

    def __call__(self, frame: np.ndarray, seconds: float) -> None:
        for x, y, rate, phase in self._spots:
            light = max(0.0, 0.5 + 0.5 * math.sin(seconds * rate * 2 + phase)) ** 2 * 190
            part = frame[y - 3:y + 4, x - 3:x + 4]
            frame[y - 3:y + 4, x - 3:x + 4] = cv2.add(part, (self._shape * light).astype(np.uint8))


class DriftingVeil:
    """Soft clouds or mist that move sideways over the rows `top`..`bottom` (shares)."""

    def __init__(self, w: int, h: int, top: float, bottom: float, colour, strength: float, speed: float, seed: int) -> None:
        self._y0, self._y1 = int(h * top), int(h * bottom)
        rows, self._w, self._speed = max(8, self._y1 - self._y0), w, speed * w / 1280
        fw, fh = w // 2, max(4, rows // 4)
        field = np.clip(brush.noise(fw * 2 // 2, fh, fw / 5, 4, seed, 2.5) * 0.9 + 0.1, 0, 1)
        field = np.hstack([field, field[:, ::-1]])
        field *= np.sin(np.linspace(0, np.pi, fh))[:, None] ** 0.8
        self._field = (field * 255 * strength).astype(np.uint8)
        self._size = (w, self._y1 - self._y0)
        self._colour = np.uint8(colour)

    def __call__(self, frame: np.ndarray, seconds: float) -> None:
        wide = self._field.shape[1]
        shift = (seconds * self._speed / 2) % wide
        moved = cv2.warpAffine(np.hstack([self._field, self._field[:, :wide // 2]]), np.float32([[1, 0, -(shift % (wide - 1))], [0, 1, 0]]), (wide // 2, self._field.shape[0]), borderMode=cv2.BORDER_REFLECT)
        mask = cv2.cvtColor(cv2.resize(moved, self._size), cv2.COLOR_GRAY2BGR)
        part = frame[self._y0:self._y1]
        tint = np.empty_like(part)
        tint[:] = self._colour
        frame[self._y0:self._y1] = cv2.add(cv2.multiply(tint, mask, scale=1 / 255), cv2.multiply(part, cv2.bitwise_not(mask), scale=1 / 255))


class Aurora:
    """Curtains of green and violet light over the upper part."""

    def __init__(self, w: int, h: int, bottom: float, seed: int = 5) -> None:
        self._rows = int(h * bottom)
        self._w = w
        fw, fh = max(64, w // 6), max(32, self._rows // 6)
        rays = brush.noise(fw, 1, 14, 3, seed)[0] * 0.5 + 0.6
        self._rays = np.clip(rays, 0.1, 1.3).astype(np.float32)
        self._fw, self._fh = fw, fh
        self._y = np.arange(fh, dtype=np.float32)[:, None]

    def __call__(self, frame: np.ndarray, seconds: float) -> None:
        x = np.arange(self._fw, dtype=np.float32) / self._fw
        total = np.zeros((self._fh, self._fw, 3), np.float32)
        for k, (base, colour) in enumerate((((0.62), (120, 235, 60)), ((0.45), (170, 200, 40)), ((0.75), (190, 90, 150)))):
            line = self._fh * (base + 0.12 * np.sin(x * 5 + seconds * 0.35 + k * 2) + 0.06 * np.sin(x * 13 - seconds * 0.5 + k))
            up = (line[None] - self._y) / self._fh
            curtain = np.where(up > 0, np.exp(-up * 4.5), np.exp(up * 30)) * np.roll(self._rays, int(seconds * 3 + k * 17))[None]
            total += curtain[..., None] * np.float32(colour) * (0.75 if k < 2 else 0.5)
        light = cv2.resize(np.clip(total, 0, 255).astype(np.uint8), (self._w, self._rows), interpolation=cv2.INTER_CUBIC)
        frame[:self._rows] = cv2.add(frame[:self._rows], light)
