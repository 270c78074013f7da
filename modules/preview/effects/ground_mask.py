"""Where the ground is in a frame: what the lower edge shows, goes on below the horizon and does not stand
upright."""

from collections.abc import Sequence

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.pixels import Field, Picture, Plane
from modules.preview.effects.regions import SkyMask, led_by, settled
from modules.preview.video.scaling import Reduction

_LONG = 160  # long side of the copies on which the ground is found
_BINS = 16, 32, 32
_LEAST = 0.06  # of the frame: less is no ground to speak of
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
    def there(self) -> bool:
        return self.share >= _LEAST

    def prepare(self, samples: Sequence[Picture], subjects: Sequence[Plane] = ()) -> bool:
        """Learns the ground's colours and place; whether there is ground. `subjects` are the mattes of the
        samples, if known."""
        smalls = [self._reduction(sample) for sample in samples]
        if not smalls:
            return False
        hidden = [cv2.resize(s, smalls[0].shape[1::-1]) for s in subjects] if len(subjects) == len(samples) else []
        self._still = _still(smalls)
        if self._still is not None:
            # Whatever walks about is gone from the median of a camera that stands still.
            usual = np.median(np.stack(samples), 0).astype(np.uint8)
            samples, smalls, hidden = [usual], [self._still], []
        found = [
            self._learnt(sample, small, hidden[k] if hidden else None)
            for k, (sample, small) in enumerate(zip(samples, smalls, strict=True))
        ]
        seen = [(small, ground > 0.5) for small, ground in zip(smalls, found, strict=True) if ground is not None]
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
        where = np.mean([ground for _, ground in seen], 0, dtype=np.float32)
        if self._still is not None:
            self._prior = px.blur(where, 0.7)
        else:
            self._prior = np.clip(px.blur(cv2.dilate(where, np.ones((7, 5))), 3) * 6, 0, 1).astype(np.float32)
        self._guide = _telling_grey(seen)
        masks = [self._raw(small) for small, _ in seen]
        told = np.mean([_agreement(mask, ground) for mask, (_, ground) in zip(masks, seen, strict=True)])
        self.told = told
        edges = [_far_edge(mask) for mask in masks]
        self.first_far, self.far = edges[0], float(np.median(edges))
        self.skyline = bool(np.mean([_meets(mask, self._sky_of(s)) for mask, s in zip(masks, samples, strict=False)]) > 0.5)
        surely = told > 0.6 and 0.1 < self.far < 0.8
        self.share = float(np.mean([mask.mean() for mask in masks])) if surely else 0.0
        return self.there

    def _sky_of(self, sample: Picture) -> Field:
        sky = cv2.resize(self._sky.guess(sample), self._reduction.size)
        return _hanging(sky[::-1], 0.0)[::-1]

    def _learnt(self, sample: Picture, small: Picture, hidden: Plane | None) -> Field | None:
        """The ground of one sample by its colours and place, without any knowledge of the clip: 0 or 1; None
        when the lower edge shows none."""
        height, width = small.shape[:2]
        labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
        sky = self._sky_of(sample) > 0.4
        bottom = int(np.flatnonzero(sky.mean(1) > 0.5).max(initial=0))
        horizon = max(int(0.12 * height), bottom)
        labels[int(0.80 * height) :] = cv2.GC_PR_FGD
        labels[int(0.95 * height) :] = cv2.GC_FGD
        labels[: horizon] = cv2.GC_BGD
        upright = _upright(small) > 0.5
        labels[sky | upright] = cv2.GC_BGD
        if hidden is not None:
            labels[hidden > 60] = cv2.GC_BGD
        if (labels == cv2.GC_FGD).sum() < 0.02 * width * height or (labels == cv2.GC_BGD).sum() < width:
            return None
        detail = _detail(small)
        patches = _patches(small, labels == cv2.GC_BGD)
        low = np.any([np.zeros_like(upright), *(p for p in patches if _comes_from_below(p, detail, sky.mean() < 0.25))], 0)
        labels[low & (labels == cv2.GC_PR_BGD)] = cv2.GC_PR_FGD
        cv2.setRNGSeed(1)
        cv2.grabCut(_even(small), labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
        found = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD) | low).astype(np.uint8)
        found = _hanging(cv2.morphologyEx(found, cv2.MORPH_OPEN, _SQUARE).astype(np.float32))
        return _further(small, found, patches, detail)

    def _raw(self, small: Picture) -> Field:
        """How surely each place of a small copy is ground: 0..1."""
        odds = self._odds[_bins(small)] * (1 - _upright(small))
        if self._still is not None:
            # What is as it usually is need not be judged by its colour.
            apart = cv2.absdiff(small, self._still).max(2).astype(np.float32)
            odds = np.maximum(odds * 0.9, 1 - np.clip((px.blur(apart, 0.6) - 14) / 16, 0, 1))
        raw = px.blur(odds * self._prior, 0.8)
        for operation in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
            raw = cv2.morphologyEx(raw, operation, _SQUARE)
        return _hanging(raw)

    def guess(self, frame: Picture) -> Field:
        return self._raw(self._reduction(frame))

    def __call__(self, frame: Picture, subject: Plane | None = None) -> Plane:
        """The ground of the next frame, without the `subject`."""
        guess = self.guess(frame)
        self._state = guess if self._state is None else settled(self._state, guess)
        mask = led_by(cv2.transform(px.reduced(frame, 2), self._guide), frame, np.clip(self._state * 1.35 - 0.1, 0, 1), 4, 1e-3)
        return mask if subject is None else cv2.subtract(mask, subject)


