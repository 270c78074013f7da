"""Every look of the preview engine, by the name that a plan uses."""

from modules.preview.looks import night, seasons
from modules.preview.looks.base import Effect

LOOKS: dict[str, tuple[str, type[Effect]]] = {
    "cyberpunk": ("Cyberpunk night", night.Cyberpunk),
    "winter": ("Winter", seasons.Winter),
    "golden_hour": ("Golden hour", seasons.GoldenHour),
    "noir": ("Film noir", night.Noir),
}
"""name -> (title, class)"""
