"""A painted skyline behind a paved square, by day, sunset and night."""

from dataclasses import dataclass

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush, skies
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.light import Light

_FOOT = 0.735
# wall and glass colours by daylight, BGR: concrete, sandstone, brick, dark steel, pale steel
_WALLS = ((188, 192, 194), (160, 184, 204), (104, 126, 172), (112, 104, 96), (206, 204, 198))
_GLASS = ((166, 142, 112), (196, 168, 128), (148, 142, 120), (170, 140, 104))
_LAMPS = np.float32([(120, 200, 255), (160, 220, 255), (205, 238, 255), (240, 226, 206)])


@dataclass(frozen=True)
class _Tower:
    """Where a tower stands, in pixels, and what its front is made of: `glass`, `bands` or `grid`; `far`
    0..1 is how deep in the haze."""

    x: float
    width: float
    top: float
    style: str
    wall: tuple[float, float, float]
    glass: tuple[float, float, float]
    far: float
    pane: tuple[float, float]


def _front(rng, tower: _Tower, wide: int, high: int, time: str | None) -> np.ndarray:
    """A tower's face, `wide` x `high`, BGR float, as lit at `time`."""
    light = Light(time)
    across, up = tower.pane
    column, row = np.arange(wide) / across, np.arange(high) / up
    cell = (row.astype(int)[:, None], column.astype(int)[None])
    open_x, open_y = {"glass": (0.86, 0.80), "bands": (1.0, 0.52), "grid": (0.58, 0.60)}[tower.style]
    panes = ((column % 1 < open_x)[None] & (row % 1 < open_y)[:, None]).astype(np.float32)
    panes[: max(1, int(up * 1.2))] = 0
    count = (int(high / up) + 2, int(wide / across) + 2)
    # Panes mirror the sky, the upper ones more, and each hangs a little differently.
    tilt = (
        rng.normal(0, 0.05, count).astype(np.float32)[cell]
        + 0.10 * np.repeat(rng.normal(0, 1, count[1]).astype(np.float32)[cell[1]], high, 0) * 0.5
    )
    mirror = np.clip(0.62 - 0.5 * np.arange(high)[:, None] / max(1, high) + tilt, 0, 1)[..., None]
    sky = {"sunset": (130, 176, 250), "night": (96, 58, 36)}.get(time, (246, 222, 190))
    glass = light(tower.glass) * 0.72 + (np.float32(sky) - light(tower.glass) * 0.72) * mirror * (
        0.75 if tower.style == "glass" else 0.45
    )
    wall = light(np.float32(tower.wall) * (1.0 - 0.16 * np.arange(high)[:, None, None] / max(1, high)))
    face = wall + (glass - wall) * panes[..., None]
    if time in ("sunset", "night"):
        share = 0.34 if time == "night" else 0.10
        floors = np.clip(share + rng.normal(0, 0.16, count[0]), 0.02, 0.8)[
            :, None
        ]  # whole floors work late, others are dark
        lamps = (
            (rng.random(count) < floors)[..., None]
            * _LAMPS[rng.integers(len(_LAMPS), size=count)]
            * rng.uniform(0.55, 1.0, (*count, 1))
        )
        lamps = lamps.astype(np.float32)[cell] * panes[..., None]
        face = np.maximum(face, lamps * (1.0 - 0.35 * tower.far))
    return face


