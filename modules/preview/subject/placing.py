"""Where a cut-out goes in the frame: on the ground in another's place or beside it, in the foreground cut by
the frame's lower edge, or looking in from a side."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from modules.preview.subject.detection import Box

Stance = Literal["stands", "takes_place", "foreground", "looks_in"]
"""`stands`: on its feet; `takes_place`: cut by the frame as the one before; the other two: near the camera,
half a figure where a whole one was."""
_NEAR_EDGE = 0.86
"""Of the frame's height: feet below stand so near to the edge that it may as well cut whom they belong to."""
_CUT_EDGE = 0.985
"""Of the frame's height: feet below are taken to be out of the frame."""
_LARGE = 0.62
"""Of the frame's height, from which a subject is so large that half a figure may take its place."""
_TALL = 0.64
"""Of the frame's height, what half a figure in the foreground takes."""
_ALONG = 0.6
"""Of the subject's way to the side, how much of it the foreground goes along."""
_UPRIGHT = 0.75
"""Width by height, up to which a figure is as tall as the body that it replaces."""


@dataclass(frozen=True)
class Place:
    """The middle, the lower edge and the size of a cut-out, in pixels; `grounded` when it has a shadow."""

    centre: float
    foot: float
    tall: float
    wide: float
    grounded: bool = False


def stance(cut: Collection[str], box: Box | None, height: int, *, joins: bool = False) -> Stance:
    """How a figure that its picture cuts on some sides can take part beside (`joins`) or instead of a subject
    in `box`."""
    sides = {"left", "right"} & set(cut)
    if "bottom" not in cut:
        return "looks_in" if len(sides) == 1 else "foreground" if sides else "stands"
    near = _CUT_EDGE if joins else _NEAR_EDGE
    if box is None or box.y + box.h > near * height or box.h > _LARGE * height:
        return "takes_place"
    return "foreground"


class Placing:
    """The place of a cut-out in frames of one size, by the box of the subject that it follows."""

    def __init__(self, width: int, height: int, fps: float) -> None:
        self.width, self.height, self.fps = width, height, fps
        self.usual: Box | None = None
        self.covers = False
        """Whether a figure near the camera should hide where the subject was, for nobody knows what is
        behind it."""
        self._along: float | None = None
        self._side: str | None = None

    def side(self, box: Box, asked: str | None) -> str:
        """The side for someone who joins: as asked, else where the room is; kept."""
        if self._side is None:
            self._side = asked or ("left" if box.centre[0] > self.width / 2 else "right")
        return self._side

    def stands(self, box: Box, shape: float) -> Place:
        """In the subject's place: on its feet and of its height. What is wider than a body keeps to the
        body's area rather than to its height."""
        usual = self.usual or box
        tall, foot = box.h, box.y + box.h
        if shape > _UPRIGHT:
            room = float(np.clip(usual.w / max(1.0, usual.h), _UPRIGHT, 1.5))
            tall *= min(1.0, (room / shape) ** 0.8)
        elif self._cut_by_frame:  # so it does the figure, of the subject's width
            tall = box.h * float(np.clip(0.95 * usual.w / (shape * usual.h), 1.0, 2.4))
            foot = box.y + tall
        return Place(box.centre[0], foot, tall, tall * shape, foot < self.height - 6)

    @property
    def _cut_by_frame(self) -> bool:
        return self.usual is not None and self.usual.y + self.usual.h > _CUT_EDGE * self.height

    def takes_place(self, box: Box, shape: float, head: float = 0.5) -> Place:
        """Its head, at a share `head` of its width, about where the subject's was, cut by the frame's lower
        edge; its size does not change."""
        usual = self.usual or box
        top = max(usual.y, 0.06 * self.height)
        spare = 0.12 * (self.height - top)
        tall = max(self.height + 2 - top, 0.45 * self.height)
        place = self._on_edge(box.centre[0], tall + spare, shape)
        place = replace(place, centre=place.centre + (0.5 - head) * 0.8 * place.wide)
        shift = 0.7 * float(np.clip(box.y - usual.y, -spare, 2 * spare))
        return replace(place, foot=max(place.foot + spare + shift, self.height + 2))

    def foreground(self, box: Box, shape: float) -> Place:
        """Large, cut by the frame's lower edge, and softly going along with the subject."""
        place = self._on_edge(0.0, _TALL * self.height, shape)
        middle = self.width / 2
        room = max(0.0, middle - 0.42 * place.wide)
        along = 1.0 if self.covers else _ALONG
        goal = middle + float(np.clip(along * (box.centre[0] - middle), -room, room))
        if self._along is None:
            self._along = goal
        self._along += (goal - self._along) * min(1.0, 1.6 / self.fps)
        return replace(place, centre=self._along)

    def looks_in(self, side: str, shape: float, most: float = 1.0) -> Place:
        """From a side of the frame, on which the side lies that its picture cut; the lower part is out of the
        frame. `most`: how much of the frame's width it may take."""
        least = min(0.9 * self.width, 0.32 * self.height * shape)  # in an upright frame
        wide = max(least, min(0.62 * self.width, _TALL * self.height * shape))
        if self.covers and self.usual is not None:
            far = self.usual.x + self.usual.w if side == "left" else self.width - self.usual.x
            wide = float(np.clip(1.08 * far, wide, min(0.94 * self.width, 0.98 * self.height * shape)))
        wide = min(wide, most * self.width)
        tall = wide / shape
        inner = wide / 2 - 0.02 * wide - 3  # its soft edge and its sway are out of the frame
        centre = inner if side == "left" else self.width - inner
        return Place(centre, self.height + 0.1 * tall, tall, wide)

    def beside(self, place: Place, box: Box, side: str) -> Place:
        """The same next to the subject rather than in its place."""
        if place.wide > 0.46 * self.width:
            share = 0.46 * self.width / place.wide
            foot = place.foot if place.grounded else min(place.foot, self.height + 2)
            place = replace(place, foot=foot, tall=place.tall * share, wide=place.wide * share)
        reach = box.w * 0.55 + place.wide * 0.52
        centre = box.centre[0] + (reach if side == "right" else -reach)
        return replace(place, centre=float(np.clip(centre, place.wide * 0.3, self.width - place.wide * 0.3)))

    def aside(self, place: Place, side: str) -> Place:
        """The same in one half of the frame, for the subject to be seen in the other; in an upright frame it
        takes a little more."""
        most = max(0.5 * self.width, 0.3 * self.height * place.wide / place.tall)
        share = min(1.0, most / place.wide)
        wide = place.wide * share
        centre = 0.46 * wide if side == "left" else self.width - 0.46 * wide
        return replace(place, centre=centre, tall=place.tall * share, wide=wide)

    def _on_edge(self, centre: float, tall: float, shape: float) -> Place:
        tall = min(tall, 0.94 * self.width / shape)
        if self.covers and self.usual is not None:
            wide = min(1.25 * self.usual.w, 0.94 * self.width)
            tall = max(tall, min(wide / shape, 0.94 * self.height))
        return Place(centre, self.height + 2, tall, tall * shape)
