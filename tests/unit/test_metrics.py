"""What the changes of jobs and the failures of calls are counted as."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from modules.edit.request import SLUG
from modules.jobs.job import Stage
from modules.metrics import Metrics
from modules.segmind import errors as wire
from modules.segmind.client import SegmindClient
from modules.segmind.history import HistoryRow
from modules.segmind.parsing import RequestState
from modules.segmind.retry import Call, RetryPolicy
from tests.support.fake_upstream import KEY, FakeUpstream
from tests.support.jobs import a_job
from tests.support.runner_harness import RunnerHarness, harness
from tests.support.upstream_faults import answer
from tests.support.waiting import until


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def made(tmp_path: Path, metrics: Metrics) -> Iterator[RunnerHarness]:
    with harness(tmp_path, observe=metrics.job_changed) as one:
        metrics.watch(one.runner.vitals)
        yield one


def told(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """The samples of `name`, by the values of their labels in the order of the labels' names."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if sample.name == name
    }


def test_a_refused_submit_is_refused(made, metrics):
    made.engine.submit_script = [wire.BadRequest("No.")]
    assert made.ended(made.start()).stage == Stage.FAILED
    assert told(metrics, "studio_submits_total") == {("segmind", "refused"): 1}


def test_an_edit_that_is_cancelled_before_it_is_sent_has_no_submit(made, metrics):
    made.engine.before_upload.clear()
    job_id = made.start()
    made.at(job_id, Stage.UPLOADING)
    made.runner.cancel(job_id, "visitor-1")
    assert told(metrics, "studio_submits_total") == {}
    assert told(metrics, "studio_job_moves_total")["segmind", "FAILED"] == 1


def test_a_lost_answer_is_lost_once_and_found_once(made, metrics):
    made.engine.rows = []
    made.engine.submit_script = [wire.AmbiguousSubmit("The connection broke.")]
    job_id = made.start(key=None)
    sent = until(lambda: (job := made.runner.get(job_id)).checking and job)
    row = HistoryRow("found-0001", SLUG, RequestState.PROCESSING, body=sent.payload, created_at=time.time())
    made.engine.rows = [row]
    until(lambda: made.runner.get(job_id).stage == Stage.COMPLETED)
    assert told(metrics, "studio_submits_total") == {("segmind", "lost"): 1, ("segmind", "found"): 1}
    assert told(metrics, "studio_poll_lag_seconds_count") == {}  # nobody knows when it was accepted


def test_the_free_engine_is_asked_a_second_time(made, metrics):
    made.engine.submit_script = [wire.AmbiguousSubmit("The connection broke.")]
    assert made.ended(made.start(engine="preview", key=None)).stage == Stage.COMPLETED
    assert told(metrics, "studio_submits_total") == {("preview", "lost"): 1, ("preview", "accepted"): 1}
    assert told(metrics, "studio_jobs_begun_total") == {("preview", "nobody"): 1}


def test_what_is_in_hand_and_what_waits_is_told(made, metrics):
    made.engine.before_done.clear()
    for _ in range(2):
        made.at(made.start(), "PROCESSING")
    assert told(metrics, "studio_jobs") == {("segmind", "PROCESSING"): 2}
    assert told(metrics, "studio_queue_depth") == {("running",): 2, ("waiting",): 0}
    assert told(metrics, "studio_watchers") == {(): 0}


def test_seconds_and_lag_are_those_of_the_job(metrics):
    times = {"SUBMITTING": 100.0, "QUEUED": 101.0}
    job = a_job(stage=Stage.QUEUED, stage_times=times)
    for at, stage in ((103.0, Stage.PROCESSING), (161.5, Stage.SAVING)):
        metrics.job_changed(job, job := job.moved(at, stage))
    done = job.moved(162.0, metrics={"total_time": 58.0})
    metrics.job_changed(job, done)
    assert told(metrics, "studio_stage_seconds_sum") == {
        ("segmind", "QUEUED"): 2.0,
        ("segmind", "PROCESSING"): 58.5,
    }
    assert told(metrics, "studio_poll_lag_seconds_sum") == {("segmind",): 2.5}


@pytest.mark.parametrize(
    ("metrics_told", "facts"),
    [
        ({"cost": 1.0}, {}),
        ({"total_time": "soon"}, {}),
        ({"total_time": True}, {}),
        ({"total_time": 1.0}, {"resumed": True}),
        ({"total_time": 1.0}, {"lost_at": 100.0}),
    ],
)
def test_no_lag_is_made_up(metrics, metrics_told, facts):
    job = a_job(stage=Stage.SAVING, stage_times={"QUEUED": 101.0, "SAVING": 110.0}, **facts)
    metrics.job_changed(job, job.moved(111.0, metrics=metrics_told))
    assert told(metrics, "studio_poll_lag_seconds_count") == {}


def test_a_journal_or_disk_that_cannot_be_read_leaves_its_numbers_out(tmp_path, metrics):
    def gone(_):
        raise OSError("gone")

    with harness(tmp_path, disk_usage=gone) as made:
        metrics.watch(made.runner.vitals)
        assert told(metrics, "studio_disk_bytes") == {} and told(metrics, "studio_queue_depth")
        assert told(metrics, "studio_budget_dollars") == {("limit",): 10, ("reserved",): 0, ("spent",): 0}


def test_a_counter_that_breaks_stops_no_edit(tmp_path):
    def broken(before, job):
        raise RuntimeError("a bug in the counter")

    with harness(tmp_path, observe=broken) as made:
        assert made.ended(made.start()).stage == Stage.COMPLETED


def test_failed_attempts_are_counted_with_what_followed(metrics):
    quick = {call: RetryPolicy(attempts=2, base=0.001, cap=0.001, total=5.0) for call in Call}
    with FakeUpstream() as upstream:
        client = SegmindClient(
            upstream.url, upstream.url, KEY, policies=quick, on_failure=metrics.failures_of("segmind")
        )
        upstream.script("credits", answer(500), answer(500))
        with pytest.raises(wire.ServerError):
            client.credits()
        upstream.script("credits", answer(503))
        assert client.credits() == 100.0
    assert told(metrics, "studio_call_failures_total") == {
        ("yes", "read", "segmind", "server_error"): 2,
        ("no", "read", "segmind", "server_error"): 1,
    }
