"""The form: what the widgets hold, as one EditRequest, and back again."""

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from modules.edit.request import EditRequest, Element, Framing, Problem
from modules.ui.widgets import file_value, uploaded_path

KEY_FORM = re.compile(r"SG_[0-9a-fA-F]{16}")
"""A Segmind key, as CONTRACT describes it."""

FIELDS = ("prompt", "video", "video_url", "mode", "duration", "aspect_ratio", "keep_audio", "shot_type", "images", "elements",
          "start", "fit", "short")
"""The widgets of the form, in the order in which handlers receive their values."""

CLIP_BYTES = 200 * 2**20
"""The most that is taken for a clip; the same limit stands in `launch(max_file_size=…)`."""

Values = Mapping[str, Any]


def visitor_token(value: Any) -> str:
    """The token that the browser keeps, or a new one when what it sent cannot be one."""
    return value if isinstance(value, str) and 20 <= len(value) <= 64 and value.isprintable() else secrets.token_urlsafe(24)


def plain_text(value: Any) -> str:
    """Text that can be written down: half a character, which a browser may send, cannot."""
    return str(value or "").encode("utf-8", "replace").decode()


def named(values: Iterable[Any]) -> dict[str, Any]:
    """Widget values in the order of FIELDS, by name."""
    return dict(zip(FIELDS, values, strict=True))


def request_from(form: Values) -> EditRequest:
    """The draft that the form describes. An uploaded clip wins over a pasted address."""
    pictures = (form["images"] or {}).get("pictures") or []
    cards = (form["elements"] or {}).get("elements") or []
    return EditRequest(
        prompt=plain_text(form["prompt"]),
        video_url=uploaded_path((form["video"] or {}).get("clip")) or plain_text(form["video_url"]).strip(),
        aspect_ratio=form["aspect_ratio"] or "",
        duration=str(int(form["duration"])) if isinstance(form["duration"], int | float) else str(form["duration"] or ""),
        elements=tuple(
            Element(uploaded_path(card.get("frontal")), tuple(filter(None, map(uploaded_path, card.get("references") or []))))
            for card in cards if isinstance(card, dict)
        ),
        image_urls=tuple(filter(None, map(uploaded_path, pictures))),
        keep_audio=bool(form["keep_audio"]),
        mode=form["mode"] or "",
        shot_type=plain_text(form["shot_type"]).strip(),
    )


def framing_from(form: Values) -> Framing:
    """How the clip is to be taken."""
    try:
        start = max(0.0, float(form["start"] or 0))
    except (TypeError, ValueError):
        start = 0.0
    return Framing(start, form["fit"] or "crop", form["short"] or "ask")


def clip_value(path: str | None) -> dict:
    return {"clip": file_value(path), "limit": CLIP_BYTES}


def pictures_value(paths: Iterable[str]) -> dict:
    return {"pictures": [file_value(path) for path in paths if path]}


def elements_value(elements: Iterable[Element], names: Iterable[str] = ()) -> dict:
    names = list(names)
    return {"elements": [
        {"name": names[at] if at < len(names) else "", "frontal": file_value(one.frontal_image_url),
         "references": [file_value(path) for path in one.reference_image_urls if path]}
        for at, one in enumerate(elements)
    ]}


def key_problem(key: str) -> Problem | None:
    """What is wrong with the form of a pasted key, or None. An empty key is no problem."""
    if not key or KEY_FORM.fullmatch(key):
        return None
    return Problem("api_key", "This does not look like a Segmind key: SG_ and 16 characters from 0-9 and a-f. Nothing was sent.")


FIELD_GROUPS = {"prompt": "prompt", "video_url": "clip", "image_urls": "images", "images": "images", "elements": "elements",
                "mode": "options", "duration": "options", "aspect_ratio": "options", "shot_type": "options",
                "keep_audio": "options", "api_key": "key"}
GROUPS = ("prompt", "clip", "images", "elements", "options", "key")
"""The places on the page where a problem can be shown."""


def problems_by_group(problems: Iterable[Problem | Mapping]) -> dict[str, str]:
    """One text for each of GROUPS; problems of unknown fields are shown under the clip."""
    texts: dict[str, list[str]] = {group: [] for group in GROUPS}
    for problem in problems:
        field, message = (problem.field, problem.message) if isinstance(problem, Problem) else (problem["field"], problem["message"])
        texts[FIELD_GROUPS.get((field or "").split("[")[0], "clip")].append(message)
    return {group: " ".join(found) for group, found in texts.items()}
