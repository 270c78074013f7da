"""Reads a picture file as 8-bit colour."""

from pathlib import Path

import cv2
import numpy as np

from modules.preview.errors import RenderError
from modules.preview.video.arrays import Picture


def read_colour(path: str, unreadable: str) -> Picture:
    """BGR or, where the file has transparency, BGRA; uint8 of any size. RenderError `unreadable` when it is
    no picture."""
    picture = cv2.imdecode(np.frombuffer(Path(path).read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise RenderError(unreadable)
    if picture.dtype != np.uint8:
        picture = cv2.convertScaleAbs(picture, alpha=255 / 65535)
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    return np.asarray(picture)
