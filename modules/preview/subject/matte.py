"""Where the subject is: finds out of samples what the prompt's words mean, and follows it with a soft matte.

People who are seen whole are followed by the pose network, which draws limbs; a person who fills the
picture by the selfie network; an animal or a thing by the salient-object network. Which of them fits is
decided by the words and by agreement over samples. What none of them sees is learnt by its colours, near
the middle where things move.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from typing import Literal

import cv2
import numpy as np

from modules.preview.prompt.plan import Who
from modules.preview.subject.clean_plate import left_places, still_clean_plate, unseen_share, usual_share
from modules.preview.subject.colour_matte import ColourMatte, learn_colour_model
from modules.preview.subject.detection import LIKELY, NET_SIDE, Detection, SubjectMask, agreement
from modules.preview.subject.finder import SubjectFinder
from modules.preview.subject.moving_plate import MovingCleanPlate
from modules.preview.subject.networks import Segmentation, salience
from modules.preview.subject.people import find_people
from modules.preview.subject.person_matte import PersonMatte
from modules.preview.subject.salient import (
    SalientFinder,
    SalientObject,
    SalientSource,
    enlarged,
    find_salient,
)
from modules.preview.subject.selection import choose, place_of
from modules.preview.subject.separation import motion_energy
from modules.preview.subject.window_matte import SelfieSource, WindowMatte
from modules.preview.video.arrays import Picture, Plane, Soft
from modules.preview.video.scaling import area_resize

Kind = Literal["none", "person", "salient", "colour"]
_SMALL_PERSON = 0.6  # of the frame's height: whom the pose network draws better than the selfie network
AGREE = 0.75
"""IoU of two networks' masks that mean the same."""
_STILL = 0.1  # of the movement in a clip, what a thing makes that does not move at all
_STANDS_OUT = "what stands out"


def tracks_first(who: Who, most: int) -> bool:
    """Whether people are looked for first, each with a track over the samples, so that words can choose."""
    return who.kind != "thing" and (most == 1 or who.chooses or who.everyone or who.kind == "person")


