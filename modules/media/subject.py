"""Where the crop should look. Placeholder path until the measure is in: the middle."""

from dataclasses import dataclass

from modules.media.plan import ConformPlan


@dataclass(frozen=True)
class Path:
    """Centres of the crop over time. `moments`: seconds of output; `centres`: (x, y) shares of the shown picture."""

    moments: tuple[float, ...] = (0.0,)
    centres: tuple[tuple[float, float], ...] = ((0.5, 0.5),)

    @property
    def moves(self) -> bool:
        return len(self.moments) > 1

    def at(self, moment: float) -> tuple[float, float]:
        return self.centres[0]


def follow(src, plan: ConformPlan) -> Path:
    return Path()
