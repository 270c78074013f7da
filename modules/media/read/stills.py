"""Stills that show a clip: a poster, and a before/after contact sheet. Drawn with Pillow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from modules.media.atomic import replacing
from modules.media.errors import ClipError
from modules.media.read.clip import HDR_TRANSFERS, probe
from modules.media.read.frame_planes import FrameLayer, upright
from modules.media.read.frames import frames_at
from modules.media.read.lettering import draw_text, line_height, lines_of
from modules.media.read.opening import opened, reading_errors
from modules.media.read.shape import shown_size, turn_of
from modules.media.read.tracks import picture_stream

PAPER, INK, FAINT, LINE = (250, 249, 246), (28, 28, 30), (122, 120, 116), (222, 219, 212)
SHEET_COLUMNS = 5
SHARE_SIZE = (1200, 630)
"""Of pictures that preview a link, as Open Graph's readers show them whole."""
TITLE, SMALL, TINY = 34, 19, 16  # px
MOMENT = 0.2
"""Seconds into a clip, or into its chosen part, of the frame that stands for it: many clips begin black."""


def poster(src: str | Path, dst_jpg: str | Path, at: float = 0.0, width: int = 480) -> Path:
    """Write the frame shown `at` seconds as a JPEG `width` px wide. Raises MediaError."""
    picture = stills(src, [at], width=width)[0]
    return _save(picture, dst_jpg, quality=86)


def clip_still(source: str, target: str) -> str:
    """Write one upright frame from the beginning of the clip at `source` as a JPEG, its longest side at most
    960 px, and return `target`. For clips of any format that the studio reads, which a browser may not show.

    Raises MediaError when it is no clip, or when nothing of it can be decoded.
    """
    picture = stills(source, [MOMENT], longest=960)[0]
    return str(_save(picture, target, quality=86))


def contact_sheet(
    before_mp4: str | Path, after_mp4: str | Path, dst_png: str | Path, lines: Sequence[str] = ()
) -> Path:
    """Write a PNG with a row of frames of each clip at the same moments.

    `lines`: the first is the title, the others stand below it in small type. They may be in any script that
    `lettering` draws; one that is long is broken, and ends in an ellipsis after six lines. Raises MediaError.
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
    room = width - 2 * margin
    heads = [
        (lines_of(line, room, size), size, colour)
        for number, line in enumerate(lines)
        for size, colour in [((TITLE, INK), (SMALL, FAINT))[min(number, 1)]]
    ]
    heads = [head for head in heads if head[0]]
    head = sum(len(broken) * line_height(size) for broken, size, _ in heads) + (24 if heads else 0)
    sheet = Image.new("RGB", (width, margin * 2 + head + 2 * 220 + gap * 2 + 34), PAPER)
    draw = ImageDraw.Draw(sheet)
    y = margin
    for broken, size, colour in heads:
        y = draw_text(draw, (margin, y), broken, size, colour, room)
    if heads:
        draw.line((margin, y + 6, width - margin, y + 6), fill=LINE, width=2)
        y += 24
    for name, pictures in rows:
        draw_text(draw, (margin, y + 98), lines_of(name, label, SMALL), SMALL, INK, label)
        for column, picture in enumerate(pictures):
            x = margin + label + column * (cell + gap) + (cell - picture.width) // 2
            sheet.paste(picture, (x, y))
        y += 220 + gap
    for column, moment in enumerate(moments):
        stamp = lines_of(f"{moment:.1f} s", room, TINY)
        x = margin + label + column * (cell + gap) + int(cell - stamp[0].width) // 2
        draw_text(draw, (x, y + 4), stamp, TINY, FAINT, cell)
    return _save(sheet, dst_png)


def share_picture(
    before_mp4: str | Path | None, after_mp4: str | Path, dst_jpg: str | Path, title: str
) -> Path:
    """Write a JPEG of SHARE_SIZE px that previews a link to an edit: three moments of the original above the
    same of the edit, and `title` below them. Without an original the edit alone. Raises MediaError."""
    width, height = SHARE_SIZE
    margin, gap, columns = 28, 10, 3
    heads = lines_of(title, width - 2 * margin, TITLE, 2)
    text = len(heads) * line_height(TITLE) + 18 if heads else 0
    paths = [path for path in (before_mp4, after_mp4) if path]
    length = min(probe(path).seconds for path in paths)
    moments = [length * (i + 0.5) / columns for i in range(columns)]
    cell = (width - 2 * margin - (columns - 1) * gap) // columns
    row = (height - 2 * margin - text - (len(paths) - 1) * gap) // len(paths)
    picture = Image.new("RGB", SHARE_SIZE, PAPER)
    draw, y = ImageDraw.Draw(picture), margin
    for path in paths:
        for column, still in enumerate(stills(path, moments, longest=960)):
            picture.paste(
                ImageOps.fit(still, (cell, row), Image.Resampling.LANCZOS),
                (margin + column * (cell + gap), y),
            )
        if len(paths) > 1:
            label = lines_of("Edited" if path == after_mp4 else "Original", cell, SMALL)
            right = margin + 26 + int(label[0].width)
            draw.rounded_rectangle((margin + 10, y + 10, right + 8, y + 42), 16, fill=INK)
            draw_text(draw, (margin + 22, y + 14), label, SMALL, PAPER, cell)
        y += row + gap
    draw_text(draw, (margin, height - margin - text + 18), heads, TITLE, INK, width - 2 * margin)
    return _save(picture, dst_jpg, quality=86)


def stills(
    src: str | Path,
    moments: Sequence[float],
    *,
    width: int | None = None,
    height: int | None = None,
    longest: int | None = None,
) -> list[Image.Image]:
    """Upright RGB pictures at `moments` (seconds, ascending), scaled to a width or a height, or reduced until
    no side is longer than `longest` px. HDR is mapped to ordinary brightness. Raises MediaError."""
    with opened(src) as container, reading_errors():
        stream = picture_stream(container)
        out: list[Image.Image] = []
        layers: dict[tuple[int, int], FrameLayer] = {}
        for shown in frames_at(container, stream, [max(0.0, moment) for moment in moments]):
            if shown is None:
                # A clip that ends early still has a last frame to show.
                if not out:
                    raise ClipError(
                        "This part of the clip cannot be decoded. Choose another start, or export it "
                        "again as MP4."
                    )
                out.append(out[-1])
                continue
            size = shown_size(stream, shown)
            if size not in layers:  # a clip may change its size on the way
                layers[size] = _layer(stream, shown, width, height, longest)
            out.append(_picture(layers[size], shown))
        return out


def still_of(stream: VideoStream, frame: VideoFrame, *, longest: int) -> Image.Image:
    """A decoded frame of `stream` as `stills` gives it."""
    return _picture(_layer(stream, frame, None, None, longest), frame)


def _layer(
    stream: VideoStream, frame: VideoFrame, width: int | None, height: int | None, longest: int | None
) -> FrameLayer:
    full = shown_size(stream, frame)
    if longest:
        width = min(longest, max(full)) if full[0] >= full[1] else None
        height = min(longest, max(full))
    return FrameLayer(*_scaled(full, width, height), tone_map=frame.color_trc in HDR_TRANSFERS)


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


def _save(picture: Image.Image, target: str | Path, **options: Any) -> Path:
    with replacing(target) as temporary:
        picture.save(temporary, format="PNG" if Path(target).suffix.lower() == ".png" else "JPEG", **options)
    return Path(target)
