"""Another sky over the same ground: the sky is found by colour and place, replaced, and the ground lit to
suit."""

import cv2
import numpy as np

from modules.preview.effects import regions
from modules.preview.effects.backgrounds import brush, skies
from modules.preview.effects.backgrounds.backdrop import Backdrop, cover, read_picture
from modules.preview.effects.backgrounds.space import night_heaven
from modules.preview.effects.pixels import Colour, Field, Paint, Picture, grade, gradient, saturation
from modules.preview.prompt.plan import Background
from modules.preview.subject.guided_filter import guided
from modules.preview.video.compositing import blend

_W, _H, _BINS = 160, 90, 32
NIGHT = {"stars", "moon", "aurora"}
# what the ground is multiplied with under a new sky: BGR factors; by night it loses most of its colours first
_PALE = saturation(0.3)
_GROUND = {
    "stars": (0.62, 0.40, 0.30),
    "moon": (0.66, 0.46, 0.36),
    "aurora": (0.46, 0.44, 0.29),
    "sunset": (0.70, 0.84, 1.04),
    "storm": (0.66, 0.62, 0.58),
    "clouds": (1.0, 0.98, 0.97),
    "blue": (1.03, 1.02, 1.0),
}
_SQUARE = np.ones((3, 3), np.uint8)


