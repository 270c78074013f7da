"""Painted places made by people: a studio, a stage."""

import numpy as np

from modules.preview.effects.backgrounds import brush, skies, water
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.pixels import Paint, bell, f32, lerp, tint

_STAGE_LAMPS = (
    (0.06, 0.26, (255, 90, 200)),
    (0.32, 0.08, (230, 190, 120)),
    (0.66, -0.06, (120, 170, 255)),
    (0.94, -0.28, (255, 110, 90)),
)
"""Where they hang (share of the width), how their beams lean, and their colours."""


def studio(w: int, h: int, time: str | None) -> Backdrop:
    """A cyclorama: the wall runs into the floor without an edge, a soft light on it."""
    y, x = np.mgrid[0 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
    x = x * np.float32(min(1.0, w / h))
    wall = 204 + 44 * np.exp(-(x**2 * 1.1 + (y - 0.36) ** 2 * 4))
    floor = 232 - 30 * x**2 - 26 * np.clip(y - 0.8, 0, 1)
    tone = lerp(wall, floor, 1 / (1 + np.exp(-(y - 0.78) * 22)))
    tone -= 7 * bell(y - 0.755, 0.055)
    return Backdrop(brush.finish(tint(tone, (1.0, 0.992, 0.985))), w, h, ground=0.78)


def stage(w: int, h: int, time: str | None) -> Backdrop:
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
