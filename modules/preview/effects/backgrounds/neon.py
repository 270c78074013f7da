"""A painted street of a neon city by night, seen along its middle: two rows of fronts that meet far away,
and a wet road that mirrors them."""

import math

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush, skies, water
from modules.preview.effects.backgrounds.backdrop import Backdrop

_NEON = ((255, 60, 230), (90, 50, 255), (255, 225, 40), (190, 60, 255), (60, 190, 255), (150, 255, 90))
_LAMPS = np.float32([(255, 220, 150), (255, 240, 200), (160, 210, 255), (240, 150, 220)])
_HAZE = np.float32([176, 60, 134])
_LONG, _TALL, _DEEP = 1000, 720, 480
"""The flat picture of one row of fronts: pixels along the street, above the road, and of its mirror below
the road."""
_FAR = 8.0
"""Where the rows end, in distances of their near end."""


class Flicker:
    """A few light patches that breathe, and one that flickers like a bad tube."""

    def __init__(self, patches) -> None:
        self._patches = patches  # (y, x, BGR uint8 picture, rate, phase, bad)

    def __call__(self, frame, seconds):
        for y, x, light, rate, phase, bad in self._patches:
            level = 0.55 + 0.45 * math.sin(seconds * rate + phase)
            if bad:  # goes out softly for a moment now and then: a hard blink would strobe
                level *= 1 - 0.75 * max(0.0, math.sin(seconds * 1.9 + phase)) ** 12
            part = frame[y : y + light.shape[0], x : x + light.shape[1]]
            frame[y : y + light.shape[0], x : x + light.shape[1]] = cv2.add(
                part, cv2.convertScaleAbs(light, alpha=level)
            )


class _Street:
    """Where a point of the row of fronts at `side` (-1 left, 1 right) lies in the picture. Distances are 1
    (near) .. `_FAR`, heights shares of the fronts'."""

    def __init__(self, w: int, h: int) -> None:
        self.w, self.h, self.eye = w, h, h * 0.645
        self.half, self.over, self.under = 0.60 * w + 0.04 * h, 2.5 * h, 0.50 * h

    def at(self, side: int, distance: float, height: float) -> tuple[float, float]:
        return self.w / 2 + side * self.half / distance, self.eye + (
            self.under - height * self.over
        ) / distance


