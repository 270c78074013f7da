"""A photograph as a backdrop: at the hour and season asked for, fitted to the subject, with a slow
parallax."""

import math

import cv2
import numpy as np

from modules.preview.effects.backgrounds.backdrop import Backdrop, Layer
from modules.preview.effects.backgrounds.fitting import Crop, fit
from modules.preview.effects.backgrounds.foreground import with_foreground
from modules.preview.effects.backgrounds.skies import Aurora, DriftingVeil
from modules.preview.effects.looks.hours import Day, Night, Sunset
from modules.preview.effects.looks.seasons import Autumn, Winter
from modules.preview.effects.pixels import Picture, Plane, f32, lerp, merged, mul, to8
from modules.preview.effects.regions import SkyLook, SkyMask, refined
from modules.preview.photographs import Photograph, path_of
from modules.preview.video.compositing import Rectangle
from modules.preview.video.picture_file import read_colour

_HOURS: dict[str, type[Day | Night | Sunset]] = {"day": Day, "night": Night, "sunset": Sunset}
_SWAY = 0.012
"""How far the distance moves to either side: a share of the width."""
_PACE = 0.35
_UNDER_AURORA = (218, 232, 190)
"""What northern lights leave of the colours of a moonlit night: 255 would be all."""


def photographed(
    photograph: Photograph,
    width: int,
    height: int,
    *,
    time: str | None = None,
    snow: bool = False,
    autumn: bool = False,
) -> "Photographed":
    """The backdrop of a photograph, fitted for a frame without a subject until `fitted` is asked."""
    taken = _read(photograph.file)
    picture = at_hour_and_season(taken, photograph, time, snow=snow, autumn=autumn)
    sky = _sky(taken) if photograph.aurora else None
    if sky is not None:
        picture = cv2.transform(picture, np.diag(f32(_UNDER_AURORA) / 255))
    below = photograph.foreground or ""
    other = _read(below) if below.endswith(".jpg") else None
    return Photographed(*with_foreground(picture, photograph, other), width, height, sky=sky)


def _read(file: str) -> Picture:
    return read_colour(path_of(file), f"The photograph {file} could not be read. Nothing was billed.")


def at_hour_and_season(
    picture: Picture, photograph: Photograph, time: str | None, *, snow: bool, autumn: bool
) -> Picture:
    """The photograph as it looks at `time`, snowed under or in autumn, by the looks of those names."""
    kinds: list[type[SkyLook]] = []
    if not photograph.indoor:
        kinds += [Winter] if snow and not photograph.snow else []
        kinds += [Autumn] if autumn and not photograph.snow else []
        kinds += [_HOURS[time]] if time in _HOURS and time != photograph.hour else []
    for kind in kinds:
        look = kind(picture.shape[1], picture.shape[0], 25.0)
        look.weather_on = False
        look.prepare([picture])
        if not photograph.sky:
            look.sky.leave()
        picture = look(picture, 0, 0.0)
    return picture


class Photographed(Backdrop):
    """Call as any backdrop. The distance sways slowly as if the camera moved around the subject: the ground
    under the feet rests, what lies farther away moves more, all that is beyond the horizon alike."""

    def __init__(
        self,
        picture: Picture,
        photograph: Photograph,
        width: int,
        height: int,
        box: Rectangle | None = None,
        sky: Plane | None = None,
    ) -> None:
        """With `sky`, a mask of where it is, there are northern lights in it."""
        self._whole, self._photograph, self._sky = picture, photograph, sky
        crop = fit(photograph, (picture.shape[1], picture.shape[0]), (width, height), box)
        margin = math.ceil(_SWAY * width) + 2
        view = _cut(picture, crop, width, height, margin)
        view = _defocused(view, crop, height, box)
        solid = photograph.ground is not None
        ground = (crop.horizon / height + 0.02) if solid else 2.0
        layers = _mist(photograph, crop, view, (width, len(picture)))
        if sky is not None:
            below = cv2.copyMakeBorder(sky, 0, len(picture) - len(sky), 0, 0, cv2.BORDER_CONSTANT)
            shown = _cut(below, crop, width, height, margin)[:, margin : margin + width]
            layers = (*layers, _AuroraInSky(shown))
        super().__init__(view, width, height, layers, ground=ground)
        self.wet, self.light, self._margin = not solid, photograph.light, margin
        below = round(crop.horizon) if solid and not photograph.indoor else height
        self._horizon = int(np.clip(below, 0, height))
        self._rest = max(crop.feet, self._horizon + 0.25 * height)
        lit = view[max(0, round(crop.horizon - 0.3 * height)) :] if solid else view
        self.sample = cv2.resize(lit, (64, 36), interpolation=cv2.INTER_AREA)

    def fitted(self, box: Rectangle | None) -> "Photographed":
        return Photographed(self._whole, self._photograph, self.width, self.height, box, self._sky)

    def __call__(self, seconds: float) -> Picture:
        w, h, far = self.width, self.height, self._horizon
        sway = _SWAY * w * math.sin(seconds * _PACE)
        frame = np.empty((h, w, 3), np.uint8)
        lean = sway / (self._rest - far)
        bands: tuple[tuple[int, int, float], ...] = ((0, far, 0.0), (far, h, -lean))
        for top, bottom, shear in bands:
            if bottom > top:
                move = f32([[1.0, shear, self._margin + sway], [0.0, 1.0, 0.0]])
                cv2.warpAffine(
                    self._picture[top:bottom],
                    move,
                    (w, bottom - top),
                    dst=frame[top:bottom],
                    flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                    borderMode=cv2.BORDER_REPLICATE,
                )
        for layer in self.layers:
            layer(frame, seconds)
        return frame


