"""Imported by the fork server: whatever a render needs is then there at once in every worker.

The small networks run on one thread each and have no threads of their own, so that they live through the
fork.
"""

from modules.preview import render, scene
from modules.preview.effects import looks, neural, weather
from modules.preview.effects.backgrounds import places
from modules.preview.prompt import direction
from modules.preview.subject import networks
from modules.preview.video import video

__all__ = ["direction", "looks", "neural", "places", "render", "scene", "video", "weather"]

for _name in networks.SMALL:
    networks.small(_name)
