"""Clips out: an H.264 writer that keeps the times of the pictures and copies the clip's own audio."""

import contextlib
import queue
import threading
from pathlib import Path
from types import TracebackType

import av

from modules.media.read.opening import opened
from modules.media.read.tracks import known_sound_stream
from modules.preview.video import planes
from modules.preview.video.decode import BUFFERED_PICTURES, Source, TimedPicture

PRIMING_SECONDS = 0.1
"""Audio packets this far before the first picture are kept: a decoder needs them to start cleanly."""


class Writer:
    """Encodes pictures in a thread (yuv420p, BT.709, faststart); audio packets of the source go in unchanged.
    Use as a context; leaving it ends the file. `seconds` is then the length of the video."""

    def __init__(self, source: Source, path: Path, *, keep_audio: bool) -> None:
        self.seconds = 0.0
        self._source = source
        self._buffer: queue.Queue[TimedPicture | None] = queue.Queue(BUFFERED_PICTURES)
        self._error: Exception | None = None
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        video = self._video = self._container.add_stream("libx264", rate=source.rate)
        video.width, video.height, video.pix_fmt = source.width, source.height, "yuv420p"
        video.options = {"preset": "superfast", "crf": "20"}
        context = video.codec_context
        context.time_base = source.time_base
        context.colorspace = context.color_primaries = context.color_trc = planes.BT709
        context.color_range = 1
        self._opened = contextlib.ExitStack()
        copies = keep_audio and not source.audio_problem
        self._original = self._opened.enter_context(opened(source.path)) if copies else None
        self._packets: list[tuple[float, av.Packet[av.AudioStream]]] = []
        stream = known_sound_stream(self._original) if self._original else None
        if stream is not None:
            self._packets = self._audio_packets(stream)
            self._audio = self._container.add_stream_from_template(stream)
        self._thread = threading.Thread(target=self._encode, name="encode", daemon=True)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def put(self, timed: TimedPicture) -> None:
        """Hand over the next picture; waits while the encoder is behind. Raises what the encoder raised."""
        while True:
            if self._error:
                raise self._error
            if self._offer(timed):
                return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._thread.is_alive() and not self._offer(None):
            continue
        self._thread.join()
        try:
            if kind is None and self._error is None:
                self._container.mux(self._video.encode())
                self._mux_audio(float(self._source.trim))
        finally:
            self._container.close()
            self._opened.close()
        if kind is None and self._error:
            raise self._error

    def _offer(self, timed: TimedPicture | None) -> bool:
        """Whether the encoder's buffer took an item within a moment. None ends the encoder."""
        try:
            self._buffer.put(timed, timeout=0.2)
        except queue.Full:
            return False
        return True

    def _audio_packets(self, stream: av.AudioStream) -> "list[tuple[float, av.Packet[av.AudioStream]]]":
        """(begin in seconds, packet) of what sounds within the trim, counted from the first picture."""
        base = stream.time_base
        assert self._original and base
        shift = round(self._source.start * self._source.time_base / base)
        taken = []
        for packet in self._original.demux(stream):
            if packet.dts is None or packet.pts is None:
                continue
            packet.pts -= shift
            packet.dts -= shift
            begins = float(packet.pts * base)
            if begins >= self._source.trim:
                break
            if begins >= -PRIMING_SECONDS:
                taken.append((begins, packet))
        return taken

    def _mux_audio(self, until: float) -> None:
        while self._packets and self._packets[0][0] <= until:
            _, packet = self._packets.pop(0)
            packet.stream = self._audio
            self._container.mux(packet)

    def _encode(self) -> None:
        try:
            last = 0
            while (timed := self._buffer.get()) is not None:
                coded = planes.yuv(timed.picture)
                coded.pts, coded.time_base = timed.ticks, self._source.time_base
                last = timed.ticks
                for packet in self._video.encode(coded):
                    self._container.mux(packet)
                self._mux_audio(timed.seconds)
            self.seconds = float(last * self._source.time_base) + 1 / self._source.fps
        except Exception as error:  # handed to the caller of put
            self._error = error
