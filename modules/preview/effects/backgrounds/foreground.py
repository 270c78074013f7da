"""Ground laid before a photograph that has none: paving on a quay, snow, or the ground of another
photograph."""

from dataclasses import replace

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush
from modules.preview.effects.pixels import Picture, f32, lerp, to8
from modules.preview.photographs import Photograph

_JOINTS, _RELIEF = 0.34, 0.07


def with_foreground(
    picture: Picture, photograph: Photograph, other: Picture | None
) -> tuple[Picture, Photograph]:
    """A photograph carried on below by its `foreground`, and where things are in it then; `other` is the
    photograph that the foreground is of, if it is of one."""
    if photograph.foreground is None:
        return picture, photograph
    h, w = picture.shape[:2]
    high, top = photograph.foreground_rows
    rows = round(high * h)
    air = f32(picture[-h // 4 :].reshape(-1, 3).mean(0))
    if other is not None:
        strip = _toned(other[round(top * len(other)) :], w, rows, air)
    else:
        strip = _snow(w, rows, air) if photograph.foreground == "snow" else _paving(w, rows, air)
    whole = np.vstack([picture, strip])
    if photograph.foreground == "snow":
        _drifts(whole, picture, rows)
        return whole, _with_ground(photograph, h / (h + rows))
    edge = max(3, h // 300)
    whole[h : h + edge] = (whole[h : h + edge] * 0.55).astype(np.uint8)  # the quay's or the bank's own shadow
    return whole, _with_ground(photograph, h / (h + rows))


def _with_ground(photograph: Photograph, share: float) -> Photograph:
    """What is said of a photograph that is now only the upper `share` of a picture."""
    left, top, right, bottom = photograph.interest
    return replace(
        photograph,
        horizon=photograph.horizon * share,
        ground=share + 0.12 * (1 - share),
        stand=(0.0, 1.0),
        interest=(left, top * share, right, bottom * share),
    )


def _paving(w: int, rows: int, air: Picture) -> Picture:
    """Square slabs that run away from the viewer, in the colour of the air."""
    tone, joints = brush.paving(w, rows, 0.13 * w, 12)
    grain = brush.ground_map(w, rows, 14, w / 30, 5)
    near = np.linspace(0.92, 1.0, rows, dtype=np.float32)[:, None]
    light = np.asarray((near + _RELIEF * tone + 0.06 * grain) * (1 - _JOINTS * joints), np.float32)
    stone = lerp(air / max(1.0, float(air.mean())), f32([1, 1, 1]), 0.35)
    level = float(np.clip(air.mean() * 1.25, 66, 150))
    return to8(cv2.GaussianBlur(light, (0, 0), 0.8)[..., None] * stone * level)


def _snow(w: int, rows: int, air: Picture) -> Picture:
    """Untouched snow with the blue of its hollows, a little brighter than what lies behind."""
    relief = cv2.GaussianBlur(brush.ground_map(w, rows, 21, w / 3, 4), (0, 0), 3)
    fine = brush.ground_map(w, rows, 22, w / 40, 4)
    light = np.clip(0.62 + 0.20 * relief + 0.05 * fine, 0, 1)[..., None]
    level = float(np.clip(air.mean() * 1.5 / 190, 0.25, 1.0))
    cast = lerp(f32([1, 1, 1]), air / max(1.0, float(air.mean())) / f32([1.12, 1.02, 0.86]), 0.6)
    return to8(lerp(f32([176, 138, 104]), f32([250, 240, 230]), light) * level * cast)


def _drifts(whole: Picture, picture: Picture, rows: int) -> None:
    """Lets snow rise in soft drifts before the foot of the picture, in place."""
    h, w = picture.shape[:2]
    high = h // 9
    line = brush.ridge(w, high * 0.95, high * 0.8, 23, 0.42, 4)
    cover = cv2.GaussianBlur(brush.below(line, high, 14.0), (0, 0), 2)
    snow = whole[h : h + high][::-1].astype(np.float32)
    part = whole[h - high : h].astype(np.float32)
    brush.over(part, snow, np.ascontiguousarray(cover, np.float32))
    whole[h - high : h] = to8(part)


def _toned(ground: Picture, w: int, rows: int, air: Picture) -> Picture:
    """A strip of ground at the size that is needed, with some of the colour of the air on it."""
    strip = cv2.resize(ground, (w, rows), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    cast = air / max(1.0, float(air.mean()))
    return to8(strip * lerp(f32([1, 1, 1]), cast, 0.7))
