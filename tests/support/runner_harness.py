"""A job runner with a scripted engine in the same process: no network, no pixels."""

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from modules.edit.framing import Framing
from modules.edit.request import EditRequest
from modules.jobs.build import build_runner
from modules.jobs.run.poll_schedule import PollSchedule
from modules.jobs.store.database import Database
from modules.jobs.store.journal import Journal
from modules.media.fit.conform_plan import plan_conform
from modules.media.fit.written import length_problem, readable_facts
from modules.media.read.clip import ClipFacts
from modules.secret import Secret
from modules.segmind.errors import NotFound
from modules.segmind.history import HistoryRow
from modules.segmind.reasons import reason_in
from modules.segmind.sentences import job_failed
from tests.support.waiting import until

CLIP = Path(__file__).parents[2] / "examples" / "clips" / "dunes_966x544.mp4"
PICTURE = Path(__file__).parents[2] / "examples" / "refs" / "sunset.jpg"
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


class Media:
    """Says that every clip must be fitted, and fits it by copying."""

    def __init__(self) -> None:
        self.problem: Exception | None = None
        self.needed = True
        self.looks = 0
        self.shown = (966, 544)
        """Width and height of every clip, as displayed."""
        self.picture_changes: tuple[str, ...] = ()
        self.fetched: list[str] = []
        self.seconds = 60.0
        """Length of every clip."""
        self.lost = 0.0
        """Seconds that the first fitting of a clip turns out to be shorter than planned."""
        self.always_lost = 0.0
        """The same for every fitting."""
        self.sound: tuple[str | None, str | None] = (None, None)
        """The sound of every clip, and what becomes of it when it is fitted."""
        self.tagged: list[dict[str, str]] = []
        """What was to be written into each result, and what comes of it."""
        self.tag_problem: Exception | None = None
        self.planned = ""
        self.before_conform = threading.Event()
        self.before_conform.set()
        self.drafts: list[bool] = []
        """Of each fitting, whether it was a quick one for an engine here."""
        self.before_ahead = threading.Event()
        self.before_ahead.set()
        self.given_up = 0
        self.ahead: list[tuple] = []
        """What was fitted before anybody asked: source, plan, with sound, quickly."""
        self.forgotten: list[Path] = []
        """The aspect ratio of the last plan."""

    def probe(self, path: str):
        self.looks += 1
        if self.problem:
            raise self.problem
        return ClipFacts(
            *self.shown, 25.0, self.seconds, 0, "h264", "yuv420p", self.sound[0], False, 2**20, "mp4"
        )

    def plan(self, facts, seconds, aspect_ratio, framing, *, draft=False):
        self.planned = aspect_ratio
        plan = plan_conform(facts, seconds, aspect_ratio, framing)
        return replace(plan, needed=self.needed, changes=("966x544 -> 1280x720",))

    length_problem = staticmethod(length_problem)
    readable = staticmethod(readable_facts)

    def conform_ahead(self, source, plan, unwanted, *, keep_audio, draft) -> Path | None:
        self.ahead.append((source, plan, keep_audio, draft))
        while not self.before_ahead.wait(0.01):
            if unwanted():
                self.given_up += 1
                return None
        return Path(source)

    def sweep(self) -> None: ...

    def forget(self, clip: Path) -> None:
        self.forgotten.append(clip)

    def conform(self, source, target, plan, *, keep_audio, draft=False, on_progress=None) -> ClipFacts:
        self.drafts.append(draft)
        self.before_conform.wait(30)
        shutil.copy(source, target)
        lost, self.lost = self.lost, 0.0
        seconds = plan.seconds - lost - self.always_lost
        return replace(self.probe(target), seconds=seconds, audio_codec=self.sound[1])

    def picture(self, source: str, folder: Path):
        target = Path(folder) / f"clean-{Path(source).name}"
        shutil.copy(source, target)
        return SimpleNamespace(path=target, changes=self.picture_changes)

    def fetch_picture(self, url: str, target: Path) -> None:
        self.fetched.append(url)
        shutil.copy(PICTURE, target)

    def download(self, url: str, target: Path) -> None:
        shutil.copy(CLIP, target)

    def poster(self, source: Path, target: Path) -> None:
        Path(target).write_bytes(b"a poster")

    def tag(self, path: Path, tags: dict[str, str]) -> bool:
        self.tagged.append(tags)
        if self.tag_problem:
            raise self.tag_problem
        return True

    still = download


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
