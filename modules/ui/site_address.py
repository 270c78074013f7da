"""The address at which a visitor reached this site, for links that must be absolute: tags for previews of
links, and links that are copied or embedded elsewhere.

Read as Gradio reads it, proxy headers included. A client may invent those; what it gets is its own answer
with its own invention, which nothing keeps.
"""

from gradio.route_utils import get_root_url
from starlette.requests import Request


def site_address(request: Request) -> str:
    """Such as `https://example.com/app`, without a slash at its end."""
    return get_root_url(request, request.url.path, request.scope.get("root_path") or None)
