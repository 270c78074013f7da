"""`@Element1` and `@Image2` in a prompt: where they stand and what they name."""

import re
from dataclasses import dataclass

_REFERENCE = re.compile(r"@(element|image)[ _]?(\d{1,3})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Reference:
    """One reference. `kind`: `"Element"` or `"Image"`; `number` counts from 1; `start:end`: its place."""

    kind: str
    number: int
    start: int
    end: int

    @property
    def name(self) -> str:
        return f"@{self.kind}{self.number}"


def references_in(prompt: str) -> tuple[Reference, ...]:
    """Every reference in `prompt`, in order. Case is forgiven (`@image1`), and so is a blank (`@Image 1`)."""
    return tuple(
        Reference(found[1].capitalize(), int(found[2]), found.start(), found.end())
        for found in _REFERENCE.finditer(prompt or "")
    )


def spelled_for_the_model(prompt: str) -> str:
    """`prompt` with every reference in the model's own spelling, `@Image1`."""
    return _REFERENCE.sub(lambda found: f"@{found[1].capitalize()}{int(found[2])}", prompt or "")
