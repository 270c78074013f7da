"""Whether a folder lies on a file system on which SQLite's journal is safe.

SQLite in WAL shares memory between its connections through a mapped file, and relies on locks that every
writer sees. A network file system or a bucket that is mounted through FUSE gives neither for certain: a
journal there can be damaged, or forget what it had confirmed. The kind comes from the table of mounts; what
the table does not tell, the locks do.
"""

import contextlib
import os
import re
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MOUNT_TABLE = Path("/proc/self/mountinfo")
_REMOTE_NAMES = """
    nfs nfs3 nfs4 cifs smb smb2 smb3 smbfs ncpfs afs kafs auristorfs afpfs webdav davfs coda ceph glusterfs
    lustre gpfs beegfs orangefs pvfs2 ocfs2 gfs gfs2 9p virtiofs vboxsf vmhgfs prl_fs fuse macfuse osxfuse
    gcsfuse s3fs goofys rclone hf-mount mountpoint-s3 blobfuse juicefs sshfs
"""
_REMOTE = frozenset(_REMOTE_NAMES.split())
_LOCAL_THROUGH_FUSE = frozenset({"fuse.fuse-overlayfs", "fuseblk"})
"""A rootless container's own layers, and a local disk's NTFS or exFAT."""
_MOUNT_LINE = re.compile(r"^.+? on (/.*) \(([^,)]+)")
"""A line of macOS's `mount`: "/dev/disk3s1 on / (apfs, local, journaled)"."""
_NOT_ABOUT_LOCKS = ("full", "readonly", "read-only", "unable to open")


@dataclass(frozen=True)
class Mount:
    """`kind` as the kernel calls it, such as `ext4`, `nfs4` or `fuse.gcsfuse`."""

    point: str
    kind: str

    @property
    def remote(self) -> bool:
        """Another machine may hold the files, or a process that turns each write into a request."""
        if self.kind in _LOCAL_THROUGH_FUSE:
            return False
        return self.kind in _REMOTE or self.kind.startswith("fuse.")


def mounts_of_linux(table: Iterable[str]) -> list[Mount]:
    """The lines of /proc/self/mountinfo (proc(5)) as mounts, in their order; others are left out."""
    found = []
    for line in table:
        place, _, facts = line.partition(" - ")
        columns, kind = place.split(), facts.split()[:1]
        if len(columns) >= 5 and kind:
            found.append(Mount(_unescaped(columns[4]), kind[0]))
    return found


def mounts_of_macos(listing: Iterable[str]) -> list[Mount]:
    """What `mount` prints on macOS and the BSDs, as mounts."""
    matches = (_MOUNT_LINE.match(line) for line in listing)
    return [Mount(one[1], one[2]) for one in matches if one]


def mount_of(folder: Path, mounts: Iterable[Mount]) -> Mount | None:
    """The mount on which `folder` lies: the deepest, and of two on one point the later."""
    real, best = os.path.realpath(folder), None
    for mount in mounts:
        inside = real == mount.point or real.startswith(mount.point.rstrip("/") + "/")
        if inside and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def locks_hold(folder: Path) -> bool:
    """Whether SQLite's WAL, its shared memory and its exclusive lock work in `folder`, tried on a new file.

    Two connections of this process: what another machine would see of the locks cannot be seen from here,
    which is why the kind of the file system comes first. A folder that is full or read-only proves nothing:
    True.
    """
    probe = folder / f".locks-{secrets.token_hex(4)}"
    try:
        with (
            contextlib.closing(sqlite3.connect(probe, isolation_level=None, timeout=0)) as one,
            contextlib.closing(sqlite3.connect(probe, isolation_level=None, timeout=0)) as other,
        ):
            if one.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
                return False
            one.execute("CREATE TABLE probe (written INTEGER)")
            one.execute("BEGIN IMMEDIATE")
            one.execute("INSERT INTO probe VALUES (1)")
            try:
                other.execute("BEGIN IMMEDIATE")
                return False  # two writers at the same time
            except sqlite3.OperationalError as refused:
                if "locked" not in str(refused):
                    raise
            one.execute("COMMIT")
            return bool(other.execute("SELECT written FROM probe").fetchall() == [(1,)])
    except sqlite3.Error as trouble:
        return any(sign in str(trouble).lower() for sign in _NOT_ABOUT_LOCKS)
    finally:
        for tail in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                probe.with_name(probe.name + tail).unlink(missing_ok=True)


def unfit_for_sqlite(folder: Path) -> str | None:
    """Why a journal in `folder`, which exists, would not be safe, as a clause; None when it is."""
    mount = mount_of(folder, _mounts())
    if mount and mount.remote:
        return f"it lies on a network file system or a mounted bucket ({mount.kind})"
    return None if locks_hold(folder) else "file locks do not work there"


def _mounts() -> list[Mount]:
    """The mounts of this system; none when they cannot be told, and then the locks decide alone."""
    try:
        if sys.platform.startswith("linux"):
            with MOUNT_TABLE.open(encoding="utf-8", errors="surrogateescape") as table:
                return mounts_of_linux(table)
        told = subprocess.run(["mount"], capture_output=True, text=True, timeout=10, check=False)
        return mounts_of_macos(told.stdout.splitlines())
    except (OSError, ValueError, subprocess.SubprocessError):
        return []


def _unescaped(point: str) -> str:
    """Spaces, tabs, line ends and backslashes stand in octal."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point)
