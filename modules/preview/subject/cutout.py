"""A reference picture as a cut-out: by its own transparency, as a person, as the object that stands out, or
by GrabCut round its middle."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from modules.preview.subject.colour_matte import grab_cut, grabbed
from modules.preview.subject.detection import LIKELY, NET_SIDE, agreement, detect_subject
from modules.preview.subject.guided_filter import guided
from modules.preview.subject.networks import Segmentation, salience
from modules.preview.video.arrays import Picture, Plane, Rect, Soft, square
from modules.preview.video.compositing import weighted
from modules.preview.video.picture_file import read_colour
from modules.preview.video.scaling import area_resize

_LONG_SIDE = 900
_CUT = 0.14
"""Of the figure's own length, how much of it a picture's edge must meet to have cut it."""
_FEET_CUT = 0.3
"""The same for the lower edge, where a whole figure's feet or its base may touch."""
_SAME = 0.7
"""IoU from which two answers of networks mean the same thing."""
_SHARES = (0.01, 0.92)
"""Of a reference picture, what its object may fill."""


@dataclass(frozen=True)
class CutOut:
    """A figure as premultiplied BGRA, cropped to what is opaque, and the sides of its picture that cut it:
    top, bottom, left, right."""

    picture: Picture
    cut: frozenset[str] = frozenset()

    @property
    def kind(self) -> Literal["whole", "bust", "part"]:
        """`bust`: the lower edge cuts it; `part`: only other edges do."""
        return "bust" if "bottom" in self.cut else "part" if self.cut - {"top"} else "whole"


def cut_out(path: str, network: Segmentation) -> CutOut:
    """The figure that a picture shows. RenderError when the picture cannot be read."""
    picture = read_colour(
        path, "An element's picture could not be read. Nothing was billed. Attach it again as PNG or JPEG."
    )
    scale = _LONG_SIDE / max(picture.shape[:2])
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    colour = np.ascontiguousarray(picture[..., :3])
    own = picture.shape[2] == 4 and float((picture[..., 3] < 128).mean()) > 0.02
    alpha = picture[..., 3].copy() if own else _matte(colour, network)
    rows, columns = np.flatnonzero((alpha > 60).any(1)), np.flatnonzero((alpha > 60).any(0))
    if len(rows) < 8 or len(columns) < 8:
        alpha = _oval(colour.shape[:2])
        rows, columns = np.arange(colour.shape[0]), np.arange(colour.shape[1])
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cut = _ends_of_transparent(alpha[part]) if own else _sides_that_cut(alpha, alpha[part].shape)
    colour, alpha = _clean_rim(colour, alpha)[part], alpha[part].copy()
    _soften_cuts(alpha, cut)
    return CutOut(np.dstack([weighted(colour, alpha), alpha]), cut)


def _matte(colour: Picture, network: Segmentation) -> Plane:
    """What the networks see in a window round the object; a person and an object that overlap are one, as
    far as both are sure of it."""
    x, y, w, h = _window(colour)
    near = colour[y : y + h, x : x + w]
    person, thing = _person(near, network), _object(near)
    if person is None and thing is None:
        return _thing(colour)
    if person is not None and thing is not None and agreement(person > LIKELY, thing > LIKELY) > _SAME:
        raw = np.sqrt(person * thing)
    else:
        raw = person if person is not None else thing
        assert raw is not None
    scale = NET_SIDE / max(w, h)
    size = (max(8, round(w * scale)), max(8, round(h * scale)))
    alpha = np.zeros(colour.shape[:2], np.uint8)
    grey = cv2.cvtColor(area_resize(near, size), cv2.COLOR_BGR2GRAY)
    alpha[y : y + h, x : x + w] = guided(raw, grey, near, radius=3)
    return alpha


