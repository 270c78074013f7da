"""Tracks of people who were never filmed: places, sizes and clothes by hand."""

from collections.abc import Sequence

import numpy as np

from modules.preview.subject.people import PersonTrack
from modules.preview.subject.pose_network import SIDE, Region, Seen

WIDTH, HEIGHT = 640, 360


def seen(x: float, y: float, height: float = 100.0) -> Seen:
    """A sure sight of a person of this height, centred at a place in pixels."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[28:228, 96:160] = 1.0  # 200 of 256 high
    region = Region(x, y, height * SIDE / 200)
    return Seen(region, 0.99, mask, region, True)


def track(
    places: Sequence[tuple[float, float]],
    *,
    height: float = 100.0,
    wears: tuple[int, int, int] = (90, 90, 90),
    samples: int = 3,
) -> PersonTrack:
    """Somebody seen once a second at `places` (pixels of a 640x360 frame), all in one colour (BGR)."""
    found = PersonTrack(WIDTH, HEIGHT, [float(k) for k in range(max(samples, len(places)))])
    for k, (x, y) in enumerate(places):
        found.sightings[k] = seen(x, y, height)
        found.colours.append(np.full((40, 3), wears, np.float32))
    return found


def standing(x: float, **more: object) -> PersonTrack:
    """Somebody who stays at `x`."""
    return track([(x, 180.0)] * 3, **more)  # type: ignore[arg-type]


def walking(start: float, end: float, **more: object) -> PersonTrack:
    """Somebody who walks from `start` to `end` in two seconds."""
    return track([(start, 180.0), ((start + end) / 2, 180.0), (end, 180.0)], **more)  # type: ignore[arg-type]
