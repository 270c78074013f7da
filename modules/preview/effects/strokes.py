"""Operations that turn a photograph into something drawn: flat patches, ink lines, paper, hatching."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px


def kuwahara(frame: np.ndarray, radius: int) -> np.ndarray:
    """Every pixel becomes the mean of the calmest of the four squares that it is a corner of: brush-like
    patches, crisp edges."""
    side = radius + 1
    padded = cv2.copyMakeBorder(frame, radius, radius, radius, radius, cv2.BORDER_REFLECT_101)
    light = px.grey(padded).astype(np.float32)
    mean = cv2.boxFilter(padded, -1, (side, side), anchor=(0, 0))
    level = cv2.boxFilter(light, -1, (side, side), anchor=(0, 0))
    spread = cv2.boxFilter(light * light, -1, (side, side), anchor=(0, 0)) - level * level
    height, width = frame.shape[:2]
    out, best = None, None
    for dy in (0, radius):
        for dx in (0, radius):
            m, s = mean[dy : dy + height, dx : dx + width], spread[dy : dy + height, dx : dx + width]
            if out is None:
                out, best = m.copy(), s.copy()
            else:
                better = cv2.compare(s, best, cv2.CMP_LT)
                cv2.copyTo(m, better, out)
                best = cv2.min(best, s)
    return out


def ink(frame: np.ndarray, sigma: float, gain: float, floor: int) -> np.ndarray:
    """Dark lines along the dark sides of edges: one plane, 255 where there is none. `floor` hides what is
    fainter."""
    plane = frame if frame.ndim == 2 else px.grey(frame)
    narrow, wide = px.blur(plane, sigma), px.blur(plane, sigma * 2.1)
    line = cv2.subtract(wide, narrow)
    table = px.to8(255 - gain * np.clip(np.arange(256) - floor, 0, None))
    return cv2.LUT(line, table)


def paper(
    rng: np.random.Generator,
    width: int,
    height: int,
    base: tuple[int, int, int],
    rough: float,
    fine: float = 1.4,
) -> np.ndarray:
    """A sheet to multiply with: `base` is its colour, `rough` how much its tooth shows."""
    scale = max(0.25, min(width, height) / 720)
    tooth = sum(
        px.smooth_noise(rng, width, height, max(1.2, cell * scale)) * weight
        for cell, weight in ((fine, 0.8), (3.2, 1.0), (9, 0.5), (90, 0.6))
    )
    return px.to8(np.array(base, np.float32) + (tooth * rough)[..., None])


def hatching(rng: np.random.Generator, width: int, height: int, angle: float, gap: float) -> np.ndarray:
    """Pencil strokes at `angle` degrees, `gap` pixels apart, uneven as a hand: one plane, 255 is bare
    paper."""
    side = int(np.hypot(width, height)) + 8
    long = cv2.resize(
        rng.uniform(0, 1, (max(2, int(side / gap)), max(3, int(side / (gap * 16))))).astype(np.float32),
        (side, side),
        interpolation=cv2.INTER_CUBIC,
    )
    rows = np.arange(side, dtype=np.float32)[:, None]
    wander = px.smooth_noise(rng, side, side, gap * 22) * gap * 0.7
    wave = 0.5 + 0.5 * np.cos((rows + wander) * 2 * np.pi / gap)
    strokes = np.clip(255 - 235 * wave**1.6 * (0.45 + 0.75 * long), 0, 255).astype(np.float32)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 1)
    turned = cv2.warpAffine(strokes, turn, (side, side), borderMode=cv2.BORDER_REFLECT)
    left, top = (side - width) // 2, (side - height) // 2
    return px.to8(turned[top : top + height, left : left + width])


def relight(frame: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Brightness through `table` while every colour keeps its hue; posterising each plane instead would
    speckle greys with colour."""
    levels = np.arange(256)
    gain = px.to8(64 * table.astype(np.float32) / np.maximum(levels, 4))
    return cv2.multiply(frame, cv2.merge([cv2.LUT(px.grey(frame), gain)] * 3), scale=1 / 64)


def palette(samples: list[np.ndarray], colours: int, seed: int = 7) -> np.ndarray:
    """The `colours` that stand best for the sample frames, BGR float32, dark to light."""
    pixels = np.concatenate(
        [cv2.resize(s, (72, 72), interpolation=cv2.INTER_AREA).reshape(-1, 3) for s in samples]
    )
    lab = cv2.cvtColor(pixels[None], cv2.COLOR_BGR2LAB)[0].astype(np.float32)
    cv2.setRNGSeed(seed)
    _, _, centres = cv2.kmeans(
        lab, colours, None, (cv2.TERM_CRITERIA_MAX_ITER, 14, 1.0), 1, cv2.KMEANS_PP_CENTERS
    )
    bgr = cv2.cvtColor(px.to8(centres)[None], cv2.COLOR_LAB2BGR)[0].astype(np.float32)
    return bgr[np.argsort(bgr @ np.array([0.0722, 0.7152, 0.2126]))]


def nearest_table(colours: np.ndarray) -> np.ndarray:
    """For every 5-bit BGR colour the index of the nearest of `colours`, for `index_of`."""
    grid = np.mgrid[:32, :32, :32].reshape(3, -1).T.astype(np.uint8) * 8 + 4
    lab = cv2.cvtColor(grid[None], cv2.COLOR_BGR2LAB)[0].astype(np.float32)
    to = cv2.cvtColor(px.to8(colours)[None], cv2.COLOR_BGR2LAB)[0].astype(np.float32)
    return ((lab[:, None] - to[None]) ** 2).sum(-1).argmin(1).astype(np.uint8)


def index_of(frame: np.ndarray, table: np.ndarray) -> np.ndarray:
    """The palette index of every pixel."""
    low = frame.astype(np.uint16) >> 3
    return table[(low[..., 0] << 10) | (low[..., 1] << 5) | low[..., 2]]
