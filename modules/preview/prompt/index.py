"""A prompt as hits: the longest known phrases found in it, in order, in time linear in its length."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from modules.edit.references import references_in
from modules.preview.prompt import lexicon, vocabulary

LONGEST = 6  # words in the longest phrase of the lexicon
READ = 6000  # characters read; the wire format ends at 2,500, so nothing real is lost

_TOKEN = re.compile(
    r"[a-z0-9]+|[\u4e00-\u9fff]|[\u0900-\u0963\u0966-\u097f]+|[^\W_]+|[.,;:!?\n\u3002\uff0c\uff1b\uff01\uff1f\u3001\u0964()]"
)
_HARD, _SOFT = set(".;!?\n\u3002\uff1b\uff01\uff1f\u0964"), set(",:()\uff0c\u3001")


@dataclass(frozen=True)
class Hit:
    """A phrase of the prompt. `kinds` maps what it can be (`concept`, `target`, `change`, `not`...) to its
    value; empty when unknown."""

    text: str
    kinds: dict[str, Any]
    place: int = 0

    def __contains__(self, kind: str) -> bool:
        return kind in self.kinds

    def get(self, kind: str) -> Any:
        return self.kinds.get(kind)


def fold(text: str) -> str:
    """Lower case without accents, control characters or typographic apostrophes; other scripts are left as
    they are."""
    text = unicodedata.normalize("NFKC", text[:READ]).casefold().replace("\u2019", "'").replace("n't", "nt")
    text = re.sub(r"'s(?![^\W_])", " ", text)
    flat = []
    for char in unicodedata.normalize("NFD", text):
        if "\u0300" <= char <= "\u036f":
            continue
        flat.append(char if char == "\n" or unicodedata.category(char)[0] != "C" else " ")
    return "".join(flat)


def _key(phrase: str) -> str:
    return " ".join(_TOKEN.findall(phrase))


def _build() -> dict[str, dict[str, Any]]:
    index: dict[str, dict[str, Any]] = {}

    def put(phrase, kind, value):
        index.setdefault(_key(fold(phrase)), {}).setdefault(kind, value)

    for rows in (lexicon.SCENES, lexicon.LOOKS, lexicon.WEATHER, lexicon.COLOURS):
        for phrase, concept in rows:
            put(phrase, "concept", concept)
    for phrase in lexicon.INDOORS:
        put(phrase, "indoor", phrase)
    for table in (vocabulary.TARGETS,):
        for name, phrases in table.items():
            for phrase in phrases:
                put(phrase, "target", name)
    for name, phrases in vocabulary.VERBS.items():
        for phrase in phrases:
            put(phrase, name, True)
    for name in ("not", "but", "and", "mild", "strong", "place", "into"):
        words = {
            "not": vocabulary.NEGATIONS,
            "but": vocabulary.BUT,
            "and": vocabulary.AND,
            "mild": vocabulary.MILD,
            "strong": vocabulary.STRONG,
            "place": vocabulary.PLACE,
            "into": vocabulary.INTO,
        }[name]
        for phrase in words:
            put(phrase, name, True)
    for sentence, phrases in vocabulary.CANNOT.items():
        for phrase in phrases:
            if "concept" not in index.get(_key(fold(phrase)), {}):
                put(phrase, "cannot", sentence)
    for phrase in vocabulary.STOP:
        put(phrase, "stop", True)
    index.pop("", None)
    return index


INDEX = _build()
_IBERIAN_NO = {"no", "nos"}


def clauses(prompt: str) -> list[tuple[str, list[Hit]]]:
    """The prompt cut into clauses: (how it is joined to the one before: `hard`, `soft`, `and` or `but`,
    its hits)."""
    tokens: list[Any] = []
    prompt, last = prompt[:READ], 0
    for ref in references_in(prompt):
        tokens += _TOKEN.findall(fold(prompt[last : ref.start].replace("-", " ")))
        tokens.append(ref)
        last = ref.end
    tokens += _TOKEN.findall(fold(prompt[last:].replace("-", " ")))
    portuguese = sum(1 for t in tokens if isinstance(t, str) and t in vocabulary.PORTUGUESE) >= 2
    found: list[tuple[str, list[Hit]]] = [("hard", [])]
    i = 0
    while i < len(tokens):
        hit, used = _longest(tokens, i)
        if used == 1 and portuguese and tokens[i] in _IBERIAN_NO:  # "no deserto" is "in the desert"
            hit = Hit("no", {"place": True})
        if isinstance(tokens[i], str) and used == 1 and (tokens[i] in _HARD or tokens[i] in _SOFT):
            found.append(("hard" if tokens[i] in _HARD else "soft", []))
        elif "and" in hit or "but" in hit:
            found.append(("and" if "and" in hit else "but", []))
        else:
            found[-1][1].append(hit)
        i += used
    return _joined(found)


def _joined(found):
    """Clauses without the empty ones; `, and` counts as `and`, `. But` as `hard`."""
    rows: list[tuple[str, list[Hit]]] = []
    pending = None
    rank = {"hard": 3, "but": 2, "and": 1, "soft": 0}
    for how, hits in found:
        pending = how if pending is None or rank[how] > rank[pending] else pending
        if hits:
            rows.append((pending, hits))
            pending = None
    return rows


def _longest(tokens, i) -> tuple[Hit, int]:
    if not isinstance(tokens[i], str):
        return Hit(tokens[i].name, {"ref": tokens[i]}), 1
    words = []
    for token in tokens[i : i + LONGEST]:
        if not isinstance(token, str):
            break
        words.append(token)
    for n in range(len(words), 0, -1):
        kinds = INDEX.get(" ".join(words[:n]))
        if kinds:
            return Hit(" ".join(words[:n]), kinds), n
    word = words[0]
    if len(word) > 3 and word.endswith("s") and word[:-1] in INDEX:
        return Hit(word, INDEX[word[:-1]]), 1
    return Hit(word[:40], {}), 1
