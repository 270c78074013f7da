"""Carries out the part of a plan that needs to know the subject: backgrounds, a new sky or ground, replaced
or added characters."""

from concurrent.futures import Future, ThreadPoolExecutor

import cv2
import numpy as np

from modules.preview import fallbacks
from modules.preview.effects.backgrounds import backdrop
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.fitting import usual_box
from modules.preview.effects.ground import GroundReplacement
from modules.preview.effects.sky import SkyReplacement
from modules.preview.prompt.lexicon import LOOK_OF_GROUND, LOOK_OF_SCENE
from modules.preview.prompt.plan import Background, Plan, Subject
from modules.preview.subject.character import Character
from modules.preview.subject.clean_plate import usual_share
from modules.preview.subject.detection import Box, SubjectMask
from modules.preview.subject.matte import Matte
from modules.preview.subject.networks import Segmentation
from modules.preview.subject.replacement import CharacterCompositor
from modules.preview.task import Elements
from modules.preview.video.arrays import Picture, Plane
from modules.preview.video.compositing import ColourMatch, blend, contact_shadow, light_wrap
from modules.preview.video.scaling import area_resize

_WITHIN = 0.975
"""Of the frame's height, above which a subject's feet are seen."""
_LARGE, _UNSEEN = 0.04, 0.015
"""Of the frame: a subject is not taken out that hides more than this when nothing is known of the place
behind, or more than that of what no moment of the clip shows."""


