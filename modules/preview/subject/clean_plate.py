"""The place behind the subject: seen in other frames, of a camera that stands still or moves, or guessed
from what lies beside it."""

from dataclasses import dataclass

import cv2
import numpy as np

from modules.preview.video.compositing import blend
from modules.preview.video.scaling import Reduction

_LONG = 400  # long side of the copies by which the camera's movement is found
_KEPT = 10  # past frames kept for what they show
_STEP = 0.05  # of the width: how far the camera moves before another one is kept
# of the long side, round the subject that are not taken for the place: mattes miss a hand now and then
_MARGIN = 0.03
_STANDS = 6  # grey levels that nine tenths of the place may change while the camera stands still
_MEMBERS = 25  # points that must agree on a movement


def still_plate(samples: list[np.ndarray], alphas: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray] | None:
    """(the place without its subject, where it was really seen as a bool mask), from samples of a camera that
    stands still.

    None when the camera moves or too little is seen. What was never seen is filled from beside it.
    """
    sizes = np.array([int((a[::4, ::4] > 128).sum()) for a in alphas])
    if (sizes > 0).mean() > 0.6:  # mostly found: where it is not, it was missed, and would haunt the plate
        kept = [i for i, size in enumerate(sizes) if size > 0.4 * np.median(sizes[sizes > 0])]
        samples, alphas = [samples[i] for i in kept], [alphas[i] for i in kept]
    if len(samples) < 3:
        return None
    masks = [hidden_by(a) for a in alphas]
    hidden = np.zeros(masks[0].shape, np.uint8)  # in how many samples
    for mask in masks:
        hidden = cv2.add(hidden, cv2.min(mask, 1))
    seen = cv2.subtract(np.full_like(hidden, len(samples)), hidden)
    levels = [cv2.bitwise_or(s, cv2.merge([m] * 3)) for s, m in zip(samples, masks, strict=True)]
    for turn in range(len(levels)):  # sorted by exchanges of whole pictures: much quicker than pixel by pixel
        for i in range(turn % 2, len(levels) - 1, 2):
            levels[i], levels[i + 1] = cv2.min(levels[i], levels[i + 1]), cv2.max(levels[i], levels[i + 1])
    pick = cv2.LUT(seen, np.array([max(0, (n - 1) // 2) for n in range(256)], np.uint8))
    plate = levels[0]
    for level in range(1, int(pick.max()) + 1):
        cv2.copyTo(levels[level], cv2.compare(pick, level, cv2.CMP_EQ), plate)
    part = np.s_[::6, ::6]
    drift = [
        float(np.median(np.append(cv2.absdiff(s[part], plate[part]).max(2)[m[part] == 0], 0)))
        for s, m in zip(samples, masks, strict=True)
    ]
    usual = [i for i, value in enumerate(drift) if value <= max(4.0, 2.5 * np.median(drift))]
    if 3 <= len(usual) < len(samples):  # in another light: its patches would show
        return still_plate([samples[i] for i in usual], [alphas[i] for i in usual])
    if np.median(drift) > 9 or (seen == 0).mean() > 0.3:
        return None
    holes = cv2.compare(seen, 0, cv2.CMP_EQ)
    return (fill(plate, holes) if cv2.countNonZero(holes) else plate), seen > 0


def hidden_by(alpha: np.ndarray, margin: int = 16) -> np.ndarray:
    """255 where a subject of this matte may stand, with a margin in pixels, else 0; uint8 of its size."""
    side = margin // 4 * 2 + 1
    small = cv2.dilate(
        cv2.resize(alpha, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_NEAREST),
        np.ones((side, side), np.uint8),
    )
    return cv2.resize(
        cv2.threshold(small, 30, 255, cv2.THRESH_BINARY)[1],
        alpha.shape[::-1],
        interpolation=cv2.INTER_NEAREST,
    )


def _margin(picture: np.ndarray) -> int:
    return round(_MARGIN * max(picture.shape[:2]))


def fill(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The masked part (uint8 > 0) filled with its mirrored neighbours on the left and the right; at full
    size, soft at the mask's rim."""
    height, width = mask.shape
    solid = mask > 25
    rows = np.flatnonzero(solid.any(1))
    if not len(rows):
        return picture.copy()
    top, bottom = rows[0], rows[-1] + 1
    left = solid[rows].argmax(1).astype(np.float32)
    right = (width - solid[rows, ::-1].argmax(1)).astype(np.float32)
    lines = np.arange(top, bottom)
    left, right = (np.interp(lines, rows, edge).astype(np.float32) for edge in (left, right))
    # smooth from row to row: mirrored at a ragged edge, straight things would wave
    tall = max(3, len(lines) // 10) | 1
    left, right = np.float32(left - 3)[:, None], np.float32(right + 3)[:, None]
    strip = np.ones((2 * tall + 1, 1), np.uint8)
    left = np.minimum(left, _along(cv2.erode(left, strip, borderType=cv2.BORDER_REPLICATE), tall / 2))
    right = np.maximum(right, _along(cv2.dilate(right, strip, borderType=cv2.BORDER_REPLICATE), tall / 2))
    x0, x1 = int(np.clip(left.min(), 0, width - 1)), int(np.clip(right.max() + 1, 1, width))
    x = np.arange(x0, x1, dtype=np.float32)[None]
    y = np.repeat(lines.astype(np.float32)[:, None], x1 - x0, 1)
    wide = np.maximum(right - left, 1)
    share = np.clip(((x - left) / wide - 0.3) / 0.4, 0, 1)
    share = share * share * (3 - 2 * share)
    by_left, by_right = (
        _along(np.clip(room / wide - 0.2, 0.02, 1), tall) for room in (left, width - right)
    )  # a side without room shows little
    share = (share * by_right / (share * by_right + (1 - share) * by_left)).astype(np.float32)
    from_left = cv2.remap(
        picture, np.ascontiguousarray(2 * left - x), y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    from_right = cv2.remap(
        picture, np.ascontiguousarray(2 * right - x), y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    guess = cv2.blendLinear(from_left, from_right, 1 - share, share)
    softness = 0.03 * (float(wide.mean()) - 0.2 * width)
    if softness > 0.5:  # what is far from anything seen is not drawn sharply
        small = cv2.resize(guess, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        guess = cv2.resize(cv2.GaussianBlur(small, (0, 0), max(0.5, softness / 4)), guess.shape[1::-1])
    result, part = picture.copy(), np.s_[top:bottom, x0:x1]
    cover = cv2.GaussianBlur(cv2.dilate(mask, np.ones((9, 9), np.uint8)), (0, 0), 1.5)[part]
    result[part] = blend(guess, picture[part], cover)
    return result


def _along(column: np.ndarray, sigma: float) -> np.ndarray:
    """A value per row (n x 1), smoothed over neighbouring rows."""
    return cv2.GaussianBlur(
        np.float32(column),
        (1, 2 * int(2 * sigma) + 1),
        sigmaX=1,
        sigmaY=sigma,
        borderType=cv2.BORDER_REPLICATE,
    )


def _reduction(picture: np.ndarray) -> Reduction:
    return Reduction.of(picture, _LONG)


def _grey(frame: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(_reduction(frame)(frame), cv2.COLOR_BGR2GRAY)


def movement(
    old: np.ndarray, new: np.ndarray, hidden: np.ndarray | None = None, guess: np.ndarray | None = None
) -> np.ndarray | None:
    """How the camera moved between two grey pictures: the 3x3 similarity from `new`'s pixels to `old`'s, None
    when no one movement explains them.

    `hidden` (uint8 of any size) marks what moves by itself in `new`. With a `guess` near the truth it is
    quick; without, `new` may be far away.
    """
    free = (
        None
        if hidden is None
        else cv2.bitwise_not(
            cv2.threshold(
                cv2.resize(hidden, new.shape[::-1], interpolation=cv2.INTER_NEAREST),
                20,
                255,
                cv2.THRESH_BINARY,
            )[1]
        )
    )
    if guess is None:
        orb = cv2.ORB_create(700, fastThreshold=8)
        (points, marks), (others, theirs) = orb.detectAndCompute(new, free), orb.detectAndCompute(old, None)
        if marks is None or theirs is None:
            return None
        pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(marks, theirs)
        here, there = (
            np.float32([points[p.queryIdx].pt for p in pairs]),
            np.float32([others[p.trainIdx].pt for p in pairs]),
        )
    else:
        here = cv2.goodFeaturesToTrack(new, 160, 0.01, 8, mask=free)
        if here is None:
            return None
        start = cv2.perspectiveTransform(here, guess).astype(np.float32)
        there, found, _ = cv2.calcOpticalFlowPyrLK(
            new, old, here, start, winSize=(15, 15), maxLevel=2, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
        )
        here, there = here[found[:, 0] == 1][:, 0], there[found[:, 0] == 1][:, 0]
    if len(here) < _MEMBERS:
        return None
    cv2.setRNGSeed(1)
    matrix, members = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=2.0 if guess is None else 1.0
    )
    if (
        matrix is None
        or members.sum() < max(_MEMBERS, 0.2 * len(here))
        or not 0.7 < np.hypot(matrix[0, 0], matrix[1, 0]) < 1.4
    ):
        return None
    return np.vstack([matrix, [0, 0, 1]])


def way(samples: list[np.ndarray], masks: list[np.ndarray]) -> list[np.ndarray]:
    """3x3 per sample, from its pixels to those of the first one; ends before the first that does not
    match. `masks`: what moves by itself."""
    greys = [_grey(s) for s in samples]
    poses = [np.eye(3)] if samples else []
    for k in range(1, len(samples)):
        free = cv2.resize(masks[k], greys[k].shape[::-1], interpolation=cv2.INTER_NEAREST) < 20
        if free.any() and np.percentile(cv2.absdiff(greys[k - 1], greys[k])[free], 90) < _STANDS:
            poses.append(poses[-1])
            continue
        step = movement(greys[k - 1], greys[k], masks[k])
        if step is None:
            break
        finer = movement(greys[k - 1], greys[k], masks[k], step)
        poses.append(poses[-1] @ _reduction(samples[k]).full(step if finer is None else finer))
    return poses


@dataclass(frozen=True)
class View:
    """A frame kept for what it shows: `hidden` is 255 where the subject stands; `pose` 3x3 from its pixels
    to those of the first frame."""

    picture: np.ndarray
    grey: np.ndarray
    hidden: np.ndarray
    pose: np.ndarray


class Travelled:
    """What a moving camera saw of the place before and, by the samples, after each frame. `of` the
    samples, then `behind` with every frame in order."""

    def __init__(self, views: list[View], kept: int) -> None:
        self._ahead, self._past, self._kept = views, [], kept
        self._pose = np.eye(3)
        self.step = 0.0  # by how many pixels the camera moved to the right in the last frame

    @classmethod
    def of(
        cls,
        samples: list[np.ndarray],
        alphas: list[np.ndarray],
        poses: list[np.ndarray] | None = None,
        lasting: list[np.ndarray] | None = None,
        kept: int = _KEPT,
        least: float = 0.5,
    ) -> "Travelled | None":
        """None when the camera's way is not found, or less than the share `least` of what the subject hides
        is seen in other samples.

        `poses` as `way` gives them and `lasting` (255 where a sample shows the place for sure), if known.
        `kept`: how many of the frames to come are kept for what they show.
        """
        masks = [hidden_by(a, _margin(a)) for a in alphas]
        if lasting is not None:
            masks = [
                cv2.min(mask, cv2.compare(sure, 128, cv2.CMP_LT))
                for mask, sure in zip(masks, lasting, strict=True)
            ]
        poses = way(samples, masks) if poses is None else poses
        if len(poses) < 3:
            return None
        views = [View(s, _grey(s), mask, pose) for s, mask, pose in zip(samples, masks, poses, strict=False)]
        place = cls(views, kept)
        return place if np.mean([place.shown(view) for view in views]) > least else None

    def shown(self, view: View) -> float:
        """The share of what a view's subject hides that another one shows."""
        remaining = view.hidden
        whole = max(1, cv2.countNonZero(remaining))
        for other in self._ahead:
            if other is not view:
                remaining = cv2.bitwise_and(
                    remaining, self._missing(other, view.pose, (0, 0), remaining.shape)
                )
        return 1 - cv2.countNonZero(remaining) / whole

    def behind(
        self, frame: np.ndarray, alpha: np.ndarray, cover: np.ndarray, spot: tuple[int, int, int, int]
    ) -> np.ndarray:
        """The place in `spot` (x, y, width, height) where `cover` (uint8 of that size) is not 0. `alpha`
        is the frame's matte."""
        columns, rows = np.flatnonzero(cover.any(0)), np.flatnonzero(cover.any(1))
        if not len(rows):
            self._move(frame, alpha)
            return frame[spot[1] : spot[1] + spot[3], spot[0] : spot[0] + spot[2]]
        beside = (columns[-1] - columns[0]) // 2 + 16  # what is filled in comes from there
        left, right, top, bottom = (
            max(0, columns[0] - beside),
            columns[-1] + beside,
            max(0, rows[0] - 16),
            rows[-1] + 16,
        )
        part = np.s_[top:bottom, left:right]
        result = frame[spot[1] : spot[1] + spot[3], spot[0] : spot[0] + spot[2]].copy()
        narrow = cover[part]
        result[part] = self._filled(
            *self.seen(
                frame,
                alpha,
                narrow,
                (spot[0] + int(left), spot[1] + int(top), narrow.shape[1], narrow.shape[0]),
            )
        )
        return result

    @staticmethod
    def _filled(found: np.ndarray, missing: np.ndarray) -> np.ndarray:
        return (
            fill(found, cv2.dilate(missing, np.ones((5, 5), np.uint8)))
            if cv2.countNonZero(missing)
            else found
        )

    def seen(
        self, frame: np.ndarray, alpha: np.ndarray, cover: np.ndarray, spot: tuple[int, int, int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `behind`, with what no other frame shows left as it is: it is 255 in the second picture."""
        self._move(frame, alpha)
        x, y, w, h = spot
        found, missing = (
            frame[y : y + h, x : x + w].copy(),
            cv2.threshold(cover, 0, 255, cv2.THRESH_BINARY)[1],
        )
        wanted, ring = (
            missing.copy(),
            cv2.bitwise_and(cv2.bitwise_not(missing), cv2.dilate(missing, np.ones((31, 31), np.uint8))),
        )
        for view in sorted([*self._past, *self._ahead], key=lambda view: self._way(view.pose)):
            gap = self._missing(view, self._pose, (x, y), (h, w))
            gives = cv2.bitwise_and(missing, cv2.bitwise_not(gap))
            if cv2.countNonZero(gives) < 0.02 * cv2.countNonZero(wanted):
                continue
            seen = cv2.warpAffine(
                view.picture,
                self._between(view, self._pose, (x, y)),
                (w, h),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            )
            both = cv2.bitwise_and(ring, cv2.bitwise_not(gap))
            if cv2.countNonZero(both) > 200:  # the light may have changed meanwhile
                coarse = np.s_[::4, ::4]
                there = np.ascontiguousarray(both[coarse])
                change = np.subtract(
                    cv2.mean(np.ascontiguousarray(frame[y : y + h, x : x + w][coarse]), there),
                    cv2.mean(np.ascontiguousarray(seen[coarse]), there),
                )
                if np.abs(change).max() > 0.7:
                    seen = cv2.add(seen, tuple(np.clip(change, -25, 25)))
            cv2.copyTo(seen, gives, found)
            missing = cv2.bitwise_and(missing, gap)
            if cv2.countNonZero(missing) < 0.01 * cv2.countNonZero(wanted):
                break
        return found, missing

    def _move(self, frame: np.ndarray, alpha: np.ndarray) -> None:
        grey, hidden, was = _grey(frame), hidden_by(alpha, _margin(alpha)), self._pose
        reduction = _reduction(frame)
        for anchor in sorted(self._ahead, key=lambda view: self._way(view.pose))[:1] + self._past[:-2:-1]:
            # measured from a kept frame, not from the one before: errors do not add up
            guess = reduction.small(np.linalg.inv(anchor.pose) @ self._pose)
            step = movement(anchor.grey, grey, hidden, guess)
            if step is not None:
                self._pose = anchor.pose @ reduction.full(step)
                break
        self.step = float((self._pose - was)[0, 2])
        if self._kept and (not self._past or self._way(self._past[-1].pose) > _STEP * frame.shape[1]):
            self._past = [*self._past, View(frame.copy(), grey, hidden, self._pose)][-self._kept :]

    def _way(self, pose: np.ndarray) -> float:
        return float(np.hypot(*(pose - self._pose)[:2, 2]))

    @staticmethod
    def _between(view: View, pose: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
        """2x3: from pixels of a window of the frame with this pose to the view's."""
        return (
            np.linalg.inv(view.pose) @ pose @ np.float64([[1, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1]])
        )[:2]

    def _missing(
        self, view: View, pose: np.ndarray, corner: tuple[int, int], shape: tuple[int, int]
    ) -> np.ndarray:
        """255 where a window of a frame with this pose shows what the view hides or does not reach."""
        return cv2.warpAffine(
            view.hidden,
            self._between(view, pose, corner),
            shape[::-1],
            flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
            borderValue=255,
        )
