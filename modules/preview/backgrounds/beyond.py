"""Painted far places: space, the moon, Mars, lava, skies alone."""

import cv2
import numpy as np

from modules.preview.backgrounds import brush, skies
from modules.preview.backgrounds.backdrop import Backdrop


def _deep(w, h, seed=5):
    picture = np.zeros((h, w, 3), np.float32) + np.float32([16, 8, 6])
    band = np.exp(-(((np.arange(h)[:, None] / h - 0.45) + 0.35 * (np.arange(w)[None] / w - 0.5)) / 0.24) ** 2).astype(np.float32)
    for k, colour in enumerate(((150, 60, 70), (120, 40, 140), (150, 120, 40), (60, 70, 170))):
        cloud = np.clip(brush.noise(w, h, w / 2.6, 6, seed + k) * 1.2 - 0.05, 0, 1) ** 1.3
        picture += (cloud * (0.25 + band))[..., None] * np.float32(colour) * 0.72
    dust = np.clip(brush.noise(w, h, w / 5, 6, seed + 9) * 1.5, 0, 1) * band
    picture *= (1 - 0.6 * dust)[..., None]
    skies.add_stars(picture, seed, 0.0026)
    return picture


def _globe(picture, x, y, r, colours, seed, light=(-0.6, -0.5)):
    """A lit ball with bands and a rim of air."""
    h, w = picture.shape[:2]
    gx, gy = np.meshgrid(np.arange(w, dtype=np.float32) - x, np.arange(h, dtype=np.float32) - y)
    d = np.hypot(gx, gy) / r
    z = np.sqrt(np.clip(1 - d * d, 0, 1))
    lit = np.clip((gx / r * light[0] + gy / r * light[1]) + z * 0.62, 0, 1)
    field = np.clip(0.5 + 0.6 * brush.noise(w, h, r / 1.6, 5, seed, 2.2), 0, 1)[..., None]
    colour = (np.float32(colours[0]) + (np.float32(colours[1]) - np.float32(colours[0])) * field) * (0.03 + 1.05 * lit[..., None])
    brush.over(picture, colour, np.clip((1 - d) * r / 1.5, 0, 1))
    rim = np.exp(-((d - 1.0) / 0.035) ** 2) * np.clip(0.25 + (gx / r * light[0] + gy / r * light[1]), 0, 1)
    picture += rim[..., None] * np.float32(colours[2])


def space(w, h, time, snow):
    picture = _deep(w, h)
    _globe(picture, w * 0.80, h * 0.24, min(w, h) * 0.20, ((120, 70, 30), (210, 180, 150), (255, 190, 110)), 13)
    _globe(picture, w * 0.17, h * 0.64, min(w, h) * 0.055, ((70, 90, 130), (120, 160, 200), (90, 110, 150)), 15)
    return Backdrop(brush.finish(_bigger(picture), 0.5, 0.5, 140), w, h, (skies.Twinkle(w, h, 34, 5, 0.98),), drift=0.22, ground=2.0, wet=True)


def _bigger(picture):
    h, w = picture.shape[:2]
    return cv2.resize(picture, (int(w * 1.03), int(h * 1.03)), interpolation=cv2.INTER_CUBIC)


def _ground(picture, w, h, top, lit, dark, seed, craters=0):
    y0 = int(h * top)
    field = brush.ground_map(w, h - y0, seed, w / 8, 6)
    shade = cv2.Sobel(cv2.GaussianBlur(field, (0, 0), 1.0), cv2.CV_32F, 1, 0, ksize=3) * 1.1
    depth = np.linspace(0.05, 1, h - y0, dtype=np.float32)[:, None]
    rng = np.random.default_rng(seed)
    for _ in range(craters):
        d = rng.uniform(0.06, 1) ** 1.4
        cy, cx, r = d * (h - y0), rng.uniform(0, w), min(w, h) * 0.14 * d * rng.uniform(0.3, 1)
        gy, gx = (np.arange(h - y0)[:, None] - cy) / (r * 0.30), (np.arange(w)[None] - cx) / r
        q = np.sqrt(gx * gx + gy * gy)
        shade += np.where(q < 1, -gx * 0.85, 0) * np.clip((1 - q) * 5, 0, 1) + np.exp(-((q - 1.05) / 0.12) ** 2) * gx * 0.5
    tone = np.clip(0.5 + 0.28 * field + shade * 0.7 * (0.35 + 0.65 * depth), 0, 1)[..., None]
    colour = np.float32(dark) + (np.float32(lit) - np.float32(dark)) * tone
    edge = y0 + brush.ridge(w, 0, h * 0.018, seed + 3, 0.5, 4) + h * 0.012
    whole = np.zeros_like(picture)
    whole[y0:] = colour
    brush.over(picture, whole, brush.below(edge, h, 1.4))


