"""One measured figure, as every bench answers it, so that a report can put them side by side."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its yardstick. `better`: "lower" or "higher"; `yardstick` and `target` None
    where there is none."""

    group: str
    name: str
    value: float
    unit: str
    yardstick: float | None = None
    yardstick_name: str = ""
    target: float | None = None
    better: str = "lower"
