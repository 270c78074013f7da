"""How a clip is taken before it is sent: where it starts, and what happens to a shape or length that does not
fit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Framing:
    """A choice for each of these. Not a parameter of the model.

    `start`: seconds into the clip. `fit`: `crop` keeps the subject, `pad` adds blurred edges, `leave`
    keeps the frame as it is. `short`: what to do with a clip under 3 s: `ask`, `slow` it down, or `loop`
    it.
    """

    start: float = 0.0
    fit: str = "crop"
    short: str = "ask"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> "Framing":
        data = data or {}
        return cls(float(data.get("start", 0.0)), str(data.get("fit", "crop")), str(data.get("short", "ask")))
