"""The sound of the written clip: copied where nothing moves, encoded otherwise, left out when it is
undecodable."""

import contextlib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer

from modules.media.fit import audio
from modules.media.fit.conform_plan import ConformPlan
from modules.media.read.opening import opened
from modules.media.read.tracks import sound_stream

AUDIO_BIT_RATE = 192_000


class Sound(Enum):
    """How sound gets into the written clip; the later ones are for when the earlier fail."""

    COPIED = "copied"
    ENCODED = "encoded"
    NONE = "none"


class SoundTrouble(Exception):
    """Raised when the sound cannot be written in this way. The pictures are as good as ever, so nobody is
    told that the clip is damaged."""


def add_sound(src: str | Path, output: OutputContainer, plan: ConformPlan, zero: float, how: Sound) -> None:
    """Declare a sound stream in `output` and write the part of the plan. Without a track that can be decoded
    nothing is written. Raises SoundTrouble.

    `zero`: the time in seconds that the picture calls its beginning.
    """
    if how is Sound.NONE:
        return
    with _trouble():
        with opened(src) as container:
            found = sound_stream(container)
            index = None if found is None else found.index
        if index is None:
            return
        # Opened anew, because a seek to the beginning would skip the packets before the first sample.
        with opened(src) as container:
            stream = container.streams[index]
            assert isinstance(stream, AudioStream)
            if how is Sound.COPIED and audio.can_copy(container, stream, plan):
                packets = audio.packets(container, stream, plan.start, plan.seconds, zero)
                if packets:
                    copy = output.add_stream_from_template(stream)
                    copy.metadata.clear()
                    for packet in packets:
                        packet.stream = copy
                        output.mux(packet)
                    return
            samples = audio.samples(container, stream, plan.start, plan.source_seconds, zero)
            if samples is None:
                return
            target = output.add_stream("aac", rate=audio.SAMPLE_RATE, layout="stereo")
            target.bit_rate = AUDIO_BIT_RATE
            audio.encode(audio.retimed(samples, plan.speed, plan.loops, plan.seconds), output, target)


@contextlib.contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except (av.error.FFmpegError, ValueError, IndexError, OverflowError, ZeroDivisionError) as error:
        raise SoundTrouble from error
