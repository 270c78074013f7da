"""What the person who runs the studio asks it: /healthz and /metrics of a real app."""

import contextlib
import sqlite3

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.fake_upstream import FakeUpstream
from tests.support.raw_events import RawPage
from tests.support.raw_requests import ask, begun, call, elsewhere, status_of
from tests.support.studio_app import CLIPS, KEY, App, running_app
from tests.support.upstream_faults import close_after_body, rate_limited
from tests.support.waiting import until

PROMPT = "make it a snowy winter"
FITTING = CLIPS / "person_park_1280x720.mp4"
"""Five seconds, in a shape that is sent as it is."""


def numbers(app: App) -> dict[tuple, float]:
    """All that /metrics tells, by name and labels, read by the client library's own parser."""
    answer = ask(app.url, "GET", "/metrics")
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def edit(app: App, **changes) -> dict:
    """One edit, until it has ended: what is told of it then."""
    page = RawPage(app.url)
    clip = page.uploaded(FITTING.read_bytes())
    code, told = call(
        app.url, "edit", {"prompt": PROMPT, "video": clip, "duration": "3", **changes}, seconds=120
    )
    assert code == 200 and told
    return told[1]


# -- health


def test_health_is_told_to_everybody_and_tells_nothing_of_anybody(studio):
    answer = ask(studio.url, "GET", "/healthz")
    assert answer.status == 200 and answer.headers["cache-control"] == "no-store"
    assert answer.json().keys() == {"status", "journal", "runner", "queue", "version"}
    assert answer.json()["status"] == answer.json()["journal"] == answer.json()["runner"] == "ok"
    head = ask(studio.url, "HEAD", "/healthz")
    assert head.status == 200 and head.body == b""
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert ask(studio.url, "POST", "/healthz", {}, b"").status == 404


def test_health_is_told_while_400_streams_are_open(studio):
    other = elsewhere(1)
    with contextlib.ExitStack() as streams:
        lines = [
            streams.enter_context(
                begun(
                    studio.url, f"/gradio_api/heartbeat/a{n}", {}, method="GET", source=other if n % 2 else ""
                )
            )
            for n in range(400)
        ]
        assert {status_of(line, 30) for line in lines} == {200}
        answers = [ask(studio.url, "GET", "/healthz", seconds=10) for _ in range(20)]
    assert [one.status for one in answers] == [200] * 20
    assert max(one.seconds for one in answers) < 5


def test_a_journal_that_is_gone_is_told_and_when_it_is_back_too(tmp_path):
    with running_app(tmp_path) as app:
        with contextlib.closing(sqlite3.connect(tmp_path / "journal.sqlite", timeout=10)) as other:
            other.execute("ALTER TABLE jobs RENAME TO lost")
            answer = until(lambda: (one := ask(app.url, "GET", "/healthz")).status == 503 and one, 10)
            assert answer.json()["journal"] == "silent" and answer.json()["status"] == "failing"
            assert ask(app.url, "HEAD", "/healthz").status == 503
            other.execute("ALTER TABLE lost RENAME TO jobs")
        assert until(lambda: ask(app.url, "GET", "/healthz").status == 200, 10)


# -- metrics


def test_without_the_setting_there_are_no_metrics(studio):
    assert [ask(studio.url, method, "/metrics").status for method in ("GET", "HEAD")] == [404, 404]


