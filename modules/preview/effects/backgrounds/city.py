"""A painted skyline behind a paved square, by day, sunset and night."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from modules.preview.effects.backgrounds import brush, skies
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.light import Light, at_hour
from modules.preview.effects.pixels import Colour, Field, Paint, bell, f32, gradient, lerp, tint

_FOOT = 0.735
# wall and glass colours by daylight, BGR: concrete, sandstone, brick, dark steel, pale steel
_WALLS = ((188, 192, 194), (160, 184, 204), (104, 126, 172), (112, 104, 96), (206, 204, 198))
_GLASS = ((166, 142, 112), (196, 168, 128), (148, 142, 120), (170, 140, 104))
_WINDOW_LIGHTS = f32([(120, 200, 255), (160, 220, 255), (205, 238, 255), (240, 226, 206)])


@dataclass(frozen=True)
class _Tower:
    """Where a tower stands, in pixels, and what its front is made of: `glass`, `bands` or `grid`; `far`
    0..1 is how deep in the haze."""

    x: float
    width: float
    top: float
    style: str
    wall: Paint
    glass: Colour
    far: float
    pane: tuple[float, float]


@dataclass(frozen=True)
class _View:
    """The picture that is painted on, at its hour. `unit` is 1 at 1280x720-like frames of any shape."""

    picture: Paint
    rng: Generator
    time: str | None

    @property
    def size(self) -> tuple[int, int, float]:
        """Width, height, unit."""
        h, w = self.picture.shape[:2]
        return w, h, (w * h * 1.35) ** 0.5 / 1280

    @property
    def haze(self) -> Colour:
        return at_hour(self.time, (240, 222, 200), (150, 178, 242), (128, 84, 54))


def _front(view: _View, tower: _Tower, wide: int, high: int) -> Paint:
    """A tower's face, `wide` x `high`, as lit at the hour."""
    rng, light = view.rng, Light(view.time)
    across, up = tower.pane
    column, row = np.arange(wide) / across, np.arange(high) / up
    cell = (row.astype(int)[:, None], column.astype(int)[None])
    open_x, open_y = {"glass": (0.86, 0.80), "bands": (1.0, 0.52), "grid": (0.58, 0.60)}[tower.style]
    panes = ((column % 1 < open_x)[None] & (row % 1 < open_y)[:, None]).astype(np.float32)
    panes[: max(1, int(up * 1.2))] = 0
    count = (int(high / up) + 2, int(wide / across) + 2)
    # Panes mirror the sky, the upper ones more, and each hangs a little differently.
    tilt: Field = rng.normal(0, 0.05, count).astype(np.float32)[cell]
    tilt = tilt + 0.10 * np.repeat(rng.normal(0, 1, count[1]).astype(np.float32)[cell[1]], high, 0) * 0.5
    mirror = np.clip(0.62 - 0.5 * np.arange(high)[:, None] / max(1, high) + tilt, 0, 1)[..., None]
    sky = f32(at_hour(view.time, (246, 222, 190), (130, 176, 250), (96, 58, 36)))
    glass = light(tower.glass) * 0.72
    glass = glass + (sky - glass) * mirror * (0.75 if tower.style == "glass" else 0.45)
    wall = light(tower.wall * (1.0 - 0.16 * np.arange(high)[:, None, None] / max(1, high)))
    face = lerp(wall, glass, panes[..., None])
    share = at_hour(view.time, 0.0, 0.10, 0.34)
    if share:  # whole floors work late, others are dark
        floors = np.clip(share + rng.normal(0, 0.16, count[0]), 0.02, 0.8)[:, None]
        lit = (rng.random(count) < floors)[..., None]
        colours = _WINDOW_LIGHTS[rng.integers(len(_WINDOW_LIGHTS), size=count)]
        lamps = lit * colours * rng.uniform(0.55, 1.0, (*count, 1))
        glow = lamps.astype(np.float32)[cell] * panes[..., None]
        face = np.maximum(face, glow * (1.0 - 0.35 * tower.far))
    return np.asarray(face)


