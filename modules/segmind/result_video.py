"""The finished video's address in a result body, whatever the body's shape.

Seen in the wild: `output` as a text, a list, or an object with `url`, `video_url` or `video.url`; a `video`
beside it; `task_result.videos[0].url`; `output_url`; everything under `data`; JSON inside a text; an address
without its host. So the body is walked for an http(s) address that looks like a video's, and what it echoes
of the request is left out: the source clip is a video too.
"""

import json
import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from modules.media.fetch.url_policy import MAX_URL_CHARACTERS
from modules.media.read.file_types import Kind, type_named

_LEFT_OUT = re.compile(
    r"(input|request|param|parameter|prompt|argument|source|element|reference|image|thumbnail|log)s?"
    r"|payload|args|poster|cover|still|webhook|(status|response|poll|cancel|get)_url"
)
"""Names, or words of names, under which no result lies: echoes of the request, links to the record,
pictures."""
_FIRST = ("output", "outputs", "result", "results", "task_result", "video", "videos", "data", "output_url")
"""Where to look first; a `video_url` beside an output may be the source's."""
_TELLING = re.compile(r"video|output|result|url|file|media|data|generat|asset|artifact", re.IGNORECASE)
_PATH = re.compile(r"/?[^\s/:?#]+(/[^\s/:?#]+)*(\?\S*)?")
_DEPTH = 8
_VALUES = 2000
_JSON_CHARACTERS = 200_000


def video_in(body: object, base: str = "") -> str | None:
    """The video's address in a result body, or None. `base`: the address that a relative one belongs to.

    Among several, the first that is named like a video is preferred, then one without a telling name; one
    that is named like a picture comes last. The ways that are documented are looked at before all others.
    """
    found = _Walk(base).addresses(body, telling=False, depth=0)
    return min(found, key=_rank, default=(None, False))[0]


def web_url(value: object) -> str | None:
    """`value` when it is an http(s) URL with a host, blanks in it escaped; else None."""
    if not isinstance(value, str) or len(value) > MAX_URL_CHARACTERS:
        return None
    text = value.strip().replace(" ", "%20")
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and "%" not in parts.netloc
    except ValueError:
        return None
    return text if good and not any(c.isspace() for c in text) else None


def _rank(found: tuple[str | None, bool]) -> int:
    url, telling = found
    named = type_named(urlsplit(url or "").path)
    if named is None:
        return 1 if telling else 2
    return 0 if named.kind is Kind.VIDEO else 3


class _Walk:
    """A bounded walk through a body, the likeliest places first."""

    def __init__(self, base: str) -> None:
        self._base, self._left = base, _VALUES

    def addresses(self, value: object, *, telling: bool, depth: int) -> Iterator[tuple[str, bool]]:
        """Addresses in `value`, and whether a name on the way to them tells that they are a result's."""
        self._left -= 1
        if depth > _DEPTH or self._left < 0:
            return
        value = decoded(value)
        if isinstance(value, str):
            if url := _address(value, self._base if telling else ""):
                yield url, telling
        elif isinstance(value, list):
            for one in value[:32]:
                yield from self.addresses(one, telling=telling, depth=depth + 1)
        elif isinstance(value, dict):
            for name in sorted(list(value)[:200], key=_place):
                if not _is_left_out(name):
                    tells = telling or bool(_TELLING.search(name))
                    yield from self.addresses(value[name], telling=tells, depth=depth + 1)


def _place(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _is_left_out(name: str) -> bool:
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
    return any(map(_LEFT_OUT.fullmatch, (words, *re.split(r"[^a-z0-9]+", words))))


def _address(text: str, base: str) -> str | None:
    if url := web_url(text):
        return url
    if not base or not _PATH.fullmatch(text):
        return None
    named = type_named(urlsplit(text).path)
    # Without a host only what is named like a video: a path may be anything else.
    return web_url(urljoin(f"{base}/", text)) if named is not None and named.kind is Kind.VIDEO else None


def decoded(value: object) -> object:
    """JSON text as the value it stands for; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[", '"') and len(value) < _JSON_CHARACTERS:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
