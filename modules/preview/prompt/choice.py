"""Which person or thing a clause means: its noun, and the words that choose one among several."""

from dataclasses import replace

from modules.preview.prompt import vocabulary
from modules.preview.prompt.clause import Clause
from modules.preview.prompt.index import Hit
from modules.preview.prompt.plan import Who
from modules.preview.prompt.wording import readable

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
    if place is not None and _is_denied(clause, place):
        place = None
    if place == "left" and clause.says(*vocabulary.CHOICE["right"]):
        place = None  # `from left to right`, or contradictory
    action = _action(clause)
    size = _first(clause, "small", "large")
    if size == "small" and clause.hits[0].text != "behind" and _is_behind_the_subject(clause):
        size = None
    if clause.acted_on == "subject" and "background" in clause.targets:
        size = "small"  # `the people in the background`
    colour = worn_colour(clause)
    everyone = who.everyone or _first(clause, "everyone") is not None
    who = replace(who, place=place, action=action, size=size, everyone=everyone)
    if colour is not None and colour.concept is not None:
        return replace(who, colour=colour.concept.colour, colour_name=colour_name(colour))
    return who


def differ(one: Who, two: Who) -> bool:
    """Whether two descriptions cannot be of the same subject."""
    if not one.everyone and not two.everyone and {one.kind, two.kind} == {"person", "thing"}:
        return bool(one.noun and two.noun)
    if any(a.noun in vocabulary.MALE and b.noun in vocabulary.FEMALE for a, b in ((one, two), (two, one))):
        return True
    words = ((one.place, two.place), (one.size, two.size), (one.action, two.action), (one.colour, two.colour))
    return any(a is not None and b is not None and a != b for a, b in words)


def _of_noun(noun: Hit) -> Who:
    one = noun.text[:-1] if noun.text.endswith("s") else ""
    plural = any(one in nouns and noun.text not in nouns for nouns in _NOUNS.values())
    everyone = noun.text in _EVERYONE or plural
    kind = next((k for k in ("person", "thing") if noun.text in _NOUNS[k]), "any")
    if everyone:
        kind = "thing" if noun.text.rstrip("s") in _NOUNS["thing"] or noun.text == "animals" else "person"
    pronoun = everyone or noun.text in _PRONOUNS or noun.text in _NOUNS["any"]
    return Who(kind, "" if pronoun else readable(noun.text.removeprefix("the ")), everyone=everyone)


def _first(clause: Clause, *choices: str) -> str | None:
    """The first of `choices` one of whose words stands in the clause."""
    return next((each for each in choices if clause.says(*vocabulary.CHOICE[each])), None)


def _is_denied(clause: Clause, word: str) -> bool:
    """`who is not on the left`."""
    at = next(at for at, hit in enumerate(clause.hits) if hit.text in vocabulary.CHOICE[word])
    before = clause.before(at, 4)
    return any(hit.denies for hit in before) and any(hit.text in _RELATIVE for hit in before)


def _is_behind_the_subject(clause: Clause) -> bool:
    """`the wall behind the bird`: that the bird is small is not said."""
    small = [at for at, hit in enumerate(clause.hits) if hit.text in vocabulary.CHOICE["small"]]
    subject = next(at for at, hit in enumerate(clause.hits) if hit.target == "subject")
    return all(clause.hits[at].text == "behind" and at < subject for at in small)


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
                denied = any(before.denies for before in clause.before(at, 2))
                return {"still": "moves", "moves": "still"}[action] if denied else action
    return None


def worn_colour(clause: Clause) -> Hit | None:
    """The colour by which the clause tells its subject: `in red`, `the red bird`. What it is to be painted or
    outlined in is none."""
    hits = clause.hits
    paints = clause.says(*vocabulary.CHOICE["paints"]) or any(
        hit.concept and hit.concept.look == "neon_outline" for hit in hits
    )
    for at, hit in enumerate(hits):
        if not hit.is_colour:
            continue
        before = [other.text for other in hits[max(0, at - _REACH) : at]]
        wears = any(word in vocabulary.CHOICE["wears"] for word in before)
        following = hits[at + 1 :]
        of_a_thing = bool(following) and following[0].cannot is not None
        while wears and following and (following[0].cannot or following[0].text == "的"):
            following = following[1:]
        if following and following[0].target == "subject":
            return hit
        if (paints and not of_a_thing) or (following and _is_place(following[0])):
            continue
        if wears and any(other.target == "subject" for other in hits[:at]):
            return hit
    return None


def new_colour(clause: Clause) -> Hit | None:
    """The colour that the clause's subject is to have: `make the rabbit bright red`."""
    worn = worn_colour(clause)
    last = max((at for at, hit in enumerate(clause.hits) if hit.target == "subject"), default=None)
    if last is None or _targets_but_shades(clause) != {"subject"} or clause.impossible:
        return None
    goes_on = clause.joined in ("but", "and") and not clause.verbs
    paints = clause.says(*vocabulary.CHOICE["paints"], "soll", "sollen", "debe", "doit", "deve")
    if not clause.verbs & {"change", "style"} and not goes_on and clause.joined != "but" and not paints:
        return None
    return next((hit for hit in clause.hits[last:] if hit.is_colour and hit is not worn), None)


def _is_place(hit: Hit) -> bool:
    return "absent" in hit or (hit.concept is not None and hit.concept.scene is not None)


def _targets_but_shades(clause: Clause) -> set[str]:
    """What the clause speaks of; the `light` of `light blue` is none of it."""
    pairs = zip(clause.hits, [*clause.hits[1:], Hit("")], strict=True)
    return {
        hit.target
        for hit, after in pairs
        if hit.target in clause.targets and not (hit.target == "light" and after.is_colour)
    }


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
