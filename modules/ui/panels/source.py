"""The clip: what was chosen, what is known of it, and what will be done to it before it is sent."""

import hashlib
from dataclasses import dataclass
from html import escape
from pathlib import Path

from modules.edit.errors import StudioError
from modules.edit.request import Framing
from modules.media import clip, contact
from modules.media.card import facts_card
from modules.media.plan import plan_conform


@dataclass(frozen=True)
class ClipReport:
    """What the page says of a clip: `html` of the card, `problem` for under the field, `strip` a local JPEG or None,
    `seconds` and whether it is `short` (under 3 s)."""

    html: str
    problem: str
    strip: str | None = None
    seconds: float = 0.0
    short: bool = False


NOTHING = ClipReport("", "")


def report_on(source: str, duration: int, aspect_ratio: str, framing: Framing, *, workers, fetcher, folder: Path) -> ClipReport:
    """Look at a clip (a path or an http(s) URL) without decoding all of it. Every fault becomes a sentence."""
    try:
        remote = source.startswith(("http://", "https://"))
        facts = fetcher.probe_clip(source) if remote else workers.run(clip.probe, source)
        plan = plan_conform(facts, duration, aspect_ratio, framing)
        strip = None if remote else _filmstrip(source, workers, folder)
    except StudioError as error:
        return ClipReport("", error.sentence)
    lines = "".join(
        f"<dt>{escape(line.name)}</dt><dd data-level='{escape(line.level)}'>{escape(line.value)}"
        f"{f' <span>({escape(line.fix)})</span>' if line.fix else ''}</dd>" for line in facts_card(facts, plan))
    will = escape("; ".join(plan.changes)) if plan.changes else "nothing: it is sent as it is"
    notes = "".join(f"<p class='note'>{escape(note)}</p>" for note in plan.notes)
    short = facts.seconds < 3 - 0.05
    return ClipReport(f"<dl class='clipcard'>{lines}<dt>Will be changed</dt><dd>{will}</dd></dl>{notes}", plan.problem or "",
                      strip, facts.seconds, short)


def _filmstrip(source: str, workers, folder: Path) -> str | None:
    stamp = f"{source}:{Path(source).stat().st_mtime_ns}"
    target = folder / f"{hashlib.sha256(stamp.encode()).hexdigest()[:24]}.jpg"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        workers.run(contact.filmstrip, source, str(target))
    return str(target)
