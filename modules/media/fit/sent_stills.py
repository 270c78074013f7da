"""Stills of a clip as its plan will send it: cropped, padded and turned, without converting it."""

from pathlib import Path

from PIL import Image

from modules.media.atomic import replacing
from modules.media.errors import ClipError
from modules.media.fit.conform_plan import ConformPlan
from modules.media.fit.crop_tracking import follow
from modules.media.fit.framer import Framer
from modules.media.read.frames import frames_at
from modules.media.read.opening import opened, reading_errors
from modules.media.read.tracks import picture_stream

GAP = 3


def sent_strip(
    src: str | Path, dst_jpg: str | Path, plan: ConformPlan, frames: int = 6, height: int = 96
) -> Path:
    """Write `frames` frames of what conforming by `plan` will give, side by side, each `height` px tall.

    One frame makes a poster. It costs about as much as looking for the subject: half a second for five
    seconds of 720p. Raises MediaError when the chosen part cannot be decoded.
    """
    pictures = _frames(src, plan, frames, height)
    strip = Image.new("RGB", (sum(p.width for p in pictures) + GAP * (len(pictures) - 1), height), "white")
    x = 0
    for picture in pictures:
        strip.paste(picture, (x, 0))
        x += picture.width + GAP
    with replacing(dst_jpg) as temporary:
        strip.save(temporary, format="JPEG", quality=84)
    return Path(dst_jpg)


def _frames(src: str | Path, plan: ConformPlan, count: int, height: int) -> list[Image.Image]:
    path, span = follow(src, plan), plan.source_seconds
    out: list[Image.Image] = []
    with opened(src) as container, reading_errors():
        stream = picture_stream(container)
        framer = Framer(plan, stream, path)
        moments = [span * (number + 0.5) / count for number in range(count)]
        shown_at = frames_at(container, stream, [plan.start + moment for moment in moments])
        for moment, shown in zip(moments, shown_at, strict=True):
            if shown is None:
                continue
            picture = framer.make(shown, moment).to_image()  # type: ignore[no-untyped-call] # untyped in PyAV
            out.append(
                picture.resize(
                    (max(1, round(picture.width * height / picture.height)), height), Image.Resampling.LANCZOS
                )
            )
    if not out:
        raise ClipError(
            "The chosen part of this clip cannot be decoded. Choose another start or another file."
        )
    return out
