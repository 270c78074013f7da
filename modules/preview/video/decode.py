"""Clips in: decoded pictures with their times, framed as the edit asks for.

Colour: whatever the clip is tagged with comes out as BT.709; an untagged clip is taken as BT.709, as browsers
do. Time: every picture keeps its own time stamp, so that a variable frame rate stays one.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import av
import cv2
import numpy as np
from av.container import InputContainer

from modules.media.errors import MediaError
from modules.media.read.opening import opened
from modules.media.read.tracks import known_sound_stream, picture_stream
from modules.preview.errors import RenderError
from modules.preview.video import planes
from modules.preview.video.arrays import Picture
from modules.preview.video.geometry import Frame, frame_for, frame_to_fill

COPYABLE_AUDIO = {"aac", "mp3", "ac3", "eac3", "opus", "alac", "flac"}
"""Codecs whose packets an mp4 can carry as they are."""
LONGEST = 15
"""Seconds of a clip that an edit takes at most."""
SAMPLE_SECONDS = 0.25
"""Time given to looking ahead in the clip for looks; the first still is waited for."""
FEWEST_SAMPLES = 4
"""Taken however long it takes: a look that saw one frame only would take its sky for the clip's."""
BUFFERED_PICTURES = 4
"""Pictures that may wait between two threads: enough to smooth their pace, 11 MB at 1280x720."""


@dataclass(frozen=True)
class TimedPicture:
    """A BGR picture, its time in the stream's own units counted from the first picture, and in seconds."""

    picture: Picture
    ticks: int
    seconds: float


@dataclass(frozen=True)
class Source:
    """A clip that can be decoded, and how it is framed.

    `trim` in seconds; `fps` is the mean rate; `start` the first picture's time in units of `time_base`;
    `frames_total` an estimate within the trim; `audio_problem` a sentence when the audio cannot be copied;
    `coded` the size for which `frame` holds, and `pixel` the width of a coded pixel by its height.
    """

    path: str
    trim: int
    fps: float
    rate: Fraction
    time_base: Fraction
    start: int
    frames_total: int
    frame: Frame
    audio_problem: str
    coded: tuple[int, int]
    pixel: float

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def height(self) -> int:
        return self.frame.height

    def samples(self, count: int = 8, *, whole: bool = False) -> list[Picture]:
        """A few frames from the whole trimmed clip, as many as fit the time, at least `FEWEST_SAMPLES` where
        the clip has them.

        `whole`: all of them, however long that takes; a matte that saw the beginning only takes the
        subject for what stands behind it.
        """
        return [one.picture for one in self.sampled(count, whole=whole)]

    def sampled(
        self, count: int = 8, *, whole: bool = True, on_sample: Callable[[Picture], None] | None = None
    ) -> list[TimedPicture]:
        """As `samples`, with their times; `on_sample` gets each at once."""
        found: list[TimedPicture] = []
        length = self.frames_total / self.fps
        wanted = [length * k / count for k in range(count)]
        deadline = time.monotonic() + SAMPLE_SECONDS
        # Without the frames that no other one refers to: a third quicker; the moment need not be exact.
        for decoded, ticks, seconds in self._decoded(skip="NONREF"):
            if wanted and seconds >= wanted[0]:
                wanted = [w for w in wanted if w > seconds]
                found.append(TimedPicture(self._framed(decoded), ticks, seconds))
                if on_sample:
                    on_sample(found[-1].picture)
            if not wanted or (not whole and len(found) >= FEWEST_SAMPLES and time.monotonic() > deadline):
                break
        return found

    def frames(self) -> Generator[TimedPicture, None, None]:
        """Every frame within the trim, decoded ahead by a thread that begins at once. Close it when not
        all are taken."""
        buffer: queue.Queue[TimedPicture | Exception | None] = queue.Queue(BUFFERED_PICTURES)
        stop = threading.Event()

        def decode() -> None:
            try:
                last = -1
                for decoded, ticks, seconds in self._decoded():
                    if seconds >= self.trim - 1e-6 or stop.is_set():
                        break
                    if ticks > last:
                        last = ticks
                        buffer.put(TimedPicture(self._framed(decoded), ticks, seconds))
                buffer.put(None)
            except Exception as error:  # handed to the reader, who raises it
                buffer.put(error)

        def read() -> Generator[TimedPicture | None, None, None]:
            try:
                yield None
                while (item := buffer.get()) is not None:
                    if isinstance(item, Exception):
                        raise _undecodable() from item
                    yield item
            finally:
                stop.set()
                while thread.is_alive():
                    with contextlib.suppress(queue.Empty):
                        buffer.get(timeout=0.02)
                thread.join()

        thread = threading.Thread(target=decode, name="decode", daemon=True)
        thread.start()
        reader = read()
        next(reader)  # from here on, closing the reader ends the thread
        return reader  # type: ignore[return-value] # only the item that was just taken is None

    def _decoded(
        self, skip: Literal["DEFAULT", "NONREF"] = "DEFAULT"
    ) -> Iterator[tuple[av.VideoFrame, int, float]]:
        """(frame, its time since the first picture in units of `time_base`, and in seconds)."""
        with opened(self.path) as container:
            stream = picture_stream(container)
            stream.thread_type = "AUTO"
            stream.codec_context.skip_frame = skip
            for decoded, pts in _timed(container, stream):
                yield decoded, pts - self.start, float((pts - self.start) * self.time_base)

    def _framed(self, decoded: av.VideoFrame) -> Picture:
        """Scale, convert, turn and crop one decoded frame."""
        frame, coded = self.frame, (decoded.width, decoded.height)
        if coded != self.coded:
            frame = frame_to_fill(coded, decoded.rotation, (self.width, self.height), self.pixel)
        picture = planes.bgr(decoded, *frame.scaled)
        if frame.turns:
            turns = (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)
            picture = cv2.rotate(picture, turns[frame.turns - 1])
        rows, columns = (
            slice(frame.top, frame.top + frame.height),
            slice(frame.left, frame.left + frame.width),
        )
        return np.ascontiguousarray(picture[rows, columns])


