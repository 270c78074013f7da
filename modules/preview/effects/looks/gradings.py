"""The gradings of the looks, as numbers, and the effect that carries a grading out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.pixels import Picture, Points
from modules.preview.effects.regions import SkyLook


@dataclass(frozen=True)
class Grading:
    """A colour grade: colourfulness and tint, a tone curve for each channel, light that spills, dark corners.

    `rich`: 0 grey, 1 as is. `tint`: BGR factors. `blue`, `green`, `red`: points (in, out) in 0..1. `bloom`:
    from which level on light spills, how far in pixels of a 720 rows high picture, how much, and its BGR
    factors. `vignette`: how much the corners lose; none inside `inner` of the way to them.
    """

    rich: float = 1.0
    blue: Points = ((0, 0), (1, 1))
    green: Points = ((0, 0), (1, 1))
    red: Points = ((0, 0), (1, 1))
    tint: tuple[float, float, float] = (1, 1, 1)
    bloom: tuple[int, float, float, tuple[float, float, float]] | None = None
    vignette: float = 0.0
    inner: float = 0.35


def _spill(amount: float, threshold: int = 165, sigma: float = 24, tint: Any = (1, 1, 1)) -> Any:
    return threshold, sigma, amount, tint


def _even(rich: float, points: Points, **others: Any) -> Grading:
    """One curve for all channels."""
    return Grading(rich, points, points, points, **others)


GRADINGS = {
    # grades that are looks by themselves
    "cinematic": Grading(
        0.96,
        ((0, 0.045), (0.25, 0.235), (0.6, 0.54), (1, 0.93)),
        ((0, 0.02), (0.25, 0.215), (0.6, 0.60), (1, 0.975)),
        ((0, 0.01), (0.25, 0.185), (0.6, 0.645), (1, 1)),
        bloom=_spill(0.22),
        vignette=0.30,
    ),
    "black_and_white": _even(0.0, ((0, 0.01), (0.25, 0.20), (0.6, 0.66), (1, 1)), vignette=0.22),
    "sepia": Grading(
        0.06,
        ((0, 0.06), (0.5, 0.34), (1, 0.76)),
        ((0, 0.07), (0.5, 0.45), (1, 0.92)),
        ((0, 0.10), (0.5, 0.58), (1, 1)),
        vignette=0.4,
    ),
    "warm": Grading(
        1.08,
        ((0, 0.01), (0.5, 0.40), (1, 0.84)),
        ((0, 0.01), (0.5, 0.505), (1, 0.975)),
        ((0, 0.02), (0.5, 0.58), (1, 1)),
        bloom=_spill(0.15),
    ),
    "cool": Grading(
        0.94,
        ((0, 0.05), (0.5, 0.60), (1, 1)),
        ((0, 0.02), (0.5, 0.51), (1, 0.985)),
        ((0, 0.0), (0.5, 0.41), (1, 0.90)),
        bloom=_spill(0.12),
    ),
    "vivid": _even(1.55, ((0, 0), (0.25, 0.20), (0.7, 0.78), (1, 1)), bloom=_spill(0.12)),
    "pastel": Grading(
        0.72,
        ((0, 0.30), (0.5, 0.68), (1, 0.99)),
        ((0, 0.27), (0.5, 0.66), (1, 0.985)),
        ((0, 0.29), (0.5, 0.70), (1, 1)),
        bloom=_spill(0.2),
    ),
    # film
    "vintage_film": Grading(
        0.66,
        ((0, 0.16), (0.3, 0.28), (0.7, 0.56), (1, 0.74)),
        ((0, 0.09), (0.3, 0.30), (0.7, 0.69), (1, 0.91)),
        ((0, 0.11), (0.3, 0.38), (0.7, 0.80), (1, 0.99)),
        vignette=0.62,
        inner=0.25,
    ),
    "dreamy": Grading(
        0.92,
        ((0, 0.10), (0.5, 0.50), (1, 0.96)),
        ((0, 0.04), (0.5, 0.43), (1, 0.93)),
        ((0, 0.08), (0.5, 0.50), (1, 0.97)),
    ),
    "infrared": Grading(
        1.0,
        ((0, 0.04), (0.5, 0.52), (1, 1)),
        ((0, 0.01), (0.5, 0.49), (1, 0.98)),
        ((0, 0), (0.5, 0.44), (1, 0.97)),
        bloom=_spill(0.45, 150, 26, (0.9, 0.7, 1)),
        vignette=0.3,
    ),
    # hours
    "sunset": Grading(
        1.1,
        ((0, 0.06), (0.3, 0.15), (0.7, 0.34), (1, 0.66)),
        ((0, 0.01), (0.3, 0.14), (0.7, 0.44), (1, 0.84)),
        ((0, 0.03), (0.3, 0.24), (0.7, 0.72), (1, 1)),
        bloom=_spill(0.6, 150, 30, (0.6, 0.8, 1.1)),
        vignette=0.42,
    ),
    "golden_hour": Grading(
        1.22,
        ((0, 0.035), (0.3, 0.19), (0.6, 0.42), (1, 0.74)),
        ((0, 0.02), (0.3, 0.235), (0.6, 0.54), (1, 0.915)),
        ((0, 0.025), (0.3, 0.33), (0.6, 0.72), (1, 1)),
        bloom=_spill(0.75, 140, 34, (0.55, 0.85, 1.1)),
        vignette=0.40,
    ),
    "night": Grading(
        0.42,
        ((0, 0.045), (0.4, 0.27), (0.8, 0.58), (1, 0.84)),
        ((0, 0.018), (0.4, 0.165), (0.8, 0.41), (1, 0.69)),
        ((0, 0.006), (0.4, 0.11), (0.8, 0.31), (1, 0.59)),
        bloom=_spill(0.5, 170, 20),
        vignette=0.5,
    ),
    "day": Grading(
        1.18,
        ((0, 0.03), (0.25, 0.34), (0.6, 0.72), (1, 1)),
        ((0, 0.03), (0.25, 0.36), (0.6, 0.74), (1, 1)),
        ((0, 0.03), (0.25, 0.36), (0.6, 0.75), (1, 1)),
        bloom=_spill(0.25, 200, 20),
    ),
    "horror": Grading(
        0.28,
        ((0, 0.02), (0.35, 0.17), (0.7, 0.46), (1, 0.76)),
        ((0, 0.02), (0.35, 0.21), (0.7, 0.56), (1, 0.88)),
        ((0, 0.01), (0.35, 0.15), (0.7, 0.45), (1, 0.78)),
        tint=(0.95, 1.06, 0.92),
        vignette=0.94,
        inner=0.24,
    ),
    # seasons and places
    "winter": Grading(
        0.42,
        ((0, 0.11), (0.25, 0.34), (0.5, 0.63), (1, 1)),
        ((0, 0.05), (0.25, 0.25), (0.5, 0.55), (1, 0.985)),
        ((0, 0.03), (0.25, 0.19), (0.5, 0.47), (1, 0.96)),
        vignette=0.22,
    ),
    "autumn": Grading(
        1.06,
        ((0, 0.03), (0.5, 0.43), (1, 0.86)),
        ((0, 0.015), (0.5, 0.49), (1, 0.96)),
        ((0, 0.03), (0.5, 0.57), (1, 1)),
        bloom=_spill(0.4, 160, 26, (0.6, 0.85, 1.05)),
        vignette=0.34,
    ),
    "underwater": Grading(
        0.62,
        ((0, 0.16), (0.4, 0.46), (1, 0.98)),
        ((0, 0.09), (0.4, 0.36), (1, 0.90)),
        ((0, 0.0), (0.4, 0.11), (1, 0.52)),
        vignette=0.5,
    ),
    "desert_dust": Grading(
        0.50,
        ((0, 0.07), (0.4, 0.24), (1, 0.66)),
        ((0, 0.08), (0.4, 0.37), (1, 0.86)),
        ((0, 0.11), (0.4, 0.52), (1, 1)),
        vignette=0.4,
    ),
    # drawn and made by hand: the colours that go onto the paper
    "watercolour": _even(1.5, ((0, 0.19), (0.25, 0.42), (0.55, 0.76), (0.8, 0.96), (1, 1))),
    "pixel_art": _even(1.28, ((0, 0), (0.3, 0.30), (0.65, 0.72), (1, 1))),
    "claymation": _even(1.55, ((0, 0.08), (0.3, 0.44), (0.6, 0.78), (1, 0.98)), vignette=0.22),
    "paper_cut": _even(1.8, ((0, 0.06), (0.3, 0.34), (0.65, 0.76), (1, 0.99))),
}
"""By the name of the look."""


class Grade(Effect):
    """A look that begins with a grading; what it adds goes into `bend`, `recolour` and `light`."""

    grading = Grading()
    overlay: type[Effect] | None = None
    """The weather that the look brings by itself, named in `weather`."""

    def __init__(self, *args: Any, grading: Grading | None = None, **kwargs: Any) -> None:
        self.grading = grading or self.grading
        super().__init__(*args, **kwargs)

    def setup(self) -> None:
        super().setup()
        grading = self.grading
        self.matrix = px.saturation(grading.rich, grading.tint)
        self.tone = px.tone(grading.blue, grading.green, grading.red)
        self.shade = px.vignette(self.width, self.height, grading.vignette, grading.inner)
        self.falling = self.overlay(self.width, self.height, self.fps) if self.overlay else None

    def graded(self, frame: Picture) -> Picture:
        return px.grade(cv2.transform(frame, self.matrix), self.tone)

    def bend(self, frame: Picture, seconds: float) -> Picture:
        """Before all else: the picture moved within itself."""
        return frame

    def recolour(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        """After the grading: places that are treated apart."""
        return out

    def light(self, out: Picture, seconds: float) -> Picture:
        """After the bloom: light and weather."""
        return out

    def paint(self, frame: Picture, seconds: float) -> Picture:
        frame = self.bend(frame, seconds)
        out = self.recolour(self.graded(frame), frame, seconds)
        if self.grading.bloom:
            threshold, sigma, amount, tint = self.grading.bloom
            out = px.bloom(out, threshold, sigma * self.scale, amount, tint)
        out = self.light(out, seconds)
        if self.falling is not None and self.weather_on:
            out = self.falling.paint(out, seconds)
        return px.mul(out, self.shade) if self.grading.vignette else out


class SkyGrade(Grade, SkyLook):
    """A grade with a sky of its own, which `sky_picture` paints once.

    `sky_share` of that sky is laid over the filmed one; of the filmed one `sky_kept` stays, or else the rest.
    """

    sky_share = 0.9
    sky_kept: float | None = None

    def setup(self) -> None:
        super().setup()
        self.picture = px.to8(self.sky_picture())

    def sky_picture(self) -> px.Paint:
        raise NotImplementedError

    def recolour(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        return self.with_sky(out, frame, self.picture, self.sky_share, self.sky_kept)


def plain_grade(name: str) -> Callable[..., Effect]:
    """The look that is nothing but the grading of that name."""

    def make(*args: Any, **kwargs: Any) -> Effect:
        return Grade(*args, grading=GRADINGS[name], **kwargs)

    return make
