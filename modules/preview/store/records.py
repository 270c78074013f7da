"""Request records: what was asked, how far it is, how it ended. One small JSON file each, written
atomically."""

import json
import os
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from modules.preview.task import Payload, PlanJson

_ID = re.compile(r"[0-9a-f]{32}")


class RecordState(str, Enum):
    """The four states of the contract."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


TERMINAL_STATES = frozenset({RecordState.COMPLETED, RecordState.FAILED})


@dataclass(frozen=True)
class Record:
    """One request. Times are epoch seconds of the engine's clock; `inference_time` is in seconds.

    `inputs` maps each address in the payload that is one of our own files to that file's name. `output`
    and `still` are names in the file store, chosen when the request is accepted. `restarts` counts renders
    that ended with a killed engine. PROCESSING is never written down: a running render is QUEUED on disk,
    which is what it is again after a restart.
    """

    id: str
    slug: str
    payload: Payload
    created: float
    output: str
    still: str
    inputs: dict[str, str] = field(default_factory=dict)
    state: RecordState = RecordState.QUEUED
    error: str | None = None
    finished: float | None = None
    inference_time: float = 0.0
    plan: PlanJson | None = None
    still_ready: bool = False
    frames: int = 0
    file_size: int = 0
    restarts: int = 0
    account: str = ""
    """Whose request it is: a hash of the key, for the history."""

    @property
    def done(self) -> bool:
        return self.state in TERMINAL_STATES

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Record":
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**{**known, "state": RecordState(known["state"])})


def new_id() -> str:
    """An unguessable request id: 128 random bits."""
    return secrets.token_hex(16)


HISTORY_ROWS = 2000
"""Ended records kept for the history; beyond it the oldest go."""


class RecordBook:
    """Every record, in memory and on disk. A request is known by its id for `retention` seconds from its
    submission; the history keeps it for `history` seconds, as long as its file."""

    def __init__(
        self,
        folder: Path,
        retention: float,
        clock: Callable[[], float] = time.time,
        *,
        history: float = 0.0,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._retention = retention
        self._history = max(history, retention)
        self._clock = clock
        self._lock = threading.Lock()
        self._records: dict[str, Record] = {}
        self._load()

    def put(self, record: Record) -> None:
        """Remember the record and write it down. Raises OSError when the disk refuses; it is remembered
        even so."""
        path = self._path(record.id)
        draft = path.with_suffix(".tmp")
        with self._lock:
            self._records[record.id] = record
            draft.write_text(json.dumps(asdict(record)), encoding="utf-8")
            os.replace(draft, path)

    def get(self, request_id: str) -> Record | None:
        """The record, or None when the id is unknown or expired."""
        record = self._records.get(request_id)
        return None if record is None or self._expired(record) else record

    def unfinished(self) -> list[Record]:
        """Records still to be rendered, oldest first."""
        with self._lock:
            waiting = [record for record in self._records.values() if not record.done]
        return sorted(waiting, key=lambda record: record.created)

    def history(self, account: str) -> list[Record]:
        """Every request of an account that is remembered, newest first."""
        with self._lock:
            found = [one for one in self._records.values() if account and one.account == account]
        return sorted(found, key=lambda record: record.created, reverse=True)

    def sweep(self) -> list[Record]:
        """Forget records that the history does not keep either; those that went are returned."""
        now = self._clock()
        with self._lock:
            newest_first = sorted(self._records.values(), key=lambda record: -record.created)
            expired = [record for record in newest_first if self._expired(record)]
            ended = [record for record in expired if record.done]
            kept = {one.id for one in ended[:HISTORY_ROWS] if now - one.created < self._history}
            gone = [record for record in expired if record.id not in kept]
            for record in gone:
                del self._records[record.id]
                self._path(record.id).unlink(missing_ok=True)
        return gone

    def _expired(self, record: Record) -> bool:
        return self._clock() - record.created >= self._retention

    def _path(self, request_id: str) -> Path:
        return self._folder / f"{request_id}.json"

    def _load(self) -> None:
        for draft in self._folder.glob("*.tmp"):
            draft.unlink()
        for path in self._folder.glob("*.json"):
            try:
                record = Record.from_json(json.loads(path.read_text(encoding="utf-8")))
                if not _ID.fullmatch(record.id) or path != self._path(record.id):
                    raise ValueError
            except (ValueError, KeyError, TypeError):
                # Written by another version, or damaged by a full disk: nothing can be served from it.
                path.unlink()
                continue
            self._records[record.id] = record
