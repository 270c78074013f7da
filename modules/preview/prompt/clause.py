"""One clause of a prompt, and what can be asked about the phrases in it."""

from modules.preview.prompt import vocabulary
from modules.preview.prompt.index import Hit

_MILD, _PLAIN, _STRONG = 0.45, 0.9, 1.0
_WEAK_KEEP = {"same", "the same", "original", "stays", "remains", "remain", "leave", "leaving", "lass"}
_COMPARED = vocabulary.CHOICE["large"] | vocabulary.CHOICE["small"]
_ALL_OF = vocabulary.CHOICE["everyone"] | {"whole", "entire"}
_NOT_A_CHANGE = ("with", "by", "for", "as", "a", "en", "por", "par", "em", "con")


class Clause:
    """Hits that stand together. `joined` is how the clause hangs on the one before: `hard`, `soft`, `and`
    or `but`; `targets` is what it speaks of, `verbs` what it wants done."""

    def __init__(self, joined: str, hits: list[Hit]) -> None:
        self.joined, self.hits = joined, hits
        self.targets = {hit.target for hit in hits if hit.target}
        if "subject" in self.targets and all(hit.text in _ALL_OF for hit in hits if hit.target == "frame"):
            self.targets.discard("frame")  # `all the people`
        self.verbs = {verb for verb in vocabulary.VERBS if self.has(verb)}
        self.references = [hit for hit in hits if hit.ref]
        self.unknown = [hit for hit in hits if not hit.roles - {"surface", "become"}]
        self.impossible = [hit for at, hit in enumerate(hits) if hit.cannot and not self._tells_apart(at)]

    def _tells_apart(self, at: int) -> bool:
        """`the taller man`, `the woman in the red coat`: words for what cannot be changed, which only say
        who is meant."""
        after = self.hits[at + 1 : at + 2]
        if self.hits[at].text in _COMPARED and after and after[0].target == "subject":
            return True
        before = [hit.text for hit in self.before(at, 3)]
        worn = at > 0 and self.hits[at - 1].is_colour
        return worn and any(text in vocabulary.CHOICE["wears"] for text in before)

    @property
    def acted_on(self) -> str | None:
        """What the first verb of the clause is about: the first target after `remove` or `change`."""
        hits = self.hits
        start = next((at for at, hit in enumerate(hits) if "remove" in hit or "change" in hit), 0)
        return next((hit.target for hit in hits[start:] if hit.target), None)

    def has(self, role: str) -> bool:
        return any(role in hit for hit in self.hits)

    def says(self, *words: str) -> bool:
        return any(hit.text in words for hit in self.hits)

    def before(self, at: int, count: int) -> list[Hit]:
        """The `count` hits before the one at `at`, or as many as there are."""
        return self.hits[max(0, at - count) : at]

    def tells_where(self, at: int) -> bool:
        """`the person in the sand`: what the hit at `at` names is where the subject stands, not what is asked
        for."""
        before = self.before(at, 3)
        return any("place" in hit for hit in before) and any(
            hit.target == "subject" for hit in self.hits[:at]
        )

    def keeps(self) -> bool:
        """`keep`, `as it is`, `do not remove` and the like always; a mere `same` or `original` only where
        nothing else is asked."""
        if self.spares:
            return True
        if "keep" not in self.verbs:
            return False
        if any("keep" in hit and hit.text not in _WEAK_KEEP for hit in self.hits):
            return True
        return not self.verbs & {"change", "put", "add", "blur", "style", "join"} and self.has("target")

    @property
    def spares(self) -> bool:
        """`do not remove the man`."""
        at = next((at for at, hit in enumerate(self.hits) if "remove" in hit), 0)
        return at > 0 and any(hit.denies for hit in self.before(at, 2))

    def negated_at(self, at: int) -> bool:
        return any(hit.denies or "remove" in hit for hit in self.hits[:at])

    def negated_before(self, role: str) -> bool:
        return self.negated_at(next(at for at, hit in enumerate(self.hits) if role in hit))

    def strength_at(self, at: int) -> float:
        """0..1, by the words around the hit at `at`: slightly, very."""
        near = self.hits[max(0, at - 4) : at + 3]
        if any("mild" in hit for hit in near):
            return _MILD
        return _STRONG if any("strong" in hit for hit in near) else _PLAIN

    def is_source(self, at: int) -> bool:
        """`day into night`, `from summer to winter`: the first of the two is what there is now."""
        following = self.hits[at + 1 : at + 2]
        if not following or "into" not in following[0] or following[0].text in _NOT_A_CHANGE:
            return False
        if not any(hit.concept for hit in self.hits[at + 2 : at + 7]):
            return False
        return at == 0 or any(
            "change" in hit or hit.text in ("from", "von", "de", "从") for hit in self.hits[: at + 2]
        )

    def is_setting(self, at: int) -> bool:
        """Whether the place named at `at` is where the subject is to be, not a thing merely mentioned."""
        back = self.before(at, 4)
        spot = next(
            (
                i
                for i in range(len(back) - 1, -1, -1)
                if "place" in back[i] and back[i].text not in ("a", "al")
            ),
            None,
        )
        if spot is None or "style" in self.verbs or self._names_a_picture_of(at):
            return False
        asked = "subject" in self.targets or "put" in self.verbs or bool(self.references)
        if any(hit.text == "the" for hit in back[spot + 1 :]):
            return asked and bool(set(self.hits[at].text.split()) & vocabulary.NATURAL_THE)
        if back[spot].text in ("to", "into", "en", "em"):
            return asked or "change" not in self.verbs
        return True

    def _names_a_picture_of(self, at: int) -> bool:
        """`an oil painting of a storm at sea` names a painting, not a place."""
        return any(
            here.concept is not None and here.concept.look and after.text == "of"
            for here, after in zip(self.hits[:at], self.hits[1:at], strict=False)
        )
