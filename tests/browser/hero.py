"""The picture that opens the README, a line that wipes over three edits, and the one that links unfurl to.

python -m tests.browser.hero [hero.webp og.jpg]     (default: examples/screenshots/hero.webp, examples/og.jpg)

The edits are real: the app makes them with the preview engine. Type and labels are drawn by Chromium.
"""

import io
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import av
from PIL import Image, ImageOps
from playwright.sync_api import Browser

from modules.ui.examples import Example, load_examples
from tests.support.chromium import chromium
from tests.support.raw_events import RawPage, file_data
from tests.support.raw_requests import call
from tests.support.studio_app import PROJECT, App, running_app

SHOWN = ("cyberpunk", "winter", "gold")
"""Examples that need no picture."""
UNFURLED, UNFURLED_AT = "winter", 1.0
"""The edit in the picture of a link, and the second of it."""
UNFURLED_SIZE, WIDE = (1200, 630), (1200, 675)
"""Of that picture, and of the edit before its upper and lower parts are cut away."""
SIZE, RATE = (800, 450), 10
HELD, SWEPT, KEPT, FADED = 0.3, 1.6, 0.7, 0.3
"""Seconds of a scene: the original, the line on its way, the edit, and the passage to the next scene."""
EDGES = (1.03, -0.03)
"""Where the line begins and ends, as shares of the width: out of sight."""
QUALITY = 26
LARGEST = {"webp": 1_500_000, "jpg": 200_000}

_FONTS = "'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
"""The page's own fonts (`modules/ui/theme.py`), without the names that mean another one on each system."""
_STYLE = """<!doctype html><meta charset=utf-8><style>
body {{ margin: 0; width: {width}px; height: {height}px; position: relative; overflow: hidden; {type} }}
.tag {{ position: absolute; top: 1em; padding: 0.3em 0.85em; border-radius: 99px; background: #000a;
  color: #fff; line-height: 1.15 }}
.left {{ left: 1em }} .right {{ right: 1em }}
.line {{ position: absolute; left: calc(50% - 0.1em); width: 0.2em; top: 0; bottom: 0; background: #fff;
  box-shadow: 0 0 0 1px #0003 }}
.grip {{ position: absolute; left: calc(50% - 1.15em); top: calc(50% - 1.15em); width: 2.3em; height: 2.3em;
  border-radius: 50%; background: #fff; box-shadow: 0 0.06em 0.5em #0007 }}
.said {{ position: absolute; inset: auto 0 0 0; padding: 64px 28px 20px; color: #fff; font-size: 20px;
  line-height: 1.3; text-wrap: balance; text-shadow: 0 1px 2px #0008;
  background: linear-gradient(#0000, #000a) }}
.stage {{ position: absolute; inset: 0 0 auto 0; height: 432px; overflow: hidden }}
.stage img {{ position: absolute; width: 1200px; height: 675px; top: -70px; left: 0 }}
.stage img + img {{ clip-path: inset(0 0 0 50%) }}
.words {{ position: absolute; inset: 432px 0 0 0; padding: 0 56px; display: flex; flex-direction: column;
  justify-content: center; gap: 12px; background: #fafaf8; color: #1b1a18 }}
h1 {{ margin: 0; font-size: 62px; line-height: 1.05; letter-spacing: -0.025em; font-weight: 700 }}
p {{ margin: 0; font-size: 27px; color: #55514b }}
</style>"""
_SIDES = "<span class='tag left'>Original</span>", "<span class='tag right'>Edited</span>"
_LINE = "<i class=line></i><i class=grip></i>"
_UNFURLED = """<div class=stage><img src="before.png"><img src="after.png">{marks}</div>
<div class=words><h1>Edit a video by describing it</h1><p>{said}</p></div>"""


def document(inside: str, size: tuple[int, int], letters: int) -> str:
    """A page that shows `inside`; its labels and the line are as large as `letters` pixels of type want."""
    kind = f"font: {letters}px {_FONTS}"
    return _STYLE.format(width=size[0], height=size[1], type=kind) + inside


@dataclass(frozen=True)
class Scene:
    """An edit as clips, and what is drawn over it: what belongs to either side of the line, and the words."""

    before: Path
    after: Path
    left: Image.Image
    right: Image.Image
    words: Image.Image


