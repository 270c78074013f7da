"""Where the ground is in a frame: what the lower edge shows, goes on below the horizon and does not stand
upright."""

from collections.abc import Sequence

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.ground_finder import ground_of, hanging, upright_lines
from modules.preview.effects.pixels import Field, Picture, Plane
from modules.preview.effects.regions import SkyMask, led_by, settled
from modules.preview.video.prefetch import spread
from modules.preview.video.scaling import Reduction

_LONG = 160  # long side of the copies on which the ground is found
_BINS = 16, 32, 32
_LEAST = 0.06  # of the frame: less is no ground to speak of
_STEEP = px.curve((0, 0), (0.22, 0), (0.78, 1), (1, 1))
_SQUARE = np.ones((3, 3), np.uint8)


class GroundMask:
    """`prepare` with samples of the clip, then call with every frame in order.

    `share` is how much of the samples the ground fills; where no place is surely ground the mask is empty,
    and `there` is False. `far` is the row (share of the height) up to which it reaches in most columns.
    """

    def __init__(self, width: int, height: int) -> None:
        self._reduction = Reduction(width, height, _LONG)
        self._sky = SkyMask(width, height)
        self.share, self.far, self.first_far = 0.0, 1.0, 1.0
        self.skyline = False  # whether it ends at the sky, not at something that stands on it
        self._odds: Field  # of each colour, how surely it is the ground's: 0..1
        self._prior: Field  # where ground was seen: 0..1
        self._still: Picture | None = None  # what a camera that stands still usually sees
        self._guide: Field  # 1x4: BGR to the grey in which ground and surroundings differ most
        self._state: Field | None = None

    @property
    def still(self) -> bool:
        """Whether the camera stands still."""
        return self._still is not None

    @property
    def there(self) -> bool:
        return self.share >= _LEAST

    def prepare(self, samples: Sequence[Picture], subjects: Sequence[Plane] = (), *, every: int = 1) -> bool:
        """Learns the ground's colours and place; whether there is ground. `subjects` are the mattes of the
        samples, if known. `every` 2 looks for it in every other sample only."""
        smalls = [self._reduction(sample) for sample in samples]
        if not smalls:
            return False
        hidden = (
            [cv2.resize(s, smalls[0].shape[1::-1]) for s in subjects] if len(subjects) == len(samples) else []
        )
        self._still = _still(smalls)
        if self._still is not None:
            # Whatever walks about is gone from the median of a camera that stands still.
            samples, smalls, hidden = samples[:1], [self._still], []
        samples, smalls, hidden = samples[::every], smalls[::every], hidden[::every]
        skies = [cv2.resize(guess, self._reduction.size) for guess in spread(self._sky.guess, samples)]
        above = [hanging(sky[::-1], 0.0)[::-1] for sky in skies]  # what reaches the upper edge
        found = spread(ground_of, smalls, above, hidden or [None] * len(smalls))
        kept = [k for k, ground in enumerate(found) if ground is not None]
        seen = [
            (small, ground > 0.5) for small, ground in zip(smalls, found, strict=True) if ground is not None
        ]
        if len(seen) < max(1, len(samples) * 0.5):
            return False
        inside, outside = np.zeros(_BINS, np.float32), np.zeros(_BINS, np.float32)
        for small, ground in seen:
            bins = _bins(small)
            np.add.at(inside, tuple(part[ground] for part in bins), 1)
            np.add.at(outside, tuple(part[~ground] for part in bins), 1)
        within, without = _spread(inside), _spread(outside)
        odds = within / (within + 1.1 * without + 0.02)
        self._odds = np.clip((odds - 0.35) * 2.4, 0, 1).astype(np.float32)
        where = px.f32(np.mean([ground for _, ground in seen], 0))
        if self._still is not None:
            self._prior = px.blur(where, 0.7)
        else:
            self._prior = np.clip(px.blur(cv2.dilate(where, np.ones((7, 5))), 3) * 6, 0, 1).astype(np.float32)
        self._guide = _telling_grey(seen)
        masks = [self._raw(small) for small, _ in seen]
        told = np.mean([_agreement(mask, ground) for mask, (_, ground) in zip(masks, seen, strict=True)])
        edges = [_far_edge(mask) for mask in masks]
        self.first_far, self.far = edges[0], float(np.median(edges))
        self.skyline = bool(
            np.mean([_meets(mask, above[k]) for mask, k in zip(masks, kept, strict=True)]) > 0.5
        )
        hangs = np.mean([_hangs(mask, skies[k]) for mask, k in zip(masks, kept, strict=True)])
        surely = hangs < 0.15 and told > 0.6 and 0.1 < self.far < 0.8
        self.share = float(np.mean([mask.mean() for mask in masks])) if surely else 0.0
        return self.there

    def _raw(self, small: Picture, hidden: Plane | None = None) -> Field:
        """How surely each place of a small copy is ground: 0..1."""
        odds = self._odds[_bins(small)] * (1 - upright_lines(small, hidden))
        if self._still is not None:
            # What is as it usually is need not be judged by its colour.
            apart = cv2.absdiff(small, self._still).max(2).astype(np.float32)
            odds = np.maximum(odds * 0.9, 1 - np.clip((px.blur(apart, 0.6) - 14) / 16, 0, 1))
        raw = px.blur(odds * self._prior, 0.8)
        for operation in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
            raw = cv2.morphologyEx(raw, operation, _SQUARE)
        return hanging(raw)

    def guess(self, frame: Picture, subject: Plane | None = None) -> Field:
        """How surely each place is ground, 0..1, at the size of the small copies."""
        hidden = None if subject is None else cv2.resize(subject, self._reduction.size)
        return self._raw(self._reduction(frame), hidden)

    def __call__(self, frame: Picture, subject: Plane | None = None) -> Plane:
        """The ground of the next frame, without the `subject`."""
        guess = self.guess(frame, subject)
        self._state = guess if self._state is None else settled(self._state, guess)
        grey = cv2.transform(px.reduced(frame, 2), self._guide)
        mask = led_by(grey, frame, px.f32(np.clip(self._state * 1.35 - 0.1, 0, 1)), 4, 1e-3)
        mask = cv2.LUT(mask, _STEEP)
        return mask if subject is None else cv2.subtract(mask, subject)


