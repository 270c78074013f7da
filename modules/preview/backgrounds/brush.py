"""The painter's means: noise, ridges, gradients, glows, ground in perspective. Float32 BGR pictures, 0..255."""

import cv2
import numpy as np


def noise(w: int, h: int, cell: float, octaves: int = 4, seed: int = 0, stretch: float = 1.0) -> np.ndarray:
    """Fractal noise, about -1..1. `cell`: pixels of the largest cell; `stretch` > 1 makes it wide."""
    rng = np.random.default_rng(seed)
    total, weight = np.zeros((h, w), np.float32), 0.0
    for k in range(octaves):
        size = max(1.5, cell / 2 ** k)
        grid = rng.normal(0, 1, (max(2, int(h / size) + 3), max(2, int(w / (size * stretch)) + 3))).astype(np.float32)
        total += cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC) * 0.55 ** k
        weight += 0.55 ** k
    return np.clip(total / weight * 0.9, -1.6, 1.6)


def ridge(w: int, base: float, height: float, seed: int, rough: float = 0.5, cells: float = 3.0) -> np.ndarray:
    """A skyline: y per column, in pixels; smaller is higher."""
    rng = np.random.default_rng(seed)
    line, size, scale = np.zeros(w, np.float32), cells, 1.0
    for _ in range(8):
        n = int(size) + 3
        knots = rng.uniform(-1, 1, n)
        line += np.interp(np.linspace(0, n - 2.001, w) + rng.uniform(0, 1), np.arange(n), knots).astype(np.float32) * scale
        size, scale = size * 2.1, scale * rough
    return base - height * (line - line.min()) / max(1e-3, np.ptp(line))


def gradient(w: int, h: int, stops: list[tuple[float, tuple[float, float, float]]]) -> np.ndarray:
    """From top to bottom through `stops` (0..1, BGR)."""
    at = np.linspace(0, 1, h)
    places = [p for p, _ in stops]
    rows = np.stack([np.interp(at, places, [c[k] for _, c in stops]) for k in range(3)], -1).astype(np.float32)
    return np.repeat(rows[:, None], w, 1)


def glow(w: int, h: int, x: float, y: float, radius: float, power: float = 2.0) -> np.ndarray:
    """1 at (x, y), falling off over `radius` pixels."""
    gx, gy = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    return np.exp(-(np.hypot(gx - x, gy - y) / radius) ** power).astype(np.float32)


def over(picture: np.ndarray, colour, share: np.ndarray) -> None:
    """Paints `colour` (BGR or a picture) over `picture` by `share` (0..1), in place."""
    share = share[..., None]
    picture += (np.asarray(colour, np.float32) - picture) * share


def below(line: np.ndarray, h: int, soft: float = 1.2) -> np.ndarray:
    """1 under a skyline, 0 above it, with a soft edge."""
    return np.clip((np.arange(h, dtype=np.float32)[:, None] - line[None]) / soft + 0.5, 0, 1)


def ground_map(w: int, h: int, seed: int, near: float, octaves: int = 4, fade: bool = True) -> np.ndarray:
    """Noise lying on a plane that recedes to the top edge: `near` is its cell in pixels at the bottom edge."""
    tile = noise(512, 512, 64, octaves, seed)
    tile[:, -64:] = tile[:, -64:] * np.linspace(1, 0, 64) + tile[:, :64][:, ::-1] * np.linspace(0, 1, 64)
    depth = np.linspace(0.035, 1, h, dtype=np.float32)[:, None]
    x = (np.arange(w, dtype=np.float32)[None] - w / 2) / depth * (64 / near)
    y = np.repeat(64 * h / near * 0.9 / depth, w, 1)
    flat = cv2.remap(tile, np.mod(x, 511).astype(np.float32), np.mod(y, 511).astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    if fade:  # far away the noise is finer than a pixel
        flat = flat * np.clip(depth * 2.2 - 0.05, 0, 1) + cv2.blur(flat, (9, 3)) * (1 - np.clip(depth * 2.2 - 0.05, 0, 1))
    return flat


def rock(w: int, h: int, cell: float, seed: int, light: float = 1.0) -> np.ndarray:
    """Shading of broken rock lit from the left (`light` 1) or right (-1): about -1..1, large faces first, small ones over them."""
    total = np.zeros((h, w), np.float32)
    for k, weight in enumerate((0.62, 0.34, 0.20)):
        size = cell / 2.3 ** k
        heights = cv2.GaussianBlur(1 - np.abs(noise(w, h, size, 3, seed + k, 0.8)), (0, 0), max(0.8, size / 22))
        slope = cv2.Sobel(heights, cv2.CV_32F, 1, 0, ksize=3) + 0.45 * cv2.Sobel(heights, cv2.CV_32F, 0, 1, ksize=3)
        total += weight * np.tanh(-slope / (np.abs(slope).mean() * 2.0 + 1e-4) * light)
    return np.clip(total, -1, 1)


def finish(picture: np.ndarray, soft: float = 0.0, bloom: float = 0.0, threshold: float = 150) -> np.ndarray:
    """To uint8, with a light bloom, a slight defocus and dither against banding."""
    h, w = picture.shape[:2]
    if bloom:
        small = cv2.resize(np.clip(picture - threshold, 0, 255), (w // 4, h // 4), interpolation=cv2.INTER_AREA)
        picture = picture + cv2.resize(cv2.GaussianBlur(small, (0, 0), max(2, w / 220)), (w, h)) * bloom
    if soft:
        picture = cv2.GaussianBlur(picture, (0, 0), soft)
    picture = picture + np.random.default_rng(9).uniform(-1.2, 1.2, (h, w, 1)).astype(np.float32)
    return np.clip(picture, 0, 255).astype(np.uint8)
