"""The size and shape of a reference picture, brought within what the model takes."""

import math

from PIL import Image

from modules.media.errors import MediaError
from modules.media.read.picture_decoding import MAX_PICTURE_SIDE, PictureNotes

RATIO = 2.5
"""The longest shape that the model takes (CONTRACT, "What the model is said to do")."""
_LONGEST_SHAPE = 20.0


def padded(picture: Image.Image, cut_out: bool, notes: PictureNotes) -> Image.Image:
    """Within the shapes that the model takes: the short sides get a plain margin, see-through for a cut-out,
    else in the mean colour of the long edges. What would be margin almost only is refused."""
    width, height = picture.size
    shape = max(width / height, height / width)
    if shape <= RATIO + 0.01:
        return picture
    if shape > _LONGEST_SHAPE:
        raise MediaError(
            f"This picture is {width}x{height} pixels, a strip of {shape:.0f}:1. Crop it to a shape that "
            "shows what is meant."
        )
    if max(width, height) > MAX_PICTURE_SIDE:  # before the margin, which may be seven times as large
        scale = MAX_PICTURE_SIDE / max(width, height)
        picture = picture.resize(
            (max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS
        )
        notes.changes.append(f"{width}x{height} -> {picture.width}x{picture.height}")
        width, height = picture.size
    wide = width > height
    size = (width, math.ceil(width / RATIO)) if wide else (math.ceil(height / RATIO), height)
    if cut_out:
        margin: tuple[int, ...] = (0, 0, 0, 0)
    else:
        ends = (0, height - 1) if wide else (0, width - 1)
        boxes = [(0, at, width, at + 1) if wide else (at, 0, at + 1, height) for at in ends]
        edges = [picture.crop(box).resize((1, 1), Image.Resampling.BOX) for box in boxes]
        pixels = [edge.getpixel((0, 0)) for edge in edges]
        margin = tuple(round((one + other) / 2) for one, other in zip(*pixels, strict=True))
    padded = Image.new(picture.mode, size, margin)
    padded.paste(picture, ((size[0] - width) // 2, (size[1] - height) // 2))
    sentence = f"The picture is {shape:.1f}:1; it gets a margin, as shapes longer than {RATIO}:1 are refused."
    notes.changes.append(f"{shape:.1f}:1 -> {RATIO}:1 with a margin")
    notes.warnings.append(sentence)
    notes.ahead.append(sentence)
    return padded


def bounded(picture: Image.Image, min_side: int, notes: PictureNotes) -> Image.Image:
    """Both sides at least `min_side` px where the shape allows it, and at most MAX_PICTURE_SIDE."""
    width, height = picture.size
    scale = min(1.0, MAX_PICTURE_SIDE / max(width, height))
    if min(width, height) * scale < min_side:
        scale = min(min_side / min(width, height), MAX_PICTURE_SIDE / max(width, height))
    if scale == 1.0:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    notes.changes.append(f"{width}x{height} -> {size[0]}x{size[1]}")
    better = "a larger original gives a better result."
    if scale > 1:
        notes.warnings.append(
            f"The picture was only {width}x{height} and was enlarged to {size[0]}x{size[1]}; {better}"
        )
        notes.ahead.append(
            f"The picture is only {width}x{height} px and will be enlarged to {size[0]}x{size[1]}; {better}"
        )
    else:
        notes.ahead.append(
            f"The picture has {width}x{height} px and will be scaled down to {size[0]}x{size[1]}."
        )
    if min(size) < min_side:
        sentence = f"One side stays under {min_side} px because the picture is so narrow; it may be refused."
        notes.warnings.append(sentence)
        notes.ahead.append(sentence)
    return picture
