"""The networks of the preview, run by onnxruntime on the processor."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from modules.preview.video.arrays import Picture, Soft

WEIGHTS = Path(__file__).parents[1] / "weights"
SQUARE, WIDE, POSE = SMALL = (
    "selfie_segmentation.onnx",
    "selfie_segmentation_landscape.onnx",
    "pose_landmark_lite.onnx",
)
"""MediaPipe's networks, 3 to 13 ms a picture on one thread (a third to a half less than by OpenCV)."""


def session(name: str, threads: int = 0) -> Any:
    """An inference session for a file of weights/; by default as many threads as processors, at most two.

    onnxruntime is imported here, for most looks do without it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or max(1, min(2, os.cpu_count() or 1))
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(WEIGHTS / name), options, providers=["CPUExecutionProvider"])


@cache
def small(name: str) -> Any:
    """This process's session of a network of `SMALL`: a single thread is as quick, and leaves the other
    one to the codec."""
    return session(name, 1)


def run(name: str, picture: Picture, size: tuple[int, int]) -> list[NDArray[np.float32]]:
    """What a network of `SMALL` says of a BGR picture, scaled to `size` (width, height). May be called
    from several threads."""
    if picture.shape[1::-1] != size:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    values = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.float32)[None] / 255
    network = small(name)
    return network.run(None, {network.get_inputs()[0].name: values})


class Segmentation:
    """The probability of a person by the two selfie segmentation networks. Input: a picture of any size."""

    def square(self, picture: Picture) -> Soft:
        """256x256."""
        return run(SQUARE, picture, (256, 256))[0][0, 0]

    def wide(self, picture: Picture) -> Soft:
        """144x256."""
        return run(WIDE, picture, (256, 144))[0][0, 0]
