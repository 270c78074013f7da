"""The bottom of the sea, painted."""

import numpy as np

from modules.preview.effects.backgrounds import brush, skies, water
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.skies import at_hour
from modules.preview.effects.pixels import Paint, Stops, f32, gradient, lerp, tint

_DEEP: tuple[Stops, Stops, Stops] = (
    [(0, (215, 196, 88)), (0.4, (168, 122, 26)), (1, (84, 48, 8))],
    [(0, (176, 178, 150)), (0.4, (140, 104, 52)), (1, (76, 44, 22))],
    [(0, (118, 82, 30)), (0.4, (82, 48, 12)), (1, (40, 20, 6))],
)
_CORALS = f32([(120, 96, 226), (92, 140, 244), (178, 110, 206), (120, 196, 226), (150, 168, 96)])


def underwater(w: int, h: int, time: str | None) -> Backdrop:
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
