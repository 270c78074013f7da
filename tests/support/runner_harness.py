"""A job runner with a scripted engine in the same process: no network, no pixels."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

from modules.edit.framing import Framing
from modules.edit.request import EditRequest
from modules.jobs.build import build_runner
from modules.jobs.run.poll_schedule import PollSchedule
from modules.jobs.store.database import Database
from modules.jobs.store.journal import Journal
from modules.secret import Secret
from modules.segmind.errors import NotFound
from modules.segmind.history import HistoryRow
from modules.segmind.reasons import reason_in
from modules.segmind.sentences import job_failed
from tests.support.scripted_media import CLIP, Media
from tests.support.waiting import until

KEY = Secret("SG_0123456789abcdef")


def edit(**changes) -> EditRequest:
    return EditRequest(**{"prompt": "Make it snow", "video_url": str(CLIP), **changes})


class Engine:
    """A client and its engine. Attributes are scripts: an exception instance in a list is raised, else
    returned."""

    storage_url = "http://storage.test"

    def __init__(self) -> None:
        self.submitted: list[dict] = []
        self.uploading: list[Path] = []
        """Uploads that were begun; `uploaded` has those that came to their end."""
        self.uploaded: list[Path] = []
        self.types: list[str] = []
        """What each upload was said to be."""
        self.downloaded: list[Path] = []
        """Targets of the downloads that were begun."""
        self.keys: list[Secret | None] = []
        self.polls = 0
        self.polls_needed = 2
        self.submit_script: list = []
        self.status_script: list = []
        self.result_script: list = []
        self.download_script: list = []
        self.before_submit = threading.Event()
        self.before_submit.set()
        self.before_upload = threading.Event()
        self.before_upload.set()
        self.before_done = threading.Event()
        self.before_done.set()
        self.cost: float | None = 1.9
        self.rows: list[HistoryRow] | None = None
        """The request history; None: there is none."""
        self.history_script: list = []
        self.looks = self.lookups = 0

    def client(self, engine: str, key: Secret | None) -> "Engine":
        self.keys.append(key)
        return self

    def wait_for_turn(self, should_stop=lambda: False, on_wait=None) -> None: ...

    @property
    def history(self) -> "Engine":
        return self

    def since(self, moment: float, attempts: int | None = None) -> list:
        self.looks += 1
        self._play(self.history_script)
        if self.rows is None:
            raise NotFound("There is no history.")
        return list(self.rows)

    def get(self, request_id: str, attempts: int | None = None):
        self.lookups += 1
        self._play(self.history_script)
        return next((row for row in self.rows or () if row.request_id == request_id), None)

    def submit(self, payload: dict, should_stop=lambda: False, on_wait=None, has_turn=False):
        self.submitted.append(payload)
        self.before_submit.wait(30)
        self._play(self.submit_script)
        return SimpleNamespace(request_id=f"request-{len(self.submitted):04d}")

    def status(self, request_id: str, attempts: int | None = None, due: bool = False):
        self.polls += 1
        played = self._play(self.status_script)
        if played:
            return played
        done = self.polls >= self.polls_needed and self.before_done.is_set()
        return report("COMPLETED" if done else "PROCESSING")

    def result(self, request_id: str, attempts: int | None = None):
        played = self._play(self.result_script)
        return played or SimpleNamespace(
            video_url="https://files.test/out.mp4",
            cost=self.cost,
            plan=None,
            metrics={"total_time": 3.0} | ({"cost": self.cost} if self.cost else {}),
        )

    def download(self, url: str, target: Path, on_progress=None) -> int:
        self.downloaded.append(Path(target))
        self._play(self.download_script)
        Path(target).write_bytes(b"an edited video")
        return 15

    def upload(self, client: "Engine", path: Path, content_type: str, on_progress=None) -> str:
        self.uploading.append(path)
        self.types.append(content_type)
        self.before_upload.wait(30)
        self.uploaded.append(path)
        if on_progress:
            on_progress(1, 1)
        return f"https://storage.test/{len(self.uploaded)}{path.suffix}"

    @staticmethod
    def _play(script: list):
        if script:
            turn = script.pop(0)
            if isinstance(turn, Exception):
                raise turn
            return turn
        return None


def report(state: str, *, error: object = None, **facts):
    """What a poll says. `error`: the reason of a FAILED one, in any shape of the wire."""
    failure = job_failed(reason_in({"error": error}), engine="Segmind") if state == "FAILED" else None
    return SimpleNamespace(
        **{
            "state": state,
            "failure": failure,
            "metrics": {},
            "progress": None,
            "still_url": None,
            "plan": None,
            "odd_word": "",
            **facts,
        }
    )


class RunnerHarness:
    """A runner on `folder` with its scripted engine and media. `journal` reads what is on the disk.

    `disk_usage` stands in for what the operating system says of the disk.
    """

    def __init__(
        self,
        folder: Path,
        engine: Engine | None = None,
        *,
        disk_usage: Callable | None = None,
        **settings,
    ) -> None:
        self.engine, self.media, self.folder = engine or Engine(), Media(), folder
        settings = {
            "schedule": PollSchedule(scale=0.005),
            "patience": 0.01,
            "person_daily": 0,
            "executor": {"beat": 0.1, "look": 0.1},
            **settings,
        }
        if disk_usage:
            settings["disk_usage"] = disk_usage
        self.runner = build_runner(folder, self.engine, self.media, self.engine.upload, **settings)
        live = settings.get("journal_dir") or self.runner.data_dir
        self._database = Database(live / "journal.sqlite")
        self.journal = Journal(self._database)

    def start(
        self, visitor: str = "visitor-1", key: Secret | None = KEY, engine: str = "segmind", **changes
    ) -> str:
        return self.runner.start(edit(**changes), Framing(), visitor, key, engine)

    def ended(self, job_id: str, seconds: float = 20.0):
        return until(lambda: (job := self.runner.get(job_id)) and job.terminal and job, seconds)

    def at(self, job_id: str, stage: str):
        return until(lambda: (job := self.runner.get(job_id)).stage == stage and job)

    def close(self) -> None:
        gates = (self.engine.before_submit, self.engine.before_upload, self.engine.before_done)
        for gate in (*gates, self.media.before_conform, self.media.before_ahead):
            gate.set()
        self.runner.close()
        self._database.close()


@contextlib.contextmanager
def harness(folder: Path, **settings) -> Iterator[RunnerHarness]:
    """A recovered runner that is closed at the end."""
    made = RunnerHarness(folder, **settings)
    made.runner.recover()
    try:
        yield made
    finally:
        made.close()
