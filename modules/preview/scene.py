"""Carries out the part of a plan that needs to know the subject: backgrounds, a new sky, replaced or added
characters."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from modules.preview.effects.backgrounds import backdrop
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.sky import SkyReplacement
from modules.preview.prompt.lexicon import LOOK_OF_SCENE
from modules.preview.prompt.plan import Look, Plan
from modules.preview.subject.character import Character
from modules.preview.subject.detection import SubjectMask
from modules.preview.subject.matte import Matte
from modules.preview.subject.networks import Segmentation
from modules.preview.subject.replacement import CharacterCompositor
from modules.preview.video.compositing import ColourMatch, blend, contact_shadow, light_wrap

_NO_SUBJECT = (
    "No person or other clear subject was found in this clip, so the whole frame was restyled "
    "instead of its background."
)
_NO_SKY = "No sky was found in this clip, so the whole frame was restyled instead."
_NOBODY_TO_REPLACE = (
    "No person or other clear subject was found to replace, so {} was placed in the picture instead."
)
_NOBODY_TO_REMOVE = "No person or other clear subject was found to take out, so the clip was left as it is."
_UNUSED = (
    "The preview engine turns {} with one more view of it, cut as the front view is: {} of the "
    "reference pictures {} not used."
)
_NOT_SEEN = (
    "What stands behind the subject is not seen in this clip (or the camera moves), so it is only "
    "guessed from its surroundings."
)


class Scene:
    """`prepare` once with samples, then call with every frame in order. `needed` is False when frames pass
    through unchanged."""

    def __init__(
        self,
        plan: Plan,
        *,
        images: tuple[str, ...] = (),
        elements: tuple[tuple[str, tuple[str, ...]], ...] = (),
        width: int,
        height: int,
        fps: float = 25.0,
    ) -> None:
        self.plan, self.width, self.height, self.fps = plan, width, height, fps
        self.images, self.elements = images, elements
        self.matte: Matte | None = None
        self.backdrop = self.sky = self.stage = None
        self._match: ColourMatch | None = None
        # What does not depend on the clip is made in the meantime, while the caller decodes samples and
        # `prepare` looks for the subject.
        ahead = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._coming_character = (
            ahead.submit(self._character)
            if plan.subject is not None and plan.subject.kind != "remove"
            else None
        )
        self._coming_backdrop = (
            ahead.submit(self._painted)
            if plan.background is not None and plan.background.kind not in ("sky", "blur")
            else None
        )
        ahead.shutdown(wait=False)

    @property
    def needed(self) -> bool:
        return self.backdrop is not None or self.sky is not None or self.stage is not None or self._blur

    @property
    def _blur(self) -> bool:
        return self.plan.background is not None and self.plan.background.kind == "blur"

    def prepare(self, samples: list[np.ndarray]) -> Plan:
        """Looks at up to eight frames spread over the clip (BGR, output size); the plan with its
        fallbacks."""
        plan = self.plan
        if not samples or (plan.background is None and plan.subject is None):
            return plan
        if plan.background is not None and plan.background.kind == "sky":
            plan = self._prepare_sky(plan, samples)
        if plan.subject is not None or (plan.background is not None and plan.background.kind != "sky"):
            hides = plan.subject is not None and plan.subject.kind in ("replace", "remove")
            self.matte = Matte(
                self.width, self.height, people=1 if hides else 2, plated=hides and plan.background is None
            )
            self.matte.prepare(samples)
        if plan.background is not None and plan.background.kind != "sky":
            plan = self._prepare_background(plan, samples)
        if plan.subject is not None:
            plan = self._prepare_subject(plan, samples)
        self.plan = plan
        return plan

    def _character(self) -> Character:
        subject = self.plan.subject
        paths = (
            self.elements[subject.element - 1] if subject.element else (self.images[subject.image - 1], ())
        )
        return Character(paths[0], paths[1], Segmentation())

    def _painted(self) -> Backdrop:
        return backdrop(
            self.plan.background, self.plan.extra.get("background", {}), self.images, self.width, self.height
        )

    def _prepare_sky(self, plan: Plan, samples) -> Plan:
        self.sky = SkyReplacement(plan.background, self.images, self.width, self.height)
        if self.sky.prepare(samples):
            return plan
        self.sky = None
        look = {
            "stars": "night",
            "moon": "night",
            "aurora": "night",
            "sunset": "sunset",
            "storm": "cinematic",
            "clouds": "dreamy",
            "blue": "day",
        }.get(plan.background.scene or "", "cinematic")
        return self._restyled(plan, _NO_SKY, look)

    def _prepare_background(self, plan: Plan, samples) -> Plan:
        if self.matte.kind == "none" and not (
            plan.subject is not None and plan.subject.kind in ("replace", "join")
        ):
            look = (
                "cinematic"
                if plan.background.kind != "scene"
                else LOOK_OF_SCENE.get(plan.background.scene, "cinematic")
            )
            time = plan.extra.get("background", {}).get("time")
            if look == "cinematic" and time:
                look = time
            return self._restyled(plan, _NO_SUBJECT, look, plan.background.image)
        if plan.background.kind != "blur":
            self.backdrop = self._coming_backdrop.result()
            self._match = ColourMatch(
                samples,
                self._alphas(samples),
                self.backdrop.sample,
                strength=0.55 if plan.background.light else 0.15,
            )
        return plan

    def _alphas(self, samples) -> list[np.ndarray]:
        """Rough mattes of every other sample."""
        if self.matte.kind == "none":
            return []
        return self.matte.glances[::2]

    def _prepare_subject(self, plan: Plan, samples) -> Plan:
        subject = plan.subject
        none = self.matte.kind == "none"
        if subject.kind == "remove":
            if none:
                return plan.fell_back(_NOBODY_TO_REMOVE, subject=None)
            self.stage = CharacterCompositor(None, "remove", self.width, self.height, self.fps)
        else:
            character = self._coming_character.result()
            self.stage = CharacterCompositor(
                character,
                "alone" if none else subject.kind,
                self.width,
                self.height,
                self.fps,
                side=subject.side,
            )
            if character.unused:
                plan = plan.fell_back(
                    _UNUSED.format(
                        subject.title, character.unused, "was" if character.unused == 1 else "were"
                    )
                )
            if none and subject.kind == "replace":
                plan = plan.fell_back(_NOBODY_TO_REPLACE.format(subject.title))
        if subject.kind != "join" and not none and self.backdrop is None:
            self.stage.plate = self.matte.plate
            if self.stage.plate is None:
                plan = plan.fell_back(_NOT_SEEN)
        self.stage.learn(samples if self.backdrop is None else [self.backdrop.sample])
        return plan

    @staticmethod
    def _restyled(plan: Plan, sentence: str, name: str, image: int | None = None) -> Plan:
        if image is not None and not any(k.image for k in plan.looks):
            return plan.fell_back(
                sentence,
                background=None,
                looks=(*plan.looks, Look("style", f"the style of @Image{image}", 0.8, image)),
            )
        looks = (
            plan.looks
            if any(k.name == name for k in plan.looks) or plan.looks
            else (Look(name, name.replace("_", " ").capitalize(), 0.9),)
        )
        return plan.fell_back(sentence, background=None, looks=looks)

    def look(self, frame: np.ndarray) -> SubjectMask | None:
        """Where the subject is in the next frame, in order; may run ahead of the call that takes it. None
        when nobody needs to know."""
        return self.matte.cut(frame) if self.matte is not None and self.needed else None

    def __call__(
        self, frame: np.ndarray, index: int, seconds: float, cut: SubjectMask | None = None
    ) -> np.ndarray:
        """The frame carried out; the argument is not changed. `cut` is what `look` said of it."""
        if not self.needed:
            return frame
        cut = cut or self.look(frame)
        if self.sky is not None:
            frame = self.sky(frame, seconds)
        if self.backdrop is not None:
            back = self.backdrop(seconds)
            if self.stage is not None and self.stage.kind != "join":
                return self.stage.paste(back, cut, seconds)
            frame = self._before(frame, back, cut)
        elif self._blur:
            frame = self._blurred(frame, cut.alpha)
        if self.stage is not None:
            frame = self.stage(frame, cut, seconds)
        return frame

    def _before(self, frame, back, cut: SubjectMask) -> np.ndarray:
        """The subject in front of the backdrop: shadow, colour, light wrap, blend; only where there is a
        subject."""
        if cut.spot is None:
            return back
        x, y, w, h = cut.spot
        if cut.box is not None and not self.backdrop.wet:
            contact_shadow(back, cut.box, self.backdrop.ground)
        part = np.s_[y : y + h, x : x + w]
        mask, behind = cut.alpha[part], back[part]
        front = light_wrap(
            self._match(frame[part]), behind, mask, thick=cut.box.w if cut.box is not None else 200.0
        )
        back[part] = blend(front, behind, mask)
        return back

    def _blurred(self, frame, alpha) -> np.ndarray:
        """The background out of focus; the subject's colours are kept from bleeding into it."""
        w, h = self.width // 6, self.height // 6
        small = cv2.resize(frame, (w, h), interpolation=cv2.INTER_AREA).astype(np.float32)
        away = 1.02 - cv2.resize(alpha, (w, h), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        sigma = max(2.0, min(w, h) / 24)
        weight = cv2.GaussianBlur(away, (0, 0), sigma)
        soft = cv2.GaussianBlur(small * away[..., None], (0, 0), sigma) / weight[..., None]
        soft = cv2.resize(
            np.clip(soft, 0, 255).astype(np.uint8), (self.width, self.height), interpolation=cv2.INTER_CUBIC
        )
        return blend(frame, soft, alpha)
