"""Painted places made by people: a studio, a stage, a castle."""

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush, nature, skies, water
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.light import Light
from modules.preview.effects.pixels import Field, Paint, bell, f32, lerp, tint

_STAGE_LAMPS = (
    (0.06, 0.26, (255, 90, 200)),
    (0.32, 0.08, (230, 190, 120)),
    (0.66, -0.06, (120, 170, 255)),
    (0.94, -0.28, (255, 110, 90)),
)
"""Where they hang (share of the width), how their beams lean, and their colours."""
_CASTLE = (
    (0.0, 0.46, 0.105, False),
    (0.02, 0.17, 0.215, False),
    (-0.235, 0.052, 0.19, True),
    (0.235, 0.058, 0.175, True),
    (-0.075, 0.058, 0.30, True),
    (0.105, 0.066, 0.265, True),
    (0.02, 0.044, 0.36, True),
    (-0.145, 0.046, 0.155, False),
    (0.165, 0.05, 0.145, False),
    (-0.02, 0.085, 0.135, False),
)
"""Walls behind, then towers, then the gatehouse: offset from the middle, width, height above the hill (shares
of the castle's size), and whether there is a roof."""


def studio(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """A cyclorama: the wall runs into the floor without an edge, a soft light on it."""
    y, x = np.mgrid[0 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
    x = x * np.float32(min(1.0, w / h))
    wall = 204 + 44 * np.exp(-(x**2 * 1.1 + (y - 0.36) ** 2 * 4))
    floor = 232 - 30 * x**2 - 26 * np.clip(y - 0.8, 0, 1)
    tone = lerp(wall, floor, 1 / (1 + np.exp(-(y - 0.78) * 22)))
    tone -= 7 * bell(y - 0.755, 0.055)
    return Backdrop(brush.finish(tint(tone, (1.0, 0.992, 0.985))), w, h, ground=0.78)


def stage(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Four lamps on a boarded stage with haze in the air and a curtain behind."""
    edge = 0.76
    y, x = np.mgrid[0 : 1 : h * 1j, 0 : 1 : w * 1j].astype(np.float32)
    wide = np.float32(max(1.0, 0.8 * h / w))  # of a portrait's narrow stage the lamps light as much
    fold = x * 26 / wide + 0.6 * np.sin(x * 9 / wide)
    curtain = (0.5 + 0.5 * np.sin(fold * np.pi)) ** 1.4 * (0.45 + 0.55 * y / edge)
    picture = f32([26, 10, 14]) + tint(curtain, (34, 10, 44))
    rows = h - int(h * edge)
    boards = _boards(w, rows, 0.10 * max(w, h * 0.8))
    picture[-rows:] = boards
    picture[-rows - max(2, h // 220) : -rows] *= 0.3
    for at, lean, colour in _STAGE_LAMPS:
        beam = bell(x - at - lean * y, (0.008 + 0.075 * y) * wide)
        beam = beam * np.clip(1.15 - y * 0.9, 0, 1) * np.clip((0.90 - y) / 0.10, 0, 1)
        brush.over(picture, f32(colour) * 1.05, beam * 0.62)
        pool = np.exp(-(((x - at - lean * 0.86) / (0.10 * wide)) ** 2 + ((y - 0.855) / 0.042) ** 2))
        lit = np.clip(pool * (y > edge), 0, 1)[-rows:]
        picture[-rows:] += (tint(lit, colour) * (0.34 + boards / 58)) * 0.55
        for size in (0.012, 0.035):  # the lamp itself, hung above
            picture += tint(brush.glow(w, h, at * w, 0, min(w, h) * size, 1.2), colour) * 0.8
    layers = (
        water.Rays(w, h, (200, 130, 170), 0.24, 0.1, 9, 1.6),
        skies.DriftingVeil(w, h, 0.1, 0.9, (150, 90, 130), 0.22, 22, 3),
    )
    return Backdrop(brush.finish(picture, 0.9, 0.35, 190), w, h, layers, ground=0.78)


def _boards(w: int, rows: int, board: float) -> Paint:
    """A floor of boards that run away from the viewer, each `board` pixels wide at the bottom."""
    depth = np.linspace(0.12, 1, rows, dtype=np.float32)[:, None]
    across = (np.arange(w, dtype=np.float32)[None] - w / 2) / depth / board
    tones = np.random.default_rng(4).uniform(0.75, 1.1, 128).astype(np.float32)
    gap = np.clip(1 - np.abs(across - np.round(across)) * board * depth / 1.2, 0, 1)
    tone = tones[np.floor(across).astype(int) % 128] * (1 - 0.5 * gap) * (0.55 + 0.45 * depth)
    return tint(tone, (30, 30, 44))


def castle(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """A castle on a hill before mountains; its windows burn from sunset on."""
    back = nature.mountains(w, h, time or "day", snow)
    picture = back(0.0).astype(np.float32)
    light, s, middle = Light(time), min(w, h * 1.3), 0.50
    hill = h * 0.775 - h * 0.075 * np.exp(-(((np.arange(w) - middle * w) / (s * 0.36)) ** 4))
    hill = hill + brush.ridge(w, 0, h * 0.012, 9, 0.5, 6)
    layer = np.zeros((h, w, 4), np.float32)  # BGR by daylight and coverage
    for at, wide, tall, roof in _CASTLE:
        glowing = time in ("night", "sunset")
        _keep(layer, middle * w + at * s, wide * s, tall * s, roof, s, hill, glowing=glowing)
    cx, half = int((middle - 0.02) * w), 0.018 * s
    gate, dark = int(hill[cx]), (30, 38, 46, 1)
    left, right = (middle - 0.02) * w - half, (middle - 0.02) * w + half
    brush.box(layer, (left, gate - int(0.036 * s)), (right, gate + 9), dark)
    cv2.ellipse(
        layer, (cx, gate - int(0.036 * s)), (int(half), int(half * 1.1)), 0, 180, 360, dark, -1, cv2.LINE_AA
    )
    stone = 1 + 0.10 * brush.noise(w, h, s / 60, 2, 5, 2.2) + 0.10 * brush.noise(w, h, s / 9, 4, 6)
    lamps = layer[..., 2] > 256  # windows that burn are marked by being brighter than any paint
    colour = light(layer[..., :3] * stone[..., None])
    colour = lerp(colour, light.haze, 0.14)
    colour[lamps] = (96, 190, 252)
    brush.over(picture, colour, cv2.GaussianBlur(layer[..., 3], (0, 0), 0.7))
    grain = 1 + 0.16 * brush.noise(w, h, s / 40, 4, 8, 2.0)
    grass = light(tint(grain, (240, 228, 218) if snow else (58, 116, 84)))
    grass = grass * np.clip(1.1 - np.abs(np.arange(w) / w - middle + 0.1), 0.7, 1)[None, :, None]
    down = np.clip((np.arange(h, dtype=np.float32)[:, None] - h * 0.765) / (h * 0.05), 0, 1.25)
    brush.over(picture, grass, np.clip(brush.below(hill, h, 2.0) * (1.25 - down), 0, 1))
    return Backdrop(brush.finish(picture, 0.6, 0.25, 170), w, h, back.layers[1:], ground=0.79)


def _keep(
    layer: Paint, x: float, wide: float, tall: float, roof: bool, s: float, hill: Field, *, glowing: bool
) -> None:
    """One wall or tower standing on the hill: rounded by its shading, with a slate cone or battlements,
    and a few slits for windows."""
    half, foot = wide / 2, int(hill[int(np.clip(x, 0, len(hill) - 1))]) + 10
    top, is_round = foot - 10 - tall, wide < 0.07 * s
    x0, x1, y0 = int(max(0, x - half)), int(min(layer.shape[1], x + half + 1)), int(max(0, top))
    if x1 <= x0:
        return
    across = (np.arange(x0, x1) - x) / half
    shade = 1.06 - 0.30 * (across + 0.35) ** 2 - 0.16 * across if is_round else 0.92 - 0.06 * across
    rows = np.linspace(1.04, 0.86, foot - y0, dtype=np.float32)[:, None]
    wall = np.clip(shade, 0.3, 1.1).astype(np.float32)[None] * rows
    layer[y0:foot, x0:x1, :3] = tint(wall, (158, 176, 188))
    layer[y0:foot, x0:x1, 3] = 1
    lip = half * (1.16 if is_round else 1.0)
    if is_round:  # a crown a little wider than the shaft, with its shadow below
        band = int(top + max(2, int(s * 0.012)))
        brush.box(layer, (x - lip, top), (x + lip, band), (142, 160, 172, 1))
        brush.box(layer, (x - half, band), (x + half, band + 2), (82, 92, 100, 1))
    if roof:
        peak = [x, top - half * 3.1]
        for a, b, slate in (
            (-1.12, 1.12, (92, 84, 112, 1)),
            (0.1, 1.12, (58, 52, 72, 1)),
            (-1.12, -0.55, (122, 112, 140, 1)),
        ):
            brush.polygon(layer, [[x + lip * a, top + 1], [x + lip * b, top + 1], peak], slate)
    else:
        _battlements(layer, x, top, lip, max(3, int(s * 0.010)))
    if is_round or wide <= 0.3 * s:
        _windows(layer, x, top, foot, half, s, is_round, (300, 300, 300, 1) if glowing else (44, 50, 58, 1))


def _battlements(layer: Paint, x: float, top: float, lip: float, tooth: int) -> None:
    for left in range(int(x - lip), int(x + lip) - tooth // 2, 2 * tooth):
        end = min(left + tooth - 1, int(x + lip))
        brush.box(layer, (left, top - tooth), (end, top), (146, 164, 176, 1))


def _windows(
    layer: Paint,
    x: float,
    top: float,
    foot: int,
    half: float,
    s: float,
    is_round: bool,
    colour: tuple[int, ...],
) -> None:
    """Slits, one column on a round tower and two on a wall."""
    for k in range(1 + int((foot - 10 - top) / (0.11 * s))):
        for side in (-0.10,) if is_round else (-0.5, 0.5):
            down = top + 0.045 * s + k * 0.085 * s + (0.018 * s if side > 0 else 0)
            if int(down) < foot - 0.05 * s:
                axes = (s * 0.0032, max(2, s * 0.0085))
                brush.oval(layer, (x + side * half, down), axes, colour, smooth=False)
