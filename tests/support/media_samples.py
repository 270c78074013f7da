"""Odd clips and pictures for tests, made on the spot: small, seeded, and each odd in one way."""

import base64
import struct
import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PARK = EXAMPLES / "clips" / "person_park_1280x720.mp4"
BUNNY = EXAMPLES / "clips" / "bunny_1280x720.mp4"


def pictures(width: int, height: int, count: int, seed: int = 1) -> Iterator[np.ndarray]:
    """RGB pictures: a soft gradient with a bright square that travels from left to right."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    ground = np.stack([(x + y) % 64 + 20, y * 120 // max(1, height) + 40, x * 120 // max(1, width) + 60], -1)
    ground = (ground + rng.integers(0, 12, (height, width, 1))).astype(np.uint8)
    side = max(4, min(width, height) // 5)
    for i in range(count):
        picture = ground.copy()
        left = int((width - side) * i / max(1, count - 1))
        top = (height - side) // 2
        picture[top : top + side, left : left + side] = (240, 60, 40)
        yield picture


def clip(
    path: Path,
    width: int = 320,
    height: int = 240,
    seconds: float = 1.0,
    fps: float = 25,
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    container: str | None = None,
    rotation: int = 0,
    mirrored: bool = False,
    sound: bool = False,
    transfer: int | None = None,
    gaps: Sequence[float] | None = None,
    shape: Fraction | None = None,
    faststart: bool = True,
    options: dict[str, str] | None = None,
    bitrate: int = 0,
) -> Path:
    """Write a clip and return its path. `gaps`: seconds between frames, repeated, for uneven timing.
    `transfer`: an H.273 code (16 PQ, 18 HLG) with BT.2020 primaries. `rotation`: degrees clockwise that a
    player turns it."""
    rate = Fraction(fps).limit_denominator(1001)
    muxing = {"movflags": "+faststart"} if faststart and path.suffix in (".mp4", ".mov") else {}
    with av.open(str(path), "w", format=container, options=muxing) as output:
        stream = output.add_stream(codec, rate=rate, options=options or _quick(codec))
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        if bitrate:
            stream.bit_rate = bitrate
        if shape:
            stream.codec_context.sample_aspect_ratio = shape
        if rotation or mirrored:
            stream.set_display_rotation(-rotation, hflip=mirrored)
        if transfer:
            context = stream.codec_context
            context.color_trc, context.color_primaries, context.colorspace, context.color_range = (
                transfer,
                9,
                9,
                1,
            )
        if gaps:
            stream.codec_context.time_base = Fraction(1, 1000)
        track = output.add_stream("aac", rate=48000, layout="stereo") if sound else None
        if track:
            _tone(output, track, seconds)
        now, count = 0.0, max(1, round(seconds * fps))
        for i, picture in enumerate(pictures(width, height, count)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
            if gaps:
                frame.pts, frame.time_base = round(now * 1000), Fraction(1, 1000)
                now += gaps[i % len(gaps)]
            else:
                frame.pts, frame.time_base = i, 1 / rate
            if transfer:
                frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range = (
                    transfer,
                    9,
                    9,
                    1,
                )
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def _quick(codec: str) -> dict[str, str]:
    if codec == "libx264":
        return {"preset": "ultrafast", "crf": "30"}
    if codec == "libx265":
        return {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"}
    if codec == "libvpx-vp9":
        return {"deadline": "realtime", "cpu-used": "8"}
    return {}


def _tone(output: av.container.OutputContainer, track: av.audio.stream.AudioStream, seconds: float) -> None:
    at = np.arange(int(48000 * seconds)) / 48000
    wave = (0.3 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
    for place in range(0, len(wave), 1024):
        piece = np.ascontiguousarray(np.stack([wave[place : place + 1024]] * 2))
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = 48000, place
        output.mux(track.encode(frame))
    output.mux(track.encode(None))


def sound_only(path: Path, seconds: float = 1.0) -> Path:
    with av.open(str(path), "w") as output:
        _tone(output, output.add_stream("aac", rate=48000, layout="stereo"), seconds)
    return path


def remuxed(
    path: Path,
    source: Path,
    *,
    container: str | None = None,
    options: dict[str, str] | None = None,
    later: float = 0.0,
) -> Path:
    """The packets of `source` in another container, `later` seconds later."""
    with (
        av.open(str(source)) as reading,
        av.open(str(path), "w", format=container, options=options or {}) as output,
    ):
        streams = {stream.index: output.add_stream_from_template(stream) for stream in reading.streams}
        for packet in reading.demux():
            if packet.dts is not None:
                shift = int(later / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = streams[packet.stream_index]
                output.mux(packet)
    return path


def truncated(path: Path, source: Path, share: float = 0.5) -> Path:
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def heavy(path: Path, size: int, *, faststart: bool = True, quantiser: int = 1) -> Path:
    """An MP4 of about `size` bytes: key frames of noise, 1.9 MB each at `quantiser` 1, some 100 KB at 48."""
    rng = np.random.default_rng(3)
    noise = [rng.integers(0, 255, (720, 1280, 3), np.uint8) for _ in range(4)]
    options = {"movflags": "+faststart"} if faststart else {}
    with av.open(str(path), "w", options=options) as output:
        stream = output.add_stream(
            "libx264", rate=30, options={"preset": "ultrafast", "qp": str(quantiser), "g": "30"}
        )
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        frames = [
            av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            for picture in noise
        ]
        packets = []
        for i in range(8):
            frame = frames[i % 4]
            frame.pts, frame.time_base = i, Fraction(1, 30)
            frame.pict_type = 1
            packets += stream.encode(frame)
        packets += stream.encode(None)
        bodies = [bytes(packet) for packet in packets]
        per_round = sum(map(len, bodies))
        place = 0
        for _ in range(max(1, size // per_round)):
            for body in bodies:
                packet = av.Packet(body)
                packet.stream, packet.time_base = stream, Fraction(1, 30)
                packet.pts = packet.dts = place
                packet.duration, packet.is_keyframe = 1, True
                place += 1
                output.mux(packet)
    return path


def decoded_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


def frame_at(path: Path, index: int = 0) -> np.ndarray:
    """RGB of frame `index` as stored."""
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number == index:
                return frame.to_ndarray(format="rgb24")
    raise IndexError(index)


def red_square(picture: np.ndarray) -> tuple[float, float]:
    """Centre (x, y) of the travelling square as shares of the picture."""
    red = (picture[..., 0].astype(int) - picture[..., 1] > 90) & (picture[..., 0] > 150)
    y, x = np.nonzero(red)
    return float(x.mean() / picture.shape[1]), float(y.mean() / picture.shape[0])


def audio_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def png_claiming(path: Path, width: int, height: int) -> Path:
    """A PNG whose header claims any size, with a few bytes of body."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    return path