def test_an_edit_on_the_preview_engine_is_counted(tmp_path):
    with running_app(tmp_path, STUDIO_METRICS="1") as app:
        before = numbers(app)
        assert edit(app)["stage"] == "COMPLETED"
        told = until(lambda: (now := numbers(app)).get(("studio_queue_depth", "state=running")) == 0 and now)
    assert not any("jobs_begun_total" in name for name, *_ in before)
    assert told["studio_jobs_begun_total", "engine=preview", "payer=nobody"] == 1
    assert told["studio_submits_total", "engine=preview", "outcome=accepted"] == 1
    for stage in ("PREPARING", "UPLOADING", "SUBMITTING", "QUEUED", "PROCESSING", "SAVING"):
        assert told["studio_job_moves_total", "engine=preview", f"stage={stage}"] == 1, stage
        assert told["studio_stage_seconds_count", "engine=preview", f"stage={stage}"] == 1, stage
    assert told["studio_job_moves_total", "engine=preview", "stage=COMPLETED"] == 1
    assert told["studio_stage_seconds_sum", "engine=preview", "stage=PROCESSING"] > 0
    assert told["studio_poll_lag_seconds_count", "engine=preview"] == 1
    assert 0 <= told["studio_poll_lag_seconds_sum", "engine=preview"] < 5
    assert told["studio_disk_bytes", "state=free"] > 0 < told["studio_disk_bytes", "state=used"]
    assert told["studio_budget_dollars", "state=limit"] == 10
    assert told["studio_runner_silent_seconds",] < 30


@pytest.fixture
def upstream():
    with FakeUpstream(durations=(0.05, 0.1), extras=True) as made:
        yield made


def test_paid_edits_are_counted_with_their_retries_doubts_and_dollars(tmp_path, upstream):
    settings = {
        "STUDIO_METRICS": "1",
        "SEGMIND_API_KEY": KEY,
        "SEGMIND_BASE_URL": upstream.url,
        "SEGMIND_STORAGE_URL": upstream.url,
    }
    with running_app(tmp_path, **settings) as app:
        assert edit(app)["stage"] == "COMPLETED"
        upstream.script("submit", rate_limited(0.5, "seconds"))
        assert edit(app)["stage"] == "COMPLETED"
        upstream.script("submit", close_after_body())
        uncertain = edit(app)
        assert uncertain["stage"] == "UNCERTAIN"
        told = numbers(app)
        submits = {
            labels[-1]: value for (name, *labels), value in told.items() if name == "studio_submits_total"
        }
        assert submits == {"outcome=accepted": 2, "outcome=lost": 1}
        failed = {
            tuple(labels[:1] + labels[1:2] + labels[3:]): value
            for (name, *labels), value in told.items()
            if name == "studio_call_failures_total" and "call=submit" in labels
        }
        assert failed == {
            ("again=yes", "call=submit", "reason=rate_limited"): 1,
            ("again=no", "call=submit", "reason=lost"): 1,
        }
        assert told["studio_job_moves_total", "engine=segmind", "stage=COMPLETED"] == 2
        assert told["studio_job_moves_total", "engine=segmind", "stage=UNCERTAIN"] == 1
        assert told["studio_jobs_begun_total", "engine=segmind", "payer=owner"] == 3
        spent = told["studio_budget_dollars", "state=spent"]
        assert spent > 0 and told["studio_budget_dollars", "state=reserved"] == 0
        # Nobody is named: neither an edit, nor what it says, nor who sent it, nor with which key.
        text = ask(app.url, "GET", "/metrics").text
        for secret in (KEY, PROMPT, uncertain["job_id"], "127.0.0.1", *(job.id for job in upstream.accepted)):
            assert secret not in text

        # An edit that a kill interrupts is counted by both processes, each its own moves; the dollars stay.
        upstream.durations = (0.05, 600.0)
        page = RawPage(app.url)
        assert page.start(engine=None, video=page.uploaded(FITTING.read_bytes()), duration=3) == {}
        stage = ("studio_jobs", "engine=segmind", "stage=PROCESSING")
        until(lambda: numbers(app).get(stage) == 1)
        assert numbers(app)["studio_budget_dollars", "state=reserved"] > 0
        app.kill()
        app.start()
        until(lambda: numbers(app).get(stage) == 1)
        for job in upstream.accepted:
            upstream.finish(job.id)
        done = ("studio_job_moves_total", "engine=segmind", "stage=COMPLETED")
        again = until(lambda: (now := numbers(app)).get(done) == 1 and now)
        assert not any(name in ("studio_jobs_begun_total", "studio_submits_total") for name, *_ in again)
        assert again["studio_stage_seconds_count", "engine=segmind", "stage=PROCESSING"] == 1
        assert again["studio_budget_dollars", "state=spent"] > spent
        assert again["studio_budget_dollars", "state=reserved"] == 0
