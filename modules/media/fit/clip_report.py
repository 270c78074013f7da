"""The clip report: what was found, whether the model takes it, and what will be done about it."""

from dataclasses import dataclass

from modules.media.fit.conform_plan import ConformPlan
from modules.media.read.clip import ClipFacts
from modules.media.read.requirements import (
    MAX_CLIP_BYTES,
    MAX_FPS,
    MAX_SECONDS_ELSEWHERE,
    MAX_SIDE,
    MIN_FPS,
    MIN_SECONDS,
    MIN_SIDE,
    fits_fps,
    fits_side,
)
from modules.media.read.transparency import GROUND


@dataclass(frozen=True)
class ReportLine:
    """One line of the report. `level`: "ok", "warn" (outside another seller's limit) or "bad" (outside the
    model's own, or unreadable). `fix`: what conforming will do about it, or what the visitor can do; empty
    when nothing."""

    name: str
    value: str
    level: str = "ok"
    fix: str = ""


def clip_report(facts: ClipFacts, plan: ConformPlan) -> list[ReportLine]:
    """A line for each fact; each that needs it says the fix that `plan` will apply."""
    fixing = plan.needed and not plan.problem
    lines = [_size(facts, plan, fixing), _length(facts, plan, fixing), _frame_rate(facts, plan, fixing)]
    if facts.rotation or facts.mirrored:
        turned = f"turned {facts.rotation} degrees" if facts.rotation else "mirrored"
        lines.append(ReportLine("Rotation", turned, "warn", "written into the picture" if fixing else ""))
    coding = f"{facts.video_codec}, {facts.pix_fmt}"
    if facts.video_codec == "h264" and facts.pix_fmt in ("yuv420p", "yuvj420p"):
        lines.append(ReportLine("Coding", coding))
    else:
        fix = "-> H.264, yuv420p" if fixing else "H.264 yuv420p is safe."
        lines.append(ReportLine("Coding", coding, "warn", fix))
    if facts.hdr:
        lines.append(ReportLine("Colour", "HDR", "warn", "mapped to ordinary brightness" if fixing else ""))
    if facts.fields:
        fix = "deinterlaced" if fixing else ""
        lines.append(ReportLine("Scanning", "interlaced", "warn", fix))
    if facts.pixels != 1.0:
        stored = f"{facts.pixels:.3g} times as wide as high"
        lines.append(ReportLine("Pixels", stored, "warn", "made square" if fixing else ""))
    if facts.alpha:
        lines.append(ReportLine("Transparency", "yes", "warn", f"laid on {GROUND}" if fixing else ""))
    lines.append(_sound(facts))
    file = f"{facts.container}, {facts.size_bytes / 2**20:.1f} MB"
    if facts.container in ("mp4", "mov") and facts.size_bytes <= MAX_CLIP_BYTES:
        lines.append(ReportLine("File", file))
    else:
        lines.append(ReportLine("File", file, "warn", "-> mp4 under 200 MB" if fixing else ""))
    if facts.broken:
        lines.append(ReportLine("Damage", "incomplete", "bad", facts.broken))
    return lines


def _sound(facts: ClipFacts) -> ReportLine:
    if facts.sound_note:
        return ReportLine("Sound", facts.audio_codec or "undecodable", "warn", facts.sound_note)
    return ReportLine("Sound", facts.audio_codec or "none")


def _size(facts: ClipFacts, plan: ConformPlan, fixing: bool) -> ReportLine:
    level, fix = "ok", ""
    if not fits_side(facts.width):
        level, fix = "bad", f"The model takes widths of {MIN_SIDE} to {MAX_SIDE} px."
    elif not fits_side(facts.height) or facts.width % 2 or facts.height % 2:
        level, fix = "warn", f"Both sides should be even and {MIN_SIDE} to {MAX_SIDE} px."
    size = f"{facts.width}x{facts.height}"
    if fixing and (facts.width, facts.height) != (plan.width, plan.height):
        fix = f"{size} -> {plan.width}x{plan.height}"
    return ReportLine("Size", size, level, fix)


def _length(facts: ClipFacts, plan: ConformPlan, fixing: bool) -> ReportLine:
    length = f"{facts.seconds:.1f} s"
    short = facts.seconds < MIN_SECONDS
    level = "bad" if short else "warn" if facts.seconds > MAX_SECONDS_ELSEWHERE else "ok"
    if plan.problem and short:
        fix = plan.problem
    elif fixing and abs(plan.seconds - facts.seconds) > 0.02:
        first = "first " if plan.seconds < facts.seconds else ""
        part = f"{plan.seconds:g} s from {plan.start:.1f} s" if plan.start else f"{first}{plan.seconds:g} s"
        fix = f"{length} -> {part}"
    else:
        fix = f"The model needs {MIN_SECONDS:g} s or more: slow it down or loop it." if short else ""
    return ReportLine("Length", length, level, fix)


def _frame_rate(facts: ClipFacts, plan: ConformPlan, fixing: bool) -> ReportLine:
    rate = f"{facts.fps:g} fps" + (", uneven" if facts.variable_fps else "")
    even = fits_fps(facts.fps) and not facts.variable_fps
    fix = "" if even else f"{MIN_FPS:g} to {MAX_FPS:g} fps is safe."
    if fixing and abs(plan.fps - facts.fps) > 0.01:
        fix = f"{facts.fps:g} -> {plan.fps:g} fps"
    elif fixing and facts.variable_fps:
        fix = "evenly spaced frames"
    return ReportLine("Frame rate", rate, "ok" if even else "warn", fix)
