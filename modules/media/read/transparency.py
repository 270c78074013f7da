"""Transparent clips, laid on one flat colour. Under what is transparent anything may lie, often rubbish."""

import cv2
import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter

GROUND = "white"
"""As a page shows it."""


def has_alpha(shown: VideoFormat) -> bool:
    return any(component.is_alpha for component in shown.components)


def is_seen_through(frame: VideoFrame) -> bool:
    """Whether any of the frame is transparent."""
    if not has_alpha(frame.format):
        return False
    return bool((frame.to_ndarray(format="rgba")[..., 3] < 255).any())


def on_ground(frame: VideoFrame, scaler: VideoReformatter, colorspace: Colorspace) -> VideoFrame:
    """The frame as opaque RGB, 8 bits: what is transparent becomes white, by degrees."""
    picture = scaler.reformat(frame, format="rgba", src_colorspace=colorspace).to_ndarray()
    alpha = np.ascontiguousarray(np.repeat(picture[..., 3:], 3, axis=2))
    flat = cv2.add(
        cv2.multiply(np.ascontiguousarray(picture[..., :3]), alpha, scale=1 / 255), cv2.bitwise_not(alpha)
    )
    opaque = VideoFrame.from_ndarray(np.ascontiguousarray(flat), format="rgb24")
    opaque.pts, opaque.time_base = frame.pts, frame.time_base
    opaque.color_trc, opaque.color_primaries = frame.color_trc, frame.color_primaries
    return opaque
