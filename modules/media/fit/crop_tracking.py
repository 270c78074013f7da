"""The path of a crop: the part of the picture that moves, stands out and is in focus, followed smoothly.

No network: the maps of `interest_maps` on thumbnails of a few frames a second, and OpenCV's built-in detector
of upright figures. It is right when a person stands, or when one thing moves or stands out, and stays near
the middle when nothing does.
"""

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from modules.media.fit.conform_plan import ConformPlan
from modules.media.fit.interest_maps import Floats, focus, motion, stands_out, surrounded
from modules.media.fit.subject_samples import SAMPLE_SECONDS, subject_samples
from modules.media.read.frame_planes import FrameLayer, Planes
from modules.media.read.opening import opened, reading_errors
from modules.media.read.shape import shown_size
from modules.media.read.tracks import picture_stream

DETECTOR_PX = 576  # the longer side, for finding upright figures: 12 ms a frame
MAP_PX = 160  # the longer side, for the maps: enough to place a crop
SMOOTH_SECONDS = 0.6
# A subject that strays less than this share of the frame is framed once and held, which looks calmer.
STILL = 0.07
# What one step of the crop by the whole frame costs against the share of energy gained by it.
STEP_COST = 1.6
NEAR_SECONDS, GHOST_SECONDS = 0.5, 1.1
"""For how long a person who was seen is taken to be there; within which one must be seen a second time."""
FIGURE_WEIGHT = 1.5  # of a person against everything else in the picture

Figure = tuple[float, float, float]
"""A person: centre and size along the axis as shares of the frame, and the detector's confidence."""


@dataclass(frozen=True)
class CropPath:
    """Centres of the crop over time: `moments` in source seconds from the plan's start, ascending;
    `centres` (x, y) as shares (0..1) of the shown picture."""

    moments: tuple[float, ...] = (0.0,)
    centres: tuple[tuple[float, float], ...] = ((0.5, 0.5),)

    @property
    def moves(self) -> bool:
        return len(self.moments) > 1

    def at(self, moment: float) -> tuple[float, float]:
        """The centre at `moment`, interpolated linearly, held before the first sample and after the last."""
        after = bisect_right(self.moments, moment)
        if after in (0, len(self.moments)):
            return self.centres[min(after, len(self.moments) - 1)]
        begin, end = self.moments[after - 1], self.moments[after]
        share = (moment - begin) / (end - begin)
        (x0, y0), (x1, y1) = self.centres[after - 1], self.centres[after]
        return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share


MIDDLE = CropPath()


def follow(src: str | Path, plan: ConformPlan) -> CropPath:
    """The path of the crop that `plan` asks for; the middle when it crops next to nothing."""
    with opened(src) as container, reading_errors():
        stream = picture_stream(container)
        moments: list[float] = []
        energy: _Energy | None = None
        shown = (0, 0)
        for now, frame in subject_samples(container, stream, plan.start, plan.source_seconds):
            if energy is None:
                shown = shown_size(stream, frame)
                # A crop keeps one side whole; the other is the axis it can slide along.
                kept = plan.crop[2] / shown[0], plan.crop[3] / shown[1]
                axis = 0 if kept[0] < kept[1] else 1
                window = kept[axis]
                if plan.pad or window > 0.97 or max(kept) > 1.05:  # planned for another size, or whole
                    return MIDDLE
                scale = DETECTOR_PX / max(shown)
                size = (max(16, round(side * scale / 2) * 2) for side in shown)
                # Mapping HDR with our tables takes 3 ms a frame, the library's own mapping 120.
                layer = FrameLayer(*size, tone_map=plan.tone_map)
                energy = _Energy(axis)
            elif shown_size(stream, frame) != shown:
                break  # what comes after a change of size is cropped in its middle
            energy.add(layer.planes(frame))
            moments.append(now)
    if energy is None:
        return MIDDLE
    at = np.array(moments)
    # A sample speaks for the time around it: near key frames there are two, and then none for a while.
    shares = np.gradient(at) / SAMPLE_SECONDS if len(at) > 1 else np.ones(1)
    centres = _smooth(_best(energy.profiles(at), window, shares), at)
    low, high = window / 2, 1 - window / 2
    centres = centres.clip(low, high)
    if np.ptp(centres) < STILL:
        moments, centres = moments[:1], np.array([np.median(centres)])
    pairs = tuple((float(c), 0.5) if axis == 0 else (0.5, float(c)) for c in centres)
    return CropPath(tuple(moments), pairs)


