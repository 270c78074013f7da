"""What is wrong with a visitor's clip, picture or URL, said so that they can do something about it."""

from modules.edit.errors import StudioError


class MediaError(StudioError):
    """Raised when a clip, picture or URL cannot be used; the sentence says what to do instead.

    Nothing has been sent to a paid engine when it is raised, so money is never at stake.
    """


class ClipError(MediaError):
    """A MediaError about the clip; `field` is `video_url`."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="video_url")


class TooSlow(MediaError):
    """Raised when work on a file ran over its time limit, typically because the file is built to be slow."""
