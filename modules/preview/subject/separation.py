"""Separating a moving subject from what lasts, by comparison with a clean plate or of samples with each
other."""

import cv2
import numpy as np

from modules.preview.subject.colour_matte import grab_cut, grabbed
from modules.preview.video.arrays import Mask, Matrix, Picture, Plane, Soft, disc, square
from modules.preview.video.prefetch import spread
from modules.preview.video.scaling import Reduction, area_resize

_COPY_SIDE = 144  # long side of the copies that are compared
# the odds that a pixel is the subject's, by how much it differs from the clean plate (0..255)
_ODDS = np.exp(5.2 * (np.clip((np.arange(256, dtype=np.float32) - 9) / 26, 0, 1) - 0.42)).astype(np.float32)
_OTHER = 40  # a difference that only another thing makes


def motion_energy(samples: list[Picture]) -> tuple[Soft, Picture | None]:
    """(0..1 map of where the samples differ, 90x160; their median picture, 90x160 BGR, or None for fewer
    than three samples)."""
    small = [area_resize(s, (160, 90)) for s in samples]
    if len(small) < 3:
        return np.full((90, 160), 0.5, np.float32), None
    stack = np.stack(small)
    median = np.median(stack, 0).astype(np.uint8)
    spread = np.abs(stack.astype(np.int16) - median).max(3).mean(0).astype(np.float32)
    spread = cv2.GaussianBlur(spread, (0, 0), 2)
    return np.clip(spread / max(12.0, float(np.percentile(spread, 97))), 0, 1), median


def compare_with_plate(raw: Soft, small: Picture, empty: Picture, seen: Mask, moves: bool = False) -> Soft:
    """The network's answer `raw` corrected: near the subject, what differs from the clean plate becomes more
    likely the subject's, what does not less.

    `small` is the picture, `empty` the clean plate, `seen` where that is known; all of `raw`'s size. What
    differs much and hangs together with the sure subject is taken up however far it reaches: a wing, a
    stick. When the subject `moves`, what looks as the empty place is the place, however sure the
    network is; only small holes in the subject are closed.
    """
    blue, green, red = cv2.split(cv2.GaussianBlur(cv2.absdiff(small, empty), (0, 0), 1.2))
    apart = cv2.max(cv2.max(blue, green), red)
    solid = raw > 0.5
    near = cv2.dilate((raw > 0.3).astype(np.uint8), square(13)) > 0
    other = cv2.morphologyEx(((apart > _OTHER) & seen).astype(np.uint8), cv2.MORPH_OPEN, square(3))
    _, labels = cv2.connectedComponents(cv2.bitwise_or(other, solid.astype(np.uint8)))
    reach = np.isin(labels, np.unique(labels[solid])) & (other > 0) if solid.any() else np.zeros_like(solid)
    if reach.sum() > 1.5 * solid.sum():  # the light changed, or the camera moved: that is not all the subject
        reach[:] = False
    sure = np.clip(np.where(reach, np.maximum(raw, 0.3), raw), 0.02, 0.9 if moves else 0.98)
    odds = _ODDS[apart]
    both = sure * (np.where(odds < 1, odds * odds, odds) if moves else odds)
    both /= both + (1 - sure)
    both = np.where((near | reach) & seen, both, raw).astype(np.float32)
    return cv2.morphologyEx(both, cv2.MORPH_CLOSE, disc(9)) if moves else both


def separate_moving(
    samples: list[Picture], mattes: list[Plane], poses: list[Matrix]
) -> tuple[list[Plane], list[Plane]] | None:
    """Better rough mattes, and masks of what lasts: what nearly every sample shows in place is not a moving
    subject's.

    `poses`: 3x3 per sample, from its pixels to those of the first. None when the subject itself hardly
    moves, or nothing is left of it.
    """
    height, width = samples[0].shape[:2]
    reduction = Reduction(width, height, _COPY_SIDE)
    small, rough = [reduction(s) for s in samples], [reduction(m) for m in mattes]
    moves = [[reduction.small(np.linalg.inv(pose) @ here) for pose in poses] for here in poses]
    lasting = spread(_lasting, [small] * len(small), moves, range(len(small)))
    pairs = zip(rough, lasting, strict=True)
    moved = [float((lasts[matte > 150] == 0).mean()) for matte, lasts in pairs if (matte > 150).any()]
    if len(moved) < 3 or np.median(moved) < 0.4:
        return None
    found = spread(_front, small, rough, lasting)
    fronts = [front for front in found if front is not None]
    if len(fronts) < 0.6 * len(found):
        return None
    everywhere = cv2.dilate(np.maximum.reduce(fronts), square(9))
    better, lasts = [], []
    for front, still in zip(found, lasting, strict=True):
        if front is None:
            front = cv2.min(everywhere, cv2.bitwise_not(still))
        better.append(cv2.resize(front, (width, height)))
        lasts.append(cv2.resize(cv2.min(still, cv2.bitwise_not(front)), (width, height)))
    return better, lasts


def _lasting(small: list[Picture], moves: list[Matrix], k: int) -> Plane:
    """255 where most other samples show the same as sample `k` does; `moves` 3x3 from its pixels to each
    one's."""
    low, high = cv2.erode(small[k], np.ones((3, 3))), cv2.dilate(small[k], np.ones((3, 3)))
    size = small[k].shape[1::-1]
    same, compared = np.zeros(size[::-1], np.uint8), np.zeros(size[::-1], np.uint8)
    for j, move in enumerate(moves):
        if j == k:
            continue
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        other = cv2.warpAffine(small[j], move[:2], size, flags=flags)
        there = cv2.warpAffine(np.ones(size[::-1], np.uint8), move[:2], size, flags=flags)
        blue, green, red = cv2.split(cv2.max(cv2.subtract(other, high), cv2.subtract(low, other)))
        same += cv2.min(cv2.compare(cv2.max(cv2.max(blue, green), red), 7, cv2.CMP_LT), there)
        compared += there
    still = ((same >= 0.8 * compared) & (compared >= 3) | (compared < 3)).astype(np.uint8) * 255
    return cv2.morphologyEx(still, cv2.MORPH_OPEN, square(3))


def _front(small: Picture, rough: Plane, lasting: Plane) -> Plane | None:
    """255 where GrabCut sees the subject, led by what of a rough matte does not last; None when too little
    of it is left."""
    core = cv2.morphologyEx(((rough > 180) & (lasting == 0)).astype(np.uint8), cv2.MORPH_OPEN, square(5))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core)
    if count < 2:
        return None
    core = (labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8)
    if core.sum() < 40:
        return None
    marks = np.where((rough > 128) & (lasting == 0), cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[lasting > 0] = cv2.GC_BGD
    marks[cv2.dilate((rough > 75).astype(np.uint8), square(25)) == 0] = cv2.GC_BGD
    marks[cv2.erode(core, square(3)) > 0] = cv2.GC_FGD
    try:
        cv2.setRNGSeed(1)
        grab_cut(small, marks, 2)
    except cv2.error:
        return None
    front = grabbed(marks).astype(np.uint8) * 255
    return cv2.morphologyEx(front, cv2.MORPH_CLOSE, disc(9))