def night_heaven(w, h, with_moon=False):
    """A deep night sky with the Milky Way, blue at the horizon; BGR float."""
    picture = _deep(w, h, 6) * 0.62 + brush.gradient(w, h, [(0, (34, 14, 8)), (0.55, (84, 44, 22)), (1, (120, 76, 44))])
    skies.add_stars(picture, 16, 0.0009, 0.6)
    if with_moon:
        picture += brush.glow(w, h, w * 0.70, h * 0.20, min(w, h) * 0.25, 1.2)[..., None] * np.float32([70, 62, 54])
        _full_moon(picture, w * 0.70, h * 0.20, min(w, h) * 0.08)
    return picture


def _full_moon(picture, x, y, r):
    """A flat bright disc, as a full moon looks, with dark seas and a few rays; in place."""
    h, w = picture.shape[:2]
    row, column = np.mgrid[:h, :w].astype(np.float32)
    away = np.hypot(column - x, row - y)
    seas = brush.noise(w, h, r * 1.15, 3, 21)
    fine = brush.noise(w, h, r * 0.22, 3, 22)
    light = 1.0 - 0.34 * np.clip((seas + 0.05) / 0.35, 0, 1) * np.clip((1.1 - away / r) * 4, 0, 1) + 0.09 * fine
    crater = np.hypot(column - (x - 0.12 * r), row - (y + 0.58 * r)) / r
    light += 0.14 * np.exp(-(crater / 0.09) ** 2) + 0.05 * np.exp(-(crater / 0.3) ** 2)
    light *= 1 - 0.16 * np.clip(away / r, 0, 1) ** 4
    brush.over(picture, np.float32([186, 200, 206]) * np.clip(light, 0, 1.1)[..., None], np.clip(r - away + 0.7, 0, 1))


def moon(w, h, time, snow):
    picture = np.zeros((h, w, 3), np.float32) + np.float32([8, 5, 4])
    skies.add_stars(picture, 8, 0.0014)
    _globe(picture, w * 0.72, h * 0.22, min(w, h) * 0.11, ((150, 84, 26), (240, 235, 230), (255, 170, 80)), 18)
    line = brush.ridge(w, h * 0.60, h * 0.09, 84, 0.3, 3)
    brush.over(picture, np.float32([118, 118, 120]) * np.clip(0.55 + 0.7 * brush.rock(w, h, w / 7, 85), 0.15, 1.2)[..., None], brush.below(line, h))
    _ground(picture, w, h, 0.60, (196, 198, 202), (62, 62, 64), 86, craters=46)
    return Backdrop(brush.finish(picture, 0.7), w, h, (skies.Twinkle(w, h, 14, 8, 0.4),), ground=0.64)


def mars(w, h, time, snow):
    stops = [(0, (96, 128, 176)), (0.6, (130, 172, 218)), (1, (168, 202, 236))] if time != "night" else [(0, (22, 22, 40)), (1, (60, 62, 104))]
    picture = brush.gradient(w, h, stops)
    picture += brush.glow(w, h, w * 0.30, h * 0.22, max(w, h) * 0.03, 1.6)[..., None] * np.float32([120, 90, 60])
    haze = np.float32(stops[-1][1])
    for k, (base, tall, far) in enumerate(((0.58, 0.16, 0.62), (0.62, 0.11, 0.30))):
        line = brush.ridge(w, h * base, h * tall, 88 + k * 7, 0.42, 2.6 + k)
        line = h * base - np.minimum(h * base - line, h * tall * (0.62 + 0.1 * k))  # flat-topped
        colour = np.float32([44, 82, 158]) * np.clip(0.75 + 0.6 * brush.rock(w, h, w / 8, 91 + k), 0.25, 1.35)[..., None]
        brush.over(picture, colour + (haze - colour) * far, brush.below(line, h))
    _ground(picture, w, h, 0.61, (98, 148, 222), (28, 52, 104), 94, craters=10)
    _stones(picture, w, h)
    layers = (skies.DriftingVeil(w, h, 0.48, 0.72, haze, 0.42, 30, 5), skies.DriftingVeil(w, h, 0.74, 0.98, haze, 0.15, 70, 7))
    return Backdrop(brush.finish(picture, 0.9), w, h, layers, ground=0.66)


def _stones(picture, w, h):
    rng = np.random.default_rng(97)
    for _ in range(90):
        d = rng.uniform(0, 1) ** 1.3
        y, x, r = h * (0.64 + 0.35 * d), rng.uniform(0, w), min(w, h) * (0.003 + 0.020 * d * rng.random())
        dark = np.zeros((h, w), np.uint8) if r > 4 else None
        c = (24, 46, 88)
        if dark is None:
            cv2.ellipse(picture, (int(x), int(y)), (max(1, int(r)), max(1, int(r * 0.6))), 0, 0, 360, c, -1, cv2.LINE_AA)
            continue
        angles = np.sort(rng.uniform(0, 6.28, 9))
        outline = np.stack([x + np.cos(angles) * r * rng.uniform(0.8, 1.2, 9), y + np.sin(angles) * r * 0.62 * rng.uniform(0.8, 1.2, 9)], -1)
        cv2.fillPoly(picture, [np.int32(outline + [r * 0.35, r * 0.28])], (30, 52, 100), cv2.LINE_AA)
        cv2.fillPoly(picture, [np.int32(outline)], (46, 84, 150), cv2.LINE_AA)
        cv2.fillPoly(picture, [np.int32((outline - [x, y]) * 0.6 + [x - r * 0.22, y - r * 0.16])], (78, 122, 192), cv2.LINE_AA)


