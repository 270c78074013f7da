"""Quick operations on pictures: tables, gradings, blurs, noise, grain.

Arrays are named by what they hold. `Picture`: height x width x 3, BGR, uint8. `Plane`: height x width, uint8.
`Field`: height x width, float32. `Paint`: height x width x 3, BGR, float32, 0..255. Their element types are
left open in the annotations because OpenCV's own stubs do not tell them.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from modules.preview.video.compositing import blend
from modules.preview.video.scaling import shrunk

Picture: TypeAlias = NDArray[Any]
Plane: TypeAlias = NDArray[Any]
Field: TypeAlias = NDArray[Any]
Paint: TypeAlias = NDArray[Any]
Table: TypeAlias = NDArray[Any]
"""For `cv2.LUT`: 256 uint8, or 1 x 256 x 3 of them for BGR."""
Colour = tuple[float, float, float]
"""BGR, 0..255."""
Points = Sequence[tuple[float, float]]
"""A tone curve: (in, out), both 0..1."""
Stops = Sequence[tuple[float, Sequence[float]]]
"""A gradient: (place 0..1, BGR)."""


# Conversions


def f32(values: ArrayLike) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)


def to8(values: NDArray[Any]) -> Picture:
    """To uint8: cut off at 0 and 255, fractions dropped."""
    return np.asarray(np.clip(values, 0, 255).astype(np.uint8))


def merged(plane: Plane) -> Picture:
    """One plane as a grey picture of three."""
    return cv2.merge([plane] * 3)


def tint(plane: NDArray[Any], colour: ArrayLike) -> Paint:
    """`colour` by the amount of a plane: three planes of float32."""
    return plane[..., None] * f32(colour)


def bell(distance: Any, width: Any) -> Any:
    """1 where the distance is 0, falling off to both sides over `width`."""
    return np.exp(-((distance / width) ** 2))


def away_from(width: int, height: int, x: float, y: float) -> Field:
    """How many pixels each pixel lies from (x, y)."""
    columns, rows = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    return np.asarray(np.hypot(columns - x, rows - y))


def gradient(width: int, height: int, stops: Stops) -> Paint:
    """From top to bottom through `stops`."""
    at, places = np.linspace(0, 1, height), [place for place, _ in stops]
    rows = np.stack([np.interp(at, places, [colour[k] for _, colour in stops]) for k in range(3)], -1)
    return np.repeat(rows.astype(np.float32)[:, None], width, 1)


def lerp(low: Any, high: Any, share: Any) -> Any:
    """`low` where `share` is 0, `high` where it is 1."""
    return low + (high - low) * share


# OpenCV's sums with a number, which its stubs do not know


def lighter(picture: Picture, by: Any) -> Picture:
    """Plus a number, or one for each channel; nothing above 255."""
    return cv2.add(picture, by)


def darker(picture: Picture, by: Any) -> Picture:
    """Minus a number, or one for each channel; nothing below 0."""
    return cv2.subtract(picture, by)


def at_least(picture: Picture, value: Any) -> Picture:
    return cv2.max(picture, value)


def at_most(picture: Picture, value: Any) -> Picture:
    return cv2.min(picture, value)


def add_difference(out: Picture, a: Picture, b: Picture, amount: float) -> Picture:
    """`out` plus `amount` times (a - b), within 0..255; differences of planes go to all channels."""
    up, down = (cv2.convertScaleAbs(cv2.subtract(*pair), alpha=amount) for pair in ((a, b), (b, a)))
    if up.ndim == 2:
        up, down = merged(up), merged(down)
    return cv2.subtract(cv2.add(out, up), down)


# Tables


def curve(*points: tuple[float, float]) -> NDArray[Any]:
    """A 256-entry table through points in 0..1, smooth between them and never falling."""
    x, y = (np.array(axis, float) for axis in zip(*points, strict=True))
    grid = np.arange(256) / 255
    slopes = np.gradient(y, x) if len(x) > 2 else np.full(len(x), (y[-1] - y[0]) / (x[-1] - x[0]))
    k = np.clip(np.searchsorted(x, grid, "right") - 1, 0, len(x) - 2)
    step = x[k + 1] - x[k]
    t = np.clip((grid - x[k]) / step, 0, 1)
    values = (
        (2 * t**3 - 3 * t**2 + 1) * y[k]
        + (t**3 - 2 * t**2 + t) * step * slopes[k]
        + (3 * t**2 - 2 * t**3) * y[k + 1]
        + (t**3 - t**2) * step * slopes[k + 1]
    )
    return np.asarray(np.clip(values * 255 + 0.5, 0, 255).astype(np.uint8))


def curves(blue: NDArray[Any], green: NDArray[Any], red: NDArray[Any]) -> NDArray[Any]:
    """Three tables as one for `cv2.LUT` on BGR."""
    return np.ascontiguousarray(np.stack([blue, green, red], -1)[None])


def tone(blue: Points, green: Points, red: Points) -> NDArray[Any]:
    """The table of three tone curves."""
    return curves(curve(*blue), curve(*green), curve(*red))


def gradient_map(*stops: tuple[float, tuple[int, int, int]]) -> NDArray[Any]:
    """Luma 0..1 to BGR colours, as a table for `cv2.LUT` on a grey picture merged to three planes."""
    x = [s[0] for s in stops]
    grid = np.arange(256) / 255
    return curves(*(np.interp(grid, x, [s[1][plane] for s in stops]).astype(np.uint8) for plane in range(3)))


def grade(frame: NDArray[Any], tables: NDArray[Any]) -> NDArray[Any]:
    """A BGR picture through the three tables of `curves` (or one): plane by plane, which is quicker than
    `cv2.LUT` on all at once."""
    if tables.ndim == 1:
        return cv2.LUT(frame, tables)
    return cv2.merge(
        [cv2.LUT(plane, np.ascontiguousarray(tables[0, :, k])) for k, plane in enumerate(cv2.split(frame))]
    )


def tinted(plane: NDArray[Any], tables: NDArray[Any]) -> NDArray[Any]:
    """A grey picture through three tables: BGR."""
    return cv2.applyColorMap(plane, tables.reshape(256, 1, 3))


def saturation(amount: float, tint: tuple[float, float, float] = (1, 1, 1)) -> NDArray[Any]:
    """A matrix for `cv2.transform`: colourfulness (0 grey, 1 as is), then a BGR tint."""
    luma = np.array([0.0722, 0.7152, 0.2126])
    return (np.diag(tint) @ (np.eye(3) * amount + (1 - amount) * np.tile(luma, (3, 1)))).astype(np.float32)


# Pictures


def mul(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Product of two 8-bit pictures, 255 being one."""
    return cv2.multiply(a, b, scale=1 / 255)


