"""The parts of Gradio's page that ours needs, asked for at once instead of one after the other.

Gradio's page loads its components when it has read its configuration, half a second after it began; until then the server has nothing
to do. So the document names them at the end of its head (`modulepreload`, `preload`), after what is needed first, and they are there
when they are wanted: an eighth of the time until the page can be used.
The names carry hashes and belong to the pinned Gradio; they are written by `python -m tests.browser.parts`. A name that the installed
Gradio does not have is left out, and a part that is not named is loaded as ever.
"""

from pathlib import Path

import gradio

NAMES = Path(__file__).parent / "assets" / "parts.txt"
_GRADIO = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"


def links() -> str:
    """The links for the document's head."""
    there = [name for name in NAMES.read_text("utf-8").split() if (_GRADIO / name).is_file()]
    return "".join(f'<link rel="modulepreload" crossorigin fetchpriority="low" href="./assets/{name}">' if name.endswith(".js") else
                   f'<link rel="preload" as="style" crossorigin fetchpriority="low" href="./assets/{name}">' for name in there)


class EarlyParts:
    """ASGI middleware: puts `links()` into the head of every HTML document that the app answers with."""

    def __init__(self, app) -> None:
        self._app = app
        self._links = links().encode()

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http" or scope.get("method") != "GET":
            await self._app(scope, receive, send)
            return
        begun, body = None, b""

        async def pass_on(message) -> None:
            nonlocal begun, body
            if message["type"] == "http.response.start" and _is_page(message):
                begun = message
            elif begun is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    document = body.replace(b"</head>", self._links + b"</head>", 1)
                    kept = [(name, value) for name, value in begun["headers"] if name.lower() != b"content-length"]
                    await send(begun | {"headers": [*kept, (b"content-length", str(len(document)).encode())]})
                    await send({"type": "http.response.body", "body": document})

        await self._app(scope, receive, pass_on)


def _is_page(message) -> bool:
    headers = {name.lower(): value for name, value in message.get("headers", [])}
    return message["status"] == 200 and headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers
