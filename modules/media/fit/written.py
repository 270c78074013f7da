"""What was written, measured against its plan: the engine bills by the second, whatever a header claimed."""

from dataclasses import replace

from modules.media.fit.conform_plan import ConformPlan
from modules.media.read.clip import ClipFacts
from modules.media.read.requirements import LENGTH_SLACK, MIN_SECONDS, SHORT_SLACK


def length_problem(plan: ConformPlan, written: ClipFacts) -> str | None:
    """Why what was written by `plan` must not be sent, as a sentence, or None."""
    if written.seconds < MIN_SECONDS - SHORT_SLACK:
        return (
            f"Only {written.seconds:.1f} s of this clip can be read, and the model needs {MIN_SECONDS:g} s."
        )
    if written.seconds < plan.seconds - LENGTH_SLACK:
        return f"Only {written.seconds:.1f} s of the {plan.seconds:.1f} s that were chosen can be read."
    if written.seconds > plan.seconds + LENGTH_SLACK:
        return f"The clip became {written.seconds:.1f} s long instead of {plan.seconds:.1f} s."
    return None


def readable_facts(facts: ClipFacts, plan: ConformPlan, written: ClipFacts) -> ClipFacts:
    """The facts of the source clip, after its fitting by `plan` came to an early end: damage in the middle
    of a file shows only when it is decoded."""
    lost = (plan.seconds - written.seconds) * plan.speed / plan.loops
    seconds = max(0.0, plan.start + plan.source_seconds - lost)
    broken = (
        f"The file is damaged: {seconds:.1f} s can be read of {facts.seconds:.1f} s. Only that part will be "
        "used; choose an undamaged file to have the rest."
    )
    return replace(facts, seconds=round(seconds, 3), broken=broken)
