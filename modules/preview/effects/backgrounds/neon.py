"""A painted street of a neon city by night, seen along its middle: two rows of fronts that meet far away,
and a wet road that mirrors them."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from modules.preview.effects.backgrounds import brush, skies, water
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.pixels import Colour, Field, Paint, Picture, f32, gradient, tint, to8

_NEON = ((255, 60, 230), (90, 50, 255), (255, 225, 40), (190, 60, 255), (60, 190, 255), (150, 255, 90))
_WINDOW_LIGHTS = f32([(255, 220, 150), (255, 240, 200), (160, 210, 255), (240, 150, 220)])
_HAZE = f32([176, 60, 134])
_LONG, _TALL, _DEEP = 1000, 720, 480
"""The flat picture of one row of fronts: pixels along the street, above the road, and of its mirror below
the road."""
_END = 8.0
"""Where the rows end, in distances of their near end."""


@dataclass(frozen=True)
class _Patch:
    """A light at (x, y) that breathes `rate` radians a second, or flickers when it is `bad`."""

    y: int
    x: int
    light: Picture
    rate: float
    phase: float
    bad: bool


class Flicker:
    """A few light patches that breathe, and one that flickers like a bad tube."""

    def __init__(self, patches: list[_Patch]) -> None:
        self._patches = patches

    def __call__(self, frame: Picture, seconds: float) -> None:
        for patch in self._patches:
            level = 0.55 + 0.45 * math.sin(seconds * patch.rate + patch.phase)
            if patch.bad:  # goes out softly for a moment now and then: a hard blink would strobe
                level *= 1 - 0.75 * max(0.0, math.sin(seconds * 1.9 + patch.phase)) ** 12
            high, wide = patch.light.shape[:2]
            part = np.s_[patch.y : patch.y + high, patch.x : patch.x + wide]
            frame[part] = cv2.add(frame[part], cv2.convertScaleAbs(patch.light, alpha=level))


class _Street:
    """Where a point of the row of fronts at `side` (-1 left, 1 right) lies in the picture. Distances are 1
    (near) .. `_END`, heights shares of the fronts'."""

    def __init__(self, w: int, h: int) -> None:
        self.w, self.h, self.eye = w, h, h * 0.645
        self.half, self.over, self.under = 0.60 * w + 0.04 * h, 2.5 * h, 0.50 * h

    def at(self, side: int, distance: float, height: float) -> tuple[float, float]:
        down = (self.under - height * self.over) / distance
        return self.w / 2 + side * self.half / distance, self.eye + down


