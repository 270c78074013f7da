"""The networks of the preview, run by onnxruntime on the processor."""

import logging
import os
import threading
from functools import cache, partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from modules.preview.subject.look_memory import Answer, recalled
from modules.preview.subject.weights import NetworkRefused, read_weights
from modules.preview.video.arrays import Picture, Soft
from modules.preview.video.scaling import area_resize

log = logging.getLogger("preview.networks")
SQUARE, WIDE, POSE, POSE_SCORE, SALIENT = SMALL = (
    "selfie_segmentation.onnx",
    "selfie_segmentation_landscape.onnx",
    "pose_landmark_lite.onnx",
    "pose_landmark_lite_score.onnx",
    "u2netp.onnx",
)
"""MediaPipe's networks, 3 to 13 ms a picture on one thread (a third to a half less than by OpenCV), and
U2-Net-p, 117 ms at `SALIENT_SIDE`."""
SALIENT_SIDE = 160
"""Side of the pictures that U2-Net-p is given. By 320 it keeps an IoU of 0.95-0.99 on a dog and a bird at
27 % of the time; at 96 it loses a rabbit."""
_AT_ONCE = threading.BoundedSemaphore(2)  # runs of networks: each takes up to 30 MB meanwhile
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def session(name: str, threads: int = 0, *, store: bool = True) -> Any:
    """An inference session for a file of weights/; by default as many threads as processors, at most two.
    Raises NetworkRefused for a file that is not the project's.

    `store`: it keeps memory of its own for the values between two layers. Without one they come from the
    process's heap, where that memory also serves the codec: the four networks of `SMALL` kept 140 MB, and
    were no quicker. The large values of a painted look would break the heap into pieces: 0.7 GB, not 0.35.

    onnxruntime is imported here, for most looks do without it. From 1.32 on its import starts Microsoft's
    telemetry, which keeps a device id on the disk and reports over the network; it is off here.
    """
    content = read_weights(name)
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or max(1, min(2, os.cpu_count() or 1))
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = options.enable_mem_pattern = store
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


@cache
def small(name: str) -> Any:
    """This process's session of a network of `SMALL`: a single thread is as quick, and leaves the other
    one to the codec. None when its file is not the project's: then it sees nobody."""
    try:
        return session(name, 1, store=False)
    except NetworkRefused as refused:
        log.error("%s", refused)
        return None


def run(name: str, picture: Picture, size: tuple[int, int]) -> list[NDArray[np.float32]]:
    """What a network of `SMALL` says of a BGR picture, scaled to `size` (width, height). May be called
    from several threads. Nothing when the network cannot be used."""
    if picture.shape[1::-1] != size:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    values = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.float32)[None] / 255
    network = small(name)
    if network is None:
        return []
    with _AT_ONCE:
        return network.run(None, {network.get_inputs()[0].name: values})


def salience(picture: Picture, length: int = SALIENT_SIDE) -> Soft:
    """How surely each place of a BGR picture belongs to the object that stands out: `length` squared,
    0..1. All 0 when the network cannot be used."""
    view = area_resize(picture, (length, length))
    told = recalled("salience", (view,), partial(_salience, view))
    return told[0] if told else np.zeros((length, length), np.float32)


def _salience(picture: Picture) -> Answer:
    network = small(SALIENT)
    rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.float32)
    values = ((rgb / max(1.0, float(rgb.max())) - _MEAN) / _DEVIATION).transpose(2, 0, 1)[None]
    if network is None:
        return ()
    with _AT_ONCE:
        return (network.run(None, {network.get_inputs()[0].name: np.ascontiguousarray(values)})[0][0, 0],)


class Segmentation:
    """The probability of a person by the two selfie segmentation networks. Input: a picture of any size."""

    def square(self, picture: Picture) -> Soft:
        """256x256."""
        seen = run(SQUARE, picture, (256, 256))
        return seen[0][0, 0] if seen else np.zeros((256, 256), np.float32)

    def wide(self, picture: Picture) -> Soft:
        """144x256."""
        seen = run(WIDE, picture, (256, 144))
        return seen[0][0, 0] if seen else np.zeros((144, 256), np.float32)
