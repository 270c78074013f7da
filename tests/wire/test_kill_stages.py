"""kill -9 at every stage boundary of a real process, then a start on the same data directory."""

from pathlib import Path

import pytest

from modules.jobs.job import Job, Stage
from tests.support.fake_upstream import FakeUpstream
from tests.support.runner_child import KEY, POINTS, Onlooker, Setting, Studio
from tests.support.upstream_faults import slow
from tests.support.waiting import until

OWNER, VISITOR, PREVIEW = ("owner", "segmind", None), ("visitor", "segmind", KEY), ("nobody", "preview", None)

OWNERS_ENDS = {
    "before:UPLOADING": (Stage.PREPARING, Stage.COMPLETED, 1),
    "after:UPLOADING": (Stage.UPLOADING, Stage.COMPLETED, 1),
    "before:SUBMITTING": (Stage.UPLOADING, Stage.COMPLETED, 1),
    # Whether it was sent cannot be known: told, not repeated.
    "after:SUBMITTING": (Stage.SUBMITTING, Stage.UNCERTAIN, 0),
    "before:QUEUED": (Stage.SUBMITTING, Stage.UNCERTAIN, 1),
    "after:QUEUED": (Stage.QUEUED, Stage.COMPLETED, 1),
    "before:PROCESSING": (Stage.QUEUED, Stage.COMPLETED, 1),
    "after:PROCESSING": (Stage.PROCESSING, Stage.COMPLETED, 1),
    "before:SAVING": (Stage.PROCESSING, Stage.COMPLETED, 1),
    "after:SAVING": (Stage.SAVING, Stage.COMPLETED, 1),
    "before:COMPLETED": (Stage.SAVING, Stage.COMPLETED, 1),
    "after:COMPLETED": (Stage.COMPLETED, Stage.COMPLETED, 1),
    "copying": (Stage.SAVING, Stage.COMPLETED, 1),
}
"""Where the process is killed: the stage on the disk then, the stage after the restart, and how often the
edit was submitted in all."""

WAITS = None
"""Instead of an end: it waits for its visitor's key."""
VISITORS_ENDS = {
    "after:UPLOADING": (Stage.UPLOADING, WAITS, 0),
    "before:QUEUED": (Stage.SUBMITTING, Stage.UNCERTAIN, 1),
    "after:QUEUED": (Stage.QUEUED, WAITS, 1),
    # Its address is known: the copy needs no key.
    "copying": (Stage.SAVING, Stage.COMPLETED, 1),
}


@pytest.fixture
def upstream():
    with FakeUpstream(durations=(0.1, 600.0)) as made:
        made.always("submit", slow(0.02))
        yield made


def killed_then_restarted(
    tmp_path: Path, upstream: FakeUpstream, point: str, who: tuple[str, str, str | None]
) -> tuple[Stage, Job]:
    """The stage in which the process died at `point`, and the job after a restart, once it has ended or
    waits for its key."""
    _, engine, key = who
    onlooker = Onlooker(tmp_path)

    def look() -> Job:
        """The job on the disk. It is edited until the journal has said so, so that no stage is skipped."""
        job = onlooker.journal.get(job_id)
        if job.stage == Stage.PROCESSING:
            upstream.finish(job.request_id)
        return job

    try:
        with Studio(
            Setting(str(tmp_path), upstream.url, jobs=(("anna", "Make it snow", engine, key),), die=point)
        ) as first:
            job_id = first.started()[0]
            until(lambda: look() and not first.process.is_alive())
        died_in = onlooker.journal.get(job_id).stage
        with Studio(Setting(str(tmp_path), upstream.url)) as second:
            assert second.started() == []
            job = until(lambda: ((now := look()).terminal or now.needs_key) and now)
            second.close()
        return died_in, job
    finally:
        onlooker.close()


def test_the_table_has_every_point_at_which_a_process_may_be_killed():
    assert list(OWNERS_ENDS) == POINTS


@pytest.mark.parametrize("point", POINTS)
def test_an_edit_on_the_owners_key_survives_a_kill(tmp_path, upstream, point):
    died_in, job = killed_then_restarted(tmp_path, upstream, point, OWNER)
    assert (died_in, job.stage, upstream.submits) == OWNERS_ENDS[point]
    assert job.maybe_billed == (job.stage == Stage.UNCERTAIN)
    kept = (tmp_path / job.result).stat().st_size if job.result else None
    assert kept == (len(upstream.video) if job.stage == Stage.COMPLETED else None)


@pytest.mark.parametrize("point", VISITORS_ENDS)
def test_a_visitors_own_edit_waits_for_the_key_after_a_kill(tmp_path, upstream, point):
    died_in, job = killed_then_restarted(tmp_path, upstream, point, VISITOR)
    end = WAITS if job.needs_key else job.stage
    assert (died_in, end, upstream.submits) == VISITORS_ENDS[point]
    assert (job.request_id is not None) == (died_in in (Stage.QUEUED, Stage.SAVING))
    on_disk = b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".mp4"
    )
    assert KEY.encode() not in on_disk


@pytest.mark.parametrize("point", ["after:SUBMITTING", "before:QUEUED"])
def test_a_preview_that_died_inside_the_submit_is_simply_made_again(tmp_path, upstream, point):
    died_in, job = killed_then_restarted(tmp_path, upstream, point, PREVIEW)
    assert (died_in, job.stage) == (Stage.SUBMITTING, Stage.COMPLETED)
