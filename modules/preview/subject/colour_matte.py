"""Following a drawn or unusual subject by its colours: learnt once from what moves near the middle,
evaluated on a small copy per frame."""

import cv2
import numpy as np

from modules.preview.video.scaling import Reduction, shrunk

_W, _H = 160, 90
_BINS = 16
_LONG = 144  # long side of the copies on which samples are told apart
# the odds that a pixel is the subject's, by how much it differs from the empty place (0..255)
_ODDS = np.exp(5.2 * (np.clip((np.arange(256, dtype=np.float32) - 9) / 26, 0, 1) - 0.42)).astype(np.float32)
_OTHER = 40  # a difference that only another thing makes


def motion_energy(samples: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
    """(0..1 map of where the samples differ, 90x160; their median picture, 90x160 BGR, or None for fewer
    than three samples)."""
    small = [cv2.resize(s, (_W, _H), interpolation=cv2.INTER_AREA) for s in samples]
    if len(small) < 3:
        return np.full((_H, _W), 0.5, np.float32), None
    stack = np.stack(small)
    median = np.median(stack, 0).astype(np.uint8)
    spread = np.abs(stack.astype(np.int16) - median).max(3).mean(0).astype(np.float32)
    spread = cv2.GaussianBlur(spread, (0, 0), 2)
    return np.clip(spread / max(12.0, float(np.percentile(spread, 97))), 0, 1), median


class Colours:
    """Odds of subject against surroundings per coarse Lab colour, times a place prior that follows the
    last box."""

    def __init__(self, odds: np.ndarray, prior: np.ndarray) -> None:
        self.odds, self.prior = odds, prior

    def __call__(self, small: np.ndarray, box, width: int, height: int) -> np.ndarray:
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
        return cv2.morphologyEx(
            cv2.GaussianBlur(raw * prior, (0, 0), 1.2), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)
        )


