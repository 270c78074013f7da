"""Every look of the preview engine, by the name that a plan uses."""

from collections.abc import Callable

from modules.preview.effects import neural
from modules.preview.effects.base import Effect
from modules.preview.effects.looks import (
    bricks,
    craft,
    drawn,
    film,
    glass,
    hours,
    lines,
    night,
    places,
    puppets,
    screens,
    seasons,
)
from modules.preview.effects.looks.gradings import plain_grade

LOOKS: dict[str, tuple[str, Callable[..., Effect]]] = {
    "cyberpunk": ("Cyberpunk night", night.Cyberpunk),
    "winter": ("Winter", seasons.Winter),
    "golden_hour": ("Golden hour", hours.GoldenHour),
    "noir": ("Film noir", night.Noir),
    "watercolour": ("Watercolour", drawn.Watercolour),
    "oil": ("Oil painting", neural.Oil),
    "ukiyo_e": ("Ukiyo-e woodblock print", neural.UkiyoE),
    "pencil": ("Pencil drawing", drawn.Pencil),
    "anime": ("Anime", drawn.Anime),
    "comic": ("Comic book", drawn.Comic),
    "pixel_art": ("Pixel art", craft.PixelArt),
    "claymation": ("Claymation", craft.Claymation),
    "lego": ("LEGO bricks", bricks.Lego),
    "mosaic": ("Mosaic", bricks.Mosaic),
    "stained_glass": ("Stained glass", glass.StainedGlass),
    "cel_shaded": ("Cel-shaded game", lines.CelShaded),
    "blueprint": ("Blueprint", lines.Blueprint),
    "line_neon": ("Neon lines", lines.LineNeon),
    "stop_motion": ("Stop motion", puppets.StopMotion),
    "paper_cut": ("Cut paper", craft.PaperCut),
    "underwater": ("Underwater", places.Underwater),
    "desert_dust": ("Desert dust", places.DesertDust),
    "autumn": ("Autumn", seasons.Autumn),
    "horror": ("Horror", night.Horror),
    "sunset": ("Sunset", hours.Sunset),
    "night": ("Moonlit night", hours.Night),
    "day": ("Clear day", hours.Day),
    "vaporwave": ("Vaporwave", night.Vaporwave),
    "vintage_film": ("Vintage film", film.VintageFilm),
    "vhs": ("VHS tape", screens.Vhs),
    "thermal": ("Thermal camera", screens.Thermal),
    "glitch": ("Glitch", screens.Glitch),
    "old_cinema": ("Old cinema", film.OldCinema),
    "dreamy": ("Dreamy", film.Dreamy),
    "infrared": ("Infrared film", film.Infrared),
    "cinematic": ("Cinematic grade", plain_grade("cinematic")),
    "black_and_white": ("Black and white", plain_grade("black_and_white")),
    "sepia": ("Sepia", plain_grade("sepia")),
    "warm": ("Warm grade", plain_grade("warm")),
    "cool": ("Cool grade", plain_grade("cool")),
    "vivid": ("Vivid colours", plain_grade("vivid")),
    "pastel": ("Pastel colours", plain_grade("pastel")),
}
"""name -> (title, what makes the effect: width, height, frames a second, and `strength`)"""
