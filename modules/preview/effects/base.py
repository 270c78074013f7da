"""What every look is made of: the effect interface, and quick operations on 8-bit BGR pictures.

Nothing here may depend on the frame number other than through `seconds`, so that a look moves alike at any
frame rate, and nothing may measure a single frame and act on the whole picture, or a still scene would
flicker.
"""

import cv2
import numpy as np

from modules.preview.video.compositing import blend
from modules.preview.video.scaling import shrunk


class Effect:
    """One step of a render: a BGR uint8 frame of `height` x `width` in, one of the same shape out.

    `strength` 0..1 mixes the effect with the frame it was given; from `FULL` on nothing of that frame
    shows through, for a look that moves edges would show them twice. `moves` says that the picture changes
    while the scene is still. `weather` names the weather that a look brings by itself; `weather_on` turns
    that off.
    """

    FULL = 0.88
    moves = False
    weather: str | None = None
    weather_on = True

    def __init__(self, width: int, height: int, fps: float, strength: float = 1.0, seed: int = 7) -> None:
        self.width, self.height, self.fps = width, height, fps
        self.strength = float(min(1.0, max(0.0, strength / self.FULL)))
        self.rng = np.random.default_rng(seed)
        self.scale = max(0.25, min(width, height) / 720)
        self.setup()

    def setup(self) -> None:
        """Precompute tables and textures."""

    def prepare(self, samples: list[np.ndarray]) -> None:
        """Look at a few frames of the clip, once, before the first call."""

    def paint(self, frame: np.ndarray, seconds: float) -> np.ndarray:
        raise NotImplementedError

    def __call__(self, frame: np.ndarray, index: int, seconds: float) -> np.ndarray:
        if self.strength <= 0:
            return frame
        painted = self.paint(frame, seconds)
        if self.strength >= 0.995:
            return painted
        return cv2.addWeighted(painted, self.strength, frame, 1 - self.strength, 0)


# Tables


def curve(*points: tuple[float, float]) -> np.ndarray:
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
    return np.clip(values * 255 + 0.5, 0, 255).astype(np.uint8)


def curves(blue: np.ndarray, green: np.ndarray, red: np.ndarray) -> np.ndarray:
    """Three tables as one for `cv2.LUT` on BGR."""
    return np.ascontiguousarray(np.stack([blue, green, red], -1)[None])


def gradient_map(*stops: tuple[float, tuple[int, int, int]]) -> np.ndarray:
    """Luma 0..1 to BGR colours, as a table for `cv2.LUT` on a grey picture merged to three planes."""
    x = [s[0] for s in stops]
    grid = np.arange(256) / 255
    return curves(*(np.interp(grid, x, [s[1][plane] for s in stops]).astype(np.uint8) for plane in range(3)))


