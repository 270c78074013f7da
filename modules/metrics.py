"""Metrics in Prometheus' text format: what the studio's jobs did, counted from the changes that are written.

Counters and histograms count what this process did, from its start: a job that survives a restart is counted,
move by move, in whichever process made the move. Gauges are read when they are asked for; the dollars come
from the journal, which every process shares and no restart empties. Labels are few and fixed: never an id, a
prompt, a key or an address.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from modules.jobs.errors import JournalTrouble
from modules.jobs.job import Job, Stage
from modules.jobs.vitals import Vitals
from modules.segmind.retry import AttemptOutcome, Call, OnFailure
from modules.version import version

_STAGE_BUCKETS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_LAG_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300)


class Metrics:
    """The numbers of one studio, in a registry of its own. Safe for many threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._begun = self._counter("studio_jobs_begun", "Edits begun.", "engine", "payer")
        self._moves = self._counter("studio_job_moves", "Moves of edits into a stage.", "engine", "stage")
        self._submits = self._counter(
            "studio_submits",
            "Submits by what is known of them: accepted, refused, withdrawn before it was sent, lost (the "
            "answer was), found (in the engine's history, after it was lost).",
            *("engine", "outcome"),
        )
        self._failures = self._counter(
            "studio_call_failures",
            "Attempts of calls to an engine that failed; again: another one followed at once (a poll that "
            "failed is asked again by its schedule).",
            *("engine", "call", "reason", "again"),
        )
        self._seconds = Histogram(
            "studio_stage_seconds",
            "Seconds that edits spent in a stage, counted when they leave it; a restart's pause is in it.",
            ["engine", "stage"],
            buckets=_STAGE_BUCKETS,
            registry=self._registry,
        )
        self._lag = Histogram(
            "studio_poll_lag_seconds",
            "Seconds between an edit's completion at the engine and our noticing: from the acceptance to the "
            "notice, less the total_time that the engine's answer tells. At most the time of one answer too "
            "small, never below 0; edits whose answer tells no total_time are left out.",
            ["engine"],
            buckets=_LAG_BUCKETS,
            registry=self._registry,
        )

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self._registry)

    def watch(self, vitals: Vitals) -> None:
        """Read the gauges from there. Call once."""
        self._registry.register(_Gauges(vitals))

    def text(self) -> bytes:
        """All of them. Asks the journal and the disk."""
        return generate_latest(self._registry)

    def failures_of(self, engine: str) -> OnFailure:
        """Counts the failed attempts of calls to that engine."""

        def count(call: Call, outcome: AttemptOutcome, again: bool) -> None:
            labels = (engine, call.value, outcome.name.lower(), "yes" if again else "no")
            self._failures.labels(*labels).inc()

        return count

    def job_changed(self, before: Job | None, job: Job) -> None:
        """Count what this change of a job means; see `Observer`."""
        if before is None:
            self._begun.labels(job.engine, job.payer).inc()
        elif outcome := _submit_outcome(before, job):
            self._submits.labels(job.engine, outcome).inc()
        if before is None or job.stage != before.stage:
            self._moves.labels(job.engine, job.stage.value).inc()
        if before is None:
            return
        if job.stage != before.stage and (since := before.stage_times.get(before.stage)) is not None:
            seconds = max(0.0, job.stage_times[job.stage] - since)
            if not before.terminal:
                self._seconds.labels(job.engine, before.stage.value).observe(seconds)
        if job.metrics and not before.metrics and (lag := _poll_lag(job)) is not None:
            self._lag.labels(job.engine).observe(lag)


def _submit_outcome(before: Job, job: Job) -> str | None:
    """What this change tells about the job's submit; None when nothing."""
    if before.stage == Stage.UNCERTAIN:
        return "found" if job.stage == Stage.QUEUED else None
    if before.stage != Stage.SUBMITTING:
        return None
    if before.checking:  # it was counted as lost
        return "found" if job.stage == Stage.QUEUED else None
    if job.stage == Stage.SUBMITTING:
        return "lost" if job.checking else None
    if job.stage == Stage.PREPARING:  # the preview is asked a second time, or the studio closes
        return "lost" if job.resent and not before.resent else "withdrawn"
    if job.stage == Stage.FAILED:
        return "withdrawn" if job.cancelled else "refused"
    return "accepted" if job.stage == Stage.QUEUED else "lost"


def _poll_lag(job: Job) -> float | None:
    """Seconds that the end of the edit was not noticed, as far as the answer's metrics tell."""
    total, times = job.metrics.get("total_time"), job.stage_times
    # Of what was sent elsewhere, or found later, the moment of the acceptance is not known.
    known = not job.resumed and job.lost_at is None
    if not known or isinstance(total, bool) or not isinstance(total, (int, float)):
        return None
    if not {Stage.QUEUED.value, Stage.SAVING.value} <= times.keys():
        return None
    return max(0.0, times[Stage.SAVING] - times[Stage.QUEUED] - total)


class _Gauges(Collector):
    """What is read at the moment of asking. What cannot be read is left out."""

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # or the registry would collect, and so ask the journal, when this is registered

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _gauge("studio_info", "The version of this studio.", ("version",), {(version(),): 1})
        jobs = {(engine, stage.value): count for (engine, stage), count in self._vitals.stages().items()}
        yield _gauge("studio_jobs", "Edits that this process has in hand.", ("engine", "stage"), jobs)
        waiting, running = self._vitals.queue()
        depth = {("waiting",): waiting, ("running",): running}
        yield _gauge("studio_queue_depth", "Edits that wait for their turn, and others.", ("state",), depth)
        watchers = {(): self._vitals.watchers()}
        yield _gauge("studio_watchers", "Pages and programs that wait for news of an edit.", (), watchers)
        silent = {(): self._vitals.silent()}
        yield _gauge("studio_runner_silent_seconds", "Since the runner's threads last moved.", (), silent)
        with contextlib.suppress(JournalTrouble):
            spending = {(state,): usd for state, usd in self._vitals.spending().items()}
            about = "The owner's money in the last 24 hours, of all processes; and the limit of it."
            yield _gauge("studio_budget_dollars", about, ("state",), spending)
        with contextlib.suppress(OSError):
            used, free = self._vitals.disk()
            about = "Of the file system that holds the data folder, whoever uses it."
            yield _gauge("studio_disk_bytes", about, ("state",), {("used",): used, ("free",): free})


def _gauge(name: str, about: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> GaugeMetricFamily:
    """`values` by the tuple of their labels."""
    made = GaugeMetricFamily(name, about, labels=labels)
    for label, value in values.items():
        made.add_metric(label, value)
    return made
