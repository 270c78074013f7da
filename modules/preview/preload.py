"""Imported by the fork server: whatever a render needs is then there in every worker, on pages they share.

The small networks run on one thread each and have no threads of their own, so that they live through the
fork.
"""

from modules.media.sandbox import memory
from modules.preview import one_heap, render  # in this order: the heap is set before anything has threads
from modules.preview.effects.backgrounds import places
from modules.preview.look_ahead import look_ahead
from modules.preview.subject import networks

__all__ = ["look_ahead", "one_heap", "places", "render"]

for _name in networks.SMALL:
    networks.small(_name)
memory.settle()
memory.give_back()
