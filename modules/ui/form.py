"""The form: one native component for each parameter of the model, and how the clip is taken.

`Form` names the components, `FormValues` what they hold; both have the same fields in the same order, so a
handler that is given `*form` reads `FormValues(*form)`.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import gradio as gr

from modules.edit.framing import Framing
from modules.edit.references import SPELLING
from modules.edit.request import (
    ASPECT_RATIOS,
    AUTO_RATIO,
    DURATIONS,
    MAX_ELEMENTS,
    MAX_IMAGES,
    MAX_REFERENCES,
    PROMPT_LIMIT,
    EditRequest,
    Element,
    Problem,
)
from modules.edit.wording import encodable
from modules.ui.adapted import ClipInput, FreeSlider
from modules.ui.components import PromptTools, References
from modules.ui.components.base import file_value, uploaded_path
from modules.ui.messages import STARTERS

CLIP_BYTES = 200 * 2**20
"""The most that is taken for a clip; the same limit stands in `launch(max_file_size=…)`."""
SHORTEST, LONGEST = int(DURATIONS[0]), int(DURATIONS[-1])
FITS, SHORTS = ("crop", "pad", "leave"), ("ask", "slow", "loop")
_SHAPES = ("16:9 wide", "9:16 tall", "1:1 square")
_PLAIN: dict[str, Any] = {"html_attributes": gr.InputHTMLAttributes(autocomplete="off", spellcheck=False)}


class Form(NamedTuple):
    """The components of the form, in the order in which handlers receive their values."""

    prompt: gr.Textbox
    video: ClipInput
    video_url: gr.Textbox
    mode: gr.Radio
    aspect_ratio: gr.Radio
    duration: gr.Slider
    keep_audio: gr.Checkbox
    shot_type: gr.Textbox
    references: References
    start: gr.Slider
    fit: gr.Radio
    short: gr.Radio


class FormValues(NamedTuple):
    """What the components hold. `video`: a local path or None. `references`: see `References`. `start`:
    seconds."""

    prompt: str = ""
    video: str | None = None
    video_url: str = ""
    mode: str = "pro"
    aspect_ratio: str = AUTO_RATIO
    duration: float = 5
    keep_audio: bool = False
    shot_type: str = "customize"
    references: dict | None = None
    start: float = 0
    fit: str = "crop"
    short: str = "ask"


def video_input() -> ClipInput:
    return ClipInput(label="1. Choose a clip", elem_id="clip", interactive=True, format=None, height=204)


def address_input() -> gr.Textbox:
    return gr.Textbox(
        label="Or its address",
        show_label=False,
        container=False,
        placeholder="or paste its address: https://…/clip.mp4",
        elem_id="clip-url",
        **_PLAIN,
    )


def prompt_input() -> gr.Textbox:
    return gr.Textbox(
        label="2. Describe the change",
        placeholder="For example: turn the street into a snowy winter evening, keep the people as they are",
        lines=3,
        max_lines=12,
        elem_id="prompt",
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", autocapitalize="sentences"),
    )


def option_inputs() -> dict[str, gr.components.Component]:
    """The options, by parameter."""
    return {
        "mode": gr.Radio(
            [("Pro, better", "pro"), ("Standard, faster and cheaper", "std")],
            value="pro",
            label="Quality",
            elem_id="mode",
        ),
        "aspect_ratio": gr.Radio(
            [("Same as the clip", AUTO_RATIO), *zip(_SHAPES, ASPECT_RATIOS, strict=True)],
            value=AUTO_RATIO,
            label="Aspect ratio",
            info="The model knows these three; a clip of another shape gets the nearest.",
            elem_id="aspect-ratio",
        ),
        "duration": FreeSlider(
            SHORTEST,
            LONGEST,
            value=5,
            step=1,
            label="Duration (seconds)",
            info="How much of the clip is edited. The price follows it.",
            buttons=[],
            elem_id="duration",
        ),
        "keep_audio": gr.Checkbox(label="Keep the sound of the clip", elem_id="keep-audio"),
        "shot_type": gr.Textbox(
            "customize",
            label="Shot type",
            info="The model's own setting; “customize” follows the prompt.",
            elem_id="shot-type",
            **_PLAIN,
        ),
    }


def framing_inputs() -> dict[str, gr.components.Component]:
    """How the clip is taken before it is sent."""
    return {
        "start": FreeSlider(
            0, 60, value=0, step=0.1, label="Start at (seconds)", buttons=[], elem_id="start"
        ),
        "fit": gr.Radio(
            [("Crop, keep the subject", "crop"), ("Add blurred edges", "pad"), ("Leave as it is", "leave")],
            value="crop",
            label="When the shape does not match the aspect ratio",
            elem_id="fit",
        ),
        "short": gr.Radio(
            [("Ask me", "ask"), ("Slow it down", "slow"), ("Loop it", "loop")],
            value="ask",
            label="When the clip is shorter than 3 seconds",
            elem_id="short",
        ),
    }


def plain_text(value: Any) -> str:
    """A field's value as text that can be written down: see `encodable`."""
    return encodable(str(value or ""))


