"""Write a clip anew so that the model accepts it, following its plan."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from modules.media.atomic import replacing
from modules.media.errors import ClipError
from modules.media.fit.conform_plan import ConformPlan
from modules.media.fit.crop_tracking import CropPath, follow
from modules.media.fit.framer import Framer
from modules.media.fit.remux import can_copy, copy_picture, is_readable, mp4_output
from modules.media.fit.sound import Sound, SoundTrouble, add_sound
from modules.media.read.clip import ClipFacts, probe
from modules.media.read.frames import first_time, paced
from modules.media.read.interlace import deinterlaced
from modules.media.read.opening import opened, reading_errors
from modules.media.read.requirements import MAX_CLIP_BYTES
from modules.media.read.tracks import picture_stream

# Visually lossless and fast: the model sees the picture once more through its own encoder.
QUALITY = {"preset": "veryfast", "crf": "18"}
# For an engine on this machine, which decodes it at once: half of the time to write and to read, at 44 dB
# and 1.8 times the size.
DRAFT_QUALITY = {"preset": "ultrafast", "crf": "20"}
# 15 s at this rate is 90 MB, so that the longest clip stays far below 200 MB whatever it shows.
MAX_BIT_RATE = 48_000_000


def conform(
    src: str | Path,
    dst: str | Path,
    plan: ConformPlan,
    *,
    keep_audio: bool,
    draft: bool = False,
    on_progress: Callable[[float], None] | None = None,
) -> ClipFacts:
    """Write `src` to `dst` (H.264 yuv420p + AAC mp4, faststart) as `plan` says, and return what was
    written.

    `draft`: for an engine on this machine. `on_progress` is told the share done, 0 to 1. `dst` appears
    whole or not at all. A plan that needs nothing copies the packets of picture and sound, and nothing
    else of the file: a phone writes its position and the device into it. Sound that cannot be decoded is
    left out. Raises MediaError when the plan has a problem or the pictures cannot be decoded.
    """
    if plan.problem:
        raise ClipError(plan.problem)
    tell = on_progress or (lambda share: None)
    tell(0.0)
    with replacing(dst) as temporary:
        for sound in (Sound.COPIED, Sound.ENCODED, Sound.NONE) if keep_audio else (Sound.NONE,):
            try:
                _write(src, temporary, plan, sound, DRAFT_QUALITY if draft else QUALITY, tell)
                break
            except SoundTrouble:
                continue  # the picture does not suffer for it
        facts = probe(temporary)
        if facts.size_bytes > MAX_CLIP_BYTES:
            raise ClipError("The clip is still larger than 200 MB after conversion. Choose a shorter part.")
    tell(1.0)
    return facts


def _write(
    src: str | Path,
    dst: Path,
    plan: ConformPlan,
    sound: Sound,
    quality: dict[str, str],
    tell: Callable[[float], None],
) -> None:
    with opened(src) as container, reading_errors():
        stream = picture_stream(container)
        zero = first_time(container, stream)
        if not plan.needed and can_copy(container, stream, zero):
            with mp4_output(dst) as output:
                copy_picture(
                    container, stream, output, zero, partial(add_sound, src, output, plan, zero, sound)
                )
            if is_readable(dst, plan.seconds):
                return
        path = follow(src, plan)
        with mp4_output(dst) as output:
            target = _picture_target(output, plan, quality)
            # Every stream must be declared before the first packet; the sound goes first because it is small.
            add_sound(src, output, plan, zero, sound)
            _write_picture(container, stream, output, target, plan, path, tell)


def _picture_target(output: OutputContainer, plan: ConformPlan, quality: dict[str, str]) -> VideoStream:
    rate = Fraction(plan.fps).limit_denominator(1001)
    options = quality | {"maxrate": str(MAX_BIT_RATE), "bufsize": str(MAX_BIT_RATE)}
    target = output.add_stream("libx264", rate=rate, options=options)
    target.width, target.height, target.pix_fmt = plan.width, plan.height, "yuv420p"
    context = target.codec_context
    context.time_base = 1 / rate
    context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
    return target


def _write_picture(
    container: InputContainer,
    stream: VideoStream,
    output: OutputContainer,
    target: VideoStream,
    plan: ConformPlan,
    path: CropPath,
    tell: Callable[[float], None],
) -> None:
    total = max(1, round(plan.seconds * plan.fps))
    span = plan.source_seconds
    base = Fraction(target.codec_context.time_base)
    framer = Framer(plan, stream, path)
    last_source: VideoFrame | None = None
    for index, source in paced(
        container,
        stream,
        start=plan.start,
        span=span,
        total=total,
        fps=plan.fps,
        speed=plan.speed,
        loops=plan.loops,
        through=partial(deinterlaced, order=plan.fields) if plan.fields else iter,
    ):
        # A frame that is shown again is scaled once, unless the crop moved on meanwhile.
        if source is not last_source or framer.moving(source):
            moment = index * plan.speed / plan.fps
            picture = framer.make(source, moment % span if plan.loops > 1 else moment)
            last_source = source
        picture.pts, picture.time_base = index, base
        picture.pict_type = 0
        output.mux(target.encode(picture))
        if index % 8 == 0:
            tell(min(0.99, index / total))
    output.mux(target.encode(None))
