"""Looks of the season: winter, autumn."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.camera_motion import CameraMotion, shifted
from modules.preview.effects.looks.gradings import GRADINGS, SkyGrade
from modules.preview.effects.particles import Leaves
from modules.preview.effects.pixels import Paint, Picture
from modules.preview.effects.regions import greenery
from modules.preview.effects.weather import Snow


class Winter(SkyGrade):
    """Snow lies on what faces up and on what is green, the air is cold and pale, and it is snowing."""

    moves = True
    weather, overlay = "snow", Snow
    grading = GRADINGS["winter"]
    sky_share = 0.85

    def sky_picture(self) -> Paint:
        w, h = self.width, self.height
        self.white = px.tone(
            ((0, 0.30), (0.25, 0.66), (0.55, 0.92), (1, 1)),
            ((0, 0.24), (0.25, 0.60), (0.55, 0.89), (1, 1)),
            ((0, 0.20), (0.25, 0.55), (0.55, 0.86), (1, 0.99)),
        )
        self.thick = px.curve((0, 0), (0.5, 0.8), (1, 1))
        rows = np.linspace(0, 1, h)[:, None]
        self.lie = ((0.30 + 0.70 * np.clip((rows - 0.25) / 0.5, 0, 1)) * 255).astype(np.uint8).repeat(w, 1)
        self.mist = px.merged((34 * px.bell(rows - 0.38, 0.22)).astype(np.uint8).repeat(w, 1))
        rise = rows**1.3
        return np.dstack([206 + 26 * rise, 194 + 30 * rise, 184 + 32 * rise]).repeat(w, 1)

    def recolour(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        soft = px.blur(px.grey(px.reduced(frame, 2)), 1.2)
        facing = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3)
        ledges = px.level(np.maximum(facing, 0), 2.4, 26)
        ledges = px.blur(cv2.dilate(ledges, np.ones((3, 1), np.uint8), anchor=(0, 0)), 1.0)
        lying = px.mul(cv2.LUT(greenery(frame), self.thick), self.lie)
        cover = cv2.max(lying, cv2.convertScaleAbs(px.fit(ledges, frame), alpha=0.85))
        out = px.mix(out, px.tinted(px.grey(frame), self.white), cover)
        return cv2.add(super().recolour(out, frame, seconds), self.mist)


class Autumn(SkyGrade):
    """Leaves turn gold, orange and red, tree by tree; low soft light; some are falling."""

    moves = True
    weather = "leaves"
    grading = GRADINGS["autumn"]
    sky_share = 0.55

    def setup(self) -> None:
        super().setup()
        self.gold = px.tone(
            ((0, 0.0), (0.5, 0.06), (1, 0.22)),
            ((0, 0.02), (0.5, 0.44), (1, 0.90)),
            ((0, 0.06), (0.45, 0.84), (1, 1.0)),
        )
        self.copper = px.tone(
            ((0, 0.01), (0.5, 0.05), (1, 0.20)),
            ((0, 0.01), (0.5, 0.24), (1, 0.74)),
            ((0, 0.07), (0.45, 0.74), (1, 1.0)),
        )
        tree = px.tiling_noise(self.rng, self.width, self.height, 130 * self.scale, 3)
        self.tree = (np.clip((tree - 0.42) / 0.22, 0, 1) * 255).astype(np.uint8)
        self.pan = CameraMotion()
        self.leaves = Leaves(self.width, self.height, self.fps)

    def sky_picture(self) -> Paint:
        rise = np.linspace(0, 1, self.height)[:, None, None]
        sky = np.array((196, 186, 176)) * (1 - rise) + np.array((176, 214, 240)) * rise
        return sky.repeat(self.width, 1)

    def recolour(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        tone = px.merged(px.grey(frame))
        trees = shifted(self.tree, self.pan(frame))
        foliage = px.mix(cv2.LUT(tone, self.gold), cv2.LUT(tone, self.copper), trees)
        out = px.mix(out, cv2.addWeighted(foliage, 0.88, out, 0.14, 0), greenery(frame))
        return super().recolour(out, frame, seconds)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        out = super().paint(frame, seconds)
        return self.leaves.paint(out, seconds) if self.weather_on else out
