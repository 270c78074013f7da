"""Tone mapping of HDR to BT.709: undo the transfer curve, compress highlights, narrow the gamut, encode."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

# Diffuse white of HDR material is 203 cd/m2 (ITU-R BT.2408); it becomes the white of ordinary video.
WHITE = 203.0
PEAK = 1000.0 / WHITE
# Linear BT.2020 to linear BT.709 (ITU-R BT.2087), rows R, G, B.
TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
LEVELS = 4096


@lru_cache(maxsize=2)
def _linear(hlg: bool) -> NDArray[np.float32]:
    """Light relative to diffuse white for each 12 bit code, highlights compressed into 0..1, (4096,)."""
    code = np.linspace(0.0, 1.0, LEVELS)
    if hlg:  # ITU-R BT.2100, nominal 1000 cd/m2 display
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(code <= 0.5, code * code / 3, (np.exp((code - c) / a) + b) / 12)
        light = PEAK * scene**1.2
    else:  # SMPTE ST 2084
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        root = code ** (1 / m2)
        light = 10000.0 / WHITE * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    light = np.minimum(light, PEAK)
    # Reinhard's curve with a white point: the middle stays, PEAK lands on 1.
    return (light * (1 + light / PEAK**2) / (1 + light) * 1.15).clip(0, 1).astype(np.float32)


@lru_cache(maxsize=1)
def _encode() -> NDArray[np.uint8]:
    """8 bit codes for 12 bit light: the inverse of BT.709's display curve, about 1/2.2 indoors."""
    return (np.linspace(0.0, 1.0, LEVELS) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)


def tone_mapped(
    frame: VideoFrame, width: int, height: int, scaler: VideoReformatter, method: int
) -> VideoFrame:
    """`frame` scaled to (width, height) as BT.709 yuv420p, limited range."""
    hlg = frame.color_trc == 18
    deep: NDArray[Any] = scaler.reformat(
        frame,
        width=width,
        height=height,
        format="rgb48le",
        src_colorspace=Colorspace.BT2020,
        interpolation=method,
    ).to_ndarray()
    light = _linear(hlg)[deep >> 4]
    narrow = cv2.transform(light, TO_709)
    shown = _encode()[(narrow * (LEVELS - 1)).clip(0, LEVELS - 1).astype(np.uint16)]
    return VideoFrame.from_ndarray(shown, format="rgb24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
