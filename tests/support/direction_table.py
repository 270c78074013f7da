"""Prompts and what they have to become, one a line: prompt => parts.

Parts: `look=a,b` and `weather=a,b` (exactly these), `scene=NAME` (place), `time=NAME`, `image=N`
(picture behind), `sky=NAME`, `ground=NAME` (only the ground), `blur`, `plain`, `replace=N`/`join=N`
(element), `style=N` (picture as style), `keepbg`, `keepsub`, `remove`, `cannot=WORD` (said), `unknown=WORD`
(said), `nothing` (not understood). What is not named must be absent, except `cannot` and `unknown`.
Those of the ground are in `ground_table`, those of the subject and of parts of the picture in
`subject_table`.
"""

from tests.support import ground_table, subject_table

TABLE = """
Change the background to a snowy mountain at sunset => scene=mountains_snow time=sunset
make it look like a Van Gogh painting => look=oil
turn the man into @Element1 => replace=1
put her on a tropical beach, keep the lighting => scene=beach time=day
put her on a beach => scene=beach
city at night => scene=city time=night
snowy mountains at sunset => scene=mountains_snow time=sunset
in the desert at night => scene=desert time=night
a foggy forest at night => scene=forest time=night weather=fog
make it night at the beach => look=night
in a spaceship => scene=spaceship
on a space station => scene=spaceship
put him in a cave at night => scene=cave
in front of a volcano => scene=volcano
in front of an erupting volcano => scene=lava
replace the background with lava => scene=lava
in a hangar => scene=hangar
in a laboratory => scene=lab
in a subway tunnel => scene=corridor
change the background to an autumn forest => scene=forest weather=leaves
Put the person on a tropical beach with gentle waves, match the light to the sand => scene=beach time=day
turn the background into hell => scene=lava time=night weather=embers
make it rain => weather=rain
no rain, just neon => look=cyberpunk
replace the sky with stars => sky=stars
turn day into night => look=night
remove the background => plain
Let @Element1 stand beside the woman => join=1
in the style of @Image1 => style=1
film noir with grain => look=noir
Studio Ghibli => look=anime
Minecraft => look=pixel_art
8-bit => look=pixel_art
cherry blossoms => weather=petals
apocalyptic => look=desert_dust weather=dust
on Mars => scene=mars
under the sea => look=underwater weather=bubbles
old 1920s movie => look=old_cinema
a silent film in an old cinema, black and white => look=old_cinema
old movie in black and white => look=vintage_film,black_and_white
an 80s VHS home video => look=vhs
make her hair blue => cannot=hair
slow motion => cannot=speed
zoom in => cannot=zoom
add a hat => cannot=hat
make it a steampunk city => look=vintage_film
Make it winter: snow falling, the meadow white, cold light => look=winter weather=snow
Replace the background with @Image1 and match the light on the walker => image=1
Replace the walking person with @Element1, keep the park as it is => replace=1 keepbg
Turn this into a cyberpunk night with heavy rain and neon reflections on the wet street => \
look=cyberpunk weather=rain
Paint it as a watercolour on rough paper => look=watercolour
let snow fall => weather=snow
make it look like autumn, keep the person => look=autumn weather=leaves keepsub
fall colors everywhere => look=autumn weather=leaves
a snowboarder jumps under a rainbow => cannot=snowboarder
add sunglasses to the dog => cannot=sunglasses
make it winter without snow => look=winter
don't change the person, make the background a neon city => scene=neon_city time=night keepsub
keep the background but make it black and white => look=black_and_white keepbg
blur the background => blur
shallow depth of field with bokeh => blur
change the background to green => plain
put him in outer space => scene=space time=night
the woman walks through a forest => scene=forest
make it look like an old VHS tape => look=vhs
pencil sketch => look=pencil
turn it into a comic book => look=comic
claymation style => look=claymation
horror movie with thick fog => look=horror weather=fog
slightly warmer => look=warm
make it look underwater => look=underwater weather=bubbles
infrared photography => look=infrared
golden hour, subtle => look=golden_hour
vaporwave aesthetic => look=vaporwave
dreamy pastel => look=dreamy,pastel
add fireflies at night => look=night weather=fireflies
thunderstorm with lightning => weather=storm
make the sky stormy => sky=storm
replace the sky with northern lights => sky=aurora
change the sky to a sunset => sky=sunset
from summer to winter => look=winter weather=snow
replace him with @Element1 in a desert => replace=1 scene=desert
put @Element1 next to the bunny => join=1
use @Image1 as the background => image=1
make it look like @Image1 => style=1
Replace the background with an office => cannot=office
put her in a studio => scene=studio
put him in Paris => cannot=paris
in front of castle ruins => cannot=ruins
remove the person => remove
replace the man with @Image1 =>
blorf the quux =>
把背景换成雪山，不要下雨 => scene=mountains_snow
变成水彩画 => look=watercolour
赛博朋克风格，下雨 => look=cyberpunk weather=rain
Ersetze den Hintergrund durch einen Strand bei Sonnenuntergang => scene=beach time=sunset
Mach es zum Winter mit Schnee => look=winter weather=snow
ohne Regen, Schwarzweiß => look=black_and_white
Cambia el fondo por una playa al atardecer => scene=beach time=sunset
estilo acuarela, sin lluvia => look=watercolour
Remplace le fond par une forêt => scene=forest
rends-le plus sombre, film noir => look=noir unknown=sombre
Mude o fundo para uma praia à noite => scene=beach time=night
coloque o homem no deserto => scene=desert
cambia lo sfondo con montagne innevate => scene=mountains_snow
पृष्ठभूमि को समुद्र तट में बदलें => scene=beach
soften the background => blur
speed it up twice => cannot=speed
Verwandle den Tag in die Nacht => look=night
oil painting of a storm at sea => look=oil weather=storm
replace the sky with a dramatic sunset and keep everything else the same => sky=sunset
swap the rabbit with @Element1 and put it in a meadow => replace=1 scene=meadow
convert to anime style but don't touch the background => look=anime keepbg
change background to a medieval castle at night => look=night cannot=castle
place @Element1 to the left of the girl => join=1
use the style of @Image1 slightly => style=1
remove the rain => cannot=weather
change the background to a waterfall => cannot=@image1 unknown=waterfall
paint the car red => cannot=car
as if built from LEGO => look=lego
make everything out of LEGO bricks => look=lego
verwandle alles in Legosteine => look=lego
把画面变成乐高积木 => look=lego
stop motion animation => look=stop_motion
make it a stop-motion puppet film => look=stop_motion
animación stop motion con marionetas => look=stop_motion
make it look like a cel-shaded video game => look=cel_shaded
cel shading => look=cel_shaded
turn the video into a blueprint => look=blueprint
as a technical drawing => look=blueprint
als technische Zeichnung => look=blueprint
make it look like a thermal camera => look=thermal
seen through a thermal camera => look=thermal
comme une caméra thermique => look=thermal
热成像 => look=thermal
90s camcorder footage => look=vhs
like a VHS cassette => look=vhs
como una cinta VHS => look=vhs
old cinema with a projector flicker => look=old_cinema
like an old movie projector, black and white => look=old_cinema
vecchio cinema => look=old_cinema
nickelodeon => look=old_cinema
Paint it as stained glass at night => look=stained_glass,night
Paint it at night => look=oil,night
paint everything as a mosaic => look=mosaic
paint it as a pencil drawing => look=pencil
like a church window of stained glass => look=stained_glass
wie ein Kirchenfenster => look=stained_glass
estilo vitral => look=stained_glass
turn everything into a mosaic => look=mosaic
a Roman mosaic of small tesserae => look=mosaic
en mosaïque => look=mosaic
glitch art => look=glitch
datamosh with rgb split => look=glitch
estilo glitch => look=glitch
neon lines on black => look=line_neon
as neon line art => look=line_neon
Tron-like => look=line_neon
outline everything in neon lines => look=line_neon
neon signs => look=cyberpunk
infrared photography, no thermal => look=infrared
winter as LEGO => look=winter,lego weather=snow
turn the city into a jungle => scene=forest
Make the sky purple => sky=colour
बारिश जोड़ें => weather=rain
"""
SPECIAL = {"replace the man with @Image1": "subimage=1", "blorf the quux": "nothing unknown=blorf"}


