"""The chosen clip: a still, its facts, what will be cut away, and what will be done to it before it is
sent."""

import contextlib
import hashlib
import time
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from modules.edit.errors import StudioError
from modules.edit.file_settings import FileSettings
from modules.edit.framing import Framing
from modules.edit.nearest import longest_duration, nearest_ratio
from modules.edit.request import AUTO_RATIO, EditRequest, is_url
from modules.media.fit.clip_report import ReportLine, clip_report
from modules.media.fit.conform_plan import ConformPlan, plan_conform
from modules.media.fit.framing_still import framing_sentence, framing_still
from modules.media.fit.sent_stills import sent_strip
from modules.media.read import clip
from modules.media.read.clip import ClipFacts
from modules.media.read.stills import clip_still
from modules.ui.messages import problem_html

KEPT_SECONDS = 24 * 3600
SHOWN_PROMPT = 160
"""Characters of the prompt in a file; all of it is in the form once its settings are used."""


@dataclass(frozen=True)
class ClipReport:
    """What the page says of a clip. `html`: for under the clip. `facts`: for its details. `seconds`: its
    length, 0 when it cannot be read; `longest`: the longest duration it gives. `ask_about_length`: it is too
    short, and the visitor must say what to do about that. `made_with`: the settings that it offers.
    """

    html: str
    facts: str = ""
    seconds: float = 0.0
    longest: int = 0
    ask_about_length: bool = False
    made_with: EditRequest | None = None


def report_on(
    source: str, duration: int, aspect_ratio: str, framing: Framing, *, pictures: bool = False, **tools
) -> ClipReport:
    """Look at a clip (a path or an http(s) URL) without decoding all of it. Every fault becomes a sentence.

    `tools`: what `ClipLooks.at` hands over, `workers`, `far_workers`, `fetcher` and `folder`. `pictures`:
    with stills of a local clip, which takes about a second, as the subject is looked for.
    """
    try:
        facts = _probed(source, **tools)
        followed = nearest_ratio(facts.width, facts.height) if aspect_ratio == AUTO_RATIO else ""
        longest = longest_duration(facts.seconds)
        plan = plan_conform(facts, min(duration, longest), aspect_ratio, framing)
        still = strip = None
        if pictures and not is_url(source):
            workers, folder = tools["workers"], tools["folder"]
            still = _made(framing_still, source, workers, folder, "still", plan)
            strip = None if plan.problem else _made(sent_strip, source, workers, folder, "strip", plan)
    except StudioError as error:
        return ClipReport(problem_html(error.sentence))
    too_short = facts.seconds < 3 - 0.05 and bool(plan.problem)
    if too_short:
        plan = replace(plan, problem=f"{plan.problem} The choice is under Clip details and framing.")
    return ClipReport(
        _summary(source, facts, plan, still, followed),
        _details(facts, plan, strip),
        facts.seconds,
        longest,
        too_short,
        facts.made_with.request if facts.made_with else None,
    )


pictured_report_on = partial(report_on, pictures=True)
"""The same with stills."""


def _probed(source: str, *, workers, far_workers, fetcher, **_) -> ClipFacts:
    if is_url(source):
        return far_workers.run(fetcher.probe_clip, source)
    return workers.run(clip.probe, source)


def facts_of(source: str, *_, **tools) -> ClipFacts:
    """The facts of a clip. Takes what `report_on` takes."""
    return _probed(source, **tools)


def ratio_of(source: str, *_, **tools) -> str:
    """The model's aspect ratio that is nearest to a clip's. Takes what `report_on` takes."""
    facts = _probed(source, **tools)
    return nearest_ratio(facts.width, facts.height)


def poster_of(source: str, *_, workers, folder: Path, **__) -> str:
    """A still of a local clip as it is, for the stage. Takes what `report_on` takes."""
    return _made(clip_still, source, workers, folder, "poster")


def _summary(source: str, facts: ClipFacts, plan: ConformPlan, still: str | None, followed: str) -> str:
    cut = framing_sentence(facts, plan)
    alt = "A picture of the clip; the dark part will be cut away" if cut else "A picture of the clip"
    kind = "still framed" if cut else "still"
    picture = f"<img class='{kind}' src='{_file(still)}' alt='{alt}'>" if still else ""
    shape = "tall" if facts.height > facts.width else "wide" if facts.width > facts.height else "square"
    about = f"{_clock(facts.seconds)} · {facts.width} x {facts.height}, {shape}"
    lines = [f"<b dir='auto' translate='no'>{escape(_name(source))}</b>", f"<span>{escape(about)}</span>"]
    if cut:
        lines.append(f"<span class='cut'>{escape(cut)}</span>")
    elif followed:
        lines.append(f"<span>Edited as {followed}, the shape of the clip.</span>")
    lines.append("<span class='cannot-play'>This browser cannot play it here; it can be edited.</span>")
    lines += [f"<span>{escape(note)}</span>" for note in plan.notes]
    if facts.made_with:
        lines.append(f"<span class='made-with'>{_made_with(facts.made_with)}</span>")
    return (
        f"<div class='clip-report'>{picture}<p>{''.join(lines)}</p></div>{problem_html(plan.problem or '')}"
    )


def _made_with(made: FileSettings) -> str:
    """What the file says of the edit that made it; it is believed as little as anything that is typed."""
    words = " ".join(made.request.prompt.split())
    words = words if len(words) <= SHOWN_PROMPT else f"{words[: SHOWN_PROMPT - 1].rstrip()}…"
    return f"This clip was made here with: <q dir='auto' translate='no'>{escape(words)}</q>"


def _details(facts: ClipFacts, plan: ConformPlan, strip: str | None) -> str:
    lines = "".join(map(_fact, clip_report(facts, plan)))
    will = escape("; ".join(plan.changes) if plan.changes else "it is, without its metadata (place, device)")
    picture = (
        f"<img class='filmstrip' alt='Six moments of the clip as it will be sent' src='{_file(strip)}'>"
        if strip
        else ""
    )
    return f"<dl class='clip-facts'>{lines}<dt>Is sent as</dt><dd>{will}</dd></dl>{picture}"


def _made(draw, source: str, workers, folder: Path, kind: str, *plan: ConformPlan) -> str:
    """A picture of the clip, by its plan if one is given, made once for each."""
    plans = [one.to_json() for one in plan]
    stamp = f"{kind}:{source}:{Path(source).stat().st_mtime_ns}:{plans}"
    target = folder / f"{hashlib.sha256(stamp.encode()).hexdigest()[:24]}.jpg"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        workers.run(draw, source, str(target), *plan)
    return str(target)


def _sweep(folder: Path) -> None:
    """Remove the pictures of an earlier day: they are looked at for minutes."""
    limit = time.time() - KEPT_SECONDS
    for picture in folder.glob("*.jpg"):
        with contextlib.suppress(OSError):
            if picture.stat().st_mtime < limit:
                picture.unlink()


def _fact(line: ReportLine) -> str:
    fix = f" <span>({escape(line.fix)})</span>" if line.fix else ""
    return f"<dt>{escape(line.name)}</dt><dd data-level='{escape(line.level)}'>{escape(line.value)}{fix}</dd>"


def _file(path: str) -> str:
    return escape(f"gradio_api/file={quote(path)}", quote=True)


def _name(source: str) -> str:
    """What the clip is called: the last part of its path or address."""
    return Path(unquote(urlsplit(source).path)).name or source if is_url(source) else Path(source).name


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{seconds:.1f} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"
