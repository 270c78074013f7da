"""Keeps the settings of an edit in the metadata of its result, as a convenience that must cost nothing.

The video is paid for: whatever goes wrong here, it stays as it came.
"""

import logging
from pathlib import Path
from typing import Protocol

from modules.edit.file_settings import settings_tags
from modules.jobs.job import Job

log = logging.getLogger("studio.jobs")


class Tagger(Protocol):
    """Writes tags into a file. Raises MediaError."""

    def tag(self, path: Path, tags: dict[str, str]) -> bool: ...


def keep_settings(media: Tagger, job: Job, path: Path) -> None:
    """Write what `job` was asked for into the result at `path`, if that is known and can be done. Never
    raises."""
    if not job.request.prompt:  # followed from a pasted id: what was asked for is not known here
        return
    try:
        media.tag(path, settings_tags(job.request, job.engine, job.request_id or "", job.created_at))
    except Exception as error:
        log.info("job %s: its result is kept without its settings: %s", job.job_id, error)
