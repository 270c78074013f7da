"""Links that fill the form: `/?prompt=…&mode=…&duration=…&aspect_ratio=…&keep_audio=…&video_url=…`, or
`example=ID` for all of an example.

A link is a stranger's text: each value is checked by itself, what is not possible is left out and said, and
nothing begins by opening one. Gradio's own deep links are off: they write every input, keys included, to the
server's disk.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from modules.edit.request import ASPECT_RATIOS, AUTO_RATIO, DURATIONS, MODES, EditRequest, is_url
from modules.edit.wording import encodable
from modules.media.fetch.url_policy import MAX_URL_CHARACTERS

EXAMPLE, SHARE = "example", "share"
MOST_CHARACTERS = 7500
"""Of a link: proxies and this server refuse addresses of more than 8 KB."""
_YES, _NO = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off", ""})
_OTHERS_PREFIXES, _OTHERS = (
    ("__", "utm_"),
    frozenset({"view", "deep_link", "logs", "ref", "fbclid", "gclid", "s"}),
)
"""Names in an address that are not ours and mean nothing to the form: Gradio's, the Hub's, and those that
other sites append to a link."""
_SAID_CHARACTERS, _MOST_SAID = 40, 8
"""Of a value, and of values, that are left out."""


@dataclass(frozen=True)
class LinkedForm:
    """What a link asks for. `values`: fields of `EditRequest`, checked. `example`, `share`: what the form is
    filled from first, as written. `left_out`: what was not possible, in words."""

    values: dict[str, Any] = field(default_factory=dict)
    example: str = ""
    share: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def fills(self) -> bool:
        """Whether anything is to be put into the form."""
        return bool(self.values or self.example or self.share)


def read_link(pairs: Iterable[tuple[str, str]]) -> LinkedForm:
    """The form of a link, from the names and values of its query. The first value of a name counts."""
    values: dict[str, Any] = {}
    started_from: dict[str, str] = {}
    left_out: list[str] = []
    for name, text in pairs:
        if name in values or name in started_from or name in _OTHERS or name.startswith(_OTHERS_PREFIXES):
            continue
        if name in (EXAMPLE, SHARE):
            started_from[name] = text
        elif name not in _READERS:
            left_out.append(f"“{_said(name)}” (the form has no such setting)")
        else:
            read, allowed = _READERS[name]
            value = read(text)
            if value is None:
                left_out.append(f"{name} “{_said(text)}” ({allowed})")
            else:
                values[name] = value
    said = list(dict.fromkeys(left_out))
    if more := len(said[_MOST_SAID:]):
        said[_MOST_SAID:] = [f"and {more} more"]
    return LinkedForm(values, started_from.get(EXAMPLE, ""), started_from.get(SHARE, ""), tuple(said))


def form_link(request: EditRequest, *, share: str = "") -> str:
    """The query, with its question mark, that fills the form as for `request`: its settings, and its clip
    when that has an address. `share`: the token of a shared edit, from which the clip is taken. A prompt that
    is too long for a link is left to the share."""
    told = {
        "prompt": request.prompt,
        "mode": request.mode,
        "duration": request.duration,
        "aspect_ratio": request.aspect_ratio,
        "keep_audio": str(request.keep_audio).lower(),
    }
    if not share and is_url(request.video_url):
        told["video_url"] = request.video_url
    if share:
        told[SHARE] = share
    if len(query := urlencode(told)) > MOST_CHARACTERS and share:
        query = urlencode({SHARE: share})
    return f"?{query}"


def _one_of(allowed: Collection[str]) -> Callable[[str], str | None]:
    return lambda text: text.strip() if text.strip() in allowed else None


def _yes_or_no(text: str) -> bool | None:
    said = text.strip().lower()
    return True if said in _YES else False if said in _NO else None


def _address(text: str) -> str | None:
    text = text.strip()
    try:
        named = bool(urlsplit(text).hostname)
    except ValueError:
        return None
    plain = text.isprintable() and " " not in text and len(text) <= MAX_URL_CHARACTERS
    return text if is_url(text) and named and plain else None


def _text(text: str) -> str | None:
    return encodable(text.replace("\0", ""))


def _said(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SAID_CHARACTERS else f"{line[:_SAID_CHARACTERS]}…"


_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "prompt": (_text, ""),
    "mode": (_one_of(MODES), " or ".join(MODES)),
    "duration": (_one_of(DURATIONS), f"{DURATIONS[0]} to {DURATIONS[-1]} seconds"),
    "aspect_ratio": (_one_of((*ASPECT_RATIOS, AUTO_RATIO)), f"{', '.join(ASPECT_RATIOS)} or {AUTO_RATIO}"),
    "keep_audio": (_yes_or_no, "true or false"),
    "video_url": (_address, "a web address that begins with https://"),
    "shot_type": (lambda text: _text(text) if 0 < len(text.strip()) <= 40 else None, "up to 40 characters"),
}
