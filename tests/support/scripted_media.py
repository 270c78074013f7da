"""Media work for a job runner, without a decoder: every answer is written down beforehand."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from modules.media.fit.conform_plan import plan_conform
from modules.media.fit.written import length_problem, readable_facts
from modules.media.read.clip import ClipFacts

CLIP = Path(__file__).parents[2] / "examples" / "clips" / "dunes_966x544.mp4"
PICTURE = Path(__file__).parents[2] / "examples" / "refs" / "sunset.jpg"


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