def main(hero: Path, unfurled: Path) -> None:
    with running_app() as app, chromium() as browser:
        examples = {one.id: one for one in load_examples()}
        clips = {name: edited(app, examples[name]) for name in {*SHOWN, UNFURLED}}
        scenes = [scene(browser, *clips[name], examples[name].request.prompt) for name in SHOWN]
        line = drawn(browser, _LINE)
        save_hero(list(shown(scenes, line)), hero)
        unfurl(browser, *clips[UNFURLED], examples[UNFURLED].request.prompt, unfurled)
    for path in (hero, unfurled):
        size = path.stat().st_size
        print(path.name, size // 1024, "KB")
        assert size <= LARGEST[path.suffix[1:]], f"{path.name} is too large"


def edited(app: App, example: Example) -> tuple[Path, Path]:
    """The clip as it was sent, and the edit of it."""
    wanted, page = example.request, RawPage(app.url)

    def sent(path: str) -> dict:
        return file_data(page.upload(Path(path).name, Path(path).read_bytes()))

    values = {
        "prompt": wanted.prompt,
        "video": sent(wanted.video_url),
        "mode": wanted.mode,
        "duration": wanted.duration,
        "aspect_ratio": wanted.aspect_ratio,
    }
    code, told = call(app.url, "edit", values, seconds=180)
    assert code == 200 and told[1]["stage"] == "COMPLETED", told
    folder = app.data / "jobs" / told[1]["job_id"]
    return next(path for path in folder.glob("before*.mp4")), folder / "result.mp4"


def drawn(browser: Browser, inside: str) -> Image.Image:
    """A layer of the hero: its HTML on nothing."""
    page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
    page.set_content(document(inside, SIZE, 16))
    made = Image.open(io.BytesIO(page.screenshot(omit_background=True))).convert("RGBA")
    page.close()
    return made


def scene(browser: Browser, before: Path, after: Path, prompt: str) -> Scene:
    words = f"<div class=said>“{escape(prompt)}”</div>"
    return Scene(before, after, *(drawn(browser, inside) for inside in (*_SIDES, words)))


def frames(clip: Path, seconds: float, size: tuple[int, int], rate: float = RATE) -> Iterator[Image.Image]:
    """The pictures of a clip at `rate`; the last one again when it is over."""
    wanted = [number / rate for number in range(round(seconds * rate))]
    with av.open(str(clip)) as opened:
        picture = None
        for frame in opened.decode(video=0):
            picture = frame
            while wanted and frame.time >= wanted[0]:
                wanted.pop(0)
                yield fitted(frame.to_image(), size)
        for _ in wanted:
            yield fitted(picture.to_image(), size)


def fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """It fills `size`; of a taller one the upper part, where heads are."""
    return ImageOps.fit(picture, size, Image.Resampling.LANCZOS, centering=(0.5, 0.12))


def at_second(second: float) -> float:
    """Where the line is, as a share of the width."""
    way = min(1.0, max(0.0, (second - HELD) / SWEPT))
    return EDGES[0] + (EDGES[1] - EDGES[0]) * way * way * (3 - 2 * way)


def shown(scenes: list[Scene], line: Image.Image) -> Iterator[Image.Image]:
    """The pictures of the hero, one scene after the other, each fading into the next; the words of both are
    gone meanwhile."""
    seconds, fading = HELD + SWEPT + KEPT, round(FADED * RATE)
    played = [list(played_scene(one, line, seconds + FADED)) for one in scenes]
    for number, pictures in enumerate(played):
        leaving = played[number - 1][-fading:]  # of the last one as the first begins: it is a loop
        alone = pictures[:-fading]
        for at, picture in enumerate(alone):
            made = Image.blend(leaving[at], picture, (at + 1) / (fading + 1)) if at < fading else picture
            there = min(1.0, at / fading, (len(alone) - 1 - at) / fading)
            words = scenes[number].words
            made.paste(words, (0, 0), words.getchannel("A").point(lambda alpha, there=there: alpha * there))
            yield made


def played_scene(one: Scene, line: Image.Image, seconds: float) -> Iterator[Image.Image]:
    pairs = zip(frames(one.before, seconds, SIZE), frames(one.after, seconds, SIZE), strict=True)
    for number, (before, after) in enumerate(pairs):
        place = round(at_second(number / RATE) * SIZE[0])
        before.paste(one.left, (0, 0), one.left)
        after.paste(one.right, (0, 0), one.right)
        begins = min(max(0, place), SIZE[0])
        before.paste(after.crop((begins, 0, *SIZE)), (begins, 0))
        before.paste(line, (place - SIZE[0] // 2, 0), line)
        yield before


def save_hero(pictures: list[Image.Image], path: Path) -> None:
    # It begins with the line in the middle: where nothing moves, the first picture says it all.
    middle = round((HELD + SWEPT / 2) * RATE)
    first, *rest = [*pictures[middle:], *pictures[:middle]]
    # Every picture whole: as differences, traces of the last one stay in flat parts, for a tenth less.
    options = {"quality": QUALITY, "method": 6, "kmin": 0, "kmax": 1}
    first.save(path, save_all=True, append_images=rest, duration=round(1000 / RATE), loop=0, **options)


def unfurl(browser: Browser, before: Path, after: Path, prompt: str, path: Path) -> None:
    said = _UNFURLED.format(marks="".join((*_SIDES, _LINE)), said=f"“{escape(prompt)}”")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name, clip in (("before", before), ("after", after)):
            *_, picture = frames(clip, UNFURLED_AT, WIDE)
            picture.save(folder / f"{name}.png")
        (folder / "page.html").write_text(document(said, UNFURLED_SIZE, 24), "utf-8")
        page = browser.new_page(viewport={"width": UNFURLED_SIZE[0], "height": UNFURLED_SIZE[1]})
        page.goto((folder / "page.html").as_uri())
        page.wait_for_function("[...document.images].every(one => one.complete && one.naturalWidth)")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        page.close()
    picture.save(path, quality=88, optimize=True, progressive=True)


if __name__ == "__main__":
    given = [Path(one) for one in sys.argv[1:]]
    main(*(given or (PROJECT / "examples" / "screenshots" / "hero.webp", PROJECT / "examples" / "og.jpg")))
