"""The place behind the subject: taken together from several samples, or guessed from what surrounds it."""

import cv2
import numpy as np


def still_plate(samples: list[np.ndarray], alphas: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray] | None:
    """(the place without its subject, where it was really seen as a bool mask), from samples of a camera that stands still.

    None when the camera moves or too little is seen. What was never seen is filled with its blurred surroundings.
    """
    sizes = np.array([int((a[::4, ::4] > 128).sum()) for a in alphas])
    if (sizes > 0).mean() > 0.6:  # mostly found: where it is not, it was missed, and would haunt the plate
        kept = [i for i, size in enumerate(sizes) if size > 0.4 * np.median(sizes[sizes > 0])]
        samples, alphas = [samples[i] for i in kept], [alphas[i] for i in kept]
    if len(samples) < 3:
        return None
    size = samples[0].shape[1::-1]
    grown = [cv2.dilate(cv2.resize(a, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), np.ones((9, 9), np.uint8)) for a in alphas]
    masks = [cv2.threshold(cv2.resize(g, size), 30, 255, cv2.THRESH_BINARY)[1] for g in grown]
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
    drift = [float(np.median(np.append(cv2.absdiff(s[part], plate[part]).max(2)[m[part] == 0], 0))) for s, m in zip(samples, masks, strict=True)]
    if np.median(drift) > 9 or (seen == 0).mean() > 0.3:
        return None
    holes = cv2.compare(seen, 0, cv2.CMP_EQ)
    return (fill(plate, holes) if cv2.countNonZero(holes) else plate), seen > 0


def fill(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The masked part (uint8 > 0) filled with its blurred surroundings, from coarse to fine; at full size."""
    h, w = picture.shape[:2]
    size = (max(16, w // 8), max(16, h // 8))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    known = (cv2.resize(mask, size, interpolation=cv2.INTER_AREA) < 20).astype(np.float32)
    result, have = small * known[..., None], known
    for sigma in (2, 5, 12, 30):
        weight = cv2.GaussianBlur(known, (0, 0), sigma)
        soft = cv2.GaussianBlur(small * known[..., None], (0, 0), sigma) / np.maximum(weight, 1e-4)[..., None]
        add = (have < 0.5) & (weight > 0.04)
        result[add] = soft[add]
        have = np.where(add, 1, have)
    soft = cv2.resize(cv2.GaussianBlur(np.clip(result, 0, 255).astype(np.uint8), (0, 0), 1.0), (w, h), interpolation=cv2.INTER_CUBIC)
    edge = cv2.merge([cv2.resize(255 - (known * 255).astype(np.uint8), (w, h))] * 3)
    return cv2.add(cv2.multiply(soft, edge, scale=1 / 255), cv2.multiply(picture, cv2.bitwise_not(edge), scale=1 / 255))
