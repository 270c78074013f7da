"""Clips in and out: decoded pictures with their times, and a writer that keeps time, colour and sound.

Colour: whatever the clip is tagged with comes out as BT.709, tagged so; an untagged clip is taken as BT.709,
as browsers do. Time: every picture keeps its own time stamp, so that a variable frame rate stays one.
"""

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from modules.preview.errors import RenderError
from modules.preview.video import planes
from modules.preview.video.geometry import Frame, frame_for

COPYABLE_SOUND = {"aac", "mp3", "ac3", "eac3", "opus", "alac", "flac"}
"""Sound that an mp4 can carry as it is."""
PRIMING_SECONDS = 0.1
"""Sound packets this far before the first picture are kept: a decoder needs them to start cleanly."""
SAMPLE_SECONDS = 0.25
"""Time given to looking ahead in the clip for looks; the first still is waited for."""
FEWEST_SAMPLES = 4
"""Taken however long it takes: a look that saw one frame only would take its sky for the clip's."""
AHEAD = 4
"""Pictures that may wait between two threads: enough to smooth their pace, 11 MB at 1280x720."""


@dataclass(frozen=True)
class Timed:
    """A BGR picture, its time in the stream's own units counted from the first picture, and in seconds."""

    picture: np.ndarray
    ticks: int
    seconds: float


