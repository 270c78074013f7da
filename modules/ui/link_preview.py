"""Tags by which other sites preview a link: title, description and picture (Open Graph, and the one tag of
Twitter's that has no twin there).

Unfurlers read the first tens of kilobytes without running a script, so the tags stand at the top of the head,
each once.
"""

import re
from collections.abc import Mapping
from html import escape

NAME = "Kling O3 video edit"
TITLE = "Edit a video by describing it"
DESCRIPTION = (
    "Say what should change: the background, a character, the season, the style. Kling O3 keeps the movement "
    "and changes the rest. Free preview, no key needed."
)
PICTURE_SIZE = (1200, 630)
PAGE_PICTURE = "link-preview.jpg"
"""Where the main page's picture is, below its address."""
_TAG = re.compile(rb"<meta\s[^>]*?(?:property|name)=[\"'](?:og|twitter):[^>]*>\s*", re.IGNORECASE)
_TOP = re.compile(rb"<head[^>]*>\s*(?:<meta charset[^>]*>)?", re.IGNORECASE)


def preview_tags(
    *,
    url: str,
    title: str,
    description: str,
    picture: str,
    kind: str = "website",
    more: Mapping[str, str] | None = None,
) -> str:
    """The tags as HTML. `url`, `picture`: absolute addresses; the picture has PICTURE_SIZE. `more`: further
    properties by name, such as `og:video`."""
    width, height = PICTURE_SIZE
    told = {
        "og:type": kind,
        "og:site_name": NAME,
        "og:title": title,
        "og:description": description,
        "og:url": url,
        "og:image": picture,
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": title,
        **(more or {}),
    }
    tags = [f'<meta property="{name}" content="{escape(text)}">' for name, text in told.items()]
    return "".join([*tags, '<meta name="twitter:card" content="summary_large_image">'])


def page_preview(site: str) -> str:
    """The tags of the main page; `site` is its address without a slash at the end."""
    return preview_tags(
        url=f"{site}/", title=TITLE, description=DESCRIPTION, picture=f"{site}/{PAGE_PICTURE}"
    )


def with_preview(document: bytes, tags: str) -> bytes:
    """`document`, an HTML page, with `tags` at the top of its head in the place of all such tags in it."""
    without = _TAG.sub(b"", document)
    return _TOP.sub(lambda found: found[0] + tags.encode(), without, count=1)
