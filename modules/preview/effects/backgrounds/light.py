"""What an hour of the day does to painted ground."""

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from modules.preview.effects.pixels import Paint, f32

_LUMA = f32([0.114, 0.587, 0.299])
# hour: how much of its colour the ground keeps, the light's BGR factors, the BGR colour of the air
_HOURS = {
    "day": (1.0, (1.0, 1.0, 1.0), (238, 222, 204)),
    "sunset": (0.82, (0.60, 0.66, 0.88), (150, 165, 235)),
    "night": (0.45, (0.64, 0.46, 0.36), (122, 82, 52)),
}
T = TypeVar("T")


def at_hour(time: str | None, day: T, sunset: T, night: T) -> T:
    """Of three values that for the time of day; day when none is asked for."""
    return {"sunset": sunset, "night": night}.get(time or "day", day)


class Light:
    """Call with a colour or a picture painted as if by noon (BGR, 0..255): as it looks at `time`. `haze` is
    what distance fades into.

    By night the eye sees hardly any colour, so the moon's blue replaces it; a mere darkening would leave
    sand grey and grass black.
    """

    def __init__(self, time: str | None) -> None:
        self.keep, factors, haze = _HOURS[time if time in _HOURS else "day"]
        self.factors, self.haze = f32(factors), f32(haze)

    def __call__(self, colour: ArrayLike) -> Paint:
        paint: Paint = f32(colour)
        if self.keep < 1:
            grey = (paint @ _LUMA)[..., None]
            paint = grey + (paint - grey) * self.keep
        return np.asarray(paint * self.factors)
