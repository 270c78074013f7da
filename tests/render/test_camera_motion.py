"""Textures that go along with a camera that pans, and keep still before one that stands."""

import cv2
import numpy as np

from modules.preview.effects.camera_motion import CameraMotion, shifted, tile


def place(width: int = 1400, height: int = 900) -> np.ndarray:
    """A wide picture with form at every size."""
    rng = np.random.default_rng(3)
    picture = sum(
        cv2.resize(
            rng.normal(0, cell, (height // cell + 2, width // cell + 2, 3)).astype(np.float32),
            (width, height),
        )
        for cell in (8, 24, 80)
    )
    return np.clip(picture * 0.7 + 128, 0, 255).astype(np.uint8)


def test_a_pan_is_followed_to_the_pixel_and_a_cut_does_not_undo_it():
    wide, pan = place(), CameraMotion()
    found = [pan(wide[100:460, 700 - 5 * k : 1340 - 5 * k]) for k in range(60)]
    speed = np.diff([x for x, _ in found[10:]])
    assert abs(speed.mean() - 5) < 0.2 and speed.min() >= 2 and {y for _, y in found} <= {-1, 0, 1}
    after = [pan(np.ascontiguousarray(wide[500:860, 100:740])) for _ in range(20)]
    assert abs(after[-1][0] - 5 * 59) < 12 and len(set(after[-5:])) == 1


def test_something_that_moves_before_a_place_that_stands_is_not_a_pan():
    wide, pan, rng = place(), CameraMotion(), np.random.default_rng(5)
    for k in range(40):
        frame = wide[100:460, 200:840].copy()
        frame[60:300, 20 + 9 * k : 260 + 9 * k] = wide[500:740, 900:1140]
        noise = rng.normal(0, 2, frame.shape)
        assert pan(np.clip(frame + noise, 0, 255).astype(np.uint8)) == (0, 0)


def test_a_tile_has_no_seam():
    texture = cv2.GaussianBlur(
        np.random.default_rng(1).uniform(0, 255, (240, 320)).astype(np.float32), (0, 0), 4
    ).astype(np.uint8)
    made = tile(texture, 40)
    assert made.shape == (200, 280)
    steps = [np.abs(np.diff(np.roll(made, 7, axis).astype(int), axis=axis)).max() for axis in (0, 1)]
    assert max(steps) <= 1.5 * np.abs(np.diff(texture.astype(int), axis=1)).max()
    assert np.array_equal(shifted(made, (3, 5))[5:, 3:], made[:-5, :-3])
