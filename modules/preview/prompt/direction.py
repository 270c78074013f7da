"""Prompt to plan: what the preview engine understood, what it did not, and what it cannot do. Pure, and
linear in the prompt's length."""

from dataclasses import replace

from modules.preview.prompt import vocabulary
from modules.preview.prompt.choice import new_colour, read_who, worn_colour
from modules.preview.prompt.clause import Clause
from modules.preview.prompt.concepts import ConceptReader
from modules.preview.prompt.grounds import read_ground
from modules.preview.prompt.index import Hit, clauses
from modules.preview.prompt.lexicon import PLACES
from modules.preview.prompt.notes import Notes
from modules.preview.prompt.plan import Background, Plan, Subject
from modules.preview.prompt.references import read_references

_SWAP_CALL = "To put somebody else there, attach a picture as an element and name it, for example @Element1."
_NO_BACKGROUND = (
    "This engine cannot paint that background; attach a picture of it and name it, for example @Image1."
)
_KEEPS_NO_PART = "Only the subject, the background or the light can be kept as filmed, no other part."
_BLURS = ("blur", "blurs", "blurred", "blurry", "blurring", "defocus", "defocused")
_BLURS_ALL_BUT = "This engine blurs what is behind the subject, not the subject."
_ACTS = {"remove", "change", "style", "blur"}
_NO_SKY = "This engine does not take the sky away; ask for another sky."


def direct(prompt: str, images: int = 0, elements: int = 0) -> Plan:
    """The plan for `prompt`, given how many reference pictures and elements came with it. Never raises for
    a string."""
    notes = Notes(images, elements)
    reader = _Reader(notes)
    for joined, hits in clauses(prompt or ""):
        reader.read(Clause(joined, hits))
    return notes.plan()


class _Reader:
    """Reads clause after clause; `concepts` keeps what a following clause inherits: the topic and a
    negation."""

    def __init__(self, notes: Notes) -> None:
        self.notes, self.concepts = notes, ConceptReader(notes)
        self._begun = False  # the clause before only said "keep"

    def read(self, clause: Clause) -> None:
        clause = read_ground(clause, self.notes)
        self.concepts.begin(clause)
        if self._keeps_only(clause):
            return
        acts = bool(clause.verbs & _ACTS) or (clause.joined == "and" and not clause.verbs)
        self.notes.means(read_who(clause), kept=clause.keeps(), acts=acts)
        if clause.keeps():
            self._kept(clause)
            return
        self.concepts.set_topic(clause)
        read_references(clause, self.concepts.topic, self.notes)
        self.concepts.read(clause)
        self._blurred(clause)
        unknown = self._impossible(clause)
        if unknown and self._is_swap(clause):
            unknown = self._swapped(unknown)
        elif unknown and self.notes.back is None and self._wants_background(clause):
            self.notes.cannot_do(_NO_BACKGROUND, unknown[-1].text)
        self.notes.unknown(unknown)

    def _keeps_only(self, clause: Clause) -> bool:
        """`keep only the one on the left`: all others are to go."""
        begun, self._begun = self._begun, bool(clause.hits) and all("keep" in hit for hit in clause.hits)
        who = read_who(clause) if begun and clause.joined == "but" else None
        if who is None or not who.chooses:
            return False
        self.notes.subject(Subject("remove", "all others taken out"))
        self.notes.whom = replace(who, others=True)
        return True

    def _kept(self, clause: Clause) -> None:
        targets = clause.targets
        places = [hit for hit in clause.hits if hit.concept in PLACES or "surface" in hit]
        if "background" in targets or (places and "subject" not in targets):
            self.notes.keep_background = True
        if "subject" in targets:
            self.notes.keep_subject = True
        if "light" in targets:
            self.notes.keep_light = True
        if targets or places:
            self.notes.kept(targets, [hit.text for hit in places])
        else:
            self.notes.unknown(clause.unknown)
            for hit in clause.impossible:
                self.notes.cannot_do(_KEEPS_NO_PART, hit.text)
        if "except" in clause.hits[0] and targets & {"subject", "background"}:
            self.concepts.read_after_exception(clause)

    def _blurred(self, clause: Clause) -> None:
        if "blur" not in clause.verbs or self.concepts.negated or clause.negated_before("blur"):
            return
        blurs_subject = "subject" in clause.targets and clause.says(*_BLURS)
        if blurs_subject and self.concepts.topic != "background":
            self.notes.cannot_do(_BLURS_ALL_BUT, "")
        else:
            self.notes.background(Background("blur", "a blurred background"))

    def _impossible(self, clause: Clause) -> list[Hit]:
        """Notes what is to go and what cannot be had; the unknown words that are left to explain."""
        impossible, unknown = clause.impossible, clause.unknown
        if "remove" in clause.verbs or self.concepts.negated:
            self._removed(clause)
        elif "add" in clause.verbs and not clause.references and "background" not in clause.targets:
            impossible, unknown = impossible + unknown, []
        if not impossible or clause.references:
            return unknown
        sentences = [hit.cannot or vocabulary.NO_OBJECTS for hit in impossible]
        for hit, sentence in zip(impossible, sentences, strict=True):
            self.notes.cannot_do(sentence, hit.text)
        return [] if vocabulary.NO_OBJECTS in sentences else unknown

    def _removed(self, clause: Clause) -> None:
        worn = worn_colour(clause)
        concept = any(
            hit.concept and hit is not worn and not clause.tells_where(at)
            for at, hit in enumerate(clause.hits)
        )
        if (
            "background" in clause.targets
            and clause.acted_on != "subject"
            and not concept
            and not clause.references
        ):
            self.notes.background(Background("plain", "a plain light backdrop", colour=(236, 236, 236)))
        elif "subject" in clause.targets and not concept:
            self.notes.subject(Subject("remove", "the subject taken out"))
        elif "sky" in clause.targets:
            self.notes.cannot_do(_NO_SKY, "sky")

    @staticmethod
    def _wants_background(clause: Clause) -> bool:
        return "background" in clause.targets and bool(clause.verbs & {"change", "put"})

    @staticmethod
    def _is_swap(clause: Clause) -> bool:
        """`replace the man with an astronaut`: a new subject that no picture shows."""
        only_subject = "change" in clause.verbs and clause.targets == {"subject"}
        if any(hit.concept and hit.concept.part for hit in clause.hits):
            return False
        plain = not clause.references and not clause.impossible and new_colour(clause) is None
        return only_subject and clause.has("into") and plain

    def _swapped(self, unknown: list[Hit]) -> list[Hit]:
        if not self.notes.elements:
            self.notes.cannot_do(_SWAP_CALL, "")
            return unknown
        self.notes.subject(Subject("replace", "@Element1", element=1))
        return []
