"""Clips made on the spot for the tests of the render."""

from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import Colorspace

ROOT = Path(__file__).resolve().parents[2]
CLIPS = ROOT / "examples" / "clips"


def card(width: int, height: int, shift: int = 0) -> np.ndarray:
    """A test picture with sky, grass, a red block and fine lines, BGR."""
    y, x = np.mgrid[:height, :width]
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:] = (210, 170, 120)
    picture[height // 2 :] = (40, 130, 60)
    picture[(y + x) % 17 < 3] //= 2
    left = (width // 4 + shift) % max(1, width - width // 5)
    picture[height // 3 : height * 3 // 4, left : left + max(2, width // 5)] = (30, 30, 200)
    return picture


def write_clip(
    path: Path,
    width: int,
    height: int,
    *,
    seconds: float = 1.0,
    fps: int = 12,
    rotation: int = 0,
    sound: bool = False,
    times: list[int] | None = None,
    matrix: int = 1,
) -> Path:
    """An H.264 clip. `times` are time stamps in milliseconds for a variable rate; `rotation` in degrees;
    `matrix` tags the colour."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264" if not (width % 2 or height % 2) else "libx264rgb", rate=fps)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p" if stream.codec_context.name == "libx264" else "rgb24"
        stream.options = {"preset": "ultrafast", "crf": "12"}
        stream.codec_context.time_base = Fraction(1, 1000)
        if stream.pix_fmt == "yuv420p":
            stream.codec_context.colorspace = stream.codec_context.color_primaries = (
                stream.codec_context.color_trc
            ) = matrix
            stream.codec_context.color_range = 1
        tone = container.add_stream("aac", rate=48000, layout="stereo") if sound else None
        marks = times if times is not None else [round(k * 1000 / fps) for k in range(round(seconds * fps))]
        space = Colorspace.ITU709 if matrix == 1 else Colorspace.ITU601
        for k, mark in enumerate(marks):
            frame = av.VideoFrame.from_ndarray(card(width, height, k * 3), format="bgr24")
            if stream.pix_fmt == "yuv420p":
                frame = frame.reformat(
                    format="yuv420p", src_colorspace=Colorspace.ITU709, dst_colorspace=space
                )
            frame.pts, frame.time_base = mark, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if tone:
            total = round(seconds * 48000)
            wave = (np.sin(np.arange(total) * 2 * np.pi * 440 / 48000) * 0.3).astype(np.float32)
            for at in range(0, total, 1024):
                part = np.stack([wave[at : at + 1024]] * 2)
                piece = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format="fltp", layout="stereo")
                piece.sample_rate, piece.pts = 48000, at
                container.mux(tone.encode(piece))
            container.mux(tone.encode())
    if rotation:
        _rotate(path, rotation)
    return path


def _rotate(path: Path, rotation: int) -> None:
    """Write the display matrix of the only track (ISO 14496-12, tkhd), as a phone would; `rotation` is
    clockwise degrees."""
    data = bytearray(path.read_bytes())
    at = (
        data.index(b"tkhd") + 4 + 4 + 4 * 5 + 8 + 8
    )  # version, dates, id, duration (v0), reserved, layer..volume
    one = 1 << 16
    a, b, c, d = {90: (0, one, -one, 0), 180: (-one, 0, 0, -one), 270: (0, -one, one, 0)}[rotation]
    values = (a, b, 0, c, d, 0, 0, 0, 1 << 30)
    data[at : at + 36] = b"".join(v.to_bytes(4, "big", signed=True) for v in values)
    path.write_bytes(data)


def frames(name: str, count: int, long_side: int = 640) -> list[np.ndarray]:
    """Copies of what `_frames` read, so that no test can spoil another's."""
    return [frame.copy() for frame in _frames(name, count, long_side)]


@lru_cache(maxsize=16)
def _frames(name: str, count: int, long_side: int = 640) -> list[np.ndarray]:
    """`count` frames spread over a clip, made smaller so that the tests are quick."""
    clip = cv2.VideoCapture(str(CLIPS / name))
    total = int(clip.get(cv2.CAP_PROP_FRAME_COUNT))
    wanted, found, index = set(np.linspace(0, total - 3, count).astype(int)), [], 0
    while True:
        ok, frame = clip.read()
        if not ok:
            break
        if index in wanted:
            scale = long_side / max(frame.shape[:2])
            found.append(cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        index += 1
    return found