def _patches(small: Picture, out: Field) -> list[Field]:
    """Pieces of one colour that lie together, where `out` is False: masks."""
    even = cv2.medianBlur(_even(small), 3)
    cv2.setRNGSeed(1)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 8, 1.0)
    _, kinds, _ = cv2.kmeans(even.reshape(-1, 3).astype(np.float32), 7, None, criteria, 1, cv2.KMEANS_PP_CENTERS)
    kinds = kinds.reshape(small.shape[:2])
    pieces = []
    for kind in range(7):
        one = cv2.morphologyEx(((kinds == kind) & ~out).astype(np.uint8), cv2.MORPH_OPEN, _SQUARE)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(one, connectivity=4)
        pieces += [
            labels == label for label in range(1, count) if stats[label, cv2.CC_STAT_AREA] > 0.004 * one.size
        ]
    return pieces


def _detail(small: Picture) -> Field:
    """How rough each place is, in grey levels."""
    light = px.grey(small).astype(np.float32)
    return px.blur(cv2.absdiff(light, px.blur(light, 1.5)), 1.5)


def _comes_from_below(patch: Field, detail: Field, close: bool) -> bool:
    """Whether a large piece goes down to the lower edge, or is smooth and ends near it, and lies rather than
    stands."""
    height = len(patch)
    rows, columns = np.flatnonzero(patch.any(1)), np.flatnonzero(patch.any(0))
    if np.ptp(columns) < 0.8 * np.ptp(rows):
        return False
    wide = patch[int(0.9 * height) :].sum(1).max(initial=0) > 0.03 * patch.shape[1]
    near = close and rows[-1] > 0.74 * height and np.median(detail[patch]) < 3
    return bool((patch.mean() > 0.015 and wide) or (patch.mean() > 0.05 and near))


def _further(small: Picture, found: Field, patches: list[Field], detail: Field) -> Field:
    """The ground with what goes on beside and behind it: smooth pieces of its hue, or of the colour of what
    they adjoin."""
    if not found.any():
        return found
    tints = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)[..., 1:].astype(np.float32) - 128
    hue = np.arctan2(tints[..., 1], tints[..., 0])
    usual = np.arctan2(*tints[found > 0.5].mean(0)[::-1])
    coloured = np.hypot(*tints[found > 0.5].mean(0)) > 6
    for _ in range(3):
        ground = found > 0.5
        beside = cv2.dilate(found, np.ones((7, 7))) > 0.5
        for patch in patches:
            edge = patch & beside & ~ground
            if (patch & ~ground).sum() < 0.5 * patch.sum() or edge.sum() < 0.06 * patch.sum():
                continue
            rows, columns = np.flatnonzero(patch.any(1)), np.flatnonzero(patch.any(0))
            if np.ptp(columns) < 1.6 * np.ptp(rows):
                continue
            turn = float(np.abs((np.median(hue[patch]) - usual + np.pi) % (2 * np.pi) - np.pi))
            rough = float(np.median(detail[patch]))
            near = cv2.dilate(edge.astype(np.uint8), np.ones((9, 9))) * ground > 0
            apart = np.hypot(*(np.median(tints[patch], 0) - np.median(tints[near], 0))) if near.any() else 99
            if (coloured and turn < 0.45 and rough < (9 if turn < 0.15 else 3)) or (apart < 4 and rough < 3):
                found = np.maximum(found, patch.astype(np.float32))
    return found


def _still(smalls: Sequence[Picture]) -> Picture | None:
    """The median of the samples of a camera that stands still; None when it moves."""
    if len(smalls) < 4:
        return None
    usual = np.median(np.stack(smalls), 0).astype(np.uint8)
    same = [(cv2.absdiff(small, usual).max(2) < 16).mean() for small in smalls]
    return usual if min(same) > 0.8 else None


def _even(small: Picture) -> Picture:
    """A picture for colour models in which light counts for less than tint."""
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    return px.to8(lab * (0.6, 1.6, 1.6) + (30, -77, -77))


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


def _upright(small: Picture) -> Field:
    """Where upright lines rule, as on trunks, walls and windows, and nothing is green: 0..1."""
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    light = lab[..., 0].astype(np.float32)
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    across, down = (px.blur(edge * edge, 2.2) for edge in (across, down))
    share = across / (across + down + 200)
    green = px.blur(np.clip((122 - lab[..., 1].astype(np.float32)) / 4, 0, 1), 2)
    return np.asarray(np.clip((share - 0.62) * 6, 0, 1) * (1 - green))


def _hanging(found: Field, free: float = 0.01) -> Field:
    """The mask without what does not hang together with the lower edge, except pieces of at least `free`
    (share of the picture; 0: none)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((found > 0.3).astype(np.uint8), connectivity=4)
    low = stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT] >= len(found) - 1
    large = stats[:, cv2.CC_STAT_AREA] > found.size * free
    keep = ((stats[:, cv2.CC_STAT_AREA] > found.size * 0.004) & low) | (large & (free > 0))
    keep[0] = False
    return np.asarray(found * keep[labels])


def _agreement(one: Field, other: Field) -> float:
    one, other = one > 0.5, other > 0.5
    return float((one & other).sum() / max(1, (one | other).sum()))


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
