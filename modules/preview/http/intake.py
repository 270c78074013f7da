"""Reading a submit, as Segmind reads one.

Refused at once with 400: a body that is not a JSON object, and a required parameter that is missing or of the
wrong type. Everything else is accepted with 200 and surfaces as FAILED (CONTRACT). Parameters that the model
does not have are ignored.
"""

import json
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from starlette.requests import Request

from modules.edit.request import PROMPT_LIMIT, EditRequest, Element
from modules.preview.http.answers import Refusal
from modules.preview.http.uploads import drain
from modules.preview.task import Payload

MAX_BODY = 2**20
"""Bytes of a submit: a long prompt and 50 addresses take some 20 KB."""


class BadParameter(ValueError):
    """Raised when the submit is accepted and fails at once; `str(error)` is the sentence."""


def require_json(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(406, "Not Acceptable: send the header Content-Type: application/json.")


async def read_submit(request: Request) -> dict[str, Any]:
    """The parameters of a submit. Raises Refusal."""
    body, stream = bytearray(), request.stream()
    async for piece in stream:
        body += piece
        if len(body) > MAX_BODY:
            await drain(stream)
            raise Refusal(413, "The body is too large. Upload files first, then refer to them by address.")
    try:
        payload = json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise Refusal(400, "Bad Request: the body is not valid JSON.") from None
    if not isinstance(payload, dict):
        raise Refusal(400, "Bad Request: the body must be a JSON object with the model's parameters.")
    prompt = payload.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refusal(400, "Bad Request: prompt is required and must be a string that is not empty.")
    if not is_url(payload.get("video_url")):
        raise Refusal(400, "Bad Request: video_url is required and must be an http(s) address.")
    return payload


def complete(payload: dict[str, Any]) -> Payload:
    """The nine parameters with the model's defaults. Raises BadParameter for values that the model does
    not take."""
    given = {
        name: payload[name] for name in EditRequest.__dataclass_fields__ if payload.get(name) is not None
    }
    for name in ("aspect_ratio", "mode", "shot_type"):
        _require(isinstance(given.get(name, ""), str), f"{name} must be a string.")
    _require(isinstance(given.get("duration", ""), str), 'duration must be a string, "3" to "15".')
    _require(isinstance(given.get("keep_audio", False), bool), "keep_audio must be true or false.")
    images = given.get("image_urls", [])
    _require(isinstance(images, list), "image_urls must be a list of addresses.")
    elements = given.get("elements", [])
    _require(isinstance(elements, list), "elements must be a list of objects.")
    for number, url in enumerate(images):
        _require(is_url(url), f"image_urls[{number}] must be an http(s) address.")
    given["image_urls"] = tuple(images)
    given["elements"] = tuple(_element(number, element) for number, element in enumerate(elements))
    # Upstream cuts a longer prompt without a word (CONTRACT), so it is no error here either.
    given["prompt"] = _valid_text(given["prompt"].strip()[:PROMPT_LIMIT])
    request = EditRequest(**given)
    problems = request.problems()
    if problems:
        raise BadParameter(" ".join(problem.message for problem in problems))
    completed: Any = {
        **request.to_json(),
        "image_urls": list(images),
        "elements": [
            {"frontal_image_url": e.frontal_image_url, "reference_image_urls": list(e.reference_image_urls)}
            for e in request.elements
        ],
    }
    checked: Payload = completed
    return checked


def _element(number: int, given: object) -> Element:
    name = f"elements[{number}]"
    if not isinstance(given, dict):
        raise BadParameter(f"{name} must be an object.")
    frontal = given.get("frontal_image_url")
    if not is_url(frontal):
        raise BadParameter(f"{name}.frontal_image_url must be an http(s) address.")
    references = given.get("reference_image_urls") or []
    _require(isinstance(references, list), f"{name}.reference_image_urls must be a list of addresses.")
    for place, url in enumerate(references):
        _require(is_url(url), f"{name}.reference_image_urls[{place}] must be an http(s) address.")
    return Element(frontal, tuple(references))


def is_url(value: object) -> TypeGuard[str]:
    """Whether a value is an http(s) address with a host, in text that can be stored."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(_valid_text(value, "strict"))
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _valid_text(text: str, errors: str = "replace") -> str:
    """Text without the halves of characters that JSON escapes can hold and that no file and no answer can."""
    return text.encode("utf-8", errors).decode("utf-8")


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadParameter(sentence)
