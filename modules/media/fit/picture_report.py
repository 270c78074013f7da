"""The picture report: what will be done to a reference picture before it is sent.

The picture is prepared as for sending and thrown away, so that the report and what is sent never disagree.
"""

from modules.media.read.picture import prepare


def picture_report(path: str) -> list[str]:
    """Sentences about the picture at `path`, each true by itself; empty when nothing is worth a word.

    Decodes a stranger's file: call it in a media worker. Raises MediaError when the picture cannot be used.
    """
    return list(prepare(path).ahead)
