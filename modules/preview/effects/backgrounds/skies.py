"""Painted skies and what lives in them: clouds that drift, stars that twinkle, an aurora that waves."""

import math
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import ArrayLike

from modules.preview.effects.backgrounds import brush
from modules.preview.effects.pixels import (
    Field,
    Paint,
    Picture,
    away_from,
    bell,
    f32,
    gradient,
    lerp,
    tint,
    to8,
)
from modules.preview.video.compositing import blend

_DAY = [(0, (205, 130, 62)), (0.55, (235, 190, 135)), (1, (246, 228, 205))]
_SUNSET = [
    (0, (110, 58, 62)),
    (0.35, (140, 88, 150)),
    (0.62, (100, 122, 235)),
    (0.85, (90, 175, 252)),
    (1, (150, 215, 255)),
]
_NIGHT = [(0, (44, 20, 12)), (0.6, (92, 52, 30)), (1, (150, 102, 66))]
_CLOUDS = {
    "day": ((255, 253, 250), (222, 205, 190)),
    "sunset": ((150, 190, 255), (120, 80, 120)),
    "night": ((128, 96, 74), (64, 40, 28)),
    "storm": ((146, 138, 130), (58, 52, 48)),
}
"""Lit and shaded colours."""
MOON = (0.27, 0.30)
"""Where the moon stands: shares of the width and of the sky's height."""


T = TypeVar("T")


def at_hour(time: str | None, day: T, sunset: T, night: T) -> T:
    """Of three values that for the time of day; day when none is asked for."""
    return {"sunset": sunset, "night": night}.get(time or "day", day)


def sky(
    w: int,
    h: int,
    time: str | None,
    seed: int = 3,
    clouds: float = 0.8,
    horizon: float = 1.0,
    moon: bool = True,
) -> Paint:
    """A sky for `day`, `sunset` or `night` (with a `moon` or without); the gradient ends at `horizon`
    (share of the height)."""
    rows = max(2, int(h * horizon))
    picture = gradient(w, rows, at_hour(time, _DAY, _SUNSET, _NIGHT))
    if rows < h:
        picture = np.vstack([picture, np.repeat(picture[-1:], h - rows, 0)])
    if time == "night":
        add_stars(picture, seed, 0.0011)
    if clouds:
        add_clouds(picture, rows, time or "day", seed, clouds)
    if time == "sunset":  # after the clouds: it burns through the thin ones low in the sky
        over_sun(picture, w * 0.66, rows * 0.9, max(w, h) * 0.028)
    if time == "night" and moon:
        x, y, radius = w * MOON[0], rows * MOON[1], min(w, h) * 0.042
        picture += tint(brush.glow(w, h, x, y, radius * 4.5, 1.1), (84, 68, 54))
        full_moon(picture, x, y, radius)
    return picture


def full_moon(picture: Paint, x: float, y: float, r: float) -> None:
    """A flat bright disc, as a full moon looks, with dark seas and a few rays; in place."""
    h, w = picture.shape[:2]
    away = away_from(w, h, x, y)
    seas = brush.noise(w, h, r * 1.15, 3, 21)
    fine = brush.noise(w, h, r * 0.22, 3, 22)
    dark = np.clip((seas + 0.05) / 0.35, 0, 1) * np.clip((1.1 - away / r) * 4, 0, 1)
    light = 1.0 - 0.34 * dark + 0.09 * fine
    crater = away_from(w, h, x - 0.12 * r, y + 0.58 * r) / r
    light += 0.14 * bell(crater, 0.09) + 0.05 * bell(crater, 0.3)
    light *= 1 - 0.16 * np.clip(away / r, 0, 1) ** 4
    brush.over(picture, tint(np.clip(light, 0, 1.1), (186, 200, 206)), np.clip(r - away + 0.7, 0, 1))