def learn_colours(samples: list[np.ndarray], motion: np.ndarray) -> Colours | None:
    """A colour model from GrabCut on a centre-and-motion prior; None when no compact moving thing stands
    out."""
    gy, gx = np.mgrid[0:_H, 0:_W].astype(np.float32)
    centre = np.exp(-(((gx - _W / 2) / (_W * 0.24)) ** 2 + ((gy - _H * 0.55) / (_H * 0.34)) ** 2))
    seed = motion * centre
    if motion.min() > 0.45 or float(seed.max()) < 0.25:
        return None
    inside = np.zeros((_BINS,) * 3, np.float32)
    outside = np.zeros_like(inside)
    where = np.zeros((_H, _W), np.float32)
    for sample in samples:
        small = cv2.resize(sample, (_W, _H), interpolation=cv2.INTER_AREA)
        marks = np.full((_H, _W), cv2.GC_PR_BGD, np.uint8)
        marks[seed > 0.35 * seed.max()] = cv2.GC_PR_FGD
        marks[centre < 0.03] = cv2.GC_BGD
        try:
            cv2.grabCut(small, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
        except cv2.error:
            continue
        front = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
        lab = (cv2.cvtColor(small, cv2.COLOR_BGR2LAB) // (256 // _BINS)).reshape(-1, 3)
        np.add.at(inside, tuple(lab[front.ravel()].T), 1)
        np.add.at(outside, tuple(lab[~front.ravel()].T), 1)
        where += front
    share = where.mean() / max(1, len(samples))
    if not 0.01 < share < 0.45:
        return None
    inside, outside = inside / max(1, inside.sum()), outside / max(1, outside.sum())
    odds = inside / (inside + outside + 1e-5)
    front = where / len(samples)
    # honest separation: the model has to tell its own samples apart, or the fallback is better than a rag
    apart = float((odds * inside).sum() - (odds * outside).sum())
    return (
        Colours(odds.astype(np.float32), np.clip(cv2.GaussianBlur(front, (0, 0), 6) * 1.6 + 0.05, 0, 1))
        if apart > 0.55
        else None
    )


class Tones:
    """How much more often a colour is the subject's than its surroundings', from the clip's own sure
    parts; corrects the network where it wavers."""

    def __init__(self, odds: np.ndarray, sure: bool = False) -> None:
        """`sure`: the tables hold the subject and nothing else, so they are heard also inside the
        network's answer."""
        self._table, self._sure = odds, sure

    def corrected(self, raw: np.ndarray, small: np.ndarray) -> np.ndarray:
        index = _bins(cv2.resize(small, (128, 128), interpolation=cv2.INTER_AREA))
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


def learn_tones(pairs, sure: bool = False) -> Tones | None:
    """From (frame, rough matte) pairs; None when subject and surroundings share their colours."""
    inside, outside = np.zeros(_BINS**3, np.float32), np.zeros(_BINS**3, np.float32)
    for frame, alpha in pairs:
        small, rough = shrunk(frame, (240, 160)), shrunk(alpha, (240, 160))
        index = _bins(small).ravel()
        front = cv2.erode((rough > 225).astype(np.uint8), np.ones((7, 7), np.uint8)).ravel() > 0
        near = cv2.dilate((rough > 60).astype(np.uint8), np.ones((41, 41), np.uint8)).ravel() > 0
        back = rough.ravel() < 20
        inside += np.bincount(index[front], minlength=_BINS**3)
        outside += (
            np.bincount(index[back], minlength=_BINS**3) * 0.25
            + np.bincount(index[back & near], minlength=_BINS**3) * 0.75
        )
    if inside.sum() < 150 or outside.sum() < 500:
        return None
    inside, outside = _spread(inside / inside.sum()), _spread(outside / outside.sum())
    odds = (inside + 2e-5) / (inside + outside + 4e-5)
    return Tones(odds.astype(np.float32), sure)


class Rim:
    """Decides the unsure rim of a matte by the colours on both sides of it, learnt as the frames come."""

    def __init__(self) -> None:
        self._inside = np.zeros(_BINS**3, np.float32)
        self._outside = np.zeros(_BINS**3, np.float32)

    def __call__(self, raw: np.ndarray, small: np.ndarray) -> np.ndarray:
        """`raw` float32 0..1 as the network gave it, `small` uint8 BGR of its size; the matte with its rim
        decided."""
        solid = (raw > 0.5).astype(np.uint8)
        rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
        if not len(rows):
            return raw
        part = np.s_[max(0, rows[0] - 16) : rows[-1] + 17, max(0, columns[0] - 16) : columns[-1] + 17]
        solid, soft = solid[part], raw[part]
        index = _bins(small[part])
        deep = cv2.erode(solid, np.ones((5, 5), np.uint8), borderValue=1) > 0
        near = cv2.dilate(solid, np.ones((5, 5), np.uint8)) > 0
        away = ~near & (cv2.dilate(solid, np.ones((25, 25), np.uint8)) > 0)
        for table, where in ((self._inside, deep), (self._outside, away)):
            table *= 0.9
            count = np.bincount(index[where], minlength=_BINS**3)
            table += count / max(1, count.sum())
        mine, other = _spread(self._inside)[index], _spread(self._outside)[index]
        odds = cv2.blur((mine + 1e-3) / (mine + other + 2e-3), (3, 3))
        odds = np.clip(odds, 0.06, 0.94)
        sure = np.clip(soft, 0.02, 0.98)
        both = sure * odds
        both /= both + (1 - sure) * (1 - odds)
        result = raw.copy()
        result[part] = np.where(near & ~deep, both, soft)
        return result


def _bins(picture: np.ndarray) -> np.ndarray:
    """The number of each pixel's coarse Lab colour, int32."""
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB) // (256 // _BINS)
    return (lab[..., 0].astype(np.int32) * _BINS + lab[..., 1]) * _BINS + lab[..., 2]


def _spread(table: np.ndarray) -> np.ndarray:
    """Flat histogram, smoothed over neighbouring colours."""
    cube = table.reshape((_BINS,) * 3)
    total = cube.copy()
    for axis in range(3):
        total += 0.35 * (np.roll(cube, 1, axis) + np.roll(cube, -1, axis))
    return total.ravel()


def against(
    raw: np.ndarray, small: np.ndarray, empty: np.ndarray, seen: np.ndarray, moves: bool = False
) -> np.ndarray:
    """Near the subject, what differs from the empty place speaks for it, what does not speaks against it.

    `raw` float32 0..1; `small` and `empty` uint8 BGR, `seen` bool (where `empty` is known), all of its
    size. What differs much and hangs together with the sure subject is taken up however far it reaches: a
    wing, a stick. When the subject `moves`, what looks as the empty place is the place, however sure the
    network is; only small holes in the subject are closed.
    """
    blue, green, red = cv2.split(cv2.GaussianBlur(cv2.absdiff(small, empty), (0, 0), 1.2))
    apart = cv2.max(cv2.max(blue, green), red)
    solid = raw > 0.5
    near = cv2.dilate((raw > 0.3).astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    other = cv2.morphologyEx(
        ((apart > _OTHER) & seen).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    _, labels = cv2.connectedComponents(cv2.bitwise_or(other, solid.astype(np.uint8)))
    reach = np.isin(labels, np.unique(labels[solid])) & (other > 0) if solid.any() else np.zeros_like(solid)
    if reach.sum() > 1.5 * solid.sum():  # the light changed, or the camera moved: that is not all the subject
        reach[:] = False
    sure = np.clip(np.where(reach, np.maximum(raw, 0.3), raw), 0.02, 0.9 if moves else 0.98)
    odds = _ODDS[apart]
    both = sure * (np.where(odds < 1, odds * odds, odds) if moves else odds)
    both /= both + (1 - sure)
    both = np.where((near | reach) & seen, both, raw).astype(np.float32)
    return (
        cv2.morphologyEx(both, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
        if moves
        else both
    )


def told_apart(
    samples: list[np.ndarray], glances: list[np.ndarray], poses: list[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]] | None:
    """Better rough mattes, and what lasts (both uint8, of the samples' size): what nearly every sample shows
    in place is not a moving subject's.

    `poses`: 3x3 per sample, from its pixels to those of the first. None when the subject itself hardly
    moves, or nothing is left of it.
    """
    height, width = samples[0].shape[:2]
    reduction = Reduction(width, height, _LONG)
    small, rough = [reduction(s) for s in samples], [reduction(g) for g in glances]
    lasting, moved = [], []
    for k, glance in enumerate(rough):
        lasting.append(
            _lasting(small, [reduction.small(np.linalg.inv(pose) @ poses[k]) for pose in poses], k)
        )
        moved += [float((lasting[-1][glance > 150] == 0).mean())] if (glance > 150).any() else []
    if len(moved) < 3 or np.median(moved) < 0.4:
        return None
    fronts = [_front(*each) for each in zip(small, rough, lasting, strict=True)]
    if sum(front is not None for front in fronts) < 0.6 * len(fronts):
        return None
    everywhere = cv2.dilate(
        np.maximum.reduce([front for front in fronts if front is not None]), np.ones((9, 9), np.uint8)
    )
    fronts = [
        cv2.min(everywhere, cv2.bitwise_not(still)) if front is None else front
        for front, still in zip(fronts, lasting, strict=True)
    ]
    return [cv2.resize(front, (width, height)) for front in fronts], [
        cv2.resize(cv2.min(still, cv2.bitwise_not(front)), (width, height))
        for still, front in zip(lasting, fronts, strict=True)
    ]


def _lasting(small: list[np.ndarray], ways: list[np.ndarray], k: int) -> np.ndarray:
    """255 where most other samples show the same as sample `k` does; `ways` 3x3 from its pixels to each
    one's."""
    low, high = cv2.erode(small[k], np.ones((3, 3))), cv2.dilate(small[k], np.ones((3, 3)))
    size = small[k].shape[1::-1]
    same, all_ = np.zeros(size[::-1], np.uint8), np.zeros(size[::-1], np.uint8)
    for j, way in enumerate(ways):
        if j == k:
            continue
        flags = {"flags": cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP}
        other, there = (
            cv2.warpAffine(small[j], way[:2], size, **flags),
            cv2.warpAffine(np.ones(size[::-1], np.uint8), way[:2], size, **flags),
        )
        blue, green, red = cv2.split(cv2.max(cv2.subtract(other, high), cv2.subtract(low, other)))
        same += cv2.min(cv2.compare(cv2.max(cv2.max(blue, green), red), 7, cv2.CMP_LT), there)
        all_ += there
    still = ((same >= 0.8 * all_) & (all_ >= 3) | (all_ < 3)).astype(np.uint8) * 255
    return cv2.morphologyEx(still, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))


def _front(small: np.ndarray, rough: np.ndarray, lasting: np.ndarray) -> np.ndarray | None:
    """255 where GrabCut sees the subject, led by what of a rough matte does not last; None when too little
    of it is left."""
    core = cv2.morphologyEx(
        ((rough > 180) & (lasting == 0)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core)
    if count < 2:
        return None
    core = (labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8)
    if core.sum() < 40:
        return None
    marks = np.where((rough > 128) & (lasting == 0), cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[lasting > 0] = cv2.GC_BGD
    marks[cv2.dilate((rough > 75).astype(np.uint8), np.ones((25, 25), np.uint8)) == 0] = cv2.GC_BGD
    marks[cv2.erode(core, np.ones((3, 3), np.uint8)) > 0] = cv2.GC_FGD
    try:
        cv2.setRNGSeed(1)
        cv2.grabCut(small, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return None
    front = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    return cv2.morphologyEx(front, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
