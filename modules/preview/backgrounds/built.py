"""Painted places made by people: a neon city, a skyline, a studio, a stage, castle ruins."""

import math

import cv2
import numpy as np

from modules.preview.backgrounds import brush, skies, water
from modules.preview.backgrounds.backdrop import Backdrop

_NEON = ((255, 60, 230), (90, 50, 255), (255, 225, 40), (190, 60, 255), (60, 190, 255), (150, 255, 90))


class Flicker:
    """A few light patches that breathe, and one that flickers like a bad tube."""

    def __init__(self, patches) -> None:
        self._patches = patches  # (y, x, BGR uint8 picture, rate, phase, bad)

    def __call__(self, frame, seconds):
        for y, x, light, rate, phase, bad in self._patches:
            level = 0.55 + 0.45 * math.sin(seconds * rate + phase)
            if bad and math.sin(seconds * 13 + phase) * math.sin(seconds * 7.3) > 0.55:
                level = 0.1
            part = frame[y:y + light.shape[0], x:x + light.shape[1]]
            frame[y:y + light.shape[0], x:x + light.shape[1]] = cv2.add(part, cv2.convertScaleAbs(light, alpha=level))


def _tower(picture, rng, x, width, top, foot, base, lit, window, warm):
    """One block with lit windows."""
    h, w = picture.shape[:2]
    x0, x1 = max(0, int(x)), min(w, int(x + width))
    y0, y1 = max(0, int(top)), int(foot)
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    shade = np.linspace(0.8, 1.2, x1 - x0)[None, :, None]
    picture[y0:y1, x0:x1] = np.float32(base) * shade
    step_x, step_y = window
    for yy in range(y0 + step_y, y1 - step_y, step_y):
        row = rng.random() < 0.15
        for xx in range(x0 + step_x // 2, x1 - step_x, step_x):
            if rng.random() < (0.75 if row else lit):
                colour = np.float32(warm[rng.integers(len(warm))]) * rng.uniform(0.35, 1.0)
                picture[yy:yy + max(1, int(step_y * 0.55)), xx:xx + max(1, int(step_x * 0.62))] = colour


def neon_city(w, h, time, snow):
    rng = np.random.default_rng(7)
    foot, s = int(h * 0.72), min(w, h * 1.5) / 1280
    picture = brush.gradient(w, h, [(0, (40, 10, 14)), (0.45, (110, 26, 70)), (0.72, (190, 70, 150)), (1, (40, 14, 26))])
    cool = [(255, 220, 150), (255, 240, 200), (160, 210, 255), (240, 150, 220)]
    for layer, (count, low, high, base, lit) in enumerate(((26, 0.30, 0.60, (118, 44, 84), 0.22), (16, 0.20, 0.55, (66, 26, 46), 0.30))):
        for _ in range(int(count * max(0.6, w / h / 1.7))):
            width = w * rng.uniform(0.035, 0.085) * (1 + layer * 0.5) * max(1, 0.8 * h / w)
            _tower(picture, rng, rng.uniform(-0.05, 1) * w, width, foot - h * rng.uniform(low, high), foot, base, lit, (max(4, int((5 + 3 * layer) * s)), max(5, int((7 + 4 * layer) * s))), cool)
        mist = np.clip((np.arange(h) / foot - 0.25), 0, 1)[:, None] ** 1.5 * (np.arange(h)[:, None] < foot) * np.ones((1, w))
        brush.over(picture, (190, 66, 150), (mist * (0.5 - 0.22 * layer)).astype(np.float32))
    # the near street canyon: blocks on both sides in perspective, with signs
    patches, signs = [], np.zeros_like(picture)
    for side in (-1, 1):
        edge = 0.0
        for k in range(4):
            wide = w * (0.135 - 0.022 * k)
            x = edge if side < 0 else w - edge - wide
            top = h * (0.02 + 0.085 * k) * rng.uniform(0.6, 1.2)
            _tower(picture, rng, x, wide, top, foot + h * 0.03 * (3 - k), (46 - 4 * k, 20, 30), 0.20, (max(7, int((19 - 3 * k) * s)), max(9, int((24 - 4 * k) * s))), cool)
            for _ in range(3):
                colour = _NEON[rng.integers(len(_NEON))]
                sw, sh = wide * rng.uniform(0.14, 0.30), h * rng.uniform(0.07, 0.20) * (1 - 0.14 * k)
                if rng.random() < 0.35:
                    sw, sh = wide * 0.7, h * 0.05
                sx, sy = x + rng.uniform(0.08, 0.9) * (wide - sw), h * rng.uniform(0.22, 0.52)
                _sign(signs, rng, int(sx), int(sy), int(sw), int(sh), colour, s)
                if 2 < sx < w - sw - 3:
                    part = np.zeros((int(sh) + 12, int(sw) + 12, 3), np.float32)
                    cv2.rectangle(part, (6, 6), (int(sw) + 5, int(sh) + 5), colour, -1)
                    glow = cv2.GaussianBlur(part, (0, 0), 7)
                    y0, x0 = max(0, int(sy) - 6), max(0, int(sx) - 6)
                    glow = glow[:h - y0, :w - x0]
                    patches.append((y0, x0, np.clip(glow * 0.42, 0, 255).astype(np.uint8), rng.uniform(0.7, 2.4), rng.uniform(0, 6), rng.random() < 0.18))
            edge += wide * 0.93
    picture = np.maximum(picture, signs)
    street = picture[max(0, 2 * foot - h):foot][::-1]
    street = cv2.resize(street, (w, h - foot))
    street = cv2.GaussianBlur(street, (0, 0), sigmaX=max(1, w / 260), sigmaY=max(2, h / 42))
    wet = np.clip(0.55 + 0.5 * brush.ground_map(w, h - foot, 17, w / 7, 4), 0.18, 1.0)[..., None]
    picture[foot:] = np.float32([26, 14, 18]) + street * wet * 0.85
    line = np.linspace(0, 1, h - foot)[:, None]
    picture[foot:] += brush.ground_map(w, h - foot, 18, w / 26, 4)[..., None] * np.float32([7, 5, 6]) * line[..., None]
    layers = (Flicker(patches), water.Shimmer(w, h, 0.725, 1.0, reach=2.2, glint=0.14, glints=(255, 160, 230)), skies.DriftingVeil(w, h, 0.45, 0.80, (170, 60, 140), 0.30, 14, 4))
    return Backdrop(brush.finish(picture, 1.5, 0.9, 120), w, h, layers, ground=0.74)


def _sign(signs, rng, x, y, w, h, colour, s):
    """A tube frame with strokes inside that look like writing and say nothing."""
    line = max(1, int(2.4 * s))
    cv2.rectangle(signs, (x, y), (x + w, y + h), colour, line, cv2.LINE_AA)
    bright = tuple(min(255, c + 70) for c in colour)
    if h > w:
        for yy in range(y + w // 2, y + h - w // 3, max(6, int(w * 0.85))):
            for _ in range(3):
                a = rng.uniform(0.18, 0.82, 4)
                cv2.line(signs, (int(x + a[0] * w), int(yy + (a[1] - 0.5) * w * 0.6)), (int(x + a[2] * w), int(yy + (a[3] - 0.5) * w * 0.6)), bright, line, cv2.LINE_AA)
    else:
        for xx in range(x + h // 2, x + w - h // 2, max(5, int(h * 0.55))):
            cv2.line(signs, (xx, int(y + h * 0.28)), (int(xx + rng.uniform(-0.2, 0.3) * h), int(y + h * 0.74)), bright, line, cv2.LINE_AA)


def city(w, h, time, snow):
    rng = np.random.default_rng(15)
    night = time == "night"
    foot, s = int(h * 0.74), min(w, h * 1.5) / 1280
    picture = skies.sky(w, h, time, 14, 0.8, 0.74)
    haze = {"sunset": (150, 170, 235), "night": (80, 50, 40)}.get(time, (232, 214, 196))
    for layer, (count, low, high, share) in enumerate(((30, 0.22, 0.46, 0.62), (22, 0.12, 0.40, 0.36), (13, 0.10, 0.30, 0.10))):
        base = np.float32({"sunset": (108, 96, 128), "night": (46, 28, 22)}.get(time, (168, 158, 150))) * (1 - 0.16 * layer)
        glass = [(255, 246, 232), (228, 205, 180), (130, 112, 98)] if not night and time != "sunset" else [(140, 210, 255), (190, 230, 255)]
        for _ in range(int(count * max(0.55, w / h / 1.7))):
            width = w * rng.uniform(0.035, 0.08) * (1 + 0.35 * layer) * max(1, 0.8 * h / w)
            tone = base * rng.uniform(0.78, 1.18)
            tone = tone + (np.float32(haze) - tone) * share
            panes = [tuple(np.float32(g) * (1 - share) + np.float32(haze) * share) for g in glass]
            _tower(picture, rng, rng.uniform(-0.05, 1) * w, width, foot - h * rng.uniform(low, high), foot, tone, 0.55 if not night else 0.3, (max(4, int((5 + 2 * layer) * s)), max(5, int((7 + 3 * layer) * s))), panes)
    y0 = foot
    quay = brush.gradient(w, h - y0, [(0, (120, 122, 126)), (1, (150, 152, 156))]) * np.float32({"sunset": (0.75, 0.85, 1.05), "night": (0.36, 0.28, 0.25)}.get(time, (1, 1, 1)))
    quay += brush.ground_map(w, h - y0, 19, w / 30, 5)[..., None] * np.float32([8, 8, 8])
    picture[y0:] = quay
    picture[y0:y0 + max(2, h // 160)] *= 0.6
    veil = skies.DriftingVeil(w, h, 0.02, 0.45, (255, 252, 250) if time != "sunset" else (180, 185, 250), 0.35 if not night else 0.08, 8, 5)
    return Backdrop(brush.finish(picture, 1.7, 0.4 if night else 0.15, 150 if night else 210), w, h, (veil,), ground=0.76)


def studio(w, h, time, snow):
    y, x = np.mgrid[0:1:h * 1j, -1:1:w * 1j].astype(np.float32)
    wall = 208 + 38 * np.exp(-(x ** 2 * 1.2 + (y - 0.36) ** 2 * 5))
    floor = 224 - 34 * np.abs(x) ** 2 * y
    tone = wall + (floor - wall) * (1 / (1 + np.exp(-(y - 0.76) * 34)))
    tone -= 12 * np.exp(-((y - 0.755) / 0.03) ** 2)
    picture = tone[..., None] * np.float32([1.0, 0.992, 0.985])
    return Backdrop(brush.finish(picture), w, h, ground=0.78)


def stage(w, h, time, snow):
    picture = brush.gradient(w, h, [(0, (18, 8, 8)), (0.7, (48, 16, 26)), (0.76, (30, 12, 18)), (1, (16, 8, 10))])
    y, x = np.mgrid[0:1:h * 1j, 0:1:w * 1j].astype(np.float32)
    for at, lean, colour in ((0.12, 0.30, (255, 90, 200)), (0.34, 0.10, (230, 190, 120)), (0.62, -0.06, (120, 170, 255)), (0.88, -0.30, (255, 110, 90))):
        centre = at + lean * y
        beam = np.exp(-((x - centre) / (0.012 + 0.085 * y)) ** 2) * np.clip(1.15 - y * 0.75, 0, 1) * (y < 0.86)
        picture += beam[..., None] * np.float32(colour) * 0.62
        pool = np.exp(-(((x - (at + lean * 0.84)) / 0.11) ** 2 + ((y - 0.85) / 0.045) ** 2))
        picture += pool[..., None] * np.float32(colour) * 0.7
    layers = (water.Rays(w, h, (230, 150, 190), 0.5, 0.1, 9, 1.6), skies.DriftingVeil(w, h, 0.1, 0.9, (150, 90, 130), 0.22, 22, 3))
    return Backdrop(brush.finish(picture, 1.2, 0.5, 150), w, h, layers, ground=0.78)


def castle(w, h, time, snow):
    from modules.preview.backgrounds import nature
    back = nature.mountains(w, h, time or "day", snow)
    picture = back(0.0).astype(np.float32)
    tint, haze = nature._light(time)
    layer, rng, s = np.zeros((h, w), np.uint8), np.random.default_rng(3), min(w, h * 1.3)
    foot = int(h * 0.785)
    holes = []
    for x, wide, tall, roof in ((0.50, 0.15, 0.30, 0), (0.43, 0.055, 0.42, 1), (0.575, 0.06, 0.37, 1), (0.66, 0.13, 0.20, 0), (0.35, 0.12, 0.17, 0), (0.75, 0.05, 0.29, 1), (0.265, 0.055, 0.25, 2)):
        cx, half, top = x * w, wide * s * 0.5, foot - tall * h
        cv2.rectangle(layer, (int(cx - half), int(top)), (int(cx + half), foot + 6), 255, -1)
        if roof == 1:
            cv2.fillConvexPoly(layer, np.int32([[cx - half * 1.25, top + 2], [cx + half * 1.25, top + 2], [cx, top - half * 3.0]]), 160, cv2.LINE_AA)
        else:
            tooth = max(3, int(s * 0.011))
            for k, xx in enumerate(range(int(cx - half), int(cx + half), tooth)):
                if k % 2 == 0 and not (roof == 2 and rng.random() < 0.5):
                    cv2.rectangle(layer, (xx, int(top - tooth)), (xx + tooth - 1, int(top)), 255, -1)
        for yy in np.arange(top + h * 0.035, foot - h * 0.04, h * 0.055):
            for xx in (-0.45, 0.4):
                holes.append((int(cx + xx * half), int(yy)))
    stone = np.clip(0.86 + 0.16 * brush.noise(w, h, 14, 3, 5, 2.0) + 0.18 * np.sign(np.sin(np.arange(h) / h * 190))[:, None] * 0.15, 0.5, 1.2)[..., None]
    light = np.linspace(1.16, 0.78, w, dtype=np.float32)[None, :, None]
    colour = np.float32([146, 160, 168]) * stone * light * np.float32(tint)
    roof_colour = np.float32([88, 70, 104]) * stone * np.float32(tint)
    share = (layer > 60).astype(np.float32)
    colour = np.where((layer == 255)[..., None], colour, roof_colour)
    for x, y in holes:
        glow = (90, 190, 250) if time in ("night", "sunset") else tuple(float(v) for v in np.float32([52, 54, 58]) * np.float32(tint))
        cv2.ellipse(colour, (x, y), (max(2, int(s * 0.0045)), max(3, int(s * 0.009))), 0, 0, 360, glow, -1, cv2.LINE_AA)
    colour += (np.float32(haze) - colour) * 0.22
    share = cv2.GaussianBlur(share, (0, 0), 0.8)
    share[foot - 2:] *= np.clip(1 - np.arange(h - foot + 2) / 9, 0, 1)[:, None]
    brush.over(picture, colour, share)
    return Backdrop(brush.finish(picture, 0.7), w, h, back.layers[1:], ground=0.79)
