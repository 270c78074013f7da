"""The phrases that the preview engine knows for looks, weather, places and colours: `lexicon.toml` as values.

A concept may act on the whole frame (`look`, `weather`), on the place behind the subject (`scene`), or on its
time of day (`time`); `concepts` decides by what the sentence is about.
"""

from dataclasses import dataclass
from typing import Any

from modules.preview.prompt.data import phrases, read


@dataclass(frozen=True)
class Concept:
    """What a phrase can mean; the keys are explained in `lexicon.toml`."""

    title: str
    look: str | None = None
    weather: tuple[str, ...] = ()
    scene: str | None = None
    time: str | None = None
    snow: bool = False
    colour: tuple[int, int, int] | None = None
    sky: str | None = None
    part: str | None = None


def _rows(tables: list[dict[str, Any]]) -> list[tuple[str, Concept]]:
    """Every phrase with its concept, in the order of the file."""
    rows = []
    for table in tables:
        fields: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in table.items() if k != "phrases"
        }
        concept = Concept(**fields)
        rows += [(phrase, concept) for phrase in phrases(table["phrases"])]
    return rows


_DATA = read("lexicon.toml")
LOOKS, WEATHER, SCENES, COLOURS = (_rows(_DATA[kind]) for kind in ("look", "weather", "scene", "colour"))
PLACES = {concept for _, concept in SCENES}
PLACE_TITLES = {concept.scene: concept.title for _, concept in SCENES[::-1]}
"""What a scene is called where a look or a weather brings it along."""
ABSENT = {
    phrase.casefold(): f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}" if key == "phrases" else phrase
    for key in ("phrases", "names")
    for phrase in phrases(_DATA["absent"][key])
}
"""Places that the engine does not have, and what a sentence calls them."""
GROUNDS = [(phrase, row["kind"]) for row in _DATA["ground"] for phrase in phrases(row["phrases"])]
GROUND_TITLES: dict[str, str] = {row["kind"]: row["title"] for row in _DATA["ground"]}
SURFACES = phrases(_DATA["surfaces"]["phrases"])
LOOK_OF_GROUND: dict[str, str] = _DATA["look_of_ground"]
LOOK_OF_SCENE: dict[str, str] = _DATA["look_of_scene"]
ABSORBS: dict[str, list[str]] = _DATA["absorbs"]
LOOK_TITLES = {concept.look: concept.title for _, concept in LOOKS if concept.look}
