"""Another ground under the same scene: the ground is found by colour and place, covered or flooded, and the
sky brought into keeping with it."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.ground_cover import Cover
from modules.preview.effects.ground_mask import GroundMask
from modules.preview.effects.ground_motion import GroundMotion
from modules.preview.effects.ground_water import Flood
from modules.preview.effects.pixels import Colour, Field, Picture, Plane, f32
from modules.preview.effects.regions import SkyMask, refined, settled
from modules.preview.video.compositing import blend
from modules.preview.video.scaling import area_resize, shrunk

_ONE = 160  # of a shade: light as it is painted
_HILLS = 0.28  # of the ground's height: hills rise out of a flood by that much
_SNOW = px.tone(
    ((0, 0.52), (0.3, 0.78), (0.62, 0.98), (1, 1)),
    ((0, 0.40), (0.3, 0.67), (0.62, 0.95), (1, 1)),
    ((0, 0.32), (0.3, 0.58), (0.62, 0.92), (1, 1)),
)


@dataclass(frozen=True)
class _Air:
    """What the sky turns to above a ground: colours at the top and at the horizon, and by how much."""

    top: Colour
    low: Colour
    amount: float


_AIRS = {
    "meadow": _Air((226, 158, 96), (246, 226, 204), 0.62),
    "snow": _Air((216, 204, 194), (238, 232, 226), 0.6),
    "sand": _Air((214, 176, 128), (214, 224, 234), 0.4),
    "leaves": _Air((206, 190, 176), (206, 224, 238), 0.4),
    "lava": _Air((40, 44, 70), (60, 96, 190), 0.45),
    "water": _Air((186, 168, 150), (222, 214, 206), 0.3),
}
_RELIEF = {
    "meadow": (0.4, 1.5),
    "snow": (0.3, 1.3),
    "sand": (0.35, 1.0),
    "leaves": (0.3, 0.8),
    "lava": (0.15, 0.4),
    "water": (0.3, 1.2),
}
"""How much of the light is kept that differs from the whole ground's, and from that of its surroundings."""


