"""Frames for the tests of looks, looks made for them, and how far two pictures are apart."""

import functools

import av
import cv2
import numpy as np

from modules.preview.effects.looks import LOOKS
from modules.preview.effects.weather import WEATHER
from tests.support.render_samples import CLIPS

NEURAL = ("oil", "ukiyo_e")
ASKED_FOR = (
    "cyberpunk winter golden_hour noir watercolour oil ukiyo_e pencil anime pixel_art vintage_film "
    "underwater desert_dust autumn horror claymation paper_cut comic sunset night day vaporwave dreamy "
    "cinematic black_and_white warm cool vivid pastel infrared lego stop_motion cel_shaded blueprint thermal "
    "vhs old_cinema stained_glass mosaic glitch line_neon"
)
BY_NAME = ASKED_FOR.split()[-11:]


@functools.cache
def real_frames(name: str) -> list[np.ndarray]:
    with av.open(str(CLIPS / name)) as container:
        frames = [
            frame.to_ndarray(format="bgr24")
            for frame, _ in zip(container.decode(video=0), range(4), strict=False)
        ]
    return [cv2.resize(frame, (480, 270), interpolation=cv2.INTER_AREA) for frame in frames]


def make(name: str, width: int, height: int, samples=(), **options):
    effect = (LOOKS | WEATHER)[name][1](width, height, 25.0, **options)
    effect.prepare(list(samples))
    return effect


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(np.int16) - b).mean())


@functools.cache
def under(name: str) -> np.ndarray:
    frames = real_frames("bunny_1280x720.mp4")
    effect = make(name, 480, 270, frames)
    return [effect(frame, k, 2.7 + k / 25) for k, frame in enumerate(frames)][-1]
