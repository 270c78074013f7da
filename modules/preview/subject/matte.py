"""Where the subject is: a soft matte per frame, from MediaPipe's selfie segmentation run on a window that
follows the subject.

The network alone fails on wide shots, so `prepare` looks for the subject in the whole frame first (people who
are seen whole are left to the pose network, which draws limbs better), then in tiles where things move, and
last with colours learnt around what moves near the middle (for drawn characters). Apache-2.0 weights, see
weights/README.md.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest

import cv2
import numpy as np

from modules.preview.subject.clean_plate import Travelled, hidden_by, still_plate, way
from modules.preview.subject.colour_matte import (
    against,
    learn_colours,
    learn_tones,
    motion_energy,
    told_apart,
)
from modules.preview.subject.detection import (
    Box,
    Detection,
    SubjectMask,
    detect_subject,
    in_tiles,
    stir,
    unlike,
)
from modules.preview.subject.guided_filter import Steady, guided
from modules.preview.subject.networks import Segmentation
from modules.preview.subject.person_matte import PersonMatte
from modules.preview.video.scaling import Reduction

_NET = 256  # side of the square network, and of the window's working copy
_SURE = 0.5
_PLACE = 320  # long side of the copies in which the place behind is looked up when the camera moves
_SMALL = 0.6  # of the frame's height: whom the pose network draws better than the selfie network
_ROOM = 1.75  # the window is this much larger than the subject's longer side


class Matte:
    """`prepare` once, then call with every frame in order: uint8 alpha of the frame's size. `box` is the
    subject's smoothed box or None."""

    def __init__(
        self,
        width: int,
        height: int,
        network: Segmentation | None = None,
        *,
        people: int = 2,
        plated: bool = True,
    ) -> None:
        """`people`: how many small ones to follow; `plated`: whether the place behind them is wanted."""
        self.width, self.height, self._most, self._plated = width, height, people, plated
        self._people: PersonMatte | None = None
        self._empty: tuple | None = None  # the plate as seen through the window
        self._reduced = Reduction(width, height, _PLACE)
        self.network = network or Segmentation()
        self.kind = "none"
        self.box: Box | None = None
        self._window: tuple[int, int, int, int] | None = None
        self._steady = Steady(0.3, 24)
        self._lost = 0
        self._motion: np.ndarray | None = None
        self._median: np.ndarray | None = None  # the samples' median, small
        self.plate: np.ndarray | None = (
            None  # the place without the subject, full size, when the camera stands still
        )
        self.glances: list[np.ndarray] = []  # rough mattes of the samples
        self._known: np.ndarray | None = None
        self._place: Travelled | None = None  # the same of a moving camera, at a small size
        self._colours = None
        self._tones = None
        self._tiled = False
        self._spot: tuple[int, int, int, int] | None = None
        self._stir = 0.0  # how much the subject usually differs from what stands behind it

    # finding
    def prepare(self, samples: list[np.ndarray]) -> str:
        """`person`, `colour` or `none`: how the subject of the samples (BGR, output size) can be followed."""
        everything = samples
        found, wanted = [], max(1, len(samples) * 0.4)
        with ThreadPoolExecutor(2) as pool:
            motion = pool.submit(motion_energy, samples)
            for pair in zip_longest(samples[::2], samples[1::2]):
                found += pool.map(self._whole, [sample for sample in pair if sample is not None])
                good = [f for f in found if f.score > 0]
                if len(good) + len(samples) - len(found) < wanted:
                    break  # too few, whatever the rest shows
            self._motion, self._median = motion.result()
        if samples and self._by_figures(samples, [f.box for f in found] if len(good) >= wanted else []):
            return self.kind
        if len(good) < wanted:
            self._tiled = True
            samples = samples[::2] if len(samples) > 5 else samples
            found = [self._tiles(s) for s in samples]
            good = [f for f in found if f.score > 0]
        if good and len(good) >= max(1, len(samples) * 0.5):
            self._stir = float(
                np.median(
                    [
                        stir(self._near(s), f.box.sides, self.width, self.height)
                        for s, f in zip(samples, found, strict=True)
                        if f.score > 0
                    ]
                )
            )
            self.kind = "person"
            self._learn(everything)
            return self.kind
        self._colours = learn_colours(samples, self._motion)
        self.kind = "colour" if self._colours is not None and self._stand_out(samples) else "none"
        if self.kind == "colour":
            self._learn(everything)
        return self.kind

    def _stand_out(self, samples) -> bool:
        """Whether the learnt colours show one sure thing in most samples, not a veil over the ground."""
        maps = [
            self._colours(
                cv2.resize(s, (_NET, 144), interpolation=cv2.INTER_AREA), None, self.width, self.height
            )
            for s in samples
        ]
        return (
            np.mean([detect_subject(map_, (0, 0, self.width, self.height)).score > 0 for map_ in maps]) > 0.5
        )

    def _by_figures(self, samples, boxes: list[Box | None]) -> bool:
        """People small enough to be seen whole, if there are any: they need neither tiles nor colours."""
        people = PersonMatte(self.width, self.height, self._most)
        heights = [box.h for box in boxes if box is not None]
        if heights and (np.median(heights) > _SMALL * self.height or not people.find_at(samples, boxes)):
            return False
        if not heights and not people.find(samples):
            return False
        self._people, self.kind = people, "person"
        if not self._plated:
            self.glances = [people.first_glance()]
            return True
        self.glances = people.glances(samples)
        shown = [
            (sample, glance) for sample, glance in zip(samples, self.glances, strict=True) if glance.any()
        ]
        if shown:  # where nobody was found, somebody may have been missed, and would haunt the place
            samples, glances = zip(*shown, strict=True)
            found = still_plate(list(samples), list(glances))
            self.plate = found[0] if found is not None else Travelled.of(list(samples), list(glances))
        return True

    def _learn(self, samples) -> None:
        """What all samples together tell: the subject's colours, and the place behind it when the camera
        stands still."""
        self.glances = [self.glance(s) for s in samples]
        glances = self.glances
        poses = way(samples, [hidden_by(g) for g in glances])
        clean = told_apart(samples, glances, poses) if len(poses) == len(samples) > 3 else None
        self.glances, lasting = clean or (glances, None)
        self._tones = learn_tones(list(zip(samples, self.glances, strict=True)), sure=clean is not None)
        found = still_plate(samples, self.glances)
        if found is not None:
            self.plate = found[0]
            self._known = found[1].astype(np.uint8) * 255
        elif clean is not None:
            self.plate = Travelled.of(samples, self.glances, poses, lasting) if self._plated else None
            small = [
                [self._reduced(picture) for picture in pictures]
                for pictures in (samples, self.glances, lasting)
            ]
            self._place = Travelled.of(
                small[0], small[1], [self._reduced.small(pose) for pose in poses], small[2], kept=0, least=0.2
            )

    def _whole(self, frame: np.ndarray) -> Detection:
        small = cv2.resize(frame, (_NET, _NET), interpolation=cv2.INTER_AREA)
        first = self.network.square(small)
        second = (
            cv2.resize(self.network.wide(frame), (_NET, _NET))
            if self.width > self.height * 1.2
            else self.network.square(small[:, ::-1])[:, ::-1]
        )
        both = np.minimum(first, second)
        either = np.maximum(first, second) > _SURE
        agree = (both > _SURE).sum() / max(1, either.sum())
        finding = detect_subject(first, (0, 0, self.width, self.height))
        return finding if agree > 0.35 else Detection(0.0, None, None)

    def _tiles(self, frame: np.ndarray) -> Detection:
        """The best finding among square tiles, those where things move first."""
        return in_tiles(frame, self._near(frame), self.network.square, 0.4 * self._stir)

    def _near(self, frame) -> np.ndarray:
        """Where this frame differs from what the samples usually show, 90x160; even when there is nothing
        to compare."""
        return np.full((90, 160), 0.5, np.float32) if self._median is None else unlike(frame, self._median)

    # following
    def cut(self, frame: np.ndarray) -> SubjectMask:
        """The matte of the next frame, with where the subject is."""
        return SubjectMask(self(frame), self.box, self._spot, self._lost)

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        if self.kind == "none":
            return np.zeros((self.height, self.width), np.uint8)
        if self.kind == "colour":
            return self._by_colour(frame)
        if self._people is not None:
            alpha = self._people(frame)
            self.box, self._spot, self._lost = self._people.box, self._people.spot, self._people.lost
            return alpha
        if self._window is None:
            self._look(frame)
        return self._by_network(frame)

    def glance(self, frame: np.ndarray) -> np.ndarray:
        """A rough matte of one frame out of order; nothing is remembered."""
        alpha = np.zeros((self.height, self.width), np.uint8)
        if self.kind == "colour":
            small = cv2.resize(frame, (_NET, 144), interpolation=cv2.INTER_AREA)
            return cv2.resize(
                cv2.convertScaleAbs(self._colours(small, None, self.width, self.height), alpha=255),
                (self.width, self.height),
            )
        finding = self._whole(frame) if not self._tiled else self._tiles(frame)
        if finding.score <= 0:
            return alpha
        x, y, w, h = self._around(finding.box)
        raw = self.network.square(
            cv2.resize(frame[y : y + h, x : x + w], (_NET, _NET), interpolation=cv2.INTER_AREA)
        )
        alpha[y : y + h, x : x + w] = cv2.convertScaleAbs(cv2.resize(raw, (w, h)), alpha=255)
        return alpha

    def _look(self, frame) -> None:
        finding = Detection(0.0, None, None)
        if not self._tiled:
            finding = self._whole(frame)
        if finding.score <= 0:
            finding = self._tiles(frame)
        if finding.score > 0:
            self.box = finding.box
        self._window = self._around(finding.box if finding.score > 0 else None)
        self._steady.forget()

    def _around(self, box: Box | None) -> tuple[int, int, int, int]:
        """A window round the box: square inside the frame, or the whole frame when that is not larger by
        much."""
        short = min(self.width, self.height)
        if box is None or (not self._tiled and (box.w > 0.8 * short or box.h > 1.05 * short)):
            return 0, 0, self.width, self.height
        side = int(max((_ROOM if self._tiled else 2.0) * max(box.w, box.h), 0.3 * short))
        side = min(side, self.width, self.height)
        cx, cy = box.centre
        return (
            int(np.clip(cx - side / 2, 0, self.width - side)),
            int(np.clip(cy - side / 2, 0, self.height - side)),
            side,
            side,
        )

    def _by_network(self, frame: np.ndarray) -> np.ndarray:
        x, y, w, h = self._window
        view = frame[y : y + h, x : x + w]
        small = _net_sized(view)
        raw = self.network.square(small)
        finding = detect_subject(raw, self._window, tile=(w < self.width), loose=True)
        alpha = np.zeros((self.height, self.width), np.uint8)
        if finding.score <= 0:
            self._lost += 1
            if self._lost > 6 and self._lost % 6 == 1:
                self._look(frame)
            if self._steady.last is None:
                self._spot = None
                return alpha
            raw = self._steady.last * 0.6
        else:
            self._lost = 0
            raw = raw * finding.mask
            if self._tones is not None:
                raw = self._tones.corrected(raw, small)
            if self._known is not None:
                raw = self._against_plate(raw, small)
            elif self._place is not None:
                raw = self._against_place(raw, small, frame)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        raw = self._steady(raw, grey)
        small_one = self._tiled  # a small figure on busy ground: its texture must not lead the edge
        alpha[y : y + h, x : x + w] = (
            guided(raw, grey, view, 3, 2e-3, fine=not small_one) if small_one else guided(raw, grey, view)
        )
        self._spot = self._window
        if finding.score > 0:
            self._follow(finding.box, w, h)
        return alpha

    def _against_plate(self, raw: np.ndarray, small: np.ndarray) -> np.ndarray:
        x, y, w, h = self._window
        part = np.s_[y : y + h, x : x + w]
        if self._empty is None or self._empty[0] != self._window:
            self._empty = (
                self._window,
                cv2.resize(self.plate[part], (_NET, _NET), interpolation=cv2.INTER_AREA),
                cv2.resize(self._known[part], (_NET, _NET)) > 200,
            )
        return against(raw, small, *self._empty[1:])

    def _against_place(self, raw: np.ndarray, small: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """As against the plate, of a camera that moves."""
        view = self._reduced(frame)
        (width, height), zoom = view.shape[1::-1], view.shape[1] / self.width
        x, y, w, h = (round(side * zoom) for side in self._window)
        w, h = min(w, width - x), min(h, height - y)
        hidden = np.zeros((height, width), np.uint8)
        hidden[y : y + h, x : x + w] = cv2.resize(cv2.convertScaleAbs(raw, alpha=255), (w, h))
        empty, missing = self._place.seen(view, hidden, np.full((h, w), 255, np.uint8), (x, y, w, h))
        return against(
            raw, small, cv2.resize(empty, (_NET, _NET)), cv2.resize(missing, (_NET, _NET)) < 20, moves=True
        )

    def _follow(self, box: Box, w: int, h: int) -> None:
        self.box = box if self.box is None else self.box.towards(box, 0.25)
        wanted = self._around(self.box)
        x, y, w, h = self._window
        # the window moves in steps: a moving window would make the average above meaningless
        if (
            max(abs(wanted[0] - x), abs(wanted[1] - y)) > 0.06 * w
            or (wanted[3] != h and 0.82 < wanted[3] / h < 1.22)
            or not 0.82 < wanted[2] / w < 1.22
        ):
            self._steady.move(self._window, wanted)
            self._window = wanted

    def _by_colour(self, frame: np.ndarray) -> np.ndarray:
        small = cv2.resize(frame, (_NET, 144), interpolation=cv2.INTER_AREA)
        raw = self._colours(small, self.box, self.width, self.height)
        finding = detect_subject(raw, (0, 0, self.width, self.height), loose=True)
        if finding.box is not None:
            raw = raw * cv2.resize(finding.mask, (_NET, 144))
            self.box = finding.box if self.box is None else self.box.towards(finding.box, 0.25)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        self._spot = (0, 0, self.width, self.height)
        return guided(self._steady(raw, grey), grey, frame)


def _net_sized(view: np.ndarray) -> np.ndarray:
    """At the network's size; exact halves first, which is several times quicker than one odd step."""
    while view.shape[0] >= 2 * _NET and view.shape[1] >= 2 * _NET:
        view = cv2.resize(view, (view.shape[1] // 2, view.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return cv2.resize(view, (_NET, _NET), interpolation=cv2.INTER_LINEAR)
