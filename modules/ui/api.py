"""The two named endpoints: `/edit` streams `(video or None, job)`, `/job` gives one job by its id."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder, is_in_or_equal

from modules.checking import EditRefused
from modules.edit.errors import StudioError
from modules.edit.request import EditRequest, Element, Framing, Problem, is_url
from modules.jobs.job import TERMINAL_STAGES, Stage
from modules.jobs.view import refusal
from modules.secret import TICKETS
from modules.ui.form import plain_text
from modules.ui.gate import MOST_ITEMS
from modules.ui.handlers import address_of
from modules.ui.widgets import Flag, Json, VideoFile, Word

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
        keep_audio=keep_audio in (True, "true", 1),
        shot_type=plain_text(shot_type),
        elements=tuple(cards),
        image_urls=tuple(
            filter(None, (source_of(one, "images", problems) for one in items(images, "images")))
        ),
    )


def caller() -> str:
    """The visitor of an API call: of this call alone. The page takes no token of this form, so nobody can
    list its edits."""
    return "api-" + secrets.token_urlsafe(24)


def build_api(studio) -> None:
    """Add both endpoints to the Blocks being built."""

    async def edit(
        prompt: str = "",
        video=None,
        mode: str = "pro",
        duration: str = "5",
        aspect_ratio: str = "16:9",
        keep_audio: bool = False,
        shot_type: str = "customize",
        images=None,
        elements=None,
        api_key: str = "",
        request: gr.Request = None,
    ) -> AsyncIterator[tuple[str | None, dict]]:
        """Edit a clip. Yields (video or None, job) at every change; the last one has the video, or says
        why there is none."""
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
            checked = await studio.check(draft, Framing(), key, found=problems)
            job_id = await studio.start(checked, caller(), address_of(request))
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
            yield (job.result if done else None), studio.view(job).model_dump()
            if job.stage in TERMINAL_STAGES or job.needs_key:
                return

    async def job(job_id: str = "") -> dict:
        """The same dict as `/edit` yields, for one job."""
        found = await studio.job(str(job_id))
        if found is None:
            unknown = Problem("job_id", "No job has this id. Results are kept for a few days only.")
            return refusal([unknown], "").model_dump()
        return studio.view(found).model_dump()

    def unseen(kind, value=None, *, label: str):
        return kind(value, label=label, visible=False)

    with gr.Column(visible=False) as apart:
        sources = [
            unseen(Word, "", label="prompt"),
            unseen(Json, label="video"),
            unseen(Word, "pro", label="mode"),
            unseen(Word, "5", label="duration"),
            unseen(Word, "16:9", label="aspect_ratio"),
            unseen(Flag, False, label="keep_audio"),
            unseen(Word, "customize", label="shot_type"),
            unseen(Json, [], label="images"),
            unseen(Json, [], label="elements"),
            unseen(Word, "", label="api_key"),
        ]
        sources[-1].secret = ""  # all of it: for the middleware
        outputs = [unseen(VideoFile, label="video"), unseen(Json, label="job")]
        gr.Button(visible=False).click(
            edit, sources, outputs, api_name="edit", concurrency_limit=None, show_progress="hidden"
        )
        gr.Button(visible=False).click(
            job,
            unseen(Word, "", label="job_id"),
            unseen(Json, label="job"),
            api_name="job",
            concurrency_limit=None,
            show_progress="hidden",
        )
    # No part of the page: these widgets are not even laid out.
    apart.parent.children.remove(apart)
