"""Putting one picture over another so that it belongs there: blend, colour match, light wrap, contact
shadow."""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

import cv2
import numpy as np

from modules.preview.video.arrays import Picture, Plane, Soft
from modules.preview.video.scaling import area_resize


class Rectangle(Protocol):
    """Anything with a place and a size in pixels; a `detection.Box` is one."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def w(self) -> float: ...
    @property
    def h(self) -> float: ...


def weighted(picture: Picture, alpha: Plane) -> Picture:
    """`picture` multiplied by an alpha of its size."""
    return cv2.multiply(picture, cv2.merge([alpha] * 3), scale=1 / 255)


def blend(front: Picture, back: Picture, alpha: Plane) -> Picture:
    """`front` over `back` by a uint8 `alpha`; all of one size."""
    return cv2.add(weighted(front, alpha), weighted(back, cv2.bitwise_not(alpha)))


class ColourMatch:
    """A table per channel that brings the subject's colour and exposure part of the way to the backdrop's."""

    def __init__(
        self, samples: Sequence[Picture], alphas: Sequence[Plane], target: Picture, strength: float = 0.55
    ) -> None:
        """`alphas` are mattes of every other sample; `target` is a picture of the backdrop, of any size."""
        fronts = [
            cv2.mean(s, (a > 128).astype(np.uint8))[:3]
            for s, a in zip(samples[::2], alphas, strict=False)
            if (a > 128).sum() > 400
        ]
        goal = target.reshape(-1, 3).mean(0) + 1.0
        have = np.array(fronts).mean(0) + 1.0 if fronts else np.array([110.0, 110.0, 110.0])
        cast = (goal / goal.mean()) / (have / have.mean())
        light = np.clip(goal.mean() / have.mean(), 0.5, 1.2)
        gains = np.clip(cast, 0.6, 1.5) ** (strength * 0.8) * light ** (
            strength * (0.85 if light < 1 else 0.5)
        )
        levels = np.arange(256, dtype=np.float32)
        rows = [  # a power, not a factor: highlights stay highlights
            255 * (levels / 255) ** np.clip(1 / gain, 0.6, 1.8)
            if gain > 1
            else levels * (gain + (1 - gain) * 0.35 * levels / 255)
            for gain in gains
        ]
        self.table = np.clip(np.stack(rows, -1), 0, 255).astype(np.uint8)[None]

    def __call__(self, picture: Picture) -> Picture:
        return cv2.LUT(picture, self.table)


def light_wrap(
    front: Picture, back: Picture, alpha: Plane, amount: float = 0.30, thick: float = 200.0, light: int = 0
) -> Picture:
    """Lets the backdrop's light spill over the subject's rim; `thick` is the subject's width in pixels, a
    thin one gets a thin rim.

    `light` is -1 when the light comes from the left and 1 from the right: the rim is stronger there, and the
    side turned away a little darker.
    """
    h, w = alpha.shape
    small = (max(8, w // 6), max(8, h // 6))
    inside = area_resize(alpha, small)
    outside = cv2.GaussianBlur(cv2.bitwise_not(inside), (0, 0), max(0.8, min(small[1] / 45, thick / 150)))
    # At this size a rim cannot be thinner than about five pixels of the picture: a thin subject gets a
    # weaker one instead.
    rim = cv2.multiply(outside, inside, scale=amount * 1.6 * min(1.0, max(0.2, thick / 180)) / 255)
    if light:
        across = np.linspace(-light, light, small[0], dtype=np.float32)[None]
        rim = cv2.multiply(rim, (1 + 0.6 * across).repeat(small[1], 0), dtype=cv2.CV_8U)
        shade = (255 * (0.92 + 0.08 * np.minimum(across * 1.5, 1))).astype(np.uint8)
        front = weighted(front, cv2.resize(shade, (w, h)))
    glow = cv2.GaussianBlur(area_resize(back, small), (0, 0), 3)
    return cv2.add(front, cv2.resize(weighted(glow, rim), (w, h)))


@cache
def _soft_spot() -> Soft:
    """48x160, 1 in the middle and 0 at the rim."""
    y, x = np.mgrid[-1:1:48j, -1:1:160j].astype(np.float32)
    return np.clip(1 - np.sqrt(x * x + y * y), 0, 1) ** 1.4


def contact_shadow(
    frame: Picture, box: Rectangle, ground: float = 0.6, depth: float = 0.5, light: int = 0
) -> None:
    """Darkens the ground under the feet, in place; thrown aside when the light comes from the left
    (`light` -1) or the right (1). Nothing when the feet are out of the frame or above the ground."""
    foot, height = box.y + box.h, len(frame)
    if foot > height - 6 or foot < ground * height * 0.85:
        return
    w, h = int(max(24, box.w * 1.25)), int(max(8, min(box.w, box.h) * 0.20))
    x, y = int(box.x + box.w / 2 - w / 2), int(foot - h * 0.62)
    if light:
        _darken(frame, (x - int((0.25 + 0.3 * light) * w), y, int(w * 1.5), h), 0.5 * depth)
    _darken(frame, (x, y, w, h), depth)


def _darken(frame: Picture, place: tuple[int, int, int, int], depth: float) -> None:
    """A soft dark spot that fills a rectangle (left, top, width, height), in place."""
    height, width = frame.shape[:2]
    x, y, w, h = place
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + w), min(height, y + h)
    if x1 - x0 < 4 or y1 - y0 < 2:
        return
    dark = cv2.resize(_soft_spot(), (w, h))[y0 - y : y1 - y, x0 - x : x1 - x]
    keep = (255 * (1 - depth * dark)).astype(np.uint8)
    frame[y0:y1, x0:x1] = weighted(frame[y0:y1, x0:x1], keep)
