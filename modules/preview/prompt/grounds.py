"""Which clauses ask for another ground: "desert into meadow", "cover the street with snow", "the street is
flooded"."""

from modules.preview.prompt.clause import Clause
from modules.preview.prompt.index import Hit
from modules.preview.prompt.lexicon import GROUND_TITLES
from modules.preview.prompt.notes import Notes
from modules.preview.prompt.plan import Background

_INTO = {"as", "for", "a", "by"}  # particles that may stand for "into", but not here
_UNDER = {"under", "beneath", "unter", "bajo", "sous", "sotto", "sob", "debaixo"}
_ON = {"on", "over", "across", "onto", "covers", "covering", "auf", "sobre", "sur", "su", "sul", "sulla"}
_INSTEAD = {"instead of", "rather than", "statt", "anstatt", "en lugar de", "en vez de", "au lieu de"}
_REACH = 7  # hits between a place and what becomes of it
_NOT_THE_PLACE = {"background", "sky", "light"}
_IS = {"is", "are", "becomes", "ist", "es", "est"}
_FALLS = {"it", "let", "lass"}
_LOOKS_LIKE = {"look", "looks", "style", "like"}


def read_ground(clause: Clause, notes: Notes) -> Clause:
    """Notes the ground that a clause asks for; the clause without the words that said so."""
    if "keep" in clause.verbs or "remove" in clause.verbs or clause.targets & _NOT_THE_PLACE:
        return clause
    found = _asked(clause)
    if found is None or any(
        "not" in hit and hit.text not in _INSTEAD for hit in clause.hits[: max(found[1])]
    ):
        return clause
    kind, used = found
    title = GROUND_TITLES[kind]
    notes.background(Background("ground", title, scene=kind, light=False))
    return Clause(
        clause.joined, [hit for at, hit in enumerate(clause.hits) if not _spent(hit, at, kind, used)]
    )


def _spent(hit: Hit, at: int, kind: str, used: set[int]) -> bool:
    """Whether a hit has said what it has to say: the two places, what joins them, the verbs about them."""
    verb = any(role in hit for role in ("change", "cover", "flood"))
    between = min(used) < at < max(used) and (hit.concept is None or hit.is_colour)
    return at in used or hit.ground == kind or verb or between


def _asked(clause: Clause) -> tuple[str, set[int]] | None:
    """The kind of ground, and which hits ask for it."""
    hits, lead = clause.hits, _lead(clause.hits)
    # Nobody stands before the place who is to be put there or changed.
    first = next((at for at, hit in enumerate(hits) if hit.target == "subject"), len(hits))
    surfaces = [at for at, hit in enumerate(hits[:first]) if "surface" in hit]
    for source in surfaces:
        for goal in range(max(0, source - _REACH), min(len(hits), source + _REACH + 1)):
            kind = _kind(hits[goal], hits[source])
            if kind and goal != source and _goes_over(clause, source, goal, kind, source <= lead):
                return kind, {source, goal}
    floods = [at for at, hit in enumerate(hits) if "flood" in hit]
    if not floods or "style" in clause.verbs or "subject" in clause.targets:
        return None
    wet = [at for at, hit in enumerate(hits) if hit.ground == "water" and at not in floods]
    about = max(floods + surfaces[:1])
    if not wet and any("into" in hit and "stop" in hit for hit in hits[about + 1 : about + 2]):
        return None  # with light, with people
    if surfaces or wet or "change" in clause.verbs or floods[0] <= lead:
        return "water", {*floods, *surfaces[:1], *wet}
    return None


def _kind(hit: Hit, surface: Hit) -> str | None:
    """What ground a hit names; a desert that is to be green is a meadow."""
    green = hit.is_colour and hit.concept is not None and hit.concept.title == "green"
    return "meadow" if green and surface.ground == "sand" else hit.ground


def _goes_over(clause: Clause, source: int, goal: int, kind: str, begins: bool) -> bool:
    """Whether the surface at `source` is to become the `kind` of ground that `goal` names; `begins`: the
    clause says little before it."""
    hits = clause.hits
    between = hits[min(source, goal) + 1 : max(source, goal)]
    texts = {hit.text for hit in between}
    if any("surface" in hit and not hit.ground for hit in between) or texts & _LOOKS_LIKE:
        return False
    if goal < source:  # "snow on the ground", "a meadow instead of the desert"
        links = ("stop", "strong", "place", "cover")
        filler = all(hit.text in _INSTEAD or any(link in hit for link in links) for hit in between)
        falls = kind == "snow" and any(hit.text in _FALLS for hit in clause.before(goal, 1))
        joins = texts & (_ON | _INSTEAD) or ("add" in clause.verbs and "to" in texts)
        return bool(joins) and filler and not falls and len(between) <= 4
    asked = bool(clause.verbs & {"change", "cover", "flood"}) or begins
    if any("into" in hit and hit.text not in _INTO for hit in between) or texts & _UNDER:
        return asked and len(between) <= 6
    filler = all("stop" in hit or "strong" in hit or "cover" in hit or hit.is_colour for hit in between)
    if not filler or len(between) > 4:
        return False
    if kind in ("lava", "water") and texts & _IS:  # "the floor is lava"
        return asked
    # "make the ground a meadow", "the street covered in snow", "the ground under water"
    whole = hits[goal].text
    said = " " in whole or whole in ("submerged", "underwater", "verschneit")
    return bool(clause.verbs & {"change", "cover"}) or said


def _lead(hits: list[Hit]) -> int:
    """How many hits a clause has before it comes to its point."""
    said = (at for at, hit in enumerate(hits) if "stop" not in hit and "change" not in hit)
    return next(said, len(hits))
