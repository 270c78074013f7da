"""Stills that show a clip: a poster, and a before/after contact sheet. Drawn with Pillow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from modules.media.atomic import replacing
from modules.media.errors import ClipError
from modules.media.read.clip import HDR_TRANSFERS, displayed_size, probe, turn_of
from modules.media.read.frames import FrameLayer, frame_at, upright
from modules.media.read.opening import opened, picture_stream, reading_errors

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
PAPER, INK, FAINT, LINE = (250, 249, 246), (28, 28, 30), (122, 120, 116), (222, 219, 212)
SHEET_COLUMNS = 5


def poster(src: str | Path, dst_jpg: str | Path, at: float = 0.0, width: int = 480) -> Path:
    """Write the frame shown `at` seconds as a JPEG `width` px wide. Raises MediaError."""
    picture = stills(src, [at], width=width)[0]
    return _save(picture, dst_jpg, quality=86)


def contact_sheet(
    before_mp4: str | Path, after_mp4: str | Path, dst_png: str | Path, lines: Sequence[str] = ()
) -> Path:
    """Write a PNG with a row of frames of each clip at the same moments.

    `lines`: the first is the title, the others stand below it in small type. Long lines are wrapped.
    """
    length = min(probe(before_mp4).seconds, probe(after_mp4).seconds)
    moments = [length * (i + 0.5) / SHEET_COLUMNS for i in range(SHEET_COLUMNS)]
    rows = [
        ("Before", stills(before_mp4, moments, height=220)),
        ("After", stills(after_mp4, moments, height=220)),
    ]
    cell = max(picture.width for _, pictures in rows for picture in pictures)
    margin, gap, label = 48, 14, 96
    width = margin * 2 + label + SHEET_COLUMNS * cell + gap * (SHEET_COLUMNS - 1)
    title, small, tiny = (ImageFont.load_default(size) for size in (34, 19, 16))
    styles = ((title, INK, int(34 * 1.45)), (small, FAINT, int(19 * 1.45)))  # font, colour, height of a line
    drawing = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    heads = [
        (text, style)
        for number, line in enumerate(lines)
        for style in [styles[min(number, 1)]]
        for text in _wrapped(drawing, line, style[0], width - 2 * margin)
    ]
    head = sum(height for _, (_, _, height) in heads) + (24 if heads else 0)
    sheet = Image.new("RGB", (width, margin * 2 + head + 2 * 220 + gap * 2 + 34), PAPER)
    draw = ImageDraw.Draw(sheet)
    y = margin
    for text, (font, colour, height) in heads:
        draw.text((margin, y), text, fill=colour, font=font)
        y += height
    if heads:
        draw.line((margin, y + 6, width - margin, y + 6), fill=LINE, width=2)
        y += 24
    for name, pictures in rows:
        draw.text((margin, y + 98), name, fill=INK, font=small)
        for column, picture in enumerate(pictures):
            x = margin + label + column * (cell + gap) + (cell - picture.width) // 2
            sheet.paste(picture, (x, y))
        y += 220 + gap
    for column, moment in enumerate(moments):
        x = margin + label + column * (cell + gap) + cell // 2
        draw.text((x, y + 4), f"{moment:.1f} s", fill=FAINT, font=tiny, anchor="mt")
    return _save(sheet, dst_png)


def stills(
    src: str | Path, moments: Sequence[float], *, width: int | None = None, height: int | None = None
) -> list[Image.Image]:
    """Upright RGB pictures at `moments` (seconds, ascending), scaled to a width or a height."""
    with opened(src) as container, reading_errors():
        stream = picture_stream(container)
        out: list[Image.Image] = []
        layer = None
        for moment in moments:
            shown = frame_at(container, stream, max(0.0, moment))
            if shown is None:
                # A clip that ends early still has a last frame to show.
                if not out:
                    raise ClipError(
                        "This part of the clip cannot be decoded. Choose another start, or export it "
                        "again as MP4."
                    )
                out.append(out[-1])
                continue
            if layer is None:
                full = displayed_size(stream, turn_of(shown))
                layer = FrameLayer(*_scaled(full, width, height), tone_map=shown.color_trc in HDR_TRANSFERS)
            out.append(_picture(layer, shown))
        return out


def _picture(layer: FrameLayer, frame: VideoFrame) -> Image.Image:
    array: NDArray[Any] = layer.frame(frame).to_ndarray(format="rgb24")
    turn = turn_of(frame)
    if turn.transpose:
        array = array.transpose(1, 0, 2)
    array = upright(array.reshape(*array.shape[:2], 3), type(turn)(False, turn.flip_x, turn.flip_y))
    return Image.fromarray(np.ascontiguousarray(array))


def _scaled(full: tuple[int, int], width: int | None, height: int | None) -> tuple[int, int]:
    scale = width / full[0] if width else (height or 96) / full[1]
    w, h = (max(2, int(side * scale / 2 + 0.5) * 2) for side in full)
    # A panorama's strip is cut to what a page can hold.
    return min(w, 4096), min(h, 4096)


def _wrapped(draw: ImageDraw.ImageDraw, text: str, font: Font, width: int) -> list[str]:
    out, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and draw.textlength(longer, font=font) > width:
            out.append(line)
            longer = word
        line = longer
    return [*out, line][:6] if line else out[:6]


def _save(picture: Image.Image, target: str | Path, **options: Any) -> Path:
    with replacing(target) as temporary:
        picture.save(temporary, format="PNG" if Path(target).suffix.lower() == ".png" else "JPEG", **options)
    return Path(target)
