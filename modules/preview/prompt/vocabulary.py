"""The small words of a prompt: `vocabulary.toml` as values."""

import re

from modules.preview.prompt.data import phrases, read

_DATA = read("vocabulary.toml")


def _spaced(phrase: str) -> str:
    """As the phrase stands in a hit: Han characters are matched one by one."""
    return re.sub(r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])", " ", phrase)


NOUNS = {kind: [_spaced(noun) for noun in phrases(text)] for kind, text in _DATA["nouns"].items()}
CHOICE = {word: frozenset(map(_spaced, phrases(text))) for word, text in _DATA["choice"].items()}
TARGETS = {target: phrases(text) for target, text in _DATA["targets"].items()}
TARGETS["subject"] = [noun for nouns in NOUNS.values() for noun in nouns]
VERBS = {verb: phrases(text) for verb, text in _DATA["verbs"].items()}
PARTICLES = {role: phrases(text) for role, text in _DATA["particles"].items()}
CANNOT: dict[str, list[str]] = {row["sentence"]: phrases(row["phrases"]) for row in _DATA["cannot"]}
NO_OBJECTS = next(sentence for sentence in CANNOT if "objects" in sentence)
MALE, FEMALE = (frozenset(phrases(_DATA["lists"][name])) for name in ("male", "female"))
NATURAL_THE, PORTUGUESE, STOP = (
    frozenset(phrases(_DATA["lists"][name])) for name in ("natural_the", "portuguese", "stop")
)
CUT_OUT = (
    "A replaced subject is a cut-out of the picture that follows the movement; it does not walk or turn by "
    "itself."
)
