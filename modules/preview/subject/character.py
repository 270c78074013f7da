"""A character out of reference pictures: a cut-out from the front, and a view for when it walks."""

import numpy as np

from modules.preview.subject.cutout import cut_out
from modules.preview.subject.networks import Segmentation
from modules.preview.video.arrays import Picture

_TURN_AWAY, _TURN_BACK = 0.055, 0.02
"""Sideways speeds, in frame widths a second, from which a character turns to where it walks, and below
which it turns back."""


class Character:
    """`front` as premultiplied BGRA, cropped to what is opaque, and `view`, the first reference picture
    that is cut as it is, if any. `cut`: the sides of its picture that cut it; `unused`: how many reference
    pictures are of no use here."""

    def __init__(self, frontal: str, references: tuple[str, ...], network: Segmentation) -> None:
        front = cut_out(frontal, network)
        self.front, self.cut = front.picture, front.cut
        cuts = (cut_out(path, network) for path in references)
        self.view = next((one.picture for one in cuts if one.kind == front.kind != "part"), None)
        self.unused = len(references) - (self.view is not None)
        self._ways = {0: self.front}  # by where it walks: -1 left, 1 right
        if self.view is not None:
            ahead = 1 if _faces_right(self.view) else -1
            self._ways |= {ahead: self.view, -ahead: np.ascontiguousarray(self.view[:, ::-1])}
        self._way = 0

    @property
    def bust(self) -> bool:
        """Whether the lower edge of its picture cuts it: it has nothing to stand on."""
        return "bottom" in self.cut

    @property
    def head(self) -> float:
        """Where the head is across the front view, as a share of its width."""
        return _head(self.front)

    def face(self, side: str) -> None:
        """A character that an edge cut on one side only is mirrored for that side to lie on `side`."""
        other = {"left": "right", "right": "left"}[side]
        if other in self.cut and side not in self.cut:
            self.cut = frozenset(self.cut - {other} | {side})
            self.front = np.ascontiguousarray(self.front[:, ::-1])
            self._ways = {0: self.front}

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
    body = solid.sum(0)
    return bool(_head(view) * view.shape[1] >= (body * columns).sum() / max(1, body.sum()))


def _head(view: Picture) -> float:
    """The middle of the upper quarter's opaque part, as a share of the width."""
    solid = view[: max(1, view.shape[0] // 4), :, 3].sum(0, dtype=np.float32)
    return float((solid * np.arange(len(solid))).sum() / max(1.0, float(solid.sum())) / len(solid))
