"""Painted space and other worlds: deep space, the moon, Mars, lava."""

import cv2
import numpy as np
from numpy.typing import ArrayLike

from modules.preview.effects.backgrounds import brush, skies
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.light import Light, at_hour
from modules.preview.effects.pixels import Colour, Field, Paint, Stops, bell, f32, gradient, lerp, tint

_MARS: tuple[Stops, Stops, Stops] = (
    [(0, (96, 128, 176)), (0.6, (130, 172, 218)), (1, (168, 202, 236))],
    [(0, (74, 92, 128)), (0.45, (122, 134, 164)), (0.62, (196, 182, 172)), (1, (196, 182, 172))],
    [(0, (20, 18, 30)), (0.6, (44, 44, 74)), (1, (74, 74, 112))],
)


def _deep(w: int, h: int, seed: int = 5) -> Paint:
    """Stars and coloured clouds along a band that rises to the left, with dust before them."""
    picture = np.zeros((h, w, 3), np.float32) + f32([16, 8, 6])
    across = (np.arange(h)[:, None] / h - 0.45) + 0.35 * (np.arange(w)[None] / w - 0.5)
    band = bell(across, 0.24).astype(np.float32)
    for k, colour in enumerate(((150, 60, 70), (120, 40, 140), (150, 120, 40), (60, 70, 170))):
        cloud = np.clip(brush.noise(w, h, w / 2.6, 6, seed + k) * 1.2 - 0.05, 0, 1) ** 1.3
        picture += tint(cloud * (0.25 + band), colour) * 0.72
    dust = np.clip(brush.noise(w, h, w / 5, 6, seed + 9) * 1.5, 0, 1) * band
    picture *= (1 - 0.6 * dust)[..., None]
    skies.add_stars(picture, seed, 0.0026)
    return picture


def _globe(
    picture: Paint, x: float, y: float, r: float, colours: tuple[Colour, Colour, Colour], seed: int
) -> None:
    """A ball lit from the upper left, with bands between two `colours` and a rim of air in the third."""
    h, w = picture.shape[:2]
    gx, gy = np.meshgrid(np.arange(w, dtype=np.float32) - x, np.arange(h, dtype=np.float32) - y)
    d = np.hypot(gx, gy) / r
    z = np.sqrt(np.clip(1 - d * d, 0, 1))
    towards = gx / r * -0.6 + gy / r * -0.5
    lit = np.clip(towards + z * 0.62, 0, 1)
    field = np.clip(0.5 + 0.6 * brush.noise(w, h, r / 1.6, 5, seed, 2.2), 0, 1)[..., None]
    colour = lerp(f32(colours[0]), f32(colours[1]), field) * (0.03 + 1.05 * lit[..., None])
    brush.over(picture, colour, np.clip((1 - d) * r / 1.5, 0, 1))
    picture += tint(bell(d - 1.0, 0.035) * np.clip(0.25 + towards, 0, 1), colours[2])


