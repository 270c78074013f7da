"""A cache of fitted clips, by content of the source and plan: the same clip with the same plan is fitted
once.

Fitting is the longest wait of a free edit, and it is known long before the press of the button what is
to be fitted; so it may be done ahead, and whoever asks meanwhile waits for the same work. Files stay for
half an hour after their last use and within a bound, each linked into the jobs that use it.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from modules.media.atomic import replacing
from modules.media.digest import sha256_of
from modules.media.fit.conform_plan import ConformPlan
from modules.media.read.clip import ClipFacts

Tell = Callable[[float], None]
"""Told the share done, 0 to 1."""
Fit = Callable[[Path, Tell], ClipFacts]
"""Writes the fitted clip to a path and returns what was written."""

MAX_BYTES = 512 * 2**20
KEPT_SECONDS = 30 * 60.0
_WAIT_SECONDS = 0.25
_MOST_SOURCES = 256


@dataclass
class _Source:
    """What is known of a clip while its file is the same."""

    digest: str = ""
    facts: ClipFacts | None = None


@dataclass
class _Entry:
    """One fitted clip, or the fitting of one. `facts` None once `done` is set: it failed. `waiting`: how
    many wait for what another fits."""

    path: Path
    done: threading.Event = field(default_factory=threading.Event)
    facts: ClipFacts | None = None
    share: float = 0.0
    used: float = 0.0
    waiting: int = 0


class GivenUp(Exception):
    """Raised by `FitCache.prepare` when nobody wants the clip any more."""


class FitCache:
    """`folder`: holds a folder of this process. `max_bytes`, `kept_seconds`: of what nobody uses.
    Thread-safe."""

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int = MAX_BYTES,
        kept_seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parent, self._max_bytes, self._kept_seconds, self._clock = (
            folder,
            max_bytes,
            kept_seconds,
            clock,
        )
        self._folder: Path | None = None
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._sources: OrderedDict[tuple[int, int, int, int], _Source] = OrderedDict()
        self._lock = threading.Lock()

    def key(self, source: Path, plan: ConformPlan, **options: bool) -> str:
        """What a fitted clip is known by. OSError when the source cannot be read."""
        told = json.dumps([self._digest(source), plan.to_json(), options], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    def facts(self, source: Path, probe: Callable[[], ClipFacts]) -> ClipFacts:
        """The facts of a clip, by `probe` unless they are known. OSError when it is not there."""
        known = self._source(source)
        known.facts = known.facts or probe()
        return known.facts

    def has(self, key: str) -> bool:
        """Whether it is fitted, or being fitted."""
        with self._lock:
            return key in self._entries

    def fitted(self, key: str, target: Path, fit: Fit, tell: Tell) -> ClipFacts:
        """Put the clip of `key` at `target`, by `fit` unless it is known. What `fit` raises comes
        through; who waited for the fitting of another that failed does it again."""
        while True:
            entry = self._ready(key, fit, tell)
            if entry is not None and entry.facts is not None and _linked(entry.path, target):
                tell(1.0)
                return entry.facts
            self._drop(key, entry)

    def prepare(self, key: str, fit: Fit, unwanted: Callable[[], bool] = lambda: False) -> Path | None:
        """Fit ahead of any use. Where the fitted clip is, which may be removed at any time; None when
        another did it and failed. What `fit` raises comes through. Raises GivenUp once it is `unwanted`,
        unless somebody waits for it by then."""

        def tell(share: float) -> None:
            if unwanted() and not self._is_waited_for(key):
                raise GivenUp

        entry = self._ready(key, fit, tell)
        return entry.path if entry else None

    def sweep(self) -> None:
        """Remove what nobody used for a while, and what earlier processes left."""
        with self._lock:
            now = self._clock()
            for key, entry in list(self._entries.items()):
                if entry.done.is_set() and now - entry.used > self._kept_seconds:
                    self._remove(key, entry)
        _remove_old(self._parent, self._folder, self._kept_seconds)

    def forget(self, clip: Path) -> None:
        """Remove the fitted clip that `clip` is a link to, if there is one."""
        with self._lock, contextlib.suppress(OSError):
            for key, entry in list(self._entries.items()):
                if entry.done.is_set() and entry.path.samefile(clip):
                    self._remove(key, entry)

    def close(self) -> None:
        with self._lock:
            self._entries.clear()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _ready(self, key: str, fit: Fit, tell: Tell) -> _Entry | None:
        """The entry of `key` once its fitting has ended; None when it failed in another's hands."""
        with self._lock:
            entry, mine = self._entries.get(key), False
            if entry is None:
                entry, mine = _Entry(self._place() / f"{key}.mp4"), True
                self._entries[key] = entry
            self._entries.move_to_end(key)
            entry.used = self._clock()
            entry.waiting += not mine
        if mine:
            return self._fit(key, entry, fit, tell)
        try:
            while not entry.done.wait(_WAIT_SECONDS):
                tell(entry.share)
        finally:
            with self._lock:
                entry.waiting -= 1
        return entry if entry.facts is not None else None

    def _is_waited_for(self, key: str) -> bool:
        with self._lock:
            entry = self._entries.get(key)
            return entry is not None and entry.waiting > 0

    def _fit(self, key: str, entry: _Entry, fit: Fit, tell: Tell) -> _Entry:
        def told(share: float) -> None:
            entry.share = share
            tell(share)

        try:
            entry.facts = fit(entry.path, told)
        finally:
            if entry.facts is None:
                self._drop(key, entry)
            entry.done.set()
        with self._lock:
            entry.used = self._clock()
            self._make_room(entry)
        return entry

    def _make_room(self, newest: _Entry) -> None:
        ready = {key: entry for key, entry in self._entries.items() if entry.done.is_set()}
        total = sum(entry.facts.size_bytes for entry in ready.values() if entry.facts)
        for key, entry in ready.items():
            if total <= self._max_bytes or entry is newest:
                break
            total -= entry.facts.size_bytes if entry.facts else 0
            self._remove(key, entry)

    def _drop(self, key: str, entry: _Entry | None) -> None:
        with self._lock:
            if entry is not None and self._entries.get(key) is entry:
                self._remove(key, entry)

    def _remove(self, key: str, entry: _Entry) -> None:
        self._entries.pop(key, None)
        entry.path.unlink(missing_ok=True)

    def _place(self) -> Path:
        if self._folder is None or not self._folder.is_dir():
            self._parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix="fits-", dir=self._parent))
        return self._folder

    def _digest(self, path: Path) -> str:
        source = self._source(path)
        if not source.digest:
            source.digest = sha256_of(path)
        return source.digest

    def _source(self, path: Path) -> _Source:
        stat = path.stat()
        known = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        with self._lock:
            source = self._sources.setdefault(known, _Source())
            self._sources.move_to_end(known)
            while len(self._sources) > _MOST_SOURCES:
                self._sources.popitem(last=False)
            return source


def _linked(path: Path, target: Path) -> bool:
    """Whether `target` is now the file at `path`: a link where the file system has them, else a copy.
    False when there is no such file any more."""
    try:
        target.unlink(missing_ok=True)  # renaming a link over another one of the same file does nothing
        with replacing(target) as temporary:
            try:
                os.link(path, temporary)
            except FileNotFoundError:
                raise
            except OSError:
                shutil.copyfile(path, temporary)
    except FileNotFoundError:
        return False
    return True


def _remove_old(parent: Path, own: Path | None, seconds: float) -> None:
    """Folders of other processes in which nothing was written for twice as long as anything is kept."""
    for folder in parent.glob("fits-*"):
        with contextlib.suppress(OSError):
            if folder != own and time.time() - folder.stat().st_mtime > 2 * seconds:
                shutil.rmtree(folder, ignore_errors=True)