class Matte:
    """`prepare` once, then `segment` every frame in order.

    `unseen` is the share of the frame that the subject hides for good, as far as the clean plate knows.

    `kind` is how the subject is followed and `taken` says in words what was taken; `several` counts the
    people among whom one had to be guessed (else 0). `clean_plate` is the place without the subject at full
    size, `sample_mattes` rough mattes of some samples.
    """

    def __init__(
        self,
        width: int,
        height: int,
        network: Segmentation | None = None,
        *,
        people: int = 2,
        wants_plate: bool = True,
        who: Who | None = None,
    ) -> None:
        """`people`: how many small ones to follow when the words choose none; one means that the words' one
        has to be found among all. `wants_plate`: whether the clean plate is needed."""
        self.width, self.height, self._most, self._wants_plate = width, height, people, wants_plate
        self.network = network or Segmentation()
        self.who = who or Who()
        self.kind: Kind = "none"
        self.taken, self.several = "", 0
        self.unseen = 0.0
        self.clean_plate: Picture | MovingCleanPlate | None = None
        self.sample_mattes: list[Plane] = []
        self.sample_pictures: list[Picture] = []
        self._finder = SubjectFinder(width, height, self.network)
        self._motion: Soft | None = None
        self._nobody = False
        self._window: WindowMatte | None = None
        self._segment: Callable[[Picture, float], SubjectMask] | None = None

    # Finding

    def prepare(self, samples: list[Picture], seconds: Sequence[float] = ()) -> Kind:
        """How the subject of the samples (BGR, output size, at `seconds`) can be followed."""
        seconds = seconds if len(seconds) == len(samples) else [float(k) for k in range(len(samples))]
        if not samples:
            return self.kind
        steps: list[Callable[[], bool]] = [lambda: self._person(samples), lambda: self._salient(samples)]
        if self.who.kind == "thing":
            steps.reverse()
        elif tracks_first(self.who, self._most):
            steps.insert(0, lambda: self._chosen(samples, seconds))
        steps.append(lambda: self._by_tiles_or_colours(samples))
        any(step() for step in steps)
        return self.kind

    def _energy(self, samples: list[Picture]) -> Soft:
        """Where the samples differ, measured once; the finder learns what they usually show."""
        if self._motion is None:
            self._motion, self._finder.median = motion_energy(samples)
        return self._motion

    def _chosen(self, samples: list[Picture], seconds: Sequence[float]) -> bool:
        """Those among all people whom the words mean."""
        step = 1 if self._wants_plate or len(samples) < 8 else 2
        samples, seconds = samples[::step], seconds[::step]
        tracks = find_people(samples, seconds)
        self._nobody = not tracks
        if not tracks:
            return False
        if self.who.others and len(tracks) < 2:
            return True  # nobody else is there
        choice = choose(tracks, self.who)
        if len(tracks) == 1 and tracks[0].size > _SMALL_PERSON * self.height:
            return False  # the selfie network draws them better
        people = PersonMatte(self.width, self.height, len(choice.tracks), choice.tracks)
        self._follows_people(people, people.chosen_mattes(samples), samples)
        self.taken, self.several = choice.title, len(tracks) if choice.guessed else 0
        return True

    def _person(self, samples: list[Picture]) -> bool:
        """People whom the selfie network sees in the whole frame, or the pose network anywhere, and who are
        confirmed as people by the latter."""
        found: list[Detection | None] = []
        hits, wanted = 0, max(1, len(samples) * 0.4)
        with ThreadPoolExecutor(2) as pool:
            energy = pool.submit(self._energy, samples)
            for pair in zip_longest(samples[::2], samples[1::2]):
                found += pool.map(self._finder.in_whole, [sample for sample in pair if sample is not None])
                hits = sum(one is not None for one in found)
                if hits + len(samples) - len(found) < wanted:
                    break  # too few, whatever the rest shows
            energy.result()
        boxes = [one.box if one else None for one in found] if hits >= wanted else []
        people = PersonMatte(self.width, self.height, self._most)
        heights = [box.h for box in boxes if box is not None]
        if not heights and (self._nobody or self.who.kind == "thing"):
            return False  # everywhere was looked already, more closely; and no dog is somebody small
        if not (people.find_at(samples, boxes) if heights else people.find(samples)):
            return False
        if heights and np.median(heights) > _SMALL_PERSON * self.height:
            if self._is_rather_a_thing(samples, people):
                return True
            shown = [(samples[k], one) for k, one in enumerate(found) if one is not None]
            return self._window_person(samples, shown)
        some = samples if self._wants_plate else samples[::3]
        mattes = people.sample_mattes(some)
        self._follows_people(people, mattes, some)
        self.taken = people.title
        return True

    def _is_rather_a_thing(self, samples: list[Picture], people: PersonMatte) -> bool:
        """The selfie network takes an animal for a person, and its floor along: where the other two
        networks agree with each other and not with it, the object that stands out is followed instead."""
        size = (NET_SIDE, NET_SIDE)
        poses = {k: seen.placed(size, *self._size) > LIKELY for k, seen in people.confirmed.items()}
        selfies = {k: self.network.square(area_resize(samples[k], size)) > LIKELY for k in poses}
        agree = float(np.median([agreement(poses[k], selfies[k]) for k in poses]))
        if agree > AGREE:
            return False
        things = {k: cv2.resize(salience(samples[k]), size) > LIKELY for k in poses}
        better = float(np.median([agreement(poses[k], things[k]) for k in poses]))
        return better > max(agree, AGREE) and self._salient(samples)

    def _window_person(self, samples: list[Picture], shown: list[tuple[Picture, Detection]]) -> bool:
        motions = [self._finder.motion_at(sample, one.box) for sample, one in shown]
        self._finder.usual_motion = float(np.median(motions))
        rough = [self._finder.rough_matte(sample) for sample in samples]
        centre = float(np.median([one.box.centre[0] for _, one in shown])) / self.width
        self.kind, self.taken = "person", f"the person {place_of(centre)}"
        self._follows_window(
            WindowMatte(*self._size, self._finder, SelfieSource(self.network)), samples, rough
        )
        return True

    def _salient(self, samples: list[Picture]) -> bool:
        """The object that stands out, when the samples agree on one."""
        thing = find_salient(samples, self.who.place)
        if thing is None or (self.who.kind == "thing" and self._is_scenery(samples, thing)):
            return False
        rough = [enlarged(matte, *self._size) for matte in thing.mattes]
        self.kind, self.taken = "salient", f"{_STANDS_OUT} {place_of(thing.centre / self.width)}"
        finder = SalientFinder(*self._size, self.who.place)
        window = WindowMatte(*self._size, finder, SalientSource(), wavers=False)
        if thing.numbers[0] == 0:
            window.begin_at(thing.boxes[0], samples[0])
        self._follows_window(window, [samples[k] for k in thing.numbers], rough)
        return True

    def _is_scenery(self, samples: list[Picture], thing: SalientObject) -> bool:
        """Whether it keeps perfectly still while other things move: a kiosk is no dog."""
        energy = self._energy(samples)
        usual = cv2.resize(np.median(np.stack(thing.mattes), 0), energy.shape[::-1])
        inside, outside = energy[usual > LIKELY], energy[usual < 0.1]
        if inside.size < 20 or outside.size < 20:
            return False
        return float(inside.mean()) < _STILL and float(np.percentile(outside, 97)) > 5 * _STILL

    def _by_tiles_or_colours(self, samples: list[Picture]) -> bool:
        """Somebody small in a tile of the frame, or what moves near the middle by its colours."""
        motion = self._energy(samples)
        self._finder.tiled = True
        some = samples[::2] if len(samples) > 5 else samples
        found = [self._finder.in_tiles(sample) for sample in some] if self.who.kind != "thing" else []
        shown = [(sample, one) for sample, one in zip(some, found, strict=False) if one is not None]
        if shown and len(shown) >= max(1, len(some) * 0.5):
            return self._window_person(samples, shown)
        colours = learn_colour_model(some, motion)
        if colours is None:
            return False
        matte = ColourMatte(*self._size, colours)
        if not matte.stands_out(some):
            return False
        self.kind, self.taken = "colour", "what moves near the middle"
        learner = WindowMatte(*self._size, self._finder, SelfieSource(self.network))
        learner.learn(samples, [matte.rough(sample) for sample in samples], self._wants_plate)
        self.clean_plate, self.sample_mattes = learner.clean_plate, learner.sample_mattes
        self.sample_pictures = samples
        self._segment = lambda frame, _: matte(frame)
        return True

    @property
    def _size(self) -> tuple[int, int]:
        return self.width, self.height

    def _follows_window(self, window: WindowMatte, samples: list[Picture], rough: list[Plane]) -> None:
        window.learn(samples, rough, self._wants_plate)
        self.clean_plate, self.sample_mattes = window.clean_plate, window.sample_mattes
        self.unseen = window.unseen
        self.sample_pictures = samples
        self._window = window
        self._segment = lambda frame, _: window(frame)

    def _follows_people(self, people: PersonMatte, mattes: list[Plane], samples: list[Picture]) -> None:
        self.kind, self.sample_mattes, self._segment = "person", mattes, people
        self.sample_pictures = samples
        # Where nobody was found, somebody may have been missed, and would leave a ghost in the plate: such
        # samples only show what no other does, where they differ from them.
        shown = [k for k, matte in enumerate(mattes) if matte.any()]
        if not shown:
            return
        some, theirs = [samples[k] for k in shown], [mattes[k] for k in shown]
        spare = left_places(some, theirs, [samples[k] for k in range(len(samples)) if k not in shown])
        still = still_clean_plate(some, theirs, spare)
        if still is not None:
            people.compare_with(*still)
            self.clean_plate = still[0]
            self.unseen = unseen_share(theirs, still[1])
        elif self._wants_plate:
            self.clean_plate = plate = MovingCleanPlate.of(some, theirs)
            self.unseen = usual_share(theirs) if plate is None else plate.unseen(theirs)

    # Following

    def segment(self, frame: Picture, seconds: float = 0.0) -> SubjectMask:
        """The matte of the next frame, with where the subject is."""
        if self._segment is None:
            return SubjectMask(np.zeros((self.height, self.width), np.uint8))
        return self._segment(frame, seconds)

    @property
    def cuts(self) -> int:
        """Cuts that were met so far, after each of which the subject was looked for anew."""
        return self._window.cuts if self._window is not None else 0

    def __call__(self, frame: Picture, seconds: float = 0.0) -> Plane:
        return self.segment(frame, seconds).alpha