def _raise(picture, rng, tower: _Tower, foot: int, time: str | None, haze) -> None:
    """Paint one tower: a front in the light, a narrower side in shade, and what stands on its roof."""
    h, w = picture.shape[:2]
    top, x = int(tower.top), int(tower.x)
    wide, high = int(tower.width), foot - top
    if wide < 6 or high < 8:
        return
    face = _front(rng, tower, wide, high, time)
    side = int(wide * (0.24 + 0.12 * rng.random()))
    left = tower.x + wide / 2 > w * 0.62  # towers on the right show their left side
    dark = np.s_[:, :side] if left else np.s_[:, wide - side :]
    face[dark] *= 0.66
    if time != "night":
        face[:, side if left else wide - side - 1] *= 1.12
    face[: max(1, round(tower.pane[1] * 0.3))] *= 1.10
    shade = np.float32(tower.wall) * 0.78
    for _ in range(rng.integers(1, 3)):  # plant rooms
        rw, rh = wide * rng.uniform(0.2, 0.5), high * rng.uniform(0.015, 0.04) + 2
        rx = x + rng.uniform(0.08, 0.5) * wide
        cv2.rectangle(
            picture,
            (int(rx), int(top - rh)),
            (int(rx + rw), top),
            _hazed(Light(time)(shade), haze, tower.far),
            -1,
        )
    if rng.random() < 0.3 and high > h * 0.25:  # a mast
        mx, tall = int(x + wide * 0.5), int(high * rng.uniform(0.10, 0.2))
        cv2.line(
            picture,
            (mx, top),
            (mx, top - tall),
            _hazed(Light(time)(shade), haze, tower.far),
            max(1, w // 700),
            cv2.LINE_AA,
        )
    rise = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]  # mist gathers at the foot
    far = np.clip(tower.far + 0.30 * rise**2 * (0.4 + tower.far), 0, 0.95)
    face += (np.float32(haze) - face) * far
    x0, x1, y0 = max(0, x), min(w, x + wide), max(0, top)
    if x1 > x0:
        picture[y0:foot, x0:x1] = face[y0 - top :, x0 - x : x1 - x]


def _hazed(colour, haze, far) -> tuple[float, ...]:
    return tuple(float(v) for v in colour + (np.float32(haze) - colour) * far)


def _skyline(picture, rng, foot: int, time: str | None, haze) -> None:
    h, w = picture.shape[:2]
    unit = (w * h * 1.35) ** 0.5 / 1280  # 1 at 1280x720-like frames of any shape
    for far, low, peak, wide, pane in (
        (0.70, 0.14, 0.40, 66, 5.5),
        (0.42, 0.14, 0.56, 104, 8.0),
        (0.12, 0.12, 0.38, 160, 12.0),
    ):
        x = -rng.uniform(0, wide) * unit
        while x < w:
            width = wide * unit * rng.uniform(0.7, 1.3)
            middle = (x + width / 2) / w
            crowd = np.exp(-(((middle - (0.40 if far > 0.3 else 0.9)) / 0.26) ** 2)) if far > 0.1 else 1
            tall = (
                (low + (peak - low) * (0.25 + 0.75 * crowd) * rng.uniform(0.45, 1.0))
                * h
                * (1.0 if w > h else 0.82)
            )
            if far < 0.3 and 0.30 < middle < 0.66:
                tall *= 0.55  # the view opens in the middle
            style = ("glass", "bands", "grid", "grid")[rng.integers(4)]
            wall = np.float32(_WALLS[rng.integers(len(_WALLS))]) * rng.uniform(0.88, 1.06)
            panes = (pane * unit * rng.uniform(0.9, 1.25), pane * unit * rng.uniform(1.0, 1.3))
            panes = tuple(max(3.0, side) for side in panes)
            _raise(
                picture,
                rng,
                _Tower(
                    x, width, foot - tall, style, tuple(wall), _GLASS[rng.integers(len(_GLASS))], far, panes
                ),
                foot,
                time,
                haze,
            )
            x += width * rng.uniform(0.86, 1.25)


def _trees(picture, rng, foot: float, time: str | None) -> None:
    """A row of round crowns along the far side of the square, lit from the upper left, and their trunks."""
    h, w = picture.shape[:2]
    unit, light = (w * h * 1.35) ** 0.5 / 1280, Light(time)
    x = -20 * unit
    while x < w + 30 * unit:
        size = 50 * unit * rng.uniform(0.8, 1.25)
        cv2.line(
            picture,
            (int(x), int(foot + 2)),
            (int(x), int(foot - size)),
            tuple(float(v) for v in light((44, 52, 60))),
            max(2, int(5 * unit)),
            cv2.LINE_AA,
        )
        spots = np.clip(rng.normal(0, 1, (90, 2)), -1.7, 1.7) * (0.50, 0.40)
        spots = spots[np.argsort(spots[:, 0] * -0.3 - spots[:, 1])]  # shaded ones first, lit ones over them
        for dx, dy in spots:
            lit = np.clip(0.5 - 0.42 * dy - 0.22 * dx + rng.normal(0, 0.10), 0.05, 1.1)
            colour = light(
                np.float32([34, 62, 44]) + (np.float32([78, 158, 122]) - np.float32([34, 62, 44])) * lit
            )
            cv2.circle(
                picture,
                (int(x + dx * size), int(foot - size * 1.35 + dy * size * 0.8)),
                max(2, int(size * rng.uniform(0.09, 0.20))),
                tuple(float(v) for v in colour),
                -1,
                cv2.LINE_AA,
            )
        x += size * rng.uniform(1.5, 3.2)


