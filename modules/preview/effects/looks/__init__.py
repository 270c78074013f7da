"""Every look of the preview engine, by the name that a plan uses."""

from modules.preview.effects import neural
from modules.preview.effects.base import Effect
from modules.preview.effects.looks import craft, drawn, film, hours, night, places, seasons

LOOKS: dict[str, tuple[str, type[Effect]]] = {
    "cyberpunk": ("Cyberpunk night", night.Cyberpunk),
    "winter": ("Winter", seasons.Winter),
    "golden_hour": ("Golden hour", seasons.GoldenHour),
    "noir": ("Film noir", night.Noir),
    "watercolour": ("Watercolour", drawn.Watercolour),
    "oil": ("Oil painting", neural.Oil),
    "ukiyo_e": ("Ukiyo-e woodblock print", neural.UkiyoE),
    "pencil": ("Pencil drawing", drawn.Pencil),
    "anime": ("Anime", drawn.Anime),
    "comic": ("Comic book", drawn.Comic),
    "pixel_art": ("Pixel art", craft.PixelArt),
    "claymation": ("Claymation", craft.Claymation),
    "paper_cut": ("Cut paper", craft.PaperCut),
    "underwater": ("Underwater", places.Underwater),
    "desert_dust": ("Desert dust", places.DesertDust),
    "autumn": ("Autumn", places.Autumn),
    "horror": ("Horror", hours.Horror),
    "sunset": ("Sunset", hours.Sunset),
    "night": ("Moonlit night", hours.Night),
    "day": ("Clear day", hours.Day),
    "vaporwave": ("Vaporwave", hours.Vaporwave),
    "vintage_film": ("Vintage film", film.VintageFilm),
    "dreamy": ("Dreamy", film.Dreamy),
    "infrared": ("Infrared film", film.Infrared),
    "cinematic": ("Cinematic grade", film.Cinematic),
    "black_and_white": ("Black and white", film.BlackAndWhite),
    "sepia": ("Sepia", film.Sepia),
    "warm": ("Warm grade", film.Warm),
    "cool": ("Cool grade", film.Cool),
    "vivid": ("Vivid colours", film.Vivid),
    "pastel": ("Pastel colours", film.Pastel),
}
"""name -> (title, class)"""
