"""From the size of a clip to the size of its preview: crop, scale and rotation, as plain numbers."""

from dataclasses import dataclass

RATIOS = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1)}
LONG_SIDE = {"pro": 1280, "std": 960}
"""Largest output side by mode: what the looks keep up with in real time on two cores."""
SHORT_SIDE = 96
"""Smaller pictures are enlarged to this, for the looks draw grain, strokes and drops of a few pixels."""


@dataclass(frozen=True)
class Frame:
    """How to take a picture out of a decoded one of `coded` size.

    Scale to `scaled` (still unrotated), turn by `turns` quarter turns clockwise, then cut `width` x
    `height` at `left`, `top`. All sizes in pixels; `width` and `height` are even.
    """

    scaled: tuple[int, int]
    turns: int
    left: int
    top: int
    width: int
    height: int


def _even(value: float) -> int:
    return max(2, int(value / 2 + 0.5) * 2)


def frame_for(
    coded: tuple[int, int], rotation: int, aspect_ratio: str, mode: str, pixel_aspect: float = 1.0
) -> Frame:
    """The largest centred picture of `aspect_ratio` (an unknown one keeps the clip's), within the mode's
    size.

    `rotation` is counter-clockwise degrees as the decoder reports it, `pixel_aspect` the width of a coded
    pixel by its height.
    """
    turns = round(-rotation / 90) % 4
    wide, high = coded[0] * pixel_aspect, float(coded[1])
    if turns % 2:
        wide, high = high, wide
    ratio = RATIOS.get(aspect_ratio)
    crop_w, crop_h = wide, high
    if ratio:
        crop_w = min(wide, high * ratio[0] / ratio[1])
        crop_h = crop_w * ratio[1] / ratio[0]
    scale = min(1.0, LONG_SIDE.get(mode, LONG_SIDE["pro"]) / max(crop_w, crop_h))
    if min(crop_w, crop_h) * scale < SHORT_SIDE:
        scale = SHORT_SIDE / min(crop_w, crop_h)
        scale = min(scale, LONG_SIDE["pro"] / max(crop_w, crop_h))
    width, height = _even(crop_w * scale), _even(crop_h * scale)
    if width > crop_w * scale + 1e-6 and scale == 1.0:
        width -= 2 * (width > 2)
    if height > crop_h * scale + 1e-6 and scale == 1.0:
        height -= 2 * (height > 2)
    full_w, full_h = max(width, round(wide * scale)), max(height, round(high * scale))
    left, top = (full_w - width) // 2, (full_h - height) // 2
    return Frame((full_h, full_w) if turns % 2 else (full_w, full_h), turns, left, top, width, height)


def frame_to_fill(
    coded: tuple[int, int], rotation: int, size: tuple[int, int], pixel_aspect: float = 1.0
) -> Frame:
    """The largest centred picture that fills `size`: for a clip that changes its own size on the way."""
    turns = round(-rotation / 90) % 4
    wide, high = coded[0] * pixel_aspect, float(coded[1])
    if turns % 2:
        wide, high = high, wide
    width, height = size
    scale = max(width / wide, height / high)
    full_w, full_h = max(width, round(wide * scale)), max(height, round(high * scale))
    left, top = (full_w - width) // 2, (full_h - height) // 2
    return Frame((full_h, full_w) if turns % 2 else (full_w, full_h), turns, left, top, width, height)
