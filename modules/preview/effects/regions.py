"""Rough guesses at what is where in a frame: sky, leaves and grass. Soft masks that follow edges and keep
still on a still scene."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.pixels import Field, Picture, Plane
from modules.preview.video.scaling import shrunk


def refined(frame: Picture, guess: Field, radius: int, eps: float = 6e-4) -> Plane:
    """Fit a small soft float mask (0..1) to the edges of `frame`; one 8-bit plane of the frame's size."""
    return led_by(px.grey(px.reduced(frame, 2)), frame, guess, radius, eps)


def led_by(half: Plane, frame: Picture, guess: Field, radius: int, eps: float = 6e-4) -> Plane:
    """As `refined`, by the edges of another plane of half the frame's size."""
    guide = shrunk(half, guess.shape[::-1]).astype(np.float32) / 255
    box = (2 * radius + 1,) * 2
    mean_i, mean_p = cv2.blur(guide, box), cv2.blur(guess, box)
    a = (cv2.blur(guide * guess, box) - mean_i * mean_p) / (
        cv2.blur(guide * guide, box) - mean_i * mean_i + eps
    )
    b = mean_p - a * mean_i
    # The fit itself at half size: an edge half as sharp as the picture's cannot be told from the picture's.
    size = half.shape[::-1]
    slope, offset = (cv2.resize(cv2.blur(plane, box), size) for plane in (a, b))
    full = cv2.multiply(slope, half, scale=1.25, dtype=cv2.CV_32F) + (offset * (1.25 * 255) - 0.12 * 255)
    mask = np.clip(full, 0, 255, out=full).astype(np.uint8)
    return cv2.resize(mask, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR)


def settled(before: Field, now: Field) -> Field:
    """A mask (float, 0..1) carried from frame to frame: small changes are noise and come slowly, large
    ones are something that moved."""
    change = now - before
    return np.asarray(before + change * np.clip(0.15 + 1.3 * np.abs(change), 0, 1))


def to_the_edges(found: Field, lab: Picture, reach: int = 3) -> Field:
    """Edges count as rough, so what was `found` (small, float, 0..1) ends short of them: go on for as long as
    the colour is the sky's nearby.

    `lab` is the 8-bit Lab picture of the same size, `reach` how many of its pixels to go on for at most.
    """
    weight = px.blur(found, 1.0 + reach)
    nearby = (
        px.blur(cv2.multiply(lab, px.merged(found), dtype=cv2.CV_32F), 1.0 + reach)
        / np.maximum(weight, 1e-3)[..., None]
    )
    apart = (cv2.subtract(lab, nearby, dtype=cv2.CV_32F) / px.f32([20, 7, 7])) ** 2
    alike = np.exp(-0.7 * apart.sum(-1)) * cv2.dilate(found, np.ones((2 * reach + 1,) * 2, np.uint8))
    return np.asarray(
        np.maximum(cv2.erode(found, np.ones((3, 3), np.uint8)), np.clip(alike * 1.3 - 0.15, 0, 1))
    )


