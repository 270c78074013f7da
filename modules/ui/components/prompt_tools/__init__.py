"""Help under the prompt: chips of what may be named in it, ideas, a count, a warning."""

from modules.ui.components.base import OwnComponent


class PromptTools(OwnComponent):
    """Value: `{limit: int, spelling: references.SPELLING, starters: {kind: [text]}, given: None | {"Image":
    [FileData], "Element": [FileData | None]}}`. It types into `#prompt textarea` as a person would. No
    events."""