def lava(w, h, time, snow):
    picture = brush.gradient(w, h, [(0, (14, 10, 26)), (0.5, (24, 30, 92)), (0.62, (40, 80, 190)), (1, (10, 10, 20))])
    smoke = np.clip(brush.noise(w, h, w / 3, 6, 41) * 1.2 + 0.1, 0, 1) * np.clip(1.3 - np.arange(h)[:, None] / (h * 0.5), 0, 1)
    brush.over(picture, (18, 16, 26), smoke.astype(np.float32) * 0.8)
    line = brush.ridge(w, h * 0.63, h * 0.26, 43, 0.42, 2.2)
    cone = h * 0.63 - np.clip(1 - np.abs(np.arange(w) / w - 0.68) * 3.2, 0, 0.8) * h * 0.40
    line = np.minimum(line, cone + brush.ridge(w, 0, h * 0.02, 44, 0.5, 9))
    brush.over(picture, np.float32([22, 22, 34]) * np.clip(0.8 + 0.6 * brush.rock(w, h, w / 8, 45), 0.2, 1.5)[..., None], brush.below(line, h))
    picture += brush.glow(w, h, w * 0.68, h * 0.27, min(w, h) * 0.13)[..., None] * np.float32([40, 110, 230])
    y0 = int(h * 0.64)
    field = np.abs(brush.ground_map(w, h - y0, 46, w / 6, 4))
    crack = np.clip(1 - field * 5.5, 0, 1)[..., None]
    ground = np.float32([20, 20, 30]) + crack ** 1.6 * np.float32([40, 130, 255]) + crack ** 5 * np.float32([80, 90, 20])
    picture[y0:] = ground
    return Backdrop(brush.finish(picture, 0.8, 0.9, 120), w, h, (skies.DriftingVeil(w, h, 0.0, 0.42, (26, 22, 36), 0.5, 14, 4), skies.DriftingVeil(w, h, 0.5, 0.8, (40, 80, 190), 0.25, 20, 6)), ground=0.66)


def sunset_sky(w, h, time, snow):
    picture = skies.sky(w, h, "night" if time == "night" else "sunset", 9, 1.0, 1.0)
    return Backdrop(brush.finish(picture, 1.0, 0.3, 200), w, h, (skies.DriftingVeil(w, h, 0.1, 0.9, (150, 175, 255), 0.35, 10, 5),), ground=2.0, wet=True)


def clouds(w, h, time, snow):
    picture = skies.sky(w, h, time, 10, 1.1, 0.75)
    lit = {"sunset": (170, 195, 250), "night": (110, 84, 66)}.get(time, (255, 252, 248))
    shade = {"sunset": (150, 120, 170), "night": (60, 40, 30)}.get(time, (228, 205, 180))
    for k, base in enumerate((0.66, 0.76, 0.88)):
        line = brush.ridge(w, h * base, h * 0.09, 101 + k, 0.5, 5)
        puff = np.clip(0.55 + 0.8 * brush.noise(w, h, w / (9 - 2 * k), 5, 103 + k) - np.clip((np.arange(h)[:, None] - line[None]) / (h * 0.22), 0, 0.5), 0, 1)[..., None]
        brush.over(picture, np.float32(shade) + (np.float32(lit) - np.float32(shade)) * puff, brush.below(line, h, h * 0.03) * 0.93)
    layers = (skies.DriftingVeil(w, h, 0.05, 0.5, lit, 0.45, 14, 3), skies.DriftingVeil(w, h, 0.6, 0.98, lit, 0.5, 24, 4))
    return Backdrop(brush.finish(picture, 1.4), w, h, layers, ground=2.0, wet=True)


def aurora(w, h, time, snow):
    picture = skies.sky(w, h, "night", 12, 0.0, 0.75)
    line = brush.ridge(w, h * 0.70, h * 0.16, 111, 0.45, 3)
    brush.over(picture, np.float32([58, 44, 30]) * np.clip(0.8 + 0.5 * brush.rock(w, h, w / 8, 112), 0.3, 1.4)[..., None], brush.below(line, h))
    y0 = int(h * 0.72)
    field = brush.ground_map(w, h - y0, 113, w / 14, 5)[..., None]
    picture[y0:] = brush.gradient(w, h - y0, [(0, (110, 92, 62)), (1, (150, 124, 92))]) + field * np.float32([16, 13, 10])
    return Backdrop(brush.finish(picture, 0.8), w, h, (skies.Aurora(w, h, 0.66), skies.Twinkle(w, h, 20, 3, 0.4)), ground=0.74)