def _lamps(picture, foot: float, time: str | None) -> None:
    """Street lamps, burning from sunset on."""
    h, w = picture.shape[:2]
    unit = (w * h * 1.35) ** 0.5 / 1280
    post = tuple(float(v) for v in Light(time)((58, 56, 54)))
    burning = time in ("sunset", "night")
    y, x = np.mgrid[:h:4, :w:4].astype(np.float32)
    halo, pool = np.zeros_like(x), np.zeros_like(x)
    for k in range(-4, 5):
        at, tall = w * 0.47 + k * 178 * unit, 118 * unit
        cv2.line(
            picture,
            (int(at), int(foot + 8 * unit)),
            (int(at), int(foot - tall)),
            post,
            max(1, int(3 * unit)),
            cv2.LINE_AA,
        )
        cv2.circle(
            picture,
            (int(at), int(foot - tall)),
            max(2, int(6 * unit)),
            (190, 236, 255) if burning else (226, 228, 228),
            -1,
            cv2.LINE_AA,
        )
        if burning and -0.1 < at / w < 1.1:
            halo += np.exp(-np.hypot(x - at, y - foot + tall) / (46 * unit))
            pool += np.exp(-(((x - at) / (74 * unit)) ** 2 + ((y - foot - 22 * unit) / (22 * unit)) ** 2))
    if burning:
        glow = halo[..., None] * np.float32([40, 96, 140]) * (1.0 if time == "night" else 0.6) + pool[
            ..., None
        ] * np.float32([24, 58, 84]) * (1.0 if time == "night" else 0.4)
        picture += cv2.resize(glow, (w, h), interpolation=cv2.INTER_LINEAR)


def _square(picture, rng, foot: int, time: str | None) -> None:
    """Pale slabs, the shade of the trees at the far end, and worn patches."""
    h, w = picture.shape[:2]
    tone, joints = brush.paving(w, h - foot, 0.11 * max(w, h * 0.8), 19)
    worn = brush.ground_map(w, h - foot, 21, w / 6, 4)
    stone = brush.gradient(w, h - foot, [(0, (176, 182, 188)), (1, (164, 172, 180))])
    stone += tone[..., None] * np.float32([7, 8, 9]) + worn[..., None] * np.float32([7, 7, 8])
    stone *= 1 - 0.26 * joints[..., None]
    depth = np.linspace(0, 1, h - foot, dtype=np.float32)[:, None]
    shade = np.exp(-((depth / 0.16) ** 2)) * np.clip(
        0.62 + 0.5 * brush.noise(w, h - foot, w / 14, 3, 23, 2.5), 0.15, 1
    )
    stone *= 1 - 0.44 * shade[..., None]
    picture[foot:] = Light(time)(stone)


def city(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Three depths of towers, trees and lamps along a square."""
    rng = np.random.default_rng(15)
    foot = int(h * _FOOT)
    picture = skies.sky(w, h, time, 14, 0.8, _FOOT)
    haze = {"sunset": (150, 178, 242), "night": (128, 84, 54)}.get(time, (240, 222, 200))
    _skyline(picture, rng, foot, time, haze)
    _square(picture, rng, foot, time)
    _trees(picture, rng, foot + h * 0.012, time)
    _lamps(picture, foot + h * 0.02, time)
    veil = skies.DriftingVeil(
        w,
        h,
        0.02,
        0.42,
        {"sunset": (180, 185, 250), "night": (120, 84, 60)}.get(time, (255, 252, 250)),
        0.14 if time == "night" else 0.32,
        8,
        5,
    )
    night = time == "night"
    return Backdrop(
        brush.finish(picture, 0.8, 0.35 if night else 0.15, 150 if night else 210), w, h, (veil,), ground=0.76
    )
