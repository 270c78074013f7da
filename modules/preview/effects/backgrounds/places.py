"""The painted places by name."""

from modules.preview.effects.backgrounds import beyond, built, nature
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.city import city
from modules.preview.effects.backgrounds.neon import neon_city

_PAINTERS = {
    "beach": nature.beach,
    "mountains": nature.mountains,
    "forest": nature.forest,
    "meadow": nature.meadow,
    "desert": nature.desert,
    "underwater": nature.underwater,
    "space": beyond.space,
    "moon": beyond.moon,
    "mars": beyond.mars,
    "lava": beyond.lava,
    "sunset_sky": beyond.sunset_sky,
    "clouds": beyond.clouds,
    "aurora": beyond.aurora,
    "neon_city": neon_city,
    "city": city,
    "studio": built.studio,
    "stage": built.stage,
    "castle": built.castle,
}
# painted and moved at this size, then enlarged: a place behind a subject is a little out of focus anyway
_LONGEST = 848
PLACES = (*_PAINTERS, "mountains_snow")


def paint(name: str, width: int, height: int, *, time: str | None = None, snow: bool = False) -> Backdrop:
    """A painted place of `PLACES`; an unknown name is a studio. `time`: day, sunset, night or None for
    what suits the place."""
    if name == "mountains_snow":
        name, snow = "mountains", True
    scale = min(1.0, _LONGEST / max(width, height))
    small = _PAINTERS.get(name, built.studio)(
        max(16, round(width * scale)), max(16, round(height * scale)), time, snow
    )
    return small.enlarged(width, height)
