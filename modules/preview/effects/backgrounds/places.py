"""The painted places by name, and the backdrop that a plan asks for."""

from collections.abc import Callable
from typing import Any

from modules.preview.effects.backgrounds import built, clouds, nature, sea, space
from modules.preview.effects.backgrounds.backdrop import Backdrop, from_picture, plain, read_picture
from modules.preview.effects.backgrounds.city import city
from modules.preview.effects.backgrounds.neon import neon_city
from modules.preview.prompt.plan import Background

_PAINTERS: dict[str, Callable[[int, int, str | None, bool], Backdrop]] = {
    "beach": sea.beach,
    "mountains": nature.mountains,
    "forest": nature.forest,
    "meadow": nature.meadow,
    "desert": nature.desert,
    "underwater": sea.underwater,
    "space": space.space,
    "moon": space.moon,
    "mars": space.mars,
    "lava": space.lava,
    "sunset_sky": clouds.sunset_sky,
    "clouds": clouds.sea_of_clouds,
    "aurora": clouds.aurora,
    "neon_city": neon_city,
    "city": city,
    "studio": built.studio,
    "stage": built.stage,
    "castle": built.castle,
}
"""Painters: (width, height, time of day or None, snowed under) to a backdrop."""
# painted and moved at this size, then enlarged: a place behind a subject is a little out of focus anyway
_LONGEST = 848
PLACES = (*_PAINTERS, "mountains_snow")


def paint(name: str, width: int, height: int, *, time: str | None = None, snow: bool = False) -> Backdrop:
    """A painted place of `PLACES`; an unknown name is a studio. `time`: day, sunset, night or None for
    what suits the place."""
    if name == "mountains_snow":
        name, snow = "mountains", True
    scale = min(1.0, _LONGEST / max(width, height))
    painter = _PAINTERS.get(name, built.studio)
    small = painter(max(16, round(width * scale)), max(16, round(height * scale)), time, snow)
    return small.enlarged(width, height)


def backdrop(
    background: Background, extra: dict[str, Any], images: tuple[str, ...], width: int, height: int
) -> Backdrop:
    """The backdrop of a plan. `extra` may name a `time` of day and `snow` for painted places. RenderError
    when a picture cannot be read."""
    if background.kind == "image" and background.image is not None:
        return from_picture(read_picture(images[background.image - 1]), width, height)
    if background.kind == "plain":
        return plain(background.colour or (236, 236, 236), width, height)
    place, snow = background.scene or "studio", bool(extra.get("snow"))
    return paint(place, width, height, time=extra.get("time"), snow=snow)
