"""Make what the page shows of each example before anything is pressed: a poster, and small copies of the
original and the edit.

    python examples/make_previews.py [id …]

The edits are real: each example goes through the whole studio and the embedded preview engine.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import av
from PIL import ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from modules.edit.framing import Framing
from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from modules.secret import Secret
from modules.settings import read_settings
from modules.studio import Studio
from modules.ui.examples import FOLDER, load_examples

LONG_SIDE, QUALITY = 720, 27
"""Pixels and x264 crf: sharp enough for the page's widest column, and about 300 KB a clip. Fetched only
when an example is chosen."""
FIRST_LONG_SIDE, FIRST_QUALITY = 544, 33
"""The same for the copies of the first example that play as soon as the page opens, and so count into its
weight: 90 KB a clip."""
CARD = (320, 180)


def card(source: str, target: Path) -> None:
    """A picture of the edit that fills a card of CARD pixels."""
    with av.open(source) as clip:
        frame = next(f for f in clip.decode(video=0) if f.time >= 1.5)
        picture = frame.to_image()
        # In a tall one people stand below the middle, in a square one heads are near the top
        # (example_cards.js cuts the
        # playing copy alike).
        shape = picture.width / picture.height
        middle = 0.75 if shape < 0.95 else 0.12 if shape < 1.05 else 0.4
        ImageOps.fit(picture, CARD, centering=(0.5, middle)).save(
            target, quality=72, optimize=True, progressive=True
        )


def small_copy(source: str, target: Path, long_side: int = LONG_SIDE, quality: int = QUALITY) -> None:
    """`source` at `long_side`, without sound, for the page."""
    with av.open(source) as clip, av.open(str(target), "w", options={"movflags": "+faststart"}) as out:
        stream = clip.streams.video[0]
        scale = min(1.0, long_side / max(stream.width, stream.height))
        made = out.add_stream(
            "libx264", rate=stream.average_rate, options={"crf": str(quality), "preset": "veryslow"}
        )
        made.width, made.height, made.pix_fmt = (
            round(stream.width * scale / 2) * 2,
            round(stream.height * scale / 2) * 2,
            "yuv420p",
        )
        made.codec_context.colorspace = made.codec_context.color_primaries = made.codec_context.color_trc = 1
        for number, frame in enumerate(clip.decode(stream)):
            small = frame.reformat(width=made.width, height=made.height, format="yuv420p")
            small.pts, small.time_base = number, 1 / stream.average_rate
            out.mux(made.encode(small))
        out.mux(made.encode())


async def make(wanted: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(read_settings({"STUDIO_DATA_DIR": folder}))
        studio.files.allow(FOLDER)
        studio.open()
        try:
            first = load_examples()[0].id
            for example in load_examples():
                if wanted and example.id not in wanted:
                    continue
                edit = await studio.check(example.request, Framing(), Secret(), "preview")
                job_id = await studio.start(edit, "examples", NOBODY)
                async for job in studio.watch(job_id):
                    print(example.id, job.stage, job.message, flush=True)
                if job.stage != Stage.COMPLETED:
                    raise SystemExit(f"{example.id}: {job.error}")
                Path(example.poster).parent.mkdir(exist_ok=True)
                small_copy(job.before, Path(example.before))
                small_copy(job.result, Path(example.after))
                if example.id == first:
                    for source, name in ((job.before, "before"), (job.result, "after")):
                        small_copy(
                            source, FOLDER / "previews" / f"first_{name}.mp4", FIRST_LONG_SIDE, FIRST_QUALITY
                        )
                card(job.result, Path(example.poster))
                print(example.id, job.plan and job.plan.get("summary"), flush=True)
        finally:
            studio.close()


if __name__ == "__main__":
    asyncio.run(make(sys.argv[1:]))