class _Energy:
    """Where the interest of a picture lies along one axis, sampled frame by frame."""

    def __init__(self, axis: int) -> None:
        self._axis = axis
        self._before: Floats | None = None
        self._detector = cv2.HOGDescriptor()
        self._detector.setSVMDetector(np.array(cv2.HOGDescriptor.getDefaultPeopleDetector(), np.float32))
        self._profiles: list[Floats] = []
        self._figures: list[list[Figure]] = []

    def add(self, planes: Planes) -> None:
        """Take in the next frame."""
        full_h, full_w = planes[0].shape
        scale = MAP_PX / max(full_h, full_w)
        w, h = max(16, round(full_w * scale)), max(16, round(full_h * scale))
        luma, blue, red = (
            cv2.resize(np.ascontiguousarray(p), (w, h), interpolation=cv2.INTER_AREA).astype(np.float32)
            for p in planes
        )
        colours = luma, blue, red
        # Of what is before a rough ground only `surrounded` speaks: without it such a thing was cut off.
        parts = [(0.25, stands_out(colours)), (0.2, focus(luma)), (0.6, surrounded(colours))]
        spread = 0.6  # with nothing moving to go by, the middle of the frame
        if self._before is not None:
            moved = motion(self._before, luma)
            strength = float(np.percentile(moved, 98))
            if strength > 4.0:  # below this it is noise
                # Movement all over the frame is the camera's, and says nothing about the subject.
                telling = float(np.clip(1.6 - 4 * (moved > 0.25 * strength).mean(), 0.1, 1.0))
                parts.append((telling, np.maximum(moved - 0.25 * strength, 0)))
                spread = 0.5 + 0.4 * telling
        self._before = luma
        total = sum(weight * part / (part.sum() + 1e-6) for weight, part in parts)
        y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
        total = (total * np.exp(-0.5 * (x * x + y * y) / spread**2)).sum(axis=self._axis)
        self._profiles.append(total / (total.sum() + 1e-9))

        across = (full_w, full_h)[self._axis]
        figures: list[Figure] = []
        if full_w >= 64 and full_h >= 128:  # the detector's window; it crashes on anything smaller
            boxes, weights = self._detector.detectMultiScale(
                np.ascontiguousarray(planes[0]), winStride=(8, 8), scale=1.1
            )
            for box, weight in zip(boxes, np.ravel(weights), strict=True):
                begin, size = box[self._axis], box[self._axis + 2]
                if weight > 0.3:
                    figures.append(((begin + size / 2) / across, size / across, float(weight)))
        self._figures.append(figures)

    def profiles(self, moments: Floats) -> Floats:
        """Energy along the axis at each of `moments` (seconds), float (moments, places), each row summing to
        about 1."""
        rows = np.array(self._profiles)
        places = (np.arange(rows.shape[1]) + 0.5) / rows.shape[1]
        for when, figures in enumerate(self._figures):
            for centre, size, weight in figures:
                apart = np.abs(moments - moments[when])
                # The detector sees ghosts in textures, but not twice at one place within a second.
                if not any(
                    abs(centre - other) < size
                    for at in np.flatnonzero(apart < GHOST_SECONDS)
                    if at != when
                    for other, _, _ in self._figures[at]
                ):
                    continue
                spot = np.exp(-0.5 * ((places - centre) / (size * 0.3)) ** 2)
                spot /= spot.sum()
                for at in np.flatnonzero(apart < NEAR_SECONDS):
                    fades = 0.6 ** (apart[at] / SAMPLE_SECONDS)
                    rows[at] += FIGURE_WEIGHT * min(1.0, weight + 0.3) * spot * fades
        normed: Floats = rows / rows.sum(axis=1, keepdims=True)
        return normed


def _best(profiles: Floats, window: float, shares: Floats) -> Floats:
    """Centres (0..1) for each moment: the most energy in view with the least movement (Viterbi).
    `shares`: how much each moment counts."""
    steps, width = profiles.shape
    reach = max(3, round(window * width)) | 1
    # Energy near the middle of the window counts more, so that the subject is centred and not just inside.
    kernel = np.hanning(reach + 2)[1:-1] + 0.15
    seen = np.array([np.convolve(row, kernel, "same") for row in profiles]) * shares[:, None]
    half = reach // 2
    allowed = np.arange(half, width - half) if width > 2 * half else np.array([width // 2])
    seen = seen[:, allowed]
    cost = STEP_COST * np.abs(allowed[:, None] - allowed[None, :]) / width
    score = seen[0]
    back = np.zeros((steps, len(allowed)), int)
    for step in range(1, steps):
        options = score[None, :] - cost
        back[step] = options.argmax(axis=1)
        score = options.max(axis=1) + seen[step]
    place = int(score.argmax())
    places = [place]
    for step in range(steps - 1, 0, -1):
        place = int(back[step, place])
        places.append(place)
    centres: Floats = (allowed[np.array(places[::-1])] + 0.5) / width
    return centres


def _smooth(centres: Floats, at: Floats) -> Floats:
    """A Gaussian mean over time (`at`: seconds), so that the crop glides."""
    weights = np.exp(-0.5 * ((at[:, None] - at[None, :]) / SMOOTH_SECONDS) ** 2)
    smooth: Floats = (weights @ centres) / weights.sum(axis=1)
    return smooth
