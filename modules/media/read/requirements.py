"""What a clip has to be. The width is the model page's own limit; the others are those that other sellers
of the same model document, kept because a clip inside all of them is refused by nobody."""

from modules.edit import nearest

MIN_SIDE, MAX_SIDE = 720, 2160
# The model answers at 24 frames a second: what is above 30 only makes the file larger.
MIN_FPS, MAX_FPS = 24.0, 30.0
MIN_SECONDS = 3.0
MAX_SECONDS_ELSEWHERE = 10.0
MAX_CLIP_BYTES = 200 * 2**20
RATIOS = nearest.RATIOS
# A clip this close to the asked ratio or length is left alone: nobody sees 2 % or a few frames.
RATIO_SLACK = 0.02
SECONDS_SLACK = nearest.SECONDS_SLACK
# What was written is never sent when it is further (in seconds) from what was planned.
LENGTH_SLACK = 0.2
# Containers round: 2.96 s is three seconds less one frame at 24 fps.
SHORT_SLACK = 0.045


def fits_side(pixels: int) -> bool:
    return MIN_SIDE <= pixels <= MAX_SIDE


def fits_fps(fps: float) -> bool:
    return MIN_FPS - 0.005 <= fps <= MAX_FPS * 1.005
