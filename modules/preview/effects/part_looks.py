"""Looks of one part of the frame: another colour, a material, a neon outline.

They paint the whole frame as if all of it were the part; `parts` lays that in by a matte. What is bright or
dark is measured on the part itself, over samples.
"""

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.pixels import Picture, Plane, Stops

_WHITE = 255.0
_SAMPLED = 8  # every so many pixels each way, when brightness is measured


class PartLook(Effect):
    """A look that is told by `learn` how dark and how light its part is: `low`, `middle`, `high`, 0..255."""

    low, middle, high = 25.0, 120.0, 220.0

    def learn(self, samples: Sequence[Picture], alphas: Sequence[Plane]) -> None:
        """Samples with the mattes of the part."""
        seen = [
            px.grey(sample)[::_SAMPLED, ::_SAMPLED][alpha[::_SAMPLED, ::_SAMPLED] > 160]
            for sample, alpha in zip(samples, alphas, strict=False)
        ]
        levels = np.concatenate([each for each in seen if len(each)] or [np.zeros(0, np.uint8)])
        if len(levels) > 60:
            self.low, self.middle, self.high = (float(v) for v in np.percentile(levels, (4, 50, 97)))
            self.high = max(self.high, self.low + 40)
        self.tables()

    def prepare(self, samples: list[Picture]) -> None:
        if not hasattr(self, "table"):
            self.tables()

    def tables(self) -> None:
        """Precompute what depends on the brightness."""


class Recolour(PartLook):
    """Another colour in the same light: the part's own brightness, its middle at the colour's."""

    def __init__(self, *args: Any, colour: tuple[int, int, int] | None = None, **kwargs: Any) -> None:
        self.colour = px.f32(colour or (40, 40, 200))
        super().__init__(*args, **kwargs)

    def tables(self) -> None:
        levels = np.arange(256, dtype=np.float32)
        middle = float(np.clip(self.middle, 30, 225))
        dark = np.clip(levels / middle, 0, 1)[:, None] ** 0.9 * self.colour
        shine = np.clip((levels - middle) / (_WHITE - middle), 0, 1)[:, None] ** 1.6 * 0.7
        self.table = px.to8(dark + (_WHITE - dark) * shine)[None]

    def paint(self, frame: Picture, seconds: float) -> Picture:
        out = cv2.LUT(px.merged(px.grey(frame)), self.table)
        return cv2.addWeighted(out, 0.9, frame, 0.1, 0)


class Material(PartLook):
    """A statue's material: the fine texture smoothed away, the light on `stops` from its darkest to its
    brightest, and for metal (`shine`) reflections in bands."""

    stops: Stops = ((0, (0, 0, 0)), (1, (255, 255, 255)))
    shine = 0.0

    def tables(self) -> None:
        levels = np.clip((np.arange(256, dtype=np.float32) - self.low) / (self.high - self.low), 0, 1)
        bent = np.clip(levels + self.shine * np.sin(levels * 4.2 * np.pi), 0, 1)
        at = [place for place, _ in self.stops]
        rows = [np.interp(bent, at, [colour[k] for _, colour in self.stops]) for k in range(3)]
        self.table = px.to8(np.stack(rows, -1))[None]

    def paint(self, frame: Picture, seconds: float) -> Picture:
        grey = px.grey(px.reduced(frame, 2))
        smooth = px.blur(cv2.bilateralFilter(cv2.bilateralFilter(grey, 9, 40, 6), 9, 30, 6), 0.8 * self.scale)
        relief = cv2.addWeighted(smooth, 1.35, px.blur(smooth, 14 * self.scale), -0.35, 0)
        relief = cv2.resize(relief, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        return cv2.LUT(px.merged(relief), self.table)


class Gold(Material):
    """Polished gold."""

    stops = (
        (0, (6, 20, 42)),
        (0.3, (16, 84, 150)),
        (0.6, (48, 168, 228)),
        (0.85, (140, 226, 252)),
        (1, (235, 252, 255)),
    )
    shine = 0.055


class Silver(Material):
    """Polished silver or chrome."""

    stops = ((0, (22, 18, 16)), (0.4, (120, 112, 106)), (0.7, (206, 200, 196)), (1, (255, 255, 255)))
    shine = 0.09


class Bronze(Material):
    """Bronze with a dark patina."""

    stops = ((0, (10, 16, 24)), (0.35, (40, 66, 96)), (0.7, (74, 128, 178)), (1, (170, 216, 244)))
    shine = 0.04


class Marble(Material):
    """White marble, its shadows a little blue."""

    stops = ((0, (96, 86, 80)), (0.35, (186, 178, 172)), (0.7, (232, 228, 225)), (1, (255, 254, 253)))


class NeonOutline(PartLook):
    """A glowing tube along the part's edge; call `outlined` with the matte. What is around grows a little
    darker, so that it glows."""

    def __init__(self, *args: Any, colour: tuple[int, int, int] | None = None, **kwargs: Any) -> None:
        self.colour = colour or (255, 70, 230)
        super().__init__(*args, **kwargs)

    def setup(self) -> None:
        most = max(self.colour)
        self.light = px.f32([255 * (c / max(1, most)) ** 1.3 for c in self.colour])
        self.table = px.to8(np.arange(256, dtype=np.float32)[:, None] / 255 * self.light)[None]

    def paint(self, frame: Picture, seconds: float) -> Picture:
        return frame

    def outlined(self, frame: Picture, alpha: Plane) -> Picture:
        """The frame with the outline of `alpha` (0..255)."""
        size = (max(8, self.width // 2), max(8, self.height // 2))
        half = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
        solid = cv2.threshold(px.blur(half, 1.6 * self.scale), 127, 255, cv2.THRESH_BINARY)[1]
        thick = max(3, round(3.2 * self.scale)) | 1
        tube = cv2.morphologyEx(
            solid, cv2.MORPH_GRADIENT, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))
        )
        tube = px.blur(tube, 0.8 * self.scale)
        glow = cv2.add(
            cv2.convertScaleAbs(px.blur(tube, 5 * self.scale), alpha=1.5),
            cv2.convertScaleAbs(px.blur(tube, 16 * self.scale), alpha=1.6),
        )
        whole = (self.width, self.height)
        tube, glow = (cv2.resize(plane, whole, interpolation=cv2.INTER_LINEAR) for plane in (tube, glow))
        dim = cv2.convertScaleAbs(frame, alpha=0.72)
        lit = cv2.add(dim, cv2.LUT(px.merged(glow), self.table))
        core = px.to8(self.light * 0.35 + _WHITE * 0.65)
        return px.mix(lit, np.broadcast_to(core, lit.shape).copy(), tube)


PART_LOOKS: dict[str, tuple[str, Callable[..., PartLook]]] = {
    "recolour": ("Another colour", Recolour),
    "gold": ("Gold", Gold),
    "silver": ("Silver", Silver),
    "bronze": ("Bronze", Bronze),
    "marble": ("Marble", Marble),
    "neon_outline": ("Neon outline", NeonOutline),
}
"""name -> (title, what makes the look: as `LOOKS`, and `colour` for the first and the last)"""
