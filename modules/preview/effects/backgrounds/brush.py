"""Procedural textures and drawing for painted backgrounds: noise, ridges, glows, ground in perspective.

Sizes are `w` x `h` pixels, pictures `Paint` (float32 BGR, 0..255), masks and noise `Field` (float32).
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike

from modules.preview.effects.pixels import Field, Paint, Picture, away_from, f32, to8

Spot = Sequence[float]
"""x, y in pixels; fractions are dropped."""


def _whole(values: Spot) -> list[int]:
    return [int(value) for value in values]


def scalar(colour: Any) -> Any:
    """A colour as OpenCV wants it."""
    return tuple(float(value) for value in colour) if np.ndim(colour) else colour


def line(picture: Paint, a: Spot, b: Spot, colour: Any, width: float = 1) -> None:
    """A smooth line, at least one pixel wide; in place, as all that draws here."""
    cv2.line(picture, _whole(a), _whole(b), scalar(colour), max(1, int(width)), cv2.LINE_AA)


def box(picture: Paint, a: Spot, b: Spot, colour: Any) -> None:
    cv2.rectangle(picture, _whole(a), _whole(b), scalar(colour), -1)


def oval(picture: Paint, centre: Spot, axes: Spot, colour: Any) -> None:
    """A filled ellipse of half axes `axes`, at least one pixel."""
    sides = [max(1, side) for side in _whole(axes)]
    cv2.ellipse(picture, _whole(centre), sides, 0, 0, 360, scalar(colour), -1, cv2.LINE_AA)


def noise(w: int, h: int, cell: float, octaves: int = 4, seed: int = 0, stretch: float = 1.0) -> Field:
    """Fractal noise, about -1..1. `cell`: pixels of the largest cell; `stretch` > 1 makes it wide."""
    rng = np.random.default_rng(seed)
    total, coarse, weight = np.zeros((h, w), np.float32), None, 0.0
    quarter = (max(2, w // 4), max(2, h // 4))
    for k in range(octaves):
        size = max(1.5, cell / 2**k)
        cells = max(2, int(h / size) + 3), max(2, int(w / (size * stretch)) + 3)
        grid = rng.normal(0, 0.55**k, cells).astype(np.float32)
        # Large cells are as smooth when they are gathered small and enlarged together.
        if min(size, size * stretch) > 24:
            part = cv2.resize(grid, quarter, interpolation=cv2.INTER_CUBIC)
            coarse = part if coarse is None else coarse + part
        else:
            total += cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC)
        weight += 0.55**k
    if coarse is not None:
        total += cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC)
    total *= 0.9 / weight
    return np.clip(total, -1.6, 1.6, out=total)


def ridge(w: int, base: float, height: float, seed: int, rough: float = 0.5, cells: float = 3.0) -> Field:
    """A skyline: y per column, in pixels; smaller is higher."""
    rng = np.random.default_rng(seed)
    line, size, scale = np.zeros(w, np.float32), cells, 1.0
    for _ in range(8):
        n = int(size) + 3
        knots = rng.uniform(-1, 1, n)
        at = np.linspace(0, n - 2.001, w) + rng.uniform(0, 1)
        line += np.interp(at, np.arange(n), knots).astype(np.float32) * scale
        size, scale = size * 2.1, scale * rough
    return np.asarray(base - height * (line - line.min()) / max(1e-3, np.ptp(line)))


def glow(w: int, h: int, x: float, y: float, radius: float, power: float = 2.0) -> Field:
    """1 at (x, y), falling off over `radius` pixels."""
    return np.exp(-((away_from(w, h, x, y) / radius) ** power)).astype(np.float32)


def over(picture: Paint, colour: ArrayLike, share: Field) -> None:
    """Paints `colour` (BGR or a picture) over `picture` by `share` (0..1), in place."""
    rows = np.flatnonzero(share.max(1) > 0)
    if not len(rows):
        return
    part = picture[rows[0] : rows[-1] + 1]
    mask = share[rows[0] : rows[-1] + 1].astype(np.float32)
    if mask.shape[1] == 1:
        mask = np.repeat(mask, picture.shape[1], 1)
    away = np.broadcast_to(f32(colour), picture.shape)[rows[0] : rows[-1] + 1] - part
    part += cv2.multiply(away, cv2.merge([np.ascontiguousarray(mask)] * 3))


def below(line: Field, h: int, soft: float = 1.2) -> Field:
    """1 under a skyline, 0 above it, with a soft edge."""
    return np.asarray(np.clip((np.arange(h, dtype=np.float32)[:, None] - line[None]) / soft + 0.5, 0, 1))


def lay(picture: Paint, ground: Any, share: Field) -> None:
    """Ground, as high as it is, over the foot of the picture by `share`, a mask of the picture's size."""
    whole = np.zeros_like(picture)
    whole[-len(ground) :] = ground
    over(picture, whole, share)


