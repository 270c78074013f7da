"""Painted land: mountains, forest, meadow, desert."""

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush, skies, water
from modules.preview.effects.backgrounds.backdrop import Backdrop, Layer
from modules.preview.effects.backgrounds.brush import Spot
from modules.preview.effects.backgrounds.light import Light, at_hour
from modules.preview.effects.pixels import Field, Paint, f32, gradient, lerp, tint

_BLOSSOMS = ((60, 70, 232), (245, 250, 252), (70, 215, 250), (215, 120, 190))


def mountains(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Three ranges of broken rock, the far ones in haze, behind a meadow with firs."""
    picture = skies.sky(w, h, time, 4, 0.7, 0.62)
    light, haze = Light(time), Light(time).haze
    side = -1.0 if time == "sunset" else 1.0
    for k, (base, tall, far, cells) in enumerate(
        ((0.60, 0.30, 0.66, 3.2), (0.66, 0.42, 0.34, 2.2), (0.71, 0.20, 0.14, 4.0))
    ):
        seed, cells = 31 + k * (9 if w >= h else 5), cells * max(0.6, w / h / 1.7)
        line = brush.ridge(w, h * base, h * tall, seed, 0.47, cells)
        top, bottom = int(max(0, line.min() - 4)), int(min(h, h * 0.80))
        shade = brush.rock(w, bottom - top, max(w, h * 0.8) / (6 + 2 * k), 40 + k, side)
        height = np.clip((h * base - (np.arange(top, bottom)[:, None])) / (h * tall), 0, 1)
        lit, dark = f32([150, 150, 152]), f32([74, 66, 62])
        if snow:
            lit, dark = f32([168, 164, 160]), f32([92, 78, 70])
        elif k == 2:
            lit, dark = f32([88, 142, 112]), f32([40, 70, 52])
        colour = lerp(dark, lit, np.clip(0.45 + shade * 0.85, 0, 1)[..., None])
        if k < 2 or snow:
            cap = height + 0.42 * shade + 0.22 * brush.noise(w, bottom - top, w / 12, 4, 50 + k)
            white = tint(np.clip(0.74 + 0.42 * shade, 0.5, 1.02), (250, 244, 238))
            brush.over(colour, white, np.clip((cap - (0.16 if snow else 0.62)) * 4, 0, 1))
        colour = light(colour)
        if time == "sunset":
            colour += tint(np.clip(shade, 0, 1), (10, 42, 78))
        valley = np.clip(1 - height * 1.9, 0, 1) ** 1.5 * 0.55
        colour += (haze - colour) * np.clip(far + valley * (0.7 - 0.2 * k), 0, 0.92)[..., None]
        brush.over(picture[top:bottom], colour, brush.below(line - top, bottom - top))
    _foreland(picture, 0.765, light, snow)
    air = (190, 185, 245) if time == "sunset" else (255, 252, 248)
    layers: tuple[Layer, ...] = (
        skies.DriftingVeil(w, h, 0.04, 0.34, air, at_hour(time, 0.30, 0.30, 0.08), 7, 12),
        skies.DriftingVeil(w, h, 0.52, 0.76, haze, 0.40, 12, 15),
    )
    if time == "night":
        layers += (skies.Twinkle(w, h, 22, 3, 0.3),)
    return Backdrop(brush.finish(picture, 1.0, 0.2, 200), w, h, layers, ground=0.76)


def _foreland(picture: Paint, top: float, light: Light, snow: bool) -> None:
    """Meadow or snow in front, with a row of firs where it begins."""
    h, w = picture.shape[:2]
    y0 = int(h * top)
    field = brush.ground_map(w, h - y0, 61, w / 40, 5) + 1.4 * brush.ground_map(w, h - y0, 62, w / 5, 3)
    far, near, grain = ((70, 128, 96), (46, 118, 84), (18, 34, 30))
    if snow:
        far, near, grain = ((236, 222, 210), (250, 243, 236), (16, 13, 10))
    ground = light(gradient(w, h - y0, [(0, far), (1, near)]) + tint(field, grain))
    edge = y0 + (brush.ridge(w, 0, h * 0.02, 63, 0.45, 3) + h * 0.004) + h * 0.012
    _firs(picture, edge, light, snow)
    full = np.vstack([np.repeat(ground[:1], y0, 0), ground])
    brush.over(picture, full, brush.below(edge, h, 2.0))


def _firs(picture: Paint, line: Field, light: Light, snow: bool) -> None:
    """A row of firs whose feet stand on `line`."""
    h, w = picture.shape[:2]
    layer, rng = np.zeros((h, w), np.uint8), np.random.default_rng(66)
    for x in np.sort(rng.uniform(0, w, int(70 * max(0.6, w / h)))):
        dense = 0.35 + 0.65 * abs(np.cos(x / w * 5 + 0.4))
        tall, y = h * 0.105 * rng.uniform(0.4, 1.0) * dense, line[int(x)] + 3
        for k in range(6):
            a, half = k / 6, tall * 0.19 * (0.25 + (k + 1) / 6)
            foot = y - tall * (0.80 - a * 0.84)
            brush.polygon(layer, [[x, y - tall * (1 - a * 0.86)], [x - half, foot], [x + half, foot]], 255)
    colour = np.zeros_like(picture) + light((46, 62, 40))
    if snow:
        frost = np.clip(brush.noise(w, h, 9, 2, 7) * 1.1, 0, 0.75)
        colour += (light((225, 212, 200)) - colour) * frost[..., None]
    brush.over(picture, colour, layer.astype(np.float32) / 255 * 0.96)


def forest(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Six depths of trunks, crowns and bushes in a mist that the light falls through."""
    light, haze = Light(time), at_hour(time, (168, 226, 214), (96, 170, 232), (122, 92, 50))
    middle = [min(255, c * 1.06) for c in haze]
    picture = gradient(w, h, [(0, haze), (0.55, middle), (1, (70, 110, 80))])
    shine = brush.glow(w, h, w * 0.62, h * 0.26, max(w, h) * 0.34)
    picture += tint(shine, (60, 70, 50)) * (0.3 if time == "night" else 1)
    floor, rows = int(h * 0.70), np.arange(h)[:, None]
    bark, leaf_colour, leaf_light = (44, 62, 70), f32([38, 108, 70]), (0.65, 0.6)
    if snow:
        bark, leaf_colour, leaf_light = (70, 72, 76), f32([226, 216, 206]), (0.8, 0.25)
    for k in range(6):
        depth = k / 5
        foot = floor + (h - floor) * (depth**1.6) * 0.32
        trunks = _trunks(w, h, k, foot)
        crown = brush.noise(w, h, max(w, h * 0.7) / 7, 5, 80 + k).clip(-1, 0.75)
        crown = np.clip((crown + np.linspace(0.75, -1.75 + 0.2 * depth, h)[:, None]) * 3.2, 0, 1)
        bush = brush.noise(w, h, w / 11, 5, 90 + k) * 0.8 - (foot - rows) / (h * (0.05 + 0.05 * depth))
        ragged = (foot + 4 - rows + 5 * brush.noise(w, 1, 9, 2, 93 + k)) / 7
        bush = np.clip((bush + 0.6) * 3, 0, 1) * np.clip(ragged, 0, 1)
        grain = np.clip(brush.noise(w, h, 16, 3, 95 + k), -0.6, 1)[..., None]
        leaf = leaf_colour * (leaf_light[0] + leaf_light[1] * grain)
        mist = f32(haze) * (1 - depth) ** 0.9
        near = 1 - (1 - depth) ** 0.9
        wood = light(bark) * (0.5 + 0.3 * near) * near + mist
        brush.over(picture, wood, trunks.astype(np.float32) / 255 * (0.5 + 0.5 * near))
        brush.over(picture, light(leaf) * near + mist, np.maximum(crown * 0.85, bush) * (0.55 + 0.45 * near))
        if k == 3:
            stops = [(0, (92, 140, 106)), (0.4, (50, 96, 76)), (1, (34, 66, 58))]
            if snow:
                stops = [(0, (232, 222, 212)), (1, (246, 240, 234))]
            ground = gradient(w, h - floor, stops)
            ground = light(ground + tint(brush.ground_map(w, h - floor, 99, w / 34, 5), (12, 24, 22)))
            brush.lay(picture, ground, brush.rising(h, h - floor, 0.5, 6))
    rays, strength = ((120, 90, 60), 0.25) if time == "night" else ((150, 215, 205), 0.55)
    layers = (
        water.Rays(w, h, rays, strength, 0.55, 5),
        skies.DriftingVeil(w, h, 0.5, 0.82, haze, 0.30, 10, 6),
    )
    return Backdrop(brush.finish(picture, 1.3, 0.25, 185), w, h, layers, ground=0.74)


def _trunks(w: int, h: int, k: int, foot: float) -> Field:
    """The trunks of depth `k` (0 far .. 5 near) with their branches: a mask, 0..255."""
    depth, rng, layer = k / 5, np.random.default_rng(70 + k), np.zeros((h, w), np.uint8)
    for _ in range(int((15 - 2 * k) * max(0.55, w / h / 1.6))):
        x = rng.uniform(-0.03, 1.03) * w
        if k > 3 and 0.22 < x / w < 0.78:
            continue
        thick = min(w, h) * (0.010 + 0.042 * depth**1.5) * rng.uniform(0.6, 1.25)
        lean, top = rng.uniform(-0.03, 0.03) * h, thick * 0.62
        outline = [[x - top + lean, -5], [x + top + lean, -5], [x + thick, foot], [x - thick, foot]]
        brush.polygon(layer, outline, 255)
        for _ in range(3):
            y = rng.uniform(0.05, 0.55) * h
            side = rng.choice([-1, 1])
            end: Spot = (x + side * thick * rng.uniform(4, 8), y - thick * rng.uniform(2, 5))
            brush.line(layer, (x + lean * (1 - y / h), y), end, 230, thick * 0.34)
    return layer


def meadow(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Three green hills, firs between them, and grass with flowers in front."""
    picture = skies.sky(w, h, time, 6, 0.85, 0.55)
    light, haze = Light(time), Light(time).haze
    for k, (base, tall, far) in enumerate(((0.55, 0.11, 0.55), (0.60, 0.09, 0.3), (0.655, 0.06, 0.1))):
        line = brush.ridge(w, h * base, h * tall, 23 + k, 0.34, 1.6 + k * 0.5)
        colour = light(f32([70, 152, 108]) + tint(brush.noise(w, h, w / 20, 5, 27 + k, 2.2), (14, 26, 24)))
        brush.over(picture, lerp(colour, haze, far), brush.below(line, h, 1.5))
        if k == 1:
            _firs(picture, brush.ridge(w, h * 0.63, h * 0.03, 25, 0.4, 2), light, False)
    y0 = int(h * 0.655)
    grass = gradient(w, h - y0, [(0, (66, 156, 112)), (1, (36, 122, 84))])
    grass += tint(brush.ground_map(w, h - y0, 29, w / 42, 5), (20, 38, 34))
    blades = brush.noise(w, h - y0, 14, 3, 33, 0.25) * np.linspace(0.1, 1, h - y0)[:, None]
    grass = light(grass + blades[..., None] * f32([10, 24, 20]))
    brush.lay(picture, grass, brush.rising(h, h - y0, 0, 8))
    _flowers(picture, y0, light)
    air = at_hour(time, (255, 253, 250), (180, 185, 250), (128, 96, 74))
    veil = skies.DriftingVeil(w, h, 0.02, 0.42, air, at_hour(time, 0.42, 0.42, 0.15), 9, 8)
    return Backdrop(brush.finish(picture, 1.0, 0.2, 200), w, h, (veil,), ground=0.68)


def _flowers(picture: Paint, y0: int, light: Light) -> None:
    """Flowers below the row `y0`, the near ones larger."""
    h, w = picture.shape[:2]
    layer, rng = np.zeros((h, w, 4), np.uint8), np.random.default_rng(44)
    for _ in range(int(900 * w * h / 921600)):
        depth = rng.random() ** 0.8
        y, x = y0 + depth * (h - y0), rng.uniform(0, w)
        colour = _BLOSSOMS[rng.integers(4)]
        size = (0.6 + 4.2 * depth) * min(w, h) / 720
        brush.oval(layer, (x, y), (size, size * 0.75), (*colour, 255))
    brush.over(picture, light(layer[..., :3]), layer[..., 3].astype(np.float32) / 255 * 0.9)


def desert(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Four rows of dunes, each with a lit and a shaded side and ripples in its sand."""
    picture = skies.sky(w, h, time, 8, 0.35, 0.56)
    light = Light(time)
    haze = light((190, 215, 238)) * 0.6 + light.haze * 0.4
    near = max(w, h * 0.8)
    y, x = np.arange(h, dtype=np.float32)[:, None], np.arange(w, dtype=np.float32)[None]
    low, high = f32([70, 116, 168]), f32([146, 206, 246])
    for k, (base, tall, far) in enumerate(
        ((0.555, 0.06, 0.55), (0.62, 0.12, 0.28), (0.74, 0.15, 0.08), (0.90, 0.16, 0.0))
    ):
        line = brush.ridge(w, h * base, h * tall, 53 + k * 3, 0.22, 1.2 + 0.6 * (3 - k))
        line = cv2.GaussianBlur(line[None], (0, 0), near / 60)[0]
        # A dune's lee side lies in shade; the shade's edge runs down from the crest at a slant, not straight
        # under it.
        slope = np.gradient(cv2.GaussianBlur(line[None], (0, 0), near / 28)[0]).astype(np.float32)
        fall = np.clip(y - line[None], 0, None)
        slant = x + fall * 0.9 + brush.noise(w, h, near / 5, 3, 60 + k, 2.0) * near * 0.035
        shade = np.tanh(-slope * 3.4)[None].repeat(h, 0)
        shade = cv2.remap(shade, slant, y + 0 * x, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        fade = np.exp(-fall / (h * (0.12 + 0.10 * k)))
        lit = 0.66 + 0.58 * shade * fade - 0.06 * (1 - fade)
        lit = lit + 0.12 * np.exp(-fall / (h * 0.012)) * (shade > 0)
        ripples = brush.noise(w, h, 10 + 9 * k, 3, 57 + k, 6.0) * (0.05 + 0.025 * k)
        colour = light(lerp(low, high, np.clip(lit + ripples, 0, 1.06)[..., None]))
        brush.over(picture, lerp(colour, haze, far), brush.below(line, h, 1.6))
    layers = (
        skies.DriftingVeil(w, h, 0.50, 0.66, haze, 0.35, 26, 5),
        skies.DriftingVeil(w, h, 0.72, 0.95, haze, 0.16, 60, 7),
    )
    return Backdrop(brush.finish(picture, 0.9, 0.2, 205), w, h, layers, ground=0.72)
