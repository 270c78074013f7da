"""The examples as small cards that play when pointed at. gr.Examples shows a table and downloads each
clip."""

from modules.ui.components.base import OwnComponent


class ExampleCards(OwnComponent):
    """Value: `{"examples": [{id, title, kind, poster, preview}]}`; `poster` and `preview` are FileData. Event
    `act` with `{id}`: a card was chosen."""