def _still(smalls: Sequence[Picture]) -> Picture | None:
    """The median of the samples of a camera that stands still; None when it moves."""
    if len(smalls) < 4:
        return None
    usual = np.median(np.stack(smalls), 0).astype(np.uint8)
    edges = cv2.Laplacian(px.grey(usual), cv2.CV_32F)
    rough = np.abs(edges) > max(6.0, float(np.percentile(np.abs(edges), 70)))
    alike = [cv2.absdiff(small, usual).max(2) < 16 for small in smalls]
    told = min(float(one[rough].mean()) for one in alike) if rough.any() else 1.0
    return usual if told > 0.7 and min(one.mean() for one in alike) > 0.8 else None


def _bins(small: Picture) -> tuple[Plane, Plane, Plane]:
    light, a, b = cv2.split(cv2.cvtColor(small, cv2.COLOR_BGR2LAB))
    a, b = (np.clip(px.f32(plane) * 1.6 - 77, 0, 255).astype(np.uint8) >> 3 for plane in (a, b))
    return light >> 4, a, b


def _telling_grey(seen: Sequence[tuple[Picture, Field]]) -> Field:
    """The 1x4 matrix from BGR to the grey in which the ground differs most from what adjoins it."""
    sides: tuple[list[Field], list[Field]] = ([], [])
    for small, ground in seen:
        inner = ground.astype(np.uint8)
        near = (cv2.dilate(inner, np.ones((11, 11))) > 0) & (cv2.erode(inner, np.ones((11, 11))) == 0)
        for side, part in zip(sides, (ground & near, ~ground & near), strict=True):
            side.append(small[part].astype(np.float32))
    inside, outside = (np.concatenate(side) for side in sides)
    if min(len(inside), len(outside)) < 20:
        return px.f32([[0.114, 0.587, 0.299, 0]])
    spread = np.cov(inside.T) + np.cov(outside.T) + 60 * np.eye(3)
    weights = np.linalg.solve(spread, inside.mean(0) - outside.mean(0))
    span = np.ptp(np.concatenate([inside, outside])[:: max(1, len(inside) // 2000)] @ weights)
    weights = weights * 230 / max(1e-6, float(span))
    middle = float((inside.mean(0) + outside.mean(0)) @ weights) / 2
    return px.f32([[*weights, 128 - middle]])


def _spread(counts: Field) -> Field:
    """Counts of colours, each spread over the neighbouring ones."""
    for axis in range(3):
        turned = np.moveaxis(counts, axis, 0)
        flat = np.ascontiguousarray(turned.reshape(turned.shape[0], -1))
        counts = np.moveaxis(cv2.GaussianBlur(flat, (1, 5), 0, sigmaY=0.8).reshape(turned.shape), 0, axis)
    return counts


def _agreement(one: Field, other: Field) -> float:
    one, other = one > 0.5, other > 0.5
    return float((one & other).sum() / max(1, (one | other).sum()))


def _hangs(mask: Field, sky: Field) -> float:
    """The share of the columns in which sky is seen below what should be ground: a branch, a roof."""
    ground = mask > 0.5
    return float((np.logical_or.accumulate(ground, 0) & (sky > 0.5) & ~ground).any(0).mean())


def _meets(mask: Field, sky: Field) -> float:
    """The share of the columns in which the sky begins where the ground ends."""
    ground = mask > 0.5
    tops = np.maximum(np.argmax(ground, 0) - 4, 0)
    return float((sky[tops, np.arange(len(tops))] > 0.5)[ground.any(0)].mean()) if ground.any() else 0.0


def _far_edge(mask: Field) -> float:
    """The row, as a share of the height, where the ground ends in most columns that have any."""
    ground = mask > 0.5
    tops = np.argmax(ground, 0)[ground.any(0)]
    return float(np.percentile(tops, 30)) / len(mask) if len(tops) else 1.0
