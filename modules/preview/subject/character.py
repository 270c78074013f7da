"""A reference picture as a cut-out: its own transparency, the person matte, or GrabCut around the middle."""

import cv2
import numpy as np
from numpy.typing import NDArray

from modules.preview.subject.colour_matte import grab_cut, grabbed
from modules.preview.subject.detection import detect_subject
from modules.preview.subject.guided_filter import guided
from modules.preview.subject.networks import Segmentation
from modules.preview.video.arrays import Picture, Plane, square
from modules.preview.video.compositing import weighted
from modules.preview.video.picture_file import read_colour
from modules.preview.video.scaling import area_resize

_LONG_SIDE = 900
_TURN_AWAY, _TURN_BACK = 0.055, 0.02
"""Sideways speeds, in frame widths a second, from which a character turns to where it walks, and below
which it turns back."""


class Character:
    """`front` as premultiplied BGRA, cropped to what is opaque, and `view`, the first reference picture
    that is cut as it is, if any. `bust` says that the lower edge of the picture cuts it; `unused`, how
    many reference pictures are of no use here."""

    def __init__(self, frontal: str, references: tuple[str, ...], network: Segmentation) -> None:
        self.front, self.bust = cut_out(frontal, network)
        cuts = (cut_out(path, network) for path in references)
        self.view = next((view for view, bust in cuts if bust == self.bust), None)
        self.unused = len(references) - (self.view is not None)
        self._ways = {0: self.front}  # by where it walks: -1 left, 1 right
        if self.view is not None:
            ahead = 1 if _faces_right(self.view) else -1
            self._ways |= {ahead: self.view, -ahead: np.ascontiguousarray(self.view[:, ::-1])}
        self._way = 0

    def towards(self, speed: float) -> Picture:
        """The view for a sideways speed in frame widths a second: a reference view while walking, mirrored to
        look ahead.

        It turns away at _TURN_AWAY and back only below _TURN_BACK, so that an uneven walk does not make it
        flicker between views.
        """
        if abs(speed) > _TURN_AWAY:
            self._way = 1 if speed > 0 else -1
        elif abs(speed) < _TURN_BACK or speed * self._way < 0:
            self._way = 0
        return self._ways.get(self._way, self.front)


def _faces_right(view: Picture) -> bool:
    """Heads lead: the opaque part of the upper third lies on the side the character looks to."""
    solid = view[..., 3].astype(np.float32)
    columns = np.arange(view.shape[1])
    head = solid[: max(1, view.shape[0] // 4)].sum(0)
    body = solid.sum(0)
    lead = (head * columns).sum() / max(1, head.sum())
    return bool(lead >= (body * columns).sum() / max(1, body.sum()))


def cut_out(path: str, network: Segmentation) -> tuple[Picture, bool]:
    """(premultiplied BGRA uint8 cropped to the character, whether the lower edge cuts it). RenderError when
    the picture cannot be read."""
    picture = read_colour(
        path, "An element's picture could not be read. Nothing was billed. Attach it again as PNG or JPEG."
    )
    scale = _LONG_SIDE / max(picture.shape[:2])
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    colour = np.ascontiguousarray(picture[..., :3])
    if picture.shape[2] == 4 and (picture[..., 3] < 128).mean() > 0.02:
        alpha = picture[..., 3].copy()
    else:
        person = _person(colour, network)
        alpha = _thing(colour) if person is None else person
    rows, columns = np.flatnonzero((alpha > 60).any(1)), np.flatnonzero((alpha > 60).any(0))
    if len(rows) < 8 or len(columns) < 8:
        alpha = _oval(colour.shape[:2])
        rows, columns = np.arange(colour.shape[0]), np.arange(colour.shape[1])
    bust = bool(rows[-1] >= colour.shape[0] - 3)
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    colour, alpha = _clean_rim(colour, alpha)[part], alpha[part].copy()
    if bust:
        _fade_cut_sides(alpha, columns, picture.shape[1])
    return np.dstack([weighted(colour, alpha), alpha]), bust


def _person(colour: Picture, network: Segmentation) -> Plane | None:
    small = area_resize(colour, (256, 256))
    first, second = network.square(small), network.square(np.ascontiguousarray(small[:, ::-1]))[:, ::-1]
    raw = (first + second) * np.float32(0.5)
    agree = (np.minimum(first, second) > 0.5).sum() / max(1, (np.maximum(first, second) > 0.5).sum())
    found = detect_subject(raw, (0, 0, 256, 256), loose=True)
    share = float((raw > 0.5).mean())
    sure = float(raw[raw > 0.5].mean()) if share else 0.0
    if found is None or agree < 0.8 or not 0.05 < share < 0.85 or sure < 0.9:
        return None
    return guided(raw * found.mask, cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), colour)


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


def _fade_cut_sides(alpha: Plane, columns: NDArray[np.intp], width_before: int) -> None:
    """A character cut by the sides of its picture ends softly there, in place."""
    width = alpha.shape[1]
    run = max(4, width // 14)
    ramp = np.linspace(0, 1, run) ** 0.8
    if columns[0] <= 2:
        alpha[:, :run] = (alpha[:, :run] * ramp).astype(np.uint8)
    if columns[-1] >= width_before - 3:
        alpha[:, -run:] = (alpha[:, -run:] * ramp[::-1]).astype(np.uint8)