def over_sun(picture: Paint, x: float, y: float, radius: float) -> None:
    """A low sun and its glow; in place."""
    h, w = picture.shape[:2]
    picture += tint(brush.glow(w, h, x, y, radius * 11, 1.1), (40, 95, 130))
    brush.over(picture, (205, 245, 255), np.clip(brush.glow(w, h, x, y, radius * 1.15, 6) * 1.4, 0, 1))


def add_clouds(picture: Paint, rows: int, time: str, seed: int, amount: float) -> None:
    """Clouds over the upper `rows`, flatter and closer together towards the horizon, lit from above; in
    place."""
    w = picture.shape[1]
    near = max(w, rows * 1.1)
    plain = brush.noise(w, rows, near / 3.4, 6, seed, 2.2)
    # Plain noise shows its grid; bent by another noise it billows.
    bend_x, bend_y = (brush.noise(w, rows, near / 9, 3, seed + k, 1.4) * near * 0.030 for k in (61, 62))
    y, x = np.arange(rows, dtype=np.float32)[:, None], np.arange(w, dtype=np.float32)[None]
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    squeeze = (rows * down**1.35 - y) * 0.6  # long and thin far away
    at_x, at_y = x + bend_x, y + squeeze + bend_y
    field = cv2.remap(plain, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    low = np.linspace(-0.15, 0.35, rows, dtype=np.float32)[:, None]
    cover = np.clip((field + low * 0.6 - 0.28 + 0.25 * (amount - 0.8)) * 2.4, 0, 1)
    up = f32([[1.0, 0.0, 0.0], [0.0, 1.0, rows * 0.05 + 1]])
    above = cv2.warpAffine(field, up, (w, rows), borderMode=cv2.BORDER_REFLECT)
    shade = np.clip(0.55 + 0.9 * (field - above), 0, 1)[..., None]
    lit, dark = _CLOUDS[time]
    brush.over(picture[:rows], lerp(f32(dark), f32(lit), shade), cover * 0.85)


def add_stars(picture: Paint, seed: int, density: float, limit: float = 1.0) -> None:
    """Stars by chance, `density` of them a pixel, in the upper `limit` (share of the height); in place."""
    h, w = picture.shape[:2]
    rng = np.random.default_rng(seed)
    for _ in range(int(w * h * density)):
        x, y = int(rng.integers(0, w)), int(rng.integers(0, max(1, int(h * limit))))
        light = 60 + 195 * rng.random() ** 4
        colour = f32((1, 0.95, 0.88) if rng.random() < 0.6 else (0.82, 0.92, 1))
        picture[y, x] += colour * light
        if light > 170 and 1 < x < w - 2 and 1 < y < h - 2:
            picture[y - 1 : y + 2, x - 1 : x + 2] += colour * light * 0.32


class Twinkle:
    """A few bright stars that pulse, each in its own time."""

    def __init__(self, w: int, h: int, count: int, seed: int, limit: float = 0.6) -> None:
        rng = np.random.default_rng(seed)
        self._spots = [
            (
                int(rng.integers(3, w - 4)),
                int(rng.integers(3, max(5, int(h * limit) - 4))),
                rng.uniform(0.6, 2.6),
                rng.uniform(0, 6.3),
            )
            for _ in range(count)
        ]
        y, x = np.mgrid[-3:4, -3:4].astype(np.float32)
        rays = np.exp(-np.abs(x) * 1.1) * (y == 0), np.exp(-np.abs(y) * 1.1) * (x == 0)
        self._shape = tint(np.exp(-(x * x + y * y) / 1.3) + 0.35 * rays[0] + 0.35 * rays[1], (1, 0.96, 0.9))

    def __call__(self, frame: Picture, seconds: float) -> None:
        for x, y, rate, phase in self._spots:
            light = max(0.0, 0.5 + 0.5 * math.sin(seconds * rate * 2 + phase)) ** 2 * 190
            part = frame[y - 3 : y + 4, x - 3 : x + 4]
            frame[y - 3 : y + 4, x - 3 : x + 4] = cv2.add(part, (self._shape * light).astype(np.uint8))


def lay_colour(part: Picture, colour: Picture, mask: Field) -> None:
    """One colour over a part of a frame by an 8-bit mask; in place."""
    flat = np.empty_like(part)
    flat[:] = colour
    part[:] = blend(flat, part, mask)


class DriftingVeil:
    """Soft clouds or mist that move sideways over the rows `top`..`bottom` (shares)."""

    def __init__(
        self,
        w: int,
        h: int,
        top: float,
        bottom: float,
        colour: ArrayLike,
        strength: float,
        speed: float,
        seed: int,
    ) -> None:
        self._y0, self._y1 = int(h * top), int(h * bottom)
        rows, self._w, self._speed = max(8, self._y1 - self._y0), w, speed * w / 1280
        fw, fh = w // 2, max(4, rows // 4)
        field = np.clip(brush.noise(fw * 2 // 2, fh, fw / 5, 4, seed, 2.5) * 0.9 + 0.1, 0, 1)
        field = np.hstack([field, field[:, ::-1]])
        field *= np.sin(np.linspace(0, np.pi, fh))[:, None] ** 0.8
        self._field = (field * 255 * strength).astype(np.uint8)
        self._size = (w, self._y1 - self._y0)
        self._colour = f32(colour).astype(np.uint8)

    def __call__(self, frame: Picture, seconds: float) -> None:
        wide = self._field.shape[1]
        shift = (seconds * self._speed / 2) % wide
        moved = cv2.warpAffine(
            np.hstack([self._field, self._field[:, : wide // 2]]),
            f32([[1, 0, -(shift % (wide - 1))], [0, 1, 0]]),
            (wide // 2, self._field.shape[0]),
            borderMode=cv2.BORDER_REFLECT,
        )
        lay_colour(frame[self._y0 : self._y1], self._colour, cv2.resize(moved, self._size))


_CURTAINS = ((0.62, (120, 235, 60)), (0.45, (170, 200, 40)), (0.75, (190, 90, 150)))
"""Of an aurora: the height of the foot as a share from above, and the colour."""


class Aurora:
    """Curtains of green and violet light over the upper part."""

    def __init__(self, w: int, h: int, bottom: float, seed: int = 5) -> None:
        self._rows = int(h * bottom)
        self._w = w
        fw, fh = max(64, w // 6), max(32, self._rows // 6)
        rays = np.clip(brush.noise(fw, 1, 14, 3, seed)[0] * 0.5 + 0.6, 0.1, 1.3)
        # There and back, so that it closes to a ring without a seam.
        self._rays = np.concatenate([rays, rays[::-1]]).astype(np.float32)
        self._fw, self._fh = fw, fh
        self._y = np.arange(fh, dtype=np.float32)[:, None]

    def __call__(self, frame: Picture, seconds: float) -> None:
        x = np.arange(self._fw, dtype=np.float32) / self._fw
        total = np.zeros((self._fh, self._fw, 3), np.float32)
        for k, (base, colour) in enumerate(_CURTAINS):
            wave = 0.12 * np.sin(x * 5 + seconds * 0.35 + k * 2) + 0.06 * np.sin(x * 13 - seconds * 0.5 + k)
            up = (self._fh * (base + wave)[None] - self._y) / self._fh
            curtain = np.where(up > 0, np.exp(-up * 4.5), np.exp(up * 30))
            total += tint(curtain * self._drawn(seconds * 3 + k * 17)[None], colour) * (
                0.75 if k < 2 else 0.5
            )
        light = cv2.resize(to8(total), (self._w, self._rows), interpolation=cv2.INTER_CUBIC)
        frame[: self._rows] = cv2.add(frame[: self._rows], light)

    def _drawn(self, shift: float) -> Paint:
        """The rays moved along by `shift` columns, between columns too: they must not jump."""
        count = len(self._rays)
        at = np.arange(self._fw) - shift
        return np.asarray(np.interp(at, np.arange(count), self._rays, period=count).astype(np.float32))
