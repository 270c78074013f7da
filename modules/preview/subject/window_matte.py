"""The matte of one subject by a network that sees a window which follows it, corrected by what the samples
tell: the subject's colours and the clean plate."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

import cv2
import numpy as np

from modules.preview.subject.camera_path import camera_path, camera_stands
from modules.preview.subject.clean_plate import hidden_by, still_clean_plate, unseen_share
from modules.preview.subject.colour_matte import ColourOdds, learn_colour_odds
from modules.preview.subject.detection import NET_SIDE, Box, Detection, SubjectMask, detect_subject
from modules.preview.subject.guided_filter import TemporalFilter, guided
from modules.preview.subject.look_memory import ahead
from modules.preview.subject.moving_plate import MovingCleanPlate
from modules.preview.subject.networks import Segmentation
from modules.preview.subject.separation import compare_with_plate, separate_moving
from modules.preview.video.arrays import Mask, Picture, Plane, Rect, Soft
from modules.preview.video.scaling import Reduction, area_resize

_NET_SIZE = (NET_SIDE, NET_SIDE)
_PLATE_SIDE = 320  # long side of the copies in which the clean plate is looked up when the camera moves
_CUT_LEVELS = 34  # mean difference of two frames, 0..255, that only a cut makes
_MOSTLY = 0.5  # of a rough matte, what a better one has to keep of it
_LOOK_AGAIN = 6  # frames without the subject after which the whole frame is searched


class Finder(Protocol):
    """Looks for the subject in a whole frame, and says which window to follow it in."""

    tiled: bool

    def find(self, frame: Picture) -> Detection | None: ...
    def window_around(self, box: Box | None) -> Rect: ...


class Source(Protocol):
    """The subject's probability in a window, 256x256, frame after frame."""

    def __call__(self, small: Picture, grey: Plane) -> Soft: ...
    def look(self, small: Picture) -> Soft: ...
    def move(self, old: Rect, new: Rect) -> None: ...
    def forget(self) -> None: ...


class SelfieSource:
    """The selfie network: quick enough for every frame, so nothing is carried over."""

    def __init__(self, network: Segmentation) -> None:
        self._network = network

    def __call__(self, small: Picture, grey: Plane) -> Soft:
        return self.look(small)

    def look(self, small: Picture) -> Soft:
        return self._network.square(small)

    def move(self, old: Rect, new: Rect) -> None:
        pass

    def forget(self) -> None:
        pass


