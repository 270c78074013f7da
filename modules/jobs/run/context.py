"""The dependencies of a job's steps, as one value."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from modules.jobs.job import Job
from modules.jobs.run.active_job import JobWriter
from modules.jobs.run.media_gateway import MediaGateway
from modules.jobs.run.poll_schedule import PollSchedule
from modules.jobs.storage import Storage
from modules.jobs.store.budget import Budget
from modules.jobs.store.journal import Journal
from modules.jobs.store.upload_cache import UploadCache
from modules.secret import Secret
from modules.segmind.client import SegmindClient


class EngineClients(Protocol):
    """Gives the client for an engine: `key` None means the owner's key, or none for the preview; an empty one
    means no key at all."""

    def client(self, engine: str, key: Secret | None) -> SegmindClient: ...


@dataclass(frozen=True)
class JobContext:
    """Dependencies of the steps. Clocks and chance are passed in."""

    journal: Journal
    writer: JobWriter
    engines: EngineClients
    media: MediaGateway
    storage: Storage
    budget: Budget
    schedule: PollSchedule
    uploads: UploadCache
    upload: Callable[..., str]
    place: str
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    rng: Callable[[], float] = random.random
    patience: float = 1.0
    """Scales the pauses after failures; below 1 in tests."""
    closing: threading.Event = field(default_factory=threading.Event)
    takes_up: Callable[[Job], bool] = lambda job: True
    """Which of the jobs that no living process holds this one goes on with: a command, with its own only."""
    withdraws: Callable[[Job], bool] = lambda job: False
    """Which of them end instead, when nothing was sent that costs money: nobody waits for what a killed
    command had only prepared, and whoever does types the command again."""
    free_media: MediaGateway | None = None
    """Prepares free edits, so that no paid one waits behind them; None: `media` does."""

    def media_for(self, job: Job) -> MediaGateway:
        """Who prepares the sources of `job`."""
        return self.media_of(job.engine)

    def media_of(self, engine: str) -> MediaGateway:
        """Who prepares the sources of jobs for `engine`."""
        return self.free_media if self.free_media and engine == "preview" else self.media