def request_from(form: FormValues) -> EditRequest:
    """The draft that the form describes. An uploaded clip wins over a pasted address."""
    references = form.references if isinstance(form.references, dict) else {}
    return EditRequest(
        prompt=plain_text(form.prompt),
        video_url=form.video or plain_text(form.video_url).strip(),
        aspect_ratio=plain_text(form.aspect_ratio),
        duration=_whole(form.duration),
        elements=tuple(map(_element, _cards(references.get("elements"), MAX_ELEMENTS))),
        image_urls=tuple(_paths(references.get("images"), MAX_IMAGES)),
        keep_audio=bool(form.keep_audio),
        mode=plain_text(form.mode),
        shot_type=plain_text(form.shot_type).strip(),
    )


def framing_from(form: FormValues) -> Framing:
    """How the clip is to be taken."""
    start = form.start if isinstance(form.start, int | float) and math.isfinite(form.start) else 0.0
    return Framing(
        max(0.0, float(start)),
        form.fit if form.fit in FITS else "crop",
        form.short if form.short in SHORTS else "ask",
    )


def fill(form: Form, request: EditRequest, framing: Framing, element_names: Iterable[str] = ()) -> dict:
    """Updates that put an edit into the form."""
    remote = request.video_url.lower().startswith(("http://", "https://"))
    return {
        form.prompt: request.prompt or "",
        form.video: None if remote else request.video_url or None,
        form.video_url: request.video_url if remote else "",
        form.mode: request.mode,
        form.aspect_ratio: request.aspect_ratio,
        form.duration: FreeSlider(maximum=LONGEST, value=request.seconds),
        form.keep_audio: request.keep_audio,
        form.shot_type: request.shot_type,
        form.references: references_value(request, element_names),
        form.start: FreeSlider(maximum=max(60.0, framing.start), value=framing.start),
        form.fit: framing.fit,
        form.short: framing.short,
    }


def fill_settings(form: Form, request: EditRequest) -> dict:
    """Updates that put prompt and options of an edit into the form, and leave the clip and the pictures; the
    duration comes with a look at the clip."""
    return {
        form.prompt: request.prompt,
        form.mode: request.mode,
        form.aspect_ratio: request.aspect_ratio,
        form.keep_audio: request.keep_audio,
        form.shot_type: request.shot_type,
    }


def references_value(request: EditRequest, element_names: Iterable[str] = ()) -> dict:
    """The value of `References` for the pictures of `request`."""
    names = list(element_names)
    return {
        "images": [file_value(path) for path in request.image_urls if path],
        "elements": [
            {
                "name": names[at] if at < len(names) else "",
                "frontal": file_value(one.frontal_image_url),
                "references": [file_value(path) for path in one.reference_image_urls if path],
            }
            for at, one in enumerate(request.elements)
        ],
    }


def tools_value(request: EditRequest | None = None) -> dict:
    """The value of `PromptTools`: what may be named in the prompt comes with it."""
    request = request or EditRequest()
    return {
        "limit": PROMPT_LIMIT,
        "spelling": SPELLING,
        "starters": STARTERS,
        "given": {
            "Image": [file_value(path) for path in request.image_urls],
            "Element": [file_value(one.frontal_image_url) for one in request.elements],
        },
    }


def tools() -> PromptTools:
    return PromptTools(tools_value(), elem_id="prompt-tools")


CREDENTIALS = ("key", "access_code")
"""Components beside the form to which a problem may belong: who pays, and by which right."""
_COMPONENTS = {"video_url": "video", "image_urls": "references", "images": "references", "api_key": "key"}


def by_component(problems: Iterable[Problem | Mapping]) -> dict[str, str]:
    """What is wrong, by the component that it belongs to: a field of `Form`, or one of CREDENTIALS. In the
    order of the problems; what belongs to none of them is said at the clip."""
    texts: dict[str, str] = {}
    for problem in problems:
        field, message = (
            (problem.field, problem.message)
            if isinstance(problem, Problem)
            else (problem.get("field"), problem["message"])
        )
        name = (field or "").split("[")[0].split(".")[0]
        name = "references" if name == "elements" else _COMPONENTS.get(name, name)
        name = name if name in Form._fields or name in CREDENTIALS else "video"
        texts[name] = f"{texts[name]} {message}" if name in texts else message
    return texts


def _whole(seconds: Any) -> str:
    """A duration as the model takes it: whole seconds as text. What is no number is left for the check."""
    if isinstance(seconds, int | float) and math.isfinite(seconds) and abs(seconds) < 1e6:
        return str(int(seconds))
    return plain_text(str(seconds)[:40])


def _cards(value: Any, most: int) -> list[dict]:
    """One more than may be sent is enough to say that there are too many."""
    return [one for one in value[: most + 1] if isinstance(one, dict)] if isinstance(value, list) else []


def _paths(value: Any, most: int) -> list[str]:
    return [path for path in map(uploaded_path, _cards(value, most)) if path]


def _element(card: dict) -> Element:
    return Element(uploaded_path(card.get("frontal")), tuple(_paths(card.get("references"), MAX_REFERENCES)))