class WindowMatte:
    """`learn` once from samples, then call with every frame in order."""

    def __init__(
        self, width: int, height: int, finder: Finder, source: Source, *, wavers: bool = True
    ) -> None:
        """`wavers`: the network's answer may hold what only looks like the subject, so its colours correct
        it."""
        self.width, self.height, self._wavers = width, height, wavers
        self.clean_plate: Picture | MovingCleanPlate | None = None
        self.sample_mattes: list[Plane] = []
        self.unseen = 0.0
        self.cuts = 0
        self._finder, self._source = finder, source
        self._odds: ColourOdds | None = None
        self._window: Rect | None = None
        self._box: Box | None = None
        self._lost = 0
        self._tiny: Picture | None = None
        self._temporal = TemporalFilter(0.3, 24)
        # For comparison with the network's answer: of a still camera the plate and where it is known, as seen
        # through a window; of a moving camera the plate at a small size.
        self._still_plate: tuple[Picture, Mask] | None = None
        self._in_window: tuple[Rect, Picture, Mask] | None = None
        self._moving_plate: MovingCleanPlate | None = None
        self._reduced = Reduction(width, height, _PLATE_SIDE)

    def learn(self, samples: Sequence[Picture], rough: Sequence[Plane], wants_plate: bool) -> None:
        """What samples and their rough mattes tell together: the subject's colours, and the clean plate."""
        pictures, rough = list(samples), list(rough)
        poses = camera_path(pictures, [hidden_by(matte) for matte in rough])
        better = separate_moving(pictures, rough, poses) if len(poses) == len(pictures) > 3 else None
        if better and _kept(better[0], rough) < _MOSTLY:
            better = None  # the subject itself hardly moves before a camera that does
        self.sample_mattes = better[0] if better else rough
        pairs = zip(pictures, self.sample_mattes, strict=True)
        if better or self._wavers:
            self._odds = learn_colour_odds(pairs, sure=better is not None)
        if camera_stands(poses, len(pictures), self.width):
            self._still_plate = still_clean_plate(pictures, self.sample_mattes)
        if self._still_plate is not None:
            self.clean_plate = self._still_plate[0]
            self.unseen = unseen_share(self.sample_mattes, self._still_plate[1])
        elif better is not None:
            mattes, lasting = better
            if wants_plate:
                self.clean_plate = MovingCleanPlate.of(pictures, mattes, poses, lasting)
            small = [[self._reduced(one) for one in group] for group in (pictures, mattes, lasting)]
            path = [self._reduced.small(pose) for pose in poses]
            self._moving_plate = MovingCleanPlate.of(small[0], small[1], path, small[2], kept=0, least=0.2)
        elif wants_plate and len(poses) == len(pictures) > 2:
            self.clean_plate = MovingCleanPlate.of(pictures, self.sample_mattes, poses)
        if isinstance(self.clean_plate, MovingCleanPlate):
            self.unseen = self.clean_plate.unseen(self.sample_mattes)

    def begin_at(self, box: Box, first: Picture) -> None:
        """Where the subject is in the first frame, when that is known already; there the network begins to
        look."""
        self._box, self._window = box, self._finder.window_around(box)
        x, y, w, h = self._window
        ahead(partial(self._source.look, _net_sized(first[y : y + h, x : x + w])))

    def __call__(self, frame: Picture) -> SubjectMask:
        if self._is_cut(frame):
            self.cuts += 1
            self._look(frame)
        window = self._window or self._look(frame)
        x, y, w, h = window
        view = frame[y : y + h, x : x + w]
        small = _net_sized(view)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        raw = self._source(small, grey)
        found = detect_subject(raw, window, tile=(w < self.width), loose=True)
        alpha = np.zeros((self.height, self.width), np.uint8)
        if found is None:
            self._lost += 1
            if self._lost > _LOOK_AGAIN and self._lost % _LOOK_AGAIN == 1:
                self._look(frame)
            if self._temporal.last is None:
                return SubjectMask(alpha, self._box, None, self._lost)
            raw = self._temporal.last * np.float32(0.6)
        else:
            self._lost = 0
            raw = self._corrected(raw * found.mask, small, window, frame)
        raw = self._temporal(raw, grey)
        # A small subject on busy ground: its texture must not lead the edge.
        alpha[y : y + h, x : x + w] = (
            guided(raw, grey, view, 3, 2e-3, fine=False) if self._finder.tiled else guided(raw, grey, view)
        )
        if found is not None:
            self._follow(found.box, window)
        return SubjectMask(alpha, self._box, window, self._lost)

    def _is_cut(self, frame: Picture) -> bool:
        """Whether another scene begins with this frame."""
        tiny = cv2.resize(frame, (32, 18), interpolation=cv2.INTER_AREA)
        before, self._tiny = self._tiny, tiny
        return before is not None and float(cv2.absdiff(tiny, before).mean()) > _CUT_LEVELS

    def _corrected(self, raw: Soft, small: Picture, window: Rect, frame: Picture) -> Soft:
        if self._odds is not None:
            raw = self._odds.corrected(raw, small)
        if self._still_plate is not None:
            return self._against_still(raw, small, window, *self._still_plate)
        if self._moving_plate is not None:
            return self._against_moving(raw, small, window, frame, self._moving_plate)
        return raw

    def _look(self, frame: Picture) -> Rect:
        """Find the subject anew; the window round it."""
        found = self._finder.find(frame)
        if found is not None:
            self._box = found.box
        self._window = self._finder.window_around(found.box if found else None)
        self._temporal.forget()
        self._source.forget()
        return self._window

    def _against_still(self, raw: Soft, small: Picture, window: Rect, plate: Picture, known: Mask) -> Soft:
        if self._in_window is None or self._in_window[0] != window:
            x, y, w, h = window
            part = np.s_[y : y + h, x : x + w]
            empty = area_resize(plate[part], _NET_SIZE)
            seen = cv2.resize(known[part].astype(np.uint8) * 255, _NET_SIZE) > 200
            self._in_window = window, empty, seen
        return compare_with_plate(raw, small, *self._in_window[1:])

    def _against_moving(
        self, raw: Soft, small: Picture, window: Rect, frame: Picture, plate: MovingCleanPlate
    ) -> Soft:
        view = self._reduced(frame)
        (width, height), zoom = view.shape[1::-1], view.shape[1] / self.width
        x, y, w, h = (round(side * zoom) for side in window)
        w, h = min(w, width - x), min(h, height - y)
        hidden = np.zeros((height, width), np.uint8)
        hidden[y : y + h, x : x + w] = cv2.resize(cv2.convertScaleAbs(raw, alpha=255), (w, h))
        empty, missing = plate.seen(view, hidden, np.full((h, w), 255, np.uint8), (x, y, w, h))
        seen = cv2.resize(missing, _NET_SIZE) < 20
        return compare_with_plate(raw, small, cv2.resize(empty, _NET_SIZE), seen, moves=True)

    def _follow(self, box: Box, window: Rect) -> None:
        self._box = box if self._box is None else self._box.towards(box, 0.25)
        wanted = self._finder.window_around(self._box)
        x, y, w, h = window
        # The window moves in steps: a moving window would make the average in time meaningless.
        if (
            max(abs(wanted[0] - x), abs(wanted[1] - y)) > 0.06 * w
            or (wanted[3] != h and 0.82 < wanted[3] / h < 1.22)
            or not 0.82 < wanted[2] / w < 1.22
        ):
            self._temporal.move(window, wanted)
            self._source.move(window, wanted)
            self._window = wanted


def _kept(better: list[Plane], rough: list[Plane]) -> float:
    """The usual share of the rough mattes that is left in the better ones."""
    pairs = [(new, old > 128) for new, old in zip(better, rough, strict=True) if (old > 128).any()]
    return float(np.median([(new[old] > 128).mean() for new, old in pairs] or [0.0]))


def _net_sized(view: Picture) -> Picture:
    """At the network's size; exact halves first, which is several times quicker than one odd step."""
    while view.shape[0] >= 2 * NET_SIDE and view.shape[1] >= 2 * NET_SIDE:
        view = area_resize(view, (view.shape[1] // 2, view.shape[0] // 2))
    return cv2.resize(view, _NET_SIZE, interpolation=cv2.INTER_LINEAR)
