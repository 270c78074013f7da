"""The two people of the park clip: the woman who walks, and the man on the roof."""

from functools import lru_cache

import numpy as np

from modules.preview.subject.people import PersonTrack, find_people
from tests.support.render_samples import frames

SECONDS = tuple(float(s) for s in np.linspace(0, 4.9, 10))
"""When they are looked for."""


@lru_cache(maxsize=1)
def park() -> tuple[PersonTrack, ...]:
    """Their tracks; as read-only values."""
    return tuple(find_people(frames("person_park_1280x720.mp4", 10), SECONDS))
