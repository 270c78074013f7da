"""A job of the stand-in for the engine, and how a coming one goes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class JobPlan:
    """How a coming job goes. None takes the upstream's own setting."""

    outcome: str = "COMPLETED"
    error: str = "The content was blocked by the safety filter."
    durations: tuple[float, float] | None = None
    output_shape: str | None = None


@dataclass
class FakeJob:
    """A job that was accepted."""

    id: str
    payload: dict
    key: str
    created: float
    plan: JobPlan
    durations: tuple[float, float]
    forced: str | None = None
    expired: bool = False
    finished_at: float | None = None
    """When `finish` ended it, by the upstream's clock."""
    told_at: float | None = None
    """When a status first answered COMPLETED: from then on the asker can know."""
