"""Prompts about one among several, and about one part of the picture: rows of the direction table.

Parts: `who=person|thing|any` with `place=`, `action=`, `size=`, `worn=COLOUR` and `everyone` (where one of
these is given, the others must be absent), `part=PART:LOOK,...` (`frame:LOOK` is a look of the whole frame)
and `recolour=COLOUR` of the subject, `_` for a space.
"""

from collections.abc import Mapping

from modules.preview.prompt.plan import Plan

TABLE = """
make only the sky black and white => part=sky:black_and_white
paint the sky as a watercolour => part=sky:watercolour
keep only the person on the left => remove who=person place=left
remove the woman walking => remove who=person action=moves
remove the walking woman => remove who=person action=moves
remove the woman who stands => remove who=person action=still
remove the standing man => remove who=person action=still
remove the man on the left => remove who=person place=left
remove the person on the right => remove who=person place=right
remove the man in the middle => remove who=person place=middle
remove the man on the roof => remove who=person place=top
remove the nearest person => remove who=person size=large
remove the taller man => remove who=person size=large
remove the person in the background => remove who=person size=small
remove the people in the background => remove who=person size=small everyone
remove the woman in red => remove who=person worn=red
remove the woman in the red coat => remove who=person worn=red
remove the man => remove who=person
remove all of them => remove who=person everyone
remove all people => remove who=person everyone
remove all dogs => remove who=thing everyone
remove the left dog => remove who=thing place=left
remove the person walking from left to right => remove who=person action=moves
remove the subject => remove who=any
remove the person who is not walking => remove who=person action=still
remove the person that isn't on the left => remove who=person
remove the one on the left => remove who=any place=left
make the man on the left disappear => remove who=person place=left
elimina a los dos hombres => remove who=person everyone
der linke Mann soll verschwinden => remove who=person place=left
让站着的男人消失 => remove who=person action=still
replace the woman in red with @Element1 => replace=1 who=person worn=red
put @Element1 to the left of the man => join=1 who=person
remove the tallest woman in blue on the right who is standing => \
remove who=person place=right action=still size=large worn=blue
remove the woman but keep the man => remove who=person
do not remove the man => keepsub
keep the man, remove everyone else => keepsub cannot=everybody
remove the man and turn the woman into gold => remove part=subject:gold cannot=woman
entferne die stehende Frau => remove who=person action=still
entferne die Frau im roten Mantel => remove who=person worn=red
entferne alle Menschen => remove who=person everyone
quita a la mujer que camina => remove who=person action=moves
quita al hombre de la izquierda => remove who=person place=left
supprime la femme en rouge => remove who=person worn=red
supprime l'homme debout => remove who=person action=still
rimuovi l'uomo a destra => remove who=person place=right
rimuovi tutte le persone => remove who=person everyone
remova o homem à esquerda => remove who=person place=left
remova a mulher de vermelho => remove who=person worn=red
去掉左边的男人 => remove who=person place=left
去掉走路的女人 => remove who=person action=moves
去掉穿红色衣服的女人 => remove who=person worn=red
去掉所有人 => remove who=person everyone
make the rabbit bright red => recolour=bright_red who=thing
make the dog dark blue => recolour=dark_blue who=thing
recolour the bird light yellow => recolour=light_yellow who=thing
make the red bird blue => recolour=blue who=thing worn=red
turn the man in the red jacket green => recolour=green who=person worn=red
the rabbit should be red => recolour=red
make all the people red => recolour=red who=person everyone
make the whole dog red => recolour=red who=thing
die Frau links soll rot sein => recolour=red who=person place=left unknown=sein
colour the rabbit pink => recolour=pink
make the sky red and the man blue => sky=colour recolour=blue
mach den Hasen rot => recolour=red who=thing
haz el conejo rojo => recolour=red who=thing
pinta el conejo de rojo => recolour=red who=thing
peins le chien en bleu => recolour=blue who=thing
rendi il coniglio rosso => recolour=red who=thing
deixe o coelho azul => recolour=blue who=thing
让兔子变成亮红色 => recolour=bright_red who=thing
turn only the background black and white => part=background:black_and_white
mach nur den Hintergrund schwarzweiß => part=background:black_and_white
pon solo el fondo en blanco y negro => part=background:black_and_white
只把背景变成黑白 => part=background:black_and_white
everything except the woman in black and white => part=background:black_and_white keepsub who=person
everything black and white except the woman => part=background:black_and_white keepsub who=person
alles außer der Frau schwarzweiß => part=background:black_and_white keepsub who=person
tout en noir et blanc sauf la femme => part=background:black_and_white keepsub who=person
除了女人以外都变成黑白 => part=background:black_and_white keepsub who=person
only the rabbit in colour, the rest black and white => part=background:black_and_white keepsub who=thing
make the rabbit red and the rest black and white => recolour=red part=background:black_and_white who=thing
make the rabbit red, everything black and white => recolour=red part=background:black_and_white who=thing
turn him into gold, everything else black and white => part=subject:gold,background:black_and_white who=person
make the rest black and white => part=frame:black_and_white
make everything but the rabbit black and white => part=background:black_and_white keepsub who=thing
all but the dancer in black and white => part=background:black_and_white keepsub who=person action=moves
make everything but the fish black and white => part=background:black_and_white keepsub who=thing
turn only the fish bright green => recolour=bright_green who=thing
colour the balloon purple => recolour=purple who=thing
change the colour of the boat to yellow => recolour=yellow who=thing
turn the whale into gold => part=subject:gold who=thing
put the fish in a city at night => scene=city time=night who=thing
remove the kite => remove who=thing
add a fish => cannot=fish
add a boat to the sea => scene=beach cannot=boat
turn the rabbit into a fish => nothing cannot=fish who=thing
everything except the background in black and white => part=subject:black_and_white keepbg
the two dancers in the middle become silver statues => part=subject:silver who=person place=middle everyone
only the background in the style of @Image1 => style=1 part=background:style
oil painting, but keep the person unchanged => part=background:oil keepsub
keep the background, make the man a pencil sketch => part=subject:pencil keepbg
golden statue => part=subject:gold
turn the man into a golden statue => part=subject:gold who=person
turn him into stone => part=subject:marble
verwandle den Mann in eine goldene Statue => part=subject:gold who=person
把左边的人变成金像 => part=subject:gold who=person place=left
neon outline around the dancer => part=subject:neon_outline who=person
outline the man in green => part=subject:neon_outline who=person
add a glowing red outline to both people => part=subject:neon_outline who=person everyone
给舞者加上霓虹轮廓 => part=subject:neon_outline who=person
pixelate the man => part=subject:pixel_art who=person
neon outline around everything => part=frame:line_neon
turn the rabbit into claymation => part=subject:claymation who=thing
Golden hour: low sun and long warm light on the walker => part=frame:golden_hour unknown=sun
make everything black and white => part=frame:black_and_white
turn the background into gold => cannot=material
turn the car into gold => cannot=car
blur the man => cannot=blurs
put the bird in a red room => nothing cannot=room who=thing
put a golden statue next to the man => cannot=statue
black and white except for the red coat => part=frame:black_and_white cannot=coat
make her dress red => cannot=dress
make the red car blue => cannot=car
let the man walk through a forest => scene=forest who=person
a man in a red jacket walks on Mars => scene=mars who=person worn=red
put the woman in red in a forest => scene=forest who=person worn=red
"""
_WHO = {"who", "place", "action", "size", "worn", "everyone"}


