"""The ground of one picture, told by its colours, its place and what it is like: nothing is known of the clip
yet."""

from functools import partial

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.pixels import Field, Picture, Plane
from modules.preview.subject.look_memory import Answer, recalled

_SQUARE = np.ones((3, 3), np.uint8)


def ground_of(small: Picture, sky: Field, hidden: Plane | None) -> Field | None:
    """The ground of one sample by its colours and place, without any knowledge of the clip: 0 or 1; None
    when the lower edge shows none."""
    seen = (small, sky) if hidden is None else (small, sky, hidden)
    (found,) = recalled("ground", seen, partial(_remembered, small, sky, hidden))
    return found.astype(np.float32) if found.size else None


def _remembered(small: Picture, sky: Field, hidden: Plane | None) -> Answer:
    found = _found(small, sky, hidden)
    return (np.zeros((0, 0), np.uint8) if found is None else (found > 0.5).astype(np.uint8),)


def _found(small: Picture, sky: Field, hidden: Plane | None) -> Field | None:
    height, width = small.shape[:2]
    labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    sky = sky > 0.4
    bottom = int(np.flatnonzero(sky.mean(1) > 0.5).max(initial=0))
    horizon = max(int(0.12 * height), bottom)
    labels[int(0.80 * height) :] = cv2.GC_PR_FGD
    labels[int(0.95 * height) :] = cv2.GC_FGD
    labels[:horizon] = cv2.GC_BGD
    upright = upright_lines(small, hidden) > 0.5
    labels[sky | upright] = cv2.GC_BGD
    if hidden is not None:
        labels[hidden > 60] = cv2.GC_BGD
    if (labels == cv2.GC_FGD).sum() < 0.02 * width * height or (labels == cv2.GC_BGD).sum() < width:
        return None
    detail = _detail(small)
    patches = _patches(small, labels == cv2.GC_BGD)
    low = np.any(
        [
            np.zeros_like(upright),
            *(p for p in patches if _comes_from_below(p, detail, sky.mean() < 0.25)),
        ],
        0,
    )
    labels[low & (labels == cv2.GC_PR_BGD)] = cv2.GC_PR_FGD
    cv2.setRNGSeed(1)
    cv2.grabCut(_even(small), labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    found = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD) | low).astype(np.uint8)
    found = hanging(cv2.morphologyEx(found, cv2.MORPH_OPEN, _SQUARE).astype(np.float32))
    return _further(small, found, patches, detail)


def hanging(found: Field, free: float = 0.01) -> Field:
    """The mask without what does not hang together with the lower edge, except pieces of at least `free`
    (share of the picture; 0: none)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((found > 0.3).astype(np.uint8), connectivity=4)
    low = stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT] >= len(found) - 1
    large = stats[:, cv2.CC_STAT_AREA] > found.size * free
    keep = ((stats[:, cv2.CC_STAT_AREA] > found.size * 0.004) & low) | (large & (free > 0))
    keep[0] = False
    return np.asarray(found * keep[labels])


def upright_lines(small: Picture, hidden: Plane | None = None) -> Field:
    """Where upright lines rule, as on trunks, walls and windows, and nothing is green: 0..1. Not round what
    is `hidden`, whose outline says nothing of the ground beside it."""
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    light = lab[..., 0].astype(np.float32)
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    across, down = (px.blur(edge * edge, 1.8) for edge in (across, down))
    share = across / (across + down + 200)
    green = px.blur(np.clip((122 - lab[..., 1].astype(np.float32)) / 4, 0, 1), 2)
    upright = np.clip((share - 0.62) * 6, 0, 1) * (1 - green)
    if hidden is not None:
        upright[cv2.dilate(hidden, np.ones((9, 9), np.uint8)) > 60] = 0
    return np.asarray(upright)


def _even(small: Picture) -> Picture:
    """A picture for colour models in which light counts for less than tint."""
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    return px.to8(lab * (0.6, 1.6, 1.6) + (30, -77, -77))


def _patches(small: Picture, out: Field) -> list[Field]:
    """Pieces of one colour that lie together, where `out` is False: masks."""
    even = cv2.medianBlur(_even(small), 3)
    cv2.setRNGSeed(1)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 8, 1.0)
    _, kinds, _ = cv2.kmeans(
        even.reshape(-1, 3).astype(np.float32), 7, None, criteria, 1, cv2.KMEANS_PP_CENTERS
    )
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
