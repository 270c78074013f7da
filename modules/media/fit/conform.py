"""Write a clip anew so that the model accepts it, following its plan."""

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from modules.media.atomic import replacing
from modules.media.errors import ClipError
from modules.media.fit import audio
from modules.media.fit.conform_plan import ConformPlan
from modules.media.fit.crop_tracking import CropPath, follow
from modules.media.read.clip import ClipFacts, displayed_size, probe, turn_of
from modules.media.read.frames import FrameLayer, Plane, Planes, frame_from, paced
from modules.media.read.opening import opened, picture_stream, reading_errors, start_of
from modules.media.read.requirements import MAX_CLIP_BYTES

# Visually lossless and fast: the model sees the picture once more through its own encoder.
QUALITY = {"preset": "veryfast", "crf": "18"}
# 15 s at this rate is 90 MB, so that the longest clip stays far below 200 MB whatever it shows.
MAX_BIT_RATE = 48_000_000
AUDIO_BIT_RATE = 192_000


def conform(
    src: str | Path,
    dst: str | Path,
    plan: ConformPlan,
    *,
    keep_audio: bool,
    on_progress: Callable[[float], None] | None = None,
) -> ClipFacts:
    """Write `src` to `dst` (H.264 yuv420p + AAC mp4, faststart) as `plan` says, and return what was written.

    `on_progress` is told the share done, 0 to 1. `dst` appears whole or not at all. A plan that needs
    nothing copies the file, without its audio when `keep_audio` is False. Raises MediaError when the plan
    has a problem or the clip cannot be decoded.
    """
    if plan.problem:
        raise ClipError(plan.problem)
    tell = on_progress or (lambda share: None)
    tell(0.0)
    with replacing(dst) as temporary:
        if plan.needed:
            _encode(src, temporary, plan, keep_audio, tell)
        else:
            _copy(src, temporary, keep_audio)
        facts = probe(temporary)
        if facts.size_bytes > MAX_CLIP_BYTES:
            raise ClipError("The clip is still larger than 200 MB after conversion. Choose a shorter part.")
    tell(1.0)
    return facts


def _copy(src: str | Path, dst: Path, keep_audio: bool) -> None:
    """Byte for byte; or packet for packet without the audio."""
    with opened(src) as container, reading_errors():
        if keep_audio or not container.streams.audio:
            shutil.copyfile(src, dst)
            return
        stream = picture_stream(container)
        with _output(dst) as output:
            target = output.add_stream_from_template(stream)
            container.seek(0)
            for packet in container.demux(stream):
                if packet.dts is not None:
                    packet.stream = target
                    output.mux(packet)


def _encode(
    src: str | Path, dst: Path, plan: ConformPlan, keep_audio: bool, tell: Callable[[float], None]
) -> None:
    path = follow(src, plan)
    with opened(src) as container, reading_errors():
        stream = picture_stream(container)
        zero = start_of(stream)
        with _output(dst) as output:
            target = _picture_target(output, plan)
            # Every stream must be declared before the first packet; the audio goes first because it is small.
            if keep_audio and container.streams.audio:
                _write_audio(src, output, plan, zero)
            _write_picture(container, stream, output, target, plan, path, tell)


def _output(path: Path) -> OutputContainer:
    # No limit on how far one stream may run ahead: audio and picture are written one after the other and the
    # muxer is to interleave them all the same.
    return av.open(
        str(path), "w", format="mp4", options={"movflags": "+faststart", "max_interleave_delta": "0"}
    )


def _picture_target(output: OutputContainer, plan: ConformPlan) -> VideoStream:
    rate = Fraction(plan.fps).limit_denominator(1001)
    options = QUALITY | {"maxrate": str(MAX_BIT_RATE), "bufsize": str(MAX_BIT_RATE)}
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
    framer: Framer | None = None
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
    ):
        if framer is None:
            framer = Framer(plan, displayed_size(stream, turn_of(source)))
        # A frame that is shown again is scaled once, unless the crop moved on meanwhile.
        if source is not last_source or framer.moving(path):
            moment = index * plan.speed / plan.fps
            picture = framer.make(source, path.at(moment % span if plan.loops > 1 else moment))
            last_source = source
        picture.pts, picture.time_base = index, base
        picture.pict_type = 0
        output.mux(target.encode(picture))
        if index % 8 == 0:
            tell(min(0.99, index / total))
    output.mux(target.encode(None))