def screen(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Light `b` laid over `a` as on a projection screen: never clips."""
    return cv2.add(a, mul(cv2.bitwise_not(a), b))


def mix(a: NDArray[Any], b: NDArray[Any], mask: NDArray[Any]) -> NDArray[Any]:
    """`b` where the one-plane mask is 255, `a` where it is 0. Rows that the mask leaves empty are only
    copied."""
    _, top, _, rows = cv2.boundingRect(mask)
    if not rows:
        return a.copy()
    part = np.s_[top : top + rows]
    mixed = blend(b[part], a[part], mask[part])
    if rows == len(a):
        return mixed
    out = a.copy()
    out[part] = mixed
    return out


def level(plane: NDArray[Any], gain: float, floor: int = 0) -> NDArray[Any]:
    """`plane * gain - floor` as one 8-bit plane, nothing below zero."""
    return darker(cv2.convertScaleAbs(plane, alpha=gain), floor)


def grey(frame: Picture) -> Plane:
    return cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)


def reduced(frame: NDArray[Any], factor: int) -> NDArray[Any]:
    """1/factor of the size, averaged."""
    height, width = frame.shape[:2]
    return shrunk(frame, (max(8, width // factor), max(8, height // factor)))


def fit(frame: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    return cv2.resize(frame, (like.shape[1], like.shape[0]), interpolation=cv2.INTER_LINEAR)


def blur(frame: NDArray[Any], sigma: float) -> NDArray[Any]:
    return cv2.GaussianBlur(frame, (0, 0), max(0.3, sigma))


def bloom(
    frame: NDArray[Any],
    threshold: int,
    sigma: float,
    amount: float,
    tint: tuple[float, float, float] = (1, 1, 1),
) -> NDArray[Any]:
    """Light spills from what is brighter than `threshold`; `sigma` in pixels of the full picture."""
    low = darker(reduced(frame, 4), (threshold,) * 3 + (0,))
    factor = 8 if sigma > 12 else 4
    low = blur(reduced(low, factor // 4), sigma / factor)
    if tuple(tint) != (1, 1, 1):
        low = cv2.transform(low, np.diag(tint).astype(np.float32))
    return cv2.addWeighted(frame, 1, fit(low, frame), amount, 0)


def vignette(width: int, height: int, amount: float, inner: float = 0.35) -> NDArray[Any]:
    """A three-plane multiplier for `mul`, round for the picture's own shape, one inside `inner` of the way
    to the corners."""
    x, y = (np.linspace(-1, 1, length, dtype=np.float32) for length in (width, height))
    distance = np.sqrt((x * x + (y * y)[:, None]) / 2)
    t = np.clip((distance - inner) / (1 - inner), 0, 1)
    return np.asarray(cv2.merge([((1 - amount * t * t * (3 - 2 * t)) * 255).astype(np.uint8)] * 3))


def fringe(frame: NDArray[Any], pixels: int) -> NDArray[Any]:
    """Red moved right and blue moved left by `pixels`: a cheap lens."""
    wide = cv2.copyMakeBorder(frame, 0, 0, pixels, pixels, cv2.BORDER_REPLICATE)
    width = frame.shape[1]
    out = frame.copy()
    cv2.mixChannels([wide[:, 2 * pixels : 2 * pixels + width], wide[:, :width]], [out], [0, 0, 5, 2])
    return out


def smooth_noise(rng: np.random.Generator, width: int, height: int, cell: float) -> NDArray[Any]:
    """Smooth float32 noise, about -1..1, with features of `cell` pixels."""
    rows, columns = max(2, int(height / cell) + 2), max(2, int(width / cell) + 2)
    field = rng.normal(0, 0.5, (rows, columns)).astype(np.float32)
    return cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)


def tiling_noise(
    rng: np.random.Generator, width: int, height: int, cell: float, octaves: int = 4
) -> NDArray[Any]:
    """Fractal noise in 0..1 that repeats from edge to edge, so that it can scroll for ever."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = max(2.0, cell / 2**octave)
        rows, columns = max(2, round(height / size)), max(2, round(width / size))
        # Two cells more on each side: as far as the cubic interpolation reaches.
        tile = np.pad(rng.normal(0, 1, (rows, columns)).astype(np.float32), 2, mode="wrap")
        zoom_y, zoom_x = height / rows, width / columns
        big = cv2.resize(
            tile, (round((columns + 4) * zoom_x), round((rows + 4) * zoom_y)), interpolation=cv2.INTER_CUBIC
        )
        top, left = round(2 * zoom_y), round(2 * zoom_x)
        total += big[top : top + height, left : left + width] * 0.55**octave
    low, high = np.percentile(total[::2, ::2], (2, 98))
    return np.asarray(np.clip((total - np.float32(low)) / np.float32(high - low), 0, 1))


class Grain:
    """Film grain: a handful of fields, changed 12 times a second whatever the frame rate."""

    def __init__(
        self,
        rng: np.random.Generator,
        width: int,
        height: int,
        sigma: float,
        size: float = 0.7,
        fields: int = 4,
    ) -> None:
        self.fields = []
        for _ in range(fields):
            field = blur(rng.normal(0, 1, (height, width)).astype(np.float32), size)
            field *= sigma / max(1e-6, float(field.std()))
            self.fields.append(
                (np.clip(field, 0, 255).astype(np.uint8), np.clip(-field, 0, 255).astype(np.uint8))
            )

    def __call__(self, frame: NDArray[Any], seconds: float) -> NDArray[Any]:
        plus, minus = self.fields[int(seconds * 12) % len(self.fields)]
        if frame.ndim == 3:
            plus, minus = cv2.merge([plus] * 3), cv2.merge([minus] * 3)
        return cv2.subtract(cv2.add(frame, plus), minus)