@dataclass(frozen=True)
class Source:
    """A clip that can be decoded, and how it is framed. `fps` is its mean rate, `frames_total` an estimate
    within the trim."""

    path: str
    trim: int
    fps: float
    rate: Fraction
    time_base: Fraction
    start: int
    frames_total: int
    frame: Frame
    sound_problem: str

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def height(self) -> int:
        return self.frame.height

    def samples(self, count: int = 8, *, whole: bool = False) -> list[np.ndarray]:
        """A few frames from the whole trimmed clip, as many as fit the time, at least `FEWEST_SAMPLES` where
        the clip has them.

        `whole`: all of them, however long that takes; a matte that saw the beginning only takes the
        subject for the place.
        """
        found: list[np.ndarray] = []
        length = self.frames_total / self.fps
        wanted = [length * k / count for k in range(count)]
        deadline = time.monotonic() + SAMPLE_SECONDS
        with av.open(self.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            stream.codec_context.skip_frame = "NONREF"  # a third quicker; the moment need not be exact
            for decoded in _decode(container, stream):
                seconds = float((decoded.pts - self.start) * self.time_base)
                if wanted and seconds >= wanted[0]:
                    wanted = [w for w in wanted if w > seconds]
                    found.append(_picture(decoded, self.frame))
                if not wanted or (not whole and len(found) >= FEWEST_SAMPLES and time.monotonic() > deadline):
                    break
        return found

    def frames(self) -> Iterator[Timed]:
        """Every frame within the trim, decoded ahead by a thread that begins at once. Close it when not
        all are taken."""
        lane: queue.Queue = queue.Queue(AHEAD)
        stop = threading.Event()

        def decode() -> None:
            try:
                with av.open(self.path) as container:
                    stream = container.streams.video[0]
                    stream.thread_type = "AUTO"
                    last = -1
                    for decoded in _decode(container, stream):
                        ticks = decoded.pts - self.start
                        seconds = float(ticks * self.time_base)
                        if seconds >= self.trim - 1e-6 or stop.is_set():
                            break
                        if ticks > last:
                            last = ticks
                            lane.put(Timed(_picture(decoded, self.frame), ticks, seconds))
                lane.put(None)
            except Exception as error:  # handed to the reader, who raises it
                lane.put(error)

        thread = threading.Thread(target=decode, name="decode", daemon=True)
        thread.start()
        reader = _taken(lane, thread, stop)
        next(reader)
        return reader


def _taken(lane: queue.Queue, thread: threading.Thread, stop: threading.Event) -> Iterator[Timed]:
    """What a thread puts into its lane, after one empty item: from that on, closing this ends the thread."""
    try:
        yield
        while (item := lane.get()) is not None:
            if isinstance(item, Exception):
                raise _undecodable() from item
            yield item
    finally:
        stop.set()
        while thread.is_alive():
            try:
                lane.get(timeout=0.02)
            except queue.Empty:
                pass
        thread.join()


def _undecodable() -> RenderError:
    return RenderError(
        "The clip cannot be decoded: it is damaged, cut short, or not a video. Nothing was billed. "
        "Save it again as MP4 (H.264) and try once more.",
        field="video_url",
    )


def _decode(container, stream) -> Iterator[av.VideoFrame]:
    """Decoded frames with a time; damage after the first pictures ends the clip there."""
    seen = 0
    try:
        for decoded in container.decode(stream):
            if decoded.pts is not None:
                seen += 1
                yield decoded
    except av.FFmpegError:
        if not seen:
            raise


def open_source(path: str, *, seconds: int, aspect_ratio: str, mode: str) -> Source:
    """Open and decode the first picture. Raises `RenderError` when there is none."""
    try:
        with av.open(path) as container:
            if not container.streams.video:
                raise _undecodable()
            stream = container.streams.video[0]
            first = next(_decode(container, stream), None)
            if first is None:
                raise _undecodable()
            rate = stream.average_rate or stream.guessed_rate or Fraction(25)
            rate = rate if 1 <= rate <= 240 else Fraction(25)
            length = container.duration / av.time_base if container.duration else seconds
            pixel = stream.codec_context.sample_aspect_ratio
            frame = frame_for(
                (first.width, first.height),
                first.rotation,
                aspect_ratio,
                mode,
                float(pixel) if pixel else 1.0,
            )
            sound = container.streams.audio[0].codec_context.name if container.streams.audio else None
            problem = ""
            if sound is not None and sound not in COPYABLE_SOUND:
                problem = (
                    f"The clip's sound ({sound}) cannot be copied into an MP4, so the preview is silent."
                )
            return Source(
                path,
                seconds,
                float(rate),
                Fraction(rate),
                stream.time_base,
                first.pts,
                max(1, round(min(length, seconds) * float(rate))),
                frame,
                problem,
            )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise _undecodable() from error


def _picture(decoded: av.VideoFrame, frame: Frame) -> np.ndarray:
    """Scale, convert, turn and crop one decoded frame."""
    picture = planes.bgr(decoded, *frame.scaled)
    if frame.turns:
        turn = (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)[frame.turns - 1]
        picture = cv2.rotate(picture, turn)
    return np.ascontiguousarray(
        picture[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
    )


class Writer:
    """Encodes pictures in a thread; sound packets of the source go in unchanged. Use as a context; leaving
    it ends the file."""

    def __init__(self, source: Source, path: Path, *, keep_audio: bool) -> None:
        self.seconds = 0.0
        self._source = source
        self._lane: queue.Queue = queue.Queue(AHEAD)
        self._error: Exception | None = None
        self._sound = av.open(source.path) if keep_audio and not source.sound_problem else None
        if self._sound and not self._sound.streams.audio:
            self._sound.close()
            self._sound = None
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        video = self._video = self._container.add_stream("libx264", rate=source.rate)
        video.width, video.height, video.pix_fmt = source.width, source.height, "yuv420p"
        video.options = {"preset": "superfast", "crf": "20"}
        video.codec_context.time_base = source.time_base
        video.codec_context.colorspace = video.codec_context.color_primaries = (
            video.codec_context.color_trc
        ) = planes.BT709
        video.codec_context.color_range = 1
        self._packets: list = []
        if self._sound:
            stream = self._sound.streams.audio[0]
            self._packets = self._take_sound(stream)
            self._audio = self._container.add_stream_from_template(stream)
        self._thread = threading.Thread(target=self._encode, name="encode", daemon=True)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def put(self, timed: Timed) -> None:
        while True:
            if self._error:
                raise self._error
            try:
                self._lane.put(timed, timeout=0.5)
                return
            except queue.Full:
                continue

    def __exit__(self, kind, error, trace) -> None:
        while self._thread.is_alive():
            try:
                self._lane.put(None, timeout=0.2)
                break
            except queue.Full:
                continue
        self._thread.join()
        try:
            if kind is None and self._error is None:
                self._container.mux(self._video.encode())
                self._mux_sound(float(self._source.trim))
        finally:
            self._container.close()
            if self._sound:
                self._sound.close()
        if kind is None and self._error:
            raise self._error

    def _take_sound(self, stream) -> list:
        """Packets that sound within the trim, with times counted from the first picture."""
        shift = round(self._source.start * self._source.time_base / stream.time_base)
        taken = []
        for packet in self._sound.demux(stream):
            if packet.dts is None or packet.pts is None:
                continue
            packet.pts -= shift
            packet.dts -= shift
            begins = float(packet.pts * stream.time_base)
            if begins >= self._source.trim:
                break
            if begins >= -PRIMING_SECONDS:
                taken.append(packet)
        return taken

    def _mux_sound(self, until: float) -> None:
        while self._packets and float(self._packets[0].pts * self._packets[0].time_base) <= until:
            packet = self._packets.pop(0)
            packet.stream = self._audio
            self._container.mux(packet)

    def _encode(self) -> None:
        try:
            last = 0
            while (timed := self._lane.get()) is not None:
                coded = planes.yuv(timed.picture)
                coded.pts, coded.time_base = timed.ticks, self._source.time_base
                last = timed.ticks
                for packet in self._video.encode(coded):
                    self._container.mux(packet)
                self._mux_sound(timed.seconds)
            self.seconds = float(last * self._source.time_base) + 1 / self._source.fps
        except Exception as error:  # handed to the caller of put
            self._error = error