def _person(colour: Picture, network: Segmentation) -> Soft | None:
    """The probability of a person of whom the network is sure, whichever way the picture faces."""
    small = area_resize(colour, (NET_SIDE, NET_SIDE))
    first, second = network.square(small), network.square(np.ascontiguousarray(small[:, ::-1]))[:, ::-1]
    raw = (first + second) * np.float32(0.5)
    agree = (np.minimum(first, second) > LIKELY).sum() / max(1, (np.maximum(first, second) > LIKELY).sum())
    found = detect_subject(raw, (0, 0, NET_SIDE, NET_SIDE), loose=True)
    share = float((raw > LIKELY).mean())
    sure = float(raw[raw > LIKELY].mean()) if share else 0.0
    if found is None or agree < 0.8 or not 0.05 < share < 0.85 or sure < 0.9:
        return None
    return (raw * found.mask).astype(np.float32)


def _object(colour: Picture) -> Soft | None:
    """The probability of the object that stands out."""
    return _largest(cv2.resize(salience(colour), (NET_SIDE, NET_SIDE)))


def _window(colour: Picture) -> Rect:
    """The part of a picture to look at for details: round the object that stands out, with a margin, or all
    of it."""
    height, width = colour.shape[:2]
    raw = _object(colour)
    if raw is None:
        return 0, 0, width, height
    sides: list[tuple[int, int]] = []
    for axis, length in ((0, width), (1, height)):
        line = np.flatnonzero((raw > 0.3).any(axis))
        margin = (line[-1] - line[0]) / 7 + 6
        first, last = ((value * length) / NET_SIDE for value in (line[0] - margin, line[-1] + 1 + margin))
        sides.append((max(0, int(first)), min(length, int(last) + 1)))
    (left, right), (top, bottom) = sides
    return left, top, right - left, bottom - top


def _largest(raw: Soft) -> Soft | None:
    """The largest sure piece with its soft rim, and other pieces that are hardly smaller; None when there is
    none of a figure's size."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((raw > LIKELY).astype(np.uint8))
    if count < 2:
        return None
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept = areas > 0.3 * areas.max()
    part = kept[labels]
    share = float(part.mean())
    if not _SHARES[0] < share < _SHARES[1] or float(raw[part].mean()) < 0.75:
        return None
    return (raw * cv2.dilate(part.astype(np.uint8), square(9))).astype(np.float32)


def _sides_that_cut(alpha: Plane, size: tuple[int, ...]) -> frozenset[str]:
    """The edges of a picture that its figure, `size` (height, width) large, runs into."""
    deep = max(2, round(max(alpha.shape) * 0.006))
    met = {
        "top": (alpha[:deep] > 128).any(0).sum() / (_CUT * size[1]),
        "bottom": (alpha[-deep:] > 128).any(0).sum() / (_FEET_CUT * size[1]),
        "left": (alpha[:, :deep] > 128).any(1).sum() / (_CUT * size[0]),
        "right": (alpha[:, -deep:] > 128).any(1).sum() / (_CUT * size[0]),
    }
    return frozenset(side for side, share in met.items() if share > 1)


def _thing(colour: Picture) -> Plane:
    """GrabCut: the middle is the thing, the border is not; then edges as fine as the picture's."""
    h, w = colour.shape[:2]
    scale = 180 / max(h, w)
    small = area_resize(colour, (max(8, round(w * scale)), max(8, round(h * scale))))
    sh, sw = small.shape[:2]
    marks = np.full((sh, sw), cv2.GC_PR_BGD, np.uint8)
    y, x = np.mgrid[-1 : 1 : sh * 1j, -1 : 1 : sw * 1j]
    far = x * x + y * y
    marks[far < 0.62] = cv2.GC_PR_FGD
    marks[far < 0.07] = cv2.GC_FGD
    marks[np.maximum(abs(x), abs(y)) > 0.96] = cv2.GC_BGD
    grab_cut(small, marks, 3)
    solid = grabbed(marks).astype(np.uint8)
    solid = cv2.morphologyEx(
        cv2.morphologyEx(solid, cv2.MORPH_OPEN, square(3)),
        cv2.MORPH_CLOSE,
        square(9),
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    if count < 2:
        return _oval((h, w))
    top = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    outline, _ = cv2.findContours((labels == top).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    solid = cv2.drawContours(np.zeros_like(solid), outline, -1, 1, -1)
    if solid.mean() < 0.06:
        return _oval((h, w))
    return guided(
        cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 1.2),
        cv2.cvtColor(small, cv2.COLOR_BGR2GRAY),
        colour,
        radius=3,
    )


def _oval(size: tuple[int, int]) -> Plane:
    """When nothing stands out, a soft oval is better than a ragged cut-out."""
    y, x = np.mgrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j]
    return (255 * np.clip((0.98 - (x * x + y * y)) * 6, 0, 1)).astype(np.uint8)