def ground_map(w: int, h: int, seed: int, near: float, octaves: int = 4) -> Field:
    """Noise lying on a plane that recedes to the top edge: `near` is its cell in pixels at the bottom edge.

    Seen from a standing eye: what lies there is as wide as it is, but much less high. Where it gets finer
    than a pixel it fades out.
    """
    tile = noise(512, 512, 64, octaves, seed)
    ramp = np.linspace(0, 1, 64, dtype=np.float32)
    tile[:, -64:] = tile[:, -64:] * (1 - ramp) + tile[:, :64][:, ::-1] * ramp
    tile[-64:] = tile[-64:] * (1 - ramp[:, None]) + tile[:64][::-1] * ramp[:, None]
    depth = np.linspace(0.02, 1, h, dtype=np.float32)[:, None]
    unit, away = 64 / (near * 1.5), 0.85 * max(w, 2.5 * h)
    x = np.mod((np.arange(w, dtype=np.float32)[None] - w * 0.43) / depth * unit, 511).astype(np.float32)
    y = np.repeat(np.mod(unit * away / depth, 511), w, 1).astype(np.float32)
    step = np.log2(unit * away / h / depth**2 + 1e-3)  # pixels of the tile from row to row
    flat = np.zeros((h, w), np.float32)
    for k, finest in enumerate((1.0, 2.6, 4.2)):
        share = (
            np.clip(1 - np.abs(step - finest) / 1.6, 0, 1) if k else np.clip(1 - (step - finest) / 1.6, 0, 1)
        )
        source = cv2.GaussianBlur(tile, (0, 0), 2.0 * k * k + 0.5 * k) if k else tile
        flat += cv2.remap(source, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP) * share
    return flat


def paving(w: int, h: int, cell: float, seed: int) -> tuple[Field, Field]:
    """Square slabs on a plane that recedes to just above the top edge: (tone of each, -1..1; its joints,
    0..1). `cell`: pixels at the bottom."""
    depth = np.linspace(0.10, 1, h, dtype=np.float32)[:, None]
    x, y = (
        (np.arange(w, dtype=np.float32)[None] - w * 0.46) / depth / cell,
        np.repeat(0.55 * max(w, 2.5 * h) / depth / cell, w, 1),
    )
    wide, high = 1 / (depth * cell), 0.55 * max(w, 2.5 * h) / cell * 0.9 / h / depth**2
    tones = np.random.default_rng(seed).uniform(-1, 1, (64, 64)).astype(np.float32)
    tone = tones[np.floor(y).astype(int) % 64, np.floor(x).astype(int) % 64]
    joints = np.zeros((h, w), np.float32)
    for at, size in ((x, wide), (y, high)):
        gap = np.abs(at - np.round(at))
        joints = np.maximum(
            joints,
            np.clip(1.2 - gap / np.maximum(size * 0.8, 0.008), 0, 1) * np.clip(0.5 / (size + 1e-3) / 3, 0, 1),
        )
    return tone * np.clip(0.45 / np.maximum(wide, high), 0, 1), joints


def rock(w: int, h: int, cell: float, seed: int, light: float = 1.0) -> Field:
    """Shading of broken rock lit from the left (`light` 1) or right (-1): about -1..1, large faces first,
    small ones over them."""
    total = np.zeros((h, w), np.float32)
    for k, weight in enumerate((0.62, 0.34, 0.20)):
        size = cell / 2.3**k
        heights = cv2.GaussianBlur(
            1 - np.abs(noise(w, h, size, 3, seed + k, 0.8)), (0, 0), max(0.8, size / 22)
        )
        slope = cv2.Sobel(heights, cv2.CV_32F, 1, 0, ksize=3) + 0.45 * cv2.Sobel(
            heights, cv2.CV_32F, 0, 1, ksize=3
        )
        total += weight * np.tanh(-slope / (np.abs(slope).mean() * 2.0 + 1e-4) * light)
    return np.clip(total, -1, 1)


def finish(picture: Paint, soft: float = 0.0, bloom: float = 0.0, threshold: float = 150) -> Picture:
    """To uint8, with a light bloom, a slight defocus and dither against banding."""
    h, w = picture.shape[:2]
    if bloom:
        small = cv2.resize(
            np.clip(picture - threshold, 0, 255), (w // 4, h // 4), interpolation=cv2.INTER_AREA
        )
        picture = picture + cv2.resize(cv2.GaussianBlur(small, (0, 0), max(2, w / 220)), (w, h)) * bloom
    if soft:
        picture = cv2.GaussianBlur(picture, (0, 0), soft)
    picture = picture + np.random.default_rng(9).uniform(-1.2, 1.2, (h, w, 1)).astype(np.float32)
    return to8(picture)
