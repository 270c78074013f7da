"""Damaged files by the hundred: a corpus of every kind the studio reads, and seeded ways of breaking it."""

import dataclasses
import os
import random
from collections.abc import Iterator
from pathlib import Path

from modules.edit.framing import Framing
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.read.clip import probe
from modules.media.read.picture import normalise
from modules.media.read.stills import poster
from tests.support.media_samples import clip, heic, pictures

os.environ.setdefault("SVT_LOG", "0")  # its encoder is talkative


def corpus(folder: Path) -> tuple[list[bytes], list[bytes]]:
    """(clips, pictures) as bytes: small, one of each container or kind."""
    from PIL import Image

    made = [
        clip(folder / "a.mp4", 160, 96, 1, 12, sound=True),
        clip(folder / "b.mp4", 160, 96, 1, 12, rotation=90),
        clip(folder / "c.mp4", 160, 96, 1, 12, codec="libx265"),
        clip(folder / "d.mov", 160, 96, 1, 12, faststart=False),
        clip(folder / "e.webm", 160, 96, 1, 12, codec="libvpx-vp9"),
        clip(folder / "f.mkv", 160, 96, 1, 12, codec="ffv1"),
        clip(folder / "g.avi", 160, 96, 1, 12, codec="mpeg4"),
        clip(folder / "h.gif", 160, 96, 1, 12, codec="gif", pix_fmt="rgb8"),
        clip(folder / "i.ts", 160, 96, 1, 25, sound=True),
        clip(folder / "j.flv", 160, 96, 1, 12, codec="flv"),
        clip(folder / "k.mov", 160, 96, 1, 12, codec="prores_ks", pix_fmt="yuv422p10le"),
        clip(folder / "l.mp4", 160, 96, 1, 12, pix_fmt="yuv420p10le", transfer=16),
        clip(
            folder / "m.mkv",
            160,
            96,
            1,
            12,
            codec="libsvtav1",
            options={"preset": "12", "svtav1-params": "lp=1"},
        ),
    ]
    picture = Image.fromarray(next(pictures(360, 320, 1)))
    exif = Image.Exif()
    exif[0x0112] = 6
    stills = []
    for suffix in (".jpg", ".png", ".webp", ".gif", ".avif", ".tiff", ".bmp", ".jp2"):
        path = folder / f"p{suffix}"
        picture.save(path, **({"exif": exif} if suffix in (".jpg", ".png", ".webp") else {}))
        stills.append(path)
    stills.append(heic(folder / "p.heic"))
    return [path.read_bytes() for path in made], [path.read_bytes() for path in stills]


def mutants(seeds: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """`count` broken files, the seeds taken in turn; the same for the same `seed`."""
    rng = random.Random(seed)
    for number in range(count):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(rng.choice((1, 1, 2, 4))):
            rng.choice(WOUNDS)(data, rng, seeds)
        yield bytes(data)


def _place(data: bytearray, rng: random.Random) -> int:
    # Headers decide what a decoder does, so half of all wounds go there.
    return rng.randrange(max(1, min(len(data), 1500) if rng.random() < 0.5 else len(data)))


def _flip(data, rng, seeds):
    for _ in range(rng.choice((1, 3, 20, 200))):
        if data:
            data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _number(data, rng, seeds):
    value = rng.choice((0, 1, 0x7F, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, rng.randrange(2**32)))
    at = _place(data, rng)
    data[at : at + 4] = value.to_bytes(4, rng.choice(("big", "little")))


def _truncate(data, rng, seeds):
    del data[rng.randrange(len(data) + 1) :]


def _drop(data, rng, seeds):
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 4, 64, 2000))]


def _repeat(data, rng, seeds):
    at = _place(data, rng)
    piece = data[at : at + rng.choice((8, 100, 3000))]
    data[at:at] = piece * rng.choice((1, 3))


def _blank(data, rng, seeds):
    at, size = _place(data, rng), rng.choice((16, 300, 5000))
    data[at : at + size] = bytes([rng.choice((0, 0xFF))]) * len(data[at : at + size])


def _splice(data, rng, seeds):
    other = rng.choice(seeds)
    at = _place(data, rng)
    data[at:] = other[min(at, len(other)) :]


def _header(data, rng, seeds):
    """The beginning of one kind on the body of another."""
    size = rng.choice((12, 48, 400))
    data[:size] = rng.choice(seeds)[:size]


WOUNDS = (_flip, _flip, _number, _number, _truncate, _drop, _repeat, _blank, _splice, _header)


def work_on_clip(path: str, folder: str) -> str:
    """All that the studio does to a clip, on half a second of it. Runs in a worker."""
    facts = probe(path)
    plan = plan_conform(
        facts,
        3,
        ("16:9", "9:16", "1:1")[facts.size_bytes % 3],
        Framing(start=0.2, fit=("crop", "pad", "leave")[facts.size_bytes // 3 % 3], short="slow"),
    )
    plan = dataclasses.replace(plan, seconds=min(plan.seconds, 0.5), loops=1)
    poster(path, f"{folder}/poster.jpg", 0.3)
    conform(path, f"{folder}/out.mp4", plan, keep_audio=True)
    return "converted"


def work_on_picture(path: str, folder: str) -> str:
    normalise(path, folder)
    return "converted"
