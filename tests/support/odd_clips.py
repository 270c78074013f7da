"""Clips that are not what they seem: longer in their header, woven, turned midway, with tracks beside."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.support.media_samples import clip, pictures, remuxed, truncated

FPS = 25


def encoded(
    output: Any, stream: Any, drawn: Sequence[np.ndarray], fps: float = FPS, pix_fmt: str = "yuv420p"
) -> list:
    """The packets of the pictures (RGB or RGBA)."""
    packets = []
    for number, picture in enumerate(drawn):
        kind = "rgba" if picture.shape[2] == 4 else "rgb24"
        frame = av.VideoFrame.from_ndarray(picture, format=kind).reformat(format=pix_fmt)
        frame.pts, frame.time_base = number, 1 / Fraction(fps).limit_denominator(1001)
        packets += stream.encode(frame)
    return packets + list(stream.encode(None))


def video(
    path: Path,
    drawn: Sequence[np.ndarray],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    fps: float = FPS,
    options: dict[str, str] | None = None,
    muxing: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    change: Callable[[list], None] = lambda packets: None,
) -> Path:
    """Pictures as a clip. `change`: what is done to the packets before they are written."""
    with av.open(str(path), "w", options=muxing or {}) as output:
        output.metadata.update(metadata or {})
        stream = output.add_stream(codec, rate=Fraction(fps).limit_denominator(1001), options=options or {})
        stream.height, stream.width = drawn[0].shape[:2]
        stream.pix_fmt = pix_fmt
        packets = encoded(output, stream, drawn, fps, pix_fmt)
        change(packets)
        for packet in packets:
            output.mux(packet)
    return path


def held(path: Path, seconds: float = 1.0, hold: float = 5.0, **more: Any) -> Path:
    """`seconds` of frames, the last of which is shown for `hold` seconds more."""

    def longer(packets: list) -> None:
        packets[-1].duration = round((hold + 1 / FPS) / packets[-1].time_base)

    return video(path, list(pictures(160, 96, round(seconds * FPS))), change=longer, **more)


def interrupted(path: Path, share: float = 0.4) -> Path:
    """The first part of a recording whose header was written for 15 s."""
    whole = clip(path.with_name("whole.mp4"), 160, 96, 15, sound=True, options={"bf": "0", "g": "25"})
    front = {"movflags": "+faststart"} if path.suffix == ".mov" else {}
    return truncated(path, remuxed(path.with_name(f"whole{path.suffix}"), whole, options=front), share)


def outlasted(path: Path, seconds: float = 2.0, sound: float = 10.0) -> Path:
    """A picture of `seconds` and a tone that goes on."""
    picture = clip(path.with_name("picture.mp4"), 160, 96, seconds)
    tone = clip(path.with_name("tone.mp4"), 160, 96, sound, sound=True)
    return tracks(path, [(picture, "video"), (tone, "audio")])


def tracks(path: Path, taken: Sequence[tuple[Path, str]], defaults: Sequence[bool] | None = None) -> Path:
    """One file with a track of each source. `defaults`: which are marked as the default ones."""
    sources = [av.open(str(source)) for source, _ in taken]
    try:
        with av.open(str(path), "w") as output:
            pairs = []
            for container, (_, kind) in zip(sources, taken, strict=True):
                stream = getattr(container.streams, kind)[0]
                pairs.append((container, stream, output.add_stream_from_template(stream)))
            for (_, _, target), default in zip(pairs, defaults or [], strict=False):
                target.disposition = av.stream.Disposition.default if default else av.stream.Disposition(0)
            waiting = [
                (float(packet.dts * packet.time_base), number, packet)
                for number, (container, stream, _) in enumerate(pairs)
                for packet in container.demux(stream)
                if packet.dts is not None
            ]
            for _, number, packet in sorted(waiting, key=lambda one: one[:2]):
                packet.stream = pairs[number][2]
                output.mux(packet)
    finally:
        for container in sources:
            container.close()
    return path


def woven(path: Path, seconds: float = 2.0, **more: Any) -> Path:
    """Interlaced: the lines of each frame are from two moments, the even ones earlier."""
    moments = [with_square(640, 480, 3 * n - 150, (250, 250, 250)) for n in range(round(seconds * FPS * 2))]
    frames = []
    for early, late in zip(moments[::2], moments[1::2], strict=True):
        frame = early.copy()
        frame[1::2] = late[1::2]
        frames.append(frame)
    return video(path, frames, options={"preset": "ultrafast", "crf": "12"}, **more)


def combing(picture: np.ndarray) -> int:
    """How many pixels differ strongly from both the line above and the line below, in the same direction."""
    green = picture[..., 1].astype(int)
    above, below = green[1:-1] - green[:-2], green[1:-1] - green[2:]
    return int(((np.minimum(abs(above), abs(below)) > 15) & (above * below > 0)).sum())


def with_square(
    width: int, height: int, shift: float = 0.0, colour: tuple[int, int, int] = (240, 30, 30)
) -> np.ndarray:
    """A grey picture with a square in its middle."""
    picture = np.full((height, width, 3), 90, np.uint8)
    side = min(width, height) // 4
    left, top = (width - side) // 2 + round(shift), (height - side) // 2
    picture[top : top + side, left : left + side] = colour
    return picture


def red_box(picture: np.ndarray) -> tuple[int, int]:
    """Width and height of what is red, in pixels."""
    red = (picture[..., 0].astype(int) - picture[..., 1] > 90) & (picture[..., 0] > 150)
    y, x = np.nonzero(red)
    return int(np.ptp(x)) + 1, int(np.ptp(y)) + 1


def turned_midway(path: Path, codec: str = "libx264") -> Path:
    """Two seconds of 640x360 and two of 360x640 in one track, a square in the middle of both."""
    parts = [path.with_name(f"part{n}{path.suffix}") for n in (1, 2)]
    for part, (width, height) in zip(parts, ((640, 360), (360, 640)), strict=True):
        video(part, [with_square(width, height, n * 0.5) for n in range(50)], codec=codec)
    if path.suffix == ".ts":
        path.write_bytes(b"".join(part.read_bytes() for part in parts))
        return path
    with av.open(str(parts[0])) as first, av.open(str(parts[1])) as second, av.open(str(path), "w") as output:
        target, later = output.add_stream_from_template(first.streams.video[0]), 0
        for container in (first, second):
            for packet in container.demux(container.streams.video[0]):
                if packet.dts is not None:
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                    packet.stream = target
                    output.mux(packet)
            later += round(2.0 / target.time_base) if container is first else 0
    return path


def transport_stream(path: Path, seconds: float = 6.0) -> Path:
    """With sound, key frames two seconds apart, and frames that refer to later ones."""
    options = {"preset": "veryfast", "bf": "2", "g": "50", "sc_threshold": "0"}
    return remuxed(path, clip(path.with_suffix(".mp4"), 160, 96, seconds, sound=True, options=options))


def undecodable_first_sound(path: Path) -> Path:
    """Two sound tracks; the first is named as a kind that nobody decodes, as the spatial one of a phone."""
    source = clip(path.with_name("two.mp4"), 160, 96, 3.2, sound=True)
    both = tracks(path.with_name("both.mp4"), [(source, "video"), (source, "audio"), (source, "audio")])
    path.write_bytes(unknown_sound(both.read_bytes()))
    return path


def unknown_sound(data: bytes) -> bytes:
    """An MP4 whose first sound track is of a kind that nobody knows."""
    return data.replace(b"mp4a", b"apac", 1).replace(b"esds", b"free", 1)


def changing_layout(path: Path) -> Path:
    """A transport stream whose sound changes from 5.1 to stereo on the way."""
    parts = []
    for number, layout in enumerate(("5.1", "stereo")):
        part = path.with_name(f"part{number}.ts")
        with av.open(str(part), "w") as output:
            stream = output.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
            track = output.add_stream("ac3", rate=48000, layout=layout)
            for packet in encoded(output, stream, list(pictures(160, 96, 50))):
                output.mux(packet)
            for place in range(0, 96000, 1536):
                wave = np.sin(np.arange(place, place + 1536) * 440 * 2 * np.pi / 48000) * 0.3
                planes = np.repeat(wave[None].astype(np.float32), 6 if layout == "5.1" else 2, axis=0)
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), format="fltp", layout=layout)
                frame.sample_rate, frame.pts = 48000, place
                output.mux(track.encode(frame))
            output.mux(track.encode(None))
        parts.append(part.read_bytes())
    path.write_bytes(b"".join(parts))
    return path