def space(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Two planets before the stars, drifting."""
    picture = _deep(w, h)
    near = ((120, 70, 30), (210, 180, 150), (255, 190, 110))
    far = ((70, 90, 130), (120, 160, 200), (90, 110, 150))
    _globe(picture, w * 0.80, h * 0.24, min(w, h) * 0.20, near, 13)
    _globe(picture, w * 0.17, h * 0.64, min(w, h) * 0.055, far, 15)
    bigger = cv2.resize(picture, (int(w * 1.03), int(h * 1.03)), interpolation=cv2.INTER_CUBIC)
    layers = (skies.Twinkle(w, h, 34, 5, 0.98),)
    return Backdrop(brush.finish(bigger, 0.5, 0.5, 140), w, h, layers, drift=0.22, ground=2.0, wet=True)


def _ground(picture: Paint, top: float, lit: ArrayLike, dark: ArrayLike, seed: int, craters: int) -> None:
    """Bare ground below `top` (share of the height), lit from the side, with craters."""
    h, w = picture.shape[:2]
    y0 = int(h * top)
    field = brush.ground_map(w, h - y0, seed, w / 8, 6)
    shade = cv2.Sobel(cv2.GaussianBlur(field, (0, 0), 1.0), cv2.CV_32F, 1, 0, ksize=3) * 1.1
    depth = np.linspace(0.05, 1, h - y0, dtype=np.float32)[:, None]
    rng = np.random.default_rng(seed)
    for _ in range(craters):
        d = rng.uniform(0.06, 1) ** 1.4
        cy, cx, r = d * (h - y0), rng.uniform(0, w), min(w, h) * 0.14 * d * rng.uniform(0.3, 1)
        gy, gx = (np.arange(h - y0)[:, None] - cy) / (r * 0.30), (np.arange(w)[None] - cx) / r
        q = np.sqrt(gx * gx + gy * gy)
        inside = np.where(q < 1, -gx * 0.85, 0) * np.clip((1 - q) * 5, 0, 1)
        shade += inside + bell(q - 1.05, 0.12) * gx * 0.5
    tone = np.clip(0.5 + 0.28 * field + shade * 0.7 * (0.35 + 0.65 * depth), 0, 1)[..., None]
    edge = y0 + brush.ridge(w, 0, h * 0.018, seed + 3, 0.5, 4) + h * 0.012
    brush.lay(picture, lerp(f32(dark), f32(lit), tone), brush.below(edge, h, 1.4))


def night_heaven(w: int, h: int, moon_at: tuple[float, float, float] | None = None) -> Paint:
    """A deep night sky with the Milky Way, blue at the horizon, with a full moon or none.

    `moon_at`: shares of the width and the height, and the moon's radius in pixels."""
    stops = [(0, (34, 14, 8)), (0.55, (84, 44, 22)), (1, (120, 76, 44))]
    picture = _deep(w, h, 6) * 0.62 + gradient(w, h, stops)
    skies.add_stars(picture, 16, 0.0009, 0.6)
    if moon_at is not None:
        x, y, radius = w * moon_at[0], h * moon_at[1], moon_at[2]
        picture += tint(brush.glow(w, h, x, y, radius * 3.6, 1.2), (70, 62, 54))
        skies.full_moon(picture, x, y, radius)
    return picture


def moon(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Grey hills and craters, and the Earth in a black sky."""
    picture = np.zeros((h, w, 3), np.float32) + f32([8, 5, 4])
    skies.add_stars(picture, 8, 0.0014)
    earth = ((150, 84, 26), (240, 235, 230), (255, 170, 80))
    _globe(picture, w * 0.72, h * 0.22, min(w, h) * 0.11, earth, 18)
    line = brush.ridge(w, h * 0.60, h * 0.09, 84, 0.3, 3)
    hills = np.clip(0.55 + 0.7 * brush.rock(w, h, w / 7, 85), 0.15, 1.2)
    brush.over(picture, tint(hills, (118, 118, 120)), brush.below(line, h))
    _ground(picture, 0.60, (196, 198, 202), (62, 62, 64), 86, craters=46)
    return Backdrop(brush.finish(picture, 0.7), w, h, (skies.Twinkle(w, h, 14, 8, 0.4),), ground=0.64)


def mars(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Table mountains and stones in red dust."""
    stops, light = at_hour(time, *_MARS), Light(time)
    picture = gradient(w, h, stops)
    if time == "night":  # Phobos and Deimos are small; there is no other light
        skies.add_stars(picture, 9, 0.0012, 0.58)
        skies.full_moon(picture, w * 0.30, h * 0.20, min(w, h) * 0.020)
        skies.full_moon(picture, w * 0.58, h * 0.11, min(w, h) * 0.009)
    else:  # the dust scatters blue around the sun when it is low
        sun_y, halo = (h * 0.44, (92, 52, 10)) if time == "sunset" else (h * 0.22, (30, 30, 24))
        picture += tint(brush.glow(w, h, w * 0.30, sun_y, max(w, h) * 0.16, 1.2), halo)
        picture += tint(brush.glow(w, h, w * 0.30, sun_y, max(w, h) * 0.017, 3.0), (150, 120, 90))
    haze = f32(stops[-1][1])
    for k, (base, tall, far) in enumerate(((0.58, 0.16, 0.62), (0.62, 0.11, 0.30))):
        line = brush.ridge(w, h * base, h * tall, 88 + k * 7, 0.42, 2.6 + k)
        line = h * base - np.minimum(h * base - line, h * tall * (0.62 + 0.1 * k))  # flat-topped
        rock = np.clip(0.75 + 0.6 * brush.rock(w, h, w / 8, 91 + k), 0.25, 1.35)
        brush.over(picture, lerp(tint(rock, light((44, 82, 158))), haze, far), brush.below(line, h))
    _ground(picture, 0.61, light((98, 148, 222)), light((28, 52, 104)), 94, craters=10)
    _stones(picture, light)
    layers = (
        skies.DriftingVeil(w, h, 0.48, 0.72, haze, 0.42, 30, 5),
        skies.DriftingVeil(w, h, 0.74, 0.98, haze, 0.15, 70, 7),
    )
    return Backdrop(brush.finish(picture, 0.9), w, h, layers, ground=0.66)


def _stones(picture: Paint, light: Light) -> None:
    """Stones on the ground, each with its shadow and a lit face; the small ones are dark spots."""
    h, w = picture.shape[:2]
    rng = np.random.default_rng(97)
    spot, shadow, body, face = (
        brush.scalar(light(c)) for c in ((24, 46, 88), (30, 52, 100), (46, 84, 150), (78, 122, 192))
    )
    for _ in range(90):
        d = rng.uniform(0, 1) ** 1.3
        y, x, r = h * (0.64 + 0.35 * d), rng.uniform(0, w), min(w, h) * (0.003 + 0.020 * d * rng.random())
        if r <= 4:
            brush.oval(picture, (x, y), (r, r * 0.6), spot)
            continue
        angles = np.sort(rng.uniform(0, 6.28, 9))
        across = np.cos(angles) * r * rng.uniform(0.8, 1.2, 9)
        outline = np.stack([x + across, y + np.sin(angles) * r * 0.62 * rng.uniform(0.8, 1.2, 9)], -1)
        lit = (outline - np.array((x, y))) * 0.6 + np.array((x - r * 0.22, y - r * 0.16))
        for shape, shade in (
            (outline + np.array((r * 0.35, r * 0.28)), shadow),
            (outline, body),
            (lit, face),
        ):
            cv2.fillPoly(picture, [shape.astype(np.int32)], shade, cv2.LINE_AA)


def lava(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """A volcano that is erupting, and a plain of cracked crust over the melt."""
    stops = [(0, (16, 10, 22)), (0.45, (26, 26, 76)), (0.62, (44, 84, 196)), (1, (10, 10, 20))]
    picture, near = gradient(w, h, stops), max(w, h * 0.8)
    x, y = np.arange(w, dtype=np.float32)[None], np.arange(h, dtype=np.float32)[:, None]
    top, middle, reach = h * 0.265, w * 0.64, near * 0.34
    above, over_rim = np.clip(top - y, 0, None), y < top + h * 0.02
    plume = bell(x - middle - (top - y) * 0.22, near * 0.05 + above * 0.42) * over_rim
    smoke = np.clip(brush.noise(w, h, near / 6, 6, 41, 1.2) * 0.9 + 0.5, 0, 1)
    away = np.hypot(x - middle, (y - top) * 1.2)
    glow = np.exp(-away / (near * 0.075))
    picture += tint(np.exp(-away / (near * 0.20)) * 0.7, (22, 56, 150))
    brush.over(
        picture, f32([20, 18, 28]) + tint(glow, (50, 130, 240)), np.clip(plume * (0.35 + smoke), 0, 0.94)
    )
    line = brush.ridge(w, h * 0.645, h * 0.10, 43, 0.45, 3.2)
    flank = np.clip(np.abs(x[0] - middle) / reach, 0, 1)
    cone = h * 0.645 - (h * 0.645 - top) * (1 - flank) ** 1.35 / (1 - 0.06) ** 1.35
    line = np.minimum(line, np.maximum(cone, top) + brush.ridge(w, 0, h * 0.016, 44, 0.5, 9) * (flank > 0.06))
    stone = tint(np.clip(0.85 + 0.7 * brush.rock(w, h, near / 8, 45), 0.2, 1.6), (26, 26, 40))
    melt = _streams(w, h, near, top, middle)
    brush.over(picture, stone + _molten(melt, (38, 128, 255), (90, 110, 20), 1.4), brush.below(line, h))
    rise = -(((x - middle) / (near * 0.012 + above * 0.18)) ** 2) - (above / (h * 0.075)) ** 2
    sparks = 0.7 + 0.8 * brush.noise(w, h, near / 60, 3, 48)
    picture += tint(np.clip(np.exp(rise) * over_rim * sparks, 0, 1.2), (80, 190, 255))
    picture += tint(glow, (16, 60, 140))
    y0 = int(h * 0.64)
    depth = np.linspace(0, 1, h - y0, dtype=np.float32)[:, None]
    crack = np.clip(1 - np.abs(brush.ground_map(w, h - y0, 46, w / 7, 3)) * 7, 0, 1)
    crack = crack * np.clip(depth * 7 - 0.4, 0, 1) + 0.42 * bell(depth, 0.07)
    crust = np.clip(1 + 0.5 * brush.ground_map(w, h - y0, 49, w / 30, 5), 0.3, 1.6)
    picture[y0:] = tint(crust, (22, 22, 32)) + _molten(crack, (34, 118, 250), (80, 96, 20), 1.6)
    layers = (
        skies.DriftingVeil(w, h, 0.0, 0.42, (26, 22, 36), 0.5, 14, 4),
        skies.DriftingVeil(w, h, 0.5, 0.8, (40, 80, 190), 0.25, 20, 6),
    )
    return Backdrop(brush.finish(picture, 0.8, 0.9, 120), w, h, layers, ground=0.66)


def _streams(w: int, h: int, near: float, top: float, middle: float) -> Field:
    """Streams of melt that find their way down from the rim, wandering and spreading: 0..1."""
    x, y = np.arange(w, dtype=np.float32)[None], np.arange(h, dtype=np.float32)[:, None]
    wander = brush.noise(w, h, near / 16, 4, 47, 1.0) * near * 0.018
    down = np.clip((y - top) / (h * 0.38), 0, 1)
    melt = np.zeros((h, w), np.float32)
    for lean, length, thick in ((-0.42, 1.0, 1.0), (-0.10, 0.75, 1.2), (0.16, 0.95, 0.8), (0.55, 0.8, 0.9)):
        path = middle + lean * near * 0.30 * down**1.5 + wander
        width = near * (0.0035 + 0.003 * down) * thick
        melt = np.maximum(melt, bell(x - path, width) * np.clip((length - down) * 5, 0, 1))
        shine = 0.34 * np.exp(-np.abs(x - path) / (width * 4)) * np.clip((length - down) * 4, 0, 1)
        melt = np.maximum(melt, shine)
    return melt * (y > top)


def _molten(heat: Field, glow: Colour, core: Colour, power: float) -> Paint:
    """Light of molten rock: `glow` by its `heat`, with `core` where it is hottest."""
    return tint(heat**power, glow) + tint(heat**5, core)
