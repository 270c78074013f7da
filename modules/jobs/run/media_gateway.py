"""Calls into `media` for jobs: hostile files are handled in worker processes that may fail alone."""

from collections.abc import Callable
from pathlib import Path

from modules.edit.request import Framing
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import ConformPlan, plan_conform
from modules.media.fit.file_tags import tag
from modules.media.fit.written import length_problem, readable_facts
from modules.media.read.clip import ClipFacts, probe
from modules.media.read.picture import MAX_SOURCE_BYTES, PictureFacts, normalise
from modules.media.read.stills import poster
from modules.media.sandbox.pool import MediaWorkers

STILL_BYTES = 5 * 2**20


class MediaGateway:
    """All raise MediaError. `fetcher` guards visitors' addresses; `stills` fetches from the engine itself,
    whose host `stills(url)` may therefore trust."""

    def __init__(
        self,
        workers: MediaWorkers,
        fetcher: SafeFetcher,
        stills: Callable[[str], SafeFetcher],
    ) -> None:
        self._workers, self._fetcher, self._stills = workers, fetcher, stills

    def probe(self, path: str) -> ClipFacts:
        return self._workers.run(probe, path)

    def plan(self, facts: ClipFacts, seconds: int, aspect_ratio: str, framing: Framing) -> ConformPlan:
        return plan_conform(facts, seconds, aspect_ratio, framing)

    def length_problem(self, plan: ConformPlan, written: ClipFacts) -> str | None:
        return length_problem(plan, written)

    def readable(self, facts: ClipFacts, plan: ConformPlan, written: ClipFacts) -> ClipFacts:
        return readable_facts(facts, plan, written)

    def conform(
        self,
        source: str,
        target: Path,
        plan: ConformPlan,
        *,
        keep_audio: bool,
        on_progress: Callable[[float], None] | None = None,
    ) -> ClipFacts:
        return self._workers.run(
            conform, source, target, plan, keep_audio=keep_audio, on_progress=on_progress
        )

    def picture(self, source: str, folder: Path) -> PictureFacts:
        return self._workers.run(normalise, source, folder)

    def poster(self, source: Path | str, target: Path) -> Path:
        return self._workers.run_short(poster, source, target)

    def tag(self, path: Path, tags: dict[str, str]) -> bool:
        return self._workers.run_short(tag, path, tags)

    def download(self, url: str, target: Path) -> int:
        return self._fetcher.download(url, target)

    def fetch_picture(self, url: str, target: Path) -> int:
        return self._fetcher.download(url, target, max_bytes=MAX_SOURCE_BYTES)

    def still(self, url: str, target: Path) -> int:
        return self._stills(url).download(url, target, max_bytes=STILL_BYTES)

    def close(self) -> None:
        self._workers.close()
