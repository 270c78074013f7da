"""kill -9 at every stage boundary of a real process, then a start on the same data directory."""

from collections import Counter
from pathlib import Path

import pytest

from modules.jobs.job import Stage
from tests.support.fake_upstream import FakeUpstream
from tests.support.runner_child import KEY, POINTS, Onlooker, Setting, Studio
from tests.support.runner_harness import eventually
from tests.support.upstream_faults import slow

OWNER, VISITOR, PREVIEW = ("owner", "segmind", None), ("visitor", "segmind", KEY), ("nobody", "preview", None)


@pytest.fixture
def upstream():
    with FakeUpstream(durations=(0.1, 0.1)) as made:
        made.always("submit", slow(0.02))
        yield made


def killed_then_restarted(tmp_path: Path, upstream: FakeUpstream, point: str, who: tuple):
    """The job after a kill at `point` and a restart, once it has ended or waits for its key."""
    _, engine, key = who
    onlooker = Onlooker(tmp_path)
    try:
        with Studio(
            Setting(str(tmp_path), upstream.url, jobs=(("anna", "Make it snow", engine, key),), die=point)
        ) as first:
            job_id = first.started()[0]
            eventually(lambda: not first.process.is_alive())
        died_in = onlooker.journal.get(job_id).stage
        with Studio(Setting(str(tmp_path), upstream.url)) as second:
            assert second.started() == []
            job = eventually(
                lambda: (now := onlooker.journal.get(job_id)) and (now.terminal or now.needs_key) and now
            )
            second.close()
        return died_in, job
    finally:
        onlooker.close()


def submits(upstream: FakeUpstream) -> Counter:
    return Counter(job.payload["prompt"] for job in upstream.accepted)


@pytest.mark.parametrize("point", POINTS)
def test_an_edit_on_the_owners_key_survives_a_kill(tmp_path, upstream, point):
    died_in, job = killed_then_restarted(tmp_path, upstream, point, OWNER)
    if died_in == Stage.SUBMITTING:  # whether it was sent cannot be known: told, not repeated
        assert job.stage == Stage.UNCERTAIN and job.maybe_billed
        assert upstream.submits <= 1
    else:
        assert job.stage == Stage.COMPLETED and upstream.submits == 1
        assert (tmp_path / job.result).stat().st_size == len(upstream.video)


@pytest.mark.parametrize("point", ["after:UPLOADING", "before:QUEUED", "after:QUEUED", "copying"])
def test_a_visitors_own_edit_waits_for_the_key_after_a_kill(tmp_path, upstream, point):
    died_in, job = killed_then_restarted(tmp_path, upstream, point, VISITOR)
    if died_in == Stage.SUBMITTING:
        assert job.stage == Stage.UNCERTAIN
    elif point == "copying":  # its address is known: the copy needs no key
        assert job.stage == Stage.COMPLETED
    else:
        assert job.needs_key and (job.request_id is not None) == (died_in == Stage.QUEUED)
    assert upstream.submits <= 1
    on_disk = b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".mp4"
    )
    assert KEY.encode() not in on_disk


@pytest.mark.parametrize("point", ["after:SUBMITTING", "before:QUEUED"])
def test_a_preview_that_died_inside_the_submit_is_simply_made_again(tmp_path, upstream, point):
    died_in, job = killed_then_restarted(tmp_path, upstream, point, PREVIEW)
    assert (died_in, job.stage) == (Stage.SUBMITTING, Stage.COMPLETED)
