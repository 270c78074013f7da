"""A still of the whole clip that shows what its plan keeps: what is cut away is dark, edges are drawn.

A visitor who chose 16:9 for a tall clip sees here, before anything is paid, that most of the picture goes.
"""

from dataclasses import replace

import numpy as np
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

from modules.media.atomic import replacing
from modules.media.errors import ClipError
from modules.media.fit.conform_plan import ConformPlan
from modules.media.fit.crop_tracking import follow
from modules.media.fit.framer import Framer
from modules.media.read.clip import ClipFacts
from modules.media.read.frames import frame_at
from modules.media.read.opening import opened, reading_errors
from modules.media.read.requirements import MAX_SIDE, MIN_SIDE, RATIO_SLACK, RATIOS
from modules.media.read.shape import shown_size
from modules.media.read.stills import MOMENT, still_of
from modules.media.read.tracks import picture_stream

LONGEST = 640  # px
DARKER, GREYER = 0.35, 0.7  # what is left of the brightness, and how far towards grey
FRAME_COLOUR = (250, 249, 246)
UNSEEN = 0.01  # a smaller share of the picture that is cut away is not worth a word or a line
FOLLOW_PIXELS = 700e6
"""Pixels decoded to look for the subject: 10 s of 1080p at 30 fps, one to three seconds on one core."""
SHAPES = ((9, 21), (9, 16), (2, 3), (3, 4), (4, 5), (1, 1), (5, 4), (4, 3), (3, 2), (16, 9), (2, 1), (21, 9))

Box = tuple[float, float, float, float]
"""Left, top, width and height as shares (0..1) of the shown picture."""


def framing_still(source: str, target: str, plan: ConformPlan) -> str:
    """Write a JPEG of the clip at `source` as `plan` frames it to `target`, and return `target`.

    One frame at the plan's start, upright, its longest side at most 640 px, HDR mapped to ordinary
    brightness. A crop leaves the picture whole: what is cut away at that moment is darkened, with a thin
    light line around what is kept. The kept part is where converting puts it, around the subject; of a clip
    that is long and large only the first seconds are looked at, so it may lie a little beside. With `pad`
    the picture is the padded frame. Raises MediaError when it is no clip, or when its chosen part cannot be
    decoded.
    """
    picture = _padded(source, plan) if plan.pad else _cropped(source, plan)
    with replacing(target) as temporary:
        picture.save(temporary, format="JPEG", quality=86)
    return target


def cut_away(facts: ClipFacts, plan: ConformPlan) -> float:
    """The share (0..1) of the shown picture's area that `plan` cuts away; 0 when blurred edges are added."""
    if plan.pad:
        return 0.0
    kept = plan.crop[2] * plan.crop[3] / max(1, facts.width * facts.height)
    return min(max(0.0, 1 - kept), 1.0)


def framing_sentence(facts: ClipFacts, plan: ConformPlan) -> str:
    """How much of the picture is cut away and why, as a sentence; empty for under 1 % and without edges."""
    if plan.pad:
        return "Blurred edges fill the frame; nothing is cut away."
    share = cut_away(facts, plan)
    if share < UNSEEN:
        return ""
    have, sent = facts.width / facts.height, plan.crop[2] / plan.crop[3]
    chosen = next((name for name, ratio in RATIOS.items() if abs(sent / ratio - 1) < RATIO_SLACK), None)
    cut = f"{min(share, 0.99) * 100:.0f} % of the picture is cut away: the clip is"
    if chosen is None:
        longest = f"{MAX_SIDE // MIN_SIDE}:1" if have > 1 else f"1:{MAX_SIDE // MIN_SIDE}"
        return f"{cut} {_shape(have)}, and the longest shape that the model takes is {longest}."
    if _word(have) == _word(sent):
        return f"{cut} {_shape(have)} and the edit is {chosen}."
    return f"{cut} {_word(have)} ({_shape(have)}) and the edit is {chosen} {_word(sent)}."


def _word(ratio: float) -> str:
    if abs(ratio - 1) <= RATIO_SLACK:
        return "square"
    return "wide" if ratio > 1 else "tall"


def _shape(ratio: float) -> str:
    """A ratio as people write it: 9:16 when it is near a usual one, else 2.35:1 or 1:2.35."""
    for width, height in SHAPES:
        if abs(ratio / (width / height) - 1) <= RATIO_SLACK:
            return f"{width}:{height}"
    return f"{ratio:.3g}:1" if ratio > 1 else f"1:{1 / ratio:.3g}"


def _padded(source: str, plan: ConformPlan) -> Image.Image:
    scale = min(1.0, LONGEST / max(plan.width, plan.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (plan.width, plan.height))
    with opened(source) as container, reading_errors():
        stream = picture_stream(container)
        frame = frame_at(container, stream, plan.start + MOMENT)
        if frame is None:
            raise _undecodable()
        framer = Framer(replace(plan, width=width, height=height), stream)
        picture: Image.Image = framer.make(frame).to_image()  # type: ignore[no-untyped-call] # untyped in PyAV
        return picture


def _cropped(source: str, plan: ConformPlan) -> Image.Image:
    with opened(source) as container, reading_errors():
        stream = picture_stream(container)
        first = _first_part(stream, plan)
        frame = frame_at(container, stream, plan.start + MOMENT)
        if frame is None:
            raise _undecodable()
        shown = shown_size(stream, frame)
        picture = still_of(stream, frame, longest=LONGEST)
    width, height = (min(1.0, plan.crop[2 + axis] / shown[axis]) for axis in (0, 1))
    if width * height > 1 - UNSEEN:
        return picture
    x, y = follow(source, first).at(MOMENT)
    kept = _within(x - width / 2, 1 - width), _within(y - height / 2, 1 - height), width, height
    return _dimmed(picture, kept)


def _first_part(stream: VideoStream, plan: ConformPlan) -> ConformPlan:
    """The plan, or one of its first seconds when looking at all of them would take long."""
    rate = float(stream.average_rate or 30)
    seconds = FOLLOW_PIXELS / max(1.0, stream.width * stream.height * rate)
    if plan.source_seconds <= seconds:
        return plan
    return replace(plan, seconds=max(1.0, seconds), speed=1.0, loops=1, loop_seconds=0.0)


def _within(place: float, most: float) -> float:
    return min(max(place, 0.0), most)


def _dimmed(picture: Image.Image, kept: Box) -> Image.Image:
    """The picture dark and grey outside of `kept`, with a line around it."""
    size = picture.size * 2
    left, top, width, height = (round(share * side) for share, side in zip(kept, size, strict=True))
    box = left, top, left + max(1, width), top + max(1, height)
    pixels = np.asarray(picture, np.float32)
    grey = pixels @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    dark = (pixels + (grey[..., None] - pixels) * GREYER) * DARKER
    out = Image.fromarray(dark.round().astype(np.uint8))
    out.paste(picture.crop(box), box[:2])
    line = max(1, round(max(picture.size) / 320))
    ImageDraw.Draw(out).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), outline=FRAME_COLOUR, width=line)
    return out


def _undecodable() -> ClipError:
    return ClipError("The chosen part of this clip cannot be decoded. Choose another start or another file.")
