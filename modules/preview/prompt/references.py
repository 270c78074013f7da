"""What `@Image1` and `@Element1` are wanted for in a clause: a background, a sky, a style or a subject."""

from modules.edit.references import Reference
from modules.preview.prompt.clause import Clause
from modules.preview.prompt.index import Hit
from modules.preview.prompt.notes import Notes
from modules.preview.prompt.plan import Background, Look, Subject

_STYLE_WORDS = (
    "style", "look", "like", "look of", "palette", "colours", "colors", "estilo", "stil", "风 格",
)  # fmt: skip
_DRAWN = ("oil", "watercolour", "pencil", "anime", "comic")


def read_references(clause: Clause, topic: str | None, notes: Notes) -> None:
    """Notes every reference of the clause; `topic` is what it is about: `background`, `sky` or None."""
    for hit in clause.references:
        ref = hit.ref
        if ref is None:
            continue
        at = clause.hits.index(hit)
        given = notes.images if ref.kind == "Image" else notes.elements
        if not 1 <= (ref.number or 0) <= given:
            notes.missing(ref)
        elif clause.negated_at(at):
            continue
        elif ref.kind == "Image":
            _image(ref, at, clause, topic, notes)
        else:
            _element(ref, clause, notes)


def _element(ref: Reference, clause: Clause, notes: Notes) -> None:
    verbs = clause.verbs
    added = "add" in verbs or ("put" in verbs and "subject" in clause.targets)
    joins = "join" in verbs or ("change" not in verbs and added)
    side = next((side for side in ("left", "right") if clause.says(side)), None)
    notes.subject(Subject("join" if joins else "replace", ref.name, element=ref.number, side=side))


def _image(ref: Reference, at: int, clause: Clause, topic: str | None, notes: Notes) -> None:
    before = clause.before(at, 6)
    if any("style" in hit for hit in before[-3:]):
        _style(ref, before, clause, notes)
    elif topic == "background" or "background" in clause.targets:
        notes.background(Background("image", ref.name, image=ref.number))
    elif topic == "sky":
        notes.background(Background("sky", f"a sky from {ref.name}", image=ref.number))
    elif _is_styled(before, clause):
        _style(ref, before, clause, notes)
    elif _is_subject(before, clause):
        notes.subject(Subject("replace", ref.name, image=ref.number))
    elif "join" in clause.verbs:
        notes.subject(Subject("join", ref.name, image=ref.number))
    elif any(hit.target == "frame" for hit in before[-3:]) and "change" in clause.verbs:
        notes.look(Look("style", f"the style of {ref.name}", 0.9, ref.number))
    else:
        notes.background(Background("image", ref.name, image=ref.number))


def _style(ref: Reference, before: list[Hit], clause: Clause, notes: Notes) -> None:
    strength = clause.strength_at(clause.hits.index(before[-1]) if before else 0)
    part = "background" if "background" in clause.targets else None
    notes.look(Look("style", f"the style of {ref.name}", strength, ref.number, part=part))


def _is_styled(before: list[Hit], clause: Clause) -> bool:
    if "style" in clause.verbs or clause.says(*_STYLE_WORDS):
        return True
    return any(hit.concept is not None and hit.concept.look in _DRAWN for hit in before)


def _is_subject(before: list[Hit], clause: Clause) -> bool:
    """`replace the man with @Image1`, but not `put the man in @Image1`."""
    if "subject" not in clause.targets or "change" not in clause.verbs:
        return False
    return not any("place" in hit and "into" not in hit for hit in before[-2:])