def _fronts(rng) -> tuple[np.ndarray, np.ndarray]:
    """One row of buildings, flat: (BGR float picture with its mirror below, coverage 0..1). The left end
    is nearest."""
    picture, cover = np.zeros((_TALL, _LONG, 3), np.float32), np.zeros((_TALL, _LONG), np.float32)
    x = 0
    while x < _LONG:
        wide = int(rng.uniform(70, 150))
        top = int(_TALL * rng.uniform(0.05, 0.5))
        across, up = rng.uniform(6, 10), rng.uniform(9, 13)
        part = picture[top:, x : x + wide]
        high, width = part.shape[:2]
        part[:] = np.float32([40, 20, 28]) * rng.uniform(0.7, 1.2)
        column, row = np.arange(width) / across, np.arange(high) / up
        count = (int(high / up) + 2, int(width / across) + 2)
        lit = rng.random(count) < np.clip(0.24 + rng.normal(0, 0.14, (count[0], 1)), 0.04, 0.7)
        lamps = np.where(
            lit[..., None],
            _LAMPS[rng.integers(len(_LAMPS), size=(count[0], 1))] * rng.uniform(0.35, 0.95, (*count, 1)),
            np.float32([58, 30, 40]),
        )
        open_ = ((column % 1 > 0.22)[None] & (row % 1 > 0.34)[:, None])[..., None]
        part[:] = np.where(open_, lamps[row.astype(int)[:, None], column.astype(int)[None]], part)
        part[:, :2] *= 0.4
        part[:3] = (96, 40, 72)
        neon = np.float32(_NEON[rng.integers(len(_NEON))])
        shop = int(rng.uniform(20, 28))  # a lit shop at street level, and its canopy
        part[-shop:] = (neon * 0.22 + 30) * rng.uniform(0.4, 1.5, (width // 18 + 1, 1)).astype(np.float32)[
            np.arange(width) // 18
        ]
        part[-shop:, np.arange(width) % 18 < 2] *= 0.25
        part[-shop - 3 : -shop] = neon
        for _ in range(3):  # signs flat on the wall
            colour = _NEON[rng.integers(len(_NEON))]
            sw, sh = int(width * rng.uniform(0.2, 0.5)), int(rng.uniform(16, 34))
            sx, sy = int(rng.uniform(4, max(5, width - sw - 4))), int(high - rng.uniform(90, 330))
            if sy > 8:
                part[sy : sy + sh, sx : sx + sw] = (30, 12, 20)
                board = np.ascontiguousarray(part)
                sign(board, rng, sx, sy, sw, sh, colour, 2)
                part[:] = board
        cover[top:, x : x + wide] = 1
        x += wide
    mirror = cv2.resize(
        np.ascontiguousarray(picture[::-1][:_DEEP]), (_LONG // 4, _DEEP // 4), interpolation=cv2.INTER_AREA
    )
    mirror = cv2.resize(cv2.GaussianBlur(mirror, (0, 0), sigmaX=1.2, sigmaY=4), (_LONG, _DEEP))
    mirror *= np.linspace(0.95, 0.5, _DEEP, dtype=np.float32)[:, None, None]
    fade = np.clip((_LONG - np.arange(_LONG, dtype=np.float32)) / (0.6 * _LONG), 0, 1)[
        None
    ]  # into the sky's mirror, where the rows end
    return np.vstack([picture, mirror]), np.vstack([cover, np.repeat(fade, _DEEP, 0)])


def sign(picture, rng, x: int, y: int, w: int, h: int, colour, line: int) -> None:
    """A tube frame with strokes inside that look like writing and say nothing; in place."""
    cv2.rectangle(picture, (x, y), (x + w, y + h), colour, line, cv2.LINE_AA)
    bright = tuple(min(255, c + 90) for c in colour)
    cell = max(4, int(min(w, h) * 0.72))
    for top in range(y + (h % cell) // 2, y + h - cell + 1, cell):
        for left in range(x + (w % cell) // 2, x + w - cell + 1, cell):
            spots = np.int32(np.float32([left, top]) + cell * (0.2 + 0.6 * rng.integers(0, 3, (4, 2)) / 2))
            for a, b in ((0, 1), (1, 2), (2, 3)):
                cv2.line(
                    picture,
                    tuple(int(v) for v in spots[a]),
                    tuple(int(v) for v in spots[b]),
                    bright,
                    max(1, line - 1),
                    cv2.LINE_AA,
                )


def _row(picture, street: _Street, side: int, rng) -> None:
    """One row of fronts with its mirror in the road, laid into the picture in perspective."""
    flat, cover = _fronts(rng)
    distance = np.linspace(1, _FAR, _LONG, dtype=np.float32)
    flat += (_HAZE - flat) * (0.62 * ((distance - 1) / (_FAR - 1)) ** 0.8)[None, :, None]
    depth = _DEEP / _TALL
    corners = np.float32(
        [
            street.at(side, 1, 1),
            street.at(side, _FAR, 1),
            street.at(side, _FAR, -depth),
            street.at(side, 1, -depth),
        ]
    )
    move = cv2.getPerspectiveTransform(
        np.float32([(0, 0), (_LONG, 0), (_LONG, _TALL + _DEEP), (0, _TALL + _DEEP)]), corners
    )
    size = (street.w, street.h)
    brush.over(
        picture,
        cv2.warpPerspective(flat, move, size, flags=cv2.INTER_LINEAR),
        cv2.warpPerspective(cover, move, size),
    )


def _blades(picture, street: _Street, rng) -> list:
    """Signs that stand out from the walls, far ones first, in place; their glows, for `Flicker`."""
    patches, w, h = [], street.w, street.h
    lights = np.zeros_like(picture)
    for distance in np.geomspace(6.2, 1.5, 13):
        side = rng.choice((-1, 1))
        colour = _NEON[rng.integers(len(_NEON))]
        low = rng.uniform(0.10, 0.20)
        x, y1 = street.at(side, distance, low)
        _, y0 = street.at(side, distance, low + rng.uniform(0.07, 0.16))
        wide = street.over * 0.026 / distance
        x0 = int(x if side < 0 else x - wide)
        y0, y1, wide = int(y0), int(y1), int(wide)
        if wide < 4 or x0 < 1 or x0 + wide > w - 2 or y0 < 1 or y1 - y0 < 8:
            continue
        picture[y0:y1, x0 : x0 + wide] = (34, 12, 22)
        fade = tuple(float(v) for v in np.float32(colour) + (_HAZE - np.float32(colour)) * 0.06 * distance)
        sign(picture, rng, x0, y0, wide, y1 - y0, fade, max(1, round(wide / 14)))
        pad = max(6, wide // 2)
        part = np.zeros((y1 - y0 + 2 * pad, wide + 2 * pad, 3), np.float32)
        cv2.rectangle(part, (pad, pad), (pad + wide, pad + y1 - y0), colour, -1)
        glow = cv2.GaussianBlur(part, (0, 0), pad / 2)
        top, left = max(0, y0 - pad), max(0, x0 - pad)
        glow = glow[top - y0 + pad :, left - x0 + pad :][: h - top, : w - left]
        patches.append(
            (
                top,
                left,
                np.clip(glow * 0.34, 0, 255).astype(np.uint8),
                rng.uniform(0.7, 2.0),
                rng.uniform(0, 6),
                rng.random() < 0.16,
            )
        )
        _, road = street.at(side, distance, 0)
        bottom = int(min(h, road + (road - y0)))
        if road < h - 4:
            lights[int(road + (road - y1) * 0.5) : bottom, x0 : x0 + wide] += np.float32(colour) * 0.55
    low = cv2.GaussianBlur(
        cv2.resize(lights, (w // 4, h // 4), interpolation=cv2.INTER_AREA),
        (0, 0),
        sigmaX=w / 640,
        sigmaY=h / 144,
    )
    picture += cv2.resize(low, (w, h))
    return patches


def neon_city(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """The street, whatever the hour: neon wants the night."""
    rng, street = np.random.default_rng(11), _Street(w, h)
    eye = int(street.eye)
    picture = brush.gradient(
        w, h, [(0, (46, 12, 16)), (0.35, (104, 28, 62)), (street.eye / h, (206, 84, 168)), (1, (60, 20, 40))]
    )
    for layer in range(2):  # what closes the street far away
        for _ in range(12):
            wide, tall = w * rng.uniform(0.03, 0.07) + 4, h * rng.uniform(0.14, 0.46 - 0.1 * layer)
            x = int(w * rng.uniform(0.22, 0.76))
            tone = np.float32([124, 42, 92]) if not layer else np.float32([84, 28, 58])
            picture[int(eye - tall) : eye, x : int(x + wide)] = tone
            dots = np.flatnonzero(rng.random(int(tall / 5) * int(wide / 4)) < 0.18)
            for k in dots:
                yy, xx = int(eye - tall + 3 + (k // int(wide / 4)) * 5), x + 1 + int(k % int(wide / 4)) * 4
                picture[yy : yy + 2, xx : xx + 2] = _LAMPS[rng.integers(len(_LAMPS))] * 0.7
        mist = (
            np.clip((np.arange(h, dtype=np.float32) / eye - 0.3) / 0.7, 0, 1)[:, None] ** 2
            * (0.55 - 0.2 * layer)
            * (np.arange(h)[:, None] < eye)
        )
        brush.over(picture, _HAZE * 1.15, np.repeat(mist, w, 1).astype(np.float32))
    deep = h - eye
    picture[eye:] = (
        cv2.GaussianBlur(
            cv2.resize(picture[max(0, eye - deep) : eye][::-1], (w, deep)),
            (0, 0),
            sigmaX=w / 260,
            sigmaY=h / 50,
        )
        * 0.72
    )
    for side in (-1, 1):
        _row(picture, street, side, rng)
    patches = _blades(picture, street, rng)
    # The road: a mirror where it is wet, dark asphalt where it has dried, and a broken line down its middle.
    wet = np.clip(0.60 + 0.55 * brush.ground_map(w, deep, 17, w / 6, 4), 0.16, 1.0)
    grain = brush.ground_map(w, deep, 18, w / 34, 4)
    depth = np.linspace(0.02, 1, deep, dtype=np.float32)[:, None]
    x = (np.arange(w, dtype=np.float32)[None] - w / 2) / depth
    line = (
        np.exp(-((x / (0.011 * w + 0.006 * h)) ** 4))
        * (np.mod(0.32 / depth, 1) < 0.5)
        * np.clip(depth * 3 - 0.3, 0, 1)
    )
    street_y, street_x = (
        np.arange(eye, h, dtype=np.float32)[:, None],
        np.abs(np.arange(w, dtype=np.float32)[None] - w / 2),
    )
    on_road = np.clip((street_y - (street.eye + street.under / street.half * street_x)) / 4 + 0.5, 0, 1)
    road = (
        np.float32([30, 16, 22]) * (1 + 0.5 * grain)[..., None]
        + picture[eye:] * wet[..., None] * 0.78
        + (line * wet)[..., None] * np.float32([66, 60, 62])
    )
    brush.over(picture[eye:], road, on_road.astype(np.float32))
    layers = (
        Flicker(patches),
        water.Shimmer(w, h, 0.80, 1.0, reach=1.6, glint=0.10, glints=(255, 160, 230)),
        skies.DriftingVeil(w, h, 0.40, 0.80, (170, 60, 140), 0.26, 14, 4),
    )
    return Backdrop(brush.finish(picture, 0.8, 0.9, 130), w, h, layers, ground=0.76)
