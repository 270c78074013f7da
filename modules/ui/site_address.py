"""The address at which a visitor reached this site, for links that must be absolute: tags for previews of
links, and links that are copied or embedded elsewhere.

Read as Gradio reads it, proxy headers included. A client may invent those; what it gets is its own answer
with its own invention, which nothing keeps.
"""

import re
from collections.abc import Iterable

from gradio.route_utils import get_root_url
from starlette.requests import Request

_HOST = r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?"
_TOLD_HOSTS = {
    b"x-forwarded-host": re.compile(rf"\s*{_HOST}\s*(?:,.*)?".encode(), re.DOTALL),
    b"x-gradio-server": re.compile(rf"https?://{_HOST}(?:/[\w./~%-]*)?".encode()),
}


def site_address(request: Request) -> str:
    """Such as `https://example.com/app`, without a slash at its end."""
    return get_root_url(request, request.url.path, request.scope.get("root_path") or None)


def without_odd_hosts(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """`headers` without those that name a host which none can have: Gradio would answer them with a fault."""
    return [
        (name, value)
        for name, value in headers
        if name not in _TOLD_HOSTS or _TOLD_HOSTS[name].fullmatch(value)
    ]
