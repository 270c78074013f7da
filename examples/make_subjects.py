"""A contact sheet: what the preview engine does to subjects. `python -m examples.make_subjects --out
examples/subjects.jpg`

Each row is one subject: the clip, then a real render each of another place, of the subject taken out, of
another character in its place, and of a change to one part. The caption is the prompt, word for word, and
(declined) where the engine said that it cannot.
"""

import argparse
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from examples.make_gallery import PAGE, TEXT
from modules.preview.render import render
from modules.preview.task import RenderTask
from modules.preview.video.decode import open_source
from modules.preview.video.geometry import RATIOS

ROOT = Path(__file__).resolve().parents[1]
CLIPS, REFS = ROOT / "examples" / "clips", ROOT / "examples" / "refs"
GAP, MARGIN, LINE = 10, 24, 18
ASTRONAUT, RACCOON = "astronaut_512x512.png", "raccoon_1024x768.jpg"


@dataclass(frozen=True)
class Row:
    """One subject. `at`: seconds of a telling moment; `element`: the character of @Element1; `prompts`:
    place, removal, replacement, part."""

    clip: Path
    ratio: str
    at: float
    element: str
    prompts: tuple[str, str, str, str]


ROWS = (
    Row(
        CLIPS / "person_walk_720x1280.mp4",
        "9:16",
        1.6,
        ASTRONAUT,
        (
            "Put her on a tropical beach",
            "Remove the woman",
            "Replace the woman with @Element1",
            "Turn the woman into a golden statue",
        ),
    ),
    Row(
        CLIPS / "bird_960x960.mp4",
        "1:1",
        2.0,
        RACCOON,
        (
            "Put the bird on Mars",
            "Remove the bird",
            "Replace the bird with @Element1",
            "A neon outline around the bird",
        ),
    ),
    Row(
        CLIPS / "bunny_1280x720.mp4",
        "16:9",
        2.8,
        RACCOON,
        (
            "Change the background to a dark cave",
            "Remove the rabbit",
            "Replace the rabbit with @Element1",
            "Make the rabbit bright red",
        ),
    ),
    Row(
        CLIPS / "person_park_1280x720.mp4",
        "16:9",
        1.4,
        ASTRONAUT,
        (
            "Replace the background with snow mountains",
            "Remove the walking woman",
            "Replace the walking woman with @Element1",
            "Only the background in black and white",
        ),
    ),
    Row(
        CLIPS / "person_park_1280x720.mp4",
        "16:9",
        0.8,
        RACCOON,
        (
            "Replace the background with a forest in fog",
            "Remove the man on the roof",
            "Replace the man on the roof with @Element1",
            "Make the man on the roof bright blue",
        ),
    ),
    Row(
        ROOT / "tests" / "bench" / "subject_masks" / "dog_640x360.mp4",
        "16:9",
        0.7,
        RACCOON,
        (
            "Put the dog on the moon",
            "Remove the dog",
            "Replace the dog with @Element1",
            "Only the background in black and white",
        ),
    ),
    Row(
        CLIPS / "dunes_966x544.mp4",
        "16:9",
        2.2,
        ASTRONAUT,
        (
            "Turn the desert into a green meadow",
            "Remove the small person in the sand",
            "Replace the small person with @Element1",
            "Make only the sky pink",
        ),
    ),
    Row(
        CLIPS / "city_night_1280x720.mp4",
        "16:9",
        2.0,
        ASTRONAUT,
        (
            "Put northern lights in the sky",
            "Remove the sky",
            "@Element1 stands in front of the towers",
            "Make only the sky deep red",
        ),
    ),
)


def frame_at(path: Path, ratio: str, at: float) -> np.ndarray:
    """The first frame at or after `at` seconds, else the last, BGR."""
    source, found = open_source(str(path), seconds=15, aspect_ratio=ratio, mode="pro"), None
    for timed in source.frames():
        found = timed.picture
        if timed.seconds >= at:
            break
    assert found is not None
    return found


def edited(row: Row, prompt: str) -> tuple[np.ndarray, str]:
    """The frame of a real render at the row's moment, and its caption; what the engine says of it is
    printed."""
    elements = ((str(REFS / row.element), ()),) if "@Element1" in prompt else ()
    payload = {"prompt": prompt, "duration": "5", "aspect_ratio": row.ratio, "mode": "pro"}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.mp4"
        plan = render(RenderTask(str(row.clip), str(out), "", payload, (), elements)).plan
        said = [plan["summary"], *plan["cannot"], *plan["fallbacks"]]
        print(f"{row.clip.stem}: {prompt}: {' '.join(said)}", flush=True)
        left = plan["summary"].startswith(("The clip is kept", "This asks for something"))
        return frame_at(out, "", row.at), f"{prompt} (declined)" if left else prompt


def strip(row: Row, cell: int) -> Image.Image:
    """The clip and its four edits beside one another, each with its caption below. Five wide pictures fill
    the page; five upright and five square ones do so together."""
    across, down = RATIOS[row.ratio]
    high = cell * 9 // 16 if across > down else int(cell * 0.62)
    wide = high * across // down
    pictures = [(frame_at(row.clip, row.ratio, row.at), "The clip")]
    pictures += [edited(row, prompt) for prompt in row.prompts]
    captions = [textwrap.wrap(caption, max(14, wide // 9)) for _, caption in pictures]
    foot = max(map(len, captions)) * LINE + 16
    out = Image.new("RGB", (len(pictures) * (wide + GAP), high + foot), PAGE)
    pen, font = ImageDraw.Draw(out), ImageFont.load_default(16)
    for k, (picture, _) in enumerate(pictures):
        left = k * (wide + GAP)
        small = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA)
        out.paste(Image.fromarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB)), (left, 0))
        for line, text in enumerate(captions[k]):
            pen.text((left, high + 3 + line * LINE), text, TEXT, font)
    return out


def sheet(rows: tuple[Row, ...], *, cell: int = 380) -> Image.Image:
    """One strip a subject; narrow ones share a line."""
    wide = 5 * (cell + GAP)
    placed: list[tuple[int, int, Image.Image]] = []
    left = top = bottom = 0
    for row in rows:
        part = strip(row, cell)
        if left + part.width > wide:
            left, top = 0, bottom
        placed.append((left, top, part))
        left, bottom = left + part.width, max(bottom, top + part.height)
    page = Image.new("RGB", (wide - GAP + 2 * MARGIN, bottom + 2 * MARGIN - GAP), PAGE)
    for left, top, part in placed:
        page.paste(part, (MARGIN + left, MARGIN + top))
    return page


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m examples.make_subjects", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--out", default="examples/subjects.jpg", help="where to write the sheet (JPEG, PNG)")
    parser.add_argument("--rows", default="", help="numbers of rows from 1, separated by commas (all)")
    parser.add_argument("--cell", type=int, default=380, help="width of one picture in pixels")
    options = parser.parse_args()
    rows = tuple(ROWS[int(number) - 1] for number in options.rows.split(",")) if options.rows else ROWS
    page = sheet(rows, cell=options.cell)
    page.save(options.out, quality=84)
    print(f"{options.out}: {page.width}x{page.height}")


if __name__ == "__main__":
    main()
