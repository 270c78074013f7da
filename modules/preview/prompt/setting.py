"""What a clause says about the place behind the subject."""

from dataclasses import dataclass, field

from modules.preview.prompt.lexicon import Concept


@dataclass
class Setting:
    """What a clause says about the place behind the subject: places and hours in order, a plain `colour`,
    and whether it is snowed under or its leaves have turned."""

    scenes: list[Concept] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    snow: bool = False
    autumn: bool = False
    colour: Concept | None = None

    def __bool__(self) -> bool:
        return bool(self.scenes or self.times or self.snow or self.colour)