def _fronts(rng: Generator) -> tuple[Paint, Field]:
    """One row of buildings, flat: (the picture with its mirror below, coverage 0..1). The left end is
    nearest."""
    picture, cover = np.zeros((_TALL, _LONG, 3), np.float32), np.zeros((_TALL, _LONG), np.float32)
    x = 0
    while x < _LONG:
        wide = int(rng.uniform(70, 150))
        top = int(_TALL * rng.uniform(0.05, 0.5))
        _front(picture[top:, x : x + wide], rng)
        cover[top:, x : x + wide] = 1
        x += wide
    upside_down = np.ascontiguousarray(picture[::-1][:_DEEP])
    mirror = cv2.resize(upside_down, (_LONG // 4, _DEEP // 4), interpolation=cv2.INTER_AREA)
    mirror = cv2.resize(cv2.GaussianBlur(mirror, (0, 0), sigmaX=1.2, sigmaY=4), (_LONG, _DEEP))
    mirror = mirror * np.linspace(0.95, 0.5, _DEEP, dtype=np.float32)[:, None, None]
    # Into the sky's mirror, where the rows end.
    fade = np.clip((_LONG - np.arange(_LONG, dtype=np.float32)) / (0.6 * _LONG), 0, 1)[None]
    return np.vstack([picture, mirror]), np.vstack([cover, np.repeat(fade, _DEEP, 0)])


def _front(part: Paint, rng: Generator) -> None:
    """One building: windows, a lit shop at street level with its canopy, and signs flat on the wall."""
    across, up = rng.uniform(6, 10), rng.uniform(9, 13)
    high, width = part.shape[:2]
    part[:] = f32([40, 20, 28]) * rng.uniform(0.7, 1.2)
    column, row = np.arange(width) / across, np.arange(high) / up
    count = (int(high / up) + 2, int(width / across) + 2)
    lit = rng.random(count) < np.clip(0.24 + rng.normal(0, 0.14, (count[0], 1)), 0.04, 0.7)
    lamps = _WINDOW_LIGHTS[rng.integers(len(_WINDOW_LIGHTS), size=(count[0], 1))]
    lamps = np.where(lit[..., None], lamps * rng.uniform(0.35, 0.95, (*count, 1)), f32([58, 30, 40]))
    opening = ((column % 1 > 0.22)[None] & (row % 1 > 0.34)[:, None])[..., None]
    part[:] = np.where(opening, lamps[row.astype(int)[:, None], column.astype(int)[None]], part)
    part[:, :2] *= 0.4
    part[:3] = (96, 40, 72)
    neon = f32(_NEON[rng.integers(len(_NEON))])
    shop, panes = int(rng.uniform(20, 28)), np.arange(width)
    shades = rng.uniform(0.4, 1.5, (width // 18 + 1, 1)).astype(np.float32)
    part[-shop:] = (neon * 0.22 + 30) * shades[panes // 18]
    part[-shop:, panes % 18 < 2] *= 0.25
    part[-shop - 3 : -shop] = neon
    for _ in range(3):
        colour = _NEON[rng.integers(len(_NEON))]
        sw, sh = int(width * rng.uniform(0.2, 0.5)), int(rng.uniform(16, 34))
        sx, sy = int(rng.uniform(4, max(5, width - sw - 4))), int(high - rng.uniform(90, 330))
        if sy > 8:
            part[sy : sy + sh, sx : sx + sw] = (30, 12, 20)
            board = np.ascontiguousarray(part)
            _sign(board, rng, sx, sy, sw, sh, colour, 2)
            part[:] = board


def _sign(picture: Paint, rng: Generator, x: int, y: int, w: int, h: int, colour: Colour, line: int) -> None:
    """A tube frame with strokes inside that look like writing and say nothing; in place."""
    cv2.rectangle(picture, (x, y), (x + w, y + h), colour, line, cv2.LINE_AA)
    bright = [min(255, c + 90) for c in colour]
    cell = max(4, int(min(w, h) * 0.72))
    for top in range(y + (h % cell) // 2, y + h - cell + 1, cell):
        for left in range(x + (w % cell) // 2, x + w - cell + 1, cell):
            spots = f32([left, top]) + cell * (0.2 + 0.6 * rng.integers(0, 3, (4, 2)) / 2)
            for a, b in ((0, 1), (1, 2), (2, 3)):
                brush.line(picture, spots[a], spots[b], bright, line - 1)


def _row(picture: Paint, street: _Street, side: int, rng: Generator) -> None:
    """One row of fronts with its mirror in the road, laid into the picture in perspective."""
    flat, cover = _fronts(rng)
    away = (np.linspace(1, _END, _LONG, dtype=np.float32) - 1) / (_END - 1)
    flat += (_HAZE - flat) * (0.62 * away**0.8)[None, :, None]
    corners = [
        street.at(side, at, up) for at, up in ((1, 1), (_END, 1), (_END, -_DEEP / _TALL), (1, -_DEEP / _TALL))
    ]
    outline = [(0, 0), (_LONG, 0), (_LONG, _TALL + _DEEP), (0, _TALL + _DEEP)]
    move, size = cv2.getPerspectiveTransform(f32(outline), f32(corners)), (street.w, street.h)
    flat = cv2.warpPerspective(flat, move, size, flags=cv2.INTER_LINEAR)
    brush.over(picture, flat, cv2.warpPerspective(cover, move, size))


def _blades(picture: Paint, street: _Street, rng: Generator) -> list[_Patch]:
    """Signs that stand out from the walls, far ones first, in place; their glows, for `Flicker`."""
    patches, w, h = [], street.w, street.h
    lights = np.zeros_like(picture)
    for distance in np.geomspace(6.2, 1.5, 13):
        side = rng.choice((-1, 1))
        colour = _NEON[rng.integers(len(_NEON))]
        low = rng.uniform(0.10, 0.20)
        x, foot = street.at(side, distance, low)
        _, head = street.at(side, distance, low + rng.uniform(0.07, 0.16))
        width = street.over * 0.026 / distance
        x0, y0, y1, wide = int(x if side < 0 else x - width), int(head), int(foot), int(width)
        if wide < 4 or x0 < 1 or x0 + wide > w - 2 or y0 < 1 or y1 - y0 < 8:
            continue
        picture[y0:y1, x0 : x0 + wide] = (34, 12, 22)
        fade = brush.scalar(f32(colour) + (_HAZE - f32(colour)) * 0.06 * distance)
        _sign(picture, rng, x0, y0, wide, y1 - y0, fade, max(1, round(wide / 14)))
        pad = max(6, wide // 2)
        part = np.zeros((y1 - y0 + 2 * pad, wide + 2 * pad, 3), np.float32)
        brush.box(part, (pad, pad), (pad + wide, pad + y1 - y0), colour)
        top, left = max(0, y0 - pad), max(0, x0 - pad)
        glow = cv2.GaussianBlur(part, (0, 0), pad / 2)[top - y0 + pad :, left - x0 + pad :][
            : h - top, : w - left
        ]
        pace = rng.uniform(0.7, 2.0), rng.uniform(0, 6), rng.random() < 0.16
        patches.append(_Patch(top, left, to8(glow * 0.34), *pace))
        _, road = street.at(side, distance, 0)
        if road < h - 4:
            bottom = int(min(h, road + (road - y0)))
            lights[int(road + (road - y1) * 0.5) : bottom, x0 : x0 + wide] += f32(colour) * 0.55
    small = cv2.resize(lights, (w // 4, h // 4), interpolation=cv2.INTER_AREA)
    picture += cv2.resize(cv2.GaussianBlur(small, (0, 0), sigmaX=w / 640, sigmaY=h / 144), (w, h))
    return patches


def _far_end(picture: Paint, eye: int, rng: Generator) -> None:
    """Two depths of towers with lit windows that close the street."""
    h, w = picture.shape[:2]
    for layer in range(2):
        for _ in range(12):
            wide, tall = w * rng.uniform(0.03, 0.07) + 4, h * rng.uniform(0.14, 0.46 - 0.1 * layer)
            x = int(w * rng.uniform(0.22, 0.76))
            picture[int(eye - tall) : eye, x : int(x + wide)] = (84, 28, 58) if layer else (124, 42, 92)
            for k in np.flatnonzero(rng.random(int(tall / 5) * int(wide / 4)) < 0.18):
                yy, xx = int(eye - tall + 3 + (k // int(wide / 4)) * 5), x + 1 + int(k % int(wide / 4)) * 4
                picture[yy : yy + 2, xx : xx + 2] = _WINDOW_LIGHTS[rng.integers(len(_WINDOW_LIGHTS))] * 0.7
        mist = np.clip((np.arange(h, dtype=np.float32) / eye - 0.3) / 0.7, 0, 1)[:, None] ** 2
        mist = mist * (0.55 - 0.2 * layer) * (np.arange(h)[:, None] < eye)
        brush.over(picture, _HAZE * 1.15, mist)


def _road(picture: Paint, street: _Street, eye: int) -> None:
    """A mirror where it is wet, dark asphalt where it has dried, and a broken line down its middle."""
    w, h = street.w, street.h
    deep = h - eye
    wet = np.clip(0.60 + 0.55 * brush.ground_map(w, deep, 17, w / 6, 4), 0.16, 1.0)
    grain = brush.ground_map(w, deep, 18, w / 34, 4)
    depth = np.linspace(0.02, 1, deep, dtype=np.float32)[:, None]
    across = np.arange(w, dtype=np.float32)[None] - w / 2
    line = np.exp(-((across / depth / (0.011 * w + 0.006 * h)) ** 4))
    line = line * (np.mod(0.32 / depth, 1) < 0.5) * np.clip(depth * 3 - 0.3, 0, 1)
    edge = street.eye + street.under / street.half * np.abs(across)
    on_road = np.clip((np.arange(eye, h, dtype=np.float32)[:, None] - edge) / 4 + 0.5, 0, 1)
    road = tint(1 + 0.5 * grain, (30, 16, 22)) + picture[eye:] * wet[..., None] * 0.78
    brush.over(picture[eye:], road + tint(line * wet, (66, 60, 62)), on_road)


def neon_city(w: int, h: int, time: str | None) -> Backdrop:
    """The street, whatever the hour: neon wants the night."""
    rng, street = np.random.default_rng(11), _Street(w, h)
    eye = int(street.eye)
    stops = [(0, (46, 12, 16)), (0.35, (104, 28, 62)), (street.eye / h, (206, 84, 168)), (1, (60, 20, 40))]
    picture = gradient(w, h, stops)
    _far_end(picture, eye, rng)
    mirror = cv2.resize(picture[max(0, eye - (h - eye)) : eye][::-1], (w, h - eye))
    picture[eye:] = cv2.GaussianBlur(mirror, (0, 0), sigmaX=w / 260, sigmaY=h / 50) * 0.72
    for side in (-1, 1):
        _row(picture, street, side, rng)
    patches = _blades(picture, street, rng)
    _road(picture, street, eye)
    layers = (
        Flicker(patches),
        water.Shimmer(w, h, 0.80, 1.0, reach=1.6, glint=0.10, glints=(255, 160, 230)),
        skies.DriftingVeil(w, h, 0.40, 0.80, (170, 60, 140), 0.26, 14, 4),
    )
    return Backdrop(brush.finish(picture, 0.8, 0.9, 130), w, h, layers, ground=0.76)