def _raise(view: _View, tower: _Tower, foot: int) -> None:
    """Paint one tower: a front in the light, a narrower side in shade, and what stands on its roof."""
    picture, rng, (w, h, _) = view.picture, view.rng, view.size
    top, x = int(tower.top), int(tower.x)
    wide, high = int(tower.width), foot - top
    if wide < 6 or high < 8:
        return
    face = _front(view, tower, wide, high)
    side = int(wide * (0.24 + 0.12 * rng.random()))
    left = tower.x + wide / 2 > w * 0.62  # towers on the right show their left side
    face[np.s_[:, :side] if left else np.s_[:, wide - side :]] *= 0.66
    if view.time != "night":
        face[:, side if left else wide - side - 1] *= 1.12
    face[: max(1, round(tower.pane[1] * 0.3))] *= 1.10
    shade = lerp(Light(view.time)(tower.wall * 0.78), f32(view.haze), tower.far)
    for _ in range(rng.integers(1, 3)):  # plant rooms
        rw, rh = wide * rng.uniform(0.2, 0.5), high * rng.uniform(0.015, 0.04) + 2
        rx = x + rng.uniform(0.08, 0.5) * wide
        brush.box(picture, (rx, top - rh), (rx + rw, top), shade)
    if rng.random() < 0.3 and high > h * 0.25:  # a mast
        mx, tall = int(x + wide * 0.5), int(high * rng.uniform(0.10, 0.2))
        brush.line(picture, (mx, top), (mx, top - tall), shade, w // 700)
    rise = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]  # mist gathers at the foot
    far = np.clip(tower.far + 0.30 * rise**2 * (0.4 + tower.far), 0, 0.95)
    face += (f32(view.haze) - face) * far
    x0, x1, y0 = max(0, x), min(w, x + wide), max(0, top)
    if x1 > x0:
        picture[y0:foot, x0:x1] = face[y0 - top :, x0 - x : x1 - x]


def _skyline(view: _View, foot: int) -> None:
    rng, (w, h, unit) = view.rng, view.size
    for far, low, peak, wide, pane in (
        (0.70, 0.14, 0.40, 66, 5.5),
        (0.42, 0.14, 0.56, 104, 8.0),
        (0.12, 0.12, 0.38, 160, 12.0),
    ):
        x = -rng.uniform(0, wide) * unit
        while x < w:
            width = wide * unit * rng.uniform(0.7, 1.3)
            middle = (x + width / 2) / w
            crowd = bell(middle - (0.40 if far > 0.3 else 0.9), 0.26) if far > 0.1 else 1
            tall = (low + (peak - low) * (0.25 + 0.75 * crowd) * rng.uniform(0.45, 1.0)) * h
            tall *= 1.0 if w > h else 0.82
            if far < 0.3 and 0.30 < middle < 0.66:
                tall *= 0.55  # the view opens in the middle
            style = ("glass", "bands", "grid", "grid")[rng.integers(4)]
            wall = f32(_WALLS[rng.integers(len(_WALLS))]) * rng.uniform(0.88, 1.06)
            panes = [pane * unit * rng.uniform(0.9, 1.25), pane * unit * rng.uniform(1.0, 1.3)]
            across, up = (max(3.0, side) for side in panes)
            glass = _GLASS[rng.integers(len(_GLASS))]
            _raise(view, _Tower(x, width, foot - tall, style, f32(wall), glass, far, (across, up)), foot)
            x += width * rng.uniform(0.86, 1.25)


