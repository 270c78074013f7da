"""What can go wrong in a preview render, as sentences a person reads."""

from modules.edit.errors import StudioError


class RenderError(StudioError):
    """Raised when a render cannot be made from its inputs, typically because a file cannot be decoded.
    Nothing was billed."""
