"""A prompt as hits: the longest known phrases found in it, in order, in time linear in its length."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from modules.edit.references import Reference, references_in
from modules.preview.prompt import lexicon, vocabulary
from modules.preview.prompt.lexicon import Concept

LONGEST = 6  # words in the longest phrase of the lexicon
MOST_HITS = 120
"""In a clause: nobody writes longer ones, and what is asked of one may look at all of its hits for each of
them."""
READ = 6000  # characters read; the wire format ends at 2,500, so nothing real is lost

_TOKEN = re.compile(
    r"[a-z0-9]+|[\u4e00-\u9fff]|[\u0900-\u0963\u0966-\u097f]+|[^\W_]+"
    r"|[.,;:!?\n\u3002\uff0c\uff1b\uff01\uff1f\u3001\u0964()]"
)
_HARD, _SOFT = set(".;!?\n\u3002\uff1b\uff01\uff1f\u0964"), set(",:()\uff0c\u3001")
_RANK = {"hard": 3, "but": 2, "and": 1, "soft": 0}

Token = str | Reference


@dataclass(frozen=True)
class Hit:
    """A phrase of the prompt and everything it can mean.

    `roles` names what it can be: `concept`, `absent`, `target`, `surface` (what a clip's ground is called),
    `become` (what it can become, of the kind `ground`), `cannot`, `choice`, `ref`, `stop`, a verb
    (`change`, `put` ...) or a particle (`not`, `place` ...); empty for an unknown word. `"not" in hit` asks
    for one.
    """

    text: str
    roles: frozenset[str] = field(default_factory=frozenset)
    concept: Concept | None = None
    target: str | None = None
    cannot: str | None = None
    ref: Reference | None = None
    ground: str | None = None

    def __contains__(self, role: str) -> bool:
        return role in self.roles

    @property
    def denies(self) -> bool:
        """A `not` that is no place: the Portuguese `no` may be "in the"."""
        return "not" in self and "place" not in self

    @property
    def is_colour(self) -> bool:
        return self.concept is not None and self.concept.colour is not None


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


def _known() -> Iterator[tuple[str, Hit]]:
    """Every phrase of the word lists with one meaning, those that win first."""
    for rows in (lexicon.SCENES, lexicon.LOOKS, lexicon.WEATHER, lexicon.COLOURS):
        for phrase, concept in rows:
            yield phrase, Hit("", frozenset(["concept"]), concept=concept)
    for phrase in lexicon.ABSENT:
        yield phrase, Hit("", frozenset(["absent"]))
    for phrase, kind in lexicon.GROUNDS:
        yield phrase, Hit("", frozenset(["become"]), ground=kind)
    for phrase in lexicon.SURFACES:
        yield phrase, Hit("", frozenset(["surface"]))
    for target, phrases in vocabulary.TARGETS.items():
        for phrase in phrases:
            yield phrase, Hit("", frozenset(["target"]), target=target)
    for role, phrases in (vocabulary.VERBS | vocabulary.PARTICLES).items():
        for phrase in phrases:
            yield phrase, Hit("", frozenset([role]))
    for words in vocabulary.CHOICE.values():
        for phrase in words:
            yield phrase, Hit("", frozenset(["choice"]))
    for sentence, phrases in vocabulary.CANNOT.items():
        for phrase in phrases:
            yield phrase, Hit("", frozenset(["cannot"]), cannot=sentence)
    for phrase in vocabulary.STOP:
        yield phrase, Hit("", frozenset(["stop"]))


def _build() -> dict[str, Hit]:
    index: dict[str, Hit] = {}
    for phrase, new in _known():
        key = " ".join(_TOKEN.findall(fold(phrase)))
        old = index.get(key, Hit(key))
        if "cannot" in new and "concept" in old:
            continue  # what can be painted is not said to be impossible
        index[key] = Hit(
            key,
            old.roles | new.roles,
            concept=old.concept or new.concept,
            target=old.target or new.target,
            cannot=old.cannot or new.cannot,
            ground=old.ground or new.ground,
        )
    index.pop("", None)
    return index


INDEX = _build()
_IBERIAN_NO = {"no", "nos"}


def clauses(prompt: str) -> list[tuple[str, list[Hit]]]:
    """The prompt cut into clauses: (how it is joined to the one before: `hard`, `soft`, `and` or `but`,
    its hits)."""
    tokens = _tokens(prompt[:READ])
    portuguese = sum(1 for t in tokens if isinstance(t, str) and t in vocabulary.PORTUGUESE) >= 2
    found: list[tuple[str, list[Hit]]] = [("hard", [])]
    i = 0
    while i < len(tokens):
        hit, used = _longest(tokens, i)
        if used == 1 and portuguese and tokens[i] in _IBERIAN_NO:  # "no deserto" is "in the desert"
            hit = Hit("no", frozenset(["place"]))
        if isinstance(tokens[i], str) and used == 1 and (tokens[i] in _HARD or tokens[i] in _SOFT):
            found.append(("hard" if tokens[i] in _HARD else "soft", []))
        elif "except" in hit:  # begins a clause about what is kept
            found.append(("but", [hit]))
        elif "and" in hit or "but" in hit:
            found.append(("and" if "and" in hit else "but", []))
        else:
            if len(found[-1][1]) >= MOST_HITS:
                found.append(("soft", []))
            found[-1][1].append(hit)
        i += used
    return _joined(found)


def _tokens(prompt: str) -> list[Token]:
    """Folded words, signs and references, in order."""
    tokens: list[Token] = []
    last = 0
    for ref in references_in(prompt):
        tokens += _TOKEN.findall(fold(prompt[last : ref.start].replace("-", " ")))
        tokens.append(ref)
        last = ref.end
    return tokens + _TOKEN.findall(fold(prompt[last:].replace("-", " ")))


def _joined(found: list[tuple[str, list[Hit]]]) -> list[tuple[str, list[Hit]]]:
    """Clauses without the empty ones; `, and` counts as `and`, `. But` as `hard`."""
    rows: list[tuple[str, list[Hit]]] = []
    pending = "soft"
    for how, hits in found:
        pending = how if _RANK[how] > _RANK[pending] else pending
        if hits:
            rows.append((pending, hits))
            pending = "soft"
    return rows


def _longest(tokens: Sequence[Token], i: int) -> tuple[Hit, int]:
    """The longest known phrase that begins at token `i`, and how many tokens it takes."""
    first = tokens[i]
    if not isinstance(first, str):
        return Hit(first.name, frozenset(["ref"]), ref=first), 1
    words: list[str] = []
    for token in tokens[i : i + LONGEST]:
        if not isinstance(token, str):
            break
        words.append(token)
    for n in range(len(words), 0, -1):
        hit = INDEX.get(" ".join(words[:n]))
        if hit:
            return hit, n
    if len(first) > 3 and first.endswith("s") and first[:-1] in INDEX:
        return replace(INDEX[first[:-1]], text=first), 1
    return Hit(first[:40]), 1
