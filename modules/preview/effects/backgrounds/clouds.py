"""Painted skies that fill the frame: a sunset, a sea of clouds, northern lights over snow."""

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush, skies
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.light import at_hour
from modules.preview.effects.pixels import bell, f32, gradient, lerp, tint


def sunset_sky(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Nothing but a sky at sunset, or at night."""
    picture = skies.sky(w, h, "night" if time == "night" else "sunset", 9, 1.0, 1.0)
    air = (96, 70, 54) if time == "night" else (150, 175, 255)
    veil = skies.DriftingVeil(w, h, 0.1, 0.9, air, 0.35, 10, 5)
    return Backdrop(brush.finish(picture, 1.0, 0.3, 200), w, h, (veil,), ground=2.0, wet=True)


def sea_of_clouds(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Above a sea of clouds: heaps whose tops catch the light, each bank hazier the farther it lies."""
    picture = skies.sky(w, h, time, 10, 0.9, 0.66)
    lit, shade, air = at_hour(
        time,
        ((255, 254, 252), (222, 196, 172), (246, 230, 212)),
        ((176, 206, 255), (150, 104, 150), (150, 190, 255)),
        ((176, 138, 108), (72, 46, 32), (150, 102, 66)),
    )
    near = max(w, h * 0.8)
    y, x = np.mgrid[:h, :w].astype(np.float32)
    for k, (base, far) in enumerate(((0.635, 0.55), (0.68, 0.34), (0.76, 0.16), (0.88, 0.0))):
        size = near / (13 - 2.6 * k)
        heap = brush.noise(w, h, size, 5, 103 + k, 1.6 - 0.1 * k)
        bend = brush.noise(w, h, size * 0.6, 2, 113 + k) * size * 0.11
        heap = cv2.remap(heap, x + bend, y - bend, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        line = brush.ridge(w, h * base, h * (0.03 + 0.035 * k), 121 + k, 0.5, 4)
        height = (y - line[None]) / (h * (0.05 + 0.05 * k)) + heap * 0.9  # 0 at the ragged top of the bank
        wide, fine = (cv2.GaussianBlur(heap, (0, 0), sigma) for sigma in (size / 13 + 0.5, 2))
        slope = cv2.Sobel(wide, cv2.CV_32F, 0, 1, ksize=3) + 0.4 * cv2.Sobel(fine, cv2.CV_32F, 1, 0, ksize=3)
        light = 0.60 + np.tanh(slope / (np.abs(slope).mean() * 2.2 + 1e-4)) * 0.34
        light = light - 0.30 * np.clip(height - 0.4, 0, 1) + 0.32 * bell(height, 0.3)
        colour = lerp(f32(shade), f32(lit), np.clip(light, 0, 1)[..., None])
        brush.over(picture, lerp(colour, f32(air), far), np.clip(height * 3 + 0.5, 0, 1) * 0.96)
    layers = (
        skies.DriftingVeil(w, h, 0.05, 0.5, air, at_hour(time, 0.3, 0.3, 0.12), 14, 3),
        skies.DriftingVeil(w, h, 0.6, 0.98, lit, 0.26, 24, 4),
    )
    return Backdrop(brush.finish(picture, 1.0), w, h, layers, ground=2.0, wet=True)


def aurora(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Northern lights over dark hills and snow that mirrors them."""
    picture = skies.sky(w, h, "night", 12, 0.0, 0.75, moon=False)
    line = brush.ridge(w, h * 0.70, h * 0.16, 111, 0.45, 3)
    rock = np.clip(0.8 + 0.5 * brush.rock(w, h, w / 8, 112), 0.3, 1.4)
    brush.over(picture, tint(rock, (58, 44, 30)), brush.below(line, h))
    y0 = int(h * 0.72)
    ground = gradient(w, h - y0, [(0, (110, 92, 62)), (1, (150, 124, 92))])
    ground += tint(brush.ground_map(w, h - y0, 113, w / 14, 5), (16, 13, 10))
    glow = np.exp(-np.linspace(0, 2.2, h - y0, dtype=np.float32))[:, None]
    picture[y0:] = ground + tint(glow, (26, 66, 10))  # the light above lies on the snow
    layers = (skies.Aurora(w, h, 0.66), skies.Twinkle(w, h, 20, 3, 0.4))
    return Backdrop(brush.finish(picture, 0.8), w, h, layers, ground=0.74)