def grade(frame: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """A BGR picture through the three tables of `curves` (or one): plane by plane, which is quicker than
    `cv2.LUT` on all at once."""
    if tables.ndim == 1:
        return cv2.LUT(frame, tables)
    return cv2.merge(
        [cv2.LUT(plane, np.ascontiguousarray(tables[0, :, k])) for k, plane in enumerate(cv2.split(frame))]
    )


def tinted(plane: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """A grey picture through three tables: BGR."""
    return cv2.applyColorMap(plane, tables.reshape(256, 1, 3))


def saturation(amount: float, tint: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    """A matrix for `cv2.transform`: colourfulness (0 grey, 1 as is), then a BGR tint."""
    luma = np.array([0.0722, 0.7152, 0.2126])
    return (np.diag(tint) @ (np.eye(3) * amount + (1 - amount) * np.tile(luma, (3, 1)))).astype(np.float32)


# Pictures


def mul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Product of two 8-bit pictures, 255 being one."""
    return cv2.multiply(a, b, scale=1 / 255)


def screen(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Light `b` laid over `a` as on a projection screen: never clips."""
    return cv2.add(a, mul(cv2.bitwise_not(a), b))


def mix(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> np.ndarray:
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


def level(plane: np.ndarray, gain: float, floor: int = 0) -> np.ndarray:
    """`plane * gain - floor` as one 8-bit plane, nothing below zero."""
    return cv2.subtract(cv2.convertScaleAbs(plane, alpha=gain), floor)


def grey(frame: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)


def small(frame: np.ndarray, factor: int) -> np.ndarray:
    """1/factor of the size, averaged."""
    height, width = frame.shape[:2]
    return shrunk(frame, (max(8, width // factor), max(8, height // factor)))


def fit(frame: np.ndarray, like: np.ndarray) -> np.ndarray:
    return cv2.resize(frame, (like.shape[1], like.shape[0]), interpolation=cv2.INTER_LINEAR)


def blur(frame: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(frame, (0, 0), max(0.3, sigma))


def bloom(
    frame: np.ndarray,
    threshold: int,
    sigma: float,
    amount: float,
    tint: tuple[float, float, float] = (1, 1, 1),
) -> np.ndarray:
    """Light spills from what is brighter than `threshold`; `sigma` in pixels of the full picture."""
    low = cv2.subtract(small(frame, 4), (threshold,) * 3 + (0,))
    factor = 8 if sigma > 12 else 4
    low = blur(small(low, factor // 4), sigma / factor)
    if tint != (1, 1, 1):
        low = cv2.transform(low, np.diag(tint).astype(np.float32))
    return cv2.addWeighted(frame, 1, fit(low, frame), amount, 0)


def vignette(width: int, height: int, amount: float, inner: float = 0.35) -> np.ndarray:
    """A three-plane multiplier for `mul`, round for the picture's own shape, one inside `inner` of the way
    to the corners."""
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    distance = np.sqrt((x * x + y * y) / 2)
    t = np.clip((distance - inner) / (1 - inner), 0, 1)
    return cv2.merge([((1 - amount * t * t * (3 - 2 * t)) * 255).astype(np.uint8)] * 3)


def fringe(frame: np.ndarray, pixels: int) -> np.ndarray:
    """Red moved right and blue moved left by `pixels`: a cheap lens."""
    wide = cv2.copyMakeBorder(frame, 0, 0, pixels, pixels, cv2.BORDER_REPLICATE)
    width = frame.shape[1]
    out = frame.copy()
    cv2.mixChannels([wide[:, 2 * pixels : 2 * pixels + width], wide[:, :width]], [out], [0, 0, 5, 2])
    return out


def noise(rng: np.random.Generator, width: int, height: int, cell: float) -> np.ndarray:
    """Smooth float32 noise, about -1..1, with features of `cell` pixels."""
    rows, columns = max(2, int(height / cell) + 2), max(2, int(width / cell) + 2)
    field = rng.normal(0, 0.5, (rows, columns)).astype(np.float32)
    return cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)


def clouds(rng: np.random.Generator, width: int, height: int, cell: float, octaves: int = 4) -> np.ndarray:
    """Fractal noise in 0..1 that repeats from edge to edge, so that it can scroll for ever."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = max(2.0, cell / 2**octave)
        rows, columns = max(2, round(height / size)), max(2, round(width / size))
        tile = np.pad(rng.normal(0, 1, (rows, columns)).astype(np.float32), 4, mode="wrap")
        zoom_y, zoom_x = height / rows, width / columns
        big = cv2.resize(
            tile, (round((columns + 8) * zoom_x), round((rows + 8) * zoom_y)), interpolation=cv2.INTER_CUBIC
        )
        top, left = round(4 * zoom_y), round(4 * zoom_x)
        total += big[top : top + height, left : left + width] * 0.55**octave
    low, high = np.percentile(total, (2, 98))
    return np.clip((total - low) / (high - low), 0, 1)


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

    def __call__(self, frame: np.ndarray, seconds: float) -> np.ndarray:
        plus, minus = self.fields[int(seconds * 12) % len(self.fields)]
        if frame.ndim == 3:
            plus, minus = cv2.merge([plus] * 3), cv2.merge([minus] * 3)
        return cv2.subtract(cv2.add(frame, plus), minus)
