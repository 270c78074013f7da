"""Files of jobs on disk: sources, what is made of them, the still and the result.

data_dir/jobs/<job_id>/sources/…  the visitor's clip and pictures under their names, to run the edit again
data_dir/jobs/<job_id>/work/…     what is sent; removed when the job ends
data_dir/jobs/<job_id>/           result.mp4, poster.jpg, still.jpg

Nothing is ever half-written: files are written under a temporary name and renamed.
"""

import contextlib
import errno
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules.edit.file_names import kept_name
from modules.jobs.errors import StorageTrouble
from modules.jobs.store.journal import Journal
from modules.media.read.file_types import BY_SUFFIX

MARGIN_BYTES = 64 * 2**20
"""Kept free for the journal, which must be able to write down a paid job's end whatever happens."""
RESERVED_BYTES = 2**20
SOURCE_GRACE_SECONDS = 24 * 3600.0
"""Sources stay this long after their job ended."""
_JUST_ENDED_SECONDS = 3600.0
_SAFE = re.compile(r"[A-Za-z0-9_-]{8,64}")


def open_data_dir(wanted: Path) -> tuple[Path, str | None]:
    """`wanted`, when files can be written there; else a temporary folder, and the sentence that says so.

    A studio that starts with a warning can still be used; one that does not start tells nobody why. A full
    disk is no reason to leave: the jobs in the journal there are to go on as soon as there is room.
    """
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        probe = wanted / f".probe-{secrets.token_hex(4)}"
        probe.write_bytes(b"studio")
        probe.unlink()
        return wanted, None
    except OSError as trouble:
        if trouble.errno in (errno.ENOSPC, errno.EDQUOT) and wanted.is_dir():
            return wanted, "This studio's disk is full: new edits cannot begin until there is room."
        reason = {
            errno.ENOSPC: "the disk is full",
            errno.EROFS: "it is read-only",
            errno.EACCES: "access is denied",
            errno.EPERM: "access is denied",
            errno.ENOTDIR: "it is not a folder",
        }.get(trouble.errno or 0, "it cannot be written")
        return temporary_data_dir(reason)


def reserve_space(data_dir: Path) -> None:
    """Reserves a little disk space, so that the journal can still be opened on a disk that has become
    full."""
    reserved = data_dir / "ballast"
    with contextlib.suppress(OSError):
        if not reserved.exists():
            reserved.write_bytes(secrets.token_bytes(RESERVED_BYTES))


def release_reserved_space(data_dir: Path) -> bool:
    """True when that freed space."""
    try:
        (data_dir / "ballast").unlink()
        return True
    except OSError:
        return False


def temporary_data_dir(reason: str) -> tuple[Path, str]:
    """A folder for this run only, and the sentence that says so."""
    return Path(tempfile.mkdtemp(prefix="studio-")), (
        f"The data folder cannot be used ({reason}), so edits are kept in a temporary folder and will be "
        "lost when this studio restarts. The person who runs it should correct STUDIO_DATA_DIR."
    )