def open_source(path: str, *, seconds: int, aspect_ratio: str, mode: str) -> Source:
    """Open and decode the first picture. Raises `RenderError` when there is none."""
    try:
        with opened(path) as container:
            stream = picture_stream(container)
            first, start = next(_timed(container, stream), (None, 0))
            if first is None:
                raise _undecodable()
            rate = stream.average_rate or stream.guessed_rate or Fraction(25)
            rate = rate if 1 <= rate <= 240 else Fraction(25)
            length = container.duration / av.time_base if container.duration else seconds
            pixel = float(stream.codec_context.sample_aspect_ratio or 1.0)
            frame = frame_for((first.width, first.height), first.rotation, aspect_ratio, mode, pixel)
            sound = known_sound_stream(container)
            audio = sound.codec_context.name if sound else None
            problem = ""
            if audio is not None and audio not in COPYABLE_AUDIO:
                problem = (
                    f"The clip's sound ({audio}) cannot be copied into an MP4, so the preview is silent."
                )
            return Source(
                path,
                seconds,
                float(rate),
                Fraction(rate),
                stream.time_base or Fraction(1, av.time_base),
                start,
                max(1, round(min(length, seconds) * float(rate))),
                frame,
                problem,
                (first.width, first.height),
                pixel,
            )
    except (av.FFmpegError, MediaError, OSError, ValueError) as error:
        raise _undecodable() from error


def _timed(container: InputContainer, stream: av.VideoStream) -> Iterator[tuple[av.VideoFrame, int]]:
    """Decoded frames of `stream` that have a time; damage after the first ones ends the clip there."""
    seen = 0
    try:
        for decoded in container.decode(stream):
            if decoded.pts is not None:
                seen += 1
                yield decoded, decoded.pts
    except av.FFmpegError:
        if not seen:
            raise


def _undecodable() -> RenderError:
    return RenderError(
        "The clip cannot be decoded: it is damaged, cut short, or not a video. Nothing was billed. Save it "
        "again as MP4 (H.264) and try once more.",
        field="video_url",
    )
