"""The interface of looks and weather.

An effect may not depend on the frame number other than through `seconds`, so that it moves alike at any frame
rate, and may not measure a single frame and act on the whole picture, or a still scene would flicker.
"""

import cv2
import numpy as np

from modules.preview.effects.pixels import Picture


class Effect:
    """One step of a render: a BGR uint8 frame of `height` x `width` in, one of the same shape out.

    `strength` 0..1 mixes the effect with the frame it was given; from `FULL` on nothing of that frame
    shows through, for a look that moves edges would show them twice. `moves` says that the picture changes
    while the scene is still. `weather` names the weather that a look brings by itself; `weather_on` turns
    that off.
    """

    FULL = 0.88
    moves = False
    weather: str | None = None
    weather_on = True

    def __init__(self, width: int, height: int, fps: float, strength: float = 1.0, seed: int = 7) -> None:
        self.width, self.height, self.fps = width, height, fps
        self.strength = float(min(1.0, max(0.0, strength / self.FULL)))
        self.rng = np.random.default_rng(seed)
        self.scale = max(0.25, min(width, height) / 720)
        self.setup()

    def setup(self) -> None:
        """Precompute tables and textures."""

    def prepare(self, samples: list[Picture]) -> None:
        """Look at a few frames of the clip, once, before the first call."""

    def paint(self, frame: Picture, seconds: float) -> Picture:
        raise NotImplementedError

    def __call__(self, frame: Picture, index: int, seconds: float) -> Picture:
        if self.strength <= 0:
            return frame
        painted = self.paint(frame, seconds)
        if self.strength >= 0.995:
            return painted
        return cv2.addWeighted(painted, self.strength, frame, 1 - self.strength, 0)
