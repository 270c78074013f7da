"""The two named endpoints: `/edit` streams `(video or None, job)`, `/job` gives one job by its id."""

import secrets
from pathlib import Path
from typing import Any, Literal

import gradio as gr
from gradio.utils import get_upload_folder, is_in_or_equal

from modules.checking import EditRefused
from modules.edit.errors import StudioError
from modules.edit.request import DURATIONS, EditRequest, Element, Framing, Problem, is_url
from modules.jobs.job import TERMINAL_STAGES, Stage
from modules.jobs.view import refusal
from modules.secret import TICKETS
from modules.ui.components.base import file_value
from modules.ui.form import plain_text
from modules.ui.gate import MOST_ITEMS
from modules.ui.visitor import identity_of

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
    if isinstance(duration, float) and duration.is_integer():
        duration = int(duration)
    return EditRequest(
        prompt=plain_text(prompt) if isinstance(prompt, str) else "",
        video_url=source_of(video, "video", problems),
        mode=str(mode),
        duration=str(duration).strip(),
        aspect_ratio=str(aspect_ratio),
        keep_audio=_is_yes(keep_audio),
        shot_type=plain_text(shot_type),
        elements=tuple(cards),
        image_urls=tuple(
            filter(None, (source_of(one, "images", problems) for one in items(images, "images")))
        ),
    )


def _is_yes(value: Any) -> bool:
    """Whether a caller means yes. Forms and shells send words and numbers for it."""
    if isinstance(value, str):
        return value.strip().lower() in ("true", "yes", "on", "y", "t", "1")
    return value in (True, 1)


def caller() -> str:
    """The visitor of an API call: of this call alone. The page takes no token of this form, so nobody can
    list its edits."""
    return "api-" + secrets.token_urlsafe(24)


def build_api(studio) -> None:
    """Add both endpoints to the Blocks being built."""

    # gr.api reads the types: the inputs from the parameters, the outputs from what is annotated as returned.
    # A generator yields exactly that at every step.
    async def edit(
        prompt: str = "",
        video: dict | str | None = None,
        mode: Literal["pro", "std"] = "pro",
        duration: Literal[*DURATIONS] = "5",
        aspect_ratio: Literal["16:9", "9:16", "1:1", "auto"] = "16:9",
        keep_audio: bool = False,
        shot_type: str = "customize",
        images: list | None = None,
        elements: list | None = None,
        api_key: str = "",
        access_code: str = "",
        request: gr.Request = None,
    ) -> tuple[dict | None, dict]:
        """Edit a clip. Yields (video or None, job) at every change; the last one has the video, or says why
        there is none.

        Args: prompt: what should change, up to 2,500 characters; @Image1 and @Element1 name the pictures.
        video: the clip: an uploaded file (handle_file in Python) or an http(s) address. mode: pro is better,
        std is faster and cheaper. duration: seconds of the clip to edit, as text. aspect_ratio: of the
        result; auto takes the one nearest to the clip's own. keep_audio: whether the result keeps the clip's
        sound. shot_type: the model's own setting. images: up to ten pictures of a place, a style or a thing:
        files or addresses. elements: up to ten characters or things, each {"frontal_image": file,
        "reference_images": [files]}. api_key: your Segmind key; without one the owner's, or the free preview
        engine. access_code: the owner's, where edits on the owner's key need one.
        """
        key = TICKETS.redeem(api_key)
        problems: list[Problem] = []
        draft = request_of(
            problems,
            prompt=prompt,
            video=video,
            mode=mode,
            duration=duration,
            aspect_ratio=aspect_ratio,
            keep_audio=keep_audio,
            shot_type=shot_type,
            images=images,
            elements=elements,
        )
        try:
            code, who = TICKETS.redeem(access_code), identity_of(request, studio.identities)
            checked = await studio.check(draft, Framing(), key, found=problems, who=who, access_code=code)
            job_id = await studio.start(checked, caller(), who)
        except StudioError as error:
            found = (
                error.problems
                if isinstance(error, EditRefused)
                else [Problem(error.field or "edit", error.sentence)]
            )
            yield None, refusal(found, studio.engines.choose(key)).model_dump()
            return
        async for job in studio.watch(job_id):
            done = job.stage == Stage.COMPLETED
            yield file_value(job.result if done else None), studio.view(job).model_dump()
            if job.stage in TERMINAL_STAGES or job.needs_key:
                return

    async def job(job_id: str = "") -> dict:
        """The same dict as `/edit` yields, for one job.

        Args:
            job_id: the `job_id` of an answer of `/edit`.
        """
        found = await studio.job(plain_text(job_id))
        if found is None:
            unknown = Problem("job_id", "No job has this id. Results are kept for a few days only.")
            return refusal([unknown], "").model_dump()
        return studio.view(found).model_dump()

    for endpoint in (edit, job):
        gr.api(endpoint, api_name=endpoint.__name__, concurrency_limit=None)
