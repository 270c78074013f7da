"""Northern lights, painted."""

import numpy as np

from modules.preview.effects.backgrounds import brush, skies
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.pixels import gradient, tint


def aurora(w: int, h: int, time: str | None) -> Backdrop:
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