def _clean_rim(colour: Picture, alpha: Plane) -> Picture:
    """Half-transparent pixels take the colour of the solid ones beside them, so that the old surroundings
    leave no halo."""
    height, width = alpha.shape
    half = (max(1, width // 2), max(1, height // 2))  # colours that are blurred anyway
    solid = (area_resize(alpha, half) > 235).astype(np.float32)
    sigma = max(1.0, height / 320)
    weight = cv2.GaussianBlur(solid, (0, 0), sigma)
    near = cv2.GaussianBlur(
        area_resize(colour, half).astype(np.float32) * solid[..., None],
        (0, 0),
        sigma,
    )
    near = np.clip(near / np.maximum(weight, 1e-3)[..., None], 0, 255).astype(np.uint8)
    take = ((cv2.resize(weight, (width, height)) > 0.02) & (alpha <= 235)).astype(np.uint8)
    out = colour.copy()
    cv2.copyTo(cv2.resize(near, (width, height)), take, out)
    return out


def _ends_of_transparent(alpha: Plane) -> frozenset[str]:
    """What cut a figure that came cut out already, often with no margin: a whole one may fill its picture
    too, so only a broad straight lower end, of a shape that no standing body has, tells half a figure."""
    height, width = alpha.shape
    end = float((alpha[-max(2, height // 160) :] > 128).any(0).mean())
    return frozenset({"bottom"} if end > 0.6 and width > 0.5 * height else ())


def _soften_cuts(alpha: Plane, cut: frozenset[str]) -> None:
    """A figure cut by the sides or the top of its picture ends softly there, in place; what the lower edge
    cuts stays straight, for the frame's edge to lie on. Where two edges meet, the corner is rounded."""
    width = alpha.shape[1]
    run = max(4, width // 14)
    ramp = np.linspace(0, 1, run) ** 0.8
    if "left" in cut and "bottom" in cut:
        alpha[:, :run] = (alpha[:, :run] * ramp).astype(np.uint8)
    if "right" in cut and "bottom" in cut:
        alpha[:, -run:] = (alpha[:, -run:] * ramp[::-1]).astype(np.uint8)
    if "top" in cut:
        _round_top(alpha, cut)


def _round_top(alpha: Plane, cut: frozenset[str]) -> None:
    """A figure that the upper edge cuts ends in a soft arc there, lower towards a side that cuts it too."""
    height, width = alpha.shape
    across = np.flatnonzero(alpha[: max(2, height // 90)].max(0) > 60)
    columns, last = np.arange(width), int(across[-1])
    x = np.clip((columns - across[0]) / max(1, last - across[0]), 0, 1) * 2 - 1
    deep = np.where(x < 0, 0.42 if "left" in cut else 0.07, 0.42 if "right" in cut else 0.07)
    lower = height * deep * (1 - np.sqrt(np.clip(1 - np.abs(x) ** 2.4, 0, 1)))
    beyond = np.maximum(across[0] - columns, columns - last).astype(np.float32)
    lower = np.where(beyond > 0, np.maximum(0, lower - 1.2 * beyond), lower)
    rows = np.arange(height, dtype=np.float32)[:, None]
    keep = np.clip((rows - lower[None]) / max(4.0, 0.02 * height), 0, 1)
    alpha[:] = (alpha * np.where(lower[None] > 0, keep, 1)).astype(np.uint8)
