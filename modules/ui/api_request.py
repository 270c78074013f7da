"""What programs send for the parameters of an edit, as an EditRequest; what has the wrong shape becomes a
problem, never an exception."""

from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder, is_in_or_equal

from modules.edit.request import EditRequest, Element, Problem, is_url
from modules.ui.form import plain_text
from modules.ui.gate import MOST_ITEMS

_MODEL_NAMES = {"video": "video_url", "images": "image_urls"}
"""Parameters of `/edit` that the model's own payload calls otherwise. Answers use the names of `/edit`."""


def source_of(value: Any, field: str, problems: list[Problem]) -> str:
    """The path or URL in what a caller sent: a FileData dict of an upload, or an http(s) URL. Else a
    problem and `""`."""
    if isinstance(value, dict):
        # gr.Video nests its file; both shapes are taken.
        value = value.get("video", value)
        value = value.get("path") or value.get("url") if isinstance(value, dict) else value
    if not value:
        return ""
    text = str(value).strip()
    if is_url(text):
        return text
    folder = Path(get_upload_folder()).resolve()
    try:
        inside = is_in_or_equal(Path(text).resolve(), folder) and Path(text).is_file()
    except (OSError, ValueError):
        inside = False
    if inside:
        return text
    problems.append(
        Problem(
            _MODEL_NAMES.get(field, field),
            f"{field} is neither an uploaded file nor an http(s) address. Upload the file (in Python: "
            "handle_file(path)), or give its address.",
        )
    )
    return ""


def request_of(
    problems: list[Problem],
    *,
    prompt: Any,
    video: Any,
    mode: Any,
    duration: Any,
    aspect_ratio: Any,
    keep_audio: Any,
    shot_type: Any,
    images: Any,
    elements: Any,
) -> EditRequest:
    """An EditRequest from whatever a caller sent. What has the wrong shape becomes a problem, never an
    exception."""

    def items(value: Any, field: str) -> list:
        if isinstance(value, list | tuple):
            if len(value) > MOST_ITEMS:
                problems.append(
                    Problem(
                        _MODEL_NAMES.get(field, field),
                        f"{field} has {len(value):,} entries, more than this page takes.",
                    )
                )
                return []
            return list(value)
        if value:
            problems.append(Problem(_MODEL_NAMES.get(field, field), f"{field} must be a list."))
        return []

    cards = []
    for at, card in enumerate(items(elements, "elements")):
        if not isinstance(card, dict):
            problems.append(
                Problem(
                    f"elements[{at}]",
                    f"Element {at + 1} must be an object with frontal_image and reference_images.",
                )
            )
            continue
        field = f"elements[{at}]"
        references = items(card.get("reference_images", card.get("reference_image_urls")), field)
        cards.append(
            Element(
                source_of(card.get("frontal_image", card.get("frontal_image_url")), field, problems),
                tuple(filter(None, (source_of(one, field, problems) for one in references))),
            )
        )
    return EditRequest(
        prompt=plain_text(prompt) if isinstance(prompt, str) else "",
        video_url=source_of(video, "video", problems),
        mode=str(mode),
        duration=whole_seconds(duration),
        aspect_ratio=str(aspect_ratio),
        keep_audio=_is_yes(keep_audio),
        shot_type=plain_text(shot_type),
        elements=tuple(cards),
        image_urls=tuple(
            filter(None, (source_of(one, "images", problems) for one in items(images, "images")))
        ),
    )


def whole_seconds(duration: Any) -> str:
    """A duration as the model takes it, from a number or a text; what is no length is left for the check."""
    if isinstance(duration, float) and duration.is_integer():
        duration = int(duration)
    return str(duration).strip()


def _is_yes(value: Any) -> bool:
    """Whether a caller means yes. Forms and shells send words and numbers for it."""
    if isinstance(value, str):
        return value.strip().lower() in ("true", "yes", "on", "y", "t", "1")
    return value in (True, 1)
