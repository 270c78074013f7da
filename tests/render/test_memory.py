"""What a render keeps: the networks leave nothing behind, and the fork server's objects are left alone."""

import gc

import numpy as np

from modules.media.sandbox import memory
from modules.media.sandbox.limits import resident_mb
from modules.preview.subject import networks


def test_networks_leave_nothing_behind():
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 255, (720, 1280, 3), np.uint8)
    networks.small(networks.SALIENT)
    memory.give_back()
    before = resident_mb()
    assert networks.salience(picture, 320).max() > 0
    memory.give_back()
    assert resident_mb() - before < 40


def test_what_is_settled_is_passed_over_by_the_collector():
    known = len(gc.get_objects())
    try:
        memory.settle()
        assert len(gc.get_objects()) < known / 10
    finally:
        gc.unfreeze()
