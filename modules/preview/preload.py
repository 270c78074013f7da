"""Imported by the fork server: whatever a render needs is then there at once in every worker.

The small networks run on one thread each and have no threads of their own, so that they live through the
fork.
"""

from modules.preview import render
from modules.preview.effects.backgrounds import places
from modules.preview.subject import networks

__all__ = ["places", "render"]

for _name in networks.SMALL:
    networks.small(_name)
