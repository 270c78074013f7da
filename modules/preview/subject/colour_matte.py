"""A subject followed or corrected by its colours: models learnt from the clip's own samples and frames."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from modules.preview.subject.detection import Box, SubjectMask, detect_subject
from modules.preview.subject.guided_filter import TemporalFilter, guided
from modules.preview.video.arrays import Mask, Picture, Plane, Soft, square
from modules.preview.video.scaling import area_resize, shrunk

_W, _H = 160, 90  # the copies on which a model is learnt
_COLOUR_SIZE = (256, 144)  # of the copies on which a subject is followed
_BINS = 16  # per channel of Lab

Histogram = NDArray[np.float32]
"""Counts, shares or odds for each coarse Lab colour: 16x16x16, or the same flat."""


def grab_cut(picture: Picture, marks: Plane, rounds: int) -> None:
    """GrabCut led by `marks` (`cv2.GC_*` for each pixel), which are refined in place. Raises cv2.error when
    they show no subject or no background."""
    cv2.grabCut(picture, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), rounds, cv2.GC_INIT_WITH_MASK)


def grabbed(marks: Plane) -> Mask:
    """Where the marks of GrabCut say subject, surely or probably."""
    return (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)


class ColourModel:
    """Probability of the subject by coarse Lab colour, times a prior of where it is that follows the last
    box."""

    def __init__(self, odds: Histogram, prior: Soft) -> None:
        self.odds, self.prior = odds, prior

    def __call__(self, small: Picture, box: Box | None, width: int, height: int) -> Soft:
        """Of a small copy of a frame of `width` x `height`; `box` is where the subject was in that frame."""
        lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB) // (256 // _BINS)
        raw = self.odds[lab[..., 0], lab[..., 1], lab[..., 2]]
        prior = cv2.resize(self.prior, (small.shape[1], small.shape[0]))
        if box is not None:
            gy, gx = np.mgrid[0 : small.shape[0], 0 : small.shape[1]].astype(np.float32)
            cx, cy = box.centre
            far = ((gx * width / small.shape[1] - cx) / (0.75 * box.w + 40)) ** 2 + (
                (gy * height / small.shape[0] - cy) / (0.75 * box.h + 40)
            ) ** 2
            prior = np.exp(-(far**2))
        return cv2.morphologyEx(cv2.GaussianBlur(raw * prior, (0, 0), 1.2), cv2.MORPH_CLOSE, square(7))


class ColourMatte:
    """The matte of a subject that only its colours tell; call with every frame in order."""

    def __init__(self, width: int, height: int, colours: ColourModel) -> None:
        self.width, self.height, self._colours = width, height, colours
        self._box: Box | None = None
        self._temporal = TemporalFilter(0.3, 24)

    def stands_out(self, samples: list[Picture]) -> bool:
        """Whether the learnt colours show one sure thing in most samples, not a veil over the ground."""
        whole = (0, 0, self.width, self.height)
        hits = [detect_subject(self._raw(sample)[0], whole) is not None for sample in samples]
        return bool(np.mean(hits) > 0.5)

    def rough(self, frame: Picture) -> Plane:
        """Of one frame out of order; nothing is remembered."""
        return cv2.resize(cv2.convertScaleAbs(self._raw(frame)[0], alpha=255), (self.width, self.height))

    def __call__(self, frame: Picture) -> SubjectMask:
        whole = (0, 0, self.width, self.height)
        raw, small = self._raw(frame, self._box)
        found = detect_subject(raw, whole, loose=True)
        if found is not None:
            raw = raw * cv2.resize(found.mask, _COLOUR_SIZE)
            self._box = found.box if self._box is None else self._box.towards(found.box, 0.25)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        alpha = guided(self._temporal(raw, grey), grey, frame)
        return SubjectMask(alpha, self._box, whole, 0)

    def _raw(self, frame: Picture, box: Box | None = None) -> tuple[Soft, Picture]:
        small = area_resize(frame, _COLOUR_SIZE)
        return self._colours(small, box, self.width, self.height), small


def learn_colour_model(samples: list[Picture], motion: Soft) -> ColourModel | None:
    """A colour model from GrabCut on a centre-and-motion prior; None when no compact moving thing stands
    out."""
    gy, gx = np.mgrid[0:_H, 0:_W].astype(np.float32)
    centre = np.exp(-(((gx - _W / 2) / (_W * 0.24)) ** 2 + ((gy - _H * 0.55) / (_H * 0.34)) ** 2))
    seed = motion * centre
    if motion.min() > 0.45 or float(seed.max()) < 0.25:
        return None
    inside, outside = np.zeros((_BINS,) * 3, np.float32), np.zeros((_BINS,) * 3, np.float32)
    where = np.zeros((_H, _W), np.float32)
    for sample in samples:
        small = area_resize(sample, (_W, _H))
        marks = np.full((_H, _W), cv2.GC_PR_BGD, np.uint8)
        marks[seed > 0.35 * seed.max()] = cv2.GC_PR_FGD
        marks[centre < 0.03] = cv2.GC_BGD
        try:
            grab_cut(small, marks, 3)
        except cv2.error:
            continue
        front = grabbed(marks)
        lab = (cv2.cvtColor(small, cv2.COLOR_BGR2LAB) // (256 // _BINS)).reshape(-1, 3)
        np.add.at(inside, tuple(lab[front.ravel()].T), 1)
        np.add.at(outside, tuple(lab[~front.ravel()].T), 1)
        where += front
    share = where.mean() / max(1, len(samples))
    if not 0.01 < share < 0.45:
        return None
    inside, outside = inside / max(1, inside.sum()), outside / max(1, outside.sum())
    odds = inside / (inside + outside + 1e-5)
    usual = where / len(samples)
    # The model has to tell its own samples apart, or the fallback is better than a ragged matte.
    apart = float((odds * inside).sum() - (odds * outside).sum())
    return (
        ColourModel(odds.astype(np.float32), np.clip(cv2.GaussianBlur(usual, (0, 0), 6) * 1.6 + 0.05, 0, 1))
        if apart > 0.55
        else None
    )


class ColourOdds:
    """How much more often a colour is the subject's than its surroundings', from the clip's own sure
    parts; corrects the network where it wavers."""

    def __init__(self, odds: Histogram, sure: bool = False) -> None:
        """`sure`: the tables hold the subject and nothing else, so they count also inside the network's
        answer."""
        self._table, self._sure = odds, sure

    def corrected(self, raw: Soft, small: Picture) -> Soft:
        """The network's answer `raw` for the picture `small`, corrected."""
        index = _bins(area_resize(small, (128, 128)))
        odds = cv2.resize(cv2.blur(self._table[index], (3, 3)), raw.shape[::-1])
        # 0.5 says nothing; colours that are nearly never the subject's take away, the deep inside of the
        # network's answer stays
        deep = cv2.blur(raw, (15, 15))
        doubt = np.clip((0.97 - deep) * 3.0, 0, 1)
        against = np.clip((0.28 - odds) * 4.5, 0, 1)
        if not self._sure:
            return raw * (1 - against * doubt)
        mine = np.clip((odds - 0.7) * 5, 0, 1) * np.clip((deep - 0.15) * 3, 0, 1)
        return np.maximum(raw * (1 - against), raw + (1 - raw) * mine).astype(np.float32)


