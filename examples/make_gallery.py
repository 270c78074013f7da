"""A contact sheet: every look on a few clips. `python -m examples.make_gallery --out examples/gallery.jpg`"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from modules.preview.effects.looks import LOOKS
from modules.preview.effects.weather import WEATHER
from modules.preview.video.decode import open_source

CLIPS = ("city_night_1280x720.mp4", "bunny_1280x720.mp4", "person_park_1280x720.mp4", "bird_960x960.mp4")
LEAD = 6
"""Frames shown to a look before the one that is kept: those that carry something over in time have settled
by then."""
PAGE, TEXT = (250, 250, 249), (38, 38, 40)


def still(name: str, clip: Path, at: float) -> np.ndarray:
    """The frame of `clip` nearest after `at` seconds under the look or weather `name`, BGR, 16:9."""
    source = open_source(str(clip), seconds=15, aspect_ratio="16:9", mode="pro")
    _, kind = (LOOKS | WEATHER)[name]
    effect = kind(source.width, source.height, source.fps)
    effect.prepare(source.samples())
    out = None
    for index, timed in enumerate(source.frames()):
        if timed.seconds >= at - LEAD / source.fps:
            out = effect(timed.picture, index, timed.seconds)
        if timed.seconds >= at:
            break
    return out


def sheet(
    names: list[str], clips: list[Path], *, columns: int = 2, cell: int = 300, at: float = 2.8
) -> Image.Image:
    """Rows of `columns` looks, each look one strip of all clips with its title above."""
    high, gap, head = cell * 9 // 16, 6, 34
    strip = len(clips) * cell + (len(clips) - 1) * gap
    rows = -(-len(names) // columns)
    page = Image.new("RGB", (columns * strip + (columns + 1) * 24, rows * (high + head) + 24), PAGE)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(19)
    for place, name in enumerate(names):
        left = 24 + place % columns * (strip + 24)
        top = 6 + place // columns * (high + head)
        pen.text((left, top + 7), (LOOKS | WEATHER)[name][0], TEXT, font)
        for k, clip in enumerate(clips):
            picture = cv2.resize(still(name, clip, at), (cell, high), interpolation=cv2.INTER_AREA)
            page.paste(
                Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)),
                (left + k * (cell + gap), top + head - 2),
            )
    return page


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m examples.make_gallery", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--out", default="examples/gallery.jpg", help="where to write the sheet (JPEG or PNG)"
    )
    parser.add_argument("--clips", default="examples/clips", help="folder of the clips")
    parser.add_argument("--looks", default=",".join(LOOKS), help="names, separated by commas; weather too")
    parser.add_argument("--columns", type=int, default=2, help="looks in a row")
    parser.add_argument("--cell", type=int, default=300, help="width of one picture in pixels")
    options = parser.parse_args()
    page = sheet(
        options.looks.split(","),
        [Path(options.clips) / clip for clip in CLIPS],
        columns=options.columns,
        cell=options.cell,
    )
    page.save(options.out, quality=76)
    print(f"{options.out}: {page.width}x{page.height}")


if __name__ == "__main__":
    main()
