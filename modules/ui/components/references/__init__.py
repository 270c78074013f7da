"""The reference pictures: images in order, and elements with their views. gr.Gallery knows neither names nor
groups, and cannot be put in order."""

from modules.ui.components.base import OwnComponent


class References(OwnComponent):
    """Value: `{"images": [FileData], "elements": [{name, frontal: FileData | None, references:
    [FileData]}]}`, at most ten of each. Event `change`: something was added, removed, moved or named."""

    takes_files = True
