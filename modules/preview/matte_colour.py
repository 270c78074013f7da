"""Following a drawn or unusual subject by its colours: learnt once from what moves near the middle, evaluated on a small copy per frame."""

import cv2
import numpy as np

_W, _H = 160, 90
_BINS = 16


def motion_energy(samples: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
    """(0..1 map of where the samples differ, 90x160; their median picture, 90x160 BGR, or None for fewer than three samples)."""
    small = [cv2.resize(s, (_W, _H), interpolation=cv2.INTER_AREA) for s in samples]
    if len(small) < 3:
        return np.full((_H, _W), 0.5, np.float32), None
    stack = np.stack(small)
    median = np.median(stack, 0).astype(np.uint8)
    spread = np.abs(stack.astype(np.int16) - median).max(3).mean(0).astype(np.float32)
    spread = cv2.GaussianBlur(spread, (0, 0), 2)
    return np.clip(spread / max(12.0, float(np.percentile(spread, 97))), 0, 1), median


class Colours:
    """Odds of subject against surroundings per coarse Lab colour, times a place prior that follows the last box."""

    def __init__(self, odds: np.ndarray, prior: np.ndarray) -> None:
        self.odds, self.prior = odds, prior

    def __call__(self, small: np.ndarray, box, width: int, height: int) -> np.ndarray:
        lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB) // (256 // _BINS)
        raw = self.odds[lab[..., 0], lab[..., 1], lab[..., 2]]
        prior = cv2.resize(self.prior, (small.shape[1], small.shape[0]))
        if box is not None:
            gy, gx = np.mgrid[0:small.shape[0], 0:small.shape[1]].astype(np.float32)
            cx, cy = box.centre
            far = ((gx * width / small.shape[1] - cx) / (0.75 * box.w + 40)) ** 2 + ((gy * height / small.shape[0] - cy) / (0.75 * box.h + 40)) ** 2
            prior = np.exp(-far ** 2)
        return cv2.morphologyEx(cv2.GaussianBlur(raw * prior, (0, 0), 1.2), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))


def learn_colours(samples: list[np.ndarray], motion: np.ndarray) -> Colours | None:
    """A colour model from GrabCut on a centre-and-motion prior; None when no compact moving thing stands out."""
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
    return Colours(odds.astype(np.float32), np.clip(cv2.GaussianBlur(front, (0, 0), 6) * 1.6 + 0.05, 0, 1)) if apart > 0.55 else None


class Tones:
    """How much more often a colour is the subject's than its surroundings', from the clip's own sure parts; corrects the network where it wavers."""

    def __init__(self, odds: np.ndarray) -> None:
        self._table = odds.ravel()

    def corrected(self, raw: np.ndarray, small: np.ndarray) -> np.ndarray:
        lab = cv2.cvtColor(cv2.resize(small, (128, 128), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2LAB) // (256 // _BINS)
        index = lab[..., 0].astype(np.int32) * (_BINS * _BINS) + lab[..., 1].astype(np.int32) * _BINS + lab[..., 2]
        odds = cv2.resize(cv2.blur(self._table[index], (3, 3)), raw.shape[::-1])
        # 0.5 says nothing; colours that are nearly never the subject's take away, the deep inside of the network's answer stays
        deep = cv2.blur(raw, (15, 15))
        doubt = np.clip((0.97 - deep) * 3.0, 0, 1)
        against = np.clip((0.28 - odds) * 4.5, 0, 1)
        return raw * (1 - against * doubt)


def learn_tones(pairs) -> Tones | None:
    """From (frame, rough matte) pairs; None when subject and surroundings share their colours."""
    inside, outside = np.zeros((_BINS,) * 3, np.float32), np.zeros((_BINS,) * 3, np.float32)
    for frame, alpha in pairs:
        small = cv2.resize(frame, (240, 160), interpolation=cv2.INTER_AREA)
        rough = cv2.resize(alpha, (240, 160), interpolation=cv2.INTER_AREA)
        lab = (cv2.cvtColor(small, cv2.COLOR_BGR2LAB) // (256 // _BINS)).reshape(-1, 3)
        front = cv2.erode((rough > 225).astype(np.uint8), np.ones((7, 7), np.uint8)).ravel() > 0
        near = cv2.dilate((rough > 60).astype(np.uint8), np.ones((41, 41), np.uint8)).ravel() > 0
        back = (rough.ravel() < 20)
        np.add.at(inside, tuple(lab[front].T), 1)
        np.add.at(outside, tuple(lab[back & near].T), 1.0)
        np.add.at(outside, tuple(lab[back & ~near].T), 0.25)
    if inside.sum() < 150 or outside.sum() < 500:
        return None
    for table in (inside, outside):
        table /= table.sum()
        spread = table.copy()
        for axis in range(3):
            spread += 0.35 * (np.roll(table, 1, axis) + np.roll(table, -1, axis))
        table[:] = spread
    odds = (inside + 2e-5) / (inside + outside + 4e-5)
    return Tones(odds.astype(np.float32))


class Rim:
    """Decides the unsure rim of a matte by the colours on both sides of it, learnt as the frames come."""

    def __init__(self) -> None:
        self._inside = np.zeros(_BINS**3, np.float32)
        self._outside = np.zeros(_BINS**3, np.float32)

    def __call__(self, raw: np.ndarray, small: np.ndarray) -> np.ndarray:
        """`raw` float32 0..1 as the network gave it, `small` uint8 BGR of its size; the matte with its rim decided."""
        solid = (raw > 0.5).astype(np.uint8)
        rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
        if not len(rows):
            return raw
        part = np.s_[max(0, rows[0] - 16):rows[-1] + 17, max(0, columns[0] - 16):columns[-1] + 17]
        solid, soft = solid[part], raw[part]
        bins = cv2.cvtColor(small[part], cv2.COLOR_BGR2LAB) // (256 // _BINS)
        index = bins[..., 0].astype(np.int32) * _BINS**2 + bins[..., 1].astype(np.int32) * _BINS + bins[..., 2]
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


def _spread(table: np.ndarray) -> np.ndarray:
    """Flat histogram, smoothed over neighbouring colours."""
    cube = table.reshape((_BINS,) * 3)
    total = cube.copy()
    for axis in range(3):
        total += 0.35 * (np.roll(cube, 1, axis) + np.roll(cube, -1, axis))
    return total.ravel()