def rows() -> list[tuple[str, str]]:
    found = []
    for line in (TABLE + ground_table.TABLE + subject_table.TABLE).strip().splitlines():
        prompt, _, parts = line.partition(" =>")
        found.append((prompt, SPECIAL.get(prompt, parts.strip())))
    return found


def mismatch(plan, parts: str) -> str | None:
    """Why `plan` is not what `parts` says, or None."""
    want = dict(p.partition("=")[::2] for p in parts.split())
    nothing = "nothing" in want or not set(want) - {"cannot", "unknown"}
    looks = sorted(k.name for k in plan.looks if k.image is None)
    expected = sorted([*filter(None, want.get("look", "").split(",")), *subject_table.looks_of(want)])
    expected = expected or (["cinematic"] if nothing else [])
    if looks != expected:
        return f"looks {looks}, wanted {expected}"
    if sorted(plan.weather) != (sorted(want["weather"].split(",")) if "weather" in want else []):
        return f"weather {plan.weather}"
    back = plan.background
    have = (
        ""
        if back is None
        else {"image": f"image={back.image}"}.get(
            back.kind, f"{back.kind}={back.scene}" if back.kind in ("scene", "sky", "ground") else back.kind
        )
    )
    expected = next(
        (
            f"{k}={want[k]}" if want[k] else k
            for k in ("scene", "image", "sky", "ground", "blur", "plain")
            if k in want
        ),
        "",
    )
    if have != expected:
        return f"background {have!r}, wanted {expected!r}"
    if plan.extra.get("background", {}).get("time") != want.get("time"):
        return f"time {plan.extra.get('background')}"
    who = plan.subject
    have = (
        ""
        if who is None
        else "remove"
        if who.kind == "remove"
        else f"{who.kind}={who.element}"
        if who.element
        else f"subimage={who.image}"
    )
    expected = next(
        (f"{k}={want[k]}" if want[k] else k for k in ("replace", "join", "remove", "subimage") if k in want),
        "",
    )
    if have != expected:
        return f"subject {have!r}, wanted {expected!r}"
    style = next((str(k.image) for k in plan.looks if k.image), None)
    if style != want.get("style"):
        return f"style {style}"
    if plan.keep_background != ("keepbg" in want) or plan.keep_subject != ("keepsub" in want):
        return f"keeps {plan.keep_background} {plan.keep_subject}"
    if "cannot" in want and want["cannot"] not in " ".join(plan.cannot).casefold():
        return f"cannot {plan.cannot}"
    if "unknown" in want and want["unknown"] not in plan.not_understood:
        return f"not understood {plan.not_understood}"
    if "unknown" not in want and plan.not_understood:
        return f"not understood {plan.not_understood}"
    return subject_table.subject_mismatch(plan, want)
