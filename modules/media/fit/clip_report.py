"""The fact card: what was found, whether the model takes it, and what will be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modules.media.read.requirements import (
    MAX_BYTES,
    MAX_FPS,
    MAX_SECONDS_ELSEWHERE,
    MAX_SIDE,
    MIN_FPS,
    MIN_SECONDS,
    MIN_SIDE,
    fits_fps,
    fits_side,
)

if TYPE_CHECKING:
    from modules.media.fit.conform_plan import ConformPlan
    from modules.media.read.clip import ClipFacts


@dataclass(frozen=True)
class FactLine:
    """One line of the card. `level`: "ok", "warn" (outside another seller's limit) or "bad" (outside the
    model's own, or unreadable). `fix`: what conforming will do about it, or what the visitor can do; empty
    when nothing."""

    name: str
    value: str
    level: str = "ok"
    fix: str = ""


def facts_card(facts: ClipFacts, plan: ConformPlan | None = None) -> list[FactLine]:
    """The card of a clip; with a plan, each line that needs it says the fix that will be applied."""
    fixing = plan is not None and plan.needed and not plan.problem
    new_size = f"{facts.width}x{facts.height} -> {plan.width}x{plan.height}" if fixing else ""
    size_changes = fixing and (facts.width, facts.height) != (plan.width, plan.height)
    if not fits_side(facts.width):
        size = ("bad", f"The model takes widths of {MIN_SIDE} to {MAX_SIDE} px.")
    elif not fits_side(facts.height) or facts.width % 2 or facts.height % 2:
        size = ("warn", f"Both sides should be even and {MIN_SIDE} to {MAX_SIDE} px.")
    else:
        size = ("ok", "")
    lines = [
        FactLine("Size", f"{facts.width}x{facts.height}", size[0], new_size if size_changes else size[1])
    ]

    length = f"{facts.seconds:.1f} s"
    short = facts.seconds < MIN_SECONDS
    level = "bad" if short else "warn" if facts.seconds > MAX_SECONDS_ELSEWHERE else "ok"
    if plan is not None and plan.problem and short:
        fix = plan.problem
    elif fixing and abs(plan.seconds - facts.seconds) > 0.02:
        if plan.start:
            fix = f"{length} -> {plan.seconds:g} s from {plan.start:.1f} s"
        else:
            fix = (
                f"{length} -> first {plan.seconds:g} s"
                if plan.seconds < facts.seconds
                else (f"{length} -> {plan.seconds:g} s")
            )
    else:
        fix = f"The model needs {MIN_SECONDS:g} s or more: slow it down or loop it." if short else ""
    lines.append(FactLine("Length", length, level, fix))

    rate = f"{facts.fps:g} fps" + (", uneven" if facts.variable_fps else "")
    even = fits_fps(facts.fps) and not facts.variable_fps
    new_rate = (
        f"{facts.fps:g} -> {plan.fps:g} fps"
        if fixing and abs(plan.fps - facts.fps) > 0.01
        else ("evenly spaced frames" if fixing and facts.variable_fps else "")
    )
    lines.append(
        FactLine(
            "Frame rate",
            rate,
            "ok" if even else "warn",
            "" if even and not new_rate else new_rate or f"{MIN_FPS:g} to {MAX_FPS:g} fps is safe.",
        )
    )

    if facts.rotation or facts.mirrored:
        turned = f"turned {facts.rotation} degrees" if facts.rotation else "mirrored"
        lines.append(FactLine("Rotation", turned, "warn", "written into the picture" if fixing else ""))
    plain = facts.video_codec == "h264" and facts.pix_fmt in ("yuv420p", "yuvj420p")
    lines.append(
        FactLine(
            "Coding",
            f"{facts.video_codec}, {facts.pix_fmt}",
            "ok" if plain else "warn",
            "" if plain else "-> H.264, yuv420p" if fixing else "H.264 yuv420p is safe.",
        )
    )
    if facts.hdr:
        lines.append(FactLine("Colour", "HDR", "warn", "mapped to ordinary brightness" if fixing else ""))
    lines.append(FactLine("Sound", facts.audio_codec or "none"))
    boxed = facts.container in ("mp4", "mov")
    lines.append(
        FactLine(
            "File",
            f"{facts.container}, {facts.size_bytes / 2**20:.1f} MB",
            "ok" if boxed and facts.size_bytes <= MAX_BYTES else "warn",
            "" if boxed and facts.size_bytes <= MAX_BYTES else "-> mp4 under 200 MB" if fixing else "",
        )
    )
    if facts.broken:
        lines.append(FactLine("Damage", "incomplete", "bad", facts.broken))
    return lines
