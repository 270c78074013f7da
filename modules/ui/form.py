"""The form: what the widgets hold, as one EditRequest, and back again."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from modules.edit.request import (
    ASPECT_RATIOS,
    MAX_ELEMENTS,
    MAX_IMAGES,
    MAX_REFERENCES,
    EditRequest,
    Element,
    Framing,
    Problem,
)
from modules.secret import TICKETS, Secret
from modules.ui.widgets import file_value, uploaded_path

FIELDS = ("prompt", "video", "address", "settings", "images", "elements", "framing")
"""The widgets of the form, in the order in which handlers receive their values. Each value is a dict;
together they make EMPTY."""

EMPTY: dict[str, Any] = {
    "prompt": "",
    "clip": None,
    "video_url": "",
    "mode": "pro",
    "duration": 5,
    "aspect_ratio": ASPECT_RATIOS[0],
    "keep_audio": False,
    "shot_type": "customize",
    "pictures": [],
    "elements": [],
    "start": 0,
    "fit": "crop",
    "short": "ask",
}
"""What the widgets hold, by entry, when nothing was typed."""

FITS, SHORTS = ("crop", "pad", "leave"), ("ask", "slow", "loop")

CLIP_BYTES = 200 * 2**20
"""The most that is taken for a clip; the same limit stands in `launch(max_file_size=…)`."""

Values = Mapping[str, Any]


def plain_text(value: Any) -> str:
    """Text that can be written down: half a character, which a browser may send, cannot."""
    return str(value or "").encode("utf-8", "replace").decode()


def named(values: Iterable[Any]) -> dict[str, Any]:
    """The entries of the widgets' values, by name. A browser may send anything: what is no entry is left
    out."""
    found = dict(EMPTY)
    for value in values:
        if isinstance(value, dict):
            found |= {
                name: one for name, one in value.items() if name in EMPTY and isinstance(one, _KINDS[name])
            }
    # One more than may be sent is enough to say that there are too many.
    return found | {
        "pictures": found["pictures"][: MAX_IMAGES + 1],
        "elements": found["elements"][: MAX_ELEMENTS + 1],
    }


_KINDS = {
    name: (str, dict, type(None))
    if name == "clip"
    else (int, float, str)
    if name in ("duration", "start")
    else type(value)
    for name, value in EMPTY.items()
}


def access(value: Any) -> tuple[Secret, str | None]:
    """(the pasted key, the engine that was chosen, None when that is none) of the engine's fields."""
    value = value if isinstance(value, dict) else {}
    return TICKETS.redeem(value.get("key")), value.get("engine") if value.get("engine") in (
        "preview",
        "segmind",
    ) else None


def request_from(form: Values) -> EditRequest:
    """The draft that the form describes. An uploaded clip wins over a pasted address."""
    duration = form["duration"]
    return EditRequest(
        prompt=plain_text(form["prompt"]),
        video_url=uploaded_path(form["clip"]) or plain_text(form["video_url"]).strip(),
        aspect_ratio=plain_text(form["aspect_ratio"]),
        duration=str(int(duration))
        if isinstance(duration, int | float) and abs(duration) < 1e6
        else plain_text(str(duration)[:40]),
        elements=tuple(
            Element(
                uploaded_path(card.get("frontal")),
                tuple(filter(None, map(uploaded_path, _listed(card.get("references"))))),
            )
            for card in form["elements"]
            if isinstance(card, dict)
        ),
        image_urls=tuple(filter(None, map(uploaded_path, form["pictures"]))),
        keep_audio=bool(form["keep_audio"]),
        mode=plain_text(form["mode"]),
        shot_type=plain_text(form["shot_type"]).strip(),
    )


def _listed(value: Any) -> list:
    return value[: MAX_REFERENCES + 1] if isinstance(value, list) else []


def framing_from(form: Values) -> Framing:
    """How the clip is to be taken."""
    try:
        start = max(0.0, float(form["start"]))
    except (ValueError, OverflowError):
        start = 0.0
    return Framing(
        start if math.isfinite(start) else 0.0,
        form["fit"] if form["fit"] in FITS else "crop",
        form["short"] if form["short"] in SHORTS else "ask",
    )


def settings_value(request: EditRequest) -> dict:
    return {
        "mode": request.mode,
        "aspect_ratio": request.aspect_ratio,
        "duration": request.seconds,
        "keep_audio": request.keep_audio,
        "shot_type": request.shot_type,
    }


def framing_value(framing: Framing, room: float = 60.0) -> dict:
    """`room`: the latest start in seconds."""
    return {"start": min(framing.start, room), "room": room, "fit": framing.fit, "short": framing.short}


def clip_value(path: str | None) -> dict:
    return {"clip": file_value(path), "limit": CLIP_BYTES}


def pictures_value(paths: Iterable[str]) -> dict:
    return {"pictures": [file_value(path) for path in paths if path]}


def elements_value(elements: Iterable[Element], names: Iterable[str] = ()) -> dict:
    names = list(names)
    return {
        "elements": [
            {
                "name": names[at] if at < len(names) else "",
                "frontal": file_value(one.frontal_image_url),
                "references": [file_value(path) for path in one.reference_image_urls if path],
            }
            for at, one in enumerate(elements)
        ]
    }


FIELD_GROUPS = {
    "prompt": "prompt",
    "video_url": "clip",
    "image_urls": "images",
    "images": "images",
    "elements": "elements",
    "mode": "options",
    "duration": "options",
    "aspect_ratio": "options",
    "shot_type": "options",
    "keep_audio": "options",
    "api_key": "key",
}
GROUPS = ("prompt", "clip", "images", "elements", "options", "key")
"""The places on the page where a problem can be shown."""


def problems_by_group(problems: Iterable[Problem | Mapping]) -> dict[str, str]:
    """One text for each of GROUPS; problems of unknown fields are shown under the clip."""
    texts: dict[str, list[str]] = {group: [] for group in GROUPS}
    for problem in problems:
        field, message = (
            (problem.field, problem.message)
            if isinstance(problem, Problem)
            else (problem["field"], problem["message"])
        )
        texts[FIELD_GROUPS.get((field or "").split("[")[0], "clip")].append(message)
    return {group: " ".join(found) for group, found in texts.items()}
