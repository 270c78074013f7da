"""What slow looks at the pictures of a clip said, remembered by the content of what was looked at.

The search for a subject asks the networks the same things of the same samples again: begun ahead while later
samples are decoded, and in the next edit of the same clip, for which the answers lie in a file. Since the key
is the very picture that a network was given, an answer never belongs to another clip, framing or version.
"""

import contextlib
import hashlib
import logging
import os
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modules.preview.subject.memory_file import DRAFT, PREFIX, SUFFIX

log = logging.getLogger("preview.memory")
Answer = tuple[NDArray[Any], ...]
"""A few small arrays, not to be changed; empty when there was no answer, which is not remembered."""
MOST_BYTES = 8 * 2**20
"""Of the answers about one clip: seventy looks at people."""
MOST_FILES = 8
"""Clips of which a folder holds answers; the longest unused one goes first."""
_DRAFT_SECONDS = 60.0
"""A draft that is older was left by a process that was ended."""
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


class LookMemory:
    """`answer` a question about pictures, from memory if it was asked before; `keep` writes all of it to the
    file, if there is one."""

    def __init__(self, file: Path | None = None) -> None:
        self._file, self._lock = file, threading.Lock()
        self._known: dict[str, Future[Answer]] = {}
        self._bytes, self._new, self._recalled = 0, 0, 0
        self._stored: Any = None
        with contextlib.suppress(*_UNREADABLE):
            self._stored = np.load(file, allow_pickle=False) if file is not None else None
        names = self._stored.files if self._stored is not None else []
        self._old = {name.rpartition(".")[0] for name in names}

    def answer(self, question: str, pictures: Sequence[NDArray[Any]], make: Callable[[], Answer]) -> Answer:
        """What `make` says. Asked twice at once it is made once. From any thread."""
        key = _key(question, pictures)
        with self._lock:
            coming = self._known.get(key)
            mine = coming is None
            if coming is None:
                coming = self._known[key] = Future()
        if mine:
            try:
                found, old = self._read(key), True
                if not found:
                    found, old = make(), False
                self._note(key, found, old)
                coming.set_result(found)
            except BaseException as error:
                with self._lock:
                    self._known.pop(key, None)
                coming.set_exception(error)
        return coming.result()

    def keep(self) -> None:
        """Write what is known to the file, whole or not at all; a disk that is full is no harm."""
        if self._file is None:
            return
        with self._lock:
            known, new = dict(self._known), self._new
        try:
            if not new:
                if self._recalled:
                    os.utime(self._file)
                return
            answers = {key: one.result() for key, one in known.items() if one.done()}
            left = MOST_BYTES - sum(_size(answer) for answer in answers.values())
            for key in self._old - answers.keys():
                old = self._read(key) if left > 0 else ()
                left -= _size(old)
                if left > 0:
                    answers[key] = old
            _write(self._file, answers)
            _forget_oldest(self._file.parent)
        except _UNREADABLE as error:
            log.info("What was seen of a clip is not kept: %s", error)

    def close(self) -> None:
        with self._lock:
            stored, self._stored = self._stored, None
        if stored is not None:
            stored.close()

    def _note(self, key: str, answer: Answer, old: bool) -> None:
        with self._lock:
            self._recalled += old
            if not answer or self._bytes + _size(answer) > MOST_BYTES:
                self._known.pop(key, None)
                return
            self._new += not old
            self._bytes += _size(answer)
        for one in answer:
            one.flags.writeable = False

    def _read(self, key: str) -> Answer:
        """An answer of the file; empty when it has none."""
        if key not in self._old:
            return ()
        found: list[NDArray[Any]] = []
        try:
            while self._stored is not None and f"{key}.{len(found)}" in self._stored.files:
                found.append(self._stored[f"{key}.{len(found)}"])
        except _UNREADABLE:
            return ()
        return tuple(found)


@contextlib.contextmanager
def remembering(memory: LookMemory) -> Iterator[None]:
    """Looks of this process are remembered in `memory` within the context."""
    _REMEMBERING.append(memory)
    try:
        yield
    finally:
        _REMEMBERING.remove(memory)


_REMEMBERING: list[LookMemory] = []


def recalled(question: str, pictures: Sequence[NDArray[Any]], make: Callable[[], Answer]) -> Answer:
    """What `make` says, or said when it was asked the same of the same pictures."""
    memory = _REMEMBERING[-1:]
    return memory[0].answer(question, pictures, make) if memory else make()


def ahead(work: Callable[[], object]) -> None:
    """Does `work` in a thread beside the caller's, if looks are remembered: whoever asks the same later finds
    its answers."""
    if _REMEMBERING:
        threading.Thread(target=work, name="ahead", daemon=True).start()


def _key(question: str, pictures: Sequence[NDArray[Any]]) -> str:
    told = hashlib.blake2b(question.encode(), digest_size=12)
    for picture in pictures:
        told.update(repr((picture.shape, picture.dtype.str)).encode())
        told.update(np.ascontiguousarray(picture).data)
    return told.hexdigest()


def _size(answer: Answer) -> int:
    return sum(one.nbytes for one in answer)


def _write(file: Path, answers: dict[str, Answer]) -> None:
    draft = file.with_name(f"{file.name}.{os.getpid()}{DRAFT}")
    named = {f"{key}.{at}": one for key, answer in answers.items() for at, one in enumerate(answer)}
    try:
        with open(draft, "wb") as target:
            np.savez(target, allow_pickle=False, **named)
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _forget_oldest(folder: Path) -> None:
    found = [(path.stat().st_mtime, path) for path in folder.glob(f"{PREFIX}*{SUFFIX}")]
    gone = [path for _, path in sorted(found)[:-MOST_FILES]]
    drafts = folder.glob(f"{PREFIX}*{DRAFT}")
    gone += [path for path in drafts if time.time() - path.stat().st_mtime > _DRAFT_SECONDS]
    for path in gone:
        path.unlink(missing_ok=True)