def learn_colour_odds(pairs: Iterable[tuple[Picture, Plane]], sure: bool = False) -> ColourOdds | None:
    """From (frame, rough matte) pairs; None when subject and surroundings share their colours."""
    inside, outside = np.zeros(_BINS**3, np.float32), np.zeros(_BINS**3, np.float32)
    for frame, alpha in pairs:
        small, rough = shrunk(frame, (240, 160)), shrunk(alpha, (240, 160))
        index = _bins(small).ravel()
        front = cv2.erode((rough > 225).astype(np.uint8), square(7)).ravel() > 0
        near = cv2.dilate((rough > 60).astype(np.uint8), square(41)).ravel() > 0
        back = rough.ravel() < 20
        inside += np.bincount(index[front], minlength=_BINS**3)
        outside += (
            np.bincount(index[back], minlength=_BINS**3) * 0.25
            + np.bincount(index[back & near], minlength=_BINS**3) * 0.75
        )
    if inside.sum() < 150 or outside.sum() < 500:
        return None
    inside, outside = _smoothed(inside / inside.sum()), _smoothed(outside / outside.sum())
    odds = (inside + 2e-5) / (inside + outside + 4e-5)
    return ColourOdds(odds.astype(np.float32), sure)


class RimRefiner:
    """Decides the unsure rim of a matte by the colours on both sides of it, learnt as the frames come."""

    def __init__(self) -> None:
        self._inside = np.zeros(_BINS**3, np.float32)
        self._outside = np.zeros(_BINS**3, np.float32)

    def __call__(self, raw: Soft, small: Picture) -> Soft:
        """`raw` as the network gave it, `small` a picture of its size; the matte with its rim decided."""
        solid = (raw > 0.5).astype(np.uint8)
        rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
        if not len(rows):
            return raw
        part = np.s_[max(0, rows[0] - 16) : rows[-1] + 17, max(0, columns[0] - 16) : columns[-1] + 17]
        solid, soft = solid[part], raw[part]
        index = _bins(small[part])
        deep = cv2.erode(solid, square(5), borderValue=1) > 0
        near = cv2.dilate(solid, square(5)) > 0
        away = ~near & (cv2.dilate(solid, square(25)) > 0)
        for table, where in ((self._inside, deep), (self._outside, away)):
            table *= 0.9
            count = np.bincount(index[where], minlength=_BINS**3)
            table += count / max(1, count.sum())
        mine, other = _smoothed(self._inside)[index], _smoothed(self._outside)[index]
        odds = cv2.blur((mine + 1e-3) / (mine + other + 2e-3), (3, 3))
        odds = np.clip(odds, 0.06, 0.94)
        sure = np.clip(soft, 0.02, 0.98)
        both = sure * odds
        both /= both + (1 - sure) * (1 - odds)
        result = raw.copy()
        result[part] = np.where(near & ~deep, both, soft)
        return result


def _bins(picture: Picture) -> NDArray[np.int32]:
    """The number of each pixel's coarse Lab colour."""
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB) // (256 // _BINS)
    return (lab[..., 0].astype(np.int32) * _BINS + lab[..., 1]) * _BINS + lab[..., 2]


def _smoothed(table: Histogram) -> Histogram:
    """Flat histogram, smoothed over neighbouring colours."""
    cube = table.reshape((_BINS,) * 3)
    total = cube.copy()
    for axis in range(3):
        total += 0.35 * (np.roll(cube, 1, axis) + np.roll(cube, -1, axis))
    return total.ravel()
