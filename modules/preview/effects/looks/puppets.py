"""Stop motion: felt puppets on a small set, moved by hand from picture to picture."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.looks.craft import FullRange
from modules.preview.effects.looks.gradings import GRADINGS
from modules.preview.effects.pixels import Field, Picture
from modules.preview.effects.strokes import kuwahara

_TEXTURES = 3


class StopMotion(FullRange):
    """Felt and wool under a lamp, near a lens that holds little in focus; held ten times a second, with the
    small jumps of what was touched in between."""

    moves = True
    rate = 10.0
    grading = GRADINGS["stop_motion"]
    most = 1.4

    def setup(self) -> None:
        super().setup()
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        half = self.half = max(8, w // 2), max(8, h // 2)
        y, x = np.mgrid[: half[1], : half[0]].astype(np.float32)
        self.frayed, self.felt = [], []
        for _ in range(_TEXTURES):
            bend = [
                px.smooth_noise(rng, *half, 2.2 * s) * 1.5 * s + px.smooth_noise(rng, *half, 7 * s) * 1.3 * s
                for _ in "xy"
            ]
            self.frayed.append(cv2.convertMaps(x + bend[0], y + bend[1], cv2.CV_16SC2))
            self.felt.append(px.to8(128 + self._fibres() * 33))
        # In focus in the middle, as so near a lens must have it.
        rise = np.abs(np.linspace(-0.90, 1.02, h))[:, None]
        sharp = np.clip(1.25 - (rise / 0.80) ** 4, 0, 1) * np.ones((1, w))
        self.unsharp = px.to8((1 - sharp) * 255)
        lamp = px.bell(px.away_from(w, h, w * 0.36, h * 0.20) / min(w, h), 1.15)
        light = 0.50 + 0.62 * lamp
        self.lamp = px.merged(px.to8(np.clip(light, 0, 1) * 255))

    def _fibres(self) -> Field:
        """Wool: hairs that lie in every direction, and the soft lumps that they are matted to."""
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        hairs = np.zeros((h, w), np.float32)
        count = int(w * h / (70 * max(0.3, s) ** 2))
        at = rng.uniform(0, 1, (count, 2)) * (w, h)
        turn = rng.uniform(0, 2 * np.pi, count)
        bow = rng.normal(0, 0.35, count)
        hair = [at]
        for _ in range(3):
            hair.append(hair[-1] + np.stack([np.cos(turn), np.sin(turn)], -1) * (7.5 * s))
            turn = turn + bow
        lines = np.stack(hair, 1).astype(np.int32)
        for light in np.linspace(-1, 1, 8):
            few = lines[rng.random(count) < 1 / 8]
            cv2.polylines(hairs, list(few), False, float(light), max(1, round(1.2 * s)), cv2.LINE_8)
        lumps = px.smooth_noise(rng, w, h, 14 * s) * 0.30 + px.smooth_noise(rng, w, h, 40 * s) * 0.30
        return np.asarray(px.blur(hairs, 0.7 * s) + lumps)

    def hold(self, frame: Picture, seconds: float) -> Picture:
        w, h, s = self.width, self.height, self.scale
        beat = int(seconds * self.rate + 1e-6)
        dice = np.random.default_rng(beat + 31)
        low = self.small(frame, self.half)
        low = kuwahara(kuwahara(low, max(1, round(2.6 * s))), max(1, round(2 * s)))
        low = cv2.remap(low, *self.frayed[beat % _TEXTURES], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        low = self._puffed(self.graded(low))
        jump = dice.normal(0, 0.8, 2) * s
        move = px.f32([[w / self.half[0], 0, jump[0]], [0, h / self.half[1], jump[1]]])
        out = cv2.warpAffine(low, move, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        felt = self.felt[beat % _TEXTURES]
        out = cv2.multiply(out, px.merged(felt), scale=1 / 124)
        soft = px.fit(px.blur(px.reduced(out, 4), 3.2 * s), out)
        out = px.mul(px.mix(out, soft, self.unsharp), self.lamp)
        return cv2.convertScaleAbs(out, alpha=1.06 + float(np.clip(dice.normal(0, 0.012), -0.022, 0.022)))

    def _puffed(self, low: Picture) -> Picture:
        """Every patch of colour as a stuffed form: lit on the lamp's side, dark at the far rim."""
        s, plane = self.scale, px.grey(low)
        edge = cv2.morphologyEx(plane, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).astype(np.float32)
        height = (
            px.blur(np.minimum(edge, 50), 4.5 * s) * -2.7 + px.blur(plane.astype(np.float32), 6 * s) * 0.5
        )
        dx, dy = (cv2.Sobel(height, cv2.CV_32F, *way, ksize=3) / 8 / s for way in ((1, 0), (0, 1)))
        facing = np.clip(1.0 + (dx * 0.05 + dy * 0.062), 0.58, 1.4)
        seam = 1 - np.clip(px.blur(edge, 2.0 * s) / 150, 0, 0.38)
        return cv2.multiply(low, px.merged(px.to8(facing * seam * 128)), scale=1 / 124)