def heic(path: Path) -> Path:
    """A 400x320 HEIC picture (red grows to the right, green downwards) with an EXIF maker; made once, kept
    as text."""
    path.write_bytes(base64.b64decode(HEIC))
    return path


HEIC = """
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAZhtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAA
AAAERAAAIAAQAAAAABvAABAAAAAAAAAYgAAgAAAAADRAABAAAAAAAAADYAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVp
bmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA12lwcnAAAAC4aXBjbwAAAHlodmNDAQNwAAAAkAAAAAAAP/AA/P34+AAADwNgAAEAGE
ABDAH//wNwAAADAJAAAAMAAAMAP7oCQGEAAQAsQgEBA3AAAAMAkAAAAwAAAwA/oAyIBQWW6kkprm4CGgwIAAADAMgAAAMACEBiAAEAB0QBwXKw
YkAAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAABkAAAAUAAAAAQcGl4aQAAAAADCAgIAAAAF2lwbWEAAAAAAAAAAQABBIECAwQAAA
AaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAcZtZGF0AAABhCgBrwQSnsSJMeD8eUvyW23cS/Nl0uY0l+2+Kt4Micz+INB7ymal9NUORrUhZu8H
ELAcf6uNsvUr4Fsu16rL5qwc11MsZyc2NdLlY9yQuxe1IldNEltZMcluHwfbEV/o2iMhZ8FDWXh8OMPqMWniIyoNQyic6Qnjm7j/vaO3O5nuw6
kdSdZfc3zcwWlsPRnFYMQfznrGCO8f4qXyGyzdNnvbEj2E6s/gBlqMQ+DSNB9Hxle39unMEFBdmNO2RVKAmOPbSjz0CFTXpySosYWDKhvidmmE
+kLqUNzef4qoZFVEdzh06IchRw8rAyZuWiLvo+cEKtWPNdV2W9S+ZjotREBdg9cl310Qu3xtTgTmI7qWazE1Pd8uQzwbpLZvtmtYdX2j5NSn2+
pAlKEHcZyie75yml2vr44s5S9HRk1FgV55VZqylRQ/VhmxWhCH7c4RMjXefM7okANWzv/0QNSDiKkGBEzzBMZ0OKK9ZJkUw6TNxA+0GOb6uHJ5
jHwIyTMnIT9XJJwAAAAGRXhpZgAATU0AKgAAAAgAAQEPAAIAAAARAAAAGgAAAABNYWtlciBvZiBjYW1lcmFzAAA=
"""