def _trees(view: _View, foot: float) -> None:
    """A row of round crowns along the far side of the square, lit from the upper left, and their trunks."""
    picture, rng, (w, _, unit), light = view.picture, view.rng, view.size, Light(view.time)
    dark, bright = f32([34, 62, 44]), f32([78, 158, 122])
    x = -20 * unit
    while x < w + 30 * unit:
        size = 50 * unit * rng.uniform(0.8, 1.25)
        brush.line(picture, (x, foot + 2), (x, foot - size), light((44, 52, 60)), max(2, 5 * unit))
        spots = np.clip(rng.normal(0, 1, (90, 2)), -1.7, 1.7) * (0.50, 0.40)
        spots = spots[np.argsort(spots[:, 0] * -0.3 - spots[:, 1])]  # shaded ones first, lit ones over them
        for dx, dy in spots:
            lit = np.clip(0.5 - 0.42 * dy - 0.22 * dx + rng.normal(0, 0.10), 0.05, 1.1)
            centre = (x + dx * size, foot - size * 1.35 + dy * size * 0.8)
            brush.disc(
                picture, centre, max(2, size * rng.uniform(0.09, 0.20)), light(lerp(dark, bright, lit))
            )
        x += size * rng.uniform(1.5, 3.2)


def _street_lamps(view: _View, foot: float) -> None:
    """Street lamps, burning from sunset on."""
    picture, (w, h, unit) = view.picture, view.size
    bulb, near, far = at_hour(
        view.time,
        ((226, 228, 228), 0.0, 0.0),
        ((190, 236, 255), 0.6, 0.4),
        ((190, 236, 255), 1.0, 1.0),
    )
    y, x = np.mgrid[:h:4, :w:4].astype(np.float32)
    halo, pool = np.zeros_like(x), np.zeros_like(x)
    for k in range(-4, 5):
        at, tall = w * 0.47 + k * 178 * unit, 118 * unit
        brush.line(
            picture, (at, foot + 8 * unit), (at, foot - tall), Light(view.time)((58, 56, 54)), 3 * unit
        )
        brush.disc(picture, (at, foot - tall), max(2, 6 * unit), bulb)
        if near and -0.1 < at / w < 1.1:
            halo += np.exp(-np.hypot(x - at, y - foot + tall) / (46 * unit))
            pool += np.exp(-(((x - at) / (74 * unit)) ** 2 + ((y - foot - 22 * unit) / (22 * unit)) ** 2))
    if near:
        glow = tint(halo, (40, 96, 140)) * near + tint(pool, (24, 58, 84)) * far
        picture += cv2.resize(glow, (w, h), interpolation=cv2.INTER_LINEAR)


def _square(view: _View, foot: int) -> None:
    """Pale slabs, the shade of the trees at the far end, and worn patches."""
    w, h, _ = view.size
    rows = h - foot
    tone, joints = brush.paving(w, rows, 0.11 * max(w, h * 0.8), 19)
    worn = brush.ground_map(w, rows, 21, w / 6, 4)
    stone = gradient(w, rows, [(0, (176, 182, 188)), (1, (164, 172, 180))])
    stone += tint(tone, (7, 8, 9)) + tint(worn, (7, 7, 8))
    stone *= 1 - 0.26 * joints[..., None]
    depth = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    shade = bell(depth, 0.16) * np.clip(0.62 + 0.5 * brush.noise(w, rows, w / 14, 3, 23, 2.5), 0.15, 1)
    stone *= 1 - 0.44 * shade[..., None]
    view.picture[foot:] = Light(view.time)(stone)


def city(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Three depths of towers, trees and lamps along a square."""
    foot = int(h * _FOOT)
    view = _View(skies.sky(w, h, time, 14, 0.8, _FOOT), np.random.default_rng(15), time)
    _skyline(view, foot)
    _square(view, foot)
    _trees(view, foot + h * 0.012)
    _street_lamps(view, foot + h * 0.02)
    air = at_hour(time, (255, 252, 250), (180, 185, 250), (120, 84, 60))
    veil = skies.DriftingVeil(w, h, 0.02, 0.42, air, at_hour(time, 0.32, 0.32, 0.14), 8, 5)
    bloom, threshold = at_hour(time, (0.15, 210), (0.15, 210), (0.35, 150))
    return Backdrop(brush.finish(view.picture, 0.8, bloom, threshold), w, h, (veil,), ground=0.76)
