"""The clean plate of a camera that stands still: the place without its subject, seen in other frames, or
guessed from what lies beside it."""

from collections.abc import Sequence

import cv2
import numpy as np

from modules.preview.video.arrays import Mask, Picture, Plane, Soft, square
from modules.preview.video.compositing import blend

_LEFT = 14  # levels by which a place differs that somebody has left


def still_clean_plate(
    samples: list[Picture], alphas: list[Plane], spare: Sequence[tuple[Picture, Plane]] = ()
) -> tuple[Picture, Mask] | None:
    """(the clean plate, where it was really seen), from samples and their mattes, all of one size.

    None when the camera moves or too little is seen. What was never seen is filled from `spare` samples in
    another light (with where a subject may stand in them), brought to this one's, and else from beside it.
    """
    sizes = np.array([int((a[::4, ::4] > 128).sum()) for a in alphas])
    if (sizes > 0).mean() > 0.6:  # mostly found: where not, it was missed and would leave a ghost
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
        others = [i for i in range(len(samples)) if i not in usual]
        spare = [*spare, *((samples[i], masks[i]) for i in others)]
        return still_clean_plate([samples[i] for i in usual], [alphas[i] for i in usual], spare)
    if np.median(drift) > 9 or (seen == 0).mean() > 0.3:
        return None
    holes = cv2.compare(seen, 0, cv2.CMP_EQ)
    for sample, mask in spare:
        gives = cv2.bitwise_and(holes, cv2.compare(mask, 0, cv2.CMP_EQ))
        if cv2.countNonZero(gives):
            cv2.copyTo(_in_the_light_of(sample, plate, cv2.bitwise_or(mask, holes)), gives, plate)
            holes = cv2.subtract(holes, gives)
    return (fill(plate, holes) if cv2.countNonZero(holes) else plate), cv2.compare(holes, 0, cv2.CMP_EQ) > 0


def left_places(
    shown: Sequence[Picture], mattes: Sequence[Plane], others: Sequence[Picture]
) -> list[tuple[Picture, Plane]]:
    """Samples in which nobody was found, with where (255) somebody who was missed may stand in them: all that
    looks as it does in the samples that show somebody there. For `spare` of `still_clean_plate`."""
    if not shown or not others:
        return []
    small = [cv2.resize(one, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA) for one in shown]
    usual = np.median(np.stack(small), 0).astype(np.uint8)
    size = usual.shape[1::-1]
    here = np.maximum.reduce([cv2.resize(hidden_by(matte), size) for matte in mattes])
    found = []
    for other in others:
        apart = cv2.GaussianBlur(
            cv2.absdiff(cv2.resize(other, size, interpolation=cv2.INTER_AREA), usual), (0, 0), 1
        )
        changed = cv2.morphologyEx((apart.max(2) > _LEFT).astype(np.uint8), cv2.MORPH_CLOSE, square(9))
        missed = cv2.bitwise_and(here, cv2.compare(changed, 0, cv2.CMP_EQ))
        mask = cv2.resize(missed, other.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        found.append((int(cv2.countNonZero(missed)), other, mask))
    found.sort(key=lambda each: each[0])  # those who are surely gone first
    return [(other, mask) for _, other, mask in found]


def usual_share(mattes: Sequence[Plane]) -> float:
    """Of the frame, what mattes usually hide."""
    return float(np.median([(matte > 128).mean() for matte in mattes] or [0.0]))


def unseen_share(mattes: Sequence[Plane], known: Mask) -> float:
    """Of the frame, what mattes usually hide and no sample shows."""
    return float(np.median([((matte > 128) & ~known).mean() for matte in mattes] or [0.0]))


def _in_the_light_of(sample: Picture, plate: Picture, unknown: Plane) -> Picture:
    """A sample in the light of the plate: their difference where both are known, softly carried on into
    what is `unknown` (255)."""
    size = (max(8, plate.shape[1] // 8), max(8, plate.shape[0] // 8))
    known = cv2.resize(cv2.bitwise_not(unknown), size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    apart = cv2.resize(plate, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    apart -= cv2.resize(sample, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    sigma = max(2.0, size[0] / 24)
    weight = np.maximum(cv2.GaussianBlur(known, (0, 0), sigma), 1e-3)
    carried = cv2.GaussianBlur(apart * known[..., None], (0, 0), sigma) / weight[..., None]
    full = cv2.resize(carried, plate.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(sample.astype(np.float32) + full, 0, 255).astype(np.uint8)


def hidden_by(alpha: Plane, margin: int = 16) -> Plane:
    """255 where a subject of this matte may stand, with a margin in pixels, else 0."""
    side = margin // 4 * 2 + 1
    small = cv2.dilate(
        cv2.resize(alpha, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_NEAREST),
        square(side),
    )
    return cv2.resize(
        cv2.threshold(small, 30, 255, cv2.THRESH_BINARY)[1],
        alpha.shape[::-1],
        interpolation=cv2.INTER_NEAREST,
    )


def fill(picture: Picture, mask: Plane) -> Picture:
    """The masked part (uint8 > 0) filled with its mirrored neighbours on the left and the right; at full
    size, soft at the mask's rim."""
    width = mask.shape[1]
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
    left, right = (left - 3)[:, None], (right + 3)[:, None]
    strip = np.ones((2 * tall + 1, 1), np.uint8)
    left = np.minimum(left, _smoothed(cv2.erode(left, strip, borderType=cv2.BORDER_REPLICATE), tall / 2))
    right = np.maximum(right, _smoothed(cv2.dilate(right, strip, borderType=cv2.BORDER_REPLICATE), tall / 2))
    x0, x1 = int(np.clip(left.min(), 0, width - 1)), int(np.clip(right.max() + 1, 1, width))
    x = np.arange(x0, x1, dtype=np.float32)[None]
    y = np.repeat(lines.astype(np.float32)[:, None], x1 - x0, 1)
    wide = np.maximum(right - left, 1)
    share = np.clip(((x - left) / wide - 0.3) / 0.4, 0, 1)
    share = share * share * (3 - 2 * share)
    by_left, by_right = (
        _smoothed(np.clip(space / wide - 0.2, 0.02, 1), tall) for space in (left, width - right)
    )  # a narrow side shows little
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
    cover = cv2.GaussianBlur(cv2.dilate(mask, square(9)), (0, 0), 1.5)[part]
    result[part] = blend(guess, picture[part], cover)
    return result


def _smoothed(column: Soft, sigma: float) -> Soft:
    """A value per row (n x 1), smoothed over neighbouring rows."""
    return cv2.GaussianBlur(
        column.astype(np.float32),
        (1, 2 * int(2 * sigma) + 1),
        sigmaX=1,
        sigmaY=sigma,
        borderType=cv2.BORDER_REPLICATE,
    )
