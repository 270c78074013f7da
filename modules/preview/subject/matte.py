"""Where the subject is: a soft matte per frame, from MediaPipe's selfie segmentation run on a window that
follows the subject.

The network alone fails on wide shots, so `prepare` looks for the subject in the whole frame first (people who
are seen whole are left to the pose network, which draws limbs better), then in tiles where things move, and
last with colours learnt around what moves near the middle (for drawn characters). Apache-2.0 weights, see
weights/README.md.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from typing import Literal

import cv2
import numpy as np

from modules.preview.subject.camera_path import camera_path
from modules.preview.subject.clean_plate import hidden_by, still_clean_plate
from modules.preview.subject.colour_matte import (
    ColourModel,
    ColourOdds,
    learn_colour_model,
    learn_colour_odds,
)
from modules.preview.subject.detection import NET_SIDE, Box, Detection, SubjectMask, detect_subject
from modules.preview.subject.finder import SubjectFinder
from modules.preview.subject.guided_filter import TemporalFilter, guided
from modules.preview.subject.moving_plate import MovingCleanPlate
from modules.preview.subject.networks import Segmentation
from modules.preview.subject.person_matte import PersonMatte
from modules.preview.subject.separation import compare_with_plate, motion_energy, separate_moving
from modules.preview.video.arrays import Mask, Picture, Plane, Rect, Soft
from modules.preview.video.scaling import Reduction, area_resize

_NET_SIZE = (NET_SIDE, NET_SIDE)
_COLOUR_SIZE = (256, 144)  # of the copy on which the colour model works
_PLATE_SIDE = 320  # long side of the copies in which the clean plate is looked up when the camera moves
_SMALL_PERSON = 0.6  # of the frame's height: whom the pose network draws better than the selfie network


class Matte:
    """`prepare` once, then call with every frame in order: alpha of the frame's size.

    `kind` is how the subject is followed, `box` its smoothed box or None, `clean_plate` the place without it
    at full size, `sample_mattes` rough mattes of the samples.
    """

    def __init__(
        self,
        width: int,
        height: int,
        network: Segmentation | None = None,
        *,
        people: int = 2,
        wants_plate: bool = True,
    ) -> None:
        """`people`: how many small ones to follow; `wants_plate`: whether the clean plate is needed."""
        self.width, self.height, self._most, self._wants_plate = width, height, people, wants_plate
        self.network = network or Segmentation()
        self.kind: Literal["none", "person", "colour"] = "none"
        self.box: Box | None = None
        self.clean_plate: Picture | MovingCleanPlate | None = None
        self.sample_mattes: list[Plane] = []
        self._finder = SubjectFinder(width, height, self.network)
        self._people: PersonMatte | None = None
        self._colours: ColourModel | None = None
        self._odds: ColourOdds | None = None
        self._window: Rect | None = None
        self._spot: Rect | None = None
        self._lost = 0
        self._temporal = TemporalFilter(0.3, 24)
        # For comparison with the network's answer: of a still camera the plate and where it is known, as seen
        # through a window; of a moving camera the plate at a small size.
        self._still_plate: tuple[Picture, Mask] | None = None
        self._in_window: tuple[Rect, Picture, Mask] | None = None
        self._moving_plate: MovingCleanPlate | None = None
        self._reduced = Reduction(width, height, _PLATE_SIDE)

    # Finding

    def prepare(self, samples: list[Picture]) -> str:
        """`person`, `colour` or `none`: how the subject of the samples (BGR, output size) can be followed."""
        everything = samples
        found: list[Detection | None] = []
        hits, wanted = 0, max(1, len(samples) * 0.4)
        with ThreadPoolExecutor(2) as pool:
            energy = pool.submit(motion_energy, samples)
            for pair in zip_longest(samples[::2], samples[1::2]):
                found += pool.map(self._finder.in_whole, [sample for sample in pair if sample is not None])
                hits = sum(one is not None for one in found)
                if hits + len(samples) - len(found) < wanted:
                    break  # too few, whatever the rest shows
            motion, self._finder.median = energy.result()
        boxes = [one.box if one else None for one in found] if hits >= wanted else []
        if samples and self._finds_people(samples, boxes):
            return self.kind
        if hits < wanted:
            self._finder.tiled = True
            samples = samples[::2] if len(samples) > 5 else samples
            found = [self._finder.in_tiles(sample) for sample in samples]
        shown = [(sample, one.box) for sample, one in zip(samples, found, strict=True) if one is not None]
        if shown and len(shown) >= max(1, len(samples) * 0.5):
            self._finder.usual_motion = float(np.median([self._finder.motion_at(*each) for each in shown]))
            self.kind = "person"
        else:
            self._colours = learn_colour_model(samples, motion)
            if self._colours is not None and self._stands_out(samples, self._colours):
                self.kind = "colour"
        if self.kind != "none":
            self._learn(everything)
        return self.kind

    def _stands_out(self, samples: list[Picture], colours: ColourModel) -> bool:
        """Whether the learnt colours show one sure thing in most samples, not a veil over the ground."""
        whole = (0, 0, self.width, self.height)
        hits = [detect_subject(self._by_model(sample, colours), whole) is not None for sample in samples]
        return bool(np.mean(hits) > 0.5)

    def _by_model(self, frame: Picture, colours: ColourModel, box: Box | None = None) -> Soft:
        small = area_resize(frame, _COLOUR_SIZE)
        return colours(small, box, self.width, self.height)

    def _finds_people(self, samples: list[Picture], boxes: list[Box | None]) -> bool:
        """People small enough to be seen whole, if there are any: they need neither tiles nor colours."""
        people = PersonMatte(self.width, self.height, self._most)
        heights = [box.h for box in boxes if box is not None]
        if heights:
            if np.median(heights) > _SMALL_PERSON * self.height or not people.find_at(samples, boxes):
                return False
        elif not people.find(samples):
            return False
        self._people, self.kind = people, "person"
        if not self._wants_plate:
            self.sample_mattes = [people.first_matte()]
            return True
        self.sample_mattes = people.sample_mattes(samples)
        # Where nobody was found, somebody may have been missed, and would leave a ghost in the plate.
        shown = [k for k, matte in enumerate(self.sample_mattes) if matte.any()]
        if shown:
            some, mattes = [samples[k] for k in shown], [self.sample_mattes[k] for k in shown]
            still = still_clean_plate(some, mattes)
            self.clean_plate = still[0] if still is not None else MovingCleanPlate.of(some, mattes)
        return True

    def _learn(self, samples: list[Picture]) -> None:
        """What all samples together tell: the subject's colours, and the clean plate."""
        rough = [self._rough_matte(sample) for sample in samples]
        poses = camera_path(samples, [hidden_by(matte) for matte in rough])
        better = separate_moving(samples, rough, poses) if len(poses) == len(samples) > 3 else None
        self.sample_mattes = better[0] if better else rough
        pairs = zip(samples, self.sample_mattes, strict=True)
        self._odds = learn_colour_odds(pairs, sure=better is not None)
        self._still_plate = still_clean_plate(samples, self.sample_mattes)
        if self._still_plate is not None:
            self.clean_plate = self._still_plate[0]
        elif better is not None:
            mattes, lasting = better
            if self._wants_plate:
                self.clean_plate = MovingCleanPlate.of(samples, mattes, poses, lasting)
            small = [[self._reduced(one) for one in group] for group in (samples, mattes, lasting)]
            path = [self._reduced.small(pose) for pose in poses]
            self._moving_plate = MovingCleanPlate.of(small[0], small[1], path, small[2], kept=0, least=0.2)

    def _rough_matte(self, frame: Picture) -> Plane:
        """Of one frame out of order; nothing is remembered."""
        if self._colours is None or self.kind != "colour":
            return self._finder.rough_matte(frame)
        raw = cv2.convertScaleAbs(self._by_model(frame, self._colours), alpha=255)
        return cv2.resize(raw, (self.width, self.height))

    # Following

    def segment(self, frame: Picture) -> SubjectMask:
        """The matte of the next frame, with where the subject is."""
        return SubjectMask(self(frame), self.box, self._spot, self._lost)

    def __call__(self, frame: Picture) -> Plane:
        if self.kind == "none":
            return np.zeros((self.height, self.width), np.uint8)
        if self.kind == "colour" and self._colours is not None:
            return self._by_colour(frame, self._colours)
        if self._people is not None:
            alpha = self._people(frame)
            self.box, self._spot, self._lost = self._people.box, self._people.spot, self._people.lost
            return alpha
        return self._by_network(frame, self._window or self._look(frame))

    def _look(self, frame: Picture) -> Rect:
        """Find the subject anew; the window round it."""
        found = self._finder.find(frame)
        if found is not None:
            self.box = found.box
        self._window = self._finder.window_around(found.box if found else None)
        self._temporal.forget()
        return self._window

    def _by_network(self, frame: Picture, window: Rect) -> Plane:
        x, y, w, h = window
        view = frame[y : y + h, x : x + w]
        small = _net_sized(view)
        raw = self.network.square(small)
        found = detect_subject(raw, window, tile=(w < self.width), loose=True)
        alpha = np.zeros((self.height, self.width), np.uint8)
        if found is None:
            self._lost += 1
            if self._lost > 6 and self._lost % 6 == 1:
                self._look(frame)
            if self._temporal.last is None:
                self._spot = None
                return alpha
            raw = self._temporal.last * 0.6
        else:
            self._lost = 0
            raw = raw * found.mask
            if self._odds is not None:
                raw = self._odds.corrected(raw, small)
            if self._still_plate is not None:
                raw = self._against_still(raw, small, window, *self._still_plate)
            elif self._moving_plate is not None:
                raw = self._against_moving(raw, small, window, frame, self._moving_plate)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        raw = self._temporal(raw, grey)
        # A small subject on busy ground: its texture must not lead the edge.
        alpha[y : y + h, x : x + w] = (
            guided(raw, grey, view, 3, 2e-3, fine=False) if self._finder.tiled else guided(raw, grey, view)
        )
        self._spot = self._window
        if found is not None:
            self._follow(found.box, window)
        return alpha

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
        self.box = box if self.box is None else self.box.towards(box, 0.25)
        wanted = self._finder.window_around(self.box)
        x, y, w, h = window
        # The window moves in steps: a moving window would make the average in time meaningless.
        if (
            max(abs(wanted[0] - x), abs(wanted[1] - y)) > 0.06 * w
            or (wanted[3] != h and 0.82 < wanted[3] / h < 1.22)
            or not 0.82 < wanted[2] / w < 1.22
        ):
            self._temporal.move(window, wanted)
            self._window = wanted

    def _by_colour(self, frame: Picture, colours: ColourModel) -> Plane:
        raw = self._by_model(frame, colours, self.box)
        found = detect_subject(raw, (0, 0, self.width, self.height), loose=True)
        if found is not None:
            raw = raw * cv2.resize(found.mask, _COLOUR_SIZE)
            self.box = found.box if self.box is None else self.box.towards(found.box, 0.25)
        small = area_resize(frame, _COLOUR_SIZE)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        self._spot = (0, 0, self.width, self.height)
        return guided(self._temporal(raw, grey), grey, frame)


def _net_sized(view: Picture) -> Picture:
    """At the network's size; exact halves first, which is several times quicker than one odd step."""
    while view.shape[0] >= 2 * NET_SIDE and view.shape[1] >= 2 * NET_SIDE:
        view = area_resize(view, (view.shape[1] // 2, view.shape[0] // 2))
    return cv2.resize(view, _NET_SIZE, interpolation=cv2.INTER_LINEAR)
