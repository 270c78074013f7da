"""The settings of an edit inside its result: one JSON text in the metadata of the file, written and read.

A file may come from anywhere, so what is read is believed as little as a form that a stranger filled in:
every value is checked alone, a bad one is ignored, and nothing is longer than the form takes.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from modules.edit.request import ASPECT_RATIOS, DURATIONS, MODES, PROMPT_LIMIT, SLUG, EditRequest
from modules.edit.wording import encodable

KEY = "comment"
"""The key of the metadata that holds the JSON; FFmpeg, PyAV and players call it so too."""
FORMAT = "kling-o3-video-edit"
"""The name in the JSON whose value is the VERSION."""
VERSION = 1
MOST_CHARACTERS = 20_000
"""Of the JSON; ours has at most about 3,000 for a prompt of the longest kind, six times that when escaped."""
MOST_SHOT_TYPE = 40
_ENGINES = ("segmind", "preview")
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,127}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


@dataclass(frozen=True)
class FileSettings:
    """What a file says of the edit that made it. `request` has no clip and no pictures; what the file does
    not say, or says wrongly, is the default there and "" elsewhere."""

    request: EditRequest
    engine: str = ""
    model: str = ""
    request_id: str = ""
    date: str = ""


def settings_tags(request: EditRequest, engine: str, request_id: str, moment: float) -> dict[str, str]:
    """The metadata of a result that was asked for at `moment` (epoch seconds): the JSON, and the prompt for
    people. Neither keys nor visitors, files or costs are in it."""
    value = {
        FORMAT: VERSION,
        "prompt": request.prompt,
        "mode": request.mode,
        "duration": request.duration,
        "aspect_ratio": request.aspect_ratio,
        "keep_audio": request.keep_audio,
        "shot_type": request.shot_type,
        "engine": engine,
        "model": SLUG if engine == "segmind" else "",
        "request_id": request_id,
        "date": datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    told = {name: one for name, one in value.items() if one != ""}
    text = encodable(json.dumps(told, ensure_ascii=False))
    return {KEY: text, "description": _text(request.prompt, PROMPT_LIMIT)}


def settings_in(metadata: Mapping[str, Any]) -> FileSettings | None:
    """What the metadata of any file says of the edit that made it; None when that is nothing of use. Never
    raises."""
    value = _parsed(metadata.get(KEY))
    prompt = _text(value.get("prompt"), PROMPT_LIMIT) if value else ""
    if not prompt:
        return None
    default = EditRequest()
    request = EditRequest(
        prompt=prompt,
        mode=_one_of(value.get("mode"), MODES, default.mode),
        duration=_one_of(value.get("duration"), DURATIONS, default.duration),
        aspect_ratio=_one_of(value.get("aspect_ratio"), ASPECT_RATIOS, default.aspect_ratio),
        keep_audio=value.get("keep_audio") is True,
        shot_type=_text(value.get("shot_type"), MOST_SHOT_TYPE) or default.shot_type,
    )
    return FileSettings(
        request,
        _one_of(value.get("engine"), _ENGINES, ""),
        _one_of(value.get("model"), (SLUG,), ""),
        _matching(value.get("request_id"), _REQUEST_ID),
        _matching(value.get("date"), _DATE),
    )


def _parsed(text: Any) -> dict[str, Any]:
    """The JSON object of our format and version in `text`, else an empty one."""
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS or f'"{FORMAT}"' not in text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    ours = isinstance(value, dict) and type(value.get(FORMAT)) is int and value[FORMAT] == VERSION
    return value if ours else {}


def _text(value: Any, most: int) -> str:
    """A text as it could have been typed: without control characters and halves of characters, and cut."""
    if not isinstance(value, str):
        return ""
    kept = (
        char for char in value[: 2 * most] if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")
    )
    return "".join(kept)[:most].strip()


def _one_of(value: Any, allowed: tuple[str, ...], otherwise: str) -> str:
    return value if isinstance(value, str) and value in allowed else otherwise


def _matching(value: Any, pattern: re.Pattern[str]) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""