class GroundReplacement:
    """`prepare` says whether there is ground; then call with every frame in order (BGR, uint8), a time in
    seconds and the subject's matte, which stays as it is."""

    def __init__(self, kind: str, width: int, height: int) -> None:
        self.kind, self.width, self.height = kind, width, height
        self.mask = GroundMask(width, height)
        self._sky = SkyMask(width, height)
        self._motion = GroundMotion()
        self._cover: Cover | None = None
        self._coming: Future[Cover] | None = None  # painted while the subject is looked for
        self._flood: Flood | None = None
        self._frames = 0
        self._usual = 128.0  # how light the ground is

    def find(self, samples: Sequence[Picture]) -> bool:
        """Whether there is ground; may be asked before the subject is known."""
        if not self.mask.prepare(samples, every=2):
            return False
        if self.kind != "water":
            pool = ThreadPoolExecutor(1, thread_name_prefix="ground")
            size, moves = (self.width, self.height), not self.mask.still
            self._coming = pool.submit(Cover, self.kind, *size, self.mask.first_far, moves)
            pool.shutdown(wait=False)
        return True

    def prepare(self, samples: Sequence[Picture], subjects: Sequence[Plane] = ()) -> bool:
        """`subjects` are the mattes of the samples, if known: they are no ground."""
        if not self.mask.there and not self.find(samples):
            return False
        # By all samples now, and without the subject.
        if (
            not self.mask.still
            and not self.mask.prepare(samples, subjects)
            and not self.mask.prepare(samples)
        ):
            self.mask.prepare(samples, every=2)
        self._sky.prepare(list(samples))
        if self._sky.there and not self._bright(samples[0]):
            self._sky.leave()
        guesses = [self.mask.guess(sample) for sample in samples]
        small = [area_resize(sample, guesses[0].shape[::-1]) for sample in samples]
        self._materials = Materials.of(small, guesses)
        found = np.concatenate(
            [px.grey(picture)[guess > 0.5] for picture, guess in zip(small, guesses, strict=True)]
        )
        self._usual = float(np.clip(found.mean() if len(found) else 128, 40, 220))
        air = _AIRS[self.kind]
        stops = [(0, air.top), (max(0.2, self.mask.far), air.low)]
        self._air = px.to8(px.gradient(self.width, self.height, stops))
        if self.kind == "water":
            level = self.mask.first_far
            if self.mask.skyline:
                level += _HILLS * (1 - level)
            self._flood = Flood(self.width, self.height, level, self.mask.skyline, pale=not self._sky.there)
        elif self._coming is not None:
            self._cover = self._coming.result()
        return True

    def _bright(self, sample: Picture) -> bool:
        """Whether the sky is as light as the ground at least, or blue: else it is night, or a dark wall."""
        size = 160, 90
        lab = cv2.cvtColor(area_resize(sample, size), cv2.COLOR_BGR2LAB).reshape(-1, 3).astype(np.float32)
        sky, ground = (
            lab[cv2.resize(guess, size).ravel() > 0.5]
            for guess in (self._sky.guess(sample), self.mask.guess(sample))
        )
        if not len(sky) or not len(ground):
            return False
        (light, _, tint), under = sky.mean(0), ground.mean(0)
        return bool(light > under[0] - 12 or (tint < 122 and light > 60))

    def __call__(self, frame: Picture, seconds: float, subject: Plane | None = None) -> Picture:
        ground = self.mask(frame, subject)
        pose = self._motion(frame, ground)
        sky = self._sky_plane(frame) if self._sky.there else None
        if sky is not None:
            sky = _down_to(ground, sky)
        out = frame
        if self.kind == "snow":
            out = self._dusted(frame, ground, subject)
        if sky is not None:
            away = cv2.subtract(sky, ground if subject is None else cv2.max(ground, subject))
            out = self._aired(out, away)
        if self._flood is not None:
            water, wet = self._flood(out, ground, self._shade(frame, ground), pose, seconds)
            return _laid(out, water, wet, fresh=out is not frame)
        top = cv2.boundingRect(ground)[1]
        return _laid(out, self._covered(frame, ground, pose, top), ground[top:], fresh=out is not frame)

    def _sky_plane(self, frame: Picture) -> Plane:
        """The sky; it is looked for anew in every third frame, and led by the edges of each."""
        guess = self._sky.state
        if guess is None or self._frames % 3 == 0:
            new = px.blur(self._sky.guess(frame), 0.8)
            guess = self._sky.state = new if guess is None else settled(guess, new)
        self._frames += 1
        return refined(frame, guess, 5)

    def _aired(self, frame: Picture, away: Plane) -> Picture:
        """The frame with its sky brought into keeping with the ground."""
        _, top, _, rows = cv2.boundingRect(away)
        part, amount = np.s_[top : top + rows], _AIRS[self.kind].amount
        out = frame.copy()
        if rows:
            out[part] = blend(self._air[part], frame[part], cv2.convertScaleAbs(away[part], alpha=amount))
        return out

    def _covered(self, frame: Picture, ground: Plane, pose: Field, top: int) -> Picture:
        """The painted ground as the camera sees it now from the row `top` on, in the light of the frame's
        own."""
        assert self._cover is not None
        matrix = pose[:2] @ np.array([[1, 0, 0], [0, 1, top], [0, 0, 1]])
        matrix[:, 2] += self._cover.offset
        texture = cv2.warpAffine(
            self._cover.picture,
            matrix,
            (self.width, self.height - top),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_WRAP,
        )
        shade = px.fit(self._shade(frame, ground), frame)[top:]
        if self.kind == "snow":
            return px.mul(texture, px.tinted(shade, _SNOW))
        return cv2.multiply(texture, px.merged(shade), scale=1 / _ONE)

    def _shade(self, frame: Picture, ground: Plane) -> Plane:
        """The light on the ground, a quarter of the frame's size; `_ONE` where it is as usual."""
        part = 2 if self.kind == "snow" else 4
        size = max(8, self.width // part), max(8, self.height // part)
        low = shrunk(frame, size)
        light = px.blur(px.grey(low), 1.3).astype(np.float32) + 8
        if self._materials is not None:
            light /= cv2.resize(self._materials.tone(area_resize(low, (size[0] // 2, size[1] // 2))), size)
        small = max(4, self.width // 16), max(4, self.height // 16)
        weight = area_resize(ground, small).astype(np.float32) / 255 + 0.004
        sigma = small[0] / 10
        around = px.blur(area_resize(light, small) * weight, sigma) / px.blur(weight, sigma)
        whole, local = _RELIEF[self.kind]
        nearby = cv2.resize(around, size)
        shade = (nearby / (self._usual + 8)) ** whole * (light / nearby) ** local
        return px.to8(np.clip(shade, 0.3, 1.5) * _ONE)

    def _dusted(self, frame: Picture, ground: Plane, subject: Plane | None) -> Picture:
        """A little snow on what faces up, off the ground."""
        soft = px.blur(px.grey(px.reduced(frame, 2)), 1.2)
        ledges = px.level(np.maximum(cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3), 0), 2.0, 30)
        ledges = px.blur(cv2.dilate(ledges, np.ones((3, 1), np.uint8), anchor=(0, 0)), 1.0)
        lying = cv2.subtract(px.fit(ledges, frame), ground)
        if subject is not None:
            lying = cv2.subtract(lying, subject)
        white = px.tinted(px.grey(frame), _SNOW)
        return px.mix(frame, white, cv2.convertScaleAbs(lying, alpha=0.7))


class Materials:
    """Two things that the ground is made of, such as lawn and asphalt: what is darker of itself lies in no
    shade. They are told apart by tint for light, which a shadow does not change."""

    def __init__(self, centres: Field, lights: Field) -> None:
        self._middle, self._axis = centres.mean(0), centres[1] - centres[0]
        self._lights = lights / lights.mean()

    @classmethod
    def of(cls, smalls: Sequence[Picture], guesses: Sequence[Field]) -> "Materials | None":
        """From small samples and where their ground is; None when it is of one thing."""
        tints, lights = [], []
        for small, guess in zip(smalls, guesses, strict=True):
            tint, light = _tint(small)
            tints.append(tint[guess > 0.5])
            lights.append(light[guess > 0.5])
        points, light = f32(np.concatenate(tints)), np.concatenate(lights)
        if len(points) < 50:
            return None
        cv2.setRNGSeed(1)
        criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 1e-3)
        _, kinds, centres = cv2.kmeans(points, 2, None, criteria, 2, cv2.KMEANS_PP_CENTERS)
        kinds = kinds.ravel()
        within = np.sqrt(((points - centres[kinds]) ** 2).sum(1).mean())
        apart = float(np.hypot(*(centres[1] - centres[0])))
        if min(kinds.mean(), 1 - kinds.mean()) < 0.08 or apart < max(0.12, 2.2 * within):
            return None
        return cls(centres, f32([light[kinds == kind].mean() for kind in (0, 1)]))

    def tone(self, small: Picture) -> Field:
        """How light each place is of itself; about 1."""
        tint, _ = _tint(small)
        side = ((tint - self._middle) @ self._axis) / float(self._axis @ self._axis)
        return px.blur(f32(px.lerp(self._lights[0], self._lights[1], np.clip(side * 1.6 + 0.5, 0, 1))), 1.0)


def _tint(small: Picture) -> tuple[Field, Field]:
    """(a and b of Lab for each unit of light, the light)."""
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    light = lab[..., 0] + 20
    return (lab[..., 1:] - 128) / light[..., None], light


def _laid(frame: Picture, low: Picture, alpha: Plane, fresh: bool) -> Picture:
    """The frame with `low` over its lowest rows; a copy unless it is `fresh`."""
    out = frame if fresh else frame.copy()
    if len(low):
        rows = np.s_[len(frame) - len(low) :]
        out[rows] = blend(low, frame[rows], alpha)
    return out


def _down_to(ground: Plane, sky: Plane) -> Plane:
    """The sky, made to meet the ground where the two are neighbours: either mask leaves out a rim."""
    height, width = ground.shape
    size = max(8, width // 4), max(8, height // 4)
    reach = np.ones((5, 5), np.uint8)
    near = cv2.min(*(cv2.dilate(area_resize(plane, size), reach, iterations=2) for plane in (ground, sky)))
    if not near.any():
        return sky
    share, rest = px.fit(near, ground), cv2.bitwise_not(ground)
    return cv2.add(px.mul(rest, share), px.mul(sky, cv2.bitwise_not(share)))
