"""Names of parameters in answers, as this project writes them, and in words.

A name looks as `EditRequest` and its problems have it: `video_url`, `image_urls[0]`,
`elements[1].reference_image_urls[2]`, all counted from 0. In words pictures count from 1, as on the page.
"""

import re

from modules.edit.request import MAX_ELEMENTS, MAX_IMAGES, EditRequest

_PREFIXES = {
    "body",
    "query",
    "input",
    "inputs",
    "data",
    "payload",
    "params",
    "parameters",
    "request",
    "__root__",
}
_OTHER_NAMES = {
    "video": "video_url",
    "image_url": "image_urls",
    "image": "image_urls",
    "images": "image_urls",
    "element": "elements",
    "frontal_image_url": "elements",
    "reference_image_urls": "elements",
}
_VIEWS = ("frontal_image_url", "reference_image_urls")
_MOST_PARTS = 12
_WORDS = {
    "video_url": "the clip",
    "aspect_ratio": "the aspect ratio",
    "shot_type": "the shot type",
    "mode": "the quality",
    "keep_audio": "the sound",
    "image_urls": "the images",
    "elements": "the elements",
}


def field_at(loc: object) -> str | None:
    """The parameter that `loc` names, or None when it is none of the model's.

    `loc`: a list such as `["body", "elements", 0, "frontal_image_url"]`, or one text with dots or brackets
    (`body.elements[0].frontal_image_url`, `/image_urls/1`, `aspectRatio`).
    """
    parts = _parts(loc)
    while parts and parts[0] in _PREFIXES:
        parts = parts[1:]
    if not parts:
        return None
    name = _OTHER_NAMES.get(parts[0], parts[0])
    if name not in EditRequest.__dataclass_fields__:
        return None
    rest = parts[1:]
    if name == "image_urls":
        return name + _index(rest, MAX_IMAGES)
    if name == "elements" and (index := _index(rest, MAX_ELEMENTS)):
        view = rest[1] if len(rest) > 1 and rest[1] in _VIEWS else ""
        name += index
        if view:
            name += f".{view}" + (_index(rest[2:], MAX_IMAGES) if view == _VIEWS[1] else "")
    return name


def field_in_words(field: str) -> str:
    """A parameter inside a sentence: "the clip", "image 2", "the frontal picture of element 1"."""
    name, *rest = _parts(field)
    number = int(rest[0]) + 1 if rest and rest[0].isdigit() else 0
    if name == "image_urls" and number:
        return f"image {number}"
    if name == "elements" and number:
        view = rest[1] if len(rest) > 1 else ""
        if view == _VIEWS[0]:
            return f"the frontal picture of element {number}"
        if view == _VIEWS[1]:
            which = f"reference picture {int(rest[2]) + 1}" if len(rest) > 2 else "the reference pictures"
            return f"{which} of element {number}"
        return f"element {number}"
    return _WORDS.get(name, f"the {name}")


def _parts(loc: object) -> list[str]:
    """The names and numbers of a place, in lower case with underscores."""
    given = loc[:_MOST_PARTS] if isinstance(loc, list) else [loc]
    texts = [
        part
        for one in given
        if isinstance(one, (str, int))
        for part in re.findall(r"[A-Za-z_]\w*|\d+", str(one)[:200])
    ]
    return [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", one).lower() for one in texts]


def _index(parts: list[str], most: int) -> str:
    """`[n]` for a first part that is a number below `most`, else ""."""
    number = parts[0] if parts else ""
    return f"[{int(number)}]" if re.fullmatch(r"[0-9]{1,3}", number) and int(number) < most else ""