class SkyMask:
    """Where the sky is: smooth, not green, reachable from the top edge, and unlike what lies below.

    `share` is how much of the sample frames it fills; below a few hundredths there is no sky to speak of
    and the mask is empty.
    """

    def __init__(self, width: int, height: int) -> None:
        self.low = (max(16, width // 8), max(16, height // 8))
        self.state: Field | None = None
        self.share: float | None = None
        rows = np.linspace(0, 1, self.low[1], dtype=np.float32)[:, None]
        self.prior = np.clip(1.25 - 0.9 * rows, 0, 1).repeat(self.low[0], 1)

    @property
    def there(self) -> bool:
        return self.share is None or self.share >= 0.03

    def leave(self) -> None:
        """Treat the clip as having no sky from now on: what is there was put there on purpose."""
        self.share = 0.0

    def guess(self, frame: Picture) -> Field:
        """How likely each place is the sky: 0..1, an eighth of the frame's size."""
        half = px.reduced(frame, 2)
        low = shrunk(half, self.low)
        lab = cv2.cvtColor(low, cv2.COLOR_BGR2LAB)
        light = px.blur(lab[..., 0], 0.8).astype(np.float32)
        rough = cv2.magnitude(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))
        # Hazy trees are smooth at this size too, but not close up: a sky's detail is below 1 level, leaves'
        # above 5.
        close = px.grey(shrunk(half, (self.low[0] * 4, self.low[1] * 4)))
        detail = px.blur(shrunk(cv2.absdiff(close, px.blur(close, 1.5)), self.low).astype(np.float32), 1.0)
        smooth = np.exp(-((rough / 34) ** 2) - (detail / 3.5) ** 2)
        green = np.clip((118 - lab[..., 1].astype(np.float32)) / 8, 0, 1)
        brown = np.clip((lab[..., 2].astype(np.float32) - 150) / 10, 0, 1) * (lab[..., 0] < 190)
        score = smooth * (1 - green) * (1 - brown) * self.prior
        sure = (score > 0.42).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(sure, connectivity=4)
        keep = np.zeros(count, np.float32)
        area, average = sure.size, float(lab[..., 0].mean())
        tones = [
            np.bincount(labels.ravel(), lab[..., k].ravel(), count)
            / np.maximum(1, stats[:, cv2.CC_STAT_AREA])
            for k in (0, 2)
        ]
        for label in range(1, count):
            if stats[label, cv2.CC_STAT_TOP] <= 1 and stats[label, cv2.CC_STAT_AREA] > area * 0.012:
                # A trunk in the sun's haze is calm and reaches the top as well; but a sky is lighter than the
                # ground, or blue, or black.
                share = stats[label, cv2.CC_STAT_AREA] / area
                ground = (average - tones[0][label] * share) / max(1e-3, 1 - share)
                keep[label] = tones[0][label] > ground + 6 or tones[1][label] < 124 or tones[0][label] < 60
        found = keep[labels]
        if not found.any():
            return found
        found = to_the_edges(found, lab)
        # Pieces between branches: as bright and as coloured as the sky that was found, and in the upper part.
        inside = found > 0.5
        if not inside.any():
            return found
        colours = lab[inside].astype(np.float32)
        mean, spread = colours.mean(0), colours.std(0) + np.array((9, 4, 5))
        likeness = np.exp(-(((lab.astype(np.float32) - mean) / (spread * 1.5)) ** 2).sum(-1))
        if found.mean() > 0.18:
            # A large sky also shows below a branch or a roof: calm pieces at least as bright as the sky that
            # was found.
            bright = lab[..., 0].astype(np.float32)
            for label in range(1, count):
                if (
                    not keep[label]
                    and stats[label, cv2.CC_STAT_AREA] > area * 0.008
                    and bright[labels == label].mean() > mean[0] - 6
                ):
                    found[labels == label] = 1
        return np.asarray(np.maximum(found, np.clip(likeness * 1.6 - 0.4, 0, 1) * (self.prior > 0.8)))

    def prepare(self, samples: list[Picture]) -> None:
        if samples:
            self.share = float(np.mean([self.guess(sample).mean() for sample in samples]))

    def __call__(self, frame: Picture) -> Plane:
        if not self.there:
            return np.zeros(frame.shape[:2], np.uint8)
        guess = px.blur(self.guess(frame), 0.8)
        self.state = guess if self.state is None else settled(self.state, guess)
        return refined(frame, self.state, 5)


def greenery(frame: Picture, factor: int = 2) -> Plane:
    """How green-leaved each place is, 0..255, soft."""
    height, width = frame.shape[:2]
    low = px.reduced(frame, factor)
    soft = cv2.transform(low, np.array([[-5, 10, -5, -30]], np.float32))
    return cv2.resize(px.blur(soft, 4 / factor), (width, height), interpolation=cv2.INTER_LINEAR)


class SkyLook(Effect):
    """A look that treats the sky apart. Call `super().setup()`, then `with_sky` while painting."""

    def setup(self) -> None:
        self.sky = SkyMask(self.width, self.height)

    def prepare(self, samples: list[Picture]) -> None:
        self.sky.prepare(samples)

    def with_sky(
        self,
        out: Picture,
        frame: Picture,
        picture: Picture,
        amount: float,
        clouds: float | None = None,
    ) -> Picture:
        """`picture` laid into the sky of `frame` by `amount`; by `clouds`, or what is left, it keeps those
        that `out` has."""
        if not self.sky.there:
            return out
        kept = 1 - amount if clouds is None else clouds
        return px.mix(out, cv2.addWeighted(picture, amount, out, kept, 0), self.sky(frame))