class Scene:
    """`prepare` once with samples, then call with every frame in order. `needed` is False when frames pass
    through unchanged."""

    def __init__(
        self,
        plan: Plan,
        width: int,
        height: int,
        fps: float = 25.0,
        *,
        images: tuple[str, ...] = (),
        elements: Elements = (),
    ) -> None:
        self.plan, self.width, self.height, self.fps = plan, width, height, fps
        self.images, self.elements = images, elements
        self.matte: Matte | None = None
        self.backdrop: Backdrop | None = None
        self.sky: SkyReplacement | None = None
        self.ground: GroundReplacement | None = None
        self.compositor: CharacterCompositor | None = None
        self._colour_match: ColourMatch | None = None
        # What does not depend on the clip is made in the meantime, while the caller decodes samples and
        # `prepare` looks for the subject.
        pool = ThreadPoolExecutor(1, thread_name_prefix="scene")
        self._coming_character: Future[Character] | None = None
        self._coming_backdrop: Future[Backdrop] | None = None
        if plan.subject is not None and plan.subject.kind != "remove":
            self._coming_character = pool.submit(self._character, plan.subject)
        if plan.background is not None and plan.background.kind not in ("sky", "blur", "ground"):
            extra = plan.extra.get("background", {})
            self._coming_backdrop = pool.submit(backdrop, plan.background, extra, images, width, height)
        pool.shutdown(wait=False)

    @property
    def needed(self) -> bool:
        return self._blurs or any(
            part is not None for part in (self.backdrop, self.sky, self.ground, self.compositor)
        )

    @property
    def asks_for_matte(self) -> bool:
        """Whether frames cannot be carried out without knowing where the subject is."""
        return self.needed and self.matte is not None and self.matte.kind != "none"

    @property
    def _blurs(self) -> bool:
        return self.plan.background is not None and self.plan.background.kind == "blur"

    def survey(self, plan: Plan, samples: list[Picture]) -> Plan:
        """Looks for the sky or the ground that the plan replaces, which needs no subject; the plan with its
        fallbacks."""
        background = plan.background
        if samples and background is not None and background.kind == "sky":
            return self._prepare_sky(plan, background, samples)
        if samples and background is not None and background.kind == "ground":
            return self._find_ground(plan, background, samples)
        return plan

    def prepare(self, plan: Plan, samples: list[Picture], matte: Matte | None) -> Plan:
        """Looks at up to eight frames spread over the clip (BGR, output size), with the matte that was
        prepared with them; the plan with its fallbacks."""
        background, subject = plan.background, plan.subject
        self.plan = plan
        if not samples:
            return plan
        if matte is not None and (background is not None or subject is not None):
            self.matte = matte
            if self.ground is not None:
                self.ground.prepare(matte.sample_pictures or samples, matte.sample_mattes)
            elif background is not None and background.kind != "sky":
                plan = self._prepare_background(plan, background, matte, samples)
            if subject is not None:
                plan = self._prepare_subject(plan, subject, matte, samples)
        self.plan = plan
        return plan

    def _character(self, subject: Subject) -> Character:
        if subject.element:
            frontal, references = self.elements[subject.element - 1]
        else:
            assert subject.image is not None
            frontal, references = self.images[subject.image - 1], ()
        return Character(frontal, references, Segmentation())

    def _prepare_sky(self, plan: Plan, background: Background, samples: list[Picture]) -> Plan:
        sky = SkyReplacement(background, self.images, self.width, self.height)
        if sky.prepare(samples):
            self.sky = sky
            return plan
        return fallbacks.restyled(
            plan, fallbacks.NO_SKY, fallbacks.LOOK_OF_SKY.get(background.scene or "", "cinematic")
        )

    def _find_ground(self, plan: Plan, background: Background, samples: list[Picture]) -> Plan:
        kind = background.scene or "meadow"
        ground = GroundReplacement(kind, self.width, self.height)
        if ground.find(samples):
            self.ground = ground
            return plan
        if kind not in LOOK_OF_GROUND:
            return plan.fell_back(fallbacks.NO_GROUND_TO_FLOOD, background=None)
        return fallbacks.restyled(plan, fallbacks.NO_GROUND, LOOK_OF_GROUND[kind])

    def _prepare_background(
        self, plan: Plan, background: Background, matte: Matte, samples: list[Picture]
    ) -> Plan:
        comes = plan.subject is not None and plan.subject.kind in ("replace", "join")
        if matte.kind == "none" and not comes:
            look = "cinematic"
            if background.kind == "scene":
                look = LOOK_OF_SCENE.get(background.scene or "", look)
            if look == "cinematic":
                look = plan.extra.get("background", {}).get("time") or look
            return fallbacks.restyled(plan, fallbacks.NO_SUBJECT, look, background.image)
        if self._coming_backdrop is not None:
            self.backdrop = self._coming_backdrop.result().fitted(usual_box(matte.sample_mattes))
            self._colour_match = ColourMatch(
                matte.sample_pictures or samples,
                matte.sample_mattes[::2],
                self.backdrop.sample,
                strength=0.55 if background.light else 0.15,
            )
        return plan

    def _prepare_subject(self, plan: Plan, subject: Subject, matte: Matte, samples: list[Picture]) -> Plan:
        nobody, size = matte.kind == "none", (self.width, self.height, self.fps)
        if self._coming_character is None:
            if nobody:
                return plan.fell_back(fallbacks.NOBODY_TO_REMOVE, subject=None)
            compositor = CharacterCompositor(None, "remove", *size)
        else:
            character = self._coming_character.result()
            compositor = CharacterCompositor(
                character, "alone" if nobody else subject.kind, *size, side=subject.side
            )
            if character.unused:
                were = "was" if character.unused == 1 else "were"
                plan = plan.fell_back(fallbacks.UNUSED.format(subject.title, character.unused, were))
            if nobody and subject.kind == "replace":
                plan = plan.fell_back(fallbacks.NOBODY_TO_REPLACE.format(subject.title))
        if subject.kind != "join" and not nobody and self.backdrop is None:
            compositor.clean_plate = matte.clean_plate
            nothing = compositor.clean_plate is None
            hides_much = usual_share(matte.sample_mattes) > _LARGE if nothing else matte.unseen > _UNSEEN
            if subject.kind == "remove" and hides_much:
                return plan.fell_back(fallbacks.HIDES_TOO_MUCH, subject=None)
            if compositor.clean_plate is None:
                plan = plan.fell_back(fallbacks.NOT_SEEN)
        usual = usual_box(matte.sample_mattes)
        box = None if usual is None else Box(usual.x, usual.y, usual.w, usual.h)
        place = self.backdrop
        if place is None:
            hides = subject.kind == "replace" and compositor.clean_plate is None
            compositor.learn(samples, box, covers=hides)
        else:
            compositor.learn([place.sample], box, light=place.light, dry=not place.wet)
        self.compositor = compositor
        return _half_shown(plan, compositor, box, subject.title)

    def __call__(
        self, frame: Picture, index: int, seconds: float, mask: SubjectMask | None = None
    ) -> Picture:
        """The frame carried out; the argument is not changed. `mask` is what the matte said of it."""
        if not self.needed:
            return frame
        if self.sky is not None:
            frame = self.sky(frame, seconds)
        if self.ground is not None:
            frame = self.ground(frame, seconds, None if mask is None else mask.alpha)
        if mask is None:
            mask = SubjectMask(np.zeros(frame.shape[:2], np.uint8))
        if self.backdrop is not None:
            back = self.backdrop(seconds)
            if self.compositor is not None and self.compositor.kind != "join":
                return self.compositor.paste(back, mask, seconds)
            frame = self._before(frame, back, mask, self.backdrop)
        elif self._blurs:
            frame = self._blurred(frame, mask.alpha)
        if self.compositor is not None:
            frame = self.compositor(frame, mask, seconds)
        return frame

    def _before(self, frame: Picture, back: Picture, mask: SubjectMask, place: Backdrop) -> Picture:
        """The subject in front of the backdrop `back`, which is changed: shadow, colour, light wrap, blend;
        only where there is a subject."""
        if mask.spot is None or self._colour_match is None:
            return back
        x, y, w, h = mask.spot
        if mask.box is not None and not place.wet:
            contact_shadow(back, mask.box, place.ground, light=place.light)
        part = np.s_[y : y + h, x : x + w]
        alpha, behind = mask.alpha[part], back[part]
        thick = mask.box.w if mask.box is not None else 200.0
        front = light_wrap(self._colour_match(frame[part]), behind, alpha, thick=thick, light=place.light)
        back[part] = blend(front, behind, alpha)
        return back

    def _blurred(self, frame: Picture, alpha: Plane) -> Picture:
        """The background out of focus; the subject's colours are kept from bleeding into it."""
        w, h = self.width // 6, self.height // 6
        small = area_resize(frame, (w, h)).astype(np.float32)
        away = 1.02 - area_resize(alpha, (w, h)).astype(np.float32) / 255
        sigma = max(2.0, min(w, h) / 24)
        weight = cv2.GaussianBlur(away, (0, 0), sigma)
        soft = cv2.GaussianBlur(small * away[..., None], (0, 0), sigma) / weight[..., None]
        soft = cv2.resize(
            np.clip(soft, 0, 255).astype(np.uint8), (self.width, self.height), interpolation=cv2.INTER_CUBIC
        )
        return blend(frame, soft, alpha)


def _half_shown(plan: Plan, compositor: CharacterCompositor, usual: Box | None, title: str) -> Plan:
    """The plan with a sentence about a figure that is not all in its picture and had to be placed
    otherwise."""
    stands = usual is not None and usual.y + usual.h < _WITHIN * compositor.height
    if compositor.stance == "takes_place" and not stands:
        return plan  # the frame cut the one before as well
    sentence = fallbacks.HALF.get(compositor.stance)
    return plan if sentence is None else plan.fell_back(sentence.format(title))
