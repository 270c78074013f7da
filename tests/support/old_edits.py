"""Edits of earlier days, in the journal of an app that runs."""

import time
from dataclasses import replace

from modules.edit.request import EditRequest
from modules.jobs.job import Stage
from modules.jobs.store.database import Database
from modules.jobs.store.journal import Journal
from tests.support.jobs import a_job


def add_old_edits(app, visitor: str, many: int) -> None:
    """Older edits of `visitor`, written as the app writes its own."""
    database = Database(app.data / "journal.sqlite")
    journal, now = Journal(database), time.time()
    done = a_job(visitor=visitor, engine="preview", payer="nobody", stage=Stage.COMPLETED, message="")
    for number in range(1, many + 1):
        season = "a heron in winter" if number % 100 == 7 else "autumn leaves"
        request = EditRequest(prompt=f"Edit {number}: {season}", video_url="/srv/gone/clip.mp4")
        at = now - 3600 - 60 * number
        times = {"PREPARING": at, "COMPLETED": at + 4}
        journal.create(
            replace(
                done, job_id=f"many-{number:04}-{int(now)}", request=request, created_at=at, stage_times=times
            ),
            "nobody",
        )
    database.close()
