"""The values that pass between the queue and a renderer: parameters, local input files, and the report."""

from dataclasses import dataclass
from typing import Any, TypedDict

PlanJson = dict[str, Any]
"""`Plan.to_json()`: the `plan` of a result body."""


class ElementPayload(TypedDict):
    """One element of a submit: a character from the front, and further pictures of it."""

    frontal_image_url: str
    reference_image_urls: list[str]


class Payload(TypedDict, total=False):
    """The body of an edit submit. All nine keys are there once `intake.complete` has added the defaults."""

    prompt: str
    video_url: str
    image_urls: list[str]
    elements: list[ElementPayload]
    duration: str
    aspect_ratio: str
    mode: str
    shot_type: str
    keep_audio: bool


def picture_urls(payload: Payload) -> dict[str, str]:
    """Every distinct picture address in completed parameters, with the first parameter that names it."""
    found = [(url, f"image_urls[{n}]") for n, url in enumerate(payload["image_urls"])]
    for n, element in enumerate(payload["elements"]):
        found.append((element["frontal_image_url"], f"elements[{n}].frontal_image_url"))
        references = enumerate(element["reference_image_urls"])
        found += [(url, f"elements[{n}].reference_image_urls[{m}]") for m, url in references]
    return dict(reversed(found))


def all_urls(payload: Payload) -> set[str]:
    """Every address in completed parameters."""
    return {payload["video_url"], *picture_urls(payload)}


Elements = tuple[tuple[str, tuple[str, ...]], ...]
"""Local pictures of each element: the frontal one, then its references."""


@dataclass(frozen=True)
class RenderTask:
    """What to render. All paths are local; `payload` is the submit whose addresses these paths stand for.
    What was seen of the clip is kept in the folder `memory` for its next edit, nowhere when that is ""."""

    clip: str
    out: str
    still: str
    payload: Payload
    images: tuple[str, ...] = ()
    elements: Elements = ()
    memory: str = ""


@dataclass(frozen=True)
class RenderReport:
    """A finished render: `seconds` is the length of the video, `width` and `height` its size in pixels."""

    plan: PlanJson
    frames: int
    seconds: float
    width: int
    height: int


@dataclass(frozen=True)
class LookOrder:
    """A `clip` to look at before an edit of it, the `folder` where its edits look for the answers, and their
    `mode`."""

    clip: str
    folder: str
    mode: str
