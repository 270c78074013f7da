"""The clip: what was chosen, what is known of it, and what will be done to it before it is sent."""

import contextlib
import hashlib
import time
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from modules.edit.errors import StudioError
from modules.edit.request import Framing, is_url
from modules.media.fit.clip_report import ReportLine, clip_report
from modules.media.fit.conform_plan import ConformPlan, plan_conform
from modules.media.fit.sent_stills import sent_strip
from modules.media.read import clip

STRIP_SECONDS = 24 * 3600


@dataclass(frozen=True)
class ClipReport:
    """What the page says of a clip: `html` of the card, `problem` for under the field, `strip` a local
    JPEG or None, and its `seconds`."""

    html: str
    problem: str
    strip: str | None = None
    seconds: float = 0.0


def report_on(
    source: str,
    duration: int,
    aspect_ratio: str,
    framing: Framing,
    *,
    workers,
    far_workers,
    fetcher,
    folder: Path,
) -> ClipReport:
    """Look at a clip (a path or an http(s) URL) without decoding all of it. Every fault becomes a
    sentence."""
    try:
        remote = is_url(source)
        facts = far_workers.run(fetcher.probe_clip, source) if remote else workers.run(clip.probe, source)
        plan = plan_conform(facts, duration, aspect_ratio, framing)
        strip = None if remote or plan.problem else _sent_strip(source, plan, workers, folder)
    except StudioError as error:
        return ClipReport("", error.sentence)
    lines = "".join(map(_fact, clip_report(facts, plan)))
    will = escape("; ".join(plan.changes)) if plan.changes else "it is, unchanged"
    notes = "".join(f"<p class='note'>{escape(note)}</p>" for note in plan.notes)
    if facts.seconds < 3 - 0.05 and plan.problem:
        plan = replace(plan, problem=f"{plan.problem} The choice is under Clip details and framing.")
    return ClipReport(
        f"<dl class='clipcard'>{lines}<dt>Is sent as</dt><dd>{will}</dd></dl>{notes}",
        plan.problem or "",
        strip,
        facts.seconds,
    )


def _sent_strip(source: str, plan: ConformPlan, workers, folder: Path) -> str | None:
    """Six frames as they will be sent: cut, cropped and turned. Made once for each clip and plan."""
    stamp = f"{source}:{Path(source).stat().st_mtime_ns}:{plan.to_json()}"
    target = folder / f"{hashlib.sha256(stamp.encode()).hexdigest()[:24]}.jpg"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        workers.run(sent_strip, source, str(target), plan)
    return str(target)


def _sweep(folder: Path) -> None:
    """Remove the strips of an earlier day: they are looked at for minutes."""
    limit = time.time() - STRIP_SECONDS
    for strip in folder.glob("*.jpg"):
        with contextlib.suppress(OSError):
            if strip.stat().st_mtime < limit:
                strip.unlink()


def _fact(line: ReportLine) -> str:
    fix = f" <span>({escape(line.fix)})</span>" if line.fix else ""
    return f"<dt>{escape(line.name)}</dt><dd data-level='{escape(line.level)}'>{escape(line.value)}{fix}</dd>"