class _AuroraInSky:
    """Northern lights where the sky of a frame is, by its mask."""

    def __init__(self, sky: Plane) -> None:
        h, w = sky.shape
        rows = np.flatnonzero(sky.mean(1) > 12)
        self._rows = int(rows.max(initial=8)) + 1
        soft = cv2.GaussianBlur(sky[: self._rows], (0, 0), max(1.0, w / 400))
        self._mask = merged(soft)
        self._aurora = Aurora(w, h, self._rows / h)

    def __call__(self, frame: Picture, seconds: float) -> None:
        light = np.zeros_like(frame[: self._rows])
        self._aurora(light, seconds)
        part = frame[: self._rows]
        cv2.add(part, mul(light, self._mask), dst=part)


def _sky(picture: Picture) -> Plane:
    """Where the sky of a photograph is: from the top down to the first thing before it."""
    finder = SkyMask(picture.shape[1], picture.shape[0])
    found = refined(picture, np.minimum.accumulate(finder.guess(picture), axis=0), 4)
    return np.minimum.accumulate(cv2.GaussianBlur(found, (0, 0), 1.5), axis=0)


def _cut(picture: Picture, crop: Crop, width: int, height: int, margin: int) -> Picture:
    """The crop at the frame's size, with `margin` columns more at both sides; where the photograph ends they
    mirror it."""
    place = f32([[1 / crop.scale, 0.0, crop.x - margin / crop.scale], [0.0, 1 / crop.scale, crop.y]])
    shrunk = picture
    if crop.scale < 0.75:  # no fine detail may be skipped
        shrunk = cv2.GaussianBlur(picture, (0, 0), 0.35 / crop.scale)
    return cv2.warpAffine(
        shrunk,
        place,
        (width + 2 * margin, height),
        flags=(cv2.INTER_CUBIC if crop.scale > 1 else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def _defocused(view: Picture, crop: Crop, height: int, box: Rectangle | None) -> Picture:
    """A lens that is focused on the subject: the nearer it is, the softer the distance; the ground at its
    feet stays sharp."""
    near = 0.5 if box is None else float(np.clip(box.h / height, 0.2, 1.2))
    far = cv2.GaussianBlur(view, (0, 0), max(0.5, height / 720 * (0.5 + 1.1 * near)))
    if crop.feet >= height:
        return far
    rows = np.arange(height, dtype=np.float32)
    reach = max(0.2 * height, crop.feet - crop.horizon)
    sharp = np.clip(1 - np.abs(rows - crop.feet) / reach, 0, 1)[:, None, None]
    return to8(lerp(far.astype(np.float32), view.astype(np.float32), 0.8 * sharp))


def _mist(photograph: Photograph, crop: Crop, view: Picture, sizes: tuple[int, int]) -> tuple[Layer, ...]:
    """Mist for a view; `sizes` are the frame's width and the height of the whole photograph."""
    if photograph.mist is None:
        return ()
    height, (width, rows) = len(view), sizes
    top, bottom = (
        float(np.clip((row * rows - crop.y) * crop.scale / height, 0, 1)) for row in photograph.mist[:2]
    )
    if bottom - top < 0.1:
        return ()
    air = np.percentile(view.reshape(-1, 3)[::97], 88, axis=0)
    return (DriftingVeil(width, height, top, bottom, air, photograph.mist[2], 26, 5),)
