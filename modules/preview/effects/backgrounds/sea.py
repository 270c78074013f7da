"""Painted water: a beach, and the bottom of the sea."""

import numpy as np

from modules.preview.effects.backgrounds import brush, skies, water
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.light import Light, at_hour
from modules.preview.effects.pixels import Paint, Stops, f32, gradient, lerp, tint

_SEA: tuple[Stops, Stops, Stops] = (
    [(0, (165, 112, 38)), (0.5, (180, 150, 45)), (1, (190, 195, 110))],
    [(0, (112, 166, 246)), (0.35, (128, 116, 196)), (1, (104, 74, 92))],
    [(0, (136, 94, 58)), (0.4, (92, 54, 28)), (1, (74, 48, 26))],
)
_DEEP: tuple[Stops, Stops, Stops] = (
    [(0, (215, 196, 88)), (0.4, (168, 122, 26)), (1, (84, 48, 8))],
    [(0, (176, 178, 150)), (0.4, (140, 104, 52)), (1, (76, 44, 22))],
    [(0, (118, 82, 30)), (0.4, (82, 48, 12)), (1, (40, 20, 6))],
)
_CORALS = f32([(120, 96, 226), (92, 140, 244), (178, 110, 206), (120, 196, 226), (150, 168, 96)])


def beach(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """Sea, surf and sand, and palms that lean in from the right."""
    horizon, shore = 0.47, 0.70
    picture = skies.sky(w, h, time, 11, 0.75, horizon)
    light = Light(time)
    y0, y1 = int(h * horizon), int(h * shore)
    # The sea is the sky seen at a slant: by day its own colours, at other hours mostly the sky's.
    sea = gradient(w, y1 - y0, at_hour(time, *_SEA))
    sea += tint(brush.ground_map(w, y1 - y0, 12, w / 9, 4), light((24, 24, 17)))
    picture[y0:y1] = sea
    sand = gradient(w, h - y1, [(0, (128, 172, 202)), (0.12, (158, 202, 228)), (1, (140, 190, 222))])
    picture[y1:] = light(sand + tint(brush.ground_map(w, h - y1, 14, w / 30, 5), (17, 19, 20)))
    far = brush.below(brush.ridge(w, h * horizon, h * 0.055, 21, 0.5, 3), h) * (np.arange(h)[:, None] < y0)
    far = far * np.clip(1.7 - np.abs(np.arange(w) / w - 0.12) * 5.0, 0, 1)[None]
    brush.over(picture, light((118, 128, 96)), far)
    picture[y0 - 2 : y0 + 2] = picture[y0 - 2 : y0 + 2] * 0.6 + light.haze * 0.4
    _palms(picture, light)
    centre = at_hour(time, None, 0.66, skies.MOON[0])
    glints = at_hour(time, (255, 250, 240), (150, 215, 255), (230, 214, 196))
    air = at_hour(time, (255, 250, 245), (170, 185, 250), (128, 96, 74))
    layers = (
        water.Shimmer(w, h, horizon + 0.004, shore, reach=4, glint=0.75, glints=glints, centre=centre),
        water.Surf(w, h, shore - 0.045, shore + 0.085, colour=brush.scalar(light((250, 250, 250)))),
        skies.DriftingVeil(w, h, 0.02, horizon * 0.8, air, at_hour(time, 0.35, 0.35, 0.15), 9, 3),
    )
    return Backdrop(brush.finish(picture, 0.9, 0.25, 190), w, h, layers, ground=shore)


def _palms(picture: Paint, light: Light) -> None:
    """Palms leaning in from the right, drawn on a canvas of their own for smooth edges."""
    h, w = picture.shape[:2]
    layer, rng = np.zeros((h, w), np.uint8), np.random.default_rng(5)
    s = min(w, h * 1.2) / 1280
    for foot, top in (
        ((w * 0.985, h * 0.74), (w * 0.865, h * 0.16)),
        ((w * 1.03, h * 0.76), (w * 0.955, h * 0.30)),
    ):
        knots = [(lerp(foot[0], top[0], t**1.5), lerp(foot[1], top[1], t)) for t in np.linspace(0, 1, 24)]
        for k in range(23):
            brush.line(layer, knots[k], knots[k + 1], 255, max(2, (17 - k * 0.42) * s * 1.3))
        for angle in np.linspace(-200, 20, 11) + rng.uniform(-7, 7, 11):
            _leaf(layer, top, np.radians(angle), 230 * s * rng.uniform(0.8, 1.1), s)
    shade = np.clip(0.75 + 0.4 * brush.noise(w, h, 30, 3, 3), 0.35, 1.3)
    brush.over(picture, light(tint(shade, (38, 66, 44))), layer.astype(np.float32) / 255)


def _leaf(layer: Paint, top: brush.Spot, a: float, length: float, s: float) -> None:
    """One leaf of a palm: a bowed rib that leaves `top` at the angle `a`, and what hangs from it."""
    rib = []
    for t in np.linspace(0, 1, 22):
        down = np.sin(a) * length * t * 0.75 + 130 * s * t * t * 1.25
        rib.append((top[0] + np.cos(a) * length * t, top[1] + down))
    for k in range(1, 22):
        (x0, y0), (x1, y1) = rib[k - 1], rib[k]
        brush.line(layer, (x0, y0), (x1, y1), 255, 2)
        leaf = 62 * s * np.sin(np.pi * min(1, k / 22 + 0.12)) ** 0.6
        for side, hang in ((-0.5, 0.85), (0.35, 1.0)):
            end = (x1 + (x1 - x0) * 1.3 + side * leaf * 0.5, y1 + leaf * hang)
            brush.line(layer, (x1, y1), end, 235, 3 * s)


def underwater(w: int, h: int, time: str | None, snow: bool) -> Backdrop:
    """The bottom of the sea: rocks that fade into the water, sand, corals, and shafts of light."""
    picture = gradient(w, h, at_hour(time, *_DEEP))
    shine = at_hour(time, 1.0, 0.8, 0.3)
    picture += tint(brush.glow(w, h, w * 0.5, -h * 0.1, max(w, h) * 0.5), (70, 80, 60)) * shine
    water_colour = picture[int(h * 0.72)].mean(0)
    for k, (base, tall, far) in enumerate(((0.80, 0.22, 0.76), (0.86, 0.17, 0.50))):
        line = brush.ridge(w, h * base, h * tall, 71 + k, 0.55, 3.5)
        rock = 0.85 + 0.5 * brush.rock(w, h, max(w, h * 0.7) / 9, 75 + k)
        colour = tint(rock, (86, 74, 52)) * (0.4 + 0.6 * shine)
        brush.over(picture, lerp(colour, water_colour, far), brush.below(line, h, 3))
    y0, lit = int(h * 0.83), 0.35 + 0.65 * shine
    sand = f32([150, 158, 146]) * lit * (1 + 0.16 * brush.ground_map(w, h - y0, 77, w / 14, 4)[..., None])
    share = np.linspace(0.55, 0.15, h - y0, dtype=np.float32)[:, None, None]  # clearer towards the viewer
    edge = y0 + brush.ridge(w, 0, h * 0.016, 78, 0.5, 4) + h * 0.016
    brush.lay(picture, lerp(sand, water_colour, share), brush.below(edge, h, 3))
    _reef(picture, water_colour, lit)
    rays = f32((170, 220, 240) if time == "sunset" else (235, 240, 190)) * shine
    layers = (
        water.Rays(w, h, rays, 0.75, 0.18, 3, 0.8),
        skies.DriftingVeil(w, h, 0.0, 0.3, f32((245, 240, 190)) * shine, 0.25, 22, 2),
    )
    return Backdrop(brush.finish(picture, 1.0), w, h, layers, ground=0.88, wet=True)


def _reef(picture: Paint, water_colour: Paint, shine: float) -> None:
    """Branching corals in groups at both sides, the near ones clearer."""
    h, w = picture.shape[:2]
    rng, s = np.random.default_rng(79), min(w, h * 1.2) / 720
    for k in range(44):
        depth = (k + 1) / 44
        x = rng.choice((-1, 1)) * (1 - rng.random() ** 2 * 0.6) * 0.54 * w + w / 2
        y, size = h * (0.86 + 0.18 * depth), (40 + 110 * depth) * s * rng.uniform(0.6, 1.2)
        colour = _CORALS[rng.integers(len(_CORALS))] * rng.uniform(0.75, 1.0) * shine
        colour = lerp(colour, water_colour, 0.72 - 0.5 * depth)
        stems = [(x, y, -np.pi / 2 + rng.uniform(-0.25, 0.25), size * 0.26, 0)]
        while stems:
            sx, sy, angle, length, order = stems.pop()
            ex, ey = sx + np.cos(angle) * length, sy + np.sin(angle) * length
            width = (8 - 1.2 * order) * s * (0.4 + 0.6 * depth)
            brush.line(picture, (sx, sy), (ex, ey), colour * (0.66 + 0.11 * order), width)
            for turn in (-0.46, 0.44) if order < 5 else ():
                bent = angle + turn + rng.uniform(-0.2, 0.2)
                stems.append((ex, ey, bent, length * rng.uniform(0.7, 0.95), order + 1))
