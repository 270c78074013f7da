"""Calls into `media` for jobs: hostile files are handled in worker processes that may fail alone."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from modules.edit.framing import Framing
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import ConformPlan, plan_conform
from modules.media.fit.file_tags import tag
from modules.media.fit.fit_cache import FitCache, GivenUp
from modules.media.fit.written import length_problem, readable_facts
from modules.media.read.clip import ClipFacts, probe
from modules.media.read.picture import MAX_SOURCE_BYTES, PictureFacts, normalise
from modules.media.read.stills import poster
from modules.media.sandbox.pool import MediaWorkers

STILL_BYTES = 5 * 2**20
DRAFT_SIDE = 1280
"""Pixels of the longer side of a clip that is written anew for the preview engine, which renders none
larger."""


class MediaGateway:
    """All raise MediaError. `fetcher` guards visitors' addresses; `stills` fetches from the engine itself,
    whose host `stills(url)` may therefore trust. `fits`: where fitted clips are kept for a while."""

    def __init__(
        self,
        workers: MediaWorkers,
        fetcher: SafeFetcher,
        stills: Callable[[str], SafeFetcher],
        fits: FitCache | None = None,
    ) -> None:
        self._workers, self._fetcher, self._stills, self._fits = workers, fetcher, stills, fits

    def probe(self, path: str) -> ClipFacts:
        """See `probe`; a file that has not changed is looked at once."""
        if self._fits is not None:
            with contextlib.suppress(OSError):
                return self._fits.facts(Path(path), lambda: self._workers.run(probe, path))
        return self._workers.run(probe, path)

    def plan(
        self, facts: ClipFacts, seconds: int, aspect_ratio: str, framing: Framing, *, draft: bool = False
    ) -> ConformPlan:
        """See `plan_conform`. `draft`: for an engine on this machine."""
        plan = plan_conform(facts, seconds, aspect_ratio, framing)
        if draft and plan.needed:
            plan = plan_conform(facts, seconds, aspect_ratio, framing, longest_side=DRAFT_SIDE)
        return plan

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
        draft: bool = False,
        on_progress: Callable[[float], None] | None = None,
    ) -> ClipFacts:
        """See `conform`; the same clip with the same plan is fitted once."""
        options = {"keep_audio": keep_audio, "draft": draft}
        fit = self._fitting(source, plan, **options)
        if self._fits is not None:
            with contextlib.suppress(OSError):  # of the cache: without it the clip is fitted all the same
                key = self._fits.key(Path(source), plan, **options)
                return self._fits.fitted(key, target, fit, on_progress or (lambda share: None))
        return fit(target, on_progress)

    def conform_ahead(
        self,
        source: str,
        plan: ConformPlan,
        unwanted: Callable[[], bool],
        *,
        keep_audio: bool,
        draft: bool,
    ) -> Path | None:
        """As `conform`, before anybody asks for it. Where the clip is, for the moment; None when there is
        none, as when it became `unwanted` on the way."""
        if self._fits is None or plan.problem:
            return None
        options = {"keep_audio": keep_audio, "draft": draft}
        with contextlib.suppress(OSError, GivenUp):
            key = self._fits.key(Path(source), plan, **options)
            return self._fits.prepare(key, self._fitting(source, plan, **options), unwanted)
        return None

    def _fitting(
        self, source: str, plan: ConformPlan, **options: bool
    ) -> Callable[[Path, Callable[[float], None] | None], ClipFacts]:
        """Writes the fitted clip to a path, in a worker."""
        return lambda path, tell: self._workers.run(conform, source, path, plan, on_progress=tell, **options)

    def sweep(self) -> None:
        """Remove fitted clips that nobody used for a while."""
        if self._fits is not None:
            self._fits.sweep()

    def forget(self, clip: Path) -> None:
        """Remove the kept copy of a fitted clip."""
        if self._fits is not None:
            self._fits.forget(clip)

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
