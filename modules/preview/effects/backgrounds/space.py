"""Painted space: stars, clouds of gas, planets; and the sky of a clear night."""

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush, skies
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.pixels import Colour, Paint, bell, f32, gradient, lerp, tint


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


def space(w: int, h: int, time: str | None) -> Backdrop:
    """Two planets before the stars, drifting."""
    picture = _deep(w, h)
    near = ((120, 70, 30), (210, 180, 150), (255, 190, 110))
    far = ((70, 90, 130), (120, 160, 200), (90, 110, 150))
    _globe(picture, w * 0.80, h * 0.24, min(w, h) * 0.20, near, 13)
    _globe(picture, w * 0.17, h * 0.64, min(w, h) * 0.055, far, 15)
    bigger = cv2.resize(picture, (int(w * 1.03), int(h * 1.03)), interpolation=cv2.INTER_CUBIC)
    layers = (skies.Twinkle(w, h, 34, 5, 0.98),)
    return Backdrop(brush.finish(bigger, 0.5, 0.5, 140), w, h, layers, drift=0.22, ground=2.0, wet=True)


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
