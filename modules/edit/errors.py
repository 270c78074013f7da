"""The root of the one error tree.

StudioError                      anything a visitor can meet
├── media.errors.MediaError      a clip, picture or URL that cannot be used
├── segmind.errors.SegmindError  the wire: what the upstream said, or did not say
├── jobs.errors.JobError         the life of a job: budget, storage, resume
└── preview.errors.RenderError   the embedded engine
"""


class StudioError(Exception):
    """Base of every error a visitor can meet; `str(error)` is the sentence they read.

    `field` names the widget concerned (a model parameter such as `"video_url"`), or is None.
    `maybe_billed` says that money may have been spent.
    """

    maybe_billed = False

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