class SkyReplacement:
    """`prepare` says whether there is a sky; then call with a frame (BGR, uint8) and a time in seconds."""

    def __init__(self, background: Background, images: tuple[str, ...], width: int, height: int) -> None:
        self.background, self.images, self.width, self.height = background, images, width, height
        self._odds: Field  # of each Lab colour, how surely it is the sky's: 0..1
        self._prior: Field  # where the sky was seen: 0..1
        self._back: Backdrop
        self._table: Picture  # what the new light does to the ground
        self._last: Field | None = None
        self._floor, self._spot = 0.62, (0.7, 0.2, 0.2)

    def prepare(self, samples: list[Picture]) -> bool:
        inside, outside = np.zeros((_BINS,) * 3, np.float32), np.zeros((_BINS,) * 3, np.float32)
        where, found, finder = np.zeros((_H, _W), np.float32), 0, regions.SkyMask(self.width, self.height)
        for sample in samples:
            small = cv2.resize(sample, (_W, _H), interpolation=cv2.INTER_AREA)
            guess = cv2.resize(finder.guess(sample), (_W, _H))
            mask = guess > 0.5
            if not 0.03 < mask.mean() < 0.93:
                continue
            found += 1
            lab = (cv2.cvtColor(small, cv2.COLOR_BGR2LAB) // (256 // _BINS)).reshape(-1, 3)
            np.add.at(inside, tuple(lab[mask.ravel()].T), 1)
            np.add.at(outside, tuple(lab[guess.ravel() < 0.2].T), 1)
            where += mask
        if found < max(1, len(samples) * 0.5):
            return False
        sky, ground = (
            cv2.GaussianBlur(counts.reshape(_BINS, -1), (3, 3), 0.6).reshape((_BINS,) * 3)
            for counts in (inside, outside)
        )
        odds = sky / (sky + ground * 1.2 + 0.02)
        self._odds = np.clip((odds - 0.45) * 2.8, 0, 1).astype(np.float32)
        reach = cv2.GaussianBlur(cv2.dilate(where / found, np.ones((5, 5))), (0, 0), 3)
        self._prior = np.clip(reach * 6, 0, 1).astype(np.float32)
        # The new sky is painted to end as low as the old one ever did, and its moon hangs where there is most
        # of it.
        lowest = np.flatnonzero((where > 0).mean(1) > 0.04).max(initial=0)
        self._floor = float(np.clip((lowest + 4) / _H, 0.2, 1.0))
        mostly = (where > 0.5 * found).astype(np.uint8)
        framed = cv2.copyMakeBorder(mostly, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        away = cv2.distanceTransform(framed, cv2.DIST_L2, 3)
        y, x = np.unravel_index(int(away.argmax()), away.shape)
        self._spot = (float(x) / (_W + 2), float(y) / (_H + 2), float(away.max()) / _H)
        self._paint()
        return True

    def _paint(self) -> None:
        w, h, wanted = self.width, self.height, self.background
        if wanted.image:
            reference = read_picture(self.images[wanted.image - 1])
            picture = _over_the_ground(reference, w, h, self._floor)
            self._back = Backdrop(picture, w, h)
            factors = np.clip(picture.reshape(-1, 3).mean(0) / 150, 0.5, 1.1)
        else:
            scale = min(1.0, 848 / max(w, h))
            size = round(w * scale), round(h * scale)
            painted = _painted(wanted.scene, wanted.colour, *size, self._floor, self._spot)
            self._back = painted.enlarged(w, h)
            factors = np.asarray(_GROUND.get(wanted.scene or "", (1.0, 1.0, 1.0)))  # a colour lights nothing
        levels = np.arange(256, dtype=np.float32)
        table = np.stack([levels * factor for factor in factors.tolist()], -1)
        self._table = np.clip(table, 0, 255).astype(np.uint8)[None]

    def __call__(self, frame: Picture, seconds: float) -> Picture:
        small = cv2.resize(frame, (320, 180), interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(cv2.resize(small, (_W, _H), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2LAB)
        bins = lab // (256 // _BINS)
        raw = self._odds[bins[..., 0], bins[..., 1], bins[..., 2]] * self._prior
        for operation in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE):
            raw = cv2.morphologyEx(raw, operation, _SQUARE)
        raw = _without_spots(raw)
        raw = np.maximum(raw, regions.to_the_edges(raw, lab, 4))
        last = raw if self._last is None else regions.settled(self._last, raw)
        self._last = last
        # The guided matte keeps a little inside of what it cuts out: let that be the ground, or a rim of the
        # old sky shines around it.
        rough = cv2.resize(np.minimum(1.3 - 1.3 * last, 1), (320, 180))
        alpha = cv2.bitwise_not(guided(rough, cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), frame, radius=4))
        ground = cv2.transform(frame, _PALE) if self.background.scene in NIGHT else frame
        return blend(self._back(seconds), grade(ground, self._table), alpha)


def _without_spots(raw: Field) -> Field:
    """The mask (float, 0..1) without small pieces on their own, such as a sun behind leaves that is as
    white as the sky."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((raw > 0.1).astype(np.uint8), connectivity=4)
    keep = (stats[:, cv2.CC_STAT_AREA] > raw.size * 0.005) | (stats[:, cv2.CC_STAT_TOP] <= 1)
    keep[0] = True
    return np.asarray(raw * keep[labels])


def _painted(
    kind: str | None, colour: Colour | None, w: int, h: int, floor: float, spot: tuple[float, float, float]
) -> Backdrop:
    """A sky whose horizon lies at `floor` (share of the height); `spot` is where a moon has room: shares
    of the width and the height, and its radius there as a share of the height."""
    rows = max(8, int(h * floor))
    if kind in ("stars", "moon"):
        radius = min(0.07 * min(w, h), 0.55 * spot[2] * h)
        picture = night_heaven(w, rows, (spot[0], spot[1] * h / rows, radius) if kind == "moon" else None)
        stars = skies.Twinkle(w, h, 30, 4, 0.9 * floor)
        return Backdrop(brush.finish(carried_down(picture, h), 0.4, 0.5, 150), w, h, (stars,))
    if kind == "aurora":
        finished = brush.finish(skies.sky(w, h, "night", 12, 0.0, floor, moon=False), 0.5)
        return Backdrop(finished, w, h, (skies.Aurora(w, h, floor), skies.Twinkle(w, h, 16, 3, 0.7 * floor)))
    if kind == "storm":
        picture = gradient(w, rows, [(0, (52, 44, 40)), (0.6, (104, 92, 84)), (1, (150, 140, 130))])
        skies.add_clouds(picture, rows, "storm", 21, 1.5)
        layers = (
            skies.DriftingVeil(w, h, 0.0, 0.9 * floor, (44, 38, 34), 0.7, 40, 5),
            skies.DriftingVeil(w, h, 0.1 * floor, floor, (130, 122, 116), 0.3, 62, 6),
        )
        return Backdrop(brush.finish(carried_down(picture, h), 1.0), w, h, layers)
    if kind == "colour" and colour is not None:
        pale = [min(255, c * 0.6 + 110) for c in colour]
        picture = gradient(w, rows, [(0, [c * 0.75 for c in colour]), (1, pale)])
        skies.add_clouds(picture, rows, "sunset", 10, 0.9)
        return Backdrop(brush.finish(carried_down(picture, h), 0.8), w, h)
    time, amount = {"sunset": ("sunset", 0.9), "clouds": ("day", 1.15)}.get(kind or "", ("day", 0.45))
    air = (180, 190, 250) if time == "sunset" else (255, 253, 250)
    veil = skies.DriftingVeil(w, h, 0.0, 0.9 * floor, air, 0.45, 14, 8)
    return Backdrop(brush.finish(skies.sky(w, h, time, 6, amount, floor), 0.7), w, h, (veil,))


def _over_the_ground(picture: Picture, w: int, h: int, floor: float) -> Picture:
    """The sky of a reference picture, down to its own horizon, over `floor` of the height; all of a
    picture that is only sky or has none."""
    rows = regions.SkyMask(picture.shape[1], picture.shape[0]).guess(picture).mean(1)
    bottom = int(np.flatnonzero(rows > 0.5).max(initial=0) / len(rows) * len(picture))
    if not 0.2 * len(picture) < bottom < 0.92 * len(picture):
        return cover(picture, w, h, 0.2)
    sky = cover(picture[:bottom], w, max(8, int(h * floor)), 1.0)
    return brush.finish(carried_down(sky.astype(np.float32), h))


def carried_down(picture: Paint, h: int) -> Paint:
    """The picture carried on to `h` rows: its last row, which soon fades to its mean, for repeated alone
    it would draw stripes."""
    last, rows = picture[-1:], h - len(picture)
    if rows <= 0:
        return picture
    fade = np.exp(-np.arange(rows, dtype=np.float32) / (0.03 * h))[:, None, None]
    mean = last.mean(1, keepdims=True)
    return np.vstack([picture, mean + (last - mean) * fade]).astype(np.float32)