def _write_audio(src: str | Path, output: OutputContainer, plan: ConformPlan, zero: float) -> None:
    with opened(src) as container:
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            return
        packets = (
            audio.packets(container, stream, plan.start, plan.seconds, zero)
            if audio.can_copy(stream, plan)
            else []
        )
        if packets:
            target = output.add_stream_from_template(stream)
            for packet in packets:
                packet.stream = target
                output.mux(packet)
            return
        target = output.add_stream("aac", rate=audio.SAMPLE_RATE, layout="stereo")
        target.bit_rate = AUDIO_BIT_RATE
        samples = audio.samples(container, stream, plan.start, plan.source_seconds, zero)
        audio.encode(audio.retimed(samples, plan.speed, plan.loops, plan.seconds), output, target)


class Framer:
    """Makes output frames: scaled, upright, cropped around the subject or padded with blur."""

    def __init__(self, plan: ConformPlan, shown: tuple[int, int]) -> None:
        self.plan = plan
        width, height = shown
        if plan.pad:
            scale = min(plan.width / width, plan.height / height)
            self.scaled = (_even_down(width * scale), _even_down(height * scale))
        else:
            scale = max(plan.width / plan.crop[2], plan.height / plan.crop[3])
            self.scaled = (
                max(plan.width, _even_up(width * scale)),
                max(plan.height, _even_up(height * scale)),
            )
        self.shown = shown
        self.layer = FrameLayer(*self.scaled, tone_map=plan.tone_map)

    def moving(self, path: CropPath) -> bool:
        return path.moves and not self.plan.pad and self.scaled != (self.plan.width, self.plan.height)

    def make(self, source: VideoFrame, centre: tuple[float, float]) -> VideoFrame:
        """`centre`: of the crop, as shares (0..1) of the shown width and height."""
        plan = self.plan
        turn = turn_of(source)
        whole = self.scaled == (plan.width, plan.height)
        if whole and not (turn.transpose or turn.flip_x or turn.flip_y):
            frame = self.layer.frame(source)
            frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range = 1, 1, 1, 1
            return frame
        planes = self.layer.planes(source)
        if plan.pad and not whole:
            planes = _padded(planes, plan.width, plan.height)
        elif not whole:
            planes = _window(planes, centre, plan.width, plan.height)
        return frame_from(planes)


def _window(planes: Planes, centre: tuple[float, float], width: int, height: int) -> Planes:
    """A width x height window around `centre`, placed between pixels so that a slow pan does not step."""
    full_h, full_w = planes[0].shape
    left = min(max(centre[0] * full_w - width / 2, 0.0), full_w - width)
    top = min(max(centre[1] * full_h - height / 2, 0.0), full_h - height)
    even_left, even_top = round(left / 2) * 2, round(top / 2) * 2
    if abs(left - even_left) < 0.01 and abs(top - even_top) < 0.01:

        def cut(p: Plane, s: int) -> Plane:
            return p[even_top // s : (even_top + height) // s, even_left // s : (even_left + width) // s]
    else:

        def cut(p: Plane, s: int) -> Plane:
            shifted: Plane = cv2.warpAffine(
                np.ascontiguousarray(p),
                np.array([[1, 0, left / s], [0, 1, top / s]], np.float32),
                (width // s, height // s),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            return shifted

    return cut(planes[0], 1), cut(planes[1], 2), cut(planes[2], 2)


def _padded(planes: Planes, width: int, height: int) -> Planes:
    """The picture in the middle of a frame, over a blurred and darkened enlargement of itself."""

    def padded(plane: Plane, shrink: int) -> Plane:
        w, h = width // shrink, height // shrink
        small_w, small_h = max(4, w // 16), max(4, h // 16)
        ph, pw = plane.shape
        cover = max(small_w / pw, small_h / ph)
        size = max(small_w, round(pw * cover)), max(small_h, round(ph * cover))
        small = cv2.resize(np.ascontiguousarray(plane), size, interpolation=cv2.INTER_AREA)
        y, x = (small.shape[0] - small_h) // 2, (small.shape[1] - small_w) // 2
        small = cv2.GaussianBlur(small[y : y + small_h, x : x + small_w], (0, 0), 2.2 if shrink == 1 else 1.6)
        back = cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC).astype(np.float32)
        rest = 16.0 if shrink == 1 else 128.0  # black, or no colour
        out: Plane = ((back - rest) * 0.65 + rest).clip(0, 255).astype(np.uint8)
        top, left = (h - ph) // 2, (w - pw) // 2
        out[top : top + ph, left : left + pw] = plane
        return out

    return padded(planes[0], 1), padded(planes[1], 2), padded(planes[2], 2)


def _even_up(value: float) -> int:
    return -(-int(value + 0.999) // 2) * 2


def _even_down(value: float) -> int:
    return max(2, int(value + 0.001) // 2 * 2)