class Storage:
    """`result_days` and `max_gb` bound what is kept of ended jobs; a running job's files are never
    touched."""

    def __init__(
        self,
        data_dir: Path,
        *,
        result_days: float = 7.0,
        max_gb: float = 10.0,
        clock: Callable[[], float] = time.time,
        disk_usage: Callable[[Path], Any] = shutil.disk_usage,
    ) -> None:
        self.data_dir = data_dir
        self.root = data_dir / "jobs"
        self._result_seconds = result_days * 86400
        self._max_bytes = max_gb * 1e9
        self._clock = clock
        self._disk_usage = disk_usage
        self._sweeping = threading.Lock()

    def folder(self, job_id: str, *parts: str) -> Path:
        """The job's folder (or one inside it), made if need be."""
        if not _SAFE.fullmatch(job_id):
            raise StorageTrouble("That is not the id of an edit.")
        folder = self.root.joinpath(job_id, *parts)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as trouble:
            raise as_trouble(trouble) from trouble
        return folder

    def relative(self, path: Path | str) -> str:
        """How the journal names a file: relative to the data directory, which may be mounted elsewhere
        tomorrow."""
        return os.path.relpath(path, self.data_dir)

    def located(self, name: str | None) -> str | None:
        """The absolute path of a file the journal names, or None when it is not here (any more)."""
        if not name:
            return None
        path = self.data_dir / name
        return str(path) if path.is_file() else None

    def take(self, job_id: str, source: Path, *, link_only: bool = False) -> Path | None:
        """The job's own copy of a visitor's file. A hard link where possible, since it costs nothing.

        `link_only`: None instead of a copy. StorageTrouble when there is no room.
        """
        if source.parent.parent == self.folder(job_id, "sources"):
            return source
        suffix = source.suffix.lower()
        # These files are served: one called .html or .svg would run its scripts as if they were this page's
        # own. The folder keeps files of one name apart.
        name = kept_name(source.name, suffix if suffix in BY_SUFFIX else ".bin")
        target = self.folder(job_id, "sources", secrets.token_hex(4)) / name
        try:
            # A link to a symbolic link would be a link to somewhere else.
            os.link(source.resolve(strict=True), target)
            return target
        except FileNotFoundError as trouble:
            raise StorageTrouble(
                "An uploaded file is not there any more. Please choose it again."
            ) from trouble
        except OSError:
            if link_only:
                return None
        try:
            self.need(source.stat().st_size)
            part = target.with_name(target.name + ".part")
            shutil.copyfile(source, part)
            os.replace(part, target)
        except OSError as trouble:
            raise as_trouble(trouble) from trouble
        return target

    def need(self, size: int) -> None:
        """StorageTrouble unless `size` bytes and a margin are free."""
        if self._free() < size + MARGIN_BYTES:
            raise as_trouble(OSError(errno.ENOSPC, ""))

    def make_room(self, journal: Journal, size: int) -> None:
        """`need`, after removing old results if that helps."""
        if self._free() < size + MARGIN_BYTES:
            self.sweep(journal, size)
        self.need(size)

    def disk(self) -> tuple[int, int]:
        """Bytes used and free on the file system of the data folder. OSError as it comes."""
        usage = self._disk_usage(self.data_dir)
        return int(usage.used), int(usage.free)

    def _free(self) -> int:
        try:
            return int(self._disk_usage(self.data_dir).free)
        except OSError as trouble:
            raise as_trouble(trouble) from trouble

    def clear_work(self, job_id: str) -> None:
        shutil.rmtree(self.root / job_id / "work", ignore_errors=True)

    def clear_parts(self, job_id: str, name: str = "", seconds: float = 3600.0) -> None:
        """Half-written files (of `name`, or all) that a killed process left, untouched for `seconds`."""
        if _SAFE.fullmatch(job_id):
            for part in (self.root / job_id).glob(f".{name}*.part*"):
                with contextlib.suppress(OSError):
                    if time.time() - part.stat().st_mtime >= seconds:
                        part.unlink()

    def remove(self, job_id: str) -> None:
        """All files of a job."""
        if _SAFE.fullmatch(job_id):
            shutil.rmtree(self.root / job_id, ignore_errors=True)

    def sweep(self, journal: Journal, wanted: int = 0) -> list[str]:
        """Remove what is too old, then the oldest results until the rest fits and `wanted` bytes are free.

        The ids whose files are gone.
        """
        with self._sweeping:
            now, total, counted = self._clock(), 0, set[tuple[int, int]]()
            gone: list[str] = []
            kept: list[tuple[str, int, float]] = []
            ended = journal.sweepable()
            for job_id, ended_at, hidden, _swept in ended:
                folder = self.root / job_id
                if not folder.is_dir():
                    continue
                if hidden or now - ended_at > self._result_seconds:
                    self.remove(job_id)
                    gone.append(job_id)
                    continue
                self.clear_work(job_id)
                self.clear_parts(job_id)
                if now - ended_at > SOURCE_GRACE_SECONDS:
                    shutil.rmtree(folder / "sources", ignore_errors=True)
                size = _size(folder, counted)
                kept.append((job_id, size, now - ended_at))
                total += size
            for job_id, size, ended_for in kept:
                # A disk smaller than the share it was given: what somebody may just be looking at stays.
                short = wanted and ended_for > _JUST_ENDED_SECONDS and self._free() < wanted + MARGIN_BYTES
                if total <= self._max_bytes and not short:
                    continue
                self.remove(job_id)
                gone.append(job_id)
                total -= size
            if gone:
                journal.note_swept(gone)
            return gone


def as_trouble(trouble: OSError) -> StorageTrouble:
    """The sentence for a failed write."""
    if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageTrouble(
            "This studio's disk is full, so the files of this edit cannot be kept. Please try again later."
        )
    if trouble.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StorageTrouble(
            "This studio's data folder is read-only, so the files of this edit cannot be kept. The person "
            "who runs it should correct STUDIO_DATA_DIR."
        )
    return StorageTrouble("A file of this edit could not be written. Please try again.")


def _size(folder: Path, counted: set[tuple[int, int]]) -> int:
    """Bytes under `folder`, without the files in `counted`: one that several jobs link to is stored once."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                facts = os.stat(os.path.join(base, name))
            except OSError:
                continue
            if (facts.st_dev, facts.st_ino) not in counted:
                counted.add((facts.st_dev, facts.st_ino))
                total += facts.st_size
    return total
