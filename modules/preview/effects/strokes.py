"""Operations that turn a photograph into something drawn: flat patches, ink lines, paper, hatching."""

from typing import Any

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.pixels import Colour, Field, Paint, Picture, Plane


def kuwahara(frame: Picture, radius: int) -> Picture:
    """Every pixel becomes the mean of the calmest of the four squares that it is a corner of: brush-like
    patches, crisp edges."""
    side = radius + 1
    padded = cv2.copyMakeBorder(frame, radius, radius, radius, radius, cv2.BORDER_REFLECT_101)
    light = px.grey(padded).astype(np.float32)
    mean = cv2.boxFilter(padded, -1, (side, side), anchor=(0, 0))
    level = cv2.boxFilter(light, -1, (side, side), anchor=(0, 0))
    spread = cv2.boxFilter(light * light, -1, (side, side), anchor=(0, 0)) - level * level
    height, width = frame.shape[:2]
    out, best = mean[:height, :width].copy(), spread[:height, :width].copy()
    for dy, dx in ((0, radius), (radius, 0), (radius, radius)):
        m, s = mean[dy : dy + height, dx : dx + width], spread[dy : dy + height, dx : dx + width]
        cv2.copyTo(m, cv2.compare(s, best, cv2.CMP_LT), out)
        best = cv2.min(best, s)
    return out


def ink(frame: Picture, sigma: float, gain: float, floor: int) -> Plane:
    """Dark lines along the dark sides of edges: one plane, 255 where there is none. `floor` hides what is
    fainter."""
    plane = frame if frame.ndim == 2 else px.grey(frame)
    narrow, wide = px.blur(plane, sigma), px.blur(plane, sigma * 2.1)
    line = cv2.subtract(wide, narrow)
    table = px.to8(255 - gain * np.clip(np.arange(256) - floor, 0, None))
    return cv2.LUT(line, table)


def paper(rng: np.random.Generator, width: int, height: int, base: Colour, rough: float) -> Picture:
    """A sheet to multiply with: `base` is its colour, `rough` how much its tooth shows."""
    scale = max(0.25, min(width, height) / 720)
    tooth: Field = np.zeros((height, width), np.float32)
    for cell, weight in ((1.4, 0.8), (3.2, 1.0), (9, 0.5), (90, 0.6)):
        tooth += px.smooth_noise(rng, width, height, max(1.2, cell * scale)) * weight
    return px.to8(px.f32(base) + (tooth * rough)[..., None])


def hatching(rng: np.random.Generator, width: int, height: int, angle: float, gap: float) -> Plane:
    """Pencil strokes at `angle` degrees, `gap` pixels apart, uneven as a hand: one plane, 255 is bare
    paper."""
    side = int(np.hypot(width, height)) + 8
    cells = max(2, int(side / gap)), max(3, int(side / (gap * 16)))
    lengths = rng.uniform(0, 1, cells).astype(np.float32)
    long = cv2.resize(lengths, (side, side), interpolation=cv2.INTER_CUBIC)
    rows = np.arange(side, dtype=np.float32)[:, None]
    wander = px.smooth_noise(rng, side, side, gap * 22) * gap * 0.7
    wave = 0.5 + 0.5 * np.cos((rows + wander) * 2 * np.pi / gap)
    strokes = np.clip(255 - 235 * wave**1.6 * (0.45 + 0.75 * long), 0, 255).astype(np.float32)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 1)
    turned = cv2.warpAffine(strokes, turn, (side, side), borderMode=cv2.BORDER_REFLECT)
    left, top = (side - width) // 2, (side - height) // 2
    return px.to8(turned[top : top + height, left : left + width])


def relight(frame: Picture, table: px.Table) -> Picture:
    """Brightness through `table` while every colour keeps its hue; posterising each plane instead would
    speckle greys with colour."""
    levels = np.arange(256)
    gain = px.to8(64 * table.astype(np.float32) / np.maximum(levels, 4))
    return cv2.multiply(frame, px.merged(cv2.LUT(px.grey(frame), gain)), scale=1 / 64)


def full_range(samples: list[Picture], most: float = 1.7) -> px.Table:
    """A table that spreads the tones of the sample frames from near black to near white, by `most` times at
    most: materials that show little detail need all the contrast that there is."""
    seen = np.concatenate([px.reduced(px.grey(sample), 4).ravel() for sample in samples])
    low, high = np.percentile(seen, (2, 98))
    gain = float(np.clip(238 / max(1.0, high - low), 1, most))
    middle = (low + high) / 2
    return px.to8((np.arange(256) - middle) * gain + middle + (126 - middle) * (1 - 1 / gain))


def palette(samples: list[Picture], colours: int, seed: int = 7) -> Paint:
    """The `colours` that stand best for the sample frames, BGR float32, dark to light."""
    pixels = np.concatenate(
        [cv2.resize(s, (72, 72), interpolation=cv2.INTER_AREA).reshape(-1, 3) for s in samples]
    )
    lab = cv2.cvtColor(pixels[None], cv2.COLOR_BGR2LAB)[0].astype(np.float32)
    cv2.setRNGSeed(seed)
    unlabelled: Any = None
    until = (cv2.TERM_CRITERIA_MAX_ITER, 14, 1.0)
    _, _, centres = cv2.kmeans(lab, colours, unlabelled, until, 1, cv2.KMEANS_PP_CENTERS)
    bgr = cv2.cvtColor(px.to8(centres)[None], cv2.COLOR_LAB2BGR)[0].astype(np.float32)
    return np.asarray(bgr[np.argsort(bgr @ np.array([0.0722, 0.7152, 0.2126]))])


def nearest_table(colours: Paint) -> Plane:
    """For every 5-bit BGR colour the index of the nearest of `colours`, for `index_of`."""
    grid = np.mgrid[:32, :32, :32].reshape(3, -1).T.astype(np.uint8) * 8 + 4
    lab = cv2.cvtColor(grid[None], cv2.COLOR_BGR2LAB)[0].astype(np.float32)
    to = cv2.cvtColor(px.to8(colours)[None], cv2.COLOR_BGR2LAB)[0].astype(np.float32)
    return np.asarray(((lab[:, None] - to[None]) ** 2).sum(-1).argmin(1).astype(np.uint8))


def index_of(frame: Picture, table: Plane) -> Plane:
    """The palette index of every pixel."""
    low = frame.astype(np.uint16) >> 3
    return np.asarray(table[(low[..., 0] << 10) | (low[..., 1] << 5) | low[..., 2]])
