"""Imported by the fork server: whatever a render needs is then there at once in every worker.

The small networks run on one thread each and have no threads of their own, so that they live through the fork.
"""

from modules.preview import direction, looks, neural, networks, render, scene, video, weather
from modules.preview.backgrounds import places

__all__ = ["direction", "looks", "neural", "places", "render", "scene", "video", "weather"]

for _name in networks.SMALL:
    networks.small(_name)
