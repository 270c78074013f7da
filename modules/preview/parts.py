"""Looks that act on one part of the frame only: the subject, what is behind it, or the sky."""

from collections.abc import Sequence

import cv2
import numpy as np

from modules.preview.effects.base import Effect
from modules.preview.effects.part_looks import NeonOutline, PartLook
from modules.preview.effects.regions import SkyMask
from modules.preview.prompt.plan import Look
from modules.preview.subject.detection import SubjectMask
from modules.preview.video.arrays import Picture, Plane
from modules.preview.video.compositing import blend


class LookOnPart:
    """An effect laid in by a matte. `prepare` once, then call with every frame and its subject."""

    def __init__(self, look: Look, effect: Effect) -> None:
        self.look, self.effect = look, effect
        self._sky = SkyMask(effect.width, effect.height) if look.part == "sky" else None

    def prepare(self, samples: list[Picture], pictures: Sequence[Picture], mattes: Sequence[Plane]) -> bool:
        """Looks at a few frames as they will come, and at some of the clip's `pictures` with their subjects'
        `mattes`; False when the part is not in them."""
        if self._sky is not None:
            self._sky.prepare(samples)
        if isinstance(self.effect, PartLook):
            alphas = mattes if self.look.part == "subject" else [cv2.bitwise_not(matte) for matte in mattes]
            self.effect.learn(pictures, alphas)
        self.effect.prepare(samples)
        return self._sky is None or self._sky.there

    def __call__(
        self, frame: Picture, index: int, seconds: float, mask: SubjectMask | None = None
    ) -> Picture:
        alpha = self._part(frame, mask)
        if isinstance(self.effect, NeonOutline):
            return self.effect.outlined(frame, alpha)
        return blend(self.effect(frame, index, seconds), frame, alpha)

    def _part(self, frame: Picture, mask: SubjectMask | None) -> Plane:
        if self._sky is not None:
            return self._sky(frame)
        subject = np.zeros(frame.shape[:2], np.uint8) if mask is None else mask.alpha
        return subject if self.look.part == "subject" else cv2.bitwise_not(subject)
