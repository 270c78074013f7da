"""Painted places made by people: a studio, a stage, a castle."""

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush, skies, water
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.light import Light


def studio(w, h, time, snow):
    """A cyclorama: the wall runs into the floor without an edge, a soft light on it."""
    y, x = np.mgrid[0 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
    x = x * np.float32(min(1.0, w / h))
    wall = 204 + 44 * np.exp(-(x**2 * 1.1 + (y - 0.36) ** 2 * 4))
    floor = 232 - 30 * x**2 - 26 * np.clip(y - 0.8, 0, 1)
    tone = wall + (floor - wall) * (1 / (1 + np.exp(-(y - 0.78) * 22)))
    tone -= 7 * np.exp(-(((y - 0.755) / 0.055) ** 2))
    picture = tone[..., None] * np.float32([1.0, 0.992, 0.985])
    return Backdrop(brush.finish(picture), w, h, ground=0.78)


def stage(w, h, time, snow):
    """Four lamps on a boarded stage with haze in the air and a curtain behind."""
    edge = 0.76
    y, x = np.mgrid[0 : 1 : h * 1j, 0 : 1 : w * 1j].astype(np.float32)
    wide = np.float32(max(1.0, 0.8 * h / w))  # of a portrait's narrow stage the lamps light as much
    fold = x * 26 / wide + 0.6 * np.sin(x * 9 / wide)
    curtain = (0.5 + 0.5 * np.sin(fold * np.pi)) ** 1.4 * (0.45 + 0.55 * y / edge)
    picture = np.float32([26, 10, 14]) + curtain[..., None] * np.float32([34, 10, 44])
    rows = h - int(h * edge)
    depth = np.linspace(0.12, 1, rows, dtype=np.float32)[:, None]
    across = (np.arange(w, dtype=np.float32)[None] - w / 2) / depth / (0.10 * max(w, h * 0.8))
    tones = (
        np.random.default_rng(4)
        .uniform(0.75, 1.1, 128)
        .astype(np.float32)[np.floor(across).astype(int) % 128]
    )
    gap = np.clip(1 - np.abs(across - np.round(across)) * 0.10 * max(w, h * 0.8) * depth / 1.2, 0, 1)
    boards = np.float32([30, 30, 44]) * (tones * (1 - 0.5 * gap) * (0.55 + 0.45 * depth))[..., None]
    picture[-rows:] = boards
    picture[-rows - max(2, h // 220) : -rows] *= 0.3
    lamps = (
        (0.06, 0.26, (255, 90, 200)),
        (0.32, 0.08, (230, 190, 120)),
        (0.66, -0.06, (120, 170, 255)),
        (0.94, -0.28, (255, 110, 90)),
    )
    for at, lean, colour in lamps:
        foot = at + lean * 0.86
        beam = (
            np.exp(-(((x - at - lean * y) / ((0.008 + 0.075 * y) * wide)) ** 2))
            * np.clip(1.15 - y * 0.9, 0, 1)
            * np.clip((0.90 - y) / 0.10, 0, 1)
        )
        brush.over(picture, np.float32(colour) * 1.05, beam * 0.62)
        pool = np.exp(-(((x - foot) / (0.10 * wide)) ** 2 + ((y - 0.855) / 0.042) ** 2))
        lit = np.clip(pool * (y > edge), 0, 1)[-rows:]
        picture[-rows:] += (lit[..., None] * np.float32(colour) * (0.34 + boards / 58)) * 0.55
        for k in range(2):  # the lamp itself, hung above
            picture += (
                brush.glow(w, h, at * w, 0, min(w, h) * (0.035 if k else 0.012), 1.2)[..., None]
                * np.float32(colour)
                * 0.8
            )
    layers = (
        water.Rays(w, h, (200, 130, 170), 0.24, 0.1, 9, 1.6),
        skies.DriftingVeil(w, h, 0.1, 0.9, (150, 90, 130), 0.22, 22, 3),
    )
    return Backdrop(brush.finish(picture, 0.9, 0.35, 190), w, h, layers, ground=0.78)


def castle(w, h, time, snow):
    from modules.preview.effects.backgrounds import nature

    back = nature.mountains(w, h, time or "day", snow)
    picture = back(0.0).astype(np.float32)
    light, s = Light(time), min(w, h * 1.3)
    foot, middle = h * 0.775, 0.50
    hill = (
        foot
        - h * 0.075 * np.exp(-(((np.arange(w) - middle * w) / (s * 0.36)) ** 4))
        + brush.ridge(w, 0, h * 0.012, 9, 0.5, 6)
    )
    layer = np.zeros((h, w, 4), np.float32)  # BGR by daylight and coverage
    # (offset from the middle, width, height above the hill, roof): walls behind, then towers, then the
    # gatehouse; shares of `s`
    for at, wide, tall, roof in (
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
    ):
        _keep(
            layer, middle * w + at * s, wide * s, tall * s, roof, s, hill, glowing=time in ("night", "sunset")
        )
    cx, half = (middle - 0.02) * w, 0.018 * s
    gate = int(hill[int(cx)])
    cv2.rectangle(
        layer, (int(cx - half), gate - int(0.036 * s)), (int(cx + half), gate + 9), (30, 38, 46, 1), -1
    )
    cv2.ellipse(
        layer,
        (int(cx), gate - int(0.036 * s)),
        (int(half), int(half * 1.1)),
        0,
        180,
        360,
        (30, 38, 46, 1),
        -1,
        cv2.LINE_AA,
    )
    stone = 1 + 0.10 * brush.noise(w, h, s / 60, 2, 5, 2.2) + 0.10 * brush.noise(w, h, s / 9, 4, 6)
    lamps = layer[..., 2] > 256  # windows that burn are marked by being brighter than any paint
    colour = light(layer[..., :3] * stone[..., None])
    colour += (light.haze - colour) * 0.14
    colour[lamps] = (96, 190, 252)
    brush.over(picture, colour, cv2.GaussianBlur(layer[..., 3], (0, 0), 0.7))
    grass = light(
        np.float32([58, 116, 84] if not snow else [240, 228, 218])
        * (1 + 0.16 * brush.noise(w, h, s / 40, 4, 8, 2.0))[..., None]
    )
    rise = np.clip(
        brush.below(hill, h, 2.0)
        * (1.25 - np.clip((np.arange(h, dtype=np.float32)[:, None] - h * 0.765) / (h * 0.05), 0, 1.25)),
        0,
        1,
    )
    brush.over(
        picture, grass * np.clip(1.1 - np.abs(np.arange(w) / w - middle + 0.1), 0.7, 1)[None, :, None], rise
    )
    return Backdrop(brush.finish(picture, 0.6, 0.25, 170), w, h, back.layers[1:], ground=0.79)


def _keep(layer, x: float, wide: float, tall: float, roof: bool, s: float, hill, *, glowing: bool) -> None:
    """One wall or tower standing on the hill: rounded by its shading, with a slate cone or battlements,
    and a few slits for windows."""
    half, foot = wide / 2, int(hill[int(np.clip(x, 0, len(hill) - 1))]) + 10
    top = foot - 10 - tall
    round_ = wide < 0.07 * s
    x0, x1, y0 = int(max(0, x - half)), int(min(layer.shape[1], x + half + 1)), int(max(0, top))
    if x1 <= x0:
        return
    across = (np.arange(x0, x1) - x) / half
    shade = np.clip(
        1.06 - 0.30 * (across + 0.35) ** 2 - 0.16 * across if round_ else 0.92 - 0.06 * across, 0.3, 1.1
    ).astype(np.float32)
    rows = np.linspace(1.04, 0.86, foot - y0, dtype=np.float32)[:, None]
    layer[y0:foot, x0:x1, :3] = (shade[None] * rows)[..., None] * np.float32([158, 176, 188])
    layer[y0:foot, x0:x1, 3] = 1
    lip = half * (1.16 if round_ else 1.0)
    band = max(2, int(s * 0.012))
    if round_:  # a crown a little wider than the shaft, with its shadow below
        cv2.rectangle(
            layer, (int(x - lip), int(top)), (int(x + lip), int(top + band)), (142, 160, 172, 1), -1
        )
        cv2.rectangle(
            layer,
            (int(x - half), int(top + band)),
            (int(x + half), int(top + band + 2)),
            (82, 92, 100, 1),
            -1,
        )
    if roof:
        peak = top - half * 3.1
        cv2.fillConvexPoly(
            layer,
            np.int32([[x - lip * 1.12, top + 1], [x + lip * 1.12, top + 1], [x, peak]]),
            (92, 84, 112, 1),
            cv2.LINE_AA,
        )
        cv2.fillConvexPoly(
            layer,
            np.int32([[x + lip * 0.1, top + 1], [x + lip * 1.12, top + 1], [x, peak]]),
            (58, 52, 72, 1),
            cv2.LINE_AA,
        )
        cv2.fillConvexPoly(
            layer,
            np.int32([[x - lip * 1.12, top + 1], [x - lip * 0.55, top + 1], [x, peak]]),
            (122, 112, 140, 1),
            cv2.LINE_AA,
        )
    else:
        tooth = max(3, int(s * 0.010))
        for k, left in enumerate(range(int(x - lip), int(x + lip) - tooth // 2, tooth)):
            if k % 2 == 0:
                cv2.rectangle(
                    layer,
                    (left, int(top - tooth)),
                    (min(left + tooth - 1, int(x + lip)), int(top)),
                    (146, 164, 176, 1),
                    -1,
                )
    dark = (300, 300, 300, 1) if glowing else (44, 50, 58, 1)
    if not round_ and wide > 0.3 * s:
        return
    for k in range(1 + int(tall / (0.11 * s))):
        for side in (-0.10,) if round_ else (-0.5, 0.5):
            spot = (
                int(x + side * half),
                int(top + 0.045 * s + k * 0.085 * s + (0.018 * s if side > 0 else 0)),
            )
            if spot[1] < foot - 0.05 * s:
                cv2.ellipse(
                    layer, spot, (max(1, int(s * 0.0032)), max(2, int(s * 0.0085))), 0, 0, 360, dark, -1
                )