def looks_of(want: Mapping[str, str]) -> list[str]:
    """The names of the looks that the parts of a row ask for."""
    looks = [part for part in want.get("part", "").split(",") if part and not part.endswith(":style")]
    named = [part.partition(":")[2] for part in looks]
    return named + (["recolour"] if "recolour" in want else [])


def subject_mismatch(plan: Plan, want: Mapping[str, str]) -> str | None:
    """Why the plan's subject or its looks of parts are not those of a row, or None."""
    have = {f"{look.part or 'frame'}:{look.name}" for look in plan.looks}
    asked = {part for part in want.get("part", "").split(",") if part}
    if asked - have:
        return f"parts {have}, wanted {asked}"
    colours = {look.title.replace(" ", "_") for look in plan.looks if look.name == "recolour"}
    if "recolour" in want and colours != {want["recolour"]}:
        return f"coloured {colours}"
    if not _WHO & set(want):
        return None
    who = plan.who
    told = {
        "who": who.kind,
        "place": who.place,
        "action": who.action,
        "size": who.size,
        "worn": who.colour_name or None,
    }
    wanted = {key: want.get(key) for key in told}
    if told != wanted or who.everyone != ("everyone" in want):
        return f"subject {told} {who.everyone}, wanted {wanted}"
    return None
