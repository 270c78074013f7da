"""Which person or thing a clause means: its noun, and the words that choose one among several."""

from dataclasses import replace

from modules.preview.prompt import vocabulary
from modules.preview.prompt.clause import Clause
from modules.preview.prompt.index import Hit
from modules.preview.prompt.plan import Who

_PRONOUNS = {"him", "her", "he", "she", "his", "them", "they", "me", "myself", "someone", "somebody", "face"}
_RELATIVE = {"who", "that", "which", "qui", "que", "che"}
_REACH = 3
"""Words between `in` and the colour that somebody wears: `in a very red coat`."""


def read_who(clause: Clause) -> Who | None:
    """What the clause says of its subject; None when it speaks of none."""
    nouns = [hit for hit in clause.hits if hit.target == "subject"]
    if not nouns:
        return None
    who = _of_noun(next((hit for hit in nouns if hit.text not in _PRONOUNS), nouns[0]))
    placed = clause.references and clause.verbs & {"join", "add", "put"}  # `left` is where the picture goes
    place = None if placed else _first(clause, "left", "right", "middle", "top", "bottom")
    action = _action(clause)
    size = _first(clause, "small", "large")
    colour = worn_colour(clause)
    everyone = who.everyone or _first(clause, "everyone") is not None
    who = replace(who, place=place, action=action, size=size, everyone=everyone)
    if colour is not None and colour.concept is not None:
        return replace(who, colour=colour.concept.colour, colour_name=colour_name(colour))
    return who


def _of_noun(noun: Hit) -> Who:
    everyone = noun.text in _EVERYONE
    kind = next((k for k in ("person", "thing") if noun.text in _NOUNS[k]), "any")
    if everyone:
        kind = "thing" if noun.text.rstrip("s") in _NOUNS["thing"] or noun.text == "animals" else "person"
    pronoun = noun.text in _PRONOUNS or noun.text in _NOUNS["any"] | _EVERYONE
    return Who(kind, "" if pronoun else noun.text, everyone=everyone)


def _first(clause: Clause, *choices: str) -> str | None:
    """The first of `choices` one of whose words stands in the clause."""
    return next((each for each in choices if clause.says(*vocabulary.CHOICE[each])), None)


def _action(clause: Clause) -> str | None:
    """`the walking man`, `the one who stands`; but what somebody is to do in a new place (`let her walk
    through a forest`) chooses nobody."""
    acts = clause.verbs & {"remove", "change", "keep"} or clause.says(*vocabulary.CHOICE["only"])
    for action in ("still", "moves"):
        for at, hit in enumerate(clause.hits):
            if hit.text not in vocabulary.CHOICE[action]:
                continue
            following = clause.hits[at + 1 : at + 2]
            adjective = bool(following) and following[0].target == "subject"
            relative = any(before.text in _RELATIVE for before in clause.before(at, 2))
            if acts or adjective or relative:
                return action
    return None


def worn_colour(clause: Clause) -> Hit | None:
    """The colour by which the clause tells its subject: `in red`, `the red bird`."""
    hits = clause.hits
    for at, hit in enumerate(hits):
        if hit.concept is None or not hit.concept.colour:
            continue
        before = [other.text for other in hits[max(0, at - _REACH) : at]]
        wears = any(word in vocabulary.CHOICE["wears"] for word in before)
        if wears and any(other.target == "subject" for other in hits[:at]):
            return hit
        after = hits[at + 1] if at + 1 < len(hits) else None
        if after is not None and after.target == "subject":
            return hit
    return None


def new_colour(clause: Clause) -> Hit | None:
    """The colour that the clause's subject is to have: `make the rabbit bright red`."""
    worn = worn_colour(clause)
    last = max((at for at, hit in enumerate(clause.hits) if hit.target == "subject"), default=None)
    if last is None or clause.targets != {"subject"} or clause.impossible:
        return None
    if not clause.verbs & {"change", "style"} and clause.joined != "but" and not clause.says("paint", "dye"):
        return None
    return next(
        (hit for hit in clause.hits[last:] if hit.concept and hit.concept.colour and hit is not worn), None
    )


def colour_name(hit: Hit) -> str:
    """What to call a colour: its own title, or the prompt's word where the title is a look's."""
    assert hit.concept is not None
    return hit.text if hit.concept.title[0].isupper() else hit.concept.title


def shade(clause: Clause, colour: Hit) -> tuple[str, tuple[int, int, int]]:
    """(name, BGR) of a colour with the words before it: bright, dark, light."""
    assert colour.concept is not None and colour.concept.colour is not None
    at = clause.hits.index(colour)
    before = {hit.text for hit in clause.hits[max(0, at - 2) : at]}
    name, (blue, green, red) = colour_name(colour), colour.concept.colour
    values = [blue, green, red]
    for word in ("bright", "dark", "light"):
        if before & vocabulary.CHOICE[word]:
            name = f"{word} {name}"
            values = [_SHADES[word](value, max(values)) for value in values]
    return name, (values[0], values[1], values[2])


_SHADES = {
    "bright": lambda value, most: (
        min(255, round(value * 245 / max(1, most))) if value == most else round(value * 0.75)
    ),
    "dark": lambda value, most: round(value * 0.5),
    "light": lambda value, most: round(value + (255 - value) * 0.55),
}
_NOUNS = {kind: frozenset(nouns) for kind, nouns in vocabulary.NOUNS.items()}
_EVERYONE = _NOUNS["everyone"]
