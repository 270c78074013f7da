"""The check of a clip for programs: its facts, what would be changed so that the model accepts it, and what
stands in the way. Plain values; the page shows the same as HTML."""

from dataclasses import asdict, dataclass
from typing import Any

from modules.edit.file_settings import FileSettings
from modules.edit.framing import Framing
from modules.edit.nearest import longest_duration, nearest_ratio
from modules.edit.request import AUTO_RATIO
from modules.media.fit.clip_report import clip_report
from modules.media.fit.conform_plan import plan_conform
from modules.media.read.clip import ClipFacts

_FACTS = (
    "width",
    "height",
    "fps",
    "seconds",
    "rotation",
    "video_codec",
    "pix_fmt",
    "audio_codec",
    "hdr",
    "size_bytes",
    "container",
    "variable_fps",
    "alpha",
)


@dataclass(frozen=True)
class ClipCheck:
    """`facts`: of the clip as it is shown, lengths in seconds, sizes in pixels and bytes. `ok`: an edit may
    begin. `changes`: what would be done to it, a sentence each; empty when it is sent as it is, without its
    metadata. `problem`: why it cannot be sent, or None. `notes`: what else is worth knowing. `aspect_ratio`:
    the model's one that the edit would have. `longest_duration`: the most whole seconds it gives. `report`:
    a line for each fact: name, value, level (`ok`, `warn`, `bad`) and what is done about it. `seconds`:
    length of what would be sent. `made_with`: the settings in the file of a result made here, or None."""

    ok: bool
    facts: dict[str, Any]
    changes: tuple[str, ...]
    notes: tuple[str, ...]
    problem: str | None
    aspect_ratio: str
    longest_duration: int
    seconds: float
    made_with: dict[str, Any] | None
    report: tuple[dict[str, str], ...]


def clip_check(facts: ClipFacts, duration: int, aspect_ratio: str, framing: Framing) -> ClipCheck:
    """The check of a clip with these facts for an edit of `duration` seconds. Pure."""
    longest = longest_duration(facts.seconds)
    plan = plan_conform(facts, min(duration, longest), aspect_ratio, framing)
    return ClipCheck(
        ok=not plan.problem,
        facts={name: getattr(facts, name) for name in _FACTS},
        changes=plan.changes,
        notes=plan.notes,
        problem=plan.problem,
        aspect_ratio=nearest_ratio(facts.width, facts.height) if aspect_ratio == AUTO_RATIO else aspect_ratio,
        longest_duration=longest,
        seconds=plan.seconds,
        made_with=_told(facts.made_with),
        report=tuple(asdict(line) for line in clip_report(facts, plan)),
    )


def _told(made: FileSettings | None) -> dict[str, Any] | None:
    """What the file says of the edit that made it, by the API's names."""
    if made is None:
        return None
    names = ("prompt", "mode", "duration", "aspect_ratio", "keep_audio", "shot_type")
    settings = {name: getattr(made.request, name) for name in names}
    return settings | {"engine": made.engine, "request_id": made.request_id, "date": made.date}
