"""The gradings of the looks (`gradings.toml`), and the effect that carries a grading out."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.pixels import Colour, Picture, Points
from modules.preview.effects.regions import SkyLook


@dataclass(frozen=True)
class Bloom:
    """Light that spills from what is brighter than `threshold` (0..255), `sigma` pixels of a 720 rows high
    picture wide, by `amount`; `tint` are its BGR factors."""

    amount: float
    threshold: int
    sigma: float
    tint: Colour = (1, 1, 1)


@dataclass(frozen=True)
class Grading:
    """A colour grade; its fields are explained in `gradings.toml`."""

    rich: float = 1.0
    tint: Colour = (1, 1, 1)
    blue: Points = ((0, 0), (1, 1))
    green: Points = ((0, 0), (1, 1))
    red: Points = ((0, 0), (1, 1))
    bloom: Bloom | None = None
    vignette: float = 0.0
    inner: float = 0.35


def _grading(table: dict[str, Any]) -> Grading:
    fields = dict(table)
    if "curve" in fields:
        fields |= dict.fromkeys(("blue", "green", "red"), fields.pop("curve"))
    if "bloom" in fields:
        fields["bloom"] = Bloom(**fields["bloom"])
    return Grading(**fields)


_DATA = tomllib.loads((Path(__file__).parent / "gradings.toml").read_text(encoding="utf-8"))
GRADINGS = {name: _grading(table) for name, table in _DATA.items()}
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
            bloom = self.grading.bloom
            out = px.bloom(out, bloom.threshold, bloom.sigma * self.scale, bloom.amount, bloom.tint)
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
