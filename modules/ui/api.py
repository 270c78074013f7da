"""The named endpoints of the API, which Gradio's own page (in the footer) describes and its clients call.

`/edit` streams, `/submit` answers at once, `/job` looks; `/estimate` and `/check` ask before anything is
sent; `/share` and `/unshare` make a result visible by a link. `api_calls.py` does the work.
"""

import inspect
from collections.abc import Callable
from typing import Any, Literal

import gradio as gr
from gradio.components.api_component import Api

from modules.edit.request import ASPECT_RATIOS, AUTO_RATIO, DURATIONS, MODES
from modules.jobs.job import Job, Stage
from modules.jobs.view import JobView
from modules.secret import TICKETS
from modules.ui.api_calls import ApiCalls, Caller
from modules.ui.components.base import file_value
from modules.ui.visitor import address_of, identity_of

PARAMETERS: dict[str, tuple[str, Any]] = {
    "prompt": (
        "What should change, up to 2,500 characters; @Image1 and @Element1 name the pictures.",
        "Turn the street into a snowy winter evening, keep the people as they are",
    ),
    "video": (
        "The clip: an uploaded file (handle_file in Python) or an http(s) address; 3 s or longer.",
        "https://example.com/clip.mp4",
    ),
    "mode": ("pro is better, std faster and cheaper.", "pro"),
    "duration": ("Seconds of the clip to edit, as text.", "5"),
    "aspect_ratio": ("Of the result; auto is the one nearest to the clip's own.", "auto"),
    "keep_audio": ("Whether the result keeps the sound of the clip.", True),
    "shot_type": ("The model's own setting; customize follows the prompt.", "customize"),
    "images": ("Up to ten pictures of a place, a style or a thing: files or addresses.", []),
    "elements": (
        'Up to ten characters or things, each {"frontal_image": file, "reference_images": [files]}.',
        [],
    ),
    "api_key": ("Your Segmind key. Without one: the owner's, if there is one, else the free preview.", ""),
    "access_code": ("The owner's code, where edits on the owner's key need one.", ""),
    "job_id": ("The job_id of an answer of /edit or /submit.", "Zk3v9mJq0sT5bXwY1nRc8uLa"),
}
"""What each parameter is, and an example of it: for the API's page, and for the schemas of the MCP tools."""

EDIT_INPUTS = (
    "prompt",
    "video",
    "mode",
    "duration",
    "aspect_ratio",
    "keep_audio",
    "shot_type",
    "images",
    "elements",
)
"""The parameters of /edit and /submit that describe the edit itself."""

Mode = Literal[*MODES]
Duration = Literal[*DURATIONS]
AspectRatio = Literal[*ASPECT_RATIOS, AUTO_RATIO]


def build_api(page: gr.Blocks, studio) -> None:
    """Add the endpoints to `page`, which is being built."""
    calls = ApiCalls(studio)

    def caller(request: gr.Request, api_key: str = "", access_code: str = "") -> Caller:
        return Caller(
            identity_of(request, studio.identities),
            address_of(request),
            TICKETS.redeem(api_key),
            TICKETS.redeem(access_code),
        )

    # gr.api reads the types: the inputs from the parameters, the outputs from what is annotated as returned.
    # A generator yields exactly that at every step.
    async def edit(
        prompt: str = "",
        video: dict | str | None = None,
        mode: Mode = "pro",
        duration: Duration = "5",
        aspect_ratio: AspectRatio = "16:9",
        keep_audio: bool = False,
        shot_type: str = "customize",
        images: list | None = None,
        elements: list | None = None,
        api_key: str = "",
        access_code: str = "",
        request: gr.Request = None,
    ) -> tuple[dict | None, dict]:
        """Edit a clip. Yields (video or None, job) at every change; the last one has the video, or says why
        there is none."""
        inputs = {name: value for name, value in locals().items() if name in EDIT_INPUTS}
        async for job, view in calls.edit(caller(request, api_key, access_code), inputs):
            done = job is not None and job.stage == Stage.COMPLETED
            yield file_value(job.result if done else None), view.model_dump()

    async def submit(
        prompt: str = "",
        video: dict | str | None = None,
        mode: Mode = "pro",
        duration: Duration = "5",
        aspect_ratio: AspectRatio = "16:9",
        keep_audio: bool = False,
        shot_type: str = "customize",
        images: list | None = None,
        elements: list | None = None,
        api_key: str = "",
        access_code: str = "",
        request: gr.Request = None,
    ) -> dict:
        """Begin an edit as /edit does, and answer at once: its job, whose job_id /job takes. The edit goes on
        by itself."""
        inputs = {name: value for name, value in locals().items() if name in EDIT_INPUTS}
        return with_video(None, await calls.submit(caller(request, api_key, access_code), inputs))

    async def job(job_id: str = "") -> dict:
        """The job as it is now: the same dict as /edit yields, with the video once the stage is COMPLETED."""
        return with_video(*await calls.job(job_id))

    async def estimate(
        mode: Mode = "pro", duration: Duration = "5", api_key: str = "", request: gr.Request = None
    ) -> dict:
        """What an edit costs in dollars, with the arithmetic, before anything is uploaded; and who would pay
        for it."""
        return await calls.estimate(caller(request, api_key), mode, duration)

    async def check(
        video: dict | str | None = None,
        duration: Duration = "5",
        aspect_ratio: AspectRatio = "auto",
        request: gr.Request = None,
    ) -> dict:
        """Look at a clip without editing it: its facts, what would be changed so that the model accepts it,
        and what stands in the way."""
        return await calls.check(caller(request), video, duration, aspect_ratio)

    async def share(job_id: str = "") -> dict:
        """Make the result of a finished job visible to everybody who has the link in `url`."""
        return await calls.share(job_id)

    async def unshare(job_id: str = "") -> dict:
        """Take the link of a shared job back: it leads nowhere from then on."""
        return await calls.unshare(job_id)

    for endpoint in (edit, submit, job, estimate, check, share, unshare):
        made = gr.api(endpoint, api_name=endpoint.__name__, concurrency_limit=None)
        _describe([page.blocks[number] for number in made["inputs"]], endpoint)


def with_video(job: Job | None, view: JobView) -> dict:
    """A job for an answer: its view, and its `video` (FileData) when that is here."""
    return view.model_dump() | {"video": file_value(job.result if job else None)}


def _describe(inputs: list[Api], endpoint: Callable) -> None:
    """Say on the API's page what each input is, and give an example of it; gr.api knows their types alone."""
    names = [name for name, one in inspect.signature(endpoint).parameters.items() if name != "request"]
    for block, name in zip(inputs, names, strict=True):
        text, example = PARAMETERS[name]
        block.label = name.replace("_", " ").capitalize()
        block._api_info = block._api_info | {"description": text, "additional_description": text}
        block.example_payload = block.example_value = lambda example=example: example
